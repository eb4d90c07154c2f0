"""Labels that do not exclude each other, and classes, of every kind of model: its own numbers."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

import fairflip
from fairflip.protos.errors import ConfigurationError
from support import transformer_zoo

LABELS = ("a", "b", "c")
TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def marks(comments) -> np.ndarray:
    """[n, 3] whether each comment is rude, about a woman, long."""
    texts = comments["text"]
    women, length = texts.str.contains("she|woman"), texts.str.len() > 40
    return np.c_[comments["label"], women, length].astype(int)


def features():
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(token_pattern="[a-zA-Z]+")


def run(comments, model, **fields):
    return fairflip.evaluate(
        comments, {"m": model}, id="id", text="text", terms="identity", controls=0, **fields
    )


def check_labels(result, names, expected_of) -> None:
    """Kept scores and flips of each output are those of the model asked by hand."""
    pairs = result.pairs.to_pandas()
    before, after = (expected_of(list(pairs[s])) for s in ("text", "counterfactual.text"))
    for column, name in enumerate(names):
        for prefix, expected in (("", before), ("counterfactual.", after)):
            actual = pairs[f"{prefix}score.m/{name}"]
            np.testing.assert_allclose(actual, expected[:, column], rtol=0, atol=TOLERANCE)
    reports = {model.output: model for model in result.report.models}
    assert set(reports) == set(names)
    total = 0
    for column, name in enumerate(names):
        [at] = reports[name].slices[0].thresholds
        flips = (before[:, column] > 0.5) != (after[:, column] > 0.5)
        assert at.flip_count == flips.sum()
        total += at.flip_count
    assert total > 0


def check_classes(result, names, expected_of) -> None:
    """Changes of class are those of the model asked by hand."""
    pairs = result.pairs.to_pandas()
    before, after = (
        expected_of(list(pairs[s])).argmax(axis=1) for s in ("text", "counterfactual.text")
    )
    [model] = result.report.models
    assert model.decision == "argmax"
    assert tuple(model.classes) == tuple(names)
    expected = {
        (names[i], names[j]): int(((before == i) & (after == j)).sum())
        for i in range(len(names))
        for j in range(len(names))
        if i != j
    }
    overall = model.slices[0]
    actual = {(t.from_class, t.to_class): t.count for t in overall.transitions}
    assert {way: n for way, n in expected.items() if n} == {
        way: n for way, n in actual.items() if n and way[0] != way[1]
    }
    assert overall.thresholds[0].flip_count == (before != after).sum() > 0


def labelled_estimators():
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline

    for last in (
        OneVsRestClassifier(LogisticRegression()),
        MultiOutputClassifier(LogisticRegression()),
        RandomForestClassifier(5, random_state=0),
    ):
        yield make_pipeline(features(), last)


@pytest.mark.parametrize("number", range(3), ids=["one_vs_rest", "multi_output", "forest"])
def test_each_label_of_an_estimator_is_an_output(comments, marks, tmp_path, number):
    import skops.io

    model = list(labelled_estimators())[number].fit(comments["text"], marks)

    def by_hand(texts):
        told = model.predict_proba(texts)
        return np.stack([each[:, 1] for each in told], 1) if isinstance(told, list) else told

    skops.io.dump(model, tmp_path / "m.skops")
    forms = [model, model.predict_proba, f"sklearn:{tmp_path / 'm.skops'}"]
    for form in forms[:1] if number == 2 else forms:
        check_labels(run(comments, form, output={"m": "*"}), ("0", "1", "2"), by_hand)


def test_the_second_of_two_labels_is_not_taken_for_the_score(comments, marks):
    for model in list(labelled_estimators())[:2]:
        model.fit(comments["text"], marks[:, :2])
        for form in (model, model.predict_proba):
            with pytest.raises(ConfigurationError, match="gives 2 numbers for each"):
                run(comments, form)


def test_a_label_of_three_classes_is_no_output(comments, marks):
    model = list(labelled_estimators())[1]
    model.fit(comments["text"], np.c_[marks[:, 0], marks[:, 1] + marks[:, 2]])
    with pytest.raises(ConfigurationError, match="label 1 of the estimator has 3 classes"):
        run(comments, model, output={"m": "*"})


def test_classes_of_an_estimator_in_each_form(comments, marks, tmp_path, monkeypatch):
    import joblib
    import skops.io
    from apache_beam.ml.inference.sklearn_inference import ModelFileType, SklearnModelHandlerNumpy
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    classes = np.array(LABELS)[np.minimum(2, marks[:, 0] + marks[:, 1])]
    model = make_pipeline(features(), LogisticRegression()).fit(comments["text"], classes)
    skops.io.dump(model, tmp_path / "m.skops")
    joblib.dump(model, tmp_path / "m.joblib")

    def told(loaded, batch, inference_args=None):
        rows = loaded.predict_proba([str(text) for text in batch])
        return [dict(zip(LABELS, row, strict=True)) for row in rows.tolist()]

    factories = types.ModuleType("class_factories")
    factories.beam = lambda: SklearnModelHandlerNumpy(
        str(tmp_path / "m.joblib"), ModelFileType.JOBLIB, inference_fn=told
    )
    monkeypatch.setitem(sys.modules, "class_factories", factories)
    for form in (model, f"sklearn:{tmp_path / 'm.skops'}", "beam:class_factories:beam"):
        result = run(comments, form, decision={"m": "argmax"})
        check_classes(result, LABELS, model.predict_proba)


@pytest.fixture(scope="module", params=["labels", "classes"])
def three_heads(request, tmp_path_factory):
    """A transformer of three units, its ONNX form, and what its units stand for."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"problem_type": "multi_label_classification"} if request.param == "labels" else {}
    transformer_zoo.save_tiny(folder, dict(enumerate(LABELS)), **settings)
    return folder, transformer_zoo.export_onnx(folder, folder / "exported"), request.param


