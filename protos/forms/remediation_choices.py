"""What `RemediationSpec` may name, for the room that checks it and the one that trains.

The first of each is the default. Kept apart from both rooms, so that a configuration
is checked without importing Keras.
"""

from __future__ import annotations

from collections.abc import Mapping

from fairflip.protos.config_pb2 import RemediationSpec
from fairflip.protos.forms.config_fields import choices

TECHNIQUES = choices(RemediationSpec, "technique")
PAIRINGS = choices(RemediationSpec, "pairing")
SCHEDULES = choices(RemediationSpec, "learning_rate_schedule")

#: The losses of each technique.
LOSSES: Mapping[str, tuple[str, ...]] = {
    "clp": (
        "pairwise_mse",
        "pairwise_absolute_difference",
        "pairwise_cosine",
        "pairwise_symmetric_kl",
        "pairwise_decision",
        "pairwise_mse_on_logits",
        "pairwise_absolute_difference_on_logits",
    ),
    "mindiff": ("mmd", "adjusted_mmd", "absolute_correlation"),
    "augmentation": (),
    "plain": (),
    "averaging": (),
    "blindness": (),
}
#: Techniques that leave the model as it is, and ask it about other texts.
AT_INFERENCE = ("averaging", "blindness")
#: The loss of a technique where none is named; techniques not listed have no loss.
DEFAULT_LOSSES: Mapping[str, str] = {"clp": "pairwise_symmetric_kl", "mindiff": "mmd"}
