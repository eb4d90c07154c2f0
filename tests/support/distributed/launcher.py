"""Runs command lines of fairflip in a process of its own, within a time limit."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import subprocess
from collections.abc import Mapping, Sequence

from support.distributed.lonely_network import LonelyNetwork, environment, tail
from support.distributed.portable_service import stop

_SCRIPT = pathlib.Path(__file__).with_name("launch.py")


@dataclasses.dataclass(frozen=True)
class Ended:
    """How one command line ended."""

    code: int
    stdout: str
    stderr: str


@dataclasses.dataclass(frozen=True)
class Launcher:
    """Starts `launch.py` where the repository is not the current folder."""

    network: LonelyNetwork
    folder: pathlib.Path
    python: str

    def start(
        self,
        runs: Sequence[Sequence[str]],
        model: pathlib.Path | None = None,
        upload: Mapping[str, str] | None = None,
        place: pathlib.Path | None = None,
        **variables: str,
    ) -> tuple[subprocess.Popen, pathlib.Path]:
        """A process that runs the command lines; and the file of its results."""
        number = len(list(self.folder.glob("plan*.json")))
        plan = self.folder / f"plan{number}.json"
        content = {"runs": list(runs), "model": str(model or ""), "upload": dict(upload or {})}
        plan.write_text(json.dumps(content))
        results = self.folder / f"results{number}.json"
        with open(self.folder / f"log{number}", "w") as log:
            process = self.network.start(
                [self.python, _SCRIPT, plan, results],
                cwd=place or self.folder,
                env=environment(**variables),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return process, results

    def run(
        self,
        runs: Sequence[Sequence[str]],
        model: pathlib.Path | None = None,
        seconds: float = 800,
        upload: Mapping[str, str] | None = None,
        place: pathlib.Path | None = None,
        **variables: str,
    ) -> list[Ended]:
        """How each command line ended.

        Args:
            runs: The command lines, run one after the other in one process.
            model: Make this Keras file first.
            seconds: Time limit for all of them.
            upload: Copy local files to these paths first.
            where: The current folder.
            variables: For the environment.
        """
        process, results = self.start(runs, model, upload, place, **variables)
        log = self.folder / results.name.replace("results", "log").removesuffix(".json")
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"no end within {seconds} s: {tail(log)}") from None
        finally:
            stop(process)
        assert process.returncode == 0, tail(log)
        return [Ended(**entry) for entry in json.loads(results.read_text())]
