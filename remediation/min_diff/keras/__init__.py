"""`MinDiffModel` and the form of data it trains on."""

from fairflip.remediation.min_diff.keras import models, utils
from fairflip.remediation.min_diff.keras.min_diff_model import MinDiffModel
from fairflip.remediation.min_diff.keras.packed_inputs import pack_min_diff_data

__all__ = ["MinDiffModel", "models", "pack_min_diff_data", "utils"]
