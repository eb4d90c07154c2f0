"""Newly broken, fixed and still broken pairs, and what is said of a slice."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.pipeline.compare.changes import verdict_of
from fairflip.pipeline.compare.run_comparison import compare_folders
from support.runs import finished_runs

PAIRS = finished_runs.pairs(400)
FEMALE = np.array([groups == ["female"] for groups in PAIRS["gender"].to_pylist()])


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The new run breaks 40 pairs of one group and mends 5; ten flip in both."""
    folder = tmp_path_factory.mktemp("runs")
    before = np.full(400, 0.2)
    old, new = before.copy(), before.copy()
    female, male = np.flatnonzero(FEMALE), np.flatnonzero(~FEMALE)
    old[female[:5]] = 0.9  # mended
    new[female[5:45]] = 0.9  # broken
    old[male[:10]] = new[male[:10]] = 0.9  # still broken
    runs = [
        finished_runs.write_run(
            folder / name, finished_runs.scored(PAIRS, "m", before, after), ("m",)
        )
        for name, after in (("old", old), ("new", new))
    ]
    report, compared = compare_folders(runs)
    return report.comparisons[0], compared[0], (female, male)


def test_the_planted_pairs_are_named(planted):
    comparison, compared, (female, male) = planted
    ids, numbers = (PAIRS[name].to_pylist() for name in ("example_id", "counterfactual_index"))
    expected = {
        "newly_broken": {(ids[i], numbers[i]) for i in female[5:45]},
        "fixed": {(ids[i], numbers[i]) for i in female[:5]},
        "still_broken": {(ids[i], numbers[i]) for i in male[:10]},
    }
    rows = compared.changed.to_pylist()
    for kind, pairs in expected.items():
        of_kind = [row for row in rows if row["change"] == kind]
        assert {(row["example_id"], row["counterfactual_index"]) for row in of_kind} == pairs
        assert len(of_kind) == len(pairs)
        named = [one for one in comparison.changed_pairs if one.change == kind]
        assert {(one.example_id, one.counterfactual_index) for one in named} == pairs
    assert all(row["counterfactual_score"] == 0.9 for row in rows if row["change"] != "fixed")
    texts = compared.texts[ids[female[5]], numbers[female[5]]]
    assert texts == (
        PAIRS["comment_text"][int(female[5])].as_py(),
        PAIRS["counterfactual.comment_text"][int(female[5])].as_py(),
    )


def test_slices_and_terms_say_where(planted):
    comparison, _, _ = planted
    slices = {part.slice: part for part in comparison.slices}
    counts = {
        name: (part.num_newly_broken, part.num_fixed, part.num_still_broken)
        for name, part in slices.items()
    }
    assert counts == {
        "Overall": (40, 5, 10),
        "gender:female": (40, 5, 0),
        "gender:male": (0, 0, 10),
    }
    verdicts = {name: part.verdict for name, part in slices.items()}
    assert verdicts == {"Overall": "worse", "gender:female": "worse", "gender:male": "unchanged"}
    assert slices["gender:female"].flip_rate_difference.value == pytest.approx(35 / 200)
    [term] = comparison.terms
    assert (term.slice, term.num_newly_broken, term.num_fixed) == ("she", 40, 5)
    assert term.verdict == "worse"


@pytest.mark.parametrize(
    ("num_changed", "lower", "upper", "few", "output"),
    [
        (0, -0.1, 0.1, False, "unchanged"),
        (0, float("nan"), float("nan"), True, "unchanged"),
        (3, -0.1, 0.1, False, "no_change_shown"),
        (3, 0.0, 0.1, False, "no_change_shown"),
        (3, 0.01, 0.1, False, "worse"),
        (3, -0.1, -0.01, False, "better"),
        (3, 0.01, 0.1, True, "cannot_tell"),
        (3, float("nan"), float("nan"), False, "cannot_tell"),
    ],
)
def test_what_is_said_follows_from_the_interval(num_changed, lower, upper, few, output):
    assert verdict_of(num_changed, lower, upper, few) == output


def test_a_score_at_the_threshold_is_negative(tmp_path):
    at, above = np.full(400, 0.5), np.full(400, 0.5)
    above[7] = np.nextafter(0.5, 1)
    runs = [
        finished_runs.write_run(
            tmp_path / name, finished_runs.scored(PAIRS, "m", at, after), ("m",)
        )
        for name, after in (("old", at), ("new", above))
    ]
    report, _ = compare_folders(runs)
    [pair] = report.comparisons[0].changed_pairs
    assert (pair.change, pair.example_id) == ("newly_broken", PAIRS["example_id"][7].as_py())
