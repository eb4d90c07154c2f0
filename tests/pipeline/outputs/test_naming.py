"""Names of outputs: what cannot be one, and what only data or a model can say."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from fairflip.pipeline.config.settings import validate
from fairflip.pipeline.outputs.naming import with_named_outputs
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.model_specs import file_name, output_problems, outputs_of


def config(**model) -> PipelineConfig:
    return PipelineConfig(models=[{"name": "m", "score_feature": "p", **model}])


def read(*lists) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"p": pa.array(lists, pa.list_(pa.float64()))})


def test_lists_of_scores_say_how_many_outputs_there_are():
    named = with_named_outputs(config(output_names=["*"]), lambda: read([0.1, 0.2], None))
    assert [output.name for output in outputs_of(named.models[0])] == ["m/0", "m/1"]
    classes = with_named_outputs(config(decision="argmax"), lambda: read([0.1, 0.2, 0.7]))
    [output] = outputs_of(classes.models[0])
    assert (output.name, output.classes) == ("m", ("0", "1", "2"))


def test_lists_of_several_lengths_are_refused_with_both():
    with pytest.raises(InputError, match="lists of 1 and 2 numbers in the first records; expected"):
        with_named_outputs(config(output_names=["*"]), lambda: read([0.1], [0.1, 0.2]))


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ([{"name": "m", "output_names": ["a\nb"]}], "cannot be part of a name"),
        ([{"name": "m", "output_names": ["a"], "decision": "argmax"}], "give at least two"),
        (
            [{"name": "m", "output_names": ["a"]}, {"name": "m__a"}],
            "would be one file 'm__a'",
        ),
        (
            [{"name": "m", "score_features": ["f", "g"], "output_names": ["a"]}],
            "names 1 outputs, and score_features 2 columns",
        ),
    ],
)
def test_names_that_clash_or_cannot_be_written_are_refused(models, message):
    [problem] = output_problems(PipelineConfig(models=models).models)
    assert message in problem
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        with_named_outputs(PipelineConfig(models=models), read)


def test_a_name_in_a_file_holds_nothing_that_a_file_system_reads():
    assert file_name("mine/insult") == "mine__insult"
    assert file_name("mine/../x y:1") == "mine__..__x%20y%3A1"


@pytest.mark.parametrize(
    ("model", "remediation", "message"),
    [
        ({"path": "m.keras"}, {"loss_weights": [1, 2]}, "loss_weights: a sweep weighs flips"),
        ({"path": "m.keras"}, {"sweep_losses": ["mmd"]}, "remediation: a sweep weighs flips"),
        ({"train": {}}, {}, "models[0].train: a model that is trained here gives one score"),
        ({"huggingface": "folder"}, {}, "models[0].huggingface: several outputs are retrained of"),
        ({"huggingface": "folder"}, {"technique": "averaging"}, ""),
        ({"path": "m.keras"}, {}, ""),
    ],
)
def test_what_is_not_done_of_several_outputs(model, remediation, message):
    config = PipelineConfig(
        models=[{"name": "m", "output_names": ["a", "b"], **model}],
        remediation=remediation,
        data={"examples": ["e.csv"], "train_examples": ["t.csv"]},
    )
    with pytest.raises(ConfigurationError) as refused:
        validate(config, "run")
    output = "\n".join(refused.value.problems)
    assert message in output
    assert ("several" in output or "sweep" in output or "here" in output) == bool(message)


def test_a_weight_is_of_one_of_several_outputs():
    config = PipelineConfig(
        models=[{"name": "m", "path": "m.keras"}],
        remediation={"output_weights": [{"output": "a", "weight": 2}]},
        data={"examples": ["e.csv"], "train_examples": ["t.csv"]},
    )
    with pytest.raises(ConfigurationError, match=r"output_weights: one output of the first model"):
        validate(config, "run")
