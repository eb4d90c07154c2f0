"""Trains in a run: the baseline where there is none, and the remediated model.

Reads training data into memory: retraining happens in one process here, or in
a trainer of the user's own. Evaluation is what scales out.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.flips.buckets import bucket_of
from fairflip.pipeline.config.model_checks import uses_min_diff
from fairflip.pipeline.evaluate.inputs import training_layout
from fairflip.pipeline.generate.batch import make_generator
from fairflip.pipeline.generate.control_transforms import table_with_controls
from fairflip.pipeline.generate.transforms import generate_table
from fairflip.pipeline.outputs.labelled import labelled_outputs, without_unlabelled
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.read.layout import ROW_ID
from fairflip.pipeline.read.raw import row_root
from fairflip.pipeline.read.transforms import RecordLayout, read_table
from fairflip.pipeline.records.example_ids import TRAIN, VALIDATION
from fairflip.pipeline.records.reject_limit import all_left_out
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.score.handlers.images import tables_with_pixels
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import local_work_folder
from fairflip.pipeline.tabular.swap import AttributeSwap
from fairflip.pipeline.tabular.transforms import (
    sample_of,
    swapped_table,
    table_with_cell_controls,
)
from fairflip.protos import columns
from fairflip.protos.config_pb2 import DataSpec, ModelSpec, PipelineConfig, RowFilter
from fairflip.protos.edits import control_mask
from fairflip.protos.errors import InputError
from fairflip.protos.forms.run_edits import ATTRIBUTE
from fairflip.remediation.training.data import TrainingData
from fairflip.remediation.training.tables import training_data_from_tables

Say = Callable[[float, str], None]

#: One in so many training examples is kept for validation where no others are named.
VALIDATION_SHARE = 10
#: Not the run's seed: every run on the same examples keeps the same ones.
_SPLIT_SEED = 20


@dataclasses.dataclass(frozen=True)
class TrainingTables:
    """What is trained on, read and paired.

    Attributes:
        train: Labelled examples.
        pairs: Their counterfactuals, as pair rows; None: none were asked for.
        validation: Labelled examples for early stopping and for a sweep's choice;
            None: none.
        validation_pairs: The pairs of `validation`.
        rejects: What was left out on the way.
    """

    train: pa.Table
    pairs: pa.Table | None
    validation: pa.Table | None
    validation_pairs: pa.Table | None
    rejects: tuple[RejectedRecord, ...]

    @property
    def num_kept(self) -> int:
        """Training and validation examples together."""
        return self.train.num_rows + (0 if self.validation is None else self.validation.num_rows)


def read_labelled(
    config: PipelineConfig,
    patterns: Sequence[str],
    filters: Iterable[RowFilter],
    field: str,
    split: str,
) -> tuple[pa.Table, list[RejectedRecord]]:
    """Labelled examples with the slicing features that training needs.

    Raises:
        InputError: No file, no label, or no record is left.
    """
    layout = training_layout(config, filters, split, training_slices(config))
    if layout.id == ROW_ID:
        layout = dataclasses.replace(layout, row_root=_row_root(config.data))
    table, rejects = read_table(list(patterns), layout, config.data.format, field=field)
    labelled = labelled_outputs(config)
    if labelled is not None:
        table, unlabelled = without_unlabelled(table, labelled, layout.id, field)
        rejects += unlabelled
    if not table.num_rows:
        why = "the filter passes over every record; give a value that occurs, or drop it"
        raise InputError(f"{field}: {all_left_out(len(rejects), rejects) if rejects else why}")
    return table, rejects


def _row_root(data: DataSpec) -> str | None:
    """How rows are named: those of training and validation must not share a name."""
    return row_root(
        entry.path
        for field in ("train_examples", "validation_examples")
        if getattr(data, field)
        for entry in filesystem.match(list(getattr(data, field)), f"data.{field}")
    )


def training_slices(config: PipelineConfig) -> list[str]:
    """The slicing features that MinDiff and the group gaps of a sweep read."""
    group = config.remediation.min_diff_group
    features = [group.partition(":")[0]] if uses_min_diff(config.remediation) else []
    if is_sweep(config):
        plain = (name for entry in config.evaluation.slices for name in entry.split(","))
        features += [name for name in plain if name not in columns.PAIR_SLICES]
    return list(dict.fromkeys(name for name in features if name))


def is_sweep(config: PipelineConfig) -> bool:
    """Whether several settings are to be tried, and one chosen."""
    spec = config.remediation
    weights = (spec.loss_weights, spec.control_weights)
    return any(len(each) > 1 for each in weights) or bool(spec.sweep_losses)


def needs_validation(config: PipelineConfig) -> bool:
    """Whether training stops, or a sweep chooses, by examples that are not trained on."""
    return is_sweep(config) or config.remediation.early_stopping_patience > 0


def split_for_validation(examples: pa.Table, id_feature: str) -> tuple[pa.Table, pa.Table]:
    """Keeps a tenth of the examples for validation, chosen by a hash of their IDs.

    The choice depends on each ID alone: not on a seed, the order or the files. So rows
    with one ID stay together, and their counterfactuals with them.

    Returns:
        The examples to train on and those to validate on.

    Raises:
        InputError: One of the two would be empty.
    """
    train, validation = _hash_split(examples, id_feature)
    if not (train.num_rows and validation.num_rows):
        raise InputError(
            f"data.train_examples: {examples.num_rows:,} examples are too few to keep one in "
            f"{VALIDATION_SHARE} for validation; give data.validation_examples"
        )
    return train, validation


def _hash_split(examples: pa.Table, id_feature: str) -> tuple[pa.Table, pa.Table]:
    is_kept = pa.array(bucket_of(examples[id_feature], VALIDATION_SHARE, _SPLIT_SEED) == 0)
    return examples.filter(pc.invert(is_kept)), examples.filter(is_kept)


def read_examples(
    config: PipelineConfig,
) -> tuple[pa.Table, pa.Table | None, list[RejectedRecord]]:
    """Training and validation examples: those named, or a hash split where they are needed.

    Raises:
        InputError: No file, no label, or no record is left.
    """
    data = config.data
    train, rejects = read_labelled(
        config, data.train_examples, data.train_filters, "data.train_examples", TRAIN
    )
    if data.validation_examples:
        validation, more = read_labelled(
            config,
            data.validation_examples,
            data.validation_filters,
            "data.validation_examples",
            VALIDATION,
        )
        return train, validation, rejects + more
    if needs_validation(config):
        return *split_for_validation(train, data.id_feature), rejects
    return train, None, rejects


def pair_table(
    config: PipelineConfig, examples: pa.Table
) -> tuple[pa.Table | None, list[RejectedRecord]]:
    """Pairs of the training examples: joined by ID where given, generated otherwise."""
    data, names = config.data, PairColumns.of(config.data)
    if data.counterfactuals:
        layout = RecordLayout.from_data_spec(data, "counterfactuals")
        table, rejects = read_table(
            list(data.counterfactuals), layout, data.format, field="data.counterfactuals"
        )
        # One file of counterfactuals may serve evaluation and training: those of
        # other originals are not rejects of training.
        return join_tables(examples, table, names).pairs, rejects
    if data.image_features:  # their other sides stand beside them
        joined = admit_tables(examples, names)
        return joined.pairs, joined.rejects
    if config.generator.method == ATTRIBUTE:
        sample = sample_of(examples, config.generator, names, config.seed)
        swap = AttributeSwap.of(config.generator, sample.counts)
        return swapped_table(examples, swap, names)[0].pairs, []
    generator = make_generator(config.generator)
    joined, _ = generate_table(examples, generator, names, config.generator.min_validity)
    return joined.pairs, []


def read_training_tables(config: PipelineConfig, with_pairs: bool) -> TrainingTables:
    """Reads training and validation examples, and pairs them if asked.

    Raises:
        InputError: No file, no label, or no record is left.
    """
    train, validation, rejects = read_examples(config)
    pairs = validation_pairs = None
    if with_pairs:
        pairs, more = pair_table(config, train)
        rejects += more
        if validation is not None:
            validation_pairs, _ = pair_table(config, validation)
    tables: dict[str, Any] = {"train": train, "pairs": pairs, "validation": validation}
    tables["validation_pairs"] = validation_pairs
    if config.data.image_features:
        tables, damaged = tables_with_pixels(tables, config.models[0], config.data.id_feature)
        rejects += damaged
    return TrainingTables(**tables, rejects=tuple(rejects))


def needs_pairs(config: PipelineConfig) -> bool:
    """Whether the technique, or a sweep's price, looks at counterfactuals."""
    return config.remediation.technique in {"clp", "augmentation"} or is_sweep(config)


