"""Runs every benchmark and writes build/benchmarks.json.

    python benchmarks/run_all.py [NAME ...] [--output build/benchmarks.json]

Each module of this folder that has a function ``results()`` is run in a process
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
    "import importlib.util, json, os, sys;"
    "sys.path.insert(0, os.path.dirname(sys.argv[1]));"
    "spec = importlib.util.spec_from_file_location('benchmark', sys.argv[1]);"
    "module = importlib.util.module_from_spec(spec); sys.modules['benchmark'] = module;"
    "spec.loader.exec_module(module);"
    "rows = module.results();"
    "open(sys.argv[2], 'w').write(json.dumps(rows))"
)


def benchmark_files(names: list[str]) -> list[pathlib.Path]:
    """The modules with a ``results`` function, all or those named."""
    modules = []
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        has_results = any(isinstance(n, ast.FunctionDef) and n.name == "results" for n in tree.body)
        if has_results and (not names or path.stem in names):
            modules.append(path)
    return modules


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
    for path in benchmark_files(flags.names):
        print(f"{path.stem} ...", flush=True)
        part = flags.output.with_suffix(f".{path.stem}.part")
        subprocess.run([sys.executable, "-c", _CHILD, path, part], check=True)
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
