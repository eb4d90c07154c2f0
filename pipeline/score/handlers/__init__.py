"""Beam ModelHandlers whose elements are Arrow batches of input features, one kind of model a file.

Each loads one kind of model and turns a batch of n records into n float64 scores.
`choose.handler_for` chooses; `fairflip.pipeline.score.transforms` runs them, both sides
of a pair in one call. TensorFlow is imported when a model is loaded, not before.
"""

__all__ = ["base", "choose", "functions", "images"]
