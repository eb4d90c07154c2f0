"""The words of the verdict: its headline, its sentence, its reason, the next step.

They say no more than the two intervals of the excess allow.
"""

from __future__ import annotations

from fairflip.protos.forms.run_edits import IMAGES, Edit
from fairflip.view.words import evidence, excess, numbers
from fairflip.view.words.excess import Excess
from fairflip.view.words.numbers import Estimate

_SAMPLE = "terms taken as a sample"

#: Why a light; by light, for the plain cases.
REASONS = {
    "cannot_tell": "Until this is mended, the numbers below cannot be read as an answer.",
    "act": (
        "The excess over other words lies above 0 ({} points), even with the terms taken as a "
        "sample of words."
    ),
    "fine": (
        "Neither interval of the excess lies above 0, and at most {} of decisions change (the "
        "line is {}). This is about these terms alone."
    ),
}
THESE_TERMS = (
    "The excess of these very terms lies above 0 ({} points), but with the terms taken as a "
    "sample of words it need not."
)
THESE_EDITS = (
    "The excess of {} lies above 0 ({} points); no more can be said, as they are no sample of such "
    "edits."
)
MANY_FLIPS = "Up to {} of decisions may change; above {} somebody should look at them."
NO_CONTROLS = "Without controls nobody can say that flips are few for what any edit does."
FEW_CONTROLS = "Only {} of {} pairs have a control."
UNMATCHED = "{} could not be compared at the baseline's positive rate."


def is_rise(controls: Estimate) -> bool:
    """Whether control flips are shown to have risen."""
    return controls.has_interval and controls.lower > 0


def headline(
    rates: Excess, edit: Edit, subject: str, controls: Estimate, *, is_fine: bool = False
) -> str:
    """The finding in one sentence with one number: the excess.

    Args:
      rates: flips beside those of controls.
      edit: what was done to the texts.
      subject: the model's name where there are several; else "".
      controls: the change of control flips against the baseline; a rise is said first.
      is_fine: whether the light is *fine*.
    """
    if is_rise(controls):
        return (
            f"{subject} changes its decision more often whatever word is edited: control flips "
            f"rose by {numbers.plain_points(controls.value)} points."
        )
    size = numbers.plain_points(abs(rates.rate.value))
    name = f"{subject}: " if subject else ""
    what = f"{name}{edit.verb if subject else edit.title} {edit.terms} changes"
    if rates.standing == excess.MORE:
        return f"{what} {size} points more decisions than {edit.verb} {edit.others}."
    if rates.standing == excess.THESE_TERMS:
        more = f"{what} {size} points more decisions than {edit.verb} {edit.others}"
        return (
            f"{more}."
            if not edit.is_of_words
            else f"{more}, but a few words picked by chance might, too."
        )
    if not rates.is_known:
        rate = numbers.percent(rates.flip_rate.value)
        return f"{what} {rate} of decisions; without controls nobody can say what that means."
    if not rates.covers_most:
        rate, share = _rate(rates.flip_rate), numbers.percent(rates.share_covered)
        return f"{what} {rate} of decisions; only {share} of pairs have a control beside them."
    if is_fine:
        most = numbers.percent(rates.flip_rate.upper)
        return f"{what} at most {most} of decisions, and no more than {edit.verb} {edit.others}."
    if rates.standing == excess.FEWER:
        return (
            f"{what} {size} points fewer decisions than {edit.verb} {edit.others}, which is no "
            "evidence of fairness."
        )
    points = numbers.points(rates.rate.value)
    return f"{what} decisions about as often as {edit.verb} {edit.others} ({points} points)."


