"""The model under the module name that TensorFlow Model Remediation gave it."""

from fairflip.remediation.min_diff.keras.min_diff_model import MinDiffModel

__all__ = ["MinDiffModel"]
