"""Runs every benchmark and writes build/benchmarks.json.

    python -m benchmarks.run_all [NAME ...] [--output build/benchmarks.json]

A name is that of a module or of a folder: `counting`, `speed.counting`, `speed`.
Each module below this folder that has a function ``results()`` is run in a process
of its own, so that peak memory is its own too. ``results()`` returns a list of
``{"name", "value", "bound", "holds"}``: a figure, the floor or ceiling the
project sets itself, and whether it holds.
"""

from __future__ import annotations

import argparse
import ast
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
_CHILD = (
    "import importlib, json, sys;"
    "rows = importlib.import_module(sys.argv[1]).results();"
    "open(sys.argv[2], 'w').write(json.dumps(rows))"
)


def benchmarks_with_results(names: list[str]) -> list[str]:
    """The modules with a ``results`` function, as `speed.counting`: all, or those named.

    Raises:
        SystemExit: A name is that of no such module and of no folder with one.
    """
    modules = []
    for path in sorted(FOLDER.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(n, ast.FunctionDef) and n.name == "results" for n in tree.body):
            modules.append(".".join(path.relative_to(FOLDER).with_suffix("").parts))
    by_name = {name: [m for m in modules if name in {m, *m.split(".")}] for name in names}
    unknown = [name for name, of_name in by_name.items() if not of_name]
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(modules)}")
    return [m for m in modules if not names or any(m in of_name for of_name in by_name.values())]


def main() -> int:
    """Runs the benchmarks; returns 1 if a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument(
        "--output", type=pathlib.Path, default=pathlib.Path("build/benchmarks.json")
    )
    flags = parser.parse_args()
    flags.output.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for module in benchmarks_with_results(flags.names):
        print(f"{module} ...", flush=True)
        part = flags.output.with_suffix(f".{module}.part").resolve()
        child = [sys.executable, "-c", _CHILD, f"benchmarks.{module}", part]
        subprocess.run(child, check=True, cwd=FOLDER.parent)
        rows += json.loads(part.read_text())
        part.unlink()
    flags.output.write_text(json.dumps(rows, indent=1) + "\n")
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        mark = "holds" if row["holds"] else "DOES NOT HOLD"
        print(f"{row['name']:<{width}}  {row['value']!s:>12}  bound {row['bound']!s:<10} {mark}")
    return 0 if all(row["holds"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
