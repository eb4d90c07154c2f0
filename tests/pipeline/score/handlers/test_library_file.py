"""A file of another library is loaded once, scores as its object does, and is known by content."""

from __future__ import annotations

import joblib
import numpy as np
import pyarrow as pa
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fairflip.pipeline.cli import main
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.libraries import extras
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError

TEXTS = ["she is rude", "he is kind", "rude words", "kind words", "größer 日本"]
BATCH = pa.RecordBatch.from_pydict({"text": TEXTS})


@pytest.fixture
def estimator(monkeypatch):
    monkeypatch.setitem(extras.MODULES, "sklearn", ("sklearn",))
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, list("rkrkk"))


def saved(estimator, path, **fields):
    path.parent.mkdir(exist_ok=True)
    joblib.dump(estimator, path)
    spec = ModelSpec(name="m", sklearn_file=str(path), allow_custom_code=True, **fields)
    return handler_for(spec, ["text"])


def test_scores_are_those_of_the_class_that_was_named(estimator, tmp_path):
    handler = saved(estimator, tmp_path / "m.joblib", output_name="r")
    scores = handler.score_batch(BATCH, handler.load_model())
    np.testing.assert_array_equal(scores, estimator.predict_proba(TEXTS)[:, 1])
    assert handler.score_batch(BATCH.slice(0, 0), handler.load_model()).shape == (0,)


def test_an_open_choice_names_the_classes(estimator, tmp_path):
    handler = saved(estimator, tmp_path / "m.joblib")
    with pytest.raises(ConfigurationError, match=r"\('k', 'r'\); say which is the score"):
        handler.score_batch(BATCH, handler.load_model())


def test_a_file_without_a_model_is_refused(estimator, tmp_path):
    with pytest.raises(ConfigurationError, match="holds dict, which is no model"):
        saved({"a": 1}, tmp_path / "m.joblib").load_model()


def test_kept_scores_are_found_by_content_and_output(estimator, tmp_path):
    first = saved(estimator, tmp_path / "a" / "m.joblib", output_name="r")
    moved = saved(estimator, tmp_path / "b" / "n.joblib", output_name="r")
    assert first.lasting_identity == moved.lasting_identity
    assert first.identity != moved.identity
    other_output = saved(estimator, tmp_path / "a" / "m.joblib", output_name="k")
    assert other_output.lasting_identity != first.lasting_identity
    estimator.steps[1][1].coef_ *= 2
    assert saved(estimator, tmp_path / "c" / "m.joblib", output_name="r").lasting_identity != (
        first.lasting_identity
    )


def test_a_missing_extra_is_exit_code_2_with_the_command(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(extras.MODULES, "huggingface", ("no_such_module_here",))
    (tmp_path / "c.csv").write_text("id,text\na,she said\nb,he said\n")
    arguments = [
        "evaluate",
        *(f"--examples={tmp_path / 'c.csv'}", "--id_feature=id", "--text_feature=text"),
        *(f"--model=m=hf:{tmp_path}", f"--output_dir={tmp_path / 'out'}", "--quiet"),
    ]
    for flags in ([], ["--dry_run"]):
        assert main([*arguments, *flags]) == 2
        output = capsys.readouterr().err
        assert "models[m].huggingface: needs no_such_module_here" in output
        assert "pip install 'fairflip[huggingface]'" in output
