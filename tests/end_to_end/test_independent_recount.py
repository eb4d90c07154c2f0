"""Every number of one report equals a recount that uses none of the product's functions."""

from __future__ import annotations

import collections
import pathlib

import pytest

import fairflip
from fairflip.pipeline.evaluate.label_judgements import add_label_judgements
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.config_fields import fill_defaults
from fairflip.protos.report_pb2 import RunReport
from support.recount_report import audit, comparing, judgements, records, report, rows
from support.recount_report.pages import Run

MODELS = {"base": records.base_score, "new": records.new_score}
THRESHOLDS = (0.5, 0.35)
FEATURES = ("gender", "race", "gender,race")

#: What is not recounted, and why.
EXCEPTIONS = {
    "provenance.seconds": "how long the run took",
    "provenance.step_seconds": "how long its steps took",
}
#: Relative tolerances of numbers that the report does not hold exactly.
TOLERANCES = {"models.slices.ctf_gap_quantiles.value": 0.01}


@pytest.fixture(scope="module", params=["hard", "plain"])
def kind(request):
    """All that makes numbers hard; or one pair an original and even weights.

    The latter have the textbook's intervals and tests.
    """
    return request.param


@pytest.fixture(scope="module")
def given(kind):
    """Originals and counterfactuals."""
    originals, counterfactuals = records.hard_records(320, seed=3 if kind == "plain" else 0)
    if kind == "plain":
        originals["importance"] = 1.0
        is_first = counterfactuals["counterfactual_id"].str.endswith("#0")
        counterfactuals = counterfactuals[is_first].reset_index(drop=True)
    return originals, counterfactuals


@pytest.fixture(scope="module")
def finished(given, tmp_path_factory):
    """The report of a run over them, and its folder."""
    folder = tmp_path_factory.mktemp("recounted") / "out"
    result = fairflip.evaluate(
        examples=given[0],
        counterfactuals=given[1],
        text="text",
        label="label",
        weight="importance",
        models=MODELS,
        slices=list(FEATURES),
        thresholds=list(THRESHOLDS),
        controls=2,
        output_dir=str(folder),
    )
    return result.report, folder


@pytest.fixture(scope="module")
def run(finished):
    """What was kept of it."""
    folder = pathlib.Path(finished[1])
    return Run(
        scored=rows.read(folder / "scored_pairs"),
        examples=rows.read(folder / "details" / "scored_examples"),
        models=tuple(MODELS),
        thresholds=THRESHOLDS,
        features=FEATURES,
        label="label",
        weight="importance",
    )


@pytest.fixture(scope="module")
def expected(given, run):
    """What a recount from the kept scored pairs expects of the report."""
    models, comparisons = report.models_and_comparisons(run)
    asked_twice = {
        "num_texts": 200,  # of more than these; the models answer alike
        "num_differing_scores": 0,
        "num_differing_decisions": 0,
        "largest_difference": 0.0,
    }
    return {
        "models": [{**model, "second_look": asked_twice} for model in models],
        # Labels are judged where a model was retrained: see the test below.
        "comparisons": [one | dict.fromkeys(judgements.DIFFERENCES) for one in comparisons],
        "label_judgements": [],
        "term_coverage": [{"num_rejected": 0, **one} for one in report.term_coverage(run).values()],
        **audit.audit(run, *given, text="text"),
        "verdict": {},
        "edits": {
            "method": "ready-made",
            "terms": "",
            "num_terms": 0,
            "categories": [],
            "sentence": "Counterfactuals came ready-made.",
        },
        "learning_curves": [],  # nothing was trained
        "review": None,  # nobody was asked
        "gate": [],
        "sweep": None,
        "provenance": {"seed": 0, "confidence_level": 0.95},
    }


def in_order(message):
    """The report with its terms in alphabetical order: theirs is that of the data."""
    copy = type(message)()
    copy.CopyFrom(message)
    copy.term_coverage.sort(key=lambda one: one.term)
    return copy


def test_the_report_equals_the_recount(finished, expected):
    actual = comparing.problems(in_order(finished[0]), expected, EXCEPTIONS, TOLERANCES)
    by_path = collections.defaultdict(list)
    for problem in actual:
        by_path[problem.partition(":")[0]].append(problem)
    assert not by_path, "\n".join(f"{len(v)} x {v[0]}" for v in by_path.values())


