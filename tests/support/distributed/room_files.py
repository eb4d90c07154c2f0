"""The files that are the package, as the repository has them."""

from __future__ import annotations

from support import ROOT

ROOMS = ("api", "metrics", "pipeline", "protos", "remediation", "text", "view")


def room_files(*suffixes: str) -> set[str]:
    """Paths such as `pipeline/read/files.py`, of these suffixes (without any: of all)."""
    return {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and (not suffixes or path.suffix in suffixes)
    }
