"""The verdict of a run: one light, what was found, why, and what to do next.

The rule, in this order:

* *cannot tell* where too many records were left out, a model decides differently when
  asked again, it or its baseline says the same to nearly all, or there are too few originals;
* *act* where the excess over other words lies above 0, terms taken as a sample of words;
* *look* where only the excess of these very terms does, where more than 1 % of decisions
  may flip, or where there are no controls to read flips against;
* *fine* otherwise. A negative excess makes nothing fine by itself.

With several models the last is judged, as the candidate for use: at the threshold where
it says yes as often as the baseline, and with what changed against the baseline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from fairflip.protos import report_pb2
from fairflip.protos.allowed_rejects import allowed_rejects
from fairflip.protos.config_pb2 import EvaluationSpec
from fairflip.protos.forms.run_edits import Edit, edit_of
from fairflip.protos.positive_rates import (
    LEAST_RARER_ANSWERS,
    NO,
    YES,
    only_answer_at,
    only_class,
)
from fairflip.view.words import evidence, excess, numbers, verdict
from fairflip.view.words.excess import Excess
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import OVERALL, ReportIndex

CANNOT_TELL, ACT, LOOK, FINE = "cannot_tell", "act", "look", "fine"
#: How the lights are called on a page.
TITLES = {CANNOT_TELL: "cannot tell", ACT: "act", LOOK: "look", FINE: "fine"}

#: Where more decisions than this may flip, somebody should look.
MOST_FLIPS = 0.01
#: Originals below which nothing is said; a run's min_slice_size may ask for more.
LEAST_ORIGINALS = 30

_FAULTY_STAGES = ("read", "score")


@dataclass(frozen=True)
class Judgement:
    """What is said of one model.

    Attributes:
      light: a key of `TITLES`.
      headline: the finding in one sentence with one number.
      parts: the finding with its figures, in sentences that stand apart on a page: a rise of
        control flips, what was found, what changed.
      reason: why this light.
      next_step: what to do now.
      command: a command for it; "" where there is none.
      model: the model that is judged; "" in a report without one.
      rates: flips beside those of controls, where the model is judged.
    """

    light: str
    headline: str
    parts: tuple[str, ...]
    reason: str
    next_step: str
    command: str = ""
    model: str = ""
    rates: Excess | None = None

    @property
    def sentence(self) -> str:
        """The parts in one."""
        return " ".join(self.parts)

    @property
    def title(self) -> str:
        """The light in words."""
        return TITLES[self.light]


@dataclass(frozen=True)
class _Doubt:
    headline: str
    sentence: str
    next_step: str
    command: str = ""


@dataclass(frozen=True)
class _Change:
    """Overall differences from the baseline; unknown where there are none."""

    flips: Estimate = field(default_factory=Estimate)
    controls: Estimate = field(default_factory=Estimate)
    excess: Estimate = field(default_factory=Estimate)


def judge(
    report: report_pb2.RunReport, index: ReportIndex | None = None, model: str = ""
) -> Judgement:
    """What is to be said of a run.

    Args:
      report: any run report.
      index: the same report's index, if the caller has one.
      model: the model to judge; default: the last, which after retraining is the
        remediated one.
    """
    index = index or ReportIndex(report)
    name = model or (index.models[-1] if index.models else "")
    part = index.slice(name, OVERALL)
    at = (
        index.at(name, OVERALL, index.first_threshold)
        if index.first_threshold is not None
        else None
    )
    if part is None or at is None:
        return Judgement(
            CANNOT_TELL,
            headline="This run holds no evaluated pairs.",
            parts=("This run holds no evaluated pairs.",),
            reason="Nothing was scored.",
            next_step="Evaluate a model on the pairs.",
            command="fairflip evaluate --pairs …",
        )
    edit = edit_of(report)
    is_candidate = name != index.baseline
    is_matched = is_candidate and part.HasField("matched") and evidence.is_matched(part)
    rates = excess.excess_at(part, part.matched if is_matched else at)
    is_output = any(each.name == name != (each.model or name) for each in report.models)
    subject = name if len(index.models) > 1 or is_output else ""
    place = " at the baseline's positive rate" if is_matched else ""
    doubt = (
        _left_out(report)
        or _differs(index, name)
        or _says_the_same(index, name)
        or _too_few(index, name, part, is_candidate, rates)
    )
    if doubt is not None:
        return Judgement(
            CANNOT_TELL,
            headline=f"Cannot tell: {doubt.headline}",
            parts=tuple(filter(None, (doubt.sentence, verdict.seen(rates, edit, place)))),
            reason=verdict.REASONS[CANNOT_TELL],
            next_step=doubt.next_step,
            command=doubt.command,
            model=name,
            rates=rates,
        )
    unmatched = is_candidate and part.HasField("matched") and not is_matched
    light, reason = _light(rates, name if unmatched else "", edit)
    change = _change(index, name, is_matched) if is_candidate else _Change()
    sentences = [
        verdict.controls_rose(name, change.controls),
        verdict.finding(rates, edit, place, numbers.estimate(part, "ctf_gap"), subject),
        verdict.against(
            index.baseline or "",
            change.flips,
            change.controls,
            change.excess,
            excess.ONE_ALONE.format(edit.one) if rates.has_one_term else "",
        ),
        _withheld(index, name) if is_candidate else "",
    ]
    step, command = verdict.next_step(light, rates, edit, change.controls)
    return Judgement(
        light,
        headline=verdict.headline(rates, edit, subject, change.controls, is_fine=light == FINE),
        parts=tuple(filter(None, sentences)),
        reason=reason,
        next_step=step,
        command=command,
        model=name,
        rates=rates,
    )


def _light(rates: Excess, unmatched: str, edit: Edit) -> tuple[str, str]:
    """The light of a model without doubts, and why."""
    most = rates.flip_rate.upper
    if rates.standing == excess.MORE:
        return ACT, verdict.REASONS[ACT].format(numbers.plain_points_interval(rates.over_words))
    if rates.standing == excess.THESE_TERMS:
        points = numbers.plain_points_interval(rates.rate)
        if edit.is_of_words:
            return LOOK, verdict.THESE_TERMS.format(points)
        return LOOK, verdict.THESE_EDITS.format(edit.these, points)
    if most > MOST_FLIPS:
        return LOOK, verdict.MANY_FLIPS.format(numbers.percent(most), numbers.percent(MOST_FLIPS))
    if not rates.is_known:
        return LOOK, verdict.NO_CONTROLS
    if not rates.covers_most:
        few = numbers.count(rates.num_pairs - rates.num_without_control)
        return LOOK, verdict.FEW_CONTROLS.format(few, numbers.count(rates.num_pairs))
    if unmatched:
        return LOOK, verdict.UNMATCHED.format(unmatched)
    return FINE, verdict.REASONS[FINE].format(numbers.percent(most), numbers.percent(MOST_FLIPS))


# --- why nothing can be told --------------------------------------------------


def _left_out(report: report_pb2.RunReport) -> _Doubt | None:
    """Whether more faulty records were left out than a run allows unless told otherwise."""
    counted = [
        (entry.num_rejected, entry.num_in, entry.input)
        for entry in report.sums
        if entry.stage in _FAULTY_STAGES
    ]
    if not counted:
        faulty = sum(each.count for each in report.rejects if each.stage in _FAULTY_STAGES)
        counted = [(faulty, report.pairing.num_records_read, "records")]
    for lost, whole, what in counted:
        if not whole or lost <= allowed_rejects(EvaluationSpec(), whole):
            continue
        share = numbers.percent(lost / whole)
        return _Doubt(
            headline=f"{share} of the {what} were left out.",
            sentence=(
                f"{numbers.count(lost)} of {numbers.count(whole)} {what} were left out ({share}): "
                "rates over the others may be rates over what is easy."
            ),
            next_step="See under Rejects why records were left out, mend them, and run again.",
        )
    return None


def _differs(index: ReportIndex, name: str) -> _Doubt | None:
    floor = index.noise_floor(name)
    if floor is None or not floor.is_too_high:
        return None
    share = numbers.percent(floor.share)
    return _Doubt(
        headline=f"asked again, {name} decides differently {share} of the time.",
        sentence=(
            f"Asked again for the same texts, {name} decided differently on {share} of "
            f"{floor.base}. That is the noise floor: so many decisions flip without any edit."
        ),
        next_step=(
            "Make the model answer alike each time (a fixed seed, temperature 0), or judge the "
            "mean of several answers, and run again."
        ),
    )


def _says_the_same(index: ReportIndex, name: str) -> _Doubt | None:
    """Whether the model, or the baseline that it is held against, gives nearly one answer only."""
    for model in dict.fromkeys((name, index.baseline or name)):
        if index.first_threshold is None:
            return None
        at = index.at(model, OVERALL, index.first_threshold)
        part = index.slice(model, OVERALL)
        only = None if part is None else only_class(part)
        if only is not None:
            share = numbers.percent(only[1])
            return _Doubt(
                headline=f"{model} says “{only[0]}” to {share} of originals.",
                sentence=(
                    f"{model} says “{only[0]}” to nearly all: to {share} of originals. A model "
                    "that always says the same never flips."
                ),
                next_step="Evaluate originals of all classes, or train it until it tells them "
                "apart.",
            )
        answer = "" if at is None else only_answer_at(at)
        if at is None or not answer:
            continue
        is_no = answer == NO
        given = at.positive_rate if is_no else 1.0 - at.positive_rate
        share = numbers.percent(given)
        rare = YES if is_no else NO
        so = "A model that always says the same never flips."
        if model != name:
            so += f" So {name} can only flip more, and that says nothing of it."
        return _Doubt(
            headline=(
                f"{model} says “{rare}” to {share} of originals only."
                if given
                else f"{model} says “{answer}” to every original."
            ),
            sentence=(
                f"{model} says “{answer}” to nearly all: “{rare}” to {share} of originals. {so}"
            ),
            next_step=(
                "Evaluate at a threshold where the model gives both answers, or train it until it "
                "tells them apart."
            ),
            command="--threshold …",
        )
    return None


def _too_few(
    index: ReportIndex, name: str, part: report_pb2.SliceReport, is_candidate: bool, rates: Excess
) -> _Doubt | None:
    if part.has_few_originals or not rates.flip_rate.has_interval:
        return _few(part)
    if is_candidate and part.matched.too_few_to_match:
        target = part.matched.baseline_positive_rate
        rarer = min(target, 1.0 - target)
        step = "Evaluate"
        if rarer > 0:
            needed = numbers.count(math.ceil(LEAST_RARER_ANSWERS / rarer))
            step = f"Evaluate about {needed} originals or more, or"
        return _Doubt(
            headline=f"too few originals to match {name} to the baseline's positive rate.",
            sentence=(
                f"The baseline says yes to {numbers.percent(target)} of "
                f"{numbers.count_of(part.num_originals, 'original')}: the rarer answer is too "
                f"rare to find the threshold at which {name} says yes as often."
            ),
            next_step=f"{step} at a threshold where {index.baseline} gives both answers.",
        )
    return None


def _few(part: report_pb2.SliceReport) -> _Doubt:
    """What is too little: originals, clusters, or their even weight."""
    unit, number = "original", part.num_originals
    if part.num_clusters not in (0, part.num_originals):
        unit, number = "cluster", part.num_clusters
    there = numbers.count_of(number, unit)
    if number < LEAST_ORIGINALS:
        are = "is" if number == 1 else "are"
        more = numbers.count_of(LEAST_ORIGINALS - number, f"more {unit}")
        return _Doubt(
            headline=f"{there} {are} too few.",
            sentence=f"{there} {are} too few to say more.",
            next_step=f"Evaluate at least {more}.",
        )
    if 0 < part.num_independent < LEAST_ORIGINALS:
        return _Doubt(
            headline=f"{there} of unequal weight say too little.",
            sentence=(
                f"{there} weigh so unequally that they say as much as "
                f"{part.num_independent:.1f} of equal weight."
            ),
            next_step="Evaluate more of them, or cut the largest weights.",
        )
    return _Doubt(
        headline=f"{there} are fewer than this run asks for.",
        sentence=f"{there} are fewer than this run asks for (min_slice_size).",
        next_step=f"Evaluate more {unit}s.",
    )


def _change(index: ReportIndex, name: str, is_matched: bool) -> _Change:
    comparison = index.comparison(name, OVERALL)
    if comparison is None or index.first_threshold is None:
        return _Change()
    at: report_pb2.ThresholdComparison | None
    if is_matched and comparison.HasField("matched"):
        at = comparison.matched
    else:
        at = index.comparison_at(name, OVERALL, index.first_threshold)
    if at is None:
        return _Change()
    difference = numbers.estimate(at, "excess_flip_rate_difference")
    return _Change(
        flips=numbers.estimate(at, "flip_rate_difference"),
        controls=numbers.estimate(at, "control_flip_rate_difference"),
        excess=numbers.bounds(at, "excess_difference_over_words", difference.value),
    )


def _withheld(index: ReportIndex, name: str) -> str:
    """What changed on pairs of terms withheld from training, matched where it can be."""
    part = next(model.held_out for model in index.report.models if model.name == name)
    compared = next((one for one in index.report.comparisons if one.candidate == name), None)
    if compared is None or not compared.HasField("held_out") or not part.num_pairs:
        return ""
    at, place = compared.held_out.matched, " at the baseline's positive rate"
    if not compared.held_out.HasField("matched") or not evidence.is_matched(part):
        if not compared.held_out.thresholds:
            return ""
        at, place = compared.held_out.thresholds[0], ""
    return verdict.withheld(
        part.num_pairs,
        numbers.estimate(at, "flip_rate_difference"),
        evidence.change_verdict(part, at, index.confidence_level),
        place,
        index.baseline or "",
        name,
    )
