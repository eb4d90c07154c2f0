"""Kernels: how alike two predictions are, 1 for equal, towards 0 for far apart."""

from __future__ import annotations

import abc
from typing import Any

import keras
from keras import ops


class MinDiffKernel(abc.ABC):
    """A similarity of all pairs of rows.

    Args:
        tile_input: Compare every row of `x` with every row of `y`. Without it,
            `call` gets both as they are.
    """

    def __init__(self, tile_input: bool = True):
        self.tile_input = tile_input

    def __call__(self, x: Any, y: Any | None = None) -> Any:
        """Similarities, `[rows of x, rows of y]`.

        Args:
            x: `[rows, columns]`.
            y: `[rows, columns]`; None: `x`.
        """
        y = x if y is None else y
        if self.tile_input:
            x, y = ops.expand_dims(x, 1), ops.expand_dims(y, 0)
        return self.call(x, y)

    @abc.abstractmethod
    def call(self, x: Any, y: Any) -> Any:
        """Similarity over the last axis of two tensors that broadcast."""

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        return {"tile_input": self.tile_input}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MinDiffKernel:
        """The kernel that `get_config` described."""
        return cls(**config)


@keras.saving.register_keras_serializable(package="fairflip")
class GaussianKernel(MinDiffKernel):
    """exp(-|x - y|^2 / length^2).

    Args:
        kernel_length: How far apart predictions may be and still feel each
            other; their standard deviation is a good first guess. Default 0.1.
        **kwargs: For `MinDiffKernel`.
    """

    def __init__(self, kernel_length: float = 0.1, **kwargs: Any):
        super().__init__(**kwargs)
        self.kernel_length = kernel_length

    def call(self, x: Any, y: Any) -> Any:
        """The kernel over the last axis."""
        return ops.exp(-ops.sum(ops.square(x - y), axis=-1) / self.kernel_length**2)

    def get_config(self) -> dict[str, Any]:
        """With the length."""
        return {**super().get_config(), "kernel_length": self.kernel_length}


@keras.saving.register_keras_serializable(package="fairflip")
class LaplacianKernel(MinDiffKernel):
    """exp(-|x - y| / length).

    The norm's slope at 0 does not exist; a square root of 0 made NaN gradients
    in TensorFlow Model Remediation. A tiny number inside the root makes it 0.

    Args:
        kernel_length: As for `GaussianKernel`.
        **kwargs: For `MinDiffKernel`.
    """

    #: The square of 1e-8: below float32's resolution of any score.
    TINY = 1e-16

    def __init__(self, kernel_length: float = 0.1, **kwargs: Any):
        super().__init__(**kwargs)
        self.kernel_length = kernel_length

    def call(self, x: Any, y: Any) -> Any:
        """The kernel over the last axis."""
        distance = ops.sqrt(ops.sum(ops.square(x - y), axis=-1) + self.TINY)
        return ops.exp(-distance / self.kernel_length)

    def get_config(self) -> dict[str, Any]:
        """With the length."""
        return {**super().get_config(), "kernel_length": self.kernel_length}


#: Kernels by name; each also with "_kernel".
KERNELS: dict[str, type[MinDiffKernel]] = {
    "gauss": GaussianKernel,
    "gaussian": GaussianKernel,
    "laplace": LaplacianKernel,
    "laplacian": LaplacianKernel,
}


def get(kernel: str | MinDiffKernel | None) -> MinDiffKernel | None:
    """A kernel by name (any case, with or without "_kernel") or as it is.

    Raises:
        ValueError: The name is not known.
        TypeError: Neither a name nor a kernel.
    """
    if kernel is None or isinstance(kernel, MinDiffKernel):
        return kernel
    if isinstance(kernel, str):
        kernel_class = KERNELS.get(kernel.lower().removesuffix("_kernel"))
        if kernel_class is None:
            raise ValueError(f"Unknown kernel {kernel!r}; choose one of {list(KERNELS)}.")
        return kernel_class()
    raise TypeError(f"A kernel must be a name or a MinDiffKernel, not {type(kernel).__name__}.")
