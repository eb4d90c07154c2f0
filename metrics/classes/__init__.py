"""Changes of class: what is counted of models that decide by argmax."""

__all__ = ["measures", "merging", "tables", "transforms"]
