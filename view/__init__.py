"""To be seen: the offline HTML report, the terminal table, the Fairness Indicators widget.

* :func:`fairflip.view.write_report`: a run as one offline page.
* :func:`fairflip.view.format_table`: a run on a terminal.
* :func:`fairflip.view.model_card_section`: a run as a section of a model's card.
* :func:`fairflip.view.render_fairness_indicator`,
  :class:`fairflip.view.FairnessIndicatorViewer`: a run or TFMA results in a
  notebook. They need the extra ``fairflip[notebook]``.

Names are imported on first use: the command line asks for a table without
paying for plots, and without a notebook there is no widget.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairflip.view.notebook.widget import FairnessIndicatorViewer, render_fairness_indicator
    from fairflip.view.page.html_report import write_report
    from fairflip.view.page.model_card import model_card_section
    from fairflip.view.terminal.summary_table import format_table

__all__ = [
    "FairnessIndicatorViewer",
    "format_table",
    "model_card_section",
    "render_fairness_indicator",
    "write_report",
]

_HOMES = {
    "FairnessIndicatorViewer": "fairflip.view.notebook.widget",
    "render_fairness_indicator": "fairflip.view.notebook.widget",
    "format_table": "fairflip.view.terminal.summary_table",
    "model_card_section": "fairflip.view.page.model_card",
    "write_report": "fairflip.view.page.html_report",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fairflip.view' has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name == "anywidget":
            raise ModuleNotFoundError(
                "the widget needs anywidget: pip install 'fairflip[notebook]'", name="anywidget"
            ) from error
        raise


def __dir__() -> list[str]:
    return sorted(__all__)
