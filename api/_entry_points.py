"""`evaluate`, `remediate` and `run` for Python: keywords in, `Result` out.

They take the configuration's fields as keywords, and tables and Keras models as
well as paths. Tables are written to Parquet and models to `.keras` files first,
so that the same code reads them as on the command line and the numbers cannot
differ. The files are gone after the call; a run knows them by their content.
"""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairflip.pipeline.config.keywords import keyword_fields
from fairflip.pipeline.config.settings import load_config, validate, with_defaults
from fairflip.pipeline.run.inputs_in_memory import inputs_folder, place_by_content
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError

if TYPE_CHECKING:
    from fairflip._result import Result

#: Keyword -> the field that holds its file patterns.
_TABLES = ("examples", "counterfactuals", "pairs", "train_examples", "validation_examples")


def evaluate(
    pairs: Any = None,
    models: Mapping[str, Any] | None = None,
    *,
    config: str | PipelineConfig | None = None,
    scores: Mapping[str, str] | None = None,
    output_dir: str | None = None,
    quiet: bool = True,
    beam_flags: Sequence[str] = (),
    **fields: Any,
) -> Result:
    """How often each model's decision flips between the two texts of a pair.

    Args:
        pairs: Records that hold both sides (`comment_text` and
            `counterfactual.comment_text`): a pandas or Arrow table, or file
            patterns. Leave out where `examples=` (and `counterfactuals=`) or a
            `config` say where the data is.
        models: Name -> Keras model, or path of a `.keras` file or SavedModel.
            The first is the baseline.
        config: A configuration, or the path of one; keywords win over it.
        scores: Name -> column that holds the model's scores already, beside
            `counterfactual.<column>`.
        output_dir: Where everything is written; a new temporary folder unless
            given.
        quiet: No progress on standard error.
        beam_flags: Flags for Beam, such as `["--runner=DataflowRunner"]`.
        **fields: Any field of the configuration by its name: `slices`,
            `thresholds`, `id_feature`, `text_feature`, `label_feature`, ...

    Returns:
        The result; `result.report` holds every number with its interval.

    Raises:
        ConfigurationError: For unknown keywords and wrong values, all at once.
        InputError: If the data is not what the configuration says.
    """
    fields["pairs"] = pairs
    return _execute("evaluate", models, scores, config, output_dir, quiet, beam_flags, fields)


def remediate(
    train_examples: Any = None,
    models: Mapping[str, Any] | None = None,
    *,
    config: str | PipelineConfig | None = None,
    output_dir: str | None = None,
    quiet: bool = True,
    **fields: Any,
) -> Result:
    """Retrains a model so that its scores agree on both texts of a pair.

    Args:
        train_examples: Labelled examples: a pandas or Arrow table, or file
            patterns.
        models: Name -> the Keras model to start from, or its path.
        config: A configuration, or the path of one; keywords win over it.
        output_dir: Where the model is written; a new temporary folder unless
            given.
        quiet: No progress on standard error.
        **fields: Any field of the configuration by its name: `technique`,
            `loss`, `loss_weights`, `epochs`, `terms`, ...

    Returns:
        The result; `result.model` is the remediated Keras model.

    Raises:
        ConfigurationError: For unknown keywords and wrong values, all at once.
        InputError: If the data is not what the configuration says.
    """
    fields["train_examples"] = train_examples
    return _execute("remediate", models, None, config, output_dir, quiet, (), fields)


def run(
    examples: Any = None,
    models: Mapping[str, Any] | None = None,
    *,
    config: str | PipelineConfig | None = None,
    output_dir: str | None = None,
    quiet: bool = True,
    beam_flags: Sequence[str] = (),
    **fields: Any,
) -> Result:
    """Evaluates a model, remediates it and evaluates both side by side.

    Args:
        examples: What to evaluate on: a pandas or Arrow table, or file
            patterns. Counterfactuals are generated unless given.
        models: Name -> Keras model or path; one, the baseline.
        config: A configuration, or the path of one; keywords win over it.
        output_dir: Where everything is written; a new temporary folder unless
            given.
        quiet: No progress on standard error.
        beam_flags: Flags for Beam.
        **fields: Any field of the configuration by its name; `train_examples`
            is needed.

    Returns:
        The result with both models; `result.model` is the remediated one.

    Raises:
        ConfigurationError: For unknown keywords and wrong values, all at once.
        InputError: If the data is not what the configuration says.
    """
    fields["examples"] = examples
    return _execute("run", models, None, config, output_dir, quiet, beam_flags, fields)


def _is_path(value: Any) -> bool:
    if isinstance(value, (str, pathlib.PurePath)):
        return True
    return isinstance(value, (list, tuple)) and all(_is_path(v) for v in value)


def _patterns(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else [str(value)]


def _write_table(table: Any, path: pathlib.Path) -> str:
    """Writes a pandas or Arrow table to Parquet, placed by content; returns the path."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    elif not isinstance(table, pa.Table):
        if not hasattr(table, "columns"):
            raise ConfigurationError(
                f"{path.stem}: expected a pandas or Arrow table or file patterns, "
                f"got {type(table).__name__}"
            )
        table = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(table, path)
    return place_by_content(path)


def _model_path(name: str, model: Any, folder: pathlib.Path) -> str:
    if _is_path(model):
        return str(model)
    if not hasattr(model, "save"):
        raise ConfigurationError(
            f"models[{name!r}]: expected a Keras model or a path, got {type(model).__name__}"
        )
    from fairflip.remediation.training.fingerprints import model_fingerprint

    path = folder / f"{name}.keras"
    model.save(path)
    return place_by_content(path, model_fingerprint(model))


def _execute(
    command: str,
    models: Mapping[str, Any] | None,
    scores: Mapping[str, str] | None,
    config: str | PipelineConfig | None,
    output_dir: str | None,
    quiet: bool,
    beam_flags: Sequence[str],
    fields: Mapping[str, Any],
) -> Result:
    from fairflip._result import Result
    from fairflip.pipeline.cli import commands

    if isinstance(config, PipelineConfig):
        full = PipelineConfig()
        full.CopyFrom(config)
    else:
        full = load_config(config)
    with inputs_folder() as inputs:
        _enter_inputs(full, models, scores, fields, inputs)
        if output_dir is not None:
            full.output.output_dir = str(output_dir)
        elif not full.output.output_dir:
            full.output.output_dir = tempfile.mkdtemp(prefix="fairflip-")
        full = with_defaults(full)
        validate(full, command)
        outcome = commands.perform(command, full, list(beam_flags), quiet=quiet)
    return Result(outcome.report, full.output.output_dir, outcome.model)


def _enter_inputs(
    full: PipelineConfig,
    models: Mapping[str, Any] | None,
    scores: Mapping[str, str] | None,
    fields: Mapping[str, Any],
    inputs: pathlib.Path,
) -> None:
    """Puts keywords into the configuration, in place; objects are written below `inputs`."""
    from fairflip.pipeline.cli import commands

    plain: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            continue
        if name in _TABLES and not _is_path(value):
            value = [_write_table(value, inputs / f"{name}.parquet")]
        elif name in _TABLES:
            value = _patterns(value)
        plain[name] = value
    overrides = load_config(None, keyword_fields(plain))
    commands.override(full, overrides)
    if models is not None or scores is not None:
        del full.models[:]
    for name, model in (models or {}).items():
        full.models.add(
            name=name,
            path=_model_path(name, model, inputs),
            # A model object is the caller's own code; a path is not.
            allow_custom_code=not _is_path(model),
        )
    for name, feature in (scores or {}).items():
        full.models.add(name=name, score_feature=feature)
