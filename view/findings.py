"""What a run found, in sentences: the verdict that every view begins with.

Nothing is computed here that the report does not hold; this file chooses what
to say first and says no more than the intervals allow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fairflip.protos import report_pb2
from fairflip.view import evidence, numbers
from fairflip.view.numbers import Estimate
from fairflip.view.report_index import OVERALL, ReportIndex

#: A candidate that gives one of the answers this much less often than the baseline may
#: owe its fewer flips to that alone.
_COLLAPSE_RATIO = 0.5

#: What stands as the verdict at the matched threshold of a candidate that has none.
UNMATCHED = "could not be matched"

_MAX_IN_HEADLINE = 3

#: Verdicts on a change that leave open which way it went.
_UNTOLD = (evidence.TOO_FEW, evidence.FEW_FLIPS)
_ONE_ANSWER = {"yes": "never says “yes”", "no": "always says “yes”"}
_NOTE_SENTENCES = {
    evidence.TOO_FEW: " Too few to say more.",
    evidence.FEW_FLIPS: " The interval rests on few flips, and is rather too wide.",
    evidence.FEW_WITHOUT: " The interval rests on few pairs without a flip.",
    evidence.NO_FLIP: " No flip was seen: the interval's end is what can be said.",
    evidence.ALL_FLIP: " No pair without a flip was seen.",
}


@dataclass(frozen=True)
class MostAffected:
    """The slice whose flip rate is most clearly high.

    Chosen by the lower end of the interval, not by the rate itself: the rates
    of small slices are high or low by luck.
    """

    slice: str
    flip_rate: Estimate
    num_pairs: int
    num_compared: int


@dataclass(frozen=True)
class ModelFinding:
    """One model over all pairs, at the first threshold.

    Attributes:
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
    auc_scope: str
    ctf_gap: Estimate
    note: str
    most_affected: MostAffected | None
    matched_threshold: float
    matched_flip_rate: Estimate
    matched_positive_rate: float
    matched_target: float
    is_matched: bool
    num_legitimate_pairs: int
    num_legitimate_flips: int


