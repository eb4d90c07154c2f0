"""Pages: report.html, report.md, the model card, and what they embed."""
