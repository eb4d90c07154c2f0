"""Breaks `fairflip run` at its writes and starts it again, many times, in one warm process.

Run as a program: `python faulty_runs.py FOLDER --points 4`. It imports everything
once, forks a child per run, and prints one JSON object at the end.

Nothing here lists what a run writes. The first run is watched by an audit hook: each time that
Python opens a file for writing, renames, removes or makes something below the output directory is
a *point*, so that a new write becomes a new point by itself. In later runs the hook breaks the
run there: `kill` sends SIGKILL, `full` lets this and every later write fail with ENOSPC,
`readonly` with EROFS. What TensorFlow writes from C++ is not seen by the hook; `torn` kills the
process by the operating system's limit of a file's size, in the middle of whatever is larger, and
`tmpfs` gives it a filesystem that is really full, where one can be mounted.

Runs are chained: each is broken at a later point than the one before and starts where that one
ended; the last is left in peace. Its report, scored pairs and TFMA results must be those of the
undisturbed run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "examples"), str(ROOT / "tests")]

from support.faults.write_watch import Point, Watch  # noqa: E402

KINDS = ("kill", "full", "readonly")
#: Every child sees the same directory, so that paths in its report are equal.
OUT, DATA = "out", "data"
CONFIG = """
models { name: "baseline" train { epochs: 1 vocabulary_size: 200 max_tokens: 10 } }
remediation { technique: "clp" loss: "pairwise_mse" loss_weights: 5.0 epochs: 2 }
evaluation { thresholds: 0.5 slices: "gender" }
"""


# --- runs in children ---------------------------------------------------------


def in_child(action: Callable[[], dict[str, Any]], log: pathlib.Path) -> dict[str, Any]:
    """Does something in a forked child: what it returned, how it ended, what it cost."""
    reader, writer = os.pipe()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    child = os.fork()
    if not child:
        os.close(reader)
        code = 9
        try:
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            actual = action()
            code = actual.get("code", 0)
            with os.fdopen(writer, "w") as file:
                json.dump(actual, file)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    _, status = os.waitpid(child, 0)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    actual = json.loads(text) if text else {}
    actual["ended"] = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    actual["seconds"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return actual


def make_data(folder: pathlib.Path) -> None:
    """Made-up comments, some of them bad, so that there are rejects to lose."""
    import make_demo_data
    import pandas as pd

    make_demo_data.write_splits(make_demo_data.make_comments(300, seed=3), folder)
    for name in ("test", "train"):
        path = folder / f"{name}.parquet"
        table = pd.read_parquet(path)
        table.loc[[1, 5], "comment_text"] = ""
        table.loc[[7, 8], "toxicity"] = 7.0
        table.loc[9, "example_id"] = table.loc[10, "example_id"]
        table.to_parquet(path)
    (folder / "run.textproto").write_text(CONFIG)


def arguments(folder: pathlib.Path) -> list[str]:
    """The command line of every run."""
    return [
        "run",
        f"--config={folder / DATA / 'run.textproto'}",
        f"--examples={folder / DATA / 'test.parquet'}",
        f"--train_examples={folder / DATA / 'train.parquet'}",
        f"--output_dir={folder / OUT}",
        "--quiet",
    ]


class Runs:
    """Runs of one configuration in one directory."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.out, self.log = folder, folder / OUT, folder / "children.log"
        self.seconds = 0.0
        self.looked_complete: list[str] = []
        self.modules: list[str] = []

    def run(self, kind: str = "", point: Point | None = None, limit: int = 0) -> dict[str, Any]:
        """One run, broken at a point, or once a file is larger than a limit, or not at all."""

        def action() -> dict[str, Any]:
            from fairflip.pipeline import cli
            from fairflip.pipeline.run import state as run_state

            watch = Watch(self.out, kind, point)
            real_step = run_state.RunState.run_step

            def run_step(state: Any, name: str, *args: Any, **keywords: Any) -> bool:
                watch.step = name
                done = real_step(state, name, *args, **keywords)
                watch.step = f"after {name}"
                return done

            run_state.RunState.run_step = run_step
            sys.addaudithook(watch)
            if limit:
                signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            code = cli.main(arguments(self.folder))
            watch._point, watch._is_broken, watch._is_busy = None, False, True
            actual: dict[str, Any] = {"code": code, "looked_complete": watch.looked_complete}
            if not kind:
                actual["points"] = [dataclasses.asdict(each) for each in watch.points]
                actual["modules"] = [name for name in sys.modules if "." in name]
                actual["result"] = result_of(self.out)
            return actual

        start = self.log.stat().st_size if self.log.exists() else 0
        actual = in_child(action, self.log)
        with self.log.open("rb") as file:
            file.seek(start)
            actual["said"] = file.read().decode("utf-8", "replace")
        self.seconds += actual["seconds"]
        self.looked_complete += actual.get("looked_complete", [])
        return actual


