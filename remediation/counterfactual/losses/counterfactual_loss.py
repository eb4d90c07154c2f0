"""What every pair loss has in common: its arguments, its mean, and no NaN over nothing."""

from __future__ import annotations

import abc
import re
from typing import Any

import keras
from keras import ops


def snake_case(name: str) -> str:
    """`PairwiseMSELoss` as `pairwise_mse_loss`."""
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower().lstrip("_")


def as_float_tensor(values: Any) -> Any:
    """A dense tensor in at least float32, since pair losses must not underflow."""
    tensor = ops.convert_to_tensor(values, sparse=False)
    if keras.backend.standardize_dtype(tensor.dtype) == "float64":
        return tensor
    return with_logits(ops.cast(tensor, "float32"), logits_behind(values))


def logits_behind(outputs: Any) -> Any | None:
    """What Keras remembers a sigmoid or softmax to have been taken of; None if nothing.

    Its activations leave that on their result (where tensors take attributes), and its own
    cross entropy reads it, since a saturated probability has no slope.
    """
    return getattr(outputs, "_keras_logits", None)


def with_logits(outputs: Any, logits: Any | None) -> Any:
    """`outputs`, made to remember the logits behind them, where there are any."""
    if logits is not None:
        outputs._keras_logits = logits
    return outputs


def weighted_mean(values: Any, sample_weight: Any | None) -> Any:
    """Sum of `sample_weight * values` over the number of pairs; 0 over no pairs.

    The divisor counts pairs, whatever they weigh, as Keras's own reduction does.

    Args:
        values: One loss per pair, shape `[num_pairs]`.
        sample_weight: None, a scalar, `[num_pairs]` or `[num_pairs, 1]`.

    Returns:
        A scalar.
    """
    if sample_weight is not None:
        weight = ops.cast(ops.convert_to_tensor(sample_weight), values.dtype)
        if len(weight.shape) > 0:
            weight = ops.reshape(weight, (-1,))
            known = (values.shape[0], weight.shape[0])
            if None not in known and known[0] != known[1]:
                raise ValueError(
                    f"`sample_weight` has {known[1]} entries for {known[0]} pairs; "
                    "give one weight per pair or a scalar."
                )
        values = values * weight
    num_pairs = ops.cast(ops.maximum(ops.size(values), 1), values.dtype)
    return ops.sum(values) / num_pairs


class CounterfactualLoss(keras.losses.Loss, abc.ABC):
    """A distance between the predictions for originals and for their counterfactuals.

    0 means that predictions of a pair do not differ (the cosine loss: -1). A
    subclass implements `call(original, counterfactual, sample_weight)` and
    returns a scalar.

    Args:
        name: Shown in logs. Default: the class's name in snake case.
        on_logits: Compare logits. For outputs that are probabilities these are the
            ones that Keras remembers, which have a slope wherever they are; else the
            probabilities are taken back through the inverse of the sigmoid (one
            column) or of the softmax (several, up to a constant), which has none
            where they are saturated.
        from_logits: The outputs are logits already.
    """

    def __init__(
        self, name: str | None = None, *, on_logits: bool = False, from_logits: bool = False
    ):
        super().__init__(name=name or snake_case(type(self).__name__), reduction=None)
        self.on_logits = on_logits
        self.from_logits = from_logits

    def __call__(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The loss of a batch of pairs.

        Args:
            original: Predictions for originals, `[num_pairs, ...]`.
            counterfactual: Predictions for their counterfactuals, same shape.
            sample_weight: None, a scalar, `[num_pairs]` or `[num_pairs, 1]`.

        Returns:
            A scalar; 0 for a batch without pairs.

        Raises:
            ValueError: A side is missing, or the shapes differ.
        """
        if original is None or counterfactual is None:
            missing = "original" if original is None else "counterfactual"
            raise ValueError(f"Argument `{missing}` must not be None.")
        original, counterfactual = as_float_tensor(original), as_float_tensor(counterfactual)
        shapes = tuple(original.shape), tuple(counterfactual.shape)
        if len(shapes[0]) != len(shapes[1]) or any(
            None not in (a, b) and a != b for a, b in zip(*shapes, strict=True)
        ):
            raise ValueError(
                f"Incompatible shape {shapes[0]} of originals and {shapes[1]} of "
                "counterfactuals; predictions of a pair must have one shape."
            )
        if self.on_logits and not self.from_logits:
            original, counterfactual = to_logits(original), to_logits(counterfactual)
        with keras.name_scope(self.name):
            if shapes[0] and shapes[0][0] is None and not self.defined_on_nothing:
                return ops.cond(
                    ops.size(original) > 0,
                    lambda: ops.cast(
                        self.call(original, counterfactual, sample_weight), original.dtype
                    ),
                    lambda: ops.zeros((), original.dtype),
                )
            if shapes[0] and shapes[0][0] == 0 and not self.defined_on_nothing:
                return ops.zeros((), original.dtype)
            return self.call(original, counterfactual, sample_weight)

    #: Whether `call` gives 0 for no pairs by itself; custom losses are guarded.
    defined_on_nothing = False

    @abc.abstractmethod
    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The loss of a batch of pairs as a scalar; see `__call__`."""

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        config: dict[str, Any] = {"name": self.name}
        if self.on_logits:
            config["on_logits"] = True
        if self.from_logits:
            config["from_logits"] = True
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CounterfactualLoss:
        """The loss that `get_config` described."""
        return cls(**config)


#: Probabilities are held this far from 0 and 1 before a logarithm is taken.
PROBABILITY_MARGIN = 1e-7


def to_logits(probabilities: Any) -> Any:
    """The logits behind probabilities: of a sigmoid (one column) or a softmax (several).

    Those that Keras remembers, or the inverse, held within ±16 (one column).
    """
    known = logits_behind(probabilities)
    is_single = len(probabilities.shape) == 1 or probabilities.shape[-1] == 1
    if known is not None:
        known = ops.cast(known, probabilities.dtype)
        return known if is_single else known - ops.mean(known, axis=-1, keepdims=True)
    p = ops.clip(probabilities, PROBABILITY_MARGIN, 1.0 - PROBABILITY_MARGIN)
    if is_single:
        return ops.log(p) - ops.log1p(-p)
    logs = ops.log(p)
    return logs - ops.mean(logs, axis=-1, keepdims=True)
