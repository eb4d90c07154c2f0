"""Says what a command would do without doing it: files, columns, steps, a sample's result."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fairflip.pipeline.guess.columns import settle_columns
from fairflip.pipeline.read.files import CheckedInput
from fairflip.pipeline.read.judge import CleanBatch
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import printable
from fairflip.protos.forms.json_form import config_to_json
from fairflip.protos.forms.messages import count_of
from fairflip.protos.forms.model_specs import is_called
from fairflip.protos.forms.run_edits import ATTRIBUTE

if TYPE_CHECKING:
    from fairflip.pipeline.evaluate.inputs import EvaluationInputs

SAMPLE_ROWS = 200
_STEPS = {
    "generate": ("read", "generate counterfactuals", "write pairs"),
    "evaluate": ("read", "pair", "score", "count", "write the report"),
    "remediate": ("read training data", "pair", "retrain", "write the model"),
    "run": (
        "read and pair",
        "evaluate the baseline",
        "retrain",
        "evaluate both",
        "write the report",
    ),
    "sweep": ("read and pair", "retrain with every setting", "compare", "write the report"),
    "report": ("read run_report.json", "write report.html, report.md, model_card.md and figures"),
    "gate": ("read run_report.json", "check the limits"),
}


def describe(command: str, config: PipelineConfig) -> str:
    """The plan of a command as text.

    Raises:
        InputError: An input is missing, unreadable or without a needed column.
    """
    lines = [f"fairflip {command} would: {'; '.join(_STEPS[command])}."]
    lines += [f"Found out: {printable(note)}." for note in settle_columns(config, command)]
    if command in {"generate", "evaluate", "run", "sweep"}:
        lines += _inputs(config)
    if command in {"remediate", "run", "sweep"}:
        lines += _training_inputs(config)
    if command != "gate":
        lines.append(f"Output: {config.output.output_dir}")
    lines.append("Configuration:")
    lines.append(config_to_json(config).rstrip())
    return "\n".join(lines)


def _inputs(config: PipelineConfig) -> list[str]:
    from fairflip.pipeline.evaluate.inputs import check_evaluation_inputs

    inputs = check_evaluation_inputs(config)
    lines = []
    for name in ("examples", "counterfactuals", "pairs"):
        checked = getattr(inputs, name)
        if checked is None:
            continue
        lines += _describe(name, checked)
        if name == "examples" and inputs.counterfactuals is None:
            lines.append(_pairs_of_sample(config, checked))
    return lines + _asked(config, inputs)


def _asked(config: PipelineConfig, inputs: EvaluationInputs) -> list[str]:
    """What models that are called would be asked, where there are any."""
    if not any(is_called(model) for model in config.models):
        return []
    from fairflip.pipeline.beam.options import beam_options
    from fairflip.pipeline.evaluate import asked

    originals = inputs.pairs or inputs.examples
    assert originals is not None  # one of them is always there
    return asked.describe_asked(config, inputs, _sample(originals).batch, beam_options([]))


def _training_inputs(config: PipelineConfig) -> list[str]:
    lines = []
    from fairflip.pipeline.evaluate.inputs import check_training_inputs

    for name, checked in check_training_inputs(config):
        lines += _describe(name.replace("_", " "), checked)
    return lines


def _describe(name: str, checked: CheckedInput) -> list[str]:
    """Files, bytes and columns of an input, and how its first records would fare."""
    sample = _sample(checked)
    looked_at = count_of(sample.num_records, "record")
    fate = f"Looked at {looked_at}: {count_of(sample.batch.num_rows, 'is good', 'are good')}"
    reasons = Counter(record.reason for record in sample.rejects)
    if reasons:
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
        fate += f"; left out: {left_out}"
    if sample.num_filtered:
        fate += f"; filtered out: {sample.num_filtered:,}"
    return [
        f"Input {name}: {count_of(len(checked.files), 'file')}, "
        f"{count_of(checked.size_bytes, 'byte')}, columns read: {', '.join(checked.layout.wanted)}",
        f"  {fate}.",
        *(f"  Found out: {printable(note)}." for note in checked.notes),
    ]


def _sample(checked: CheckedInput) -> CleanBatch:
    """The first records of the first file that has any."""
    from fairflip.pipeline.evaluate.inputs import first_judged

    return first_judged(checked, SAMPLE_ROWS)


def _pairs_of_sample(config: PipelineConfig, checked: CheckedInput) -> str:
    """How many of the first records would get a counterfactual."""
    from fairflip.pipeline.generate.batch import generate_pairs, make_generator

    batch = _sample(checked).batch
    if config.generator.method == ATTRIBUTE:
        from fairflip.pipeline.tabular.transforms import pairs_of_batch

        generated = pairs_of_batch(batch, config.generator, config.data)
    else:
        generated = generate_pairs(
            batch,
            make_generator(config.generator),
            text_feature=config.data.text_feature,
            id_feature=config.data.id_feature,
        )
    num_paired = batch.num_rows - generated.unmatched_originals.num_rows
    return (
        f"  Of these {num_paired:,} would be paired, with "
        f"{count_of(generated.pairs.num_rows, 'counterfactual')}."
    )
