"""Impact ratios against a direct count."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.audit.impact import impact_rows, originals_of

NUM = 400
RANDOM = np.random.default_rng(4)
GENDER = np.array(["female", "male", "other", ""])[
    np.r_[np.zeros(150, int), np.ones(200, int), np.full(4, 2), np.full(46, 3)]
]
RACE = RANDOM.choice(["black", "white"], NUM)
SCORES = RANDOM.random(NUM)


@pytest.fixture(scope="module")
def originals():
    table = pa.table(
        {
            "example_id": [f"e{i}" for i in range(NUM)],
            "gender": [[one] if one else [] for one in GENDER],
            "race": RACE,
            "score.m": SCORES,
        }
    )
    # Pairs repeat an original, and originals without a pair stand in a table of their own.
    return originals_of([table.slice(0, 300), table.slice(0, 300), table.slice(300)], "example_id")


def by_group(rows):
    return {(row.feature, row.group): row for row in rows}


def test_each_original_counts_once(originals):
    assert originals.num_rows == NUM


@pytest.mark.parametrize("selected", ["positive", "negative"])
def test_rates_and_ratios_are_those_of_a_direct_count(originals, selected):
    rows = by_group(impact_rows(originals, "m", ["gender"], 0.6, selected))
    chosen = SCORES > 0.6 if selected == "positive" else SCORES <= 0.6
    middle = np.median(SCORES)
    above = middle < SCORES if selected == "positive" else middle > SCORES
    large = ("female", "male")
    for name, values, rate, ratio in (
        ("selection", chosen, "selection_rate", "impact_ratio"),
        ("scoring", above, "scoring_rate", "scoring_ratio"),
    ):
        expected = {group: values[group == GENDER].mean() for group in (*large, "other")}
        highest = max(expected[group] for group in large)
        for group, value in expected.items():
            row = rows["gender", group]
            assert getattr(row, rate) == pytest.approx(value), name
            assert getattr(row, ratio) == pytest.approx(value / highest), name
    assert [rows["gender", group].num_originals for group in (*large, "other")] == [150, 200, 4]
    assert rows["gender", "male"].share == pytest.approx(200 / 354)


def test_small_groups_are_marked_and_unknown_ones_counted(originals):
    rows = by_group(impact_rows(originals, "m", ["gender"], 0.6))
    assert {group: row.is_small for (_, group), row in rows.items()} == {
        "female": False,
        "male": False,
        "other": True,
        "unknown": False,
    }
    unknown = rows["gender", "unknown"]
    assert unknown.num_originals == 46
    assert math.isnan(unknown.impact_ratio)
    assert unknown.selection_rate == pytest.approx((SCORES[GENDER == ""] > 0.6).mean())


def test_features_are_crossed(originals):
    rows = by_group(impact_rows(originals, "m", ["gender,race", "counterfactual_group"], 0.6))
    both = (GENDER == "female") & (RACE == "black")
    assert rows["gender, race", "female, black"].num_originals == both.sum()
    assert {feature for feature, _ in rows} == {"gender, race"}


def test_the_example_of_new_yorks_rule_comes_out():
    """Applicants and selected of three categories of the example in 6 RCNY 5-301(b)."""
    example = {"Hispanic or Latino": (408, 204), "White": (797, 412), "Black": (390, 170)}
    race, score = [], []
    for group, (applicants, selected) in example.items():
        race += [group] * applicants
        score += [0.9] * selected + [0.1] * (applicants - selected)
    table = pa.table(
        {"example_id": [f"e{i}" for i in range(len(race))], "race": race, "score.m": score}
    )
    rows = by_group(impact_rows(table, "m", ["race"], 0.5))
    assert {
        group: (round(row.selection_rate, 2), round(row.impact_ratio, 2))
        for (_, group), row in rows.items()
    } == {"Hispanic or Latino": (0.5, 0.97), "White": (0.52, 1.0), "Black": (0.44, 0.84)}
