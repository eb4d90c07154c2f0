"""Every loss on fixed numbers, printed as JSON: run it under different KERAS_BACKENDs.

A file of its own, since a process has one backend for life.
"""

from __future__ import annotations

import json
import warnings

import numpy as np

P = np.array([[0.9], [0.4], [0.2], [0.55]], "float32")
Q = np.array([[0.6], [0.4], [0.7], [0.45]], "float32")
P3 = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], "float32")
Q3 = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], "float32")
MEMBER = np.array([[1.0], [1.0], [0.0], [0.0]], "float32")
WEIGHT = np.array([1.0, 0.5, 2.0, 0.0], "float32")


def loss_values() -> dict[str, float]:
    """Each loss of each kind of predictions by a name."""
    from fairflip.remediation.counterfactual import losses as pair_losses
    from fairflip.remediation.min_diff import losses as group_losses

    values = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the cosine of one column
        for name in (*pair_losses.LOSSES, "pairwise_mse_on_logits"):
            loss = pair_losses.get(name)
            values[f"{name} one column"] = loss(P, Q)
            values[f"{name} weighted"] = loss(P, Q, WEIGHT)
            values[f"{name} columns"] = loss(P3, Q3)
            values[f"{name} nothing"] = loss(P[:0], Q[:0])
    for name, cls in group_losses.LOSSES.items():
        kernels = [()] if "corr" in name else [("gaussian",), ("laplacian",)]
        for kernel in kernels:
            loss = cls(*kernel)
            key = " ".join([name, *kernel])
            values[key] = loss(MEMBER, P)
            values[f"{key} weighted"] = loss(MEMBER, P, WEIGHT + 0.5)
            values[f"{key} one group"] = loss(MEMBER * 0, P)
    return {name: float(value) for name, value in values.items()}


if __name__ == "__main__":
    print(json.dumps(loss_values()))
