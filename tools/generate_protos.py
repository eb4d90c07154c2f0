"""Generates the protobuf code in protos/ from the .proto files, or checks that it is fresh.

``python tools/generate_protos.py`` writes; ``--check`` exits 1 where a committed
file differs from what the pinned grpcio-tools makes.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"


def generate(into: pathlib.Path) -> list[pathlib.Path]:
    """Runs protoc with the import path that the installed package has."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    sources = sorted(p.name for p in PROTOS.glob("*.proto"))
    code = protoc.main(
        [
            "protoc",
            f"-Ifairflip/protos={PROTOS}",
            f"-I{well_known}",
            f"--python_out={into}",
            f"--pyi_out={into}",
            *(f"fairflip/protos/{name}" for name in sources),
        ]
    )
    if code:
        raise SystemExit(f"protoc failed with exit code {code}")
    return sorted((into / "fairflip" / "protos").iterdir())


def main() -> int:
    """Writes or checks the generated files; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    check = parser.parse_args().check
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        for made in generate(pathlib.Path(folder)):
            committed = PROTOS / made.name
            if not committed.exists() or committed.read_bytes() != made.read_bytes():
                stale.append(committed.name)
                if not check:
                    committed.write_bytes(made.read_bytes())
    if check and stale:
        print(f"stale: {', '.join(stale)}; run `make protos`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
