"""What comparing runs found, as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairflip.protos.comparison_pb2 import ChangedPair, CompareReport, RunComparison
from fairflip.protos.report_pb2 import GateResult, ModelReport
from fairflip.view.pairs.marked_texts import mark_changes
from fairflip.view.runs.comparison_tables import (
    numbers_table,
    slices_table,
    terms_table,
    thresholds_table,
)
from fairflip.view.runs.pages import MarkedPair, Page, Section
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import numbers

Texts = Mapping[tuple[str, int], tuple[str, str]]

_TONES = {"worse": "act", "better": "fine"}
_KINDS = (
    ("newly_broken", "Newly broken pairs", "They flip in {run} and did not in {reference}."),
    ("fixed", "Fixed pairs", "They flipped in {reference} and do not in {run}."),
    ("still_broken", "Still broken pairs", "They flip in both."),
)
_MAX_READ = 50


def page(report: CompareReport, texts: Sequence[Texts] = ()) -> Page:
    """The page of a comparison.

    Args:
        report: From `pipeline.compare`.
        texts: For each of its comparisons: ID and number of a pair -> both texts.
    """
    first = report.comparisons[0]
    several = len(report.comparisons) > 1
    sections: list[Section] = []
    cautions: list[str] = []
    for index, one in enumerate(report.comparisons):
        prefix = f"{one.run}/{one.model}: " if several else ""
        shown = texts[index] if index < len(texts) else {}
        sections += _sections(one, prefix, shown)
        cautions += [f"{prefix}{caution}" for caution in one.cautions]
    if report.gate:
        sections.insert(0, _gate(report.gate))
    sections.append(_runs(report))
    lead = [*sentences(first)]
    if several:
        lead += [headline(one) for one in report.comparisons[1:]]
    return Page(
        kicker="Comparison of runs",
        title=headline(first),
        lead=tuple(lead),
        tone=_TONES.get(first.slices[0].verdict, "cannot_tell"),
        cautions=tuple(cautions),
        sections=tuple(sections),
    )


def headline(one: RunComparison) -> str:
    """What became of the flip rate over all common pairs, in one sentence."""
    overall = one.slices[0]
    difference = numbers.estimate(overall, "flip_rate_difference")
    now, before = f"{one.run}/{one.model}", f"{one.reference_run}/{one.reference_model}"
    size = numbers.plain_points(abs(difference.value))
    if overall.verdict == "worse":
        return f"{now} flips more often than {before}: {size} points more"
    if overall.verdict == "better":
        return f"{now} flips less often than {before}: {size} points less"
    if overall.verdict == "unchanged":
        return f"{now} and {before} flip on the same pairs"
    if overall.verdict == "cannot_tell":
        return f"Too few originals to compare {now} with {before}"
    return f"No change shown between {before} and {now}"


def sentences(one: RunComparison) -> list[str]:
    """The figures behind the headline."""
    overall, report = one.slices[0], one.report
    at = report.comparisons[0].slices[0].thresholds[0]
    difference = numbers.estimate(overall, "flip_rate_difference")
    before, after = (numbers.estimate(_first(model), "flip_rate") for model in report.models)
    level = numbers.level(report.provenance.confidence_level or 0.95)
    same = "the same pair set" if one.pairs.is_same_set else "the part that both runs have"
    result = [
        f"On {numbers.count_of(one.pairs.num_common, 'common pair')} ({same}), "
        f"{numbers.percent(after.value)} flip against {numbers.percent(before.value)}: "
        f"{numbers.points(difference.value)} points"
        + (
            f", {level} interval {numbers.points_interval(difference)}."
            if difference.has_interval
            else "."
        ),
        f"{numbers.count_of(overall.num_newly_broken, 'pair is', 'pairs are')} newly broken, "
        f"{overall.num_fixed:,} fixed, {overall.num_still_broken:,} still broken.",
    ]
    if overall.verdict == "no_change_shown":
        result.append(
            "The interval holds 0. That is no proof that nothing changed: a change of less than "
            f"{numbers.plain_points(at.minimum_detectable_difference)} points may be there and "
            "not show."
        )
    worse = [part.slice for part in one.slices[1:] if part.verdict == "worse"]
    if worse:
        by_chance = 0.5 * (1 - (report.provenance.confidence_level or 0.95)) * len(one.slices[1:])
        result.append(
            f"Worse in {numbers.count_of(len(worse), 'slice')} of {len(one.slices) - 1}: "
            f"{', '.join(worse[:5])}{' …' if len(worse) > 5 else ''}. Chance alone marks about "
            f"{by_chance:.1f}; the table's adjusted p-value allows for that."
        )
    return result


def _sections(one: RunComparison, prefix: str, texts: Texts) -> list[Section]:
    level = numbers.level(one.report.provenance.confidence_level or 0.95)
    others = [thresholds_table(one)]
    sections = [
        Section(
            f"{prefix}Slices",
            (
                f"Intervals are of {level}, paired: both models on the same pairs, all pairs of "
                "one cluster one draw.",
            ),
            (slices_table(one),),
        ),
        Section(
            f"{prefix}All numbers",
            tables=(numbers_table(one), *(table for table in others if table is not None)),
        ),
    ]
    if one.terms:
        sections.append(Section(f"{prefix}Terms", tables=(terms_table(one),)))
    for kind, title, meaning in _KINDS:
        pairs = [pair for pair in one.changed_pairs if pair.change == kind]
        if pairs:
            sections.append(_pairs(one, pairs, f"{prefix}{title}", meaning, texts))
    return sections


def _pairs(
    one: RunComparison, pairs: Sequence[ChangedPair], title: str, meaning: str, texts: Texts
) -> Section:
    named = f"num_{pairs[0].change}"
    total = getattr(one.slices[0], named)
    meaning = meaning.format(run=one.run, reference=one.reference_run)
    by_class = bool(one.report.models[0].classes)
    shown = "class" if by_class else "score"
    return Section(
        title,
        (
            f"{meaning} {numbers.count_of(total, 'pair')} in all; changed_pairs.parquet names "
            "each of them.",
        ),
        (
            Table(
                name=pairs[0].change,
                caption="With the classes" if by_class else "Those whose score gap changed most",
                groups=(("", 2), (one.reference_run, 2), (one.run, 2)),
                header=("Original", "Edit", *(f"Original's {shown}", "Counterfactual's") * 2),
                rows=tuple(
                    (
                        Cell(pair.example_id, f"number {pair.counterfactual_index}"),
                        Cell(_edit(pair)),
                        *_sides(pair, by_class),
                    )
                    for pair in pairs
                ),
            ),
        ),
        pairs=tuple(
            MarkedPair(
                mark_changes(*texts[pair.example_id, pair.counterfactual_index]),
                (pair.example_id, _edit(pair)),
            )
            for pair in pairs[:_MAX_READ]
            if (pair.example_id, pair.counterfactual_index) in texts
        ),
    )


def _sides(pair: ChangedPair, by_class: bool) -> list[Cell]:
    """What the reference says to original and counterfactual, then what the other run says."""
    if by_class:
        return [
            Cell(pair.reference_original_class),
            Cell(pair.reference_counterfactual_class),
            Cell(pair.original_class),
            Cell(pair.counterfactual_class),
        ]
    scores = (
        pair.reference_score,
        pair.reference_counterfactual_score,
        pair.score,
        pair.counterfactual_score,
    )
    return [Cell(numbers.decimal(score)) for score in scores]


def _edit(pair: ChangedPair) -> str:
    return f"{pair.term} → {pair.replacement or '∅'}" if pair.term else ""


def _gate(results: Sequence[GateResult]) -> Section:
    return Section(
        "Limits",
        items=tuple(
            f"{result.verdict.replace('_', ' ')}: {result.name}. {result.message}"
            for result in results
        ),
    )


def _runs(report: CompareReport) -> Section:
    rows = []
    for index, run in enumerate(report.runs):
        rows.append(
            (
                Cell(run.name, "the reference" if index == 0 else ""),
                Cell(run.started or numbers.MISSING),
                Cell(run.version or numbers.MISSING),
                Cell(numbers.count(run.num_pairs)),
                Cell(run.pair_set_sha256[:12] or numbers.MISSING),
                Cell(run.control_set_sha256[:12] or numbers.MISSING),
            )
        )
    return Section(
        "Runs",
        tables=(
            Table(
                name="runs",
                caption="What was compared",
                groups=(),
                header=("Run", "Started", "fairflip", "Pairs", "Pair set", "Control set"),
                rows=tuple(rows),
            ),
        ),
    )


def _first(model: ModelReport) -> object:
    return model.slices[0].thresholds[0]
