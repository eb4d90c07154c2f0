"""Tables: a column set to each other of its values, controls, and what goes with the column.

`swap` makes counterfactuals of a batch, `cell_controls` their controls, `associations` says
which other columns tell the attribute; `transforms` are these in a graph. `image_controls` has
controls of images, which a function makes.
"""

__all__ = ["associations", "cell_controls", "image_controls", "sample", "swap", "transforms"]
