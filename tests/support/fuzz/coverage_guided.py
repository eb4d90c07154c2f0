"""Drives one target by a coverage-guided fuzzer: `python coverage_guided.py TARGET CORPUS -runs=N`.

Inputs that reach new branches of the modules below are kept in the folder CORPUS and varied
further. The process ends with an error at the first input that breaks a promise, and leaves that
input in the folder as `crash-*`.
"""

from __future__ import annotations

import pathlib
import sys
import types
from collections.abc import Iterator

import atheris

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

#: Target -> what is watched for coverage.
WATCHED = {
    "doors": ("fairflip.pipeline.read.",),
    "readers": ("fairflip.pipeline.read.", "fairflip.pipeline.storage.filesystem"),
    "matcher": ("fairflip.text", "fairflip.pipeline.generate.batch"),
    "pairs": ("fairflip.pipeline.pair.",),
    "scores": ("fairflip.pipeline.score.checks", "fairflip.pipeline.score.off_scale"),
    "ids": ("fairflip.pipeline.pair.", "fairflip.pipeline.records.example_ids"),
    "configuration": (
        "fairflip.pipeline.config.",
        "fairflip.protos.forms.",
        "fairflip.pipeline.gate.limits",
        "fairflip.text.terms",
    ),
}


def main() -> None:
    """Fuzzes until the given number of runs is done; does not return."""
    target = sys.argv.pop(1)
    from support.fuzz import fuzz_targets

    for name, module in sorted(sys.modules.items()):
        if not name.startswith(WATCHED[target]):
            continue
        for value in list(vars(module).values()):
            if getattr(value, "__module__", "") != name:
                continue
            for function in _functions(value):
                atheris.instrument_func(function)
    atheris.Setup(sys.argv, fuzz_targets.TARGETS[target])
    atheris.Fuzz()


def _functions(value: object) -> Iterator[types.FunctionType]:
    """A function itself; of a class, its methods."""
    for member in [value, *(vars(value).values() if isinstance(value, type) else ())]:
        if isinstance(member, types.FunctionType):
            yield member


if __name__ == "__main__":
    main()
