"""One small run of the whole road, shared by the end-to-end tests."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

THRESHOLDS = ("0.3", "0.5", "0.7")
SLICES = ("gender", "sexual_orientation", "religion", "race", "counterfactual_group")


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> pathlib.Path:
    """A small set of the demo's made-up comments."""
    import make_demo_data

    folder = tmp_path_factory.mktemp("demo_data")
    make_demo_data.write_splits(make_demo_data.make_comments(4000, seed=3), folder)
    return folder


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
        'models { name: "baseline" train { epochs: 2 vocabulary_size: 1000 max_tokens: 30 } }\n'
        'remediation { technique: "clp" loss: "pairwise_mse" loss_weights: 5.0 }\n'
    )
    return path


@pytest.fixture(scope="session")
def finished_run(demo_data, tmp_path_factory) -> pathlib.Path:
    """The output directory of `fairflip run` on the small data."""
    from fairflip.pipeline import cli

    folder = tmp_path_factory.mktemp("run")
    code = cli.main(run_arguments(demo_data, folder / "out", write_config(folder)))
    assert code == 0
    return folder / "out"


@pytest.fixture(scope="session")
def report(finished_run) -> dict:
    """run_report.json of that run."""
    return json.loads((finished_run / "run_report.json").read_text())
