"""An `EvalConfig` over batches: the values of its TFMA metrics, without a step an example."""

__all__ = ["default_eval_config", "evaluator", "planning"]
