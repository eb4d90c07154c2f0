"""The rule of the light: which report gives which, in the rule's order, and its words."""

from __future__ import annotations

import math

import pytest

from fairflip.protos import report_pb2
from fairflip.view.words import findings, verdict_light
from support import control_reports
from support.control_reports import interval, one_model, two_models

FEW_FLIPS = (0.002, 0.001, 0.008)
MANY_FLIPS = (0.07, 0.05, 0.09)
ALIKE = {"control": 0.026, "excess": (0.005, -0.005, 0.015), "over_words": (-0.01, 0.02)}
FEWER = {"control": 0.03, "excess": (-0.019, -0.025, -0.013), "over_words": (-0.04, 0.002)}
THESE = {"control": 0.03, "excess": (0.018, 0.004, 0.031), "over_words": (-0.005, 0.04)}
MORE = {"control": 0.029, "excess": (0.045, 0.035, 0.055), "over_words": (0.011, 0.079)}


@pytest.mark.parametrize(
    ("flip_rate", "controls", "light"),
    [
        (MANY_FLIPS, MORE, "act"),
        (FEW_FLIPS, MORE, "act"),  # however few flip: identity is what flips them
        (MANY_FLIPS, THESE, "look"),
        (FEW_FLIPS, THESE, "look"),
        (MANY_FLIPS, ALIKE, "look"),
        ((0.005, 0.002, 0.0101), ALIKE, "look"),  # the upper end decides
        ((0.005, 0.002, 0.01), ALIKE, "fine"),
        (FEW_FLIPS, ALIKE, "fine"),
        (FEW_FLIPS, FEWER, "fine"),  # by its few flips, not by the negative excess
        (MANY_FLIPS, FEWER, "look"),
        (FEW_FLIPS, {}, "look"),  # without controls never fine
        (MANY_FLIPS, {}, "look"),
        # A bound that touches 0 does not lie above it.
        (FEW_FLIPS, {**ALIKE, "over_words": (0.0, 0.02)}, "fine"),
        (FEW_FLIPS, {**ALIKE, "excess": (0.005, 0.0, 0.015)}, "fine"),
        (FEW_FLIPS, {**ALIKE, "over_words": (math.nan, math.nan)}, "look"),
        (FEW_FLIPS, {**ALIKE, "excess": (math.nan,) * 3}, "look"),
    ],
)
def test_what_is_seen_gives_the_light(flip_rate, controls, light):
    judged = verdict_light.judge(one_model(flip_rate=flip_rate, **controls))
    assert judged.light == light
    assert all((judged.reason, judged.next_step, judged.sentence, judged.headline))


def repeated(rate: float):
    def change(report):
        at = report.models[0].slices[0].thresholds[0]
        at.repeat_flip_rate.CopyFrom(interval(rate, rate, rate))

    return change


def second_look(differing: int):
    def change(report):
        look = report.models[0].second_look
        look.num_texts, look.num_differing_decisions = 200, differing

    return change


def rejects(stage: str, count: int):
    def change(report):
        report.rejects.add(stage=stage, reason="missing_text", count=count)

    return change


def record_sum(stage: str, lost: int, whole: int):
    def change(report):
        report.sums.add(stage=stage, input="pairs", num_in=whole, num_rejected=lost)

    return change


def answers(original: float, counterfactual: float):
    def change(report):
        at = report.models[0].slices[0].thresholds[0]
        at.positive_rate, at.counterfactual_positive_rate = original, counterfactual

    return change


def few(report):
    report.models[0].slices[0].has_few_originals = True


def no_interval(report):
    report.models[0].slices[0].thresholds[0].flip_rate.upper = math.nan


