"""The model that trains another with Counterfactual Logit Pairing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from fairflip.remediation.counterfactual import losses as pair_losses
from fairflip.remediation.counterfactual.keras.paired_inputs import (
    AlignedInputs,
    ControlledInputs,
    PackedInputs,
    as_keras_batch,
    as_keras_dataset,
)
from fairflip.remediation.counterfactual.losses.counterfactual_loss import (
    logits_behind,
    with_logits,
)
from fairflip.remediation.models.wrapped_model import LossTerm, WrappedModel, conform_weights

_CONTROL_LOSS = "control_loss"


@keras.saving.register_keras_serializable(package="fairflip")
class CounterfactualModel(WrappedModel):
    """Trains `original_model` to predict the same for an original and its counterfactual.

    The loss of a batch is the compiled loss (with regularisers) plus, for every
    pair loss, weight * sum(pair weight * pair loss) / number of pairs. A batch
    without pairs adds 0.

    Data is *aligned*: `fit(align(x, counterfactual_x, has_counterfactual), y)` or a
    dataset of `(AlignedInputs, y[, sample_weight])`; or *packed* as in the
    tutorials: a dataset of `pack_counterfactual_data`. `evaluate` and `predict`
    take either, or plain data.

    Logged are `loss`, `original_loss` (compiled loss and regularisers) and the
    unweighted `counterfactual_loss`, all means over training rows, so that
    loss = original_loss + loss_weight * counterfactual_loss. With a dict or list
    of losses, each has `<name>_counterfactual_loss` as well, and
    `counterfactual_loss` is their sum.

    Args:
        original_model: The Keras 3 model to train. It is trained in place.
        loss: A pair loss or its name. For a model with several outputs: one loss
            for all of them, or a dict (list) by output; outputs without a loss are
            not paired. A dict for a model with one output applies each to it.
        loss_weight: A number, or a dict (list) like `loss`.
        control_weight: Weight of the pair loss of control pairs (`ControlledInputs`) beside 1
            for identity pairs, a mean over pairs of its own; logged as `control_loss`, with
            loss = original_loss + loss_weight * (counterfactual_loss + control_weight *
            control_loss).
        **kwargs: For `keras.Model`.
    """

    data_name = "counterfactuals"
    packer_name = "`align` or `utils.pack_counterfactual_data`"

    def __init__(
        self,
        original_model: keras.Model,
        loss: Any = "pairwise_mse",
        loss_weight: Any = 1.0,
        control_weight: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(original_model, **kwargs)
        self._control_weight = conform_weights(None, control_weight, "CounterfactualModel")
        if isinstance(loss, Mapping):
            self._pair_losses: Any = {k: pair_losses.get(v) for k, v in loss.items()}
            names = [f"{key}_counterfactual_loss" for key in loss]
        elif isinstance(loss, list | tuple):
            self._pair_losses = [pair_losses.get(v) for v in loss]
            names = [f"{position}_counterfactual_loss" for position in range(len(loss))]
        else:
            self._pair_losses = pair_losses.get(loss)
            names = []
        if self._pair_losses is None:
            raise ValueError("loss must be a counterfactual loss or its name, not None.")
        self._pair_loss_weights = conform_weights(
            self._pair_losses, loss_weight, "CounterfactualModel"
        )
        self.term_trackers = {
            name: keras.metrics.Mean(name=name) for name in ["counterfactual_loss", *names]
        }
        if self._control_weight:
            self.term_trackers[_CONTROL_LOSS] = keras.metrics.Mean(name=_CONTROL_LOSS)
        # Normalising over the few rows that have a counterfactual would compare
        # the pair under two different statistics.
        self._normalises_over_batch = any(
            isinstance(layer, keras.layers.BatchNormalization)
            for layer in original_model._flatten_layers()
        )

    def plain_inputs(self, inputs: Any) -> Any:
        """The original model's inputs of an aligned, packed or plain batch."""
        return inputs.original if self.has_remediation_data(inputs) else inputs

    def has_remediation_data(self, inputs: Any) -> bool:
        """Whether `inputs` are aligned or packed, with or without controls."""
        return isinstance(inputs, AlignedInputs | PackedInputs | ControlledInputs)

    def remediation_losses(self, inputs: Any, predictions: Any, training: bool) -> list[LossTerm]:
        """The pair losses of a batch."""
        if isinstance(inputs, ControlledInputs):
            terms = self.remediation_losses(inputs.paired, predictions, training)
            if not self._control_weight:
                return terms
            weight = ops.ones_like(ops.cast(inputs.has_control, "float32"))
            aligned = AlignedInputs(inputs.original, inputs.control, inputs.has_control, weight)
            sides = self._aligned_predictions(aligned, predictions, training)
            losses = [term for term in self.compute_counterfactual_losses(*sides) if term.weight]
            total = sum((term.weight for term in losses), 0.0)
            if not total:
                return terms
            # One number for all losses, such that the model's own weights count among them.
            value = sum(term.value * (term.weight / total) for term in losses)
            return [*terms, LossTerm(_CONTROL_LOSS, value, total * self._control_weight)]
        if isinstance(inputs, AlignedInputs):
            sides = self._aligned_predictions(inputs, predictions, training)
        else:
            sides = self._packed_predictions(inputs, training)
        return self.compute_counterfactual_losses(*sides)

    def _aligned_predictions(self, inputs: AlignedInputs, predictions: Any, training: bool) -> Any:
        """Predictions of both sides and weights, of the rows that have a counterfactual."""
        refuse_sparse(inputs.original)
        inputs = inputs._replace(has_counterfactual=ops.cast(inputs.has_counterfactual, "bool"))
        rows, weight = selected_rows(inputs.has_counterfactual, inputs.pair_weight)

        def select(part: Any) -> Any:
            return keras.tree.map_structure(lambda t: take_predictions(t, rows), part)

        if self._normalises_over_batch:
            filled = keras.tree.map_structure(
                lambda x, cf: where_rows(inputs.has_counterfactual, cf, x),
                inputs.original,
                inputs.counterfactual,
            )
            counterfactual = select(self.side_pass(filled, training))
        else:
            chosen = keras.tree.map_structure(
                lambda x, cf: where_rows(
                    take_rows(inputs.has_counterfactual, rows),
                    take_rows(cf, rows),
                    take_rows(x, rows),
                ),
                inputs.original,
                inputs.counterfactual,
            )
            counterfactual = self.side_pass(chosen, training)
        return select(predictions), counterfactual, weight

    def _packed_predictions(self, inputs: PackedInputs, training: bool) -> Any:
        """Predictions of both sides and weights of the pairs packed beside the batch."""
        weight = inputs.pair_weight
        sides = inputs.pair_original, inputs.pair_counterfactual
        if keras.tree.flatten(sides[0])[0].shape[0] is None:
            # No layer need cope with a batch of nothing: a row of weight 0 fills in.
            weight = with_filler(weight, weight, zero=True)
            sides = tuple(
                keras.tree.map_structure(
                    lambda pair, x: with_filler(pair, x), side, inputs.original
                )
                for side in sides
            )
        return self.side_pass(sides[0], training), self.side_pass(sides[1], training), weight

    def compute_counterfactual_losses(
        self, original: Any, counterfactual: Any, pair_weight: Any
    ) -> list[LossTerm]:
        """Pair losses from predictions, each named, with the unweighted sum first.

        Args:
            original: Predictions for originals, structured as the model's outputs.
            counterfactual: The same for counterfactuals.
            pair_weight: `[num_pairs]`.
        """
        if not isinstance(self._pair_losses, dict | list):
            values = [
                self._pair_losses(a, b, pair_weight)
                for a, b in zip(
                    keras.tree.flatten(original), keras.tree.flatten(counterfactual), strict=True
                )
            ]
            return [LossTerm("counterfactual_loss", sum(values), self._pair_loss_weights)]
        keyed = isinstance(self._pair_losses, dict)
        terms = []
        for key in self._pair_losses if keyed else range(len(self._pair_losses)):
            loss = self._pair_losses[key]
            if loss is None:
                continue
            value = loss(
                self._output(original, key), self._output(counterfactual, key), pair_weight
            )
            terms.append(
                LossTerm(f"{key}_counterfactual_loss", value, self._pair_loss_weights[key])
            )
        return [LossTerm("counterfactual_loss", sum(t.value for t in terms), 0.0), *terms]

    def _output(self, predictions: Any, key: str | int) -> Any:
        """The output that a loss's key or position means."""
        if isinstance(predictions, Mapping) and key in predictions:
            return predictions[key]
        if isinstance(predictions, list | tuple):
            names = getattr(self.original_model, "output_names", [])
            position = names.index(key) if key in names else key
            if isinstance(position, int) and position < len(predictions):
                return predictions[position]
        elif not isinstance(predictions, Mapping):
            return predictions
        raise ValueError(f"The model has no output {key!r} for a counterfactual loss.")

    # Packed batches come as `CounterfactualPackedInputs`, which Keras cannot read.

    def train_step(self, data: Any) -> Any:
        """One step on a batch in any of the forms."""
        return super().train_step(as_keras_batch(data))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Metrics of a step; without the loss of controls where there were none."""
        results = super().compute_metrics(x, y, y_pred, sample_weight=sample_weight)
        if not isinstance(x, ControlledInputs):
            results.pop(_CONTROL_LOSS, None)
        return results

    def test_step(self, data: Any) -> Any:
        """One evaluation step on a batch in any of the forms, or a plain one."""
        return super().test_step(as_keras_batch(data))

    def predict_step(self, data: Any) -> Any:
        """Predictions for a batch in any of the forms, or a plain one."""
        return super().predict_step(as_keras_batch(data))

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As `keras.Model.fit`; packed datasets are taken too, also for validation."""
        if "validation_data" in kwargs:
            kwargs["validation_data"] = as_keras_dataset(kwargs["validation_data"])
        return super().fit(as_keras_dataset(x), y, *args, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """As `keras.Model.evaluate`; packed datasets are taken too."""
        return super().evaluate(as_keras_dataset(x), y, *args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The original model, the pair losses and their weights."""
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "loss": keras.tree.map_structure(serialize, self._pair_losses),
            "loss_weight": self._pair_loss_weights,
            "control_weight": self._control_weight,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> CounterfactualModel:
        """The model that `get_config` described."""
        config = dict(config)
        for key in ("original_model", "loss"):
            config[key] = keras.saving.deserialize_keras_object(
                config[key], custom_objects=custom_objects
            )
        return cls(**config)


def refuse_sparse(inputs: Any) -> None:
    """Raises a ValueError for inputs of which rows cannot be chosen."""
    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if any(isinstance(part, tf.SparseTensor) for part in keras.tree.flatten(inputs)):
        raise ValueError(
            "aligned pairs cannot hold sparse inputs: no row of them can be chosen; pack the pairs "
            "beside the batches (pack_counterfactual_data), or make the inputs dense"
        )


def take_rows(values: Any, rows: Any) -> Any:
    """The rows of a tensor of any type, strings included."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.gather(values, rows)
    return ops.take(values, rows, axis=0)


def take_predictions(outputs: Any, rows: Any) -> Any:
    """The rows of a model's outputs, and of the logits behind them."""
    logits = logits_behind(outputs)
    chosen = None if logits is None else take_rows(logits, rows)
    return with_logits(take_rows(outputs, rows), chosen)


def where_rows(condition: Any, if_true: Any, if_false: Any) -> Any:
    """Whole rows of one tensor or the other, by a bool per row."""
    shape = [-1] + [1] * (len(if_true.shape) - 1)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.where(tf.reshape(condition, shape), if_true, if_false)
    return ops.where(ops.reshape(condition, shape), if_true, if_false)


def selected_rows(mask: Any, weight: Any) -> tuple[Any, Any]:
    """Positions of the rows that `mask` selects and their weights, never empty.

    Where no row is selected, row 0 stands in with weight 0, so that no layer
    has to cope with a batch of nothing. Elsewhere than on TensorFlow all rows
    are taken, those not selected with weight 0 in proportion.
    """
    if keras.backend.backend() != "tensorflow":
        chosen = ops.cast(mask, "float32")
        share = ops.maximum(ops.sum(chosen), 1.0) / ops.cast(ops.size(chosen), "float32")
        return ops.arange(ops.size(chosen)), ops.cast(weight, "float32") * chosen / share
    import tensorflow as tf

    mask = tf.reshape(mask, [-1])
    rows = tf.where(mask)[:, 0]
    rows = tf.concat([rows, tf.zeros([1 - tf.minimum(tf.size(rows), 1)], tf.int64)], axis=0)
    chosen = tf.cast(tf.gather(mask, rows), tf.float32)
    return rows, tf.gather(tf.cast(tf.reshape(weight, [-1]), tf.float32), rows) * chosen


def with_filler(values: Any, source: Any, zero: bool = False) -> Any:
    """`values`, or, where they have no rows, the first row of `source` (or a 0)."""
    import tensorflow as tf

    if isinstance(values, tf.SparseTensor):
        missing = 1 - tf.minimum(values.dense_shape[:1], 1)
        size = tf.concat([missing, source.dense_shape[1:]], axis=0)
        filler = tf.cast(tf.sparse.slice(source, tf.zeros_like(size), size), values.dtype)
        return tf.sparse.concat(0, [values, filler])
    missing = 1 - tf.minimum(tf.shape(values)[0], 1)
    if zero:
        filler = tf.zeros(tf.concat([[missing], tf.shape(values)[1:]], axis=0), values.dtype)
    else:
        filler = tf.cast(source[:missing], values.dtype)
    return tf.concat([values, filler], axis=0)
