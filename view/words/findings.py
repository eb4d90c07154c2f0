"""What a run found, in sentences: the verdict that every view begins with.

Nothing is computed here that the report does not hold. `verdict_light` judges; this file
gathers what stands under the judgement, and `sentences` says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fairflip.protos import report_pb2
from fairflip.protos.forms.run_edits import edit_of
from fairflip.protos.positive_rates import given_up
from fairflip.protos.repeated_answers import NoiseFloor
from fairflip.view.words import evidence, numbers, verdict, verdict_light
from fairflip.view.words import sentences as words
from fairflip.view.words.excess import Excess, excess_at
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import (
    OVERALL,
    ExamplesScope,
    ReportIndex,
    indexes_by_output,
)
from fairflip.view.words.verdict_light import Judgement

#: What `slices[].auc` is over.
EACH_PAIR = ExamplesScope("the originals of pairs, once for each pair")

#: Of several outputs, the first of these that any has is the run's.
_GRAVEST = (
    verdict_light.ACT,
    verdict_light.LOOK,
    verdict_light.CANNOT_TELL,
    verdict_light.FINE,
)
_MAX_NAMED = 8


@dataclass(frozen=True)
class MostAffected:
    """The slice whose flip rate is most clearly high.

    There is one only where a test finds that the slices of a feature differ. It is chosen by
    the lower end of the interval, not by the rate itself: the rates of small slices are high
    or low by luck. The interval is wide enough for the choice.
    """

    slice: str
    flip_rate: Estimate
    num_pairs: int
    num_compared: int
    p_value: float


@dataclass(frozen=True)
class ModelFinding:
    """One model over all pairs, at the first threshold.

    Attributes:
      judgement: the light of this model alone.
      excess: its flips beside those of controls, at the first threshold.
      matched_excess: the same at the matched threshold; None where the model is the
        baseline, or not matched.
      held_out: what it does on pairs of terms withheld from training, in words, or "".
      has_own_clusters: whether more than an original is drawn together.
      undamaged_rate: the flip rate over the pairs whose grammar no edit damaged.
      is_matched: whether the matched threshold gives about the baseline's positive rate,
        so that its flip rate compares; without, `matched_flip_rate` is unknown.
      matched_positive_rate: what the matched threshold gives; of a model that is not
        matched, the nearest it can give.
      matched_target: the baseline's positive rate, that was asked for.
    """

    name: str
    is_baseline: bool
    num_pairs: int
    flip_count: int
    flip_rate: Estimate
    negative_to_positive_count: int
    positive_to_negative_count: int
    direction_p_value: float
    positive_rate: float
    auc: float
    auc_scope: ExamplesScope
    ctf_gap: Estimate
    note: str
    judgement: Judgement
    excess: Excess
    matched_excess: Excess | None
    originals_with_flip: Estimate
    clusters_with_flip: Estimate
    has_own_clusters: bool
    noise_floor: NoiseFloor | None
    held_out: str
    most_affected: MostAffected | None
    matched_threshold: float
    matched_flip_rate: Estimate
    matched_positive_rate: float
    matched_target: float
    is_matched: bool
    why_unmatched: str
    num_legitimate_pairs: int
    num_legitimate_flips: int
    is_argmax: bool = False
    accuracy: float = float("nan")
    undamaged_rate: Estimate = field(default_factory=Estimate)
    top_k: int = 0
    top_k_flip_rate: Estimate = field(default_factory=Estimate)


@dataclass(frozen=True)
class ChangeFinding:
    """A candidate against the baseline over all pairs, at the first threshold.

    Attributes:
      verdict: "fewer", "more", "not shown", or where that cannot be told "too few to
        say" (originals) or "few flips".
      matched_verdict: the same for the matched threshold, which decides; or "could not be
        matched", and then `matched_difference` is unknown.
      control_difference: where the candidate is judged: at the matched threshold, or
        without one at the first.
      excess_difference: there, with the interval that takes terms as a sample of words.
      is_doubted: the candidate's light is *cannot tell*.
      collapsed: the answer that the candidate gives less than half as often as the
        baseline, "yes" or "no"; "" where it gives both often enough.
    """

    candidate: str
    difference: Estimate
    p_value: float
    minimum_detectable: float
    verdict: str
    matched_difference: Estimate
    matched_verdict: str
    control_difference: Estimate
    excess_difference: Estimate
    auc_difference: Estimate
    collapsed: str
    worse_slices: tuple[str, ...] = ()
    is_doubted: bool = False

    @property
    def tone(self) -> str:
        """The change as "better", "worse" or "".

        Nothing got better where nothing can be told, nor where control flips rose.
        """
        tone = {"fewer": "better", "more": "worse"}.get(self.verdict, "")
        is_jumpier = verdict.is_rise(self.control_difference)
        return "" if tone == "better" and (is_jumpier or self.is_doubted) else tone


@dataclass(frozen=True)
class Findings:
    """The verdict of a run.

    Attributes:
      judgement: what every view says first.
      change: what a candidate changed, or how several models rank; "" for one model.
    """

    threshold: float | None
    confidence_level: float
    models: tuple[ModelFinding, ...]
    changes: tuple[ChangeFinding, ...]
    judgement: Judgement
    change: str
    sentences: tuple[str, ...]
    cautions: tuple[str, ...] = field(default=())

    @property
    def headline(self) -> str:
        """The run in one sentence with one number."""
        return self.judgement.headline


def enter_verdict(report: report_pb2.RunReport) -> None:
    """Fills `report.verdict`."""
    parts = indexes_by_output(report)
    judgements = {part.output: verdict_light.judge(part.report, part) for part in parts}
    judged = gravest(judgements.values())
    report.verdict.light = judged.light
    report.verdict.sentence = " ".join(filter(None, (overview(judgements), judged.sentence)))
    report.verdict.reason = judged.reason


def gravest(judgements: Iterable[Judgement]) -> Judgement:
    """The judgement of a run with several outputs: of the gravest light, the first."""
    return min(judgements, key=lambda one: _GRAVEST.index(one.light))


def overview(judgements: Mapping[str, Judgement]) -> str:
    """How the outputs of a run stand, in a sentence; "" where there is one.

    Args:
      judgements: by output.
    """
    if len(judgements) < 2:
        return ""
    parts = []
    for light in _GRAVEST:
        names = [name for name, one in judgements.items() if one.light == light]
        if names:
            more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
            parts.append(f"{verdict_light.TITLES[light]} for {', '.join(names[:_MAX_NAMED])}{more}")
    return f"Of {len(judgements)} outputs: {'; '.join(parts)}."


def find(report: report_pb2.RunReport, index: ReportIndex | None = None) -> Findings:
    """What `report` says first.

    Args:
      report: any run report; missing parts are left out of the verdict.
      index: the same report's index, if the caller has one.

    Returns:
      The findings at the report's first threshold.
    """
    index = index or ReportIndex(report)
    threshold = index.first_threshold
    level = index.confidence_level
    models = tuple(
        finding
        for name in index.models
        if (finding := _model_finding(index, name, threshold)) is not None
    )
    changes = tuple(
        change
        for name in index.candidates
        if (change := _change_finding(index, name, threshold)) is not None
    )
    return Findings(
        threshold=threshold,
        confidence_level=level,
        models=models,
        changes=changes,
        judgement=verdict_light.judge(report, index),
        change=words.change_line(models, changes),
        sentences=tuple(words.sentences(models, changes, threshold, level, edit_of(report))),
        cautions=tuple(words.cautions(report, models, changes)),
    )


def _model_finding(index: ReportIndex, name: str, threshold: float | None) -> ModelFinding | None:
    overall = index.slice(name, OVERALL)
    if overall is None or threshold is None:
        return None
    at = index.at(name, OVERALL, threshold) or report_pb2.ThresholdReport()
    examples = index.examples(name, OVERALL)
    auc, scope = numbers.optional(overall, "auc"), EACH_PAIR
    if examples is not None and examples.HasField("auc"):
        auc, scope = examples.auc, index.examples_scope
    matched = overall.matched if overall.HasField("matched") else None
    return ModelFinding(
        name=name,
        is_baseline=name == index.baseline,
        num_pairs=overall.num_pairs,
        flip_count=at.flip_count,
        flip_rate=numbers.estimate(at, "flip_rate"),
        negative_to_positive_count=at.negative_to_positive_count,
        positive_to_negative_count=at.positive_to_negative_count,
        direction_p_value=at.direction_p_value,
        positive_rate=overall.positive_rate,
        auc=auc,
        auc_scope=scope,
        ctf_gap=numbers.estimate(overall, "ctf_gap"),
        note=evidence.rate_note(overall, at),
        judgement=verdict_light.judge(index.report, index, name),
        excess=excess_at(overall, at),
        matched_excess=(
            excess_at(overall, matched)
            if matched is not None and name != index.baseline and evidence.is_matched(overall)
            else None
        ),
        originals_with_flip=numbers.estimate(at, "originals_with_flip"),
        clusters_with_flip=numbers.estimate(at, "clusters_with_flip"),
        has_own_clusters=overall.num_clusters not in (0, overall.num_originals),
        noise_floor=index.noise_floor(name),
        held_out=next(
            words.held_out(one, edit_of(index.report))
            for one in index.report.models
            if one.name == name
        ),
        most_affected=_most_affected(index, name, index.confidence_level),
        matched_threshold=matched.threshold if matched else float("nan"),
        matched_flip_rate=evidence.matched_rate(overall),
        matched_positive_rate=matched.positive_rate if matched else float("nan"),
        matched_target=matched.baseline_positive_rate if matched else float("nan"),
        is_matched=evidence.is_matched(overall),
        why_unmatched=evidence.why_unmatched(overall),
        num_legitimate_pairs=overall.num_legitimate_pairs,
        num_legitimate_flips=overall.num_legitimate_flips,
        is_argmax=index.is_argmax,
        accuracy=numbers.optional(overall, "accuracy"),
        undamaged_rate=_undamaged_rate(index, name, threshold),
        top_k=overall.top_k,
        top_k_flip_rate=numbers.estimate(overall, "top_k_flip_rate"),
    )


def _undamaged_rate(index: ReportIndex, name: str, threshold: float) -> Estimate:
    part = next((m.undamaged for m in index.report.models if m.name == name), None)
    at = index.at(name, part.slice, threshold) if part is not None and part.slice else None
    return Estimate() if at is None else numbers.estimate(at, "flip_rate")


def _most_affected(index: ReportIndex, name: str, level: float) -> MostAffected | None:
    """Of the features whose slices differ, the slice whose interval begins highest.

    None where the model decides differently when asked again: then its flips are noise.
    """
    floor = index.noise_floor(name)
    if floor is not None and floor.is_too_high:
        return None
    differing = [
        entry
        for entry in index.heterogeneity(name)
        if entry.p_value_adjusted <= 1.0 - level and entry.flip_rate.value > 0
    ]
    if not differing:
        return None
    entry = max(differing, key=lambda one: (one.flip_rate.lower, one.flip_rate.value))
    part = index.slice(name, entry.slice)
    if part is None:
        return None
    rate = numbers.estimate(entry, "flip_rate")
    return MostAffected(entry.slice, rate, part.num_pairs, entry.num_slices, entry.p_value_adjusted)


def _change_finding(index: ReportIndex, name: str, threshold: float | None) -> ChangeFinding | None:
    comparison = index.comparison(name, OVERALL)
    if comparison is None or threshold is None:
        return None
    empty = report_pb2.ThresholdComparison()
    at = index.comparison_at(name, OVERALL, threshold) or empty
    matched = comparison.matched if comparison.HasField("matched") else empty
    before = index.slice(index.baseline or "", OVERALL)
    after = index.slice(name, OVERALL)
    is_matched = after is None or evidence.is_matched(after)
    judged_at = matched if is_matched and comparison.HasField("matched") else at
    level = index.confidence_level
    return ChangeFinding(
        candidate=name,
        difference=numbers.estimate(at, "flip_rate_difference"),
        p_value=at.p_value,
        minimum_detectable=at.minimum_detectable_difference,
        verdict=evidence.change_verdict(after, at, level),
        matched_difference=(
            numbers.estimate(matched, "flip_rate_difference") if is_matched else Estimate()
        ),
        matched_verdict=evidence.change_verdict(after, matched, level)
        if is_matched
        else evidence.UNMATCHED,
        control_difference=numbers.estimate(judged_at, "control_flip_rate_difference"),
        excess_difference=numbers.bounds(
            judged_at,
            "excess_difference_over_words",
            numbers.estimate(judged_at, "excess_flip_rate_difference").value,
        ),
        auc_difference=numbers.estimate(comparison, "auc_difference"),
        collapsed=given_up(before.positive_rate, after.positive_rate) if before and after else "",
        worse_slices=tuple(_worse_slices(index, name, threshold)),
        is_doubted=verdict_light.judge(index.report, index, name).light
        == verdict_light.CANNOT_TELL,
    )


def _worse_slices(index: ReportIndex, name: str, threshold: float) -> list[str]:
    worse = []
    for slice_name in index.slices:
        at = index.comparison_at(name, slice_name, threshold)
        if slice_name == OVERALL or at is None:
            continue
        part = index.slice(name, slice_name)
        if evidence.change_verdict(part, at, index.confidence_level) == "more":
            worse.append(slice_name)
    return worse