def finding(rates: Excess, edit: Edit, place: str, gap: Estimate, subject: str = "") -> str:
    """What was found, with its figures.

    Args:
      rates: flips beside those of controls.
      edit: what was done to the texts.
      place: such as " at the baseline's positive rate"; "" at the first threshold.
      gap: the mean change of score.
      subject: the model's name where there are several; else "".
    """
    name = f"{subject}{place}: " if subject else ""
    title = edit.verb if subject else edit.title
    identity = f"{name}{title} {edit.terms} changes {_rate(rates.flip_rate)} of decisions"
    if not rates.is_known:
        interval = numbers.percent_interval(rates.flip_rate)
        return (
            f"{identity}{f' ({interval})' if interval else ''}. Without controls nobody can say "
            f"how many decisions {edit.verb} {edit.others} would change."
        )
    like = " like them" if edit.is_of_words else ""
    controls = f"{edit.verb} {edit.others}{like} {_rate(rates.control_rate)}"
    sample = f"{numbers.plain_points_interval(rates.over_words)}, {_SAMPLE}"
    points = numbers.plain_points(rates.rate.value)
    covered = _covered(rates)
    if rates.standing == excess.MORE:
        return (
            f"{identity}, {controls}: {points} points more ({sample}){covered}.{_top_term(rates)}"
        )
    if rates.standing == excess.THESE_TERMS and not edit.is_of_words:
        interval = numbers.plain_points_interval(rates.rate)
        return (
            f"{identity}, {controls}: {points} points more ({interval}, for {edit.these}){covered}"
            f". That is all that can be said: {edit.these} {'is' if edit.column else 'are'} no "
            "sample of such edits."
        )
    if rates.standing == excess.THESE_TERMS:
        return (
            f"{name}{'these' if name else 'These'} terms change decisions more often than other "
            f"words do ({points} points, {numbers.plain_points_interval(rates.rate)}), but no more "
            f"than a few words picked by chance might: {rates.effective_terms:.0f} effective "
            f"terms{covered}.{_top_term(rates)} Look at the terms one by one."
        )
    if not rates.covers_most:
        there = numbers.count(rates.num_pairs - rates.num_without_control)
        own = numbers.percent(rates.rate.value + rates.control_rate.value)
        return (
            f"{identity} ({numbers.percent_interval(rates.flip_rate)}). Only {there} of "
            f"{numbers.count(rates.num_pairs)} pairs have a control: of these {own} flip, of "
            f"their controls {_rate(rates.control_rate)}. What {edit.others} do in the other "
            f"{edit.edited} is not known."
        )
    if rates.standing == excess.FEWER and not edit.is_of_words:
        return (
            f"{identity}, {controls}: {points} points "
            f"({numbers.plain_points_interval(rates.rate)}){covered}. A model that cannot see "
            f"{edit.these} looks like this, and so does one that {edit.others} decide, as they "
            f"may. Judge by flip rate ({_with_interval(rates.flip_rate)}) and score gap "
            f"({numbers.decimal(gap.value)})."
        )
    if rates.standing == excess.FEWER:
        return (
            f"{name}{'identity' if name else 'Identity'} terms change fewer decisions than other "
            f"words do ({points} points, {numbers.plain_points_interval(rates.rate)}){covered}. A "
            "model that cannot see them looks like this, and so does one whose other words weigh "
            f"much. Judge by flip rate ({_with_interval(rates.flip_rate)}) and score gap "
            f"({numbers.decimal(gap.value)})."
        )
    return (
        f"{identity}. This is not distinguishable from what {edit.verb} {edit.others} does (excess "
        f"{points} points, {sample}){covered}. It is no evidence of fairness: the control rate is "
        f"{_rate(rates.control_rate)}, so that a smaller effect would not show."
    )


def seen(rates: Excess, edit: Edit, place: str) -> str:
    """The plain figures beside a doubt; "" where there are none."""
    if not rates.flip_rate.is_known:
        return ""
    text = f"Seen{place}: {_rate(rates.flip_rate)} of decisions change by {edit.verb} {edit.terms}"
    if rates.control_rate.is_known:
        text += f", {_rate(rates.control_rate)} by {edit.verb} {edit.others}"
    return f"{text}."


def controls_rose(model: str, controls: Estimate) -> str:
    """That a candidate became jumpy on everything; "" where it is not shown."""
    if not is_rise(controls):
        return ""
    return (
        f"Control flips rose by {numbers.plain_points(controls.value)} points "
        f"({numbers.plain_points_interval(controls)}): {model} changes its decision more often "
        "whatever word is edited, and an excess that falls by that makes nothing fair."
    )


def against(
    baseline: str, flips: Estimate, controls: Estimate, difference: Estimate, alone: str = ""
) -> str:
    """What changed against the baseline, identity and control flips apart; "" if unknown.

    Args:
      baseline: its name.
      flips: change of the flip rate.
      controls: change of the control flip rate.
      difference: change of the excess, with the interval that takes terms as a sample.
      alone: of one term what stands in the place of an interval that leaves everything open.
    """
    if not flips.is_known:
        return ""
    parts = [f"identity flips {_change(flips)}"]
    if controls.is_known:
        parts.append(f"control flips {_change(controls)}")
    if difference.is_known:
        interval = numbers.points_interval(difference)
        bounds = f" ({interval}, {_SAMPLE})" if interval else ""
        if alone and excess.says_nothing(difference):
            bounds = f" ({alone})"
        parts.append(f"excess {numbers.points(difference.value)} points{bounds}")
    return f"Against {baseline}: {', '.join(parts)}."


