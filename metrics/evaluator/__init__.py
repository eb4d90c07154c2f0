"""An `EvalConfig` over batches: the values of its TFMA metrics, without a step an example."""

__all__ = ["eval_configs", "evaluator", "planning"]
