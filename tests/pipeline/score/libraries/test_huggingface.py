"""What a folder's files say is judged before anything of it is loaded."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.score.libraries import extras, huggingface
from fairflip.protos.errors import ConfigurationError

CLASSIFIER = {"architectures": ["BertForSequenceClassification"]}


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.setitem(extras.MODULES, "huggingface", ())


def folder(tmp_path, config, *files):
    if config is not None:
        text = config if isinstance(config, str) else json.dumps(config)
        (tmp_path / "config.json").write_text(text)
    for name in files:
        (tmp_path / name).write_bytes(b"")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("config", "files", "output"),
    [
        (None, (), "has no config.json"),
        ("{", (), "is no JSON; save"),
        ("[]", (), "is no JSON object"),
        ({"architectures": ["BertModel"]}, (), r"no classifier head \(architectures: BertModel\)"),
        ({}, (), r"architectures: none"),
        (CLASSIFIER, (), "holds no weights"),
        (CLASSIFIER, ("pytorch_model.bin",), r"are a pickle \(pytorch_model.bin\).*allow_custom"),
        (
            {**CLASSIFIER, "auto_map": {"AutoConfig": "mine.Config"}},
            ("model.safetensors",),
            "comes with code of its own.*--allow_custom_code",
        ),
    ],
)
def test_a_folder_without_what_it_needs_is_refused(tmp_path, config, files, output):
    source = folder(tmp_path, config, *files)
    with pytest.raises(ConfigurationError, match=output) as raised:
        huggingface.check(source, "models[m].huggingface", allow_custom_code=False)
    assert str(raised.value).startswith("models[m].huggingface: ")
    assert len(raised.value.problems) == 1


def test_what_was_allowed_is_let_through(tmp_path):
    source = folder(tmp_path, {**CLASSIFIER, "auto_map": {"AutoConfig": "x.Y"}}, "model.bin")
    huggingface.check(source, "f", allow_custom_code=True)
    (tmp_path / "safe").mkdir()
    source = folder(tmp_path / "safe", CLASSIFIER, "model.safetensors", "old.bin")
    huggingface.check(source, "f", allow_custom_code=False)


@pytest.mark.parametrize("source", ["./no/such", "/no/such/folder", "a/b/c"])
def test_a_path_of_nothing_is_refused(source):
    with pytest.raises(ConfigurationError, match="is no folder"):
        huggingface.folder_of(source, "f")
