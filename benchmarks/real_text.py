"""Where the real data of the remediation benchmarks is, and which split figures are of.

Flags set two environment variables, so that a benchmark run from the command line and
one run by `run_all.py` read the same:

    FAIRFLIP_DATA               the folder of the data sets (--data)
    FAIRFLIP_EVALUATION_SPLIT   "test", or "dev" where settings are being chosen (--dev)
"""

from __future__ import annotations

import argparse
import os
import pathlib
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parent.parent


def data_folder() -> pathlib.Path:
    """FAIRFLIP_DATA, or the shared folder beside the repository."""
    return pathlib.Path(os.environ.get("FAIRFLIP_DATA", ROOT.parent / "shared" / "data"))


def evaluation_split() -> str:
    """The split that figures are of."""
    return os.environ.get("FAIRFLIP_EVALUATION_SPLIT", "test")


def splits_of(file: str) -> dict[str, pa.Table]:
    """The training and the evaluation split of a data set, with the column `example_id`."""
    table = pq.read_table(data_folder() / file)
    ids = table["id"].cast(pa.string())
    table = table.set_column(table.column_names.index("id"), "example_id", ids)
    return {
        split: table.filter(pc.equal(table["split"], split))
        for split in ("train", evaluation_split())
    }


def flags_of(about: str, names: str = "") -> argparse.Namespace:
    """The command line's flags, `--data` and `--dev` put into the environment.

    Args:
        about: One line for `--help`.
        names: Help of the positional `names`; empty: there are none.
    """
    parser = argparse.ArgumentParser(description=about)
    if names:
        parser.add_argument("names", nargs="*", help=names)
    parser.add_argument("--data", help="folder of the data sets")
    parser.add_argument("--dev", action="store_true", help="figures of the development split")
    flags = parser.parse_args()
    if flags.data:
        os.environ["FAIRFLIP_DATA"] = flags.data
    if flags.dev:
        os.environ["FAIRFLIP_EVALUATION_SPLIT"] = "dev"
    return flags


def at_least(name: str, value: float, floor: float) -> dict[str, Any]:
    """A figure and its floor, as `results()` of a benchmark lists them."""
    holds = bool(value >= floor)
    return {"name": name, "value": round(value, 4), "bound": f">= {floor:g}", "holds": holds}


def at_most(name: str, value: float, ceiling: float) -> dict[str, Any]:
    """A figure and its ceiling, as `results()` of a benchmark lists them."""
    holds = bool(value <= ceiling)
    return {"name": name, "value": round(value, 4), "bound": f"<= {ceiling:.4g}", "holds": holds}
