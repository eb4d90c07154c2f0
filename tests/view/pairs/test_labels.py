"""Which column holds the label of each model, and how a label is compared."""

from __future__ import annotations

import math

import pytest

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.view.pairs.labels import label_columns, label_text


def report(*models: tuple[str, str, str, str]) -> report_pb2.RunReport:
    made = report_pb2.RunReport()
    for name, model, output, decision in models:
        made.models.add(name=name, model=model, output=output, decision=decision)
    return made


def config(label: str, **of_outputs: str) -> PipelineConfig:
    made = PipelineConfig()
    made.data.label_feature = label
    for output, column in of_outputs.items():
        made.data.output_labels.add(output=output, column=column)
    return made


def test_each_output_has_the_column_of_its_own_or_that_of_all():
    models = report(
        ("mine/insult", "mine", "insult", "threshold"),
        ("mine/threat", "mine", "threat", "threshold"),
        ("sorter", "sorter", "", "argmax"),
        ("other", "other", "", "argmax"),
    )
    assert label_columns(models, config("toxic", insult="is_insult", sorter="kind")) == {
        "mine/insult": "is_insult",
        "mine/threat": "toxic",
        "sorter": "kind",
        "other": "toxic",
    }


def test_without_a_configuration_it_is_the_usual_column_and_a_name_of_ours_is_told_apart():
    models = report(("mine", "", "", ""))
    assert label_columns(models, PipelineConfig()) == {"mine": "toxicity"}
    assert label_columns(models, config("group")) == {"mine": "original.group"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0, "0"),
        (True, "1"),
        (None, ""),
        (math.nan, ""),
        ("joy", "joy"),
        (b"joy", "joy"),
        ("", ""),
    ],
)
def test_a_label_is_one_zero_or_the_name_of_a_class(value, text):
    assert label_text(value) == text
