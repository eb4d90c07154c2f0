"""Jinja templates, style sheet and scripts of the HTML report and the widget."""
