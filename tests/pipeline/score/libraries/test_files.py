"""Which files determine a model's scores, and what is refused before they are opened."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.score.libraries import extras, files
from fairflip.pipeline.score.model_files.fingerprint import spec_fingerprint
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError


def test_what_lies_beside_an_onnx_file_counts_as_its_own(tmp_path):
    for name in ("model.onnx", "model.onnx_data", "tokenizer.json", "other.onnx", "notes.txt"):
        (tmp_path / name).write_text(name)
    spec = ModelSpec(name="m", onnx_file=str(tmp_path / "model.onnx"))
    names = [path.rpartition("/")[2] for path in files.scoring_files(spec)]
    assert names == ["model.onnx", "model.onnx_data", "tokenizer.json"]
    before = spec_fingerprint(spec)
    (tmp_path / "notes.txt").write_text("changed")
    assert spec_fingerprint(spec) == before
    (tmp_path / "tokenizer.json").write_text("changed")
    assert spec_fingerprint(spec) != before


@pytest.mark.parametrize("field", ["sklearn_file", "onnx_file"])
def test_a_file_that_is_not_there_is_refused(tmp_path, field):
    spec = ModelSpec(name="m", **{field: str(tmp_path / "none")})
    with pytest.raises(ConfigurationError, match=rf"models\[m\]\.{field}.*does not exist"):
        files.check(spec)


def test_a_transformer_gives_no_logits(monkeypatch, tmp_path):
    monkeypatch.setitem(extras.MODULES, "huggingface", ())
    spec = ModelSpec(name="m", huggingface=str(tmp_path), score_scale="logit")
    with pytest.raises(ConfigurationError, match=r"score_scale: .*gives probabilities"):
        files.check(spec)


def test_which_label_of_a_transformer_is_the_score_is_asked_before_anything_is_loaded(
    monkeypatch, tmp_path
):
    monkeypatch.setitem(extras.MODULES, "huggingface", ())
    config = {"architectures": ["BertForSequenceClassification"], "id2label": {0: "ok", 1: "rude"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"")
    spec = ModelSpec(name="m", huggingface=str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"'ok', 'rude'.*--output m=NAME"):
        files.check(spec)
    spec.output_name = "rud"
    with pytest.raises(ConfigurationError, match=r"'rud' is none of them"):
        files.check(spec)
    spec.output_name = "rude"
    files.check(spec)
    spec.output_name, spec.decision = "", "argmax"
    files.check(spec)
