"""A run whose remedy trains nothing: both models side by side, and how to ask the second again."""

from __future__ import annotations

import pathlib
import sys
import types

import numpy as np
import pytest
from google.protobuf import text_format

import fairflip
from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.protos.config_pb2 import PipelineConfig
from support.recount import read_folder

pytestmark = pytest.mark.system

WORDS = ("sings", "is a fool", "walks", "likes tea", "is late")
TEXTS = [
    f"{who} {does} and {more}"
    for who in ("she", "he", "my mother", "a cat", "the teacher", "the men")
    for does in WORDS
    for more in WORDS
]


def score(texts):
    """Says yes to fools, and sooner of women."""
    return [
        0.1 + 0.35 * ("fool" in text) + 0.2 * text.startswith(("she", "my mother"))
        for text in texts
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    module = types.ModuleType("model_to_average")
    module.score = score
    sys.modules[module.__name__] = module
    yield tmp_path_factory.mktemp("averaging")
    del sys.modules[module.__name__]


@pytest.fixture(scope="module")
def table(folder):
    import pyarrow as pa
    import pyarrow.csv

    path = folder / "texts.csv"
    ids = [f"t{i}" for i in range(len(TEXTS))]
    labels = [int("fool" in text) for text in TEXTS]
    pyarrow.csv.write_csv(
        pa.table({"example_id": ids, "comment_text": TEXTS, "toxicity": labels}), path
    )
    return str(path)


@pytest.fixture(scope="module")
def run(folder, table):
    return fairflip.run(
        table,
        {"plain": "py:model_to_average:score"},
        technique="averaging",
        method="substitution",
        controls=1,
        thresholds=[0.5],
        output_dir=str(folder / "run"),
    )


def test_both_models_stand_side_by_side_with_the_price(run):
    plain, averaged = run.report.models
    assert (plain.name, averaged.name) == ("plain", "remediated")
    flips = [model.slices[0].thresholds[0].flip_count for model in run.report.models]
    # A fool is said of a woman and not of a man: 9 of 25 texts for she, my mother and he.
    assert flips == [27, 0]
    assert not plain.HasField("calls")
    with_terms = sum(not text.startswith(("a cat", "the teacher")) for text in TEXTS)
    calls = averaged.calls
    assert (calls.num_texts, calls.num_calls) == (len(TEXTS), len(TEXTS) + with_terms)


def test_scores_are_means_of_the_models_own(run):
    pairs = read_folder(pathlib.Path(run.output_dir) / "scored_pairs")
    remedy = TextsToAsk(_specification(run).models[0].at_inference)
    for side in ("", "counterfactual."):
        texts = pairs[f"{side}comment_text"].to_pylist()
        expected = [np.mean(score(asked)) for asked in remedy.of(texts)]
        np.testing.assert_allclose(
            pairs[f"{side}score.remediated"].to_numpy(), expected, rtol=0, atol=1e-12
        )


def _specification(run):
    path = pathlib.Path(run.output_dir) / "models" / "remediated" / "model.textproto"
    return text_format.Parse(path.read_text(), PipelineConfig())


def test_the_model_is_a_function_and_another_command_can_ask_it(run, table, folder):
    texts = TEXTS[:40]
    asked = TextsToAsk(_specification(run).models[0].at_inference).of(texts)
    np.testing.assert_allclose(run.model(texts), [np.mean(score(each)) for each in asked])
    again = fairflip.evaluate(
        table, config=_specification(run), method="substitution", controls=1, thresholds=[0.5]
    )
    flips = [r.report.models[-1].slices[0].thresholds[0] for r in (again, run)]
    assert flips[0].flip_count == flips[1].flip_count
    assert again.report.models[0].calls == run.report.models[1].calls


def test_remediate_writes_the_specification_and_needs_no_training_data(table, folder):
    result = fairflip.remediate(
        None,
        {"plain": "py:model_to_average:score"},
        technique="blindness",
        output_dir=str(folder / "remediate"),
    )
    spec = _specification(result).models[0]
    assert (spec.name, spec.function) == ("remediated", "model_to_average:score")
    assert spec.at_inference.technique == "blindness"
    np.testing.assert_allclose(result.model(["she is a fool"]), score(["is a fool"]))
