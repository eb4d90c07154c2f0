"""Retraining with Counterfactual Logit Pairing and MinDiff on Keras 3, and its price.

The room imports neither Beam nor TFMA, and its light modules (specifications,
NumPy metrics) do not import TensorFlow.

- `counterfactual.keras.CounterfactualModel`, `counterfactual.losses`: CLP.
- `min_diff.keras.MinDiffModel`, `min_diff.losses`: MinDiff.
- `training.data`: Arrow tables to arrays, each row with its counterfactuals.
- `training.step.remediate`: the retraining step.
- `sweep.sweep.sweep`: what each technique, loss and weight costs.
- `training.saved_model`: `.keras` files and SavedModels that read serialized tf.Examples.
- `training.baseline_model`: a small text classifier to start from.
"""