def test_what_goes_with_labels_equals_its_recount(finished, run):
    message = RunReport()
    message.CopyFrom(finished[0])
    config = PipelineConfig()
    config.data.label_feature, config.data.weight_feature = "label", "importance"
    config.evaluation.slices.extend(FEATURES)
    fill_defaults(config)
    files = sorted(pathlib.Path(finished[1]).glob("**/scored_*/*.parquet"))
    add_label_judgements(message, config, map(str, files))
    [first, second] = message.models
    of_new = second.slices[0].matched.threshold
    judged, differences = judgements.judged(run, {"base": THRESHOLDS[0], "new": of_new})
    assert {one["worst_true_positive_rate_gap"]["group"] for one in judged} <= {
        *(page.slice for page in first.slices)
    }
    [of_groups] = message.comparisons
    for actual, wanted in [
        *zip(message.label_judgements, judged, strict=True),
        (of_groups, differences[0]),
    ]:
        for name, value in wanted.items():
            if isinstance(value, dict):
                actual_value, path = getattr(actual, name), f"{name}."
                assert list(comparing.problems(actual_value, value, {}, {}, path)) == []
            else:
                assert getattr(actual, name) == value


def test_the_report_has_what_makes_its_numbers_hard(kind, finished):
    message = finished[0]
    overall, *others = message.models[1].slices
    if kind == "plain":
        assert overall.num_pairs == overall.num_originals == overall.num_independent
        return
    assert overall.num_pairs > overall.num_originals
    assert overall.num_independent < 0.9 * overall.num_originals
    assert overall.num_legitimate_flips > 0
    assert 0 < overall.num_pairs_without_control < overall.num_pairs
    assert 30 < overall.num_clusters < overall.num_originals
    assert overall.num_same_group_pairs > 0
    assert max(len(one.edited_categories) for one in others) == 3
    assert message.pairing.num_unmatched_originals > 0
    assert message.pairing.num_zero_weight_pairs > 0
    assert {one.has_few_originals for one in others} == {True, False}
    assert any("_X_" in one.slice for one in others)
    assert overall.matched.threshold not in THRESHOLDS
    assert {
        e.too_few_to_say for c in message.comparisons for s in c.slices for e in s.thresholds
    } == {
        True,
        False,
    }


@pytest.mark.parametrize(
    "path",
    [
        ("pairing", "num_pairs"),
        ("models", 1, "slices", 2, "thresholds", 1, "excess_over_words", "upper"),
        ("models", 0, "slices", 0, "auc_interval", "lower"),
        ("comparisons", 0, "slices", 3, "matched", "p_value_adjusted"),
        ("models", 1, "group_directions", 0, "net_flip_rate", "value"),
        ("models", 1, "slices", 0, "num_clusters"),
        ("models", 0, "slices", 1, "edited_categories", 0, "num_pairs"),
        ("models", 0, "slices", 2, "thresholds", 0, "same_group_flip_rate", "upper"),
        ("comparisons", 0, "slices", 1, "signed_ctf_gap_difference", "lower"),
        ("comparisons", 0, "slices", 0, "thresholds", 1, "positive_rate_difference", "upper"),
        ("comparisons", 0, "slices", 2, "thresholds", 0, "originals_with_flip_difference", "value"),
    ],
)
def test_one_changed_number_is_noticed(finished, expected, path):
    changed = in_order(finished[0])
    *steps, name = path
    part = changed
    for step in steps:
        part = part[step] if isinstance(step, int) else getattr(part, step)
    number = getattr(part, name)
    setattr(part, name, number + 1 if isinstance(number, int) else number * (1 + 1e-4))
    actual = list(comparing.problems(changed, expected, EXCEPTIONS, TOLERANCES))
    assert len(actual) == 1
    assert actual[0].startswith(".".join(step for step in path if isinstance(step, str)))


def test_a_number_without_a_recount_is_noticed(finished, expected):
    known = {name: value for name, value in expected["pairing"].items() if name != "num_pairs"}
    changed = {**expected, "pairing": known}
    actual = list(comparing.problems(in_order(finished[0]), changed, EXCEPTIONS, TOLERANCES))
    assert actual == ["pairing.num_pairs: not recounted"]
