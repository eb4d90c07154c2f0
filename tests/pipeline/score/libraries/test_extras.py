"""A missing package is a sentence with the command that installs it."""

from __future__ import annotations

import pytest

from fairflip.pipeline.score.libraries import extras
from fairflip.protos.errors import ConfigurationError


def test_what_is_missing_is_named_with_the_command(monkeypatch):
    monkeypatch.setitem(extras.MODULES, "onnx", ("json", "no_such_module_here"))
    with pytest.raises(ConfigurationError) as raised:
        extras.require("onnx", "models[m].onnx_file", also=("neither_is_this", "nor_this"))
    assert str(raised.value) == (
        "models[m].onnx_file: needs no_such_module_here, neither_is_this and nor_this, which this "
        "environment does not have; run pip install 'fairflip[onnx]'"
    )
    monkeypatch.setitem(extras.MODULES, "onnx", ("json",))
    extras.require("onnx", "models[m].onnx_file")


def test_every_extra_is_declared(repository):
    declared = (repository / "pyproject.toml").read_text(encoding="utf-8")
    for extra in extras.MODULES:
        assert f"\n{extra} = [" in declared
