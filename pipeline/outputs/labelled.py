"""Which outputs of a model are retrained, and where the labels of each stand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.outputs.families import class_label, label_columns
from fairflip.pipeline.records.reject_limit import MISSING_LABEL
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import gives_several, outputs_of
from fairflip.remediation.training.data import TrainedOutputs
from fairflip.remediation.training.tables import LabelledOutputs


def labelled_outputs(config: PipelineConfig) -> LabelledOutputs | None:
    """Which numbers of the first model are trained, where several are, and by which columns.

    Raises:
        ConfigurationError: Classes have no label, or a weight is of no output.
    """
    if not any(map(gives_several, config.models[:1])):
        return None
    baseline, spec = config.models[0], config.remediation
    names = tuple(baseline.output_names)
    outputs = outputs_of(baseline)
    weights = {each.output: each.weight for each in spec.output_weights}
    if outputs[0].is_argmax:
        label = class_label(config, [baseline])
        if not label or weights:
            raise ConfigurationError(
                "data.label_feature: classes are retrained by the column that names each "
                f"example's class; give --label_feature {baseline.name}=COLUMN"
                if not label
                else "remediation.output_weights: classes are retrained together; leave it out"
            )
        return LabelledOutputs(
            TrainedOutputs(names, are_classes=True), (label,), outputs[0].classes
        )
    known = [output.output for output in outputs]
    for name in weights:
        if name not in known:
            raise ConfigurationError(
                f"remediation.output_weights names {name!r}; the outputs that are retrained are "
                f"{', '.join(known)}"
            )
    chosen = TrainedOutputs(names, weights=tuple(weights.get(name, 1.0) for name in known))
    return LabelledOutputs(chosen, tuple(label_columns(config, baseline)))


def without_unlabelled(
    table: pa.Table, labelled: LabelledOutputs, id_column: str, field: str
) -> tuple[pa.Table, list[RejectedRecord]]:
    """The examples with a label of any output, and a reject for each other one."""
    is_known = np.zeros(table.num_rows, bool)
    for name in dict.fromkeys(labelled.columns):
        is_known |= pc.is_valid(table[name]).to_numpy()
    detail = f"none of {', '.join(map(repr, dict.fromkeys(labelled.columns)))} is there"
    rejects = [
        RejectedRecord("read", MISSING_LABEL, field, str(record), detail)
        for record in table[id_column].filter(pa.array(~is_known)).to_pylist()
    ]
    return table.filter(pa.array(is_known)), rejects