def test_a_transformer_in_each_form(comments, three_heads):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    folder, onnx, kind = three_heads
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def by_hand(texts):
        encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**encoded).logits
        return (torch.sigmoid(logits) if kind == "labels" else torch.softmax(logits, -1)).numpy()

    for form in (
        f"hf:{folder}",
        f"onnx:{onnx}",
        pipeline("text-classification", model=model, tokenizer=tokenizer),
        (model, tokenizer),
    ):
        if kind == "labels":
            check_labels(run(comments, form, output={"m": "*"}), LABELS, by_hand)
        else:
            check_classes(run(comments, form, decision={"m": "argmax"}), LABELS, by_hand)


def test_a_saved_pipeline_reads_a_table(tmp_path):
    import skops.io
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from support.tables import FEATURES, applicants, swapped

    model = make_pipeline(
        make_column_transformer(
            (StandardScaler(), ["age", "income"]),
            (OneHotEncoder(handle_unknown="ignore"), ["gender", "title", "occupation"]),
        ),
        LogisticRegression(),
    )
    train = applicants(600, seed=1)
    model.fit(train[list(FEATURES)], train["approved"])
    skops.io.dump(model, tmp_path / "m.skops")
    table = applicants(240)
    result = fairflip.evaluate(
        table,
        {"m": f"sklearn:{tmp_path / 'm.skops'}"},
        attribute="gender",
        attribute_values=["female", "male"],
        linked=[{"column": "title", "values": ["Mr:Mrs"]}],
        id="applicant_id",
        label="approved",
    )
    expected = [
        model.predict_proba(rows[list(FEATURES)])[:, 1] > 0.5
        for rows in (table[table["gender"].isin(["female", "male"])], swapped(table))
    ]
    [at] = result.report.models[0].slices[0].thresholds
    assert at.flip_count == (expected[0] != expected[1]).sum() > 10
