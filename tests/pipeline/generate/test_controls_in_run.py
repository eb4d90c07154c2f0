"""Controls in a whole run: scored with their pairs, and in no number that was there before."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import pytest

import fairflip
from fairflip.protos.forms.json_form import report_to_json
from fairflip.text.matcher import words_of

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

SOME = "river garden bread stone weather report green blue loud grey the near this when"
WEIGHTS = {"she": 0.3, "woman": -0.2, "river": 0.3, "stone": -0.25, "gay": 0.2}


def a_table(size: int = 240) -> pd.DataFrame:
    chance = np.random.default_rng(0)
    terms = ["he", "she", "woman gay", "gay", "aunt", ""]
    texts = []
    for number in range(size):
        words = chance.choice(SOME.split(), 8, replace=False).tolist()
        # As rare as most counterparts of terms are here.
        words.append("rare" + "abcdefghij"[number % 10] + "klmnopqrst"[number // 10 % 10])
        words.insert(int(chance.integers(9)), terms[number % len(terms)])
        texts.append(" ".join(filter(None, words)))
    return pd.DataFrame(
        {
            "example_id": [f"e{i:03}" for i in range(size)],
            "comment_text": texts,
            "toxicity": chance.integers(0, 2, size),
        }
    )


def score(texts) -> list[float]:
    """Some words say much: "river" as much as "she"."""
    return [
        float(np.clip(0.4 + sum(WEIGHTS.get(word, 0.01) for word in text.split()), 0, 1))
        for text in texts
    ]


ADDED = ("control", "excess", "effective_terms", "top_term", "same_group")


def without_controls(part):
    """A part of a report without the fields that controls add."""
    if isinstance(part, dict):
        remaining = [(k, v) for k, v in part.items() if not any(word in k for word in ADDED)]
        return {name: without_controls(value) for name, value in remaining}
    return [without_controls(one) for one in part] if isinstance(part, list) else part


def numbers(result: fairflip.Result) -> dict:
    """The report without times, folders and what controls add."""
    report = json.loads(report_to_json(result.report))
    report.pop("provenance")
    report.pop("verdict")
    for name in ("models", "comparisons", "term_coverage"):
        report[name] = without_controls(report[name])
    for name in ("num_control_pairs", "num_pairs_without_control", "control_set_sha256"):
        report["pairing"].pop(name, None)
    report["sums"] = [entry for entry in report["sums"] if entry["input"] != "controls"]
    return report


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[int, fairflip.Result]:
    """The same evaluation without controls and with two."""
    return {
        number: fairflip.evaluate(
            a_table(),
            models={"m": score, "flat": lambda texts: [len(t) / 200 for t in texts]},
            slices=["counterfactual_group", "counterfactual_term"],
            generator="substitution",
            controls=number,
            output_dir=str(tmp_path_factory.mktemp(f"controls{number}") / "out"),
        )
        for number in (0, 2)
    }


def test_every_number_that_was_there_before_is_the_same(runs):
    assert numbers(runs[2]) == numbers(runs[0])
    pairing = runs[0].report.pairing
    assert pairing.num_control_pairs == 0
    assert pairing.control_set_sha256 == ""


def test_controls_are_scored_rows_beside_their_pairs(runs):
    rows = runs[2].pairs.to_pandas()
    plain = runs[0].pairs.to_pandas()
    pairs, controls = rows[rows["edit"] == "identity"], rows[rows["edit"] == "control"]
    pairing = runs[2].report.pairing
    assert len(pairs) == len(plain) == pairing.num_pairs
    assert len(controls) == pairing.num_control_pairs > 1.8 * len(pairs)
    assert len(pairing.control_set_sha256) == 64
    changed = controls["counterfactual.comment_text"]
    np.testing.assert_allclose(controls["counterfactual.score.m"], score(changed))
    np.testing.assert_allclose(controls["score.m"], score(controls["comment_text"]))
    assert (changed != controls["comment_text"]).all()
    pooled = controls[controls["control_kind"] == "other_word"]
    assert len(pooled) > 1.7 * len(pairs)
    for row in pooled.itertuples():
        assert not set(row.term) & {"he", "she", "woman", "gay", "aunt"}
        assert set(row.term) <= set(words_of(row.comment_text).words)
    # Each control belongs to a pair of its original.
    known = set(zip(pairs["example_id"], pairs["counterfactual_index"], strict=True))
    assert set(zip(controls["example_id"], controls["control_of"], strict=True)) <= known


def test_the_coverage_file_says_how_alike_controls_are(runs):
    folder = pathlib.Path(runs[2].output_dir) / "pairs"
    content = json.loads((folder.parent / "details" / "control_coverage.json").read_text())
    pairing = runs[2].report.pairing
    assert content["num_pairs"] == pairing.num_pairs
    num_controls = content["num_control_pairs"]
    assert num_controls + content["num_same_group_pairs"] == pairing.num_control_pairs
    assert content["num_same_group_pairs"] > 0
    assert content["num_pairs_without_control"] == pairing.num_pairs_without_control
    by_number = content["pairs_by_number_of_controls"]
    assert sum(by_number.values()) == pairing.num_pairs
    assert sum(int(n) * pairs for n, pairs in by_number.items()) == num_controls
    octaves = content["controls_by_octaves_of_frequency_off"]
    assert sum(octaves.values()) == num_controls
    assert len(content["examples"]) == 20
    assert set(content["examples"][0]) >= {"original", "counterfactual", "control", "words"}
    assert not (pathlib.Path(runs[0].output_dir) / "details" / "control_coverage.json").exists()


def test_pairs_read_back_keep_their_controls_and_give_the_same_numbers(runs, tmp_path):
    rows = (
        runs[2]
        .pairs.to_pandas()
        .rename(columns={"score.m": "p", "counterfactual.score.m": "counterfactual.p"})
    )
    given = rows.sample(frac=1, random_state=1)  # in any order
    wrong = given.iloc[:1].assign(edit="contrl", example_id="zz")
    kind = given[given["edit"] == "control"].iloc[:1].assign(control_kind="same_grop")
    lone = given[given["edit"] == "control"].iloc[:1].assign(example_id="yy")
    again = fairflip.evaluate(
        pd.concat([given, wrong, kind, lone]), scores={"m": "p"}, output_dir=str(tmp_path / "out")
    )
    pairing, before = again.report.pairing, runs[2].report.pairing
    for name in ("num_pairs", "pair_set_sha256", "num_control_pairs", "control_set_sha256"):
        assert getattr(pairing, name) == getattr(before, name), name
    reasons = {entry.reason: entry.count for entry in again.report.rejects}
    assert reasons == {"unknown_edit": 2, "control_without_pair": 1}
    ours, theirs = again.report.models[0], runs[0].report.models[0]
    assert ours.slices[0].num_pairs == theirs.slices[0].num_pairs
    for one, other in zip(ours.slices[0].thresholds, theirs.slices[0].thresholds, strict=True):
        assert one.flip_count == other.flip_count
        assert one.flip_rate == other.flip_rate
    before = runs[2].report.models[0]
    assert ours.slices[0].num_pairs_without_control == before.slices[0].num_pairs_without_control
    for one, other in zip(ours.slices[0].thresholds, before.slices[0].thresholds, strict=True):
        assert one.excess_flip_rate == other.excess_flip_rate
        assert one.excess_over_words == other.excess_over_words
        assert one.top_term == other.top_term
        assert one.same_group_flip_rate == other.same_group_flip_rate
    assert list(ours.group_directions) == list(before.group_directions)
    ways = {(getattr(one, "from"), one.to) for one in before.group_directions}
    assert ways >= {("female", "male"), ("male", "female")}
    remaining = again.pairs.to_pandas()
    assert (remaining["edit"] == "control").sum() == pairing.num_control_pairs
    ids = remaining["example_id"]
    assert (ids != ids.shift()).sum() == ids.nunique()  # of one original, together


def test_ready_made_pairs_get_controls_from_the_words_that_differ(tmp_path):
    table = a_table(200)
    texts = table["comment_text"]
    table["counterfactual.comment_text"] = [
        " ".join({"she": "he", "he": "she", "gay": "tall"}.get(w, w) for w in text.split())
        for text in texts
    ]
    pairs = table[table["comment_text"] != table["counterfactual.comment_text"]]
    result = fairflip.evaluate(
        pairs, models={"m": score}, controls=2, output_dir=str(tmp_path / "out")
    )
    actual = result.report.models[0].slices[0]
    assert actual.num_control_pairs > len(pairs)
    # The swap of "he" and "she" is one edit, in either direction.
    assert 1.5 < actual.effective_terms < 2.5
    entry = actual.thresholds[0]
    assert entry.top_term in {"he\u2194she", "gay\u2194tall"}
    assert entry.excess_over_words.lower < entry.excess_flip_rate.lower
    rows = result.pairs.to_pandas()
    words = rows["edited_words"][rows["edit"] == "identity"]
    assert {tuple(one) for one in words} == {("he\u2194she",), ("gay\u2194tall",)}


def test_scores_in_the_data_draw_no_controls(tmp_path):
    table = a_table(60)
    pairs = pd.DataFrame(
        {
            "example_id": table["example_id"],
            "comment_text": table["comment_text"],
            "counterfactual.comment_text": table["comment_text"] + " he",
            "toxicity": table["toxicity"],
            "p": 0.2,
            "counterfactual.p": 0.8,
        }
    )
    result = fairflip.evaluate(
        pairs, scores={"m": "p"}, controls=2, output_dir=str(tmp_path / "out")
    )
    assert result.report.pairing.num_control_pairs == 0
    assert result.report.models[0].slices[0].thresholds[0].flip_count == 60


def test_a_run_without_text_hides_the_words_of_controls(tmp_path):
    result = fairflip.evaluate(
        a_table(60), models={"m": score}, controls=1, no_text=True, output_dir=str(tmp_path / "out")
    )
    rows = result.pairs.to_pandas()
    controls = rows[rows["edit"] == "control"]
    assert len(controls) == result.report.pairing.num_control_pairs > 0
    assert all(len(bytes.fromhex(word)) == 8 for words in controls["term"] for word in words)
    assert all(len(words) for words in rows[rows["edit"] == "identity"]["term"])
    written = b"".join(
        path.read_bytes() for path in pathlib.Path(result.output_dir).rglob("*") if path.is_file()
    )
    assert b"garden" not in written
    # What a run finds it finds with the words; they are only not written.
    assert result.report.models[0].slices[0].effective_terms > 2