@pytest.mark.parametrize(
    ("change", "is_doubted"),
    [
        (repeated(0.18), True),
        (repeated(0.01), False),
        (second_look(3), True),
        (second_look(2), False),
        (second_look(0), False),
        (rejects("read", 46), True),  # more than 5 % of 900
        (rejects("read", 45), False),
        (rejects("score", 46), True),
        (rejects("pair", 500), False),  # was no faulty record
        (record_sum("score", 51, 1000), True),
        (record_sum("score", 50, 1000), False),
        (record_sum("read", 10, 20), False),  # ten are never too many
        (record_sum("read", 11, 20), True),
        (answers(0.009, 0.009), True),
        (answers(0.009, 0.011), False),
        (answers(0.01, 0.01), False),
        (answers(0.992, 0.999), True),
        (few, True),
        (no_interval, True),
    ],
)
@pytest.mark.parametrize("seen", [MORE, ALIKE, {}], ids=["more", "alike", "no controls"])
def test_a_doubt_comes_before_all_that_is_seen(change, is_doubted, seen):
    report = one_model(flip_rate=FEW_FLIPS, **seen)
    before = verdict_light.judge(report).light
    change(report)
    judged = verdict_light.judge(report)
    assert judged.light == ("cannot_tell" if is_doubted else before)
    assert is_doubted == judged.headline.startswith("Cannot tell: ")
    assert judged.next_step


@pytest.mark.parametrize(
    ("fields", "headline", "next_step"),
    [
        (
            {"num_originals": 12},
            "12 originals are too few.",
            "Evaluate at least 18 more originals.",
        ),
        ({"num_originals": 1}, "1 original is too few.", "Evaluate at least 29 more originals."),
        (
            {"num_originals": 900, "num_clusters": 29},
            "29 clusters are too few.",
            "Evaluate at least 1 more cluster.",
        ),
        (
            {"num_originals": 900, "num_clusters": 900, "num_independent": 8.2},
            "900 originals of unequal weight say too little.",
            "Evaluate more of them, or cut the largest weights.",
        ),
        (
            {"num_originals": 60, "num_independent": 60.0},
            "60 originals are fewer than this run asks for.",
            "Evaluate more originals.",
        ),
    ],
)
def test_what_is_too_few_is_named_with_how_many_more(fields, headline, next_step):
    report = one_model(**MORE)
    few(report)
    for name, value in fields.items():
        setattr(report.models[0].slices[0], name, value)
    judged = verdict_light.judge(report)
    assert (judged.light, judged.headline) == ("cannot_tell", f"Cannot tell: {headline}")
    assert judged.next_step == next_step


def test_repeats_say_more_than_a_second_look():
    report = one_model(**ALIKE)
    second_look(40)(report)
    repeated(0.001)(report)
    assert verdict_light.judge(report).light == "look"


def test_half_of_the_pairs_must_have_a_control():
    report = one_model(flip_rate=FEW_FLIPS, **ALIKE)
    report.models[0].slices[0].num_pairs_without_control = 500
    assert verdict_light.judge(report).light == "fine"
    assert "over the 500 of 1,000 pairs that have a control" in verdict_light.judge(report).sentence
    report.models[0].slices[0].num_pairs_without_control = 501
    judged = verdict_light.judge(report)
    assert (judged.light, judged.reason) == ("look", "Only 499 of 1,000 pairs have a control.")


def test_where_few_pairs_have_a_control_they_say_nothing_of_the_others():
    """In a made-up run the third with a control flipped never, 12.5 % of the others did."""
    report = one_model(flip_rate=MANY_FLIPS, control=0.0, excess=(0.0, -0.001, 0.001))
    report.models[0].slices[0].num_pairs_without_control = 668
    judged = verdict_light.judge(report)
    assert judged.light == "look"
    assert judged.headline == (
        "Removing identity terms changes 7.0% of decisions; only 33.2% of pairs have a control "
        "beside them."
    )
    assert judged.sentence == (
        "Removing identity terms changes 7.0% of decisions (5.0–9.0%). Only 332 of 1,000 pairs have a "
        "control: of these 0% flip, of their controls 0%. What other words do in the other texts "
        "is not known."
    )


