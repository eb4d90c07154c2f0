"""The packing functions under the module name that TensorFlow Model Remediation gave them."""

from fairflip.remediation.counterfactual.keras.paired_inputs import (
    CounterfactualPackedInputs,
    build_counterfactual_data,
    pack_counterfactual_data,
)

__all__ = ["CounterfactualPackedInputs", "build_counterfactual_data", "pack_counterfactual_data"]
