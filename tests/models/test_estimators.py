"""A scikit-learn estimator in every form in which its owner may have it: the same report."""

from __future__ import annotations

import json
import sys
import types

import numpy as np
import pytest

import fairflip
from fairflip.pipeline.cli import main
from fairflip.protos.forms.json_form import report_to_json
from support.transformer_zoo import threshold_with_flips


@pytest.fixture(scope="module")
def estimator(comments):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    made = make_pipeline(TfidfVectorizer(token_pattern="[a-zA-Z]+"), LogisticRegression())
    return made.fit(comments["text"], comments["label"])


@pytest.fixture(scope="module")
def skops_file(estimator, tmp_path_factory):
    import skops.io

    path = tmp_path_factory.mktemp("skops") / "model.skops"
    skops.io.dump(estimator, path)
    return path


def models_of(report: str) -> list[dict]:
    """The models of a report without what says how each was asked."""
    return [
        {name: value for name, value in model.items() if name not in ("name", "second_look")}
        for model in json.loads(report)["models"]
    ]


def test_every_form_gives_the_identical_model(
    estimator, skops_file, comments, tmp_path, monkeypatch
):
    import joblib
    from apache_beam.ml.inference.sklearn_inference import (
        ModelFileType,
        SklearnModelHandlerNumpy,
    )

    joblib.dump(estimator, tmp_path / "model.joblib")

    def probabilities(model, batch, inference_args=None):
        return model.predict_proba([str(text) for text in batch])

    factories = types.ModuleType("sklearn_factories")
    factories.beam = lambda: SklearnModelHandlerNumpy(
        str(tmp_path / "model.joblib"), ModelFileType.JOBLIB, inference_fn=probabilities
    )
    monkeypatch.setitem(sys.modules, "sklearn_factories", factories)
    same = {"id": "id", "text": "text", "label": "label", "controls": 0}
    pairs = fairflip.generate(comments, terms="identity", **same)
    table = pairs.pairs.to_pandas()
    table["p"] = estimator.predict_proba(table["text"])[:, 1]
    table["counterfactual.p"] = estimator.predict_proba(table["counterfactual.text"])[:, 1]
    threshold = threshold_with_flips(table["p"].to_numpy(), table["counterfactual.p"].to_numpy())
    first, *others = [
        models_of(
            report_to_json(fairflip.evaluate(table, thresholds=[threshold], **form, **same).report)
        )
        for form in (
            {"scores": {"m": "p"}},
            {"models": {"m": estimator}},
            {"models": {"m": f"sklearn:{skops_file}"}},
            {"models": {"m": f"sklearn:{tmp_path / 'model.joblib'}"}, "allow_custom_code": True},
            {"models": {"m": "beam:sklearn_factories:beam"}},
        )
    ]
    assert first[0]["slices"][0]["thresholds"][0]["flip_count"] > 0
    for other in others:
        assert other == first


def test_a_converted_estimator_reads_texts_and_gives_its_scores(estimator, comments, tmp_path):
    import pyarrow as pa
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import StringTensorType

    from fairflip.pipeline.score.handlers.choose import handler_for
    from fairflip.protos.config_pb2 import ModelSpec

    batch = pa.RecordBatch.from_pydict({"text": list(comments["text"])})
    expected = estimator.predict_proba(comments["text"])[:, 1]
    for zipmap in (True, False):
        graph = to_onnx(
            estimator,
            initial_types=[("text", StringTensorType([None, 1]))],
            options={
                id(estimator): {"zipmap": zipmap},
                # The locale that its converter names is not on every machine.
                id(estimator.steps[0][1]): {"locale": "C", "tokenexp": "[a-zA-Z]+"},
            },
        )
        path = tmp_path / f"{zipmap}.onnx"
        path.write_bytes(graph.SerializeToString())
        handler = handler_for(ModelSpec(name="m", onnx_file=str(path)), ["text"])
        scores = handler.score_batch(batch, handler.load_model())
        np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)


def test_margins_are_no_probabilities_until_their_scale_is_said(comments, tmp_path, capsys):
    import skops.io
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(), LinearSVC()).fit(comments["text"], comments["label"])
    skops.io.dump(model, tmp_path / "svm.skops")
    comments.to_csv(tmp_path / "comments.csv", index=False)
    arguments = [
        "evaluate",
        f"--examples={tmp_path / 'comments.csv'}",
        *("--id_feature=id", "--text_feature=text", "--label_feature=label", "--quiet"),
        *(f"--model=m=sklearn:{tmp_path / 'svm.skops'}", f"--output_dir={tmp_path / 'out'}"),
    ]
    assert main(arguments) == 2
    assert "score_scale" in capsys.readouterr().err
    assert main([*arguments, "--score_scale=logit"]) == 0