def test_the_words_of_more():
    judged = verdict_light.judge(one_model(flip_rate=(0.074, 0.06, 0.09), **MORE))
    assert judged.headline == (
        "Removing identity terms changes 4.5 points more decisions than removing other words."
    )
    assert judged.sentence == (
        "Removing identity terms changes 7.4% of decisions, removing other words like them 2.9%: "
        "4.5 points more (1.1 to 7.9, terms taken as a sample). “women” carries most of it: without "
        "it 1.0."
    )
    swapped = verdict_light.judge(one_model(method="substitution", **MORE))
    assert swapped.headline.startswith("Swapping identity terms changes 4.5 points more")
    paired = verdict_light.judge(one_model(method="", **{**MORE, "without_top_term": 0.04}))
    assert paired.sentence.startswith("Changing identity terms changes")
    assert paired.sentence.endswith("Without “women”, which moves it most, it is 4.0.")


def test_the_words_of_more_for_these_terms():
    report = one_model(**{**THESE, "without_top_term": math.nan})
    report.models[0].slices[0].effective_terms = 17.2
    assert verdict_light.judge(report).sentence == (
        "These terms change decisions more often than other words do (1.8 points, 0.40 to 3.1), "
        "but no more than a few words picked by chance might: 17 effective terms. Look at the "
        "terms one by one."
    )


def test_the_words_of_neither():
    assert verdict_light.judge(one_model(**ALIKE)).sentence == (
        "Removing identity terms changes 7.0% of decisions. This is not distinguishable from what "
        "removing other words does (excess 0.50 points, −1.0 to 2.0, terms taken as a sample). It "
        "is no evidence of fairness: the control rate is 2.6%, so that a smaller effect would not "
        "show."
    )


@pytest.mark.parametrize("flip_rate", [FEW_FLIPS, MANY_FLIPS])
def test_the_words_of_a_negative_excess(flip_rate):
    judged = verdict_light.judge(one_model(flip_rate=flip_rate, **FEWER))
    assert judged.sentence.startswith(
        "Identity terms change fewer decisions than other words do (−1.9 points, −2.5 to −1.3). A "
        "model that cannot see them looks like this, and so does one whose other words weigh much. "
        "Judge by flip rate ("
    )
    assert "score gap (0.040)" in judged.sentence
    output = " ".join((judged.headline, judged.sentence, judged.reason)).lower()
    assert "negative bias" not in output
    assert "is fair" not in output


def test_the_noise_floor_is_named_beside_what_was_seen():
    report = one_model(flip_rate=(0.182, 0.15, 0.21), **{**ALIKE, "control": 0.179})
    second_look(36)(report)
    judged = verdict_light.judge(report)
    assert judged.headline == (
        "Cannot tell: asked again, mine decides differently 18.0% of the time."
    )
    assert judged.sentence == (
        "Asked again for the same texts, mine decided differently on 18.0% of 200 texts. That is "
        "the noise floor: so many decisions flip without any edit. Seen: 18.2% of decisions change "
        "by removing identity terms, 17.9% by removing other words."
    )


@pytest.mark.parametrize(
    ("score_feature", "command"), [("", "--controls 2"), ("s", "fairflip generate --controls 2 …")]
)
def test_without_controls_the_cure_is_the_next_step(score_feature, command):
    report = one_model()
    report.provenance.config = control_reports.config(score_feature=score_feature)
    judged = verdict_light.judge(report)
    assert judged.command == command
    assert "Without controls nobody can say" in judged.sentence
    report = one_model(flip_rate=FEW_FLIPS)
    assert verdict_light.judge(report).reason.startswith("Without controls nobody can say")


@pytest.mark.parametrize(("rates", "light"), [((0.002, 0.004), "cannot_tell"), ((0.2, 0.2), "act")])
def test_a_baseline_that_says_the_same_is_no_ground_for_a_verdict(rates, light):
    report = two_models(**MORE)
    answers(*rates)(report)
    judged = verdict_light.judge(report)
    assert judged.light == light
    if light == "cannot_tell":
        baseline, candidate = (model.name for model in report.models)
        assert f"{baseline} says “no” to nearly all: “yes” to 0.20% of originals" in judged.sentence
        assert f"So {candidate} can only flip more, and that says nothing of it." in judged.sentence
        assert "or train it until it tells them apart" in judged.next_step


