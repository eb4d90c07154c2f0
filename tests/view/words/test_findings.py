"""The verdict says what the intervals allow, and warns of a collapsed model."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json
from fairflip.view.words import findings
from support import control_reports, random_reports


def interval(value, lower, upper):
    return report_pb2.Interval(value=value, lower=lower, upper=upper)


@pytest.fixture
def report():
    """Two models: 10 % before, 4 % after, 200 pairs, with one slice of each kind."""
    made = report_pb2.RunReport()
    rates = {"Overall": (0.10, 0.04), "gender:large": (0.12, 0.05), "gender:tiny": (0.5, 0.5)}
    for position, name in enumerate(("before", "after")):
        model = made.models.add(name=name, is_baseline=position == 0)
        for slice_name, values in rates.items():
            rate = values[position]
            entry = model.slices.add(slice=slice_name, num_pairs=200, positive_rate=0.3)
            at = entry.thresholds.add(threshold=0.5, flip_count=round(200 * rate))
            reach = 0.48 if slice_name == "gender:tiny" else 0.02
            at.flip_rate.CopyFrom(interval(rate, rate - reach, rate + reach))
            entry.matched.flip_rate.CopyFrom(interval(rate, rate - reach, rate + reach))
        entry = model.heterogeneity.add(feature="gender", num_slices=2, p_value_adjusted=0.01)
        entry.slice = "gender:large"
        entry.flip_rate.CopyFrom(interval(0.15, 0.1, 0.2))
    comparison = made.comparisons.add(baseline="before", candidate="after")
    for slice_name in rates:
        entry = comparison.slices.add(slice=slice_name)
        at = entry.thresholds.add(threshold=0.5, p_value=0.001, p_value_adjusted=0.002)
        at.flip_rate_difference.CopyFrom(interval(-0.06, -0.08, -0.04))
        entry.matched.CopyFrom(at)
    return made


def overall(report):
    return report.comparisons[0].slices[0]


def test_fewer_flips(report):
    actual = findings.find(report)
    assert actual.change == (
        "Flips fell from 10.0% to 4.0% of 200 pairs; at the baseline's positive rate, to 4.0%."
    )
    assert actual.changes[0].verdict == actual.changes[0].matched_verdict == "fewer"
    assert actual.cautions == ()


def test_for_whom_most_is_by_the_lower_end_not_by_luck(report):
    actual = findings.find(report)
    assert [model.most_affected.slice for model in actual.models] == ["gender:large"] * 2
    assert actual.models[0].most_affected.flip_rate.value == 0.15
    for model in report.models:
        model.heterogeneity[0].p_value_adjusted = 0.2
    assert findings.find(report).models[0].most_affected is None


def test_a_difference_that_is_not_significant_among_all_slices_is_not_shown(report):
    overall(report).thresholds[0].p_value_adjusted = 0.06
    assert findings.find(report).changes[0].verdict == "not shown"


def test_interval_that_holds_zero_shows_no_change(report):
    overall(report).thresholds[0].flip_rate_difference.upper = 0.01
    overall(report).thresholds[0].minimum_detectable_difference = 0.07
    actual = findings.find(report)
    assert actual.change == "No change in flips is shown: 10.0% to 4.0% of 200 pairs."
    assert any("smaller than 7.0 points could have gone unseen" in s for s in actual.sentences)


def test_too_few_to_say(report):
    overall(report).thresholds[0].too_few_to_say = True
    report.models[1].slices[0].has_few_originals = True
    actual = findings.find(report)
    assert actual.change == "Too few pairs to say whether after flips less than before."
    assert any("after against before: too few to say" in s for s in actual.sentences)


def test_few_flips_of_many_pairs_are_no_lack_of_pairs(report):
    overall(report).thresholds[0].too_few_to_say = True
    actual = findings.find(report)
    assert actual.changes[0].verdict == "few flips"
    assert actual.change == "Too few flips to say whether after flips less than before."
    assert (
        "after against before: −6.0 percentage points (−8.0 to −4.0), on too few flips to be sure."
        in actual.sentences
    )
    # An interval that holds zero says what it says, however few flips it rests on.
    overall(report).thresholds[0].flip_rate_difference.upper = 0.01
    assert findings.find(report).change.startswith("No change in flips is shown: 10.0% to 4.0%")


@pytest.mark.parametrize(
    ("flips", "few_originals", "words"),
    [
        (0, False, "No flip was seen"),
        (8, False, "rests on few flips"),
        (192, False, "rests on few pairs without a flip"),
        (200, False, "No pair without a flip was seen"),
        (0, True, "Too few to say more"),
        (8, True, "Too few to say more"),
    ],
)
def test_the_words_beside_a_rate_agree_with_its_interval(report, flips, few_originals, words):
    part = report.models[1].slices[0]
    part.has_few_originals = few_originals
    at = part.thresholds[0]
    at.flip_count, at.too_few_to_say = flips, True
    output = findings.find(report).sentences
    assert [words in sentence for sentence in output].count(True) == 1
    at.too_few_to_say = False
    assert not any(words in sentence for sentence in findings.find(report).sentences)


def test_fewer_flips_that_a_matched_threshold_does_not_show(report):
    overall(report).matched.flip_rate_difference.CopyFrom(interval(0.0, -0.02, 0.02))
    assert "not at a threshold with the same positive rate" in findings.find(report).change


def test_collapsed_model_is_not_praised(report):
    report.models[1].slices[0].positive_rate = 0.01
    actual = findings.find(report)
    assert actual.change == (
        "after flips less often (10.0% to 4.0%), but it also says “yes” far less often."
    )
    assert actual.cautions == (
        "after says “yes” less than half as often as the baseline. A model that never says “yes” "
        "never flips: read the matched flip rate.",
    )


@pytest.mark.parametrize(
    ("hard", "missing", "highest", "is_said"),
    [(400, 0, 1.0, True), (390, 10, 1.0, True), (399, 0, 1.0, False), (400, 0, 0.0, False)],
)
def test_answers_of_0_and_1_alone_are_noticed(report, hard, missing, highest, is_said):
    report.score_ranges.add(
        model="after", num_scores=400, num_missing=missing, num_zero_or_one=hard, highest=highest
    )
    output = [caution for caution in findings.find(report).cautions if "nothing between" in caution]
    assert [caution.startswith("after answers 0 or 1") for caution in output] == [True] * is_said


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (0.3, 0.66, "no"),  # "no" to 34 % of the originals, less than half of 70 %
        (0.3, 0.64, ""),
        (0.3, 0.16, ""),
        (0.3, 0.14, "yes"),
        (0.3, 1.0, "no"),
        (0.0, 0.0, ""),
        (1.0, 1.0, ""),
        (1.0, 0.4, "yes"),
        (0.0, 0.6, "no"),
        (np.nan, np.nan, ""),
    ],
)
def test_a_model_that_gives_up_either_answer_has_collapsed(report, before, after, answer):
    for model, rate in zip(report.models, (before, after), strict=True):
        model.slices[0].positive_rate = rate
    actual = findings.find(report)
    assert actual.changes[0].collapsed == answer
    output = [caution for caution in actual.cautions if "less than half as often" in caution]
    assert len(output) == bool(answer)
    if answer == "no":
        assert "says “no” less than half" in output[0]
        assert "always says “yes” never flips" in output[0]
        assert actual.change.endswith("but it also says “no” far less often.")


def unmatch(report, wanted=0.3, reached=0.5, slice_index=0):
    """The candidate's rates at the matched threshold, and its flips there, none."""
    matched = report.models[1].slices[slice_index].matched
    matched.positive_rate, matched.baseline_positive_rate = reached, wanted
    matched.flip_rate.CopyFrom(interval(0.0, 0.0, 0.01))


