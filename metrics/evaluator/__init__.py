"""An `EvalConfig` over batches: the values of the TFMA metrics without a Python step an example."""
