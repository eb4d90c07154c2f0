"""How each model reacts to each term, over all scored pairs.

A report may hold what was changed (`TermCoverage`) without how the models
react to it; the scored pairs tell. Means only: intervals need the resampling
buckets, which are the evaluator's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.flips import decisions
from fairflip.protos import columns, report_pb2
from fairflip.view.tables import score_shift

_NAN = float("nan")


@dataclass
class TermScores:
    """Sums by (model, term): pairs, flips, and the moves of the score.

    Attributes:
      threshold: where a score becomes positive.
      sums: shape [3] each: number of pairs, of flips, sum of |f(x) - f(x')|.
    """

    threshold: float
    sums: dict[tuple[str, str], np.ndarray] = field(
        default_factory=lambda: defaultdict(lambda: np.zeros(3))
    )

    def add(self, batch: pa.RecordBatch, models: Sequence[str]) -> None:
        """Adds the pairs of one scored batch; legitimate flips are left out."""
        if columns.TERM not in batch.schema.names:
            return
        # A pair that had several terms changed at once counts for each.
        column = batch.column(columns.TERM)
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            pairs = np.asarray(pc.list_parent_indices(column), dtype=np.int64)
            column = pc.list_flatten(column)
        else:
            pairs = np.arange(batch.num_rows)
        encoded = pc.dictionary_encode(column.cast(pa.string()))
        kept = np.asarray(encoded.is_valid(), dtype=bool)
        if columns.FLIP_IS_LEGITIMATE in batch.schema.names:
            legitimate = pc.fill_null(batch.column(columns.FLIP_IS_LEGITIMATE), False)
            kept &= ~np.asarray(legitimate, dtype=bool)[pairs]
        codes = np.asarray(pc.fill_null(encoded.indices, 0), dtype=np.int64)
        terms = encoded.dictionary.to_pylist()
        for model in models:
            before = score_shift.scores(batch, columns.score(model))
            after = score_shift.scores(batch, columns.counterfactual_score(model))
            if before is None or after is None:
                continue
            before, after = before[pairs], after[pairs]
            rows = kept & np.isfinite(before) & np.isfinite(after)
            flips = decisions.flips(before, after, self.threshold)
            parts = (np.ones(len(before)), flips.astype(float), decisions.gaps(before, after))
            counted = [np.bincount(codes[rows], part[rows], len(terms)) for part in parts]
            for position, term in enumerate(terms):
                self.sums[model, term] += [part[position] for part in counted]

    def completed(self, report: report_pb2.RunReport) -> report_pb2.RunReport:
        """`report` with these means wherever its terms have no numbers of their own."""
        result = report_pb2.RunReport()
        result.CopyFrom(report)
        known = {entry.term: entry for entry in result.term_coverage}
        for (model, term), (num_pairs, num_flips, moves) in sorted(self.sums.items()):
            if not num_pairs:
                continue
            entry = known.get(term)
            if entry is None:
                entry = known[term] = result.term_coverage.add(term=term, num_pairs=int(num_pairs))
            for values, mean in (
                (entry.ctf_gap, moves / num_pairs),
                (entry.flip_rate, num_flips / num_pairs),
            ):
                if model not in values:
                    values[model].CopyFrom(report_pb2.Interval(value=mean, lower=_NAN, upper=_NAN))
        return result
