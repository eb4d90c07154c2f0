"""Pages over several runs or sets: comparisons, trends. One form, as HTML, Markdown and text."""

__all__ = ["comparison", "comparison_tables", "pages", "trend"]
