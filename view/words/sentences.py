"""What stands under the verdict: each model's rates, each change, and what to read with care.

They say no more than the intervals allow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairflip.protos import report_pb2
from fairflip.protos.forms.run_edits import Edit
from fairflip.view.words import evidence, numbers
from fairflip.view.words.calls import calls_in_words
from fairflip.view.words.curves import unmoved_losses
from fairflip.view.words.excess import ONE_ALONE, Excess, excess_at
from fairflip.view.words.left_out_pairs import damaged_grammar, doubtful_pairs
from fairflip.view.words.numbers import rate_text

if TYPE_CHECKING:
    from fairflip.view.words.findings import ChangeFinding, ModelFinding

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


def change_line(models: tuple[ModelFinding, ...], changes: tuple[ChangeFinding, ...]) -> str:
    """What one candidate changed, or how several models rank; "" for one model."""
    if len(models) < 2:
        return ""
    if len(changes) != 1 or len(models) != 2:
        return _ranking(models)
    change, before, after = changes[0], models[0], models[1]
    rates = f"{numbers.percent(before.flip_rate.value)} to {numbers.percent(after.flip_rate.value)}"
    if change.verdict in _UNTOLD:
        few = "pairs" if change.verdict == evidence.TOO_FEW else "flips"
        return f"Too few {few} to say whether {change.candidate} flips less than {before.name}."
    if change.verdict == "not shown":
        return (
            f"No change in flips is shown: {rates} of {numbers.count_of(before.num_pairs, 'pair')}."
        )
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
    text = f"Flips {word} from {rates} of {numbers.count_of(before.num_pairs, 'pair')}"
    if after.matched_flip_rate.is_known:
        # Part of the change may be owed to answering yes less often.
        matched = numbers.percent(after.matched_flip_rate.value)
        text += f"; at the baseline's positive rate, to {matched}"
    if not after.is_matched:
        text += f"; {change.candidate} could not be compared at the baseline's positive rate"
    return text + "."


def _ranking(models: tuple[ModelFinding, ...]) -> str:
    first = models[0]
    if not first.flip_rate.is_known or (first.note == evidence.TOO_FEW and first.flip_count):
        return f"Too few pairs to say how often {first.name} flips."
    text = (
        f"{first.name} changes its decision on {numbers.percent(first.flip_rate.value)} "
        f"of {numbers.count_of(first.num_pairs, 'pair')}"
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


def sentences(
    models: tuple[ModelFinding, ...],
    changes: tuple[ChangeFinding, ...],
    threshold: float | None,
    level: float,
    edit: Edit,
) -> list[str]:
    """How often each model flips and for whom, each change, positive rates, AUC.

    Args:
      models: the baseline first.
      changes: of the candidates.
      threshold: the first of the report.
      level: confidence level of the intervals.
      edit: what was done to the texts.

    Returns:
      Whole sentences, in the order in which they are read.
    """
    lines = []
    for model in models:
        lines.append(_rate_sentence(model, threshold, level))
        lines += filter(None, (_excess_sentence(model, edit), _any_flip_sentence(model)))
        if model.most_affected is not None:
            most = model.most_affected
            lines.append(
                f"Among {most.num_compared} slices, {model.name} flips most clearly for "
                f"{most.slice}: {rate_text(most.flip_rate)} of {numbers.count(most.num_pairs)} "
                "pairs."
            )
        if model.held_out:
            lines.append(model.held_out)
    for change in changes:
        lines.append(_change_sentence(change, models[0].name if models else ""))
        matched = next((model for model in models if model.name == change.candidate), None)
        if matched is not None and matched.matched_flip_rate.is_known:
            lines.append(
                f"At threshold {numbers.short_threshold(matched.matched_threshold)}, where "
                f"{matched.name} says yes about as often as the baseline "
                f"({numbers.percent(matched.matched_positive_rate)}), it flips "
                f"{rate_text(matched.matched_flip_rate)}"
                f"{_matched_change(change)}{_matched_excess(matched, edit)}."
            )
    with_rate = [model for model in models if math.isfinite(model.positive_rate)]
    rates = ", ".join(f"{model.name} {numbers.percent(model.positive_rate)}" for model in with_rate)
    if rates:
        lines.append(f"Share of originals called positive: {rates}.")
    if models and models[0].is_argmax:
        return lines + _class_sentences(models)
    known = [model for model in models if numbers.decimal(model.auc) != numbers.MISSING]
    if known:
        aucs = ", ".join(f"{model.name} {numbers.decimal(model.auc)}" for model in known)
        lines.append(f"AUC over {known[0].auc_scope.words}: {aucs}.")
    elif models:
        lines.append("The data has no labels, so there is no AUC.")
    return lines


def _class_sentences(models: tuple[ModelFinding, ...]) -> list[str]:
    """What only models that decide by argmax have: nearby classes, distances, accuracy."""
    lines = []
    for model in models:
        lines.append(
            f"Among the {model.top_k} greatest scores of {model.name} the classes change on "
            f"{rate_text(model.top_k_flip_rate)} of pairs; its class scores move by "
            f"{numbers.decimal(model.ctf_gap.value)} on average (total variation distance)."
        )
    known = [model for model in models if math.isfinite(model.accuracy)]
    accuracies = ", ".join(f"{model.name} {numbers.percent(model.accuracy)}" for model in known)
    if known:
        lines.append(f"Originals whose class is their label: {accuracies}.")
    return lines


def _rate_sentence(model: ModelFinding, threshold: float | None, level: float) -> str:
    at = numbers.threshold(threshold) if threshold is not None else numbers.MISSING
    if not model.flip_rate.is_known:
        return f"{model.name}: no rate over {numbers.count_of(model.num_pairs, 'pair')}."
    decision = "class" if model.is_argmax else f"decision (score above {at})"
    text = (
        f"{model.name} changes its {decision} on "
        f"{numbers.count(model.flip_count)} of {numbers.count_of(model.num_pairs, 'pair')}: "
        f"{numbers.percent(model.flip_rate.value)}"
    )
    if model.flip_rate.has_interval:
        text += f" ({numbers.level(level)} interval {numbers.percent_interval(model.flip_rate)})"
    if model.is_argmax:
        return f"{text}.{_NOTE_SENTENCES.get(model.note, '')}"
    text += (
        f"; {numbers.count(model.negative_to_positive_count)} from negative to positive, "
        f"{numbers.count(model.positive_to_negative_count)} from positive to negative."
    )
    return text + _NOTE_SENTENCES.get(model.note, "")


def _excess_sentence(model: ModelFinding, edit: Edit) -> str:
    """The excess at the first threshold with both intervals; "" without controls."""
    rates = model.excess
    if not rates.is_known:
        return ""
    text = (
        f"{model.name} on controls: {rate_text(rates.control_rate)}; excess "
        f"{numbers.plain_points(rates.rate.value)} points, "
        f"{numbers.plain_points_interval(rates.rate)} for "
    )
    if rates.is_of_one_term:
        text += f"{edit.these} ({_over_words(rates, edit)})"
    else:
        text += (
            f"these terms, {numbers.plain_points_interval(rates.over_words)} with the terms taken "
            f"as a sample of words ({rates.effective_terms:.1f} effective terms"
            f"{', ' if rates.sample_note else ''}{rates.sample_note})"
        )
    without = numbers.plain_points(rates.without_top_term)
    if rates.top_term and without != numbers.MISSING:
        text += f"; {without} without “{rates.top_term}”"
    if rates.same_group_rate.is_known:
        text += f"; swaps within one group flip {rate_text(rates.same_group_rate)}"
    return f"{text}."


def _over_words(rates: Excess, edit: Edit) -> str:
    """The interval over words; of one word what it says of others, which is nothing."""
    if rates.is_of_one_term:
        return ONE_ALONE.format(edit.one)
    return f"{numbers.plain_points_interval(rates.over_words)} over words"


def _any_flip_sentence(model: ModelFinding) -> str:
    """How many originals, and clusters where they are others, have any flip."""
    shares = []
    if model.originals_with_flip.is_known:
        shares.append(f"{rate_text(model.originals_with_flip)} of originals")
    if model.clusters_with_flip.is_known and model.has_own_clusters:
        shares.append(f"{rate_text(model.clusters_with_flip)} of clusters")
    return f"{model.name} flips at least once on {' and '.join(shares)}." if shares else ""


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


def held_out(model: report_pb2.ModelReport, edit: Edit) -> str:
    """What a model does on pairs of terms that were withheld from training; "" without any."""
    part = model.held_out
    if not part.thresholds:
        return ""
    at = part.thresholds[0]
    text = (
        f"On {numbers.count_of(part.num_pairs, 'pair')} of terms withheld from training, "
        f"{model.name} flips {rate_text(numbers.estimate(at, 'flip_rate'))}"
    )
    rates = excess_at(part, at)
    if rates.is_known:
        text += (
            f", an excess of {numbers.plain_points(rates.rate.value)} points over controls "
            f"({_over_words(rates, edit)})"
        )
    if not model.is_baseline and part.HasField("matched"):
        text += f"; at the baseline's positive rate {evidence.matched_text(part)}"
    return f"{text}."


def _matched_excess(model: ModelFinding, edit: Edit) -> str:
    rates = model.matched_excess
    if rates is None or not rates.is_known:
        return ""
    return (
        f"; its controls flip {rate_text(rates.control_rate)} there, an excess of "
        f"{numbers.plain_points(rates.rate.value)} points "
        f"({_over_words(rates, edit)})"
    )


def cautions(
    report: report_pb2.RunReport,
    models: tuple[ModelFinding, ...],
    changes: tuple[ChangeFinding, ...],
) -> list[str]:
    """What could mislead a reader of the numbers; empty where nothing does."""
    lines = [
        *calls_in_words(report),
        *damaged_grammar(report),
        *doubtful_pairs(report),
        *unmoved_losses(report),
    ]
    for change in changes:
        if change.collapsed:
            lines.append(
                f"{change.candidate} says “{change.collapsed}” less than half as often as the "
                f"baseline. A model that {_ONE_ANSWER[change.collapsed]} never flips"
                + (
                    "."
                    if change.matched_verdict == evidence.UNMATCHED
                    else ": read the matched flip rate."
                )
            )
        if change.worse_slices:
            lines.append(
                f"{change.candidate} flips more often than the baseline for: "
                + ", ".join(change.worse_slices[:8])
                + (f" and {len(change.worse_slices) - 8} more" * (len(change.worse_slices) > 8))
                + "."
            )
    lines += [_hard_answers(each.model) for each in report.score_ranges if _are_decisions(each)]
    for model in models:
        # Where it is too high, the model's own verdict says so.
        floor = model.noise_floor
        is_in_verdict = model is models[-1] and floor is not None and floor.is_too_high
        if floor is not None and floor.share > 0 and not is_in_verdict:
            lines.append(
                f"Asked again for the same texts, {model.name} decided differently on "
                f"{numbers.percent(floor.share)} of {floor.base}: that is "
                "the noise floor under its flips."
            )
        if model.why_unmatched == evidence.TOO_FEW_TO_MATCH:
            lines.append(
                f"{model.name} could not be matched to the baseline's positive rate of "
                f"{numbers.percent(model.matched_target)}: the rarer answer is too rare to fix a "
                "threshold. Flips there are chance, so none are shown."
            )
        elif not model.is_matched:
            lines.append(
                f"{model.name} could not be matched to the baseline's positive rate: "
                f"{numbers.percent(model.matched_target)} was asked for, and "
                f"{numbers.percent(model.matched_positive_rate)} is the nearest that any "
                "threshold gives, because many of its scores are equal. Flips there are no "
                "comparison with the baseline, so none are shown."
            )
    pairing = report.pairing
    if pairing.num_identical_pairs:
        lines.append(
            numbers.count_of(
                pairing.num_identical_pairs,
                "pair had two equal sides and was left out.",
                "pairs had two equal sides and were left out.",
            )
        )
    if pairing.num_differing_beyond_attribute:
        lines.append(
            numbers.count_of(pairing.num_differing_beyond_attribute, "pair differs", "pairs differ")
            + " in more than the identity term."
        )
    for entry in report.sums:
        if entry.stage == "score" and entry.num_rejected:
            lines.append(
                f"{numbers.count(entry.num_rejected)} of {numbers.count(entry.num_in)} "
                f"{entry.input} have no score, or one off its scale, and are in no rate: a rate "
                "over the others is one over records that their scores have chosen."
            )
    rejected = sum(reject.count for reject in report.rejects)
    if rejected:
        left_out = numbers.count_of(rejected, "record was left out", "records were left out")
        lines.append(f"{left_out}; see Rejects.")
    for model in models:
        if model.num_legitimate_pairs:
            lines.append(
                numbers.count_of(
                    model.num_legitimate_pairs,
                    "pair is marked as a legitimate flip and stands outside all rates",
                    "pairs are marked as legitimate flips and stand outside all rates",
                )
                + f" ({model.name} flips on {numbers.count(model.num_legitimate_flips)} of them)."
            )
    return lines


def _are_decisions(scores: report_pb2.ScoreRange) -> bool:
    """Whether a model gave nothing but 0 and 1, and both."""
    given = scores.num_scores - scores.num_missing
    return scores.num_zero_or_one == given > 0 and scores.lowest < scores.highest


def _hard_answers(model: str) -> str:
    return (
        f"{model} answers 0 or 1 and nothing between: its CTF gap is its flip rate, every "
        "threshold decides alike, and none matches another model's rate. Ask it for probabilities."
    )
