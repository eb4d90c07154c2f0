"""How frequent a word is for controls: in all texts of the run, those trained on too."""

from __future__ import annotations

import dataclasses
import pathlib

import pandas as pd
import pyarrow as pa
import pytest

from fairflip.pipeline.beam.options import beam_options
from fairflip.pipeline.evaluate import jobs
from fairflip.pipeline.evaluate.inputs import check_evaluation_inputs, check_training_inputs
from fairflip.pipeline.generate.batch import make_generator
from fairflip.pipeline.generate.control_transforms import table_with_controls
from fairflip.pipeline.generate.transforms import generate_table
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import config_pb2
from support.recount import read_folder

pytestmark = pytest.mark.system

NAMES = PairColumns(id="example_id", text="comment_text", label="toxicity")
OTHERS = ("garden", "river", "stone", "bread", "cloud", "lamp", "wheel", "glove")


def table(texts: list[str], name: str) -> pd.DataFrame:
    ids = [f"{name}{i}" for i in range(len(texts))]
    labels = [i % 2 for i in range(len(texts))]
    return pd.DataFrame({"example_id": ids, "comment_text": texts, "toxicity": labels})


def test_controls_are_drawn_by_the_frequencies_of_all_texts(tmp_path):
    pairs_of_words = [(OTHERS[i % 8], OTHERS[(i + i // 8 + 1) % 8]) for i in range(40)]
    examples = table([f"she saw {one} {other}" for one, other in pairs_of_words], "e")
    # One word is as frequent there as the term, and all others are rare.
    train = table(["she saw a garden"] * 2000, "t")
    examples.to_csv(tmp_path / "examples.csv", index=False)
    train.to_csv(tmp_path / "train.csv", index=False)
    config = config_pb2.PipelineConfig(
        data=config_pb2.DataSpec(
            examples=[str(tmp_path / "examples.csv")],
            train_examples=[str(tmp_path / "train.csv")],
            id_feature="example_id",
            text_feature="comment_text",
            label_feature="toxicity",
        ),
        generator=config_pb2.GeneratorSpec(method="ablation", terms="identity", controls=2),
        evaluation=config_pb2.EvaluationSpec(batch_size=16),
        output=config_pb2.OutputSpec(output_dir=str(tmp_path / "out")),
    )
    alone = check_evaluation_inputs(config)
    training = tuple(checked for _, checked in check_training_inputs(config))
    drawn = {}
    for name, inputs in (
        ("alone", alone),
        ("all", dataclasses.replace(alone, training=training)),
    ):
        config.output.output_dir = str(tmp_path / name)
        jobs.pair_files(config, inputs, beam_options([]))
        rows = read_folder(pathlib.Path(tmp_path / name) / "pairs", with_controls=True)
        drawn[name] = sorted(rows["counterfactual.comment_text"].to_pylist())
    joined, _ = generate_table(
        pa.Table.from_pandas(examples), make_generator(config.generator), NAMES
    )
    for name, texts in (
        ("alone", examples["comment_text"]),
        ("all", [*examples["comment_text"], *train["comment_text"]]),
    ):
        wanted = table_with_controls(joined.pairs, texts, 2, config.generator, NAMES)
        assert drawn[name] == sorted(wanted["counterfactual.comment_text"].to_pylist())
    assert drawn["alone"] != drawn["all"]
