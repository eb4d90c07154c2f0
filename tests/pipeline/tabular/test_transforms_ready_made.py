"""Ready-made pairs of a table get controls: other cells of the record, drawn as `attribute` does."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import pytest

import fairflip
from support.tables import FEATURES, applicants, flips, score, swapped

pytestmark = pytest.mark.system

TABLE = applicants(200)
CHANGED, OTHERS = ("gender", "title"), ("age", "income", "occupation")


def pairs(table=TABLE) -> pd.DataFrame:
    """Both sides of each applicant, all columns, whether they change or not."""
    after = swapped(table)[list(FEATURES)].add_prefix("counterfactual.")
    both = table.loc[after.index]
    return pd.concat([both[["applicant_id", *FEATURES]], after], axis=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fairflip.evaluate(
        pairs=pairs(), model=score, input_features=list(FEATURES), id="applicant_id",
        output_dir=tmp_path_factory.mktemp("run") / "out",
    )  # fmt: skip


def test_pairs_are_counted_as_before_and_controls_beside_them(run):
    part = run.report.models[0].slices[0]
    [at] = part.thresholds
    expected = flips(TABLE)
    number = len(expected["negative_to_positive"] | expected["positive_to_negative"])
    assert (part.num_pairs, at.flip_count) == (len(expected["all"]), number)
    # A pair of two cells has one control, since no two change one of the three other columns.
    after = swapped(TABLE)
    sizes = sum((TABLE.loc[after.index, name] != after[name]).astype(int) for name in CHANGED)
    assert part.num_control_pairs == sum(min(2, len(OTHERS) // size) for size in sizes)
    written = run.pairs.to_pandas()
    controls = written[written["edit"] == "control"]
    sides = [controls["score.model"], controls["counterfactual.score.model"]]
    before, after = (side.to_numpy() > 0.5 for side in sides)
    # Each pair counts once, however many controls it has.
    shares = pd.Series(before != after).groupby(controls["applicant_id"].to_numpy()).mean()
    assert at.control_flip_rate.value == pytest.approx(shares.mean())
    assert (before != after).sum() > 0
    after_scores = score(
        controls[[f"counterfactual.{n}" for n in FEATURES]].set_axis(FEATURES, axis=1)
    )
    assert controls["counterfactual.score.model"].to_numpy() == pytest.approx(after_scores)


def test_a_control_changes_as_many_cells_of_columns_that_no_pair_changes(run):
    written = run.pairs.to_pandas().reset_index(drop=True)

    def changed(row) -> set[str]:
        return {n for n in FEATURES if row[n] != row[f"counterfactual.{n}"]}

    by_pair: dict[tuple, set[str]] = {}
    of_pair: dict[tuple, list[set[str]]] = {}
    for row in written.to_dict("records"):
        if row["edit"] == "identity":
            by_pair[row["applicant_id"], row["counterfactual_index"]] = changed(row)
        else:
            of_pair.setdefault((row["applicant_id"], int(row["control_of"])), []).append(
                changed(row)
            )
            assert set(row["term"]) == changed(row)
    records = TABLE.set_index("applicant_id")
    for pair, columns in by_pair.items():
        assert columns <= set(CHANGED)
        for control in of_pair.get(pair, []):
            assert len(control) == len(columns)
            assert control <= set(OTHERS)
        assert not set.intersection(*of_pair[pair]) if len(of_pair[pair]) > 1 else True
    for name in OTHERS:
        assert set(written[f"counterfactual.{name}"]) <= set(records[name])


def test_it_is_said_what_was_done_in_words_of_tables(run):
    folder = pathlib.Path(run.output_dir)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "A control changes as many other columns of the same record" in page
    text = (folder / "details" / "report.md").read_text(encoding="utf-8")
    card = (folder / "details" / "model_card.md").read_text(encoding="utf-8")
    for document in (text, card):
        assert "identity term" not in document
        assert "other words" not in document
    assert "these columns" in text
    coverage = json.loads((folder / "details" / "control_coverage.json").read_text())
    assert set(coverage["controls_by_column"]) == set(OTHERS)


def test_any_order_of_the_records_draws_the_same_controls(run, tmp_path):
    shuffled = pairs().sample(frac=1, random_state=3)
    again = fairflip.evaluate(
        pairs=shuffled, model=score, input_features=list(FEATURES), id="applicant_id",
        output_dir=tmp_path / "out", batch_size=7,
    )  # fmt: skip
    first, second = (one.report.pairing for one in (run, again))
    assert first.control_set_sha256 == second.control_set_sha256 != ""


def test_pairs_that_bring_controls_and_runs_without_any_stay_as_they_are(tmp_path):
    own = pairs().assign(edit="identity", control_of=np.nan)
    first = own.head(1).assign(edit="control", control_of=0)
    first["counterfactual.age"] = 99
    for name in CHANGED:
        first[f"counterfactual.{name}"] = first[name]
    given = fairflip.evaluate(
        pairs=pd.concat([own, first]), model=score, input_features=list(FEATURES),
        id="applicant_id", output_dir=tmp_path / "given",
    )  # fmt: skip
    assert given.report.models[0].slices[0].num_control_pairs == 1
    none = fairflip.evaluate(
        pairs=pairs(), model=score, input_features=list(FEATURES), id="applicant_id", controls=0,
        output_dir=tmp_path / "none",
    )  # fmt: skip
    assert none.report.models[0].slices[0].num_control_pairs == 0


def test_what_the_run_names_is_changed_by_no_control_whether_a_pair_changes_it_or_not(tmp_path):
    # With --attribute these pairs got no control, and the terminal asked for --controls 2.
    own = pairs().drop(columns=["counterfactual.title"])
    named = fairflip.evaluate(
        pairs=own, model=score, input_features=list(FEATURES), id="applicant_id",
        attribute="gender", linked=[{"column": "title", "values": ["Mr:Mrs"]}], output_dir=tmp_path / "out",
    )  # fmt: skip
    part = named.report.models[0].slices[0]
    assert part.num_control_pairs == 2 * part.num_pairs > 100
    written = named.pairs.to_pandas()
    controls = written[written["edit"] == "control"]
    assert {name for names in controls["term"] for name in names} == set(OTHERS)
    assert named.report.pairing.control_set_sha256
    free = fairflip.evaluate(
        pairs=own, model=score, input_features=list(FEATURES), id="applicant_id",
        output_dir=tmp_path / "free",
    )  # fmt: skip
    drawn = free.pairs.to_pandas()["term"][lambda term: free.pairs.to_pandas()["edit"] == "control"]
    assert {name for names in drawn for name in names} == {*OTHERS, "title"}


def test_with_controls_nobody_is_told_that_there_are_none(run):
    """The columns that a pair changes are its terms, of which an interval is made."""
    identity = run.pairs.to_pandas()[lambda rows: rows["edit"] == "identity"]
    for row in identity.to_dict("records"):
        assert set(row["term"]) == {n for n in CHANGED if row[n] != row[f"counterfactual.{n}"]}
    assert "ithout controls" not in run.report.verdict.sentence
    [at] = run.report.models[0].slices[0].thresholds
    assert at.excess_over_words.lower < at.excess_flip_rate.value < at.excess_over_words.upper


def test_terms_that_pairs_bring_stay(tmp_path):
    own = pairs().assign(term="sex")
    given = fairflip.evaluate(
        pairs=own, model=score, input_features=list(FEATURES), id="applicant_id",
        output_dir=tmp_path / "out",
    )  # fmt: skip
    rows = given.pairs.to_pandas()
    assert {tuple(term) for term in rows["term"][rows["edit"] == "identity"]} == {("sex",)}
