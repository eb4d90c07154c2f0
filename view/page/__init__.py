"""Pages: report.html, report.md, the model card, and what they embed."""

__all__ = [
    "embedding",
    "fairness_bundle",
    "html_report",
    "markdown_report",
    "model_card",
    "payload",
    "review_page",
]
