"""Which column of scored pairs holds the label by which a model is right or wrong."""

from __future__ import annotations

from collections.abc import Mapping

from fairflip.protos import columns, report_pb2
from fairflip.protos.config_pb2 import DataSpec, PipelineConfig
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.forms.model_specs import ARGMAX


def label_columns(report: report_pb2.RunReport, config: PipelineConfig) -> dict[str, str]:
    """The column of each model of a report, whether the data has it or not.

    Args:
      report: its models, of which each decides by a threshold or by argmax.
      config: the run's own.
    """
    general = config.data.label_feature or default_of(DataSpec, "label_feature")
    own = {one.output: one.column for one in config.data.output_labels}
    return {
        model.name: columns.own(own.get(model.output) or _of_classes(model, own) or general)
        for model in report.models
    }


def _of_classes(model: report_pb2.ModelReport, own: Mapping[str, str]) -> str:
    """A model that decides by argmax is itself what its label is named for."""
    return own.get(model.model or model.name, "") if model.decision == ARGMAX else ""


def label_text(value: object) -> str:
    """A label as the page compares it: "1" and "0", or the name of a class; "" for none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, bool | int | float):
        return "" if value != value else f"{float(value):g}"
    return str(value)
