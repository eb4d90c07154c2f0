"""Random scored pairs and the run report that a direct NumPy count makes of them.

Independent of the evaluator: only counting, and Wilson's interval.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa

from fairflip.protos import columns, report_pb2

TERMS = ("she", "he", "her", "him", "they")


def scored_pairs(
    num_pairs: int = 400,
    models: tuple[str, ...] = ("baseline", "remediated"),
    groups: tuple[str, ...] = ("female", "male", "nonbinary"),
    *,
    seed: int = 0,
    labels: bool = True,
    text: bool = True,
) -> pa.Table:
    """A scored-pair table; later models move their scores less."""
    random = np.random.default_rng(seed)
    originals = np.sort(random.integers(0, max(1, num_pairs * 2 // 3), num_pairs))
    quality = random.normal(size=num_pairs)
    chosen = random.integers(0, len(TERMS), num_pairs)
    terms = np.array(TERMS)[chosen]
    others = np.array(TERMS)[(chosen + random.integers(1, len(TERMS), num_pairs)) % len(TERMS)]
    content = {
        "example_id": [f"id{number:06d}" for number in originals],
        columns.TERM: terms,
        columns.REPLACEMENT: others,
        columns.GROUP: random.choice(["female", "male"], num_pairs),
        "gender": [
            [str(group) for group in groups if random.random() < 1.5 / len(groups)]
            for _ in range(num_pairs)
        ],
    }
    if text:
        content["comment_text"] = [
            f"{term} is a kind neighbour, number {i}" for i, term in enumerate(terms)
        ]
        content["counterfactual.comment_text"] = [
            f"{term} is a kind neighbour, number {i}"
            for i, term in enumerate(content[columns.REPLACEMENT])
        ]
    if labels:
        content["toxicity"] = (quality + random.normal(size=num_pairs) > 0).astype(float)
    for number, model in enumerate(models):
        noise = random.normal(size=num_pairs)
        content[columns.score(model)] = 1 / (1 + np.exp(-quality))
        content[columns.counterfactual_score(model)] = 1 / (
            1 + np.exp(-(quality + noise * 0.8 / (1 + 2 * number)))
        )
    return pa.table(content)


def wilson(hits: int, trials: int) -> report_pb2.Interval:
    if trials == 0:
        return report_pb2.Interval(value=np.nan, lower=np.nan, upper=np.nan)
    share, z = hits / trials, 1.959964
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    reach = (
        z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    )
    return report_pb2.Interval(
        value=share, lower=max(0.0, centre - reach), upper=min(1.0, centre + reach)
    )


def report(
    table: pa.Table,
    models: tuple[str, ...] = ("baseline", "remediated"),
    thresholds: tuple[float, ...] = (0.5, 0.25),
    groups: tuple[str, ...] = ("female", "male", "nonbinary"),
) -> report_pb2.RunReport:
    """Counts `table` directly."""
    inside = {"Overall": np.ones(table.num_rows, dtype=bool)}
    for group in groups:
        inside[f"gender:{group}"] = np.zeros(table.num_rows, dtype=bool)
    for row, member in enumerate(table.column("gender").to_pylist()):
        for group in member:
            if f"gender:{group}" in inside:
                inside[f"gender:{group}"][row] = True
    result = report_pb2.RunReport()
    result.pairing.num_pairs = table.num_rows
    result.pairing.num_counterfactuals = table.num_rows
    result.pairing.num_originals = len(set(table.column("example_id").to_pylist()))
    result.pairing.pair_set_sha256 = "0123456789abcdef" * 4
    result.provenance.confidence_level = 0.95
    result.provenance.versions["fairflip"] = "0.0-test"
    for number, model in enumerate(models):
        entry = result.models.add(name=model, is_baseline=number == 0)
        before = table.column(columns.score(model)).to_numpy()
        after = table.column(columns.counterfactual_score(model)).to_numpy()
        for name, rows in inside.items():
            _slice(entry.slices.add(slice=name), table, rows, before[rows], after[rows], thresholds)
    for model in models[1:]:
        _comparison(result, table, inside, models[0], model, thresholds)
    for term in TERMS:
        rows = np.array(table.column(columns.TERM).to_pylist()) == term
        coverage = result.term_coverage.add(
            term=term, group="female", category="gender", num_pairs=int(rows.sum())
        )
        for model in models:
            before = table.column(columns.score(model)).to_numpy()[rows]
            after = table.column(columns.counterfactual_score(model)).to_numpy()[rows]
            coverage.ctf_gap[model].CopyFrom(_mean_interval(np.abs(after - before)))
            coverage.flip_rate[model].CopyFrom(
                wilson(int(((before > 0.5) != (after > 0.5)).sum()), len(before))
            )
    return result


def _mean_interval(values: np.ndarray) -> report_pb2.Interval:
    if not len(values):
        return report_pb2.Interval(value=np.nan, lower=np.nan, upper=np.nan)
    reach = 1.96 * values.std() / np.sqrt(len(values))
    return report_pb2.Interval(
        value=values.mean(), lower=values.mean() - reach, upper=values.mean() + reach
    )


def _slice(entry, table, rows, before, after, thresholds) -> None:
    entry.num_pairs = int(rows.sum())
    entry.num_originals = len(set(np.array(table.column("example_id").to_pylist())[rows]))
    entry.ctf_gap.CopyFrom(_mean_interval(np.abs(after - before)))
    entry.positive_rate = float(np.mean(before > thresholds[0])) if len(before) else np.nan
    entry.matched.threshold = thresholds[0]
    flips = (before > thresholds[0]) != (after > thresholds[0])
    entry.matched.flip_count = int(flips.sum())
    entry.matched.flip_rate.CopyFrom(wilson(int(flips.sum()), len(before)))
    entry.matched.positive_rate = entry.positive_rate
    if "toxicity" in table.column_names:
        label = table.column("toxicity").to_numpy()[rows]
        positive, negative = before[label > 0.5], before[label <= 0.5]
        if len(positive) and len(negative):
            entry.auc = float(np.mean(positive[:, None] > negative[None, :]))
    for threshold in thresholds:
        was, now = before > threshold, after > threshold
        at = entry.thresholds.add(threshold=threshold)
        at.negative_to_positive_count = int((~was & now).sum())
        at.positive_to_negative_count = int((was & ~now).sum())
        at.flip_count = at.negative_to_positive_count + at.positive_to_negative_count
        at.positive_count, at.negative_count = int(was.sum()), int((~was).sum())
        at.positive_rate = float(np.mean(was)) if len(was) else np.nan
        at.flip_rate.CopyFrom(wilson(at.flip_count, len(was)))
        at.negative_to_positive_rate.CopyFrom(wilson(at.negative_to_positive_count, len(was)))
        at.positive_to_negative_rate.CopyFrom(wilson(at.positive_to_negative_count, len(was)))
        at.negative_to_positive_rate_given_negative.CopyFrom(
            wilson(at.negative_to_positive_count, at.negative_count)
        )
        at.positive_to_negative_rate_given_positive.CopyFrom(
            wilson(at.positive_to_negative_count, at.positive_count)
        )
        at.direction_p_value = 0.5
        if "toxicity" in table.column_names:
            label = table.column("toxicity").to_numpy()[rows] > 0.5
            for field, hits, base in (
                ("false_positive_rate", was & ~label, ~label),
                ("false_negative_rate", ~was & label, label),
                ("true_positive_rate", was & label, label),
                ("true_negative_rate", ~was & ~label, ~label),
            ):
                setattr(at, field, hits.sum() / base.sum() if base.any() else np.nan)
            at.accuracy = float(np.mean(was == label)) if len(was) else np.nan


def _comparison(result, table, inside, baseline, candidate, thresholds) -> None:
    comparison = result.comparisons.add(baseline=baseline, candidate=candidate)
    for name, rows in inside.items():
        entry = comparison.slices.add(slice=name)
        for threshold in thresholds:
            flips = [
                (table.column(columns.score(model)).to_numpy()[rows] > threshold)
                != (table.column(columns.counterfactual_score(model)).to_numpy()[rows] > threshold)
                for model in (baseline, candidate)
            ]
            at = entry.thresholds.add(threshold=threshold, p_value=0.01, p_value_adjusted=0.02)
            at.flip_rate_difference.CopyFrom(
                _mean_interval(flips[1].astype(float) - flips[0].astype(float))
            )
            at.minimum_detectable_difference = 0.02
        entry.matched.CopyFrom(entry.thresholds[0])


def eval_result(slicing_metrics):
    """What `tfma.load_eval_result` gives, as far as the payload reads it."""
    return SimpleNamespace(slicing_metrics=slicing_metrics)
