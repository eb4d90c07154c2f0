"""The first records that a run left out, by where they came from."""

from __future__ import annotations

import glob
import json
import os

_MAX_REJECT_SAMPLES = 50
_MAX_REJECT_FILES = 200


def of_folder(folder: str | os.PathLike) -> list[dict[str, str]]:
    """The first rejects by file name: where they came from, never their content."""
    pattern = os.path.join(glob.escape(os.fspath(folder)), "*.jsonl")
    samples: list[dict[str, str]] = []
    for file in sorted(glob.glob(pattern))[:_MAX_REJECT_FILES]:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if len(samples) >= _MAX_REJECT_SAMPLES:
                    return samples
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, dict):
                    samples.append(
                        {
                            name: str(entry.get(name) or "")
                            for name in ("stage", "reason", "source", "record")
                        }
                    )
    return samples
