"""A detached signature over a run's manifest, checked by OpenSSH.

The manifest holds the SHA-256 of every file of the run, so that a signature over it is one over
the run. Signed with ``ssh-keygen -Y sign -n fairflip -f KEY OUT/details/manifest.json``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import IO

from fairflip.pipeline.storage.manifest import MANIFEST
from fairflip.protos.audit_pb2 import Signature
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import quote

NAMESPACE = "fairflip"
VALID, INVALID, NONE = "valid", "invalid", "none"
_TOOL = "ssh-keygen"
_SECONDS = 60


def check_signature(output_dir: str, allowed_signers: str, signature: str = "") -> Signature:
    """Who signed the manifest of a run, if anybody whom the reader knows.

    Args:
        output_dir: The run's folder, on this machine.
        allowed_signers: OpenSSH's file of who may sign, with which key; "": nobody asks.
        signature: The signature's file; unless given, `manifest.json.sig` beside the manifest.

    Raises:
        ConfigurationError: A file is missing, or OpenSSH is.
    """
    manifest = os.path.join(output_dir, *MANIFEST.split("/"))
    path = signature or f"{manifest}.sig"
    if not allowed_signers:
        reason = "there is one, and nobody asked" if os.path.isfile(path) else "there is none"
        return Signature(status=NONE, message=f"No signature was checked: {reason}.")
    for flag, file in (("--allowed_signers", allowed_signers), ("--signature", path)):
        if not os.path.isfile(file):
            raise ConfigurationError(f"{flag}: {quote(file)} is not there; name the file")
    if shutil.which(_TOOL) is None:
        raise ConfigurationError(
            f"--allowed_signers: {_TOOL} is not installed here; install OpenSSH's client"
        )
    signers = _ran("find-principals", "-s", path, "-f", allowed_signers)
    signer = signers.stdout.strip().splitlines()[0] if signers.returncode == 0 else ""
    if not signer:
        return Signature(status=INVALID, message=f"No key of {quote(allowed_signers)} signed it.")
    with open(manifest, "rb") as content:
        checked = _ran(
            *("verify", "-f", allowed_signers, "-I", signer, "-n", NAMESPACE, "-s", path),
            stdin=content,
        )
    if checked.returncode:
        return Signature(
            status=INVALID,
            signer=signer,
            message="The signature is not of this manifest: it was altered, or signed elsewhere.",
        )
    return Signature(status=VALID, signer=signer, message=f"{signer} signed this manifest.")


def _ran(
    operation: str, *arguments: str, stdin: IO[bytes] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_TOOL, "-Y", operation, *arguments],
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
