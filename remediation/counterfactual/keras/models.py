"""The model under the module name that TensorFlow Model Remediation gave it."""

from fairflip.remediation.counterfactual.keras.counterfactual_model import CounterfactualModel

__all__ = ["CounterfactualModel"]
