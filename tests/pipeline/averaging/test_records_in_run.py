"""A run that averages models of a table over the attribute's values, recounted by NumPy."""

from __future__ import annotations

import pathlib
import sys
import types

import numpy as np
import pandas as pd
import pytest

import fairflip
from fairflip.pipeline.storage.run_folder import SCORED_EXAMPLES
from fairflip.protos.errors import ConfigurationError
from support.recount import read_folder
from support.tables import FEATURES, TITLES, applicants, flips, score

pytestmark = pytest.mark.system

TABLE = applicants(240)
SETTINGS = {"attribute": "gender", "attribute_values": ["female", "male"], "quiet": True,
            "linked": [{"column": "title", "values": ["Mr:Mrs"]}],
            "id": "applicant_id", "label": "approved"}  # fmt: skip
IS_NAMED = TABLE["gender"].isin(["female", "male"]).to_numpy()


def other_side(table: pd.DataFrame) -> pd.DataFrame:
    """Each record with the other gender and title, those of neither as they are."""
    named = table["gender"].isin(["female", "male"])
    other = table["gender"].map({"female": "male", "male": "female"})
    titles = table["title"].map(TITLES).fillna(table["title"])
    return table.assign(
        gender=other.where(named, table["gender"]), title=titles.where(named, table["title"])
    )


def means(model, table=TABLE) -> np.ndarray:
    """[N] of each record the mean over both genders."""
    sides = [np.asarray(model(side[list(FEATURES)])) for side in (table, other_side(table))]
    return (sides[0] + sides[1]) / 2


@pytest.fixture(scope="module")
def module():
    made = types.ModuleType("model_of_applicants")
    made.score = score
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


@pytest.fixture(scope="module")
def run(module, tmp_path_factory):
    return fairflip.run(
        TABLE,
        {"plain": "py:model_of_applicants:score"},
        technique="averaging",
        output_dir=str(tmp_path_factory.mktemp("averaged") / "run"),
        **SETTINGS,
    )


def scored(run, model="remediated") -> dict[str, np.ndarray]:
    """Side -> [N] scores of all records, in the table's order; of no pair NaN."""
    folder = pathlib.Path(run.output_dir)
    pairs = read_folder(folder / "scored_pairs").to_pandas()
    pairs = pairs[pairs["edit"] == "identity"].set_index("applicant_id")
    alone = read_folder(folder / SCORED_EXAMPLES).to_pandas().set_index("applicant_id")
    of_all = pd.concat([pairs[f"score.{model}"], alone[f"score.{model}"]])
    ids = TABLE["applicant_id"]
    return {
        "": of_all[ids].to_numpy(),
        "counterfactual.": pairs[f"counterfactual.score.{model}"].reindex(ids).to_numpy(),
    }


def test_no_pair_flips_and_the_price_is_stated(run):
    plain, averaged = run.report.models
    counts = [model.slices[0].thresholds[0].flip_count for model in (plain, averaged)]
    by_numpy = flips(TABLE)
    assert counts[0] == sum(map(len, (by_numpy[d] for d in by_numpy if d != "all"))) > 10
    assert counts[1] == 0
    assert averaged.slices[0].ctf_gap.value < 1e-12 < plain.slices[0].ctf_gap.value
    calls = averaged.calls
    assert (calls.technique, calls.num_texts) == ("averaging", len(TABLE))
    assert calls.num_calls == len(TABLE) + IS_NAMED.sum() < 2 * len(TABLE)
    assert not plain.HasField("calls")


def test_scores_and_the_auc_are_those_of_the_means(run):
    from sklearn.metrics import roc_auc_score

    actual, expected = scored(run), means(score)
    np.testing.assert_allclose(actual[""], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        actual["counterfactual."][IS_NAMED], expected[IS_NAMED], rtol=0, atol=1e-12
    )
    assert np.isnan(actual["counterfactual."][~IS_NAMED]).all()
    labels = TABLE["approved"].to_numpy()
    for model, scores in zip(run.report.models, (score(TABLE), expected), strict=True):
        aucs = [roc_auc_score(labels[rows], scores[rows]) for rows in (IS_NAMED, slice(None))]
        stated = [model.slices[0].auc, model.examples[0].auc]
        np.testing.assert_allclose(stated, aucs, rtol=0, atol=1e-12)


def test_the_model_takes_a_frame_and_another_command_can_ask_it(run):
    np.testing.assert_allclose(run.model(TABLE), means(score), rtol=0, atol=1e-12)
    path = pathlib.Path(run.output_dir) / "models" / "remediated" / "model.textproto"
    again = fairflip.evaluate(TABLE, config=str(path), **SETTINGS)
    assert again.report.models[0].slices[0].thresholds[0].flip_count == 0
    assert again.report.models[0].calls == run.report.models[1].calls


