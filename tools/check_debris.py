"""Finds what should not be in a commit: unfinished marks, machine paths, large files.

Exits 1 and lists what it found. Generated protobuf code is left out.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: Pattern -> why it must not be committed. Written so that this file is clean.
FORBIDDEN = {
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b": "an unfinished mark",
    r"(^|[\s\"'(=])/(home|root|work|tmp)/\w": "a path of one machine",
    r"^(<<<<<<<|>>>>>>>) ": "a merge conflict",
    r"\bbreakpoint\(\)|\bpdb\.set_trace": "a debugger call",
}
PICKLE_OR_EVAL = r"^\s*(import pickle|from pickle)|\bpickle\.loads?\(|(?<![.\w])eval\("
NAMES_THAT_SAY_NOTHING = re.compile(r"(^|/)(utils?|helpers|common|misc)\.py$|_lib\.py$")
#: Module paths that the published tutorials import; their users change the package name alone.
PUBLISHED_NAMES = {
    "remediation/counterfactual/keras/utils.py",
    "remediation/min_diff/keras/utils.py",
}
LARGE_BYTES = 1 << 20
TEXT = {".py", ".md", ".toml", ".textproto", ".proto", ".j2", ".css", ".js", ".html", ".yml"}


def tracked_files() -> list[pathlib.Path]:
    """What git tracks, generated code aside."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [pathlib.Path(name) for name in listed if "_pb2.py" not in name]


def problems_of(name: pathlib.Path) -> list[str]:
    """Every problem of one file, as `path:line: why`."""
    path = ROOT / name
    if not path.is_file():
        return []
    problems = []
    if path.stat().st_size > LARGE_BYTES:
        problems.append(f"{name}: larger than 1 MiB")
    is_published = name.as_posix() in PUBLISHED_NAMES
    if NAMES_THAT_SAY_NOTHING.search(name.as_posix()) and not is_published:
        problems.append(f"{name}: a file name that says nothing")
    if path.suffix not in TEXT:
        return problems
    rules = dict(FORBIDDEN)
    if path.suffix == ".py" and name.parts[0] != "tests":
        rules[PICKLE_OR_EVAL] = "pickle or eval outside tests"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        problems += [
            f"{name}:{number}: {why}" for rule, why in rules.items() if re.search(rule, line)
        ]
    return problems


def main() -> int:
    """Prints all problems; returns 1 if there are any."""
    problems = [problem for name in tracked_files() for problem in problems_of(name)]
    print("\n".join(problems) or "no debris")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
