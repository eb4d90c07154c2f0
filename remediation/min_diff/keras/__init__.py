"""`MinDiffModel` and the form of data it trains on.

`utils` and `models` are the names under which TensorFlow Model Remediation had
them, so that code written for it runs with the import changed.
"""

from fairflip.remediation.min_diff.keras import min_diff_model as models
from fairflip.remediation.min_diff.keras import packed_inputs as utils
from fairflip.remediation.min_diff.keras.min_diff_model import MinDiffModel
from fairflip.remediation.min_diff.keras.packed_inputs import pack_min_diff_data

__all__ = ["MinDiffModel", "models", "pack_min_diff_data", "utils"]
