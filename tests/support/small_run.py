"""The command line of the small run that the end-to-end tests share."""

from __future__ import annotations

import pathlib

THRESHOLDS = ("0.3", "0.5", "0.7")
SLICES = ("gender", "sexual_orientation", "religion", "race", "counterfactual_group")


def run_arguments(data: pathlib.Path, output_dir: pathlib.Path, config: pathlib.Path) -> list[str]:
    return [
        "run",
        f"--config={config}",
        f"--examples={data / 'test.parquet'}",
        f"--train_examples={data / 'train.parquet'}",
        f"--validation_examples={data / 'validation.parquet'}",
        f"--output_dir={output_dir}",
        "--overwrite",
        "--quiet",
        *(f"--threshold={t}" for t in THRESHOLDS),
        *(f"--slice={s}" for s in SLICES),
    ]


def write_config(folder: pathlib.Path) -> pathlib.Path:
    path = folder / "small.textproto"
    path.write_text(
        'generator { method: "ablation" terms: "clp_tutorial" }\n'  # one pair to an original
        'models { name: "baseline" train { epochs: 2 vocabulary_size: 1000 max_tokens: 30 } }\n'
        'remediation { technique: "clp" loss: "pairwise_mse" loss_weights: 5.0 }\n'
    )
    return path
