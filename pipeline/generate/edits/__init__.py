"""What edits of words, cells and images share: the rows of controls, functions of the user's."""

__all__ = ["control_rows", "functions"]