def test_a_candidate_is_judged_at_the_matched_threshold_with_what_changed():
    report = two_models(**MORE)
    report.models[1].slices[0].thresholds[0].excess_over_words.lower = -0.5
    judged = verdict_light.judge(report)
    assert (judged.light, judged.model) == ("act", "after")
    assert judged.headline == (
        "after: removing identity terms changes 4.5 points more decisions than removing other "
        "words."
    )
    assert judged.sentence == (
        "after at the baseline's positive rate: removing identity terms changes 2.0% of decisions, "
        "removing other words like them 2.9%: 4.5 points more (1.1 to 7.9, terms taken as a "
        "sample). “women” carries most of it: without it 1.0. Against before: identity flips −5.0 "
        "points (−6.0 to −4.0), control flips +0.20 points "
        "(−0.30 to +0.70), excess −5.2 points (−9.0 to −1.1, terms taken as a sample)."
    )


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({}, "+0.30 points (−2.5 to +3.1) against before: that it reaches terms that it was not"),
        (
            {"matched": (-0.05, -0.08, -0.02), "p_value": 0.001},
            "−5.0 points (−8.0 to −2.0) against before: after flips less on terms that it was not",
        ),
        ({"matched": (0.05, 0.02, 0.08), "p_value": 0.001}, "before: after flips more on terms"),
    ],
)
def test_the_verdict_says_what_retraining_did_to_withheld_terms(arguments, output):
    report = control_reports.two_models()
    assert "withheld" not in verdict_light.judge(report).sentence
    control_reports.add_held_out(report, **arguments)
    judged = verdict_light.judge(report)
    place = "On 80 pairs of terms withheld from training at the baseline's positive rate, flips "
    assert judged.parts[-1].startswith(place)
    assert output in judged.parts[-1]
    assert "withheld" not in verdict_light.judge(report, model="before").sentence
    at = report.comparisons[0].held_out.matched
    at.too_few_to_say = True
    if arguments:
        assert (
            verdict_light.judge(report)
            .parts[-1]
            .endswith("against before: that rests on few flips.")
        )
    report.models[1].held_out.matched.too_few_to_match = True
    assert "from training, flips −0.20 points" in verdict_light.judge(report).parts[-1]


def test_a_rise_of_control_flips_is_said_first():
    judged = verdict_light.judge(two_models(controls_changed=(0.012, 0.004, 0.02), **ALIKE))
    assert judged.headline == (
        "after changes its decision more often whatever word is edited: control flips rose by 1.2 "
        "points."
    )
    assert judged.sentence.startswith("Control flips rose by 1.2 points (0.40 to 2.0): after ")
    assert judged.next_step.endswith("take a model whose control flips do not rise.")
    falls = verdict_light.judge(two_models(controls_changed=(-0.012, -0.02, -0.004), **ALIKE))
    assert "rose" not in falls.headline + falls.sentence


def test_what_cannot_be_matched_is_never_fine():
    report = two_models(candidate=FEW_FLIPS, **ALIKE)
    assert verdict_light.judge(report).light == "fine"
    matched = report.models[1].slices[0].matched
    matched.positive_rate = 0.9
    judged = verdict_light.judge(report)
    assert judged.light == "look"
    assert judged.reason == "after could not be compared at the baseline's positive rate."
    assert "at the baseline's positive rate" not in judged.sentence
    matched.positive_rate, matched.baseline_positive_rate = 0.004, 0.005
    matched.too_few_to_match = True
    judged = verdict_light.judge(report)
    assert judged.light == "cannot_tell"
    assert judged.next_step.startswith("Evaluate about 1,400 originals or more, or at a threshold")


def test_each_model_can_be_judged():
    report = two_models(candidate=FEW_FLIPS, **ALIKE)
    control_reports.add_controls(report.models[0].slices[0], **MORE)
    assert verdict_light.judge(report, model="before").light == "act"


def test_the_verdict_stands_in_the_report():
    report = one_model(**MORE)
    findings.enter_verdict(report)
    judged = verdict_light.judge(report)
    assert (report.verdict.light, report.verdict.sentence, report.verdict.reason) == (
        "act",
        judged.sentence,
        judged.reason,
    )
    empty = report_pb2.RunReport()
    findings.enter_verdict(empty)
    assert empty.verdict.light == "cannot_tell"
