"""Decisions by group: selection and scoring rates of originals, and their impact ratios.

An original counts once, whether it has counterfactuals or not. A group's impact ratio is its
rate over the highest rate of the feature's groups (6 RCNY 5-300). Originals without a value are
counted as unknown and in no ratio (5-301(b)(5), (c)(5)); they are part of the full sample whose
median a scoring rate is above. Groups of fewer than 2 % of the known are marked: an auditor may
leave those out (5-301(d)).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips.decisions import is_positive, share
from fairflip.metrics.flips.slicing import is_pair_slice, memberships
from fairflip.protos import columns
from fairflip.protos.audit_pb2 import ImpactRow

SMALL_SHARE = 0.02
UNKNOWN = "unknown"
POSITIVE, NEGATIVE = "positive", "negative"


def originals_of(tables: Sequence[pa.Table], id_feature: str) -> pa.Table:
    """Each original once, of scored pairs and of scored originals without a counterfactual."""
    table = pa.concat_tables(tables, promote_options="permissive")
    ids = table[id_feature].to_numpy()
    _, first = np.unique(ids.astype(str), return_index=True)
    return table.take(pa.array(np.sort(first)))


def impact_rows(
    originals: pa.Table,
    model: str,
    slices: Sequence[str],
    threshold: float,
    selected: str = POSITIVE,
) -> list[ImpactRow]:
    """Selection and scoring rates of every group, and their ratios.

    Args:
        originals: From `originals_of`.
        model: Whose scores.
        slices: As in `evaluation.slices`: features, or several with commas between.
        threshold: Where a score becomes positive.
        selected: The decision that counts as being selected. With "negative" a score counts
            where it is below the median.

    Returns:
        Rows by feature, groups in alphabetical order, those without a value last.
    """
    scores = np.asarray(originals[columns.score(model)].to_numpy(), np.float64)
    chosen, above = is_positive(scores, threshold), scores > np.median(scores)
    if selected == NEGATIVE:
        chosen, above = ~chosen, scores < np.median(scores)
    rows: list[ImpactRow] = []
    for entry in slices:
        features = tuple(sorted(entry.split(",")))
        if is_pair_slice(features):
            continue
        groups = [one for one in memberships(originals, [features]) if one.key.features]
        known = np.unique(np.concatenate([one.rows for one in groups])) if groups else np.zeros(0)
        of_feature = [
            ImpactRow(
                model=model,
                feature=", ".join(features),
                group=", ".join(value for _, value in one.key.features),
                num_originals=len(one.rows),
                share=len(one.rows) / len(known),
                selection_rate=share(chosen[one.rows]),
                scoring_rate=share(above[one.rows]),
                is_small=len(one.rows) < SMALL_SHARE * len(known),
            )
            for one in groups
        ]
        for rate, ratio in (("selection_rate", "impact_ratio"), ("scoring_rate", "scoring_ratio")):
            # A small group's rate is chance, and would set what all others are held to.
            highest = max(
                (getattr(one, rate) for one in of_feature if not one.is_small), default=0.0
            )
            for one in of_feature:
                setattr(one, ratio, getattr(one, rate) / highest if highest else float("nan"))
        rows += of_feature
        unknown = np.setdiff1d(np.arange(originals.num_rows), known)
        if len(unknown):
            nan = float("nan")
            rows.append(
                ImpactRow(
                    model=model,
                    feature=", ".join(features),
                    group=UNKNOWN,
                    num_originals=len(unknown),
                    share=nan,
                    selection_rate=share(chosen[unknown]),
                    scoring_rate=share(above[unknown]),
                    impact_ratio=nan,
                    scoring_ratio=nan,
                )
            )
    return rows
