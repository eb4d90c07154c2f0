"""`generate`, `evaluate`, `remediate` and `run` for Python: keywords in, `Result` out.

They take the configuration's fields as keywords, and tables and models as well as
paths. Tables are written to Parquet and Keras models to `.keras` files first, so that
the same code reads them as on the command line and the numbers cannot differ. The
files are gone after the call; a run knows them by their content. Other models are
called in this process.
"""

from __future__ import annotations

import contextlib
import importlib
import pathlib
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairflip._models import is_file, is_path, specs_of
from fairflip.pipeline.config.keywords import apart, keyword_fields, set_in_elements
from fairflip.pipeline.config.settings import load_config, validate, with_defaults
from fairflip.pipeline.run.inputs_in_memory import (
    ROW_ID,
    has_ids,
    holds_pairs,
    inputs_folder,
    place_by_content,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import merge_over, set_several

if TYPE_CHECKING:
    from fairflip._result import Result

#: Keyword -> the field that holds its file patterns.
_TABLES = ("examples", "counterfactuals", "pairs", "train_examples", "validation_examples")
#: Short keyword -> the configuration's.
_SHORT = {
    "id": "id_feature",
    "text": "text_feature",
    "label": "label_feature",
    "weight": "weight_feature",
}
#: The name of a model that is given alone.
_ONLY_MODEL = "model"


def generate(
    examples: Any,
    *,
    config: str | PipelineConfig | None = None,
    output_dir: str | None = None,
    quiet: bool | None = None,
    beam_flags: Sequence[str] = (),
    **fields: Any,
) -> Result:
    """Makes counterfactual pairs of examples.

    Args:
        examples: A pandas or Arrow table, or file patterns.
        config: A configuration, or the path of one; keywords win over it.
        output_dir: Where the pairs are written; unless given, a temporary
            folder that is deleted with the result.
        quiet: True: no progress. False: lines of it on standard error, or in a notebook a bar.
            None: a bar in a notebook, else nothing.
        beam_flags: Flags for Beam.
        **fields: Any field of the configuration by its name: `text` (or
            `text_feature`), `terms`, `slices`, ...

    Returns:
        The result; `result.pairs` is the table of pairs.

    Raises:
        ConfigurationError: For unknown keywords and wrong values, all at once.
        InputError: If the data is not what the configuration says.
    """
    fields["examples"] = examples
    return _execute("generate", None, None, config, output_dir, quiet, beam_flags, fields)


def evaluate(
    data: Any = None,
    models: Mapping[str, Any] | None = None,
    *,
    model: Any = None,
    config: str | PipelineConfig | None = None,
    scores: Mapping[str, str] | None = None,
    output_dir: str | None = None,
    quiet: bool | None = None,
    beam_flags: Sequence[str] = (),
    **fields: Any,
) -> Result:
    """How often each model's decision flips between the two texts of a pair.

    Args:
        data: A pandas or Arrow table, or file patterns. Records that hold both
            sides (`comment_text` and `counterfactual.comment_text`) are pairs;
            of others, counterfactuals are made. Leave out where `pairs=`,
            `examples=` (and `counterfactuals=`) or a `config` say where it is.
        models: Name -> model; the first is the baseline. A model is a path (of
            a `.keras` file or a SavedModel), what `--model` takes ("hf:folder", "sklearn:file",
            "onnx:file", "py:module:function"), a Keras model, a scikit-learn
            estimator, a Hugging Face pipeline, a (model, tokenizer) of it, a module of torch
            with a function that makes its input, a Beam `ModelHandler`, or a function from
            a list of texts (with several input features, from a pandas frame) to scores.
        model: One such model, named "model".
        config: A configuration, or the path of one; keywords win over it.
        scores: Name -> column that holds the model's scores already, beside
            `counterfactual.<column>`.
        output_dir: Where everything is written; unless given, a temporary
            folder that is deleted with the result.
        quiet: True: no progress. False: lines of it on standard error, or in a notebook a bar.
            None: a bar in a notebook, else nothing.
        beam_flags: Flags for Beam, such as `["--runner=DataflowRunner"]`.
        **fields: Any field of the configuration by its name: `slices`,
            `thresholds`, `terms`, ...; `text`, `label`, `id` and `weight` are
            short for `text_feature` and so on. `output` says which of several
            scores of a model is meant, by label or as ":1"; `score_scale` what
            scores are ("probability", "logit" or "any"), of all models or by name.

    Returns:
        The result; `result.report` holds every number with its interval.

    Raises:
        ConfigurationError: For unknown keywords and wrong values, all at once.
        InputError: If the data is not what the configuration says.
    """
    if model is not None:
        if models is not None:
            raise ConfigurationError("give model or models, not both")
        models = {_ONLY_MODEL: model}
    if data is not None:
        text = str(fields.get("text") or fields.get("text_feature") or "")
        kind = (
            "pairs" if holds_pairs(_patterns(data) if is_path(data) else data, text) else "examples"
        )
        if fields.get(kind) is not None:
            raise ConfigurationError(f"the first argument holds {kind}, and so does {kind}=")
        fields[kind] = data
    return _execute("evaluate", models, scores, config, output_dir, quiet, beam_flags, fields)


def remediate(
    train_examples: Any = None,
    models: Mapping[str, Any] | None = None,
    *,
    config: str | PipelineConfig | None = None,
    output_dir: str | None = None,
    quiet: bool | None = None,
    **fields: Any,
) -> Result:
    """Retrains a model so that its scores agree on both texts of a pair.

    Args:
        train_examples: Labelled examples: a pandas or Arrow table, or file
            patterns.
        models: Name -> the Keras model to start from, or its path.
        config: A configuration, or the path of one; keywords win over it.
        output_dir: Where the model is written; unless given, a temporary
            folder that is deleted with the result.
        quiet: True: no progress. False: lines of it on standard error, or in a notebook a bar.
            None: a bar in a notebook, else nothing.
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
    quiet: bool | None = None,
    beam_flags: Sequence[str] = (),
    **fields: Any,
) -> Result:
    """Evaluates a model, remediates it and evaluates both side by side.

    Args:
        examples: What to evaluate on: a pandas or Arrow table, or file
            patterns. Counterfactuals are generated unless given.
        models: Name -> Keras model or path; one, the baseline.
        config: A configuration, or the path of one; keywords win over it.
        output_dir: Where everything is written; unless given, a temporary
            folder that is deleted with the result.
        quiet: True: no progress. False: lines of it on standard error, or in a notebook a bar.
            None: a bar in a notebook, else nothing.
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


def _execute(
    command: str,
    models: Mapping[str, Any] | None,
    scores: Mapping[str, str] | None,
    config: str | PipelineConfig | None,
    output_dir: str | None,
    quiet: bool | None,
    beam_flags: Sequence[str],
    fields: Mapping[str, Any],
) -> Result:
    _import_apart("fairflip.pipeline.evaluate.jobs")
    from fairflip._result import Result
    from fairflip.view.notebook import progress_bar

    stream = progress_bar.ProgressBar() if progress_bar.in_notebook() else None
    is_quiet = quiet if quiet is not None else stream is None
    from fairflip.pipeline.cli import commands

    if isinstance(config, PipelineConfig):
        full = PipelineConfig()
        full.CopyFrom(config)
    else:
        full = load_config(config)
    fields, of_models = apart({**_row_ids(full, fields), **fields})
    fields = {_SHORT.get(name, name): value for name, value in fields.items()}
    objects = {name: model for name, model in (models or {}).items() if not is_file(model)}
    with contextlib.ExitStack() as stack:
        inputs = stack.enter_context(inputs_folder())
        import_paths = {}
        if objects:
            from fairflip.pipeline.score.handlers.functions import registered

            import_paths = stack.enter_context(registered(objects))
        _enter_inputs(full, models, scores, fields, inputs, import_paths)
        set_in_elements(full, of_models)
        if output_dir is not None:
            full.output.output_dir = str(output_dir)
        is_temporary = not full.output.output_dir
        failed = contextlib.ExitStack()
        if is_temporary:
            full.output.output_dir = tempfile.mkdtemp(prefix="fairflip-")
            failed.callback(shutil.rmtree, full.output.output_dir, ignore_errors=True)
        with failed:
            full = with_defaults(full)
            validate(full, command)
            outcome = commands.perform(
                command, full, list(beam_flags), quiet=is_quiet, stream=stream
            )
            failed.pop_all()
    return Result(outcome.report, full.output.output_dir, outcome.model, is_temporary)


def _import_apart(module: str) -> None:
    """Imports a module in a thread of its own.

    Packages that Beam imports where they are there keep the errors of those that are not,
    and with these the frames from which they were first imported. The caller's frames
    hold the data and the result, which would then live as long as the process.
    """
    if module not in sys.modules:
        thread = threading.Thread(target=importlib.import_module, args=(module,))
        thread.start()
        thread.join()


def _row_ids(full: PipelineConfig, fields: Mapping[str, Any]) -> dict[str, str]:
    """Where no ID is named and a table has none, its rows are numbered."""
    if full.data.id_feature or fields.get("id") or fields.get("id_feature"):
        return {}
    if fields.get("counterfactuals") is not None:
        return {}  # these are joined by an ID
    tables = [fields[name] for name in _TABLES if fields.get(name) is not None]
    if not tables or any(is_path(table) or has_ids(table) for table in tables):
        return {}
    return {"id": ROW_ID}


def _enter_inputs(
    full: PipelineConfig,
    models: Mapping[str, Any] | None,
    scores: Mapping[str, str] | None,
    fields: Mapping[str, Any],
    inputs: pathlib.Path,
    import_paths: Mapping[str, str],
) -> None:
    """Puts keywords into the configuration, in place; objects are written below `inputs`."""
    plain: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            continue
        if name in _TABLES and not is_path(value):
            value = [_write_table(value, inputs / f"{name}.parquet")]
        elif name in _TABLES:
            value = _patterns(value)
        plain[name] = value
    overrides = load_config(None, keyword_fields(plain))
    merge_over(full, overrides)
    if models is not None or scores is not None:
        del full.models[:]
    full.models.extend(specs_of(models or {}, inputs, import_paths))
    for name, feature in (scores or {}).items():
        columns = [feature] if isinstance(feature, str) else list(feature)
        set_several(full.models.add(name=name), "score_feature", "score_features", columns)