@dataclass(frozen=True)
class ChangeFinding:
    """A candidate against the baseline over all pairs, at the first threshold.

    Attributes:
      verdict: "fewer", "more", "not shown", or where that cannot be told "too few to
        say" (originals) or "few flips".
      matched_verdict: the same for the matched threshold, which decides; or "could not be
        matched", and then `matched_difference` is unknown.
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
    auc_difference: Estimate
    collapsed: str
    worse_slices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """The verdict of a run."""

    threshold: float | None
    confidence_level: float
    models: tuple[ModelFinding, ...]
    changes: tuple[ChangeFinding, ...]
    headline: str
    sentences: tuple[str, ...]
    cautions: tuple[str, ...] = field(default=())


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
    level = report.provenance.confidence_level or 0.95
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
        headline=_headline(models, changes),
        sentences=tuple(_sentences(models, changes, threshold, level)),
        cautions=tuple(_cautions(report, models, changes)),
    )


def _model_finding(index: ReportIndex, name: str, threshold: float | None) -> ModelFinding | None:
    overall = index.slice(name, OVERALL)
    if overall is None or threshold is None:
        return None
    at = index.at(name, OVERALL, threshold) or report_pb2.ThresholdReport()
    examples = index.examples(name, OVERALL)
    auc, scope = numbers.optional(overall, "auc"), "originals of pairs"
    if examples is not None and examples.HasField("auc"):
        auc, scope = examples.auc, "all examples"
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
        most_affected=_most_affected(index, name, threshold),
        matched_threshold=matched.threshold if matched else float("nan"),
        matched_flip_rate=evidence.matched_rate(overall),
        matched_positive_rate=matched.positive_rate if matched else float("nan"),
        matched_target=matched.baseline_positive_rate if matched else float("nan"),
        is_matched=evidence.is_matched(overall),
        num_legitimate_pairs=overall.num_legitimate_pairs,
        num_legitimate_flips=overall.num_legitimate_flips,
    )


def _most_affected(index: ReportIndex, name: str, threshold: float) -> MostAffected | None:
    best = None
    compared = 0
    for slice_name in index.slices:
        slice_report = index.slice(name, slice_name)
        at = index.at(name, slice_name, threshold)
        if slice_name == OVERALL or slice_report is None or at is None:
            continue
        rate = numbers.estimate(at, "flip_rate")
        if slice_report.too_few_to_say or at.too_few_to_say or not rate.is_known:
            continue
        compared += 1
        rank = (rate.lower if rate.has_interval else rate.value, rate.value)
        if best is None or rank > best[0]:
            best = (rank, slice_name, rate, slice_report.num_pairs)
    if best is None or not best[2].value > 0:
        return None
    return MostAffected(best[1], best[2], best[3], compared)


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
    return ChangeFinding(
        candidate=name,
        difference=numbers.estimate(at, "flip_rate_difference"),
        p_value=at.p_value,
        minimum_detectable=at.minimum_detectable_difference,
        verdict=_verdict(at, after),
        matched_difference=(
            numbers.estimate(matched, "flip_rate_difference") if is_matched else Estimate()
        ),
        matched_verdict=_verdict(matched, after) if is_matched else UNMATCHED,
        auc_difference=numbers.estimate(comparison, "auc_difference"),
        collapsed=_collapsed(before, after),
        worse_slices=tuple(_worse_slices(index, name, threshold)),
    )


def _collapsed(before: report_pb2.SliceReport | None, after: report_pb2.SliceReport | None) -> str:
    if before is None or after is None:
        return ""
    yes = before.positive_rate, after.positive_rate
    for answer, (was, now) in (("yes", yes), ("no", (1.0 - yes[0], 1.0 - yes[1]))):
        if now < _COLLAPSE_RATIO * was:
            return answer
    return ""


def _worse_slices(index: ReportIndex, name: str, threshold: float) -> list[str]:
    worse = []
    for slice_name in index.slices:
        at = index.comparison_at(name, slice_name, threshold)
        if slice_name == OVERALL or at is None:
            continue
        part = index.slice(name, slice_name)
        if _verdict(at, part) == "more" and not at.p_value_adjusted > 0.05:
            worse.append(slice_name)
    return worse


def _verdict(at: report_pb2.ThresholdComparison, part: report_pb2.SliceReport | None) -> str:
    difference = numbers.estimate(at, "flip_rate_difference")
    note = evidence.change_note(part, at)
    if note == evidence.TOO_FEW or not difference.is_known:
        return evidence.TOO_FEW
    if not difference.excludes_zero:
        return "not shown"
    if note:
        return note
    return "fewer" if difference.value < 0 else "more"


def _headline(models: tuple[ModelFinding, ...], changes: tuple[ChangeFinding, ...]) -> str:
    if not models:
        return "This run holds no evaluated pairs."
    if len(changes) != 1 or len(models) != 2:
        return _headline_of_many(models)
    change, before, after = changes[0], models[0], models[1]
    rates = f"{numbers.percent(before.flip_rate.value)} to {numbers.percent(after.flip_rate.value)}"
    if change.verdict in _UNTOLD:
        few = "pairs" if change.verdict == evidence.TOO_FEW else "flips"
        return f"Too few {few} to say whether {change.candidate} flips less than {before.name}."
    if change.verdict == "not shown":
        return f"No change in flips is shown: {rates} of {numbers.count(before.num_pairs)} pairs."
    if change.collapsed:
        word = "less" if change.verdict == "fewer" else "more"
        return (
            f"{change.candidate} flips {word} often ({rates}), but it also says "
            f"“{change.collapsed}” far less often."
        )
    if change.verdict == "fewer" and change.matched_verdict in ("more", "not shown"):
        return (
            f"Flips fell from {rates} at the fixed threshold, but not at a threshold "
            "with the same positive rate."
        )
    word = "fell" if change.verdict == "fewer" else "rose"
    text = f"Flips {word} from {rates} of {numbers.count(before.num_pairs)} pairs"
    if after.matched_flip_rate.is_known:
        # Part of the change may be owed to answering yes less often.
        matched = numbers.percent(after.matched_flip_rate.value)
        text += f"; at the baseline's positive rate, to {matched}"
    if not after.is_matched:
        text += f"; {change.candidate} could not be compared at the baseline's positive rate"
    return text + "."


def _headline_of_many(models: tuple[ModelFinding, ...]) -> str:
    first = models[0]
    if not first.flip_rate.is_known or (first.note == evidence.TOO_FEW and first.flip_count):
        return f"Too few pairs to say how often {first.name} flips."
    text = (
        f"{first.name} changes its decision on {numbers.percent(first.flip_rate.value)} "
        f"of {numbers.count(first.num_pairs)} pairs"
    )
    matched = [model for model in models[1:] if model.matched_flip_rate.is_known]
    matched.sort(key=lambda model: model.matched_flip_rate.value)
    if matched:
        rates = ", ".join(
            f"{model.name} on {numbers.percent(model.matched_flip_rate.value)}"
            for model in matched[:_MAX_IN_HEADLINE]
        )
        text += f"; at its positive rate, {rates}"
    return text + "."


def _sentences(
    models: tuple[ModelFinding, ...],
    changes: tuple[ChangeFinding, ...],
    threshold: float | None,
    level: float,
) -> list[str]:
    said = []
    for model in models:
        said.append(_rate_sentence(model, threshold, level))
        if model.most_affected is not None:
            most = model.most_affected
            said.append(
                f"Among {most.num_compared} slices, {model.name} flips most clearly for "
                f"{most.slice}: {_rate_text(most.flip_rate)} of {numbers.count(most.num_pairs)} "
                "pairs."
            )
    for change in changes:
        said.append(_change_sentence(change, models[0].name if models else ""))
        matched = next((model for model in models if model.name == change.candidate), None)
        if matched is not None and matched.matched_flip_rate.is_known:
            said.append(
                f"At threshold {numbers.short_threshold(matched.matched_threshold)}, where "
                f"{matched.name} says yes about as often as the baseline "
                f"({numbers.percent(matched.matched_positive_rate)}), it flips "
                f"{_rate_text(matched.matched_flip_rate)}"
                f"{_matched_change(change)}."
            )
    rates = ", ".join(f"{model.name} {numbers.percent(model.positive_rate)}" for model in models)
    if rates:
        said.append(f"Share of originals called positive: {rates}.")
    known = [model for model in models if numbers.decimal(model.auc) != numbers.MISSING]
    if known:
        aucs = ", ".join(f"{model.name} {numbers.decimal(model.auc)}" for model in known)
        said.append(f"AUC over {known[0].auc_scope}: {aucs}.")
    elif models:
        said.append("The data has no labels, so there is no AUC.")
    return said


def _rate_sentence(model: ModelFinding, threshold: float | None, level: float) -> str:
    at = numbers.threshold(threshold) if threshold is not None else numbers.MISSING
    if not model.flip_rate.is_known:
        return f"{model.name}: no rate over {numbers.count(model.num_pairs)} pairs."
    text = (
        f"{model.name} changes its decision (score above {at}) on "
        f"{numbers.count(model.flip_count)} of {numbers.count(model.num_pairs)} pairs: "
        f"{numbers.percent(model.flip_rate.value)}"
    )
    if model.flip_rate.has_interval:
        text += f" ({numbers.level(level)} interval {numbers.percent_interval(model.flip_rate)})"
    text += (
        f"; {numbers.count(model.negative_to_positive_count)} from negative to positive, "
        f"{numbers.count(model.positive_to_negative_count)} from positive to negative."
    )
    return text + _NOTE_SENTENCES.get(model.note, "")


def _rate_text(rate: Estimate) -> str:
    interval = numbers.percent_interval(rate)
    return numbers.percent(rate.value) + (f" ({interval})" if interval else "")


def _change_sentence(change: ChangeFinding, baseline: str) -> str:
    name = f"{change.candidate} against {baseline}"
    if change.verdict == evidence.TOO_FEW:
        text = f"{name}: too few to say"
    else:
        interval = numbers.points_interval(change.difference)
        text = f"{name}: {numbers.points(change.difference.value)} percentage points"
        text += f" ({interval})" if interval else ""
        if change.verdict == "not shown":
            text += ", so no change is shown"
        if change.verdict == evidence.FEW_FLIPS:
            text += ", on too few flips to be sure"
    if change.verdict in (*_UNTOLD, "not shown") and change.minimum_detectable > 0:
        text += (
            "; a change smaller than "
            f"{numbers.percent(change.minimum_detectable, unit='')} points could have gone unseen"
        )
    return text + "."


def _matched_change(change: ChangeFinding) -> str:
    if change.matched_verdict == evidence.TOO_FEW or not change.matched_difference.is_known:
        return ""
    interval = numbers.points_interval(change.matched_difference)
    text = f", {numbers.points(change.matched_difference.value)} points"
    return text + (f" ({interval})" if interval else "") + " against the baseline"


def _cautions(
    report: report_pb2.RunReport,
    models: tuple[ModelFinding, ...],
    changes: tuple[ChangeFinding, ...],
) -> list[str]:
    said = []
    for change in changes:
        if change.collapsed:
            said.append(
                f"{change.candidate} says “{change.collapsed}” less than half as often as the "
                f"baseline. A model that {_ONE_ANSWER[change.collapsed]} never flips"
                + ("." if change.matched_verdict == UNMATCHED else ": read the matched flip rate.")
            )
        if change.worse_slices:
            said.append(
                f"{change.candidate} flips more often than the baseline for: "
                + ", ".join(change.worse_slices[:8])
                + (f" and {len(change.worse_slices) - 8} more" * (len(change.worse_slices) > 8))
                + "."
            )
    for model in models:
        if not model.is_matched:
            said.append(
                f"{model.name} could not be matched to the baseline's positive rate: "
                f"{numbers.percent(model.matched_target)} was asked for, and "
                f"{numbers.percent(model.matched_positive_rate)} is the nearest that any "
                "threshold gives, because many of its scores are equal. Flips there are no "
                "comparison with the baseline, so none are shown."
            )
    pairing = report.pairing
    if pairing.num_identical_pairs:
        said.append(
            f"{numbers.count(pairing.num_identical_pairs)} pairs had two equal sides and were "
            "left out."
        )
    if pairing.num_differing_beyond_attribute:
        said.append(
            f"{numbers.count(pairing.num_differing_beyond_attribute)} pairs differ in more than "
            "the identity term."
        )
    rejected = sum(reject.count for reject in report.rejects)
    if rejected:
        said.append(f"{numbers.count(rejected)} records were left out; see Rejects.")
    for model in models:
        if model.num_legitimate_pairs:
            said.append(
                f"{numbers.count(model.num_legitimate_pairs)} pairs are marked as legitimate "
                f"flips and stand outside all rates ({model.name} flips on "
                f"{numbers.count(model.num_legitimate_flips)} of them)."
            )
    return said
