"""The expected report: its models, comparisons, terms and audit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from support.metrics.excess_recount import Rows as PairsWithControls
from support.recount_report import areas, excess, families, gaps, rates
from support.recount_report import rows as tables
from support.recount_report.pages import MIN_DIFFERING_EVENTS, Run, Slice, label_rates


def models_and_comparisons(run: Run) -> tuple[list[dict], list[dict]]:
    """The expected `models` and `comparisons`."""
    pairs = run.pairs
    members = tables.slices(pairs, list(run.features))
    of_scored = tables.slices(run.scored, list(run.features))
    slices = {
        name: Slice(run, name, pairs[holds], run.scored[of_scored[name]])
        for name, holds in members.items()
    }
    return (
        [_model(run, slices, model) for model in run.models],
        [_comparison(run, slices, candidate) for candidate in run.models[1:]],
    )


def _families(run: Run, slices: dict[str, Slice]) -> dict[Any, str]:
    return {(n, t): families.feature_of(n) for n in slices for t in run.thresholds}


def _model(run: Run, slices: dict[str, Slice], model: str) -> dict[str, Any]:
    tested = {
        (name, t): math.nan if one.has_few_originals else one.direction(model, t)
        for name, one in slices.items()
        for t in run.thresholds
    }
    adjusted = families.adjusted(tested, _families(run, slices))
    testable = [n for n, one in slices.items() if n != "Overall" and not one.has_few_originals]
    entries, shrunken = families.heterogeneity(
        testable, {n: one.flip_rates[model] for n, one in slices.items()}, run.features
    )
    return {
        "name": model,
        "model": model,
        "output": "",  # it gives one score
        "decision": "threshold",
        "classes": [],
        "calls": None,  # texts are asked as they are
        "is_baseline": model == run.models[0],
        "slices": [one.page(model, adjusted, shrunken.get(name)) for name, one in slices.items()],
        "examples": _examples(run, model),
        "heterogeneity": entries,
        "group_directions": _group_directions(run, slices["Overall"].frame, model),
        "held_out": None,
        "undoubted": None,  # see tests/pipeline/run/test_report_files_undoubted.py
        "undamaged": None,  # no term was removed; see tests/pipeline/evaluate/test_damaged.py
    }


def _examples(run: Run, model: str) -> list[dict[str, Any]]:
    """Over every original once, with a counterfactual or without."""
    frame = pd.concat([run.pairs, run.examples], ignore_index=True)
    frame = frame.drop_duplicates("example_id").reset_index(drop=True)
    actual = []
    for name, holds in tables.slices(frame, list(run.features)).items():
        rows = run.rows(frame[holds])
        yes, w = rows.before[model] > run.thresholds[0], rows.weights
        area = areas.area(rows.before[model], rows.labels, w, rows.clusters)
        actual.append(
            {
                "slice": name,
                "num_examples": len(yes),
                "positive_rate": w[yes].sum() / w.sum(),
                "auc": None if area is None else area.value,
                "auc_interval": None if area is None else areas.interval(area).interval,
                "by_bucket": False,
                **label_rates(yes, rows.labels, w),
            }
        )
    return actual


def _group_directions(run: Run, frame: pd.DataFrame, model: str) -> list[dict[str, Any]]:
    ends = [
        (old[0], new[0]) if len(old) == len(new) == 1 and old[0] != new[0] else None
        for old, new in zip(frame["group"], frame["replacement_group"], strict=True)
    ]
    actual = []
    for end in set(ends) - {None}:
        rows = run.rows(frame[[one == end for one in ends]])
        before, after = (s[model] > run.thresholds[0] for s in (rows.before, rows.after))
        rises, falls, sizes = ~before & after, before & ~after, rows.sizes()
        change = rows.added(rows.after[model] - rows.before[model])
        actual.append(
            {
                "from": end[0],
                "to": end[1],
                "num_pairs": len(before),
                "negative_to_positive_count": int(rises.sum()),
                "positive_to_negative_count": int(falls.sum()),
                "mean_score_change": gaps.mean(change, sizes, -1.0, 1.0).interval,
                "net_flip_rate": rates.difference(
                    rows.added(rises), rows.added(falls), sizes
                ).interval,
            }
        )
    return sorted(actual, key=lambda one: (-one["num_pairs"], one["from"], one["to"]))


def _comparison(run: Run, slices: dict[str, Slice], candidate: str) -> dict[str, Any]:
    baseline, first = run.models[0], run.thresholds[0]
    actual: dict[Any, rates.Estimate] = {}
    for name, one in slices.items():
        sizes = one.rows.sizes()
        for t in run.thresholds:
            flips = [
                one.rows.added(np.not_equal(*one.decided(m, t))) for m in (candidate, baseline)
            ]
            actual[name, t] = rates.difference(*flips, sizes)
    testable = {name: not one.has_few_originals for name, one in slices.items()}
    adjusted = families.adjusted(
        {key: one.p_value if testable[key[0]] else math.nan for key, one in actual.items()},
        _families(run, slices),
    )
    at_match = {name: one.matches[candidate].against_baseline for name, one in slices.items()}
    adjusted_matches = families.adjusted(
        {name: e.p_value if testable[name] else math.nan for name, e in at_match.items()},
        {name: families.feature_of(name) for name in slices},
    )

    def page(
        one: Slice, at: float, own: float, d: rates.Estimate, adjusted_p: float, is_few: bool
    ) -> dict[str, Any]:
        few = is_few or d.is_too_few(one.rows.num_clusters, MIN_DIFFERING_EVENTS)
        result = {
            "threshold": at,
            "flip_rate_difference": d.interval,
            "p_value": d.p_value,
            "p_value_adjusted": adjusted_p,
            "too_few_to_say": few,
            "minimum_detectable_difference": rates.detectable(d.error),
        }
        names = (
            "control_flip_rate_difference",
            "excess_flip_rate_difference",
            "excess_difference_over_words",
        )
        if not one.controlled.has:
            return result | dict.fromkeys(names, None)
        both = excess.minus(
            one.controlled.decisions(candidate, at), one.controlled.decisions(baseline, own)
        )
        more = excess.excess(one.controlled, both, is_difference=True)
        values = (more.control.interval, more.excess.interval, more.over_words)
        return result | dict(zip(names, values, strict=True))

    pages = []
    for name, one in slices.items():
        match = one.matches[candidate]
        area, other = one.areas[candidate], one.areas[baseline]
        sizes = one.rows.sizes()
        moves = [one.rows.after[m] - one.rows.before[m] for m in (candidate, baseline)]
        gap, signed = (
            rates.difference(*map(one.rows.added, both), sizes, bounds=ends, is_skewed=True)
            for both, ends in ((map(np.abs, moves), (-1.0, 1.0)), (moves, (-2.0, 2.0)))
        )
        pages.append(
            {
                "slice": name,
                "thresholds": [
                    page(one, t, t, actual[name, t], adjusted[name, t], False)
                    | _shares_of_decisions(one, candidate, baseline, t)
                    for t in run.thresholds
                ],
                "matched": page(
                    one,
                    match.threshold,
                    first,
                    at_match[name],
                    adjusted_matches[name],
                    one.has_few_matches(candidate),
                )
                | dict.fromkeys(_SHARES, None),
                "auc_difference": areas.difference(area, other).interval
                if area is not None and other is not None
                else None,
                "ctf_gap_difference": gap.interval,
                "signed_ctf_gap_difference": signed.interval,
                "top_k_flip_rate_difference": None,  # no model decides by its greatest score
            }
        )
    return {"baseline": baseline, "candidate": candidate, "slices": pages, "held_out": None}


_SHARES = (
    "negative_to_positive_rate_difference",
    "positive_to_negative_rate_difference",
    "positive_rate_difference",
    "originals_with_flip_difference",
)


def _shares_of_decisions(
    one: Slice, candidate: str, baseline: str, threshold: float
) -> dict[str, dict[str, float]]:
    """Differences of what else is decided at a threshold, the candidate's less the baseline's."""
    (before, after), (base_before, base_after) = (
        one.decided(model, threshold) for model in (candidate, baseline)
    )
    rows = one.rows
    of_pairs = (
        (~before & after, ~base_before & base_after),
        (before & ~after, base_before & ~base_after),
        (before, base_before),
    )
    actual = [rates.difference(*map(rows.added, both), rows.sizes()) for both in of_pairs]
    flipped, weights = rows.added_once(before != after)
    base_flipped, _ = rows.added_once(base_before != base_after)
    actual.append(rates.difference(flipped, base_flipped, weights))
    return {name: estimate.interval for name, estimate in zip(_SHARES, actual, strict=True)}


def term_coverage(run: Run) -> dict[str, dict[str, Any]]:
    """By term, the expected `term_coverage`, without what covers it."""
    pairs = run.pairs
    is_right = pairs["flip_is_legitimate"].fillna(False).astype(bool)
    actual = {}
    for term in sorted({term for terms in pairs["term"] for term in terms}):
        own = pairs[np.array([term in terms for terms in pairs["term"]]) & ~is_right]
        rows = run.rows(own)
        sizes, entry = rows.sizes(), {"num_originals": rows.num_originals, "num_pairs": len(own)}
        for name in ("flip_rate", "ctf_gap", "control_flip_rate", "excess_flip_rate"):
            entry[name] = {}
        controlled = PairsWithControls(
            run.scored.reset_index(drop=True), f"counterfactual_term:{term}", run.weight
        )
        for model in run.models:
            before, after = rows.before[model], rows.after[model]
            flips = (before > run.thresholds[0]) != (after > run.thresholds[0])
            entry["flip_rate"][model] = rates.rate(
                rows.added(flips), sizes, is_single=rows.is_single
            ).interval
            moved = rows.added(np.abs(after - before))
            entry["ctf_gap"][model] = gaps.mean(moved, sizes, 0.0, 1.0).interval
            if controlled.has:
                beside = excess.excess(controlled, controlled.decisions(model, run.thresholds[0]))
                entry["control_flip_rate"][model] = beside.control.interval
                entry["excess_flip_rate"][model] = beside.excess.interval
        actual[term] = entry
    return actual