def test_blindness_asks_about_the_first_value_and_as_often_as_the_model(module):
    blind = fairflip.run(
        TABLE, {"plain": "py:model_of_applicants:score"}, technique="blindness", **SETTINGS
    )
    as_women = TABLE.where(TABLE["gender"] != "male", other_side(TABLE))
    np.testing.assert_allclose(scored(blind)[""], score(as_women), rtol=0, atol=1e-12)
    at = blind.report.models[1]
    assert at.slices[0].thresholds[0].flip_count == 0
    assert (at.calls.num_texts, at.calls.num_calls) == (len(TABLE), len(TABLE))


def test_an_estimator_is_averaged():
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    encoded = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["gender", "title", "occupation"]),
        remainder="passthrough",
    )
    estimator = make_pipeline(encoded, LogisticRegression(max_iter=2000))
    estimator.fit(TABLE[list(FEATURES)], TABLE["approved"])
    run = fairflip.run(TABLE, {"e": estimator}, technique="averaging", **SETTINGS)
    expected = means(lambda frame: estimator.predict_proba(frame)[:, 1])
    np.testing.assert_allclose(scored(run)[""], expected, rtol=0, atol=1e-9)
    flip_counts = [model.slices[0].thresholds[0].flip_count for model in run.report.models]
    assert flip_counts[0] > 10
    assert flip_counts[1] == 0


def test_a_keras_model_of_named_inputs_is_averaged(tmp_path):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    gender = keras.Input((), dtype="string", name="gender")
    income = keras.Input((), dtype="float32", name="income")
    lookup = keras.layers.StringLookup(vocabulary=["female", "male"], output_mode="one_hot")
    number = keras.layers.Reshape((1,))(keras.layers.Rescaling(1 / 40, -1)(income))
    both = keras.layers.Concatenate()([lookup(gender), number])
    model = keras.Model([gender, income], keras.layers.Dense(1, "sigmoid")(both))
    model.layers[-1].set_weights([np.array([[0], [-0.6], [0.6], [4]]), np.zeros(1)])
    path = tmp_path / "credit.keras"
    model.save(path)

    def by_keras(frame):
        inputs = {
            "gender": tf.constant(frame["gender"].tolist()),
            "income": tf.constant(frame["income"].to_numpy(), tf.float32),
        }
        return model(inputs).numpy()[:, 0].astype(np.float64)

    run = fairflip.run(
        TABLE,
        {"k": str(path)},
        technique="averaging",
        input_features=["gender", "income"],
        **{**SETTINGS, "linked": []},
    )
    np.testing.assert_allclose(scored(run)[""], means(by_keras), rtol=0, atol=1e-6)
    flip_counts = [one.slices[0].thresholds[0].flip_count for one in run.report.models]
    assert flip_counts[0] > 10
    assert flip_counts[1] == 0


def test_pairs_that_name_no_attribute_are_refused_before_anything_is_scored(module, tmp_path):
    asked = []
    module.counting = lambda frame: [asked.append(1) or 0.5 for _ in range(len(frame))]
    pairs = TABLE.assign(**{"counterfactual.income": TABLE["income"] + 1})
    with pytest.raises(ConfigurationError, match="give --examples with --attribute"):
        fairflip.run(
            pairs=pairs,
            models={"m": "py:model_of_applicants:counting"},
            input_features=["income"],
            id="applicant_id",
            label="approved",
            technique="averaging",
            quiet=True,
        )
    assert asked == []


def test_remediate_writes_how_a_table_is_asked_once_it_knows_what_is_read(module, tmp_path):
    def remediate(folder, **settings):
        return fairflip.remediate(
            None,
            {"m": "py:model_of_applicants:score"},
            technique="averaging",
            attribute="gender",
            attribute_values=["female", "male"],
            linked=[{"column": "title", "values": ["Mr:Mrs"]}],
            output_dir=str(folder),
            quiet=True,
            **settings,
        )

    made = remediate(tmp_path / "made", input_features=list(FEATURES))
    np.testing.assert_allclose(made.model(TABLE), means(score), rtol=0, atol=1e-12)
    assert (tmp_path / "made" / "models" / "remediated" / "model.textproto").exists()
    with pytest.raises(ConfigurationError, match="name it with --input_feature"):
        remediate(tmp_path / "refused")
    assert not (tmp_path / "refused" / "models").exists()
