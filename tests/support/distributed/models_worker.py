"""A worker's environment with the packages of the models' locks and the installed wheel alone."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import sysconfig
import zipfile

from support import ROOT
from support.distributed.lonely_network import environment

#: What of the tests' own environment no worker has: this checkout, and what tests need.
_LEFT_OUT = ("fairflip", "__editable__", "pytest", "_pytest", "xdist", "hypothesis", "pip")


def make_models_worker(folder: pathlib.Path) -> pathlib.Path:
    """An environment of links to the locked packages beside our unpacked wheel; its `bin`."""
    source = folder / "source"
    ignored = shutil.ignore_patterns(
        *(".git", ".venv*", "build", "*.egg-info", "__pycache__", "tests", "docs", "site")
    )
    shutil.copytree(ROOT, source, ignore=ignored)
    build = ["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    _python(sys.executable, *build, "--wheel-dir", folder / "dist", source)
    shutil.rmtree(source)
    _python(sys.executable, "-m", "venv", "--without-pip", folder / "worker")
    python = folder / "worker" / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = pathlib.Path(_python(python, "-c", ask).strip())
    for entry in pathlib.Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(_LEFT_OUT) and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
    [wheel] = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    place = pathlib.Path(_python(python, "-c", "import fairflip; print(fairflip.__file__)").strip())
    assert place.is_relative_to(packages), place
    return python.parent


def _python(python: object, *words: object) -> str:
    command = [str(word) for word in (python, *words)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), cwd="/", timeout=300
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"[-3000:]
    return done.stdout
