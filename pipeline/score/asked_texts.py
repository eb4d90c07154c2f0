"""What scoring would ask of a model: how many texts, in how many calls; and a trial of a few."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.pipeline.score.asking import drawn
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.known_scores import row_keys
from fairflip.pipeline.score.score_cache import KEY_BYTES, hashed, open_cache, path_of
from fairflip.pipeline.score.second_look import NUM_TEXTS
from fairflip.pipeline.score.sides import distinct_records, sides_of
from fairflip.protos import config_pb2
from fairflip.protos.forms.model_specs import PROBABILITY, scale_of
from fairflip.protos.report_pb2 import ScoreRange


def answer_hashes(batch: pa.RecordBatch, features: Sequence[str], repeats: int = 1) -> np.ndarray:
    """Hashes of the answers that scoring a batch needs, each once: void [n] of 16 bytes.

    Args:
        batch: Pairs, or originals.
        features: What models read.
        repeats: How often each text is scored.
    """
    sides = list(sides_of(batch, features).values())
    records, _, side = distinct_records(sides, by_side=repeats > 1)
    keys = row_keys(records)
    if keys is None:  # lists have no keys; each row is asked by itself
        return np.frombuffer(np.random.default_rng().bytes(records.num_rows * 16), _HASH)
    hashes = [
        hashed(key) for repeat in range(repeats) for key in drawn(keys, repeat * len(sides) + side)
    ]
    return np.unique(np.frombuffer(b"".join(hashes), _HASH))


_HASH = np.dtype(f"V{KEY_BYTES}")


@dataclasses.dataclass(frozen=True)
class Plan:
    """What would be asked of one model.

    Attributes:
        num_texts: Answers that are needed, each once.
        num_known: Those among them that the score cache has.
        num_calls: Calls for the others; None where the model has no size of its own.
        num_second_looks: Texts asked once more to see whether answers stand.
    """

    num_texts: int
    num_known: int
    num_calls: int | None
    num_second_looks: int


@dataclasses.dataclass(frozen=True)
class Trial:
    """What came of a few texts: how long they took, and what their scores are like."""

    seconds: float
    scores: ScoreRange


class ModelToAsk:
    """A model before a run asks it.

    Raises:
        ConfigurationError: There is no such model.
    """

    def __init__(
        self,
        spec: config_pb2.ModelSpec,
        features: Sequence[str],
        handler: BatchModelHandler | None = None,
    ):
        self._spec = spec
        self._handler = handler or handler_for(spec, features)
        self._model = None

    def tried(self, records: pa.RecordBatch) -> Trial:
        """Loads the model and asks it for the scores of a few records."""
        self._model = self._handler.load_model()
        started = time.monotonic()
        scores = self._handler.score_batch(records, self._model)
        seconds = time.monotonic() - started
        scores = scores.reshape(-1)  # of all outputs together
        scale, answered = scale_of(self._spec), scores[~np.isnan(scores)]
        finite = answered[np.isfinite(answered)]
        is_off_scale = ~np.isfinite(answered)
        if scale == PROBABILITY:
            is_off_scale |= (answered < 0) | (answered > 1)
        return Trial(
            seconds,
            ScoreRange(
                model=self._spec.name,
                num_scores=len(scores),
                num_missing=len(scores) - len(answered),
                num_off_scale=int(is_off_scale.sum()),
                lowest=finite.min() if len(finite) else np.nan,
                highest=finite.max() if len(finite) else np.nan,
                score_scale=scale,
                num_zero_or_one=int(np.isin(answered, (0, 1)).sum()),
            ),
        )

    def plan(self, hashes: np.ndarray, repeats: int, score_cache: str = "") -> Plan:
        """How many answers and calls a run needs; after `tried`, if the model was loaded.

        Args:
            hashes: All that the run needs, each once.
            repeats: How often each text is scored.
            score_cache: The folder that keeps scores.
        """
        num_known = 0
        identities = self._handler.identities_by_output if score_cache else ()
        if identities and all(os.path.exists(path_of(score_cache, each)) for each in identities):
            cache = open_cache(score_cache, identities)
            num_known = cache.num_kept([each.tobytes() for each in hashes])
            cache.close()
        size = self._handler.texts_per_call(self._model)
        # The answers of one repeat are asked for together.
        num_open = math.ceil((len(hashes) - num_known) / repeats)
        num_calls = None if size is None else repeats * math.ceil(num_open / size)
        looks_again = repeats == 1 and self._handler.may_be_asked_again
        return Plan(
            len(hashes), num_known, num_calls, min(NUM_TEXTS, len(hashes)) if looks_again else 0
        )
