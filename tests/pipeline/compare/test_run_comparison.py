"""Two runs compared give what one run of both models gives, controls and all."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest

import fairflip

pytestmark = pytest.mark.system

WORDS = ("garden", "market", "letter", "music", "river", "bread", "window", "stone")
PLAIN = {"saw", "the", "by", "with", "a", "an"}
SUBJECTS = {"she", "he", "her", "him", "his", "woman", "man"}


def old(texts):
    return [_score(text, 0.10) for text in texts]


def new(texts):
    return [_score(text, 0.30) for text in texts]


def _score(text, weight):
    """A score by the words of a text, told apart by a hash; words for women weigh `weight`."""
    words = set(text.lower().split()) - PLAIN
    values = [zlib.crc32(word.encode()) % 997 / 997 - 0.5 for word in words - SUBJECTS]
    moved = weight if words & {"she", "woman", "her"} else 0.0
    return float(1 / (1 + np.exp(-2 * (np.sum(values) + moved))))


@pytest.fixture(scope="module")
def table():
    random = np.random.default_rng(5)
    rows = []
    for number in range(240):
        subject = ("she", "he", "the woman", "the man")[number % 4]
        words = random.choice(WORDS, 3, replace=False)
        rows.append(
            {
                "example_id": f"e{number}",
                "text": f"{subject} saw the {words[0]} by the {words[1]} with a {words[2]}",
                "label": float(random.random() < 0.5),
                "gender": "female" if number % 2 == 0 else "male",
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def results(table, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")

    def run(name, models):
        return fairflip.evaluate(
            table,
            models,
            text="text",
            label="label",
            terms="identity",
            slices=["gender", "counterfactual_group"],
            thresholds=[0.5, 0.3],
            controls=2,
            seed=3,
            output_dir=str(folder / name),
        )

    return run("a", {"m": old}), run("b", {"m": new}), run("both", {"old": old, "new": new})


def test_every_difference_is_that_of_one_run_with_both_models(results):
    first, second, both = results
    comparison = fairflip.compare(first, second)
    [one] = comparison.report.comparisons
    assert one.pairs.is_same_set
    assert one.pairs.has_same_controls
    assert not one.cautions
    [expected] = both.report.comparisons
    [actual] = one.report.comparisons
    assert len(actual.slices) >= 5
    assert list(actual.slices) == list(expected.slices)
    assert actual.slices[0].thresholds[0].HasField("excess_flip_rate_difference")
    for mine, theirs in zip(one.report.models, both.report.models, strict=True):
        for part, other in zip(mine.slices, theirs.slices, strict=True):
            assert part.thresholds == other.thresholds
            assert part.ctf_gap == other.ctf_gap
    frame = comparison.to_dataframe()
    columns = ["slice", "threshold", "flip_rate_difference", "p_value"]
    pd.testing.assert_frame_equal(frame[columns], both.comparison()[columns])


def test_the_result_is_a_table_in_a_notebook_and_a_sentence_on_a_terminal(results):
    first, second, _ = results
    comparison = fairflip.compare(first, second)
    assert "<table>" in comparison._repr_html_()
    assert "b/m" in repr(comparison)
    changes = comparison.changed_pairs
    overall = comparison.slices.iloc[0]
    assert (changes["change"] == "newly_broken").sum() == overall["num_newly_broken"] > 0
    assert comparison.passed
