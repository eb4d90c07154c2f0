"""Compares requirements.lock with a database of known faults, where one can be reached.

    python tools/audit_dependencies.py [--database URL] [--strict]

The packages and versions of the lock (names and numbers that are public anyway) are sent to
an OSV database. Exits 1 where a pinned version has a known fault, 0 where none has one; where no
database answers it says plainly that nothing was audited, and exits 0 (with --strict: 2).
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import sys
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATABASE = "https://api.osv.dev/v1/querybatch"
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;]+)")
_TIMEOUT_SECONDS = 20
_BATCH = 500


def pins(lock: str) -> list[tuple[str, str]]:
    """(package, version) of each line of a lock; one package may be pinned for several Pythons."""
    return sorted({match.groups() for line in lock.splitlines() if (match := _PIN.match(line))})


def known_faults(packages: list[tuple[str, str]], database: str) -> dict[str, list[str]]:
    """The identifiers of known faults, by name and version as in a lock.

    Raises:
        OSError: No database answers there.
        ValueError: What answers is no OSV database.
    """
    by_package: dict[str, list[str]] = {}
    for start in range(0, len(packages), _BATCH):
        part = packages[start : start + _BATCH]
        queries = [
            {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
            for name, version in part
        ]
        request = urllib.request.Request(
            database,
            json.dumps({"queries": queries}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            answer = json.load(response)
        results = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list) or len(results) != len(part):
            raise ValueError("the answer is not that of an OSV database")
        for (name, version), result in zip(part, results, strict=True):
            faults = [str(fault.get("id", "?")) for fault in (result or {}).get("vulns", [])]
            if faults:
                by_package[f"{name}=={version}"] = faults
    return by_package


def main(argv: list[str] | None = None) -> int:
    """Audits the lock and says what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", type=pathlib.Path, default=ROOT / "requirements.lock")
    parser.add_argument("--database", default=DATABASE, help="an OSV query address")
    parser.add_argument("--strict", action="store_true", help="fail where none can be reached")
    flags = parser.parse_args(argv)
    packages = pins(flags.lock.read_text(encoding="utf-8"))
    try:
        faults = known_faults(packages, flags.database)
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error)).splitlines()[0][:120]
        print(
            f"dependency audit: NOT DONE for {len(packages)} pinned versions: no database of known "
            f"faults could be reached ({type(error).__name__}: {reason})"
        )
        return 2 if flags.strict else 0
    for package, identifiers in faults.items():
        print(f"{package}: {', '.join(identifiers)}")
    print(f"dependency audit: {len(packages)} pinned versions, {len(faults)} with known faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