def result_of(out: pathlib.Path) -> dict[str, Any]:
    """What must be the same however often a run was broken on its way."""
    import pyarrow.parquet as pq
    import tensorflow_model_analysis as tfma

    from fairflip._version import __version__
    from fairflip.pipeline.storage.manifest import verify_manifest

    report = json.loads((out / "run_report.json").read_text())
    for name in ("started", "seconds", "step_seconds"):
        report["provenance"].pop(name)
    scored = {
        path.relative_to(out).as_posix(): repr(pq.read_table(path).to_pydict())
        for name in ("pairs", "scored_pairs", "details/scored_examples")
        for path in sorted((out / name).glob("*.parquet"))
    }
    results = {}
    for path in sorted((out / "tfma").iterdir()):
        loaded = tfma.load_eval_result(str(path)).slicing_metrics
        results[path.name] = sorted(map(repr, loaded))
    manifest = json.loads((out / "details" / "manifest.json").read_text())
    return {
        "report": report,
        "scored": scored,
        "tfma": results,
        "rejects": {p.name: p.read_text() for p in sorted((out / "rejects").iterdir())},
        "files": sorted(manifest["files"]),
        "problems": verify_manifest(str(out), __version__),
        "leftovers": sorted(
            str(path.relative_to(out))
            for path in out.rglob("*")
            if ".part" in path.name or "beam-temp" in path.name or path == out / "details" / "steps"
        ),
    }


# --- chains of faults ---------------------------------------------------------


