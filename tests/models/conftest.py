"""Models of other libraries, made once for all tests of this folder."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd
import pytest

import fairflip
from support import transformer_zoo


class Transformer(NamedTuple):
    """A classifier's folder, and the folder of its ONNX form."""

    folder: pathlib.Path
    onnx: pathlib.Path


@pytest.fixture(scope="session", params=["tiny", "fine_tuned"])
def transformer(request, tmp_path_factory) -> Transformer:
    folder = tmp_path_factory.mktemp(request.param)
    save = {"tiny": transformer_zoo.save_tiny, "fine_tuned": transformer_zoo.save_fine_tuned}
    save[request.param](folder)
    return Transformer(folder, transformer_zoo.export_onnx(folder, folder / "exported"))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("tiny")
    transformer_zoo.save_tiny(folder)
    return folder


@pytest.fixture(scope="session")
def comments() -> pd.DataFrame:
    return transformer_zoo.comments()


@pytest.fixture(scope="session")
def evaluate(comments):
    """Evaluates models on the comments and their generated counterfactuals."""

    def evaluated(models: Mapping[str, Any], **fields: Any) -> fairflip.Result:
        return fairflip.evaluate(
            comments, models, id="id", text="text", label="label", terms="identity", **fields
        )

    return evaluated
