"""Training data of which nothing is left stops a run, with the field and the reason."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.run import training
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError


def a_config(path, lines: list[str], **data) -> PipelineConfig:
    path.write_text("\n".join(["example_id,comment_text,toxicity,split", *lines]) + "\n")
    config = PipelineConfig(data=data)
    config.data.train_examples.append(str(path))
    return with_defaults(config)


@pytest.mark.parametrize(
    ("lines", "data", "words"),
    [
        (["1,she sat,2,train", "2,he ran,3,train"], {}, r"all 2 records.*each as label_out_of"),
        (["1, ,1,train", "2,he ran,3,train"], {}, r"all 2 records.*1 of them as empty_text"),
        (
            ["1,she sat,1,test"],
            {"train_filters": [{"column": "split", "value": "train"}]},
            "the filter passes over every record",
        ),
    ],
)
def test_nothing_left_to_train_on(tmp_path, lines, data, words):
    with pytest.raises(InputError, match=f"data.train_examples: .*{words}"):
        training.read_examples(a_config(tmp_path / "a.csv", lines, **data))
