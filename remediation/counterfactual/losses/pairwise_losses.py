"""The five pair losses, and finding one by name."""

from __future__ import annotations

import math
import warnings
from typing import Any

import keras
from keras import ops

from fairflip.remediation.counterfactual.losses.counterfactual_loss import (
    PROBABILITY_MARGIN,
    CounterfactualLoss,
    logits_behind,
    to_logits,
    weighted_mean,
)


def per_pair_mean(values: Any) -> Any:
    """The mean over all but the first axis, shape `[num_pairs]`."""
    if len(values.shape) == 1:
        return values
    return ops.mean(values, axis=tuple(range(1, len(values.shape))))


@keras.saving.register_keras_serializable(package="fairflip")
class PairwiseMSELoss(CounterfactualLoss):
    """Mean squared difference of the two predictions: mean (f(x) - f(x'))^2.

    Range: 0 (equal) and up; at most 1 on probabilities. It is weak where it
    matters little and where it matters much: a step of 0.1 over the threshold
    costs 0.01.
    """

    defined_on_nothing = True

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean of squared differences."""
        return weighted_mean(per_pair_mean(ops.square(original - counterfactual)), sample_weight)


@keras.saving.register_keras_serializable(package="fairflip")
class PairwiseAbsoluteDifferenceLoss(CounterfactualLoss):
    """Mean absolute difference of the two predictions: mean |f(x) - f(x')|.

    Range: 0 (equal) and up; at most 1 on probabilities. On probabilities it is
    the counterfactual token fairness gap of the batch.
    """

    defined_on_nothing = True

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean of absolute differences."""
        return weighted_mean(per_pair_mean(ops.abs(original - counterfactual)), sample_weight)


@keras.saving.register_keras_serializable(package="fairflip")
class PairwiseCosineLoss(CounterfactualLoss):
    """Negative cosine similarity of the two prediction vectors.

    Range: -1 (same direction) to 1. Between single numbers the cosine is their
    sign, so that on one sigmoid output this loss is -1 for every model and
    teaches nothing: it warns then.
    """

    defined_on_nothing = True

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean of negative cosines."""
        if original.shape[-1] == 1:
            warnings.warn(
                "PairwiseCosineLoss on predictions with one column is constant and does not "
                "train; use PairwiseSymmetricKLLoss or a head with one column per class.",
                stacklevel=2,
            )
        a, b = (ops.normalize(side, axis=-1, epsilon=1e-12) for side in (original, counterfactual))
        return weighted_mean(per_pair_mean(-ops.sum(a * b, axis=-1)), sample_weight)


@keras.saving.register_keras_serializable(package="fairflip")
class PairwiseSymmetricKLLoss(CounterfactualLoss):
    """Symmetric Kullback-Leibler divergence: mean KL(p || q) + KL(q || p).

    One column is the probability of a Bernoulli variable, where this equals
    (p - q)(logit p - logit q); several columns are a categorical distribution.
    Range: 0 (equal) and up. With `from_logits` outputs are logits. Distributions
    have no other logits to be compared on, so `on_logits` is refused.
    """

    defined_on_nothing = True

    def __init__(
        self, name: str | None = None, *, on_logits: bool = False, from_logits: bool = False
    ):
        if on_logits:
            raise ValueError(
                "PairwiseSymmetricKLLoss compares distributions; leave `on_logits` off and set "
                "`from_logits` if the model gives logits."
            )
        super().__init__(name, from_logits=from_logits)

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean of symmetric divergences."""
        p, log_odds_p = self._probabilities_and_logs(original)
        q, log_odds_q = self._probabilities_and_logs(counterfactual)
        divergence = (p - q) * (log_odds_p - log_odds_q)
        if len(divergence.shape) > 1:
            divergence = ops.sum(divergence, axis=-1)
        return weighted_mean(per_pair_mean(divergence), sample_weight)

    def _probabilities_and_logs(self, outputs: Any) -> tuple[Any, Any]:
        """Probabilities, and log odds (one column) or log probabilities (several)."""
        single = len(outputs.shape) == 1 or outputs.shape[-1] == 1
        if self.from_logits:
            if single:
                return ops.sigmoid(outputs), outputs
            logs = ops.log_softmax(outputs, axis=-1)
            return ops.exp(logs), logs
        if single:
            return outputs, to_logits(outputs)
        if logits_behind(outputs) is not None:
            return outputs, ops.log_softmax(logits_behind(outputs), axis=-1)
        p = ops.clip(outputs, PROBABILITY_MARGIN, 1.0 - PROBABILITY_MARGIN)
        return p, ops.log(p)


@keras.saving.register_keras_serializable(package="fairflip")
class PairwiseDecisionLoss(CounterfactualLoss):
    """Mean squared difference of two softened decisions: mean (d(x) - d(x'))^2.

    For one column, d = sigmoid((logit f - logit threshold) / temperature): 0 or 1 far
    from the threshold, and in between near it. A temperature of 1 and a threshold of 0.5
    give `PairwiseMSELoss`; towards a temperature of 0 the loss becomes the flip rate
    itself. So pairs are moved where a decision is at stake, and their scores may differ
    elsewhere: fewer flips for the same loss of ranking, with a larger counterfactual
    token fairness gap than other losses of as few flips leave. Several columns: of a
    softmax at the temperature; the threshold does not count.

    Range: 0 (equal) to 1.

    Args:
        name: Shown in logs.
        threshold: Scores above it are positive; between 0 and 1.
        temperature: The width of the softened step, in logits; above 0. A narrow step
            moves few pairs.
        on_logits: Refused; decisions are taken from logits as it is.
        from_logits: The outputs are logits already.
    """

    defined_on_nothing = True

    def __init__(
        self,
        name: str | None = None,
        *,
        threshold: float = 0.5,
        temperature: float = 0.5,
        on_logits: bool = False,
        from_logits: bool = False,
    ):
        if on_logits:
            raise ValueError("PairwiseDecisionLoss compares decisions; leave `on_logits` off.")
        if not 0 < threshold < 1:
            raise ValueError(f"threshold is {threshold!r}; it must lie between 0 and 1.")
        if not temperature > 0:
            raise ValueError(f"temperature is {temperature!r}; it must be above 0.")
        super().__init__(name, from_logits=from_logits)
        self.threshold = float(threshold)
        self.temperature = float(temperature)

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean of squared differences of softened decisions."""
        difference = self._decision(original) - self._decision(counterfactual)
        return weighted_mean(per_pair_mean(ops.square(difference)), sample_weight)

    def _decision(self, outputs: Any) -> Any:
        logits = outputs if self.from_logits else to_logits(outputs)
        if len(logits.shape) == 1 or logits.shape[-1] == 1:
            middle = math.log(self.threshold / (1.0 - self.threshold))
            return ops.sigmoid((logits - middle) / self.temperature)
        return ops.softmax(logits / self.temperature, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """With threshold and temperature."""
        return {
            **super().get_config(),
            "threshold": self.threshold,
            "temperature": self.temperature,
        }


#: The pair losses by the names a configuration may use; each also with "_loss".
LOSSES: dict[str, type[CounterfactualLoss]] = {
    "pairwise_mse": PairwiseMSELoss,
    "pairwise_absolute_difference": PairwiseAbsoluteDifferenceLoss,
    "pairwise_cosine": PairwiseCosineLoss,
    "pairwise_symmetric_kl": PairwiseSymmetricKLLoss,
    "pairwise_decision": PairwiseDecisionLoss,
}

#: Behind a loss's name: compare logits, such as "pairwise_mse_on_logits".
ON_LOGITS = "_on_logits"


def get(loss: str | CounterfactualLoss | None) -> CounterfactualLoss | None:
    """A loss by name (any case, with or without "_loss", "_on_logits") or as it is.

    Raises:
        ValueError: The name is not known.
        TypeError: Neither a name nor a loss.
    """
    if loss is None or isinstance(loss, CounterfactualLoss):
        return loss
    if isinstance(loss, str):
        name = loss.lower().removesuffix("_loss")
        loss_class = LOSSES.get(name.removesuffix(ON_LOGITS))
        if loss_class is None:
            raise ValueError(
                f"Unknown counterfactual loss {loss!r}; choose one of {list(LOSSES)}, the first "
                f"two also with {ON_LOGITS!r} behind them."
            )
        return loss_class(on_logits=True) if name.endswith(ON_LOGITS) else loss_class()
    raise TypeError(
        f"A counterfactual loss must be a name or a CounterfactualLoss, not {type(loss).__name__}."
    )
