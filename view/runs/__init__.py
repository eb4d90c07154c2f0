"""Pages over several runs or sets, such as comparisons; one form as HTML, Markdown and text."""

__all__ = ["audit", "benchmark", "comparison", "comparison_tables", "pages", "trend"]
