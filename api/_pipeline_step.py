"""One evaluation with its gate as a step of somebody's pipeline, apart from any orchestrator.

A step gets its inputs as paths with names that say nothing, and its settings as text; it leaves a
run's folder, a page, a summary and a few numbers.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import tempfile
from typing import Protocol

from fairflip.pipeline.cli import main
from fairflip.pipeline.compare.finished_runs import open_run
from fairflip.pipeline.export.run_numbers import metrics_of
from fairflip.protos.errors import ConfigurationError

#: Exit codes of commands that ran, whatever they found: all well, and a limit broken.
_RAN = (0, 1)


@dataclasses.dataclass(frozen=True)
class StepOutcome:
    """What came of a step.

    Attributes:
        gate: "pass" where all limits hold, or there are none; else "fail".
        light: The run's verdict: "act", "look", "fine" or "cannot_tell".
        metrics: Numbers of all pairs, "model/flip_rate_at_0.5" and others.
    """

    gate: str
    light: str
    metrics: dict[str, float]


def perform_step(
    config: str,
    output_dir: str,
    *,
    pairs: str = "",
    pairs_file: str = "pairs.parquet",
    model: str = "",
    model_kind: str = "",
    model_file: str = "model",
    limits: str = "",
    reference: str = "",
) -> StepOutcome:
    """Evaluates, then holds the run to limits.

    Args:
        config: A `PipelineConfig` as text: textproto, JSON or YAML.
        output_dir: Where the run is written, replaced if it is there.
        pairs: A path with the pairs; "": as the configuration says.
        pairs_file: A name for them, whose ending says their format.
        model: A path with a model, evaluated as "model"; "": as the configuration says.
        model_kind: What stands before the path for `--model`: "sklearn", "onnx", "hf" or "".
        model_file: A name for it, such as "model.skops" or "model.keras".
        limits: The gate's `Limits` as text; "" for none.
        reference: The folder of an earlier run, for limits with `not_worse_by`.

    Raises:
        ConfigurationError: A command did not run; why stands on standard error.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        evaluate = ["--config", _written(folder / "config", config), "--output_dir", output_dir]
        if pairs:
            evaluate += ["--pairs", _called(folder / "pairs", pairs, pairs_file)]
        if model:
            path = _called(folder / "model", model, model_file)
            named = f"{model_kind}:{path}" if model_kind else path
            evaluate += ["--model", f"model={named}"]
        code = _command("evaluate", *evaluate, "--overwrite", "--quiet")
        if limits:
            gate = ["--run", output_dir, "--limits", _written(folder / "limits", limits)]
            gate += ["--reference", reference] if reference else []
            code = max(code, _command("gate", *gate))
    report = open_run(output_dir).report
    overall = report.models[0].slices[0].slice
    metrics = {
        key.replace(f"/{overall}/", "/", 1): value
        for key, value in metrics_of(report).items()
        if f"/{overall}/" in key
    }
    return StepOutcome("fail" if code else "pass", report.verdict.light, metrics)


class Output(Protocol):
    """An artifact of an orchestrator: where it is to be written."""

    path: str


class Metrics(Protocol):
    """An artifact that holds numbers."""

    def log_metric(self, metric: str, value: float) -> None:
        """Keeps one number."""


def perform_task(
    config: str, run: Output, report: Output, summary: Output, metrics: Metrics, **inputs: str
) -> tuple[str, str]:
    """`perform_step` with an orchestrator's artifacts as outputs.

    Args:
        config: As in `perform_step`.
        run: Gets the run's folder.
        report: Gets its page.
        summary: Gets the Markdown of the gate, where there is one, and of the run.
        metrics: Gets the numbers of all pairs.
        inputs: The keywords of `perform_step`.

    Returns:
        What the gate says, and the verdict's light.
    """
    outcome = perform_step(config, run.path, **inputs)
    folder = pathlib.Path(run.path)
    shutil.copyfile(folder / "report.html", report.path)
    parts = [folder / "details" / name for name in ("gate.md", "report.md")]
    texts = [part.read_text(encoding="utf-8") for part in parts if part.is_file()]
    pathlib.Path(summary.path).write_text("\n".join(texts), encoding="utf-8")
    for name, value in outcome.metrics.items():
        metrics.log_metric(name, value)
    return outcome.gate, outcome.light


def _written(path: pathlib.Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def _called(folder: pathlib.Path, path: str, name: str) -> str:
    """An input under a name that says what it is."""
    if name != os.path.basename(name) or not name.strip("."):
        raise ConfigurationError(f"{name!r} is no file name; give one without folders")
    folder.mkdir()
    (folder / name).symlink_to(os.path.abspath(path))
    return str(folder / name)


def _command(name: str, *arguments: str) -> int:
    code = main([name, *arguments])
    if code not in _RAN:
        raise ConfigurationError(f"fairflip {name} ended with exit code {code}; why stands above")
    return code
