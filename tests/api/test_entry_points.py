"""Models that are Python objects: each kind gives the numbers of its scores in a column."""

from __future__ import annotations

import json
import re
import sys
import types

import numpy as np
import pandas as pd
import pytest
from apache_beam.ml.inference.base import ModelHandler

import fairflip
from fairflip.pipeline.cli import main
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.json_form import report_to_json

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

WORDS = ("she", "he", "woman", "man", "good", "bad", "kind", "rude", "people", "dog", "walks")
BEST_ALONE = [{"label": "rude", "score": 0.9}]


class LengthHandler(ModelHandler):
    """Scores a text by its length, one element a text."""

    def load_model(self):
        return len

    def run_inference(self, batch, model, inference_args=None):
        return [min(1.0, model(text) / 60) for text in batch]


def never_fitted(texts):
    from sklearn.linear_model import Perceptron

    return Perceptron().predict([[len(text)] for text in texts])


@pytest.fixture(scope="module")
def comments() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, rng.integers(3, 9))) for _ in range(400)]
    rude = [float("rude" in text or ("she" in text and "bad" in text)) for text in texts]
    return pd.DataFrame({"comment": texts, "rude": rude})


@pytest.fixture(scope="module")
def estimator(comments):
    # Not at the top: each process that collects tests would import it.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10.0))
    return model.fit(comments["comment"], comments["rude"])


@pytest.fixture(scope="module")
def evaluated(comments, estimator) -> fairflip.Result:
    return fairflip.evaluate(
        comments,
        text="comment",
        label="rude",
        model=estimator.predict_proba,
        slices=["counterfactual_group"],
    )


def numbers(result: fairflip.Result) -> list[dict]:
    return json.loads(report_to_json(result.report))["models"]


def test_a_function_is_asked_and_counted(evaluated, estimator):
    pairs = evaluated.pairs.to_pandas()
    before = estimator.predict_proba(pairs["comment"])[:, 1]
    after = estimator.predict_proba(pairs["counterfactual.comment"])[:, 1]
    np.testing.assert_allclose(pairs["score.model"], before, rtol=1e-12)
    np.testing.assert_allclose(pairs["counterfactual.score.model"], after, rtol=1e-12)
    [overall] = [s for s in evaluated.report.models[0].slices if s.slice == "Overall"]
    is_pair = (pairs["edit"] == "identity").to_numpy()
    assert overall.num_pairs == is_pair.sum() > 100
    is_control = (pairs["control_kind"] == "other_word").to_numpy()
    assert overall.num_control_pairs == is_control.sum() > 100
    assert overall.num_same_group_pairs == (~is_pair & ~is_control).sum() > 0
    flips = (before > 0.5) != (after > 0.5)
    assert overall.thresholds[0].flip_count == flips[is_pair].sum() > 0


def test_the_flipped_pairs_are_those_whose_scores_move_most(evaluated):
    pairs = evaluated.pairs.to_pandas()
    assert (pairs["edit"] == "control").any()
    pairs = pairs[pairs["edit"] == "identity"]
    moves = (pairs["counterfactual.score.model"] - pairs["score.model"]).abs()
    flips = (pairs["score.model"] > 0.5) != (pairs["counterfactual.score.model"] > 0.5)
    frame = evaluated.flipped(5)
    shown = (frame["counterfactual.score.model"] - frame["score.model"]).abs()
    np.testing.assert_allclose(shown, np.sort(moves[flips])[::-1][:5])
    texts = set(zip(pairs["comment"], pairs["counterfactual.comment"], strict=True))
    assert set(zip(frame["comment"], frame["counterfactual.comment"], strict=True)) <= texts


def test_every_form_of_a_model_gives_the_same_numbers(evaluated, estimator):
    def labelled(texts):
        return [
            [{"label": "kind", "score": 1 - score}, {"label": "rude", "score": score}]
            for score in estimator.predict_proba(texts)[:, 1]
        ]

    pairs = evaluated.pairs.to_pandas().drop(columns=["score.model", "counterfactual.score.model"])
    pairs["p"] = estimator.predict_proba(pairs["comment"])[:, 1]
    pairs["counterfactual.p"] = estimator.predict_proba(pairs["counterfactual.comment"])[:, 1]
    result = fairflip.evaluate(
        pairs.rename(columns={"#row": "original"}),
        scores={"in_column": "p"},
        models={
            "estimator": estimator,
            "function": estimator.predict_proba,
            "labelled": labelled,
        },
        output={"labelled": "rude"},
        id="original",
        text="comment",
        label="rude",
        slices=["counterfactual_group"],
    )
    of_models = {of.pop("name"): of for of in numbers(result)}
    assert sorted(of_models) == ["estimator", "function", "in_column", "labelled"]
    assert of_models["in_column"]["slices"][0]["thresholds"][0]["flip_count"] > 0
    for name, of_model in of_models.items():
        assert of_model.pop("model") == name
        assert of_model.pop("output") == ("rude" if name == "labelled" else "")
    for of_model in of_models.values():
        # Scores in the data cannot be asked for again.
        assert of_model.pop("second_look", {}).get("num_differing_scores", 0) == 0
        assert of_model == {**of_models["in_column"], "is_baseline": of_model["is_baseline"]}


