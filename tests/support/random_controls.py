"""Random controls for random scored pairs, and a direct count of them for the report."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fairflip.protos import columns, report_pb2


def with_controls(table: pa.Table, models: tuple[str, ...], *, seed: int = 1) -> pa.Table:
    """The pairs, each followed by two controls; that of every tenth by a swap within one group.

    A control has the features of its pair but other words, and another score on one side.
    """
    random = np.random.default_rng(seed)
    rows = table.to_pylist()
    index: dict[str, int] = {}
    made = []
    for number, row in enumerate(rows):
        own = index[row["example_id"]] = index.get(row["example_id"], -1) + 1
        pair = {
            columns.EDIT: columns.IDENTITY,
            columns.CONTROL_KIND: None,
            columns.CONTROL_OF: None,
        }
        made.append({**row, **pair, columns.COUNTERFACTUAL_INDEX: own})
        kinds = [columns.OTHER_WORD] * 2 + [columns.SAME_GROUP] * (number % 10 == 0)
        for place, kind in enumerate(kinds):
            control = {
                columns.EDIT: columns.CONTROL,
                columns.CONTROL_KIND: kind,
                columns.CONTROL_OF: own,
                columns.COUNTERFACTUAL_INDEX: 1000 + 10 * own + place,
                columns.TERM: f"word{place}",
                columns.REPLACEMENT: "other",
                "counterfactual.comment_text": f"{row['comment_text']} {place}",
            }
            for model in models:
                moved = row[columns.score(model)] + random.normal(scale=0.15)
                control[columns.counterfactual_score(model)] = float(np.clip(moved, 0, 1))
            made.append({**row, **control})
    return pa.Table.from_pylist(made)


def count_controls(report: report_pb2.RunReport, table: pa.Table) -> None:
    """Enters into each slice and threshold how many controls there are, and how many flip."""
    rows = [row for row in table.to_pylist() if row[columns.EDIT] == columns.CONTROL]
    kind = np.array([row[columns.CONTROL_KIND] for row in rows])
    pooled = kind == columns.OTHER_WORD
    for model in report.models:
        before = np.array([row[columns.score(model.name)] for row in rows])
        after = np.array([row[columns.counterfactual_score(model.name)] for row in rows])
        for part in model.slices:
            group = part.slice.removeprefix("gender:")
            inside = np.array([group == "Overall" or group in row["gender"] for row in rows])
            part.num_control_pairs = int((inside & pooled).sum())
            part.num_same_group_pairs = int((inside & ~pooled).sum())
            for at in [*part.thresholds, part.matched]:
                flips = (before > at.threshold) != (after > at.threshold)
                at.control_flip_count = int((inside & pooled & flips).sum())
                rate = at.control_flip_count / max(part.num_control_pairs, 1)
                at.control_flip_rate.value = at.control_flip_rate.lower = rate
                at.control_flip_rate.upper = rate


def match_candidates(report: report_pb2.RunReport, table: pa.Table) -> None:
    """Gives every slice of every candidate a matched threshold of its own, counted directly."""
    pairs = table.filter(
        pa.array([edit == columns.IDENTITY for edit in table[columns.EDIT].to_pylist()])
    )
    groups = pairs["gender"].to_pylist()
    for number, model in enumerate(report.models[1:], start=1):
        before = pairs[columns.score(model.name)].to_numpy()
        after = pairs[columns.counterfactual_score(model.name)].to_numpy()
        for place, part in enumerate(model.slices):
            group = part.slice.removeprefix("gender:")
            inside = np.array([group == "Overall" or group in own for own in groups])
            threshold = 0.41 + 0.03 * place + 0.001 * number
            rises = inside & (before <= threshold) & (after > threshold)
            falls = inside & (before > threshold) & (after <= threshold)
            matched = part.matched
            matched.threshold = threshold
            matched.negative_to_positive_count = int(rises.sum())
            matched.positive_to_negative_count = int(falls.sum())
            matched.flip_count = int(rises.sum() + falls.sum())
            matched.flip_rate.value = matched.flip_count / max(int(inside.sum()), 1)
            matched.positive_rate = matched.baseline_positive_rate = 0.4
