"""The sweep inside a run: several techniques, losses and weights, one choice by a stated rule."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.averaging.functions import RemediedModel
from fairflip.pipeline.averaging.in_graph import write_remedy
from fairflip.pipeline.averaging.remedies import remedied, remedy_of
from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.pipeline.generate.control_transforms import table_with_controls
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.run.training import Say, TrainingTables, load_baseline, training_data
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import local_work_folder
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.report_pb2 import Sweep
from fairflip.remediation.sweep.sweep import evaluation_data_from_tables, price_table, sweep


def sweep_models(
    config: PipelineConfig, baseline: ModelSpec, tables: TrainingTables, folder: str, say: Say
) -> tuple[Any, Sweep]:
    """Retrains with every setting, prices each on the validation examples, saves the chosen one.

    The choice is made on validation examples, so that the evaluation that
    follows is of a model it had no part in choosing.

    Chosen may be a remedy at inference too. Nothing is chosen, and no model written, where there
    is nothing to remove: `nothing_to_remove` of the sweep says so.

    Returns:
        The chosen Keras model, the baseline as a function with the remedy, or None, and the
        sweep for the report.

    Raises:
        InputError: There are no validation pairs, or no setting kept within the
            AUC budget without losing its positives or flipping more controls.
    """
    if tables.validation is None or not tables.validation_pairs:
        raise InputError(
            "a sweep chooses on validation examples with counterfactuals, and none of the "
            "validation examples has one; give more, or others, in data.validation_examples"
        )
    data = config.data
    # Flips are priced at one threshold, as the choice is one.
    threshold = config.evaluation.thresholds[0]
    evaluation = evaluation_data_from_tables(
        tables.validation,
        _with_controls(config, tables),
        id_feature=data.id_feature,
        text_feature=data.text_feature,
        input_features=tuple(data.input_features),
        label_feature=data.label_feature,
        label_threshold=data.label_threshold,
        slices=_grouping_features(config, tables.validation),
        held_out_terms=tuple(config.remediation.held_out_terms),
    )
    # Records of all settings stay beside the model that was chosen.
    with local_work_folder(filesystem.join(folder, "sweep")) as local:
        result = sweep(
            config.remediation,
            training_data(config, tables),
            load_baseline(baseline),
            evaluation,
            seed=config.seed,
            threshold=threshold,
            blind=_masking(config, baseline),
            averaged=_averaging(config, baseline),
            output_dir=local,
            progress=say,
        )
    if result.sweep.nothing_to_remove:
        return None, result.sweep
    if result.sweep.chosen in AT_INFERENCE:
        remedy = remedy_of(config, result.sweep.chosen, baseline)
        chosen = remedied(baseline, config.remediation.model_name, remedy)
        write_remedy(chosen, baseline, folder, load_baseline)
        return RemediedModel(chosen, [data.text_feature]), result.sweep
    if result.chosen is None:
        raise InputError(
            "no setting of the sweep stayed within remediation.auc_budget = "
            f"{config.remediation.auc_budget:g} without losing its positive predictions or "
            f"flipping more controls than plain training does:\n{price_table(result.sweep)}\n"
            "Raise the budget, or try other loss weights"
        )
    from fairflip.remediation.training.saved_model import save_model

    with local_work_folder(folder) as local:
        save_model(
            result.chosen.model,
            local,
            text_feature=data.text_feature,
            input_features=tuple(data.input_features),
        )
    return result.chosen.model, result.sweep


def _with_controls(config: PipelineConfig, tables: TrainingTables) -> pa.Table:
    """The validation pairs with their controls, where the run's pairs have some."""
    assert tables.validation is not None
    assert tables.validation_pairs is not None
    names = PairColumns.of(config.data)
    texts = [
        table[names.text].cast(pa.string()).to_pylist()
        for table in (tables.train, tables.validation)
        if names.text in table.column_names
    ]
    return table_with_controls(
        tables.validation_pairs,
        itertools.chain.from_iterable(texts),
        config.generator.controls,
        config.generator,
        names,
        config.seed,
    )


def _masking(config: PipelineConfig, baseline: ModelSpec) -> Callable[[Any], Any] | None:
    """A function that removes the generator's terms from texts, but for those held out.

    None where the pairs were made elsewhere, and where the model reads other features than
    the text: it can tell the group by them, so that this does not make it blind.
    """
    data = config.data
    if data.counterfactuals or data.input_features or config.generator.function:
        return None
    asked = TextsToAsk(remedy_of(config, "blindness", baseline)).of

    def without_terms(texts: np.ndarray) -> np.ndarray:
        return np.array([masked for (masked,) in asked(texts.tolist())], object)

    return without_terms


def _averaging(
    config: PipelineConfig, baseline: ModelSpec
) -> Callable[[Sequence[str]], list[list[str]]] | None:
    """What an averaging baseline is asked about; None where the model reads more than the text."""
    if config.data.input_features:
        return None
    return TextsToAsk(remedy_of(config, "averaging", baseline)).of


def _grouping_features(config: PipelineConfig, table: pa.Table) -> list[str]:
    features = [entry for entry in config.evaluation.slices if "," not in entry]
    return [name for name in features if name in table.column_names]
