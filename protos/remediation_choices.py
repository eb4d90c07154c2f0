"""What `RemediationSpec` may name, once for the room that checks it and the one that trains.

The first of each is the default. Kept apart from both rooms, so that a configuration
is checked without importing Keras.
"""

from __future__ import annotations

from collections.abc import Mapping

TECHNIQUES = ("clp", "mindiff", "augmentation", "plain")
PAIRINGS = ("aligned", "packed")
SCHEDULES = ("constant", "cosine")

#: The loss of a technique where none is named; techniques not listed have no loss.
DEFAULT_LOSSES: Mapping[str, str] = {"clp": "pairwise_symmetric_kl", "mindiff": "mmd"}
