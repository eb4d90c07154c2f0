"""CLP and MinDiff in PyTorch: losses as modules, a step, a `Trainer` mixin, and retraining.

The losses give the numbers of those in `remediation.counterfactual` and `remediation.min_diff`.
Importing this room imports torch; nothing else of the package does.
"""

__all__ = ["batches", "min_diff_losses", "pair_losses", "step", "text_classifier", "trainer"]