def test_a_function_by_import_path_is_asked_on_the_command_line_too(
    comments, estimator, evaluated, tmp_path, monkeypatch
):
    (tmp_path / "my_models.py").write_text(
        "import shelf_of_models\n\n\ndef rude(texts):\n"
        "    return shelf_of_models.MODEL.predict_proba(texts)\n\n\nMODEL = shelf_of_models.MODEL\n"
    )
    shelf = types.ModuleType("shelf_of_models")
    shelf.MODEL = estimator
    monkeypatch.setitem(sys.modules, "shelf_of_models", shelf)
    monkeypatch.syspath_prepend(str(tmp_path))
    comments.to_csv(tmp_path / "comments.csv", index=False)
    out = tmp_path / "out"
    code = main(
        [
            "evaluate",
            f"--examples={tmp_path / 'comments.csv'}",
            *("--id_feature=#row", "--text_feature=comment", "--label_feature=rude"),
            *("--model=f=py:my_models:rude", "--model=e=py:my_models:MODEL"),
            *(f"--output_dir={out}", "--quiet"),
        ]
    )
    assert code == 0
    first, second = json.loads((out / "run_report.json").read_text())["models"]
    [overall] = [s for s in first["slices"] if s["slice"] == "Overall"]
    [known] = [s for s in numbers(evaluated)[0]["slices"] if s["slice"] == "Overall"]
    # Rows are named by their file, so that intervals may differ in the last digits.
    for count in ("flip_count", "negative_to_positive_count", "positive_count"):
        assert overall["thresholds"][0][count] == known["thresholds"][0][count] > 0
    assert first["slices"][0]["thresholds"] == second["slices"][0]["thresholds"]


@pytest.mark.parametrize(
    ("model", "output"),
    [
        ("py:no_such_module:f", "cannot be imported"),
        ("py:json:no_such_name", "cannot be imported"),
        ("py:json", "import path"),
        ("beam:json:no_such_name", "cannot be imported"),
    ],
)
def test_an_import_path_that_names_nothing_is_refused_before_data_is_read(
    comments, tmp_path, capsys, model, output
):
    comments.to_csv(tmp_path / "comments.csv", index=False)
    arguments = [
        "evaluate",
        f"--examples={tmp_path / 'comments.csv'}",
        *("--id_feature=#row", "--text_feature=comment", "--label_feature=rude"),
        *(f"--model=m={model}", f"--output_dir={tmp_path / 'out'}", "--quiet"),
    ]
    assert main(arguments) == 2
    assert output in capsys.readouterr().err


def test_two_models_of_two_kinds_stand_side_by_side(comments, estimator):
    result = fairflip.evaluate(
        comments,
        text="comment",
        label="rude",
        models={"old": estimator, "new": LengthHandler()},
    )
    pairs = result.pairs.to_pandas()
    assert [model.name for model in result.report.models] == ["old", "new"]
    lengths = pairs["counterfactual.comment"].str.len() / 60
    np.testing.assert_allclose(pairs["counterfactual.score.new"], np.minimum(1.0, lengths))


def test_several_features_reach_a_function_as_a_table(comments):
    seen = []

    def by_table(table):
        seen.append(list(table.columns))
        return table["weight_kg"] / 100

    table = comments.assign(weight_kg=np.linspace(0, 100, len(comments)))
    result = fairflip.evaluate(
        table, text="comment", label="rude", model=by_table, input_features=["weight_kg"]
    )
    assert seen[0] == ["comment", "weight_kg"]
    assert result.report.models[0].slices[0].thresholds[0].flip_count == 0


@pytest.mark.parametrize(
    ("model", "output"),
    [
        (object(), "object is no model"),
        (3.5, "float is no model"),
        (lambda texts: BEST_ALONE * len(texts), "top_k=None"),
        (lambda texts: [[0.2, 0.3, 0.5]] * len(texts), ":INDEX"),
        (lambda texts: [0.5], "1 answers for"),
        (lambda texts: ["rude"] * len(texts), "are no numbers but str"),
        (lambda texts: texts[0].nonsense, "the function raised AttributeError"),
        (lambda texts: 1 / 0, "the function raised ZeroDivisionError"),
        (never_fitted, "NotFittedError"),
    ],
)
def test_what_cannot_be_a_score_is_refused_in_one_sentence(comments, model, output):
    with pytest.raises((ConfigurationError, InputError)) as raised:
        fairflip.evaluate(comments.head(40), text="comment", label="rude", model=model)
    assert output in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not any(re.search(rf"\b{word}\b", str(raised.value)) for word in ("woman", "dog"))


def test_records_of_both_texts_are_pairs_and_others_examples(comments, evaluated):
    made = fairflip.generate(comments, text="comment")
    assert made.pairs.num_rows == evaluated.pairs.num_rows
    assert "counterfactual.comment" in made.pairs.column_names
    with pytest.raises(ConfigurationError, match="holds examples, and so does examples="):
        fairflip.evaluate(comments, text="comment", examples=comments, model=len)
    with pytest.raises(ConfigurationError, match="model or models"):
        fairflip.evaluate(comments, text="comment", model=len, models={"a": len})
