"""Asks a model for the scores of records, and for none that is known already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.metrics import Metrics

from fairflip.pipeline.score.call_progress import CallProgress
from fairflip.pipeline.score.handlers.base import BatchModelHandler, all_of_parts
from fairflip.pipeline.score.known_scores import KnownScores, row_keys
from fairflip.pipeline.score.score_cache import ScoreCache, ScoreCaches

NAMESPACE = "fairflip"


def ask(
    records: pa.RecordBatch,
    draws: np.ndarray,
    handler: BatchModelHandler,
    model: Any,
    known: KnownScores | None,
    cache: ScoreCache | ScoreCaches | None = None,
) -> np.ndarray:
    """The score of each record.

    Args:
      records: The input features.
      draws: int (n,), which of a model's answers to the record this is. Answers of one draw
        are the same one; those of two are asked for by themselves.
      handler: How to score.
      model: What the handler loaded.
      known: What was asked before; gains what is asked now. None: everything is asked.
      cache: The same on disk; gains each answer as it comes.

    Returns:
      float64 (n,), or of several outputs (n, K), as the model gives them.
    """
    keys = None if known is None else row_keys(records)
    if keys is None or known is None:
        return all_of_parts(handler.score_parts(records, model), records.num_rows)
    keys = drawn(keys, draws)
    is_known, scores = known.look_up(keys)
    open_rows = np.flatnonzero(~is_known)
    if cache is not None and len(open_rows):
        is_kept, kept_scores = cache.look_up([keys[row] for row in open_rows])
        scores[open_rows[is_kept]] = kept_scores[is_kept]
        Metrics.counter(NAMESPACE, "texts_from_cache").inc(int(is_kept.sum()))
        asked = open_rows[~is_kept]
    else:
        asked = open_rows
    if len(asked):
        rows = records if len(asked) == records.num_rows else records.take(pa.array(asked))
        progress = CallProgress(handler.name, len(asked), records.num_rows - len(asked))
        for part, values in handler.score_parts(rows, model, records.num_rows - len(asked)):
            scores[asked[part]] = values
            if cache is not None:
                cache.add([keys[row] for row in asked[part]], np.asarray(values))
            progress.add(len(part))
        Metrics.counter(NAMESPACE, "texts_asked").inc(len(asked))
    known.add([keys[row] for row in open_rows], scores[open_rows])
    return scores


def drawn(keys: Sequence[bytes], draws: np.ndarray) -> Sequence[bytes]:
    """Keys of answers: those of the first draw are the records' own."""
    if not draws.any():
        return keys
    return [
        key + b"#%d" % draw if draw else key for key, draw in zip(keys, draws.tolist(), strict=True)
    ]