def withheld(
    num_pairs: int, flips: Estimate, word: str, place: str, baseline: str, model: str
) -> str:
    """What retraining did on pairs of terms that it never saw; "" if unknown.

    Args:
      num_pairs: of these terms.
      flips: change of their flip rate against the baseline.
      word: what may be said of the change: "fewer", "more", "not shown", or why nothing can.
      place: such as " at the baseline's positive rate"; "" at the first threshold.
      baseline: its name.
      model: the candidate's.
    """
    if not flips.is_known:
        return ""
    pairs = numbers.count_of(num_pairs, "pair")
    text = f"On {pairs} of terms withheld from training{place}, flips {_change(flips)}"
    text += f" against {baseline}: "
    if word == "fewer":
        return f"{text}{model} flips less on terms that it was not trained on, too."
    if word == "more":
        return f"{text}{model} flips more on terms that it was not trained on."
    if word == "not shown":
        return f"{text}that it reaches terms that it was not trained on is not shown."
    if word == evidence.FEW_FLIPS:
        return f"{text}that rests on few flips."
    return f"{text}{word}."


def next_step(light: str, rates: Excess, edit: Edit, controls: Estimate) -> tuple[str, str]:
    """What to do now, and a command for it ("" where none is).

    Args:
      light: of the verdict; *cannot tell* says its own.
      rates: flips beside those of controls.
      edit: what was done to the texts.
      controls: the change of control flips against the baseline.
    """
    if not rates.is_known:
        return how_to_get_controls(edit)
    if is_rise(controls):
        return (
            "Retrain with a smaller loss weight or another technique, and take a model whose "
            "control flips do not rise.",
            "fairflip run --loss_weight …",
        )
    if light == "act":
        term = f" of “{rates.top_term}”" if rates.top_term else ""
        return (
            f"Read the flipped pairs{term}; then retrain with pairs, and see whether the excess "
            "falls while control flips do not rise.",
            "fairflip run --technique clp …",
        )
    if light == "look" and rates.standing == excess.THESE_TERMS and edit.is_of_words:
        return (
            "Slice by term, and read the flipped pairs of the terms that stand out.",
            "fairflip evaluate --slice counterfactual_term …",
        )
    if light == "look":
        return (
            "Read the flipped pairs, and decide whether so many are acceptable where this model "
            "is used.",
            "",
        )
    return "Keep it so: hold later runs against limits.", "fairflip gate --run OUT --limits FILE"


def how_to_get_controls(edit: Edit) -> tuple[str, str]:
    """How a run gets controls: text, and command."""
    if edit.is_scored_elsewhere:
        return (
            "Get controls: generate pairs with controls, score every row where your model runs, "
            "the controls' too, and evaluate with these scores.",
            "fairflip generate --controls 2 …",
        )
    if edit.edited == IMAGES:
        return (
            "Run again with controls: a function that edits each image elsewhere.",
            "--control_function MODULE:FUNCTION --controls 2",
        )
    return "Run again with controls: two for each pair.", "--controls 2"


def _rate(rate: Estimate) -> str:
    return numbers.percent(rate.value)


def _with_interval(rate: Estimate) -> str:
    interval = numbers.percent_interval(rate)
    return f"{_rate(rate)}, {interval}" if interval else _rate(rate)


def _change(difference: Estimate) -> str:
    interval = numbers.points_interval(difference)
    return f"{numbers.points(difference.value)} points" + (f" ({interval})" if interval else "")


def _covered(rates: Excess) -> str:
    if not rates.num_without_control:
        return ""
    there = numbers.count(rates.num_pairs - rates.num_without_control)
    return f", over the {there} of {numbers.count(rates.num_pairs)} pairs that have a control"


def _top_term(rates: Excess) -> str:
    without = numbers.plain_points(rates.without_top_term)
    if not rates.top_term or without == numbers.MISSING:
        return ""
    if rates.rests_on_top_term:
        return f" “{rates.top_term}” carries most of it: without it {without}."
    return f" Without “{rates.top_term}”, which moves it most, it is {without}."