def test_what_could_not_be_matched_is_no_comparison(report):
    unmatch(report)
    actual = findings.find(report)
    before, after = actual.models
    (change,) = actual.changes
    assert (before.is_matched, after.is_matched) == (True, False)
    assert (after.matched_target, after.matched_positive_rate) == (0.3, 0.5)
    assert not after.matched_flip_rate.is_known
    assert not change.matched_difference.is_known
    assert (change.verdict, change.matched_verdict) == ("fewer", "could not be matched")
    assert actual.change == (
        "Flips fell from 10.0% to 4.0% of 200 pairs; after could not be compared at the "
        "baseline's positive rate."
    )
    assert actual.cautions == (
        "after could not be matched to the baseline's positive rate: 30.0% was asked for, and "
        "50.0% is the nearest that any threshold gives, because many of its scores are equal. "
        "Flips there are no comparison with the baseline, so none are shown.",
    )
    assert not any("about as often" in sentence for sentence in actual.sentences)


def test_a_rate_that_was_nearly_reached_is_matched(report):
    unmatch(report, wanted=0.3, reached=0.2)
    actual = findings.find(report)
    assert actual.cautions == ()
    assert actual.change.endswith("; at the baseline's positive rate, to 0%.")
    assert actual.changes[0].matched_verdict == "fewer"


