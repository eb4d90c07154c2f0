"""What only models of several outputs have on a page: how outputs stand, changes of class."""

__all__ = ["class_pairs", "class_tables", "sections"]
