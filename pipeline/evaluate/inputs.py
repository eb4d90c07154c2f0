"""Checks what an evaluation is to read, at once and without TensorFlow or Beam."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import pyarrow as pa

from fairflip.pipeline.evaluate.slice_check import refuse_empty_slices
from fairflip.pipeline.outputs.families import class_label, label_columns
from fairflip.pipeline.read.cells import Cell
from fairflip.pipeline.read.files import CheckedInput, check_inputs, read_file
from fairflip.pipeline.read.judge import CleanBatch
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.records.example_ids import TEST, TRAIN, VALIDATION
from fairflip.pipeline.score.class_sources import class_feature, may_read_classes
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig, RowFilter
from fairflip.protos.errors import InputError
from fairflip.protos.forms.model_specs import gives_several, has_scores, is_open


@dataclasses.dataclass(frozen=True)
class EvaluationInputs:
    """What is read, each input checked beforehand. Either pairs or examples.

    Attributes:
        examples: The originals.
        counterfactuals: Ready-made ones; None where they are generated.
        pairs: Records that hold both sides, instead of the two above.
        training: What a run trains on and validates by: its texts count where it is asked how
            frequent a word is.
    """

    examples: CheckedInput | None = None
    counterfactuals: CheckedInput | None = None
    pairs: CheckedInput | None = None
    training: tuple[CheckedInput, ...] = ()

    @property
    def has_labels(self) -> bool:
        """Whether the originals have a label."""
        originals = self.pairs or self.examples
        return originals is not None and originals.layout.label is not None

    @property
    def originals(self) -> CheckedInput:
        """The input that holds the originals."""
        originals = self.pairs or self.examples
        if originals is None:
            raise ValueError("either pairs or examples must be given")
        return originals

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was found out of the inputs: encoding, separator, labels."""
        given = (self.examples, self.counterfactuals, self.pairs)
        return tuple(note for checked in given if checked is not None for note in checked.notes)

    @property
    def columns(self) -> frozenset[str]:
        """What is read, named as in a pair."""
        names = _read_from(self.pairs or self.examples)
        changed = _read_from(self.counterfactuals)
        return names.union(map(columns.counterfactual, changed))


def _read_from(checked: CheckedInput | None) -> frozenset[str]:
    """The columns that the first file has, of those that are wanted.

    A format without a schema keeps optional columns in the layout that no record has.
    """
    if checked is None:
        return frozenset()
    return frozenset(checked.layout.wanted).intersection(checked.columns)


def check_training_inputs(config: PipelineConfig) -> list[tuple[str, CheckedInput]]:
    """The same of the examples to train on: (the field's name, what was found) of each input."""
    inputs = []
    for name, split in (("train_examples", TRAIN), ("validation_examples", VALIDATION)):
        if patterns := list(getattr(config.data, name)):
            filters = getattr(config.data, name.replace("examples", "filters"))
            layout = training_layout(config, filters, split)
            checked = check_inputs(patterns, layout, config.data.format, f"data.{name}")
            inputs.append((name, checked))
    return inputs


def training_layout(
    config: PipelineConfig, filters: Iterable[RowFilter], split: str, slices: Sequence[str] = ()
) -> RecordLayout:
    """What examples to train on must hold.

    Of a model whose several outputs are trained an example is good that lacks some of their
    labels. Images may have their other side beside them.

    Args:
        config: Complete; the first of its models is the one to retrain.
        filters: Which records are read.
        split: Which split is read.
        slices: Slicing features that training reads.
    """
    data, baseline = config.data, config.models[:1]
    is_several = any(map(gives_several, baseline))
    by_class = class_label(config, baseline) if is_several else ""
    labels = label_columns(config, baseline[0]) if is_several and not by_class else []
    layout = RecordLayout.from_data_spec(
        data,
        "examples",
        slices,
        filters=list(filters),
        label_is_required=not is_several,
        split=split,
        output_labels=[name for name in labels if name != data.label_feature],
        class_label=by_class,
    )
    others = [columns.counterfactual(name) for name in data.image_features]
    cells = tuple(Cell(name, is_optional=True, is_image=True) for name in others)
    layout = dataclasses.replace(layout, cells=layout.cells + cells)
    if is_several and data.label_feature not in labels:
        layout = dataclasses.replace(layout, label=None)
    return layout


def first_records(checked: CheckedInput, num_rows: int = 200) -> pa.RecordBatch:
    """The good ones of an input's first records.

    Raises:
        InputError: There are none.
    """
    return first_judged(checked, num_rows).batch


def first_judged(checked: CheckedInput, num_rows: int) -> CleanBatch:
    """The first records of the first file that has any, and how they fared."""
    filled = [entry.path for entry in checked.files if entry.size_bytes]
    parts = read_file(filled[0], checked.layout, checked.file_format, num_rows)
    first = next(iter(parts), None)
    if first is None:
        raise InputError(f"{filled[0]}: holds no records; give a file with records")
    return first


def _is_list(model: ModelSpec) -> bool:
    """Whether a column of lists holds the scores of a model of several outputs."""
    return bool(model.score_feature) and gives_several(model)


def check_evaluation_inputs(config: PipelineConfig) -> EvaluationInputs:
    """Finds files, opens the first of each input and looks for its columns.

    Takes well under a second for local files, without TensorFlow.

    Raises:
        InputError: No such file, unreadable, empty, without a needed column, or a
            slice that no record is in.
    """
    data = config.data
    slices = list(config.evaluation.slices)
    # Read as a slicing feature is: one text or number in each record.
    cluster = config.evaluation.cluster_feature
    features = [*slices, cluster] if cluster and cluster not in slices else slices
    scored_in_data = [model for model in config.models if has_scores(model)]
    scores = [
        feature
        for model in scored_in_data
        for feature in model.score_features or [model.score_feature]
        if not _is_list(model)
    ]
    lists = [
        (model.score_feature, 0 if is_open(model) else len(model.output_names))
        for model in scored_in_data
        if _is_list(model)
    ]
    classes = []
    if scored_in_data and may_read_classes(config.evaluation.eval_config):
        classes = [class_feature(model) for model in scored_in_data if not _is_list(model)]

    by_class = class_label(config, config.models)

    def check(field: str, kind: str, score_features: Sequence[str] = ()):
        patterns = list(getattr(data, field))
        if not patterns:
            return None
        layout = RecordLayout.from_data_spec(
            data,
            kind,
            features,
            score_features,
            class_features=classes,
            # The second answers say how many decisions change without an edit.
            num_repeats=max(config.evaluation.repeats, 2),
            split=TEST if kind == "examples" else "",
            vector_lengths=lists,
            output_labels=[
                each.column
                for each in data.output_labels
                if each.column not in (by_class, data.label_feature)
            ],
            class_label=by_class,
        )
        checked = check_inputs(patterns, layout, data.format, f"data.{field}")
        if kind != "counterfactuals":
            refuse_empty_slices(checked, slices, f"data.{field}")
        return checked

    if data.pairs:
        return EvaluationInputs(pairs=check("pairs", "pairs", scores))
    return EvaluationInputs(
        examples=check("examples", "examples", scores),
        counterfactuals=check("counterfactuals", "counterfactuals", scores),
    )
