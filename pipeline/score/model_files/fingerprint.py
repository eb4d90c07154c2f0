"""A model's fingerprint."""

from __future__ import annotations

import hashlib
import os

from fairflip.pipeline.storage import filesystem


def model_fingerprint(path: str) -> str:
    """SHA-256 over a model's files, by name and content; 64 hex digits."""
    digest = hashlib.sha256()
    base = path.rstrip("/")
    if filesystem.is_local(base) and os.path.isfile(base):
        names = [base]
    elif filesystem.is_local(base):
        names = sorted(
            os.path.join(folder, name) for folder, _, files in os.walk(base) for name in files
        )
    elif filesystem.exists(base) and base.endswith(".keras"):
        names = [base]
    else:
        names = [entry.path for entry in filesystem.match([base + "/**"])]
    for name in names:
        relative = name[len(base) :].replace(os.sep, "/").lstrip("/")
        digest.update(f"{len(relative)}:{relative}:".encode())
        with filesystem.open_raw(name) as file:
            digest.update(f"{file.size()}:".encode())
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