def choose_points(points: list[Point], num_chains: int) -> list[list[Point]]:
    """Chains that take one point of each step each; with enough chains, every point once."""
    steps: dict[str, list[Point]] = {}
    for point in points:
        steps.setdefault(point.step, []).append(point)
    chains: list[list[Point]] = []
    longest = max(map(len, steps.values()))
    for number in range(min(num_chains, longest)):
        chain = []
        for members in steps.values():
            if num_chains >= longest:
                chosen = members[number : number + 1]
            else:  # spread over the step, another place in each chain
                chosen = [members[(2 * number + 1) * len(members) // (2 * num_chains)]]
            chain += chosen
        chains.append(chain)
    return chains


def with_kinds(chain: list[Point], first: int) -> list[tuple[str, Point]]:
    """The kinds in turn along a chain; with as many first ones as kinds, each kind at each point."""
    return [(KINDS[(first + place) % len(KINDS)], point) for place, point in enumerate(chain)]


def break_in_chains(runs: Runs, chains: list[list[tuple[str, Point]]], expected: Any) -> Iterator:
    """Breaks runs along each chain; yields what each fault did, and how each chain ended."""
    for chain in chains:
        shutil.rmtree(runs.out, ignore_errors=True)
        for kind, point in chain:
            actual = runs.run(kind, point)
            good = actual["ended"] == (-signal.SIGKILL if kind == "kill" else 2)
            if kind != "kill":
                told = ("cannot be written", "could not write")
                good = good and any(words in actual["said"] for words in told)
            complete = (runs.out / "details" / "manifest.json").exists()
            yield {
                "kind": kind,
                "point": f"{point.step}: {point.label} #{point.occurrence}",
                "ended": actual["ended"],
                "good": good and "Traceback" not in actual["said"],
                "complete": complete,
                "said": "" if good else actual["said"][-600:],
            }
            if complete:
                break
        yield _in_peace(runs, "writes", expected)


def tear_files(runs: Runs, limits: list[int], expected: Any) -> Iterator:
    """Kills the run in the middle of the first file larger than each limit."""
    shutil.rmtree(runs.out, ignore_errors=True)
    for limit in limits:
        actual = runs.run("torn", limit=limit)
        yield {
            "kind": "torn",
            "point": f"file larger than {limit} bytes",
            "ended": actual["ended"],
            "good": actual["ended"] == -signal.SIGXFSZ,
            "complete": (runs.out / "details" / "manifest.json").exists(),
            "said": "" if actual["ended"] < 0 else actual["said"][-600:],
        }
    yield _in_peace(runs, "torn", expected)


def fill_filesystem(runs: Runs, sizes: list[int], expected: Any) -> Iterator:
    """Runs on a filesystem that is full, and a little larger each time."""
    shutil.rmtree(runs.out, ignore_errors=True)
    runs.out.mkdir()
    options = ["mount", "-t", "tmpfs", "-o"]
    mounted = subprocess.run(
        [*options, f"size={sizes[0]}", "tmpfs", str(runs.out)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield {"kind": "tmpfs", "skipped": "no filesystem may be mounted here"}
        return
    try:
        for size in sizes:
            subprocess.run([*options, f"remount,size={size}", str(runs.out)], check=True)
            actual = runs.run("tmpfs")
            good = actual["ended"] == 2 and "No space left on device" in actual["said"]
            yield {
                "kind": "tmpfs",
                "point": f"{size} bytes in all",
                "ended": actual["ended"],
                "good": good,
                "complete": (runs.out / "details" / "manifest.json").exists(),
                "said": "" if good else actual["said"][-600:],
            }
        subprocess.run([*options, "remount,size=64m", str(runs.out)], check=True)
        yield _in_peace(runs, "tmpfs", expected)
    finally:
        subprocess.run(["umount", str(runs.out)], check=True)


def _in_peace(runs: Runs, kind: str, expected: Any) -> dict[str, Any]:
    actual = runs.run()
    result = actual.get("result")
    differing = [key for key in expected if not result or result[key] != expected[key]]
    return {
        "chain": kind,
        "ended": actual["ended"],
        "differs": differing,
        "said": actual["said"][-600:] if differing else "",
    }


def import_ahead(names: list[str]) -> None:
    """Imports what a run imports, so that no later child pays for it."""
    import importlib
    import warnings

    warnings.simplefilter("ignore")
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # optional modules may say no in any way
            continue


def main() -> int:
    """Does the runs and prints what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument(
        "--points", type=int, default=2, help="points of each step, if it has so many"
    )
    parser.add_argument("--every_kind", action="store_true", help="each kind of fault at each")
    parser.add_argument("--tear", type=int, nargs="*", default=[], help="limits of size, rising")
    parser.add_argument(
        "--fill", type=float, nargs="*", default=[], help="shares of the run's size"
    )
    flags = parser.parse_args()
    folder = flags.folder.resolve()
    (folder / DATA).mkdir(parents=True, exist_ok=True)

    import tensorflow  # noqa: F401
    import tensorflow_model_analysis  # noqa: F401

    from fairflip.pipeline import cli  # noqa: F401
    from fairflip.pipeline.cli import commands  # noqa: F401

    runs = Runs(folder)
    in_child(lambda: make_data(folder / DATA) or {}, runs.log)
    first = runs.run()
    if first["ended"]:
        print(json.dumps({"failed": first["said"][-2000:]}))
        return 1
    import_ahead(first["modules"])
    expected = first["result"]
    points = [Point(**each) for each in first["points"]]
    size = sum(path.stat().st_size for path in runs.out.rglob("*") if path.is_file())
    undisturbed = runs.seconds

    chosen = choose_points(points, flags.points)
    chains = [
        with_kinds(chain, first)
        for number, chain in enumerate(chosen)
        for first in (range(len(KINDS)) if flags.every_kind else [number])
    ]
    actual = list(break_in_chains(runs, chains, expected))
    if flags.tear:
        actual += tear_files(runs, flags.tear, expected)
    if flags.fill:
        actual += fill_filesystem(runs, [int(share * size) for share in flags.fill], expected)
    print(
        json.dumps(
            {
                "points": [dataclasses.asdict(point) for point in points],
                "steps": list(dict.fromkeys(point.step for point in points)),
                "expected": {key: expected[key] for key in ("files", "problems", "leftovers")},
                "rejects": {name: text.count("\n") for name, text in expected["rejects"].items()},
                "found": actual,
                "looked_complete": runs.looked_complete,
                "size": size,
                "seconds_undisturbed": undisturbed,
                "seconds_all": runs.seconds + time.process_time(),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
