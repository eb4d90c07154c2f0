"""What a command would do, said without doing it: files, columns, steps, a sample's result."""

from __future__ import annotations

from fairflip.pipeline.configuration_json import config_to_json
from fairflip.pipeline.read import CheckedInput, read_file
from fairflip.protos.config_pb2 import PipelineConfig

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
    if command in {"generate", "evaluate", "run", "sweep"}:
        lines += _inputs(config)
    if command != "gate":
        lines.append(f"Output: {config.output.output_dir}")
    lines.append("Configuration:")
    lines.append(config_to_json(config).rstrip())
    return "\n".join(lines)


def _inputs(config: PipelineConfig) -> list[str]:
    from fairflip.pipeline.evaluation_inputs import check_evaluation_inputs

    inputs = check_evaluation_inputs(config)
    lines = []
    for name in ("examples", "counterfactuals", "pairs"):
        checked = getattr(inputs, name)
        if checked is None:
            continue
        lines.append(
            f"Input {name}: {len(checked.files)} files, {checked.size_bytes:,} bytes, "
            f"columns read: {', '.join(checked.layout.wanted)}"
        )
        if name == "examples" and inputs.counterfactuals is None:
            lines.append(_sample(config, checked))
    return lines


def _sample(config: PipelineConfig, checked: CheckedInput) -> str:
    """How many of the first records would get a counterfactual."""
    from fairflip.pipeline.generate import generate_pairs, make_generator

    first = next(iter(read_file(checked.files[0].path, checked.layout, checked.file_format)))
    batch = first.batch.slice(0, SAMPLE_ROWS)
    made = generate_pairs(
        batch,
        make_generator(config.generator),
        text_feature=config.data.text_feature,
        id_feature=config.data.id_feature,
    )
    return (
        f"Of the first {batch.num_rows} records {batch.num_rows - made.unpaired.num_rows} would "
        f"be paired, with {made.pairs.num_rows} counterfactuals."
    )
