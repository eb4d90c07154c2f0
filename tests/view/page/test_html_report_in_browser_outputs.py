"""The page of a run that retrained several outputs, or classes, in a real Chromium."""

from __future__ import annotations

import pathlib

import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from support.outputs import keras_models
from support.outputs.data import write_examples
from support.outputs.models import ATTRIBUTES

pytestmark = [pytest.mark.browser, pytest.mark.system]


@pytest.fixture(scope="module")
def labelled(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("pages")
    texts = pq.read_table(write_examples(folder))["comment_text"].to_pylist()
    keras_models.five_classes(folder, texts)
    keras_models.seven_attributes(folder, texts)
    return keras_models.write_labelled(folder, texts)


def page_of(labelled: pathlib.Path, kind: str, context, *flags: str):
    out = labelled.parent / f"run_{kind}"
    given = [
        "run",
        f"--examples={labelled}",
        f"--train_examples={labelled}",
        f"--model=mine={labelled.parent / kind}.keras",
        f"--output_dir={out}",
        "--generator=substitution",
        "--loss_weight=20",
        "--epochs=4",
        "--controls=0",
        "--quiet",
    ]
    assert cli.main([*given, *flags]) == 0
    page = context.new_page()
    page.goto((out / "report.html").as_uri())
    return page


def test_both_models_of_classes_have_a_table_of_changes(labelled, context, watch):
    flags = ["--decision=mine=argmax", "--label_feature=emotion"]
    page = page_of(labelled, "five", context, *flags)
    tables = page.locator("table.transitions")
    assert tables.count() == 2
    assert all(tables.nth(n).is_visible() for n in range(2))
    text = page.inner_text("body")
    assert "mine" in text
    assert "remediated" in text
    assert (watch.outside, watch.errors) == ([], [])


def test_each_attribute_shows_both_models(labelled, context, watch):
    labels = [f"--label_feature={name}={name}" for name in ATTRIBUTES]
    page = page_of(labelled, "seven", context, f"--output=mine={','.join(ATTRIBUTES)}", *labels)
    text = page.inner_text("body")
    for name in ATTRIBUTES:
        assert f"mine/{name}" in text
        assert f"remediated/{name}" in text
    assert (watch.outside, watch.errors) == ([], [])
