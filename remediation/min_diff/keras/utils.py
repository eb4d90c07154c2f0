"""The packing functions under the module name that TensorFlow Model Remediation gave them."""

from fairflip.remediation.min_diff.keras.packed_inputs import (
    MinDiffPackedInputs,
    build_min_diff_dataset,
    pack_min_diff_data,
    unpack_min_diff_data,
    unpack_original_inputs,
)

__all__ = [
    "MinDiffPackedInputs",
    "build_min_diff_dataset",
    "pack_min_diff_data",
    "unpack_min_diff_data",
    "unpack_original_inputs",
]