def test_nothing_sends_the_reader_to_a_matched_rate_that_is_not_there(report):
    report.models[1].slices[0].positive_rate = 1.0
    unmatch(report, reached=1.0)
    collapsed, unmatched = findings.find(report).cautions
    assert collapsed.endswith("A model that always says “yes” never flips.")
    assert "100% is the nearest" in unmatched


def test_slices_that_got_worse_are_named(report):
    worse = report.comparisons[0].slices[1].thresholds[0]
    worse.flip_rate_difference.CopyFrom(interval(0.1, 0.05, 0.15))
    cautions = findings.find(report).cautions
    assert cautions == ("after flips more often than the baseline for: gender:large.",)
    worse.p_value_adjusted = 0.2
    assert findings.find(report).cautions == ()


def test_several_candidates_are_ranked_at_the_same_positive_rate():
    models = ("base", "a", "b")
    report = random_reports.report(random_reports.scored_pairs(400, models), models)
    report.models[1].slices[0].matched.flip_rate.value = 0.05
    report.models[2].slices[0].matched.flip_rate.value = 0.03
    assert findings.find(report).change.endswith("; at its positive rate, b on 3.0%, a on 5.0%.")
    unmatched = report.models[2].slices[0].matched
    unmatched.baseline_positive_rate, unmatched.positive_rate = 0.2, 0.0
    actual = findings.find(report)
    assert actual.change.endswith("; at its positive rate, a on 5.0%.")
    assert [caution.split(" could")[0] for caution in actual.cautions] == ["b"]


def test_unknown_rate_and_empty_report():
    report = report_pb2.RunReport()
    assert findings.find(report).headline == "This run holds no evaluated pairs."
    at = report.models.add(name="m").slices.add(slice="Overall").thresholds.add(threshold=0.5)
    at.flip_rate.CopyFrom(interval(np.nan, np.nan, np.nan))
    assert findings.find(report).headline == "Cannot tell: 0 originals are too few."


def test_a_model_that_decides_differently_when_asked_again_favours_nobody(report):
    look = report.models[0].second_look
    look.num_texts, look.num_differing_decisions = 200, 2
    assert any("most clearly" in sentence for sentence in findings.find(report).sentences)
    look.num_differing_decisions = 3
    actual = findings.find(report)
    assert actual.models[0].most_affected is None
    assert actual.models[1].most_affected is not None
    assert actual.cautions[0] == (
        "Asked again for the same texts, before decided differently on 1.5% of 200 texts: that is "
        "the noise floor under its flips."
    )


def test_a_rarer_answer_too_rare_to_match_is_named(report):
    matched = report.models[1].slices[0].matched
    matched.too_few_to_match, matched.baseline_positive_rate = True, 0.02
    matched.positive_rate = 0.02
    actual = findings.find(report)
    assert not actual.models[1].matched_flip_rate.is_known
    assert actual.changes[0].matched_verdict == "could not be matched"
    assert "2.0%: the rarer answer is too rare" in actual.cautions[0]


def test_the_excess_stands_in_a_sentence_of_its_own(report):
    control_reports.add_controls(
        report.models[0].slices[0], control=0.02, excess=(0.08, 0.05, 0.11)
    )
    part = report.models[0].slices[0]
    part.num_originals, part.num_clusters = 150, 20
    part.thresholds[0].originals_with_flip.CopyFrom(interval(0.12, 0.1, 0.15))
    part.thresholds[0].clusters_with_flip.CopyFrom(interval(0.4, 0.2, 0.6))
    output = findings.find(report).sentences
    assert output[1] == (
        "before on controls: 2.0% (0–4.0%); excess 8.0 points, 5.0 to 11.0 for these terms, 3.0 "
        "to 13.0 with the terms taken as a sample of words (7.0 effective terms); 1.0 without "
        "“women”."
    )
    assert output[2] == (
        "before flips at least once on 12.0% (10.0–15.0%) of originals and 40.0% (20.0–60.0%) of "
        "clusters."
    )
    part.num_clusters = 150
    assert "of clusters" not in findings.find(report).sentences[2]