def training_controls(config: PipelineConfig, tables: TrainingTables) -> pa.Table | None:
    """Controls of the training pairs, where a setting has them trained on."""
    if tables.pairs is None or not any(config.remediation.control_weights):
        return None
    names = PairColumns.of(config.data)
    if config.generator.method == ATTRIBUTE:
        sample = sample_of(tables.train, config.generator, names, config.seed)
        made = table_with_cell_controls(tables.pairs, sample, config.generator, names, config.seed)
        return made.filter(pa.array(control_mask(made)))
    with_controls = table_with_controls(
        tables.pairs,
        tables.train[names.text].cast(pa.string()).to_pylist(),
        max(1, config.generator.controls),
        config.generator,
        names,
        config.seed,
    )
    return with_controls.filter(pa.array(control_mask(with_controls)))


def training_data(config: PipelineConfig, tables: TrainingTables) -> TrainingData:
    """The tables as arrays for the training step."""
    data = config.data
    pairs = [t for t in (tables.pairs, tables.validation_pairs) if t is not None]
    return training_data_from_tables(
        tables.train,
        pa.concat_tables(pairs, promote_options="permissive") if pairs else None,
        tables.validation,
        controls=training_controls(config, tables),
        id_feature=data.id_feature,
        text_feature=data.text_feature,
        input_features=tuple(data.input_features),
        label_feature=data.label_feature,
        weight_feature=data.weight_feature,
        label_threshold=data.label_threshold,
        slices=training_slices(config),
        held_out_terms=tuple(config.remediation.held_out_terms),
        labelled=labelled_outputs(config),
    )


