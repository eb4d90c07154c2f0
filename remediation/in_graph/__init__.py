"""Remedies without training as a Keras model: the texts are edited inside of the graph.

`models` puts the edits of `fairflip.text.plain_edits` before a text model and the mean behind it.
"""

__all__ = ["layers", "models"]