def test_pairs_of_withheld_terms_have_a_sentence_of_their_own(report):
    assert not any("withheld" in sentence for sentence in findings.find(report).sentences)
    part = report.models[1].held_out
    part.num_pairs = 80
    part.thresholds.add(threshold=0.5).flip_rate.CopyFrom(interval(0.1, 0.05, 0.2))
    part.matched.flip_rate.CopyFrom(interval(0.125, 0.06, 0.22))
    output = [sentence for sentence in findings.find(report).sentences if "withheld" in sentence]
    assert output == [
        "On 80 pairs of terms withheld from training, after flips 10.0% (5.0–20.0%); at the "
        "baseline's positive rate 12.5%."
    ]
    part.matched.too_few_to_match = True
    control_reports.add_controls(part, excess=(0.07, 0.03, 0.11))
    (output,) = (sentence for sentence in findings.find(report).sentences if "withheld" in sentence)
    assert output.endswith(
        ", an excess of 7.0 points over controls (1.0 to 13.0 over words); at the baseline's "
        "positive rate too few to match."
    )


def test_the_auc_says_which_originals_it_is_over(report):
    report.models[0].examples.add(slice="Overall", num_examples=900, auc=0.875)
    given = {}
    for num_unmatched, sums, scored in ((0, False, 0), (5, False, 0), (5, True, 0), (5, True, 5)):
        report.pairing.num_unmatched_originals = num_unmatched
        del report.sums[:]
        if sums:
            report.sums.add(stage="pair", input="examples", num_kept=905)
        if scored:
            report.sums.add(stage="score", input="scored unmatched originals", num_kept=scored)
        [output] = [line for line in findings.find(report).sentences if line.startswith("AUC")]
        given[num_unmatched, sums, scored] = output.partition(":")[0].removeprefix("AUC over ")
    assert given == {
        (0, False, 0): (
            "the originals of pairs, each once (no example without a counterfactual was given)"
        ),
        (5, False, 0): "all examples, those without a counterfactual too",
        (5, True, 0): (
            "the originals of pairs, each once (examples without a counterfactual were not scored)"
        ),
        (5, True, 5): "all examples, those without a counterfactual too",
    }


ALONE = "one attribute alone: says nothing of others"


def _of_one_attribute(over_words):
    """Baseline and candidate on a table in which one column was changed."""
    made = control_reports.two_models()
    config = PipelineConfig()
    config.generator.method, config.generator.attribute = "attribute", "gender"
    config.data.examples.append("table.csv")
    config.data.without_text = True
    made.provenance.config = config_to_json(config)
    for model in made.models:
        part = model.slices[0]
        control_reports.add_controls(part, over_words=over_words)
        part.effective_terms = 1.0
    for at in (overall(made).thresholds[0], overall(made).matched):
        at.excess_difference_over_words.lower, at.excess_difference_over_words.upper = over_words
    return made


def test_an_interval_over_one_attribute_that_leaves_all_open_is_said_in_words():
    verdict = findings.find(_of_one_attribute((-1.0, 1.0)))
    lines = [*verdict.judgement.parts, *verdict.sentences]
    assert not [line for line in lines if "100" in line.replace("1,000", "")]
    assert "excess −5.2 points (one attribute alone: says nothing of others)." in " ".join(lines)
    excess = next(line for line in lines if "on controls" in line)
    assert excess.startswith(
        f"before on controls: 3.0% (1.0–5.0%); excess 4.0 points, 2.0 to 6.0 for this column ({ALONE})"
    )


def test_an_interval_over_one_attribute_that_says_something_keeps_its_numbers():
    verdict = findings.find(_of_one_attribute((-0.02, 0.08)))
    lines = " ".join([*verdict.judgement.parts, *verdict.sentences])
    assert ALONE not in lines
    assert "(−2.0 to +8.0, terms taken as a sample)" in lines