def train_baseline_model(config: PipelineConfig, model: ModelSpec, folder: str, say: Say) -> None:
    """Trains the text classifier that `model.train` describes and saves it into `folder`."""
    from fairflip.remediation.training import baseline_model, saved_model

    data, train = config.data, model.train
    table, validation = _examples_of_baseline(config)
    texts = table[data.text_feature].to_numpy(zero_copy_only=False)
    weights = None
    if data.weight_feature:
        weights = table[data.weight_feature].to_numpy(zero_copy_only=False)
    classifier = baseline_model.build_text_classifier(
        texts,
        seed=config.seed,
        vocabulary_size=train.vocabulary_size,
        sequence_length=train.max_tokens,
        learning_rate=train.learning_rate,
        text_feature=data.text_feature,
    )
    baseline_model.train_baseline(
        classifier,
        texts,
        table[data.label_feature].to_numpy(zero_copy_only=False),
        weights=weights,
        validation=None
        if validation is None
        else tuple(
            validation[name].to_numpy(zero_copy_only=False)
            for name in (data.text_feature, data.label_feature)
        ),
        epochs=train.epochs,
        patience=baseline_model.patience_for(table.num_rows, train.batch_size),
        batch_size=train.batch_size,
        seed=config.seed,
        progress=say,
    )
    with local_work_folder(folder) as local:
        saved_model.save_model(classifier, local, text_feature=data.text_feature)


def _examples_of_baseline(config: PipelineConfig) -> tuple[pa.Table, pa.Table | None]:
    """What the baseline is trained on, and what tells when it has learnt."""
    from fairflip.remediation.training.baseline_model import enough_to_rank

    # Examples that a sweep chooses by are new to every model, the baseline too.
    table, validation, _ = read_examples(config)
    if validation is None:
        train, held_back = _hash_split(table, config.data.id_feature)
        if train.num_rows and enough_to_rank(held_back[config.data.label_feature]):
            return train, held_back
    return table, validation


def load_baseline(model: ModelSpec) -> Any:
    """The Keras model to start from.

    Raises:
        ConfigurationError: It holds code that was not allowed.
        InputError: It is no Keras model: a SavedModel can be scored, not retrained.
    """
    import keras

    from fairflip.remediation.training.saved_model import load_model

    if not model.path:
        raise InputError(
            f"model {model.name!r} has no path; remediation starts from a .keras file: "
            f"give --model {model.name}=PATH"
        )
    checks.import_modules(model)
    checks.check_custom_code(model)
    with tempfile.TemporaryDirectory() as folder:
        local = filesystem.copy_to_local(model.path, folder)
        loaded = load_model(local, model.allow_custom_code)
    if not isinstance(loaded, keras.Model):
        raise InputError(
            f"model {model.name!r} at {model.path!r} is a SavedModel, which cannot be trained "
            "further; give the .keras file it was exported from"
        )
    return loaded


def remediate_model(
    config: PipelineConfig, baseline: ModelSpec, data: TrainingData, folder: str, say: Say
) -> Any:
    """Retrains the baseline; writes the model and the training record.

    A Keras model is written as model.keras and a SavedModel, one of Hugging Face as a folder.

    Returns:
        The Keras model, or the one of Hugging Face with its tokenizer.
    """
    if baseline.huggingface and not config.remediation.trainer:
        from fairflip.pipeline.run.huggingface_training import retrain_huggingface

        return retrain_huggingface(config, baseline, data, folder, say)
    from fairflip.remediation.training.saved_model import save_model
    from fairflip.remediation.training.step import remediate

    with local_work_folder(folder) as local:
        result = remediate(
            config.remediation,
            data,
            load_baseline(baseline),
            output_name=baseline.output_name,
            seed=config.seed,
            output_dir=local,
            progress=say,
        )
        save_model(
            result.model,
            local,
            text_feature=config.data.text_feature,
            input_features=tuple(config.data.input_features),
        )
    return result.model
