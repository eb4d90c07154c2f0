"""Tries every way of installing the package, each in an environment without another's.

    python tools/check_install.py wheel sdist editable resolve lean python3.10 python3.13

* ``wheel``, ``sdist``, ``editable``: built and installed beside the locked packages, which are
  installed once for the three; each is uninstalled before the next.
* ``resolve``: ``pip install .`` into an empty environment, dependencies resolved
  without the lock and so without fairness-indicators; the command must work and
  say which metrics are missing.
* ``lean``: the lean lock and the wheel: no TensorFlow, and scores in the data are evaluated.
* ``python3.X``: the lock and the wheel under another interpreter; said to be
  left out where that interpreter does not exist.

Exits 1 at the first way that does not work.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
UV = pathlib.Path(sys.executable).parent / "uv"
IMPORTS = (
    "import fairflip, fairflip.metrics, fairflip.pipeline, fairflip.remediation, fairflip.view;"
    "from fairflip.protos import config_pb2, report_pb2;"
    "from fairflip.pipeline.evaluate import graph;"
    "from fairflip.metrics.tfma.flip_rate import FlipRate;"
    "from fairflip.text.ablation import Ablation;"
    "print(fairflip.__version__, FlipRate().name)"
)
CLEAN_ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}},
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def run(*command: object, cwd: pathlib.Path | None = None) -> str:
    """Runs a command to its end; its output, or SystemExit with what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=CLEAN_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = (done.stdout + done.stderr)[-3000:]
        raise SystemExit(f"failed: {' '.join(map(str, command))}\n{tail}")
    return done.stdout


def make_environment(folder: pathlib.Path, python: str) -> pathlib.Path:
    """An empty virtual environment; returns its interpreter."""
    run(UV, "venv", "--quiet", "--python", python, folder)
    return folder / "bin" / "python"


def install(python: pathlib.Path, *what: object) -> None:
    """Installs into that interpreter's environment."""
    run(UV, "pip", "install", "--quiet", "--python", python, *what)


def beside_locked(scratch: pathlib.Path) -> pathlib.Path:
    """The environment of the locked packages, made once; returns its interpreter."""
    folder = scratch / "environment-locked"
    if folder.exists():
        return folder / "bin" / "python"
    python = make_environment(folder, sys.executable)
    install(python, "--no-deps", "--require-hashes", "-r", ROOT / "requirements.lock")
    return python


def uninstall(python: pathlib.Path) -> None:
    """Takes the package out of the environment of the locked ones; nothing of it may be left."""
    run(UV, "pip", "uninstall", "--quiet", "--python", python, "fairflip")
    run(python, "-c", "import importlib.util as u, sys; sys.exit(bool(u.find_spec('fairflip')))")


def verify(python: pathlib.Path, name: str, elsewhere: pathlib.Path) -> None:
    """Imports every room and asks the command for help, away from the repository."""
    loaded = run(python, "-c", IMPORTS, cwd=elsewhere).strip().splitlines()[-1]
    help_text = run(python.parent / "fairflip", "--help", cwd=elsewhere)
    if "evaluate" not in help_text:
        raise SystemExit(f"{name}: `fairflip --help` does not list its commands")
    print(f"{name}: imports, `fairflip --help` answers ({loaded})", flush=True)


def verify_lean(python: pathlib.Path, scratch: pathlib.Path) -> None:
    """Evaluates scores that are in the data where neither TensorFlow nor TFMA is."""
    rows = [f"{number},she sat,he sat,0.{number % 10},0.{number % 7}" for number in range(100)]
    header = "example_id,comment_text,counterfactual.comment_text,s,counterfactual.s"
    (scratch / "pairs.csv").write_text("\n".join([header, *rows]) + "\n")
    run(python, "-c", "import importlib.util as u, sys; sys.exit(bool(u.find_spec('tensorflow')))")
    output = run(
        python.parent / "fairflip",
        *("evaluate", "--pairs=pairs.csv", "--score=m=s", "--output_dir=out"),
        cwd=scratch,
    )
    if "100 originals, 100 pairs" not in output or not (scratch / "out" / "report.html").is_file():
        raise SystemExit(f"lean: no report of scores in the data\n{output}")
    print("lean: scores in the data are evaluated without TensorFlow", flush=True)


def built(kind: str, scratch: pathlib.Path) -> pathlib.Path:
    """Builds the wheel or the sdist from a copy, so that the checkout stays clean."""
    copy = scratch / "source"
    if not copy.exists():
        ignored = shutil.ignore_patterns(".git", ".venv*", "build", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored)
    out = scratch / kind
    run(UV, "build", "--quiet", f"--{kind}", "--out-dir", out, copy)
    return next(p for p in out.iterdir() if p.suffix in {".whl", ".gz"})


def try_way(way: str, scratch: pathlib.Path) -> None:
    """Installs in one way and verifies it."""
    folder = scratch / f"environment-{way}"
    if way.startswith("python"):
        interpreter = find_interpreter(way)
        if not interpreter:
            print(f"{way}: left out, no such interpreter on this machine", flush=True)
            return
        python = make_environment(folder, interpreter)
        install(python, "--no-deps", "--require-hashes", "-r", ROOT / "requirements.lock")
        install(python, "--no-deps", built("wheel", scratch))
    elif way == "resolve":
        python = make_environment(folder, sys.executable)
        install(python, built("sdist", scratch))
        metrics_text = run(python.parent / "fairflip", "metrics", cwd=scratch)
        if "fairflip[fairness]" not in metrics_text:
            raise SystemExit("resolve: the command does not say how to get FairnessIndicators")
    elif way == "lean":
        python = make_environment(folder, sys.executable)
        install(python, "--no-deps", "--require-hashes", "-r", ROOT / "requirements" / "lean.lock")
        install(python, "--no-deps", built("wheel", scratch))
        verify_lean(python, scratch)
        shutil.rmtree(folder)
        return
    else:
        python = beside_locked(scratch)
        what = ["-e", ROOT] if way == "editable" else [built(way, scratch)]
        install(python, "--no-deps", "--no-build-isolation", *what)
        verify(python, way, scratch)
        uninstall(python)
        return
    verify(python, way, scratch)
    shutil.rmtree(folder)


def find_interpreter(name: str) -> str:
    """An interpreter such as "python3.10" on the path or among pyenv's, or "".

    A shim that starts nothing does not count.
    """
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    version = name.removeprefix("python")
    for candidate in [name, *sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"))]:
        with contextlib.suppress(FileNotFoundError):
            if subprocess.run([candidate, "-V"], capture_output=True, check=False).returncode == 0:
                return str(candidate)
    return ""


def main() -> None:
    """Tries the ways named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="+")
    with tempfile.TemporaryDirectory() as scratch:
        for way in parser.parse_args().ways:
            try_way(way, pathlib.Path(scratch))


if __name__ == "__main__":
    main()
