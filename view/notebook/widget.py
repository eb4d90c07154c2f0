"""Fairness Indicators in a notebook: JupyterLab 4, Notebook 7, nbclassic.

TFMA deleted the Python half of its widget. This is that half again, around the
same component, with the arguments of the removed function. Beside the live
widget stands an output that needs no kernel; the widget hides it when it runs.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anywidget
import pyarrow as pa
import traitlets

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.view.page import embedding
from fairflip.view.page import payload as payloads
from fairflip.view.page.fairness_bundle import installed_bundle
from fairflip.view.pairs import flipped_pairs, scored_rows
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex

#: Called with {"sliceName", "sliceValue", "slice"} when a bar is pressed.
EventHandler = Callable[[dict[str, str]], None]

_MAX_PAIRS = 50


class FairnessIndicatorViewer(anywidget.AnyWidget):
    """The Fairness Indicators component on one or two models.

    Attributes:
      payload: what is shown; see `fairflip.view.page.payload`. Setting it redraws.
      selected_slice: name of the slice whose bar was pressed last.
      event_handlers: by event name; "slice-selected" is the one there is.
    """

    _esm = embedding.template_text("fairness_component.js") + embedding.template_text("widget.js")
    _css = embedding.template_text("widget.css")

    payload = traitlets.Dict().tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    fallback_id = traitlets.Unicode("").tag(sync=True)
    selected_slice = traitlets.Unicode("")

    def __init__(
        self,
        payload: dict[str, Any],
        *,
        event_handlers: Mapping[str, EventHandler] | None = None,
        scored_pairs: pa.Table | str | os.PathLike | Sequence[str] | None = None,
        threshold: float = 0.5,
        text_feature: str = "comment_text",
        id_feature: str = "example_id",
        max_pairs: int = _MAX_PAIRS,
        with_fallback_component: bool = True,
    ):
        """Shows a payload.

        Args:
          payload: of one or two models, as from `payload.select`.
          event_handlers: functions by event name, as for the removed widget.
          scored_pairs: a table, or a folder or pattern of Parquet files; a
            slice's flipped pairs are shown from it when its bar is pressed.
          threshold: where a pair counts as flipped in that list.
          text_feature: column with the original's text.
          id_feature: column with the original's ID.
          max_pairs: how many flipped pairs are shown.
          with_fallback_component: put the component (0.4 MB) into the output
            that needs no kernel; without it, that output has tables only.
        """
        bundle = installed_bundle()
        super().__init__(payload=payload, note=bundle.note)
        self.event_handlers = dict(event_handlers or {})
        self._scored_pairs = scored_pairs
        self._threshold = threshold
        self._text_feature = text_feature
        self._id_feature = id_feature
        self._max_pairs = max_pairs
        self._with_fallback_component = with_fallback_component
        self.on_msg(self._hear)

    @classmethod
    def from_report(
        cls,
        report: report_pb2.RunReport,
        *,
        models: list[str] | None = None,
        **options: Any,
    ) -> FairnessIndicatorViewer:
        """Shows a run report.

        Args:
          report: a run report with at least one model.
          models: one or two of its models; the first two where none are named.
          **options: as for the constructor; `threshold` is the report's first.
        """
        index = ReportIndex(report)
        if index.first_threshold is not None:
            options.setdefault("threshold", index.first_threshold)
        shown = models or ([index.baseline] if index.baseline else []) + index.candidates[:1]
        return cls(payloads.select(payloads.from_report(report, index), shown), **options)

    def flipped_pairs(self, slice_name: str = "Overall") -> flipped_pairs.FlippedPairs:
        """The pairs of a slice that at least one of the shown models flips.

        Raises:
          InputError: the viewer was made without scored pairs.
        """
        if self._scored_pairs is None:
            raise InputError("this viewer has no scored pairs; give it scored_pairs")
        return flipped_pairs.select_flipped(
            scored_rows.scored_batches(self._scored_pairs),
            self.payload["models"],
            self._threshold,
            max_pairs=self._max_pairs,
            text_feature=self._text_feature,
            id_feature=self._id_feature,
            slice_name=slice_name,
        )

    def to_html(self) -> str:
        """The same as HTML that needs no kernel, for nbviewer, Colab or a file."""
        return self._fallback()

    def _hear(self, _: Any, message: dict[str, Any], buffers: Any) -> None:
        del buffers
        if message.get("type") == "bundle":
            self.send({"type": "bundle"}, buffers=[installed_bundle().compressed])
        elif message.get("type") == "slice-selected":
            self._select(str(message.get("slice", "")))

    def _select(self, slice_name: str) -> None:
        self.selected_slice = slice_name
        if self._scored_pairs is not None:
            flips = self.flipped_pairs(slice_name)
            summary = (
                f"{numbers.count_of(flips.num_flipped, 'pair flips', 'pairs flip')} "
                f"under at least one model at threshold {numbers.threshold(self._threshold)}"
            )
            if flips.num_flipped > len(flips.shown):
                summary += f"; the {len(flips.shown)} whose score moves most"
            self.send(
                {
                    "type": "pairs",
                    "slice": slice_name,
                    "summary": summary,
                    "pairs": [dataclasses.asdict(pair) for pair in flips.shown],
                }
            )
        handler = self.event_handlers.get("slice-selected")
        if handler is not None:
            feature, _, value = slice_name.partition(":")
            handler({"sliceName": feature, "sliceValue": value, "slice": slice_name})

    def _fallback(self) -> str:
        text, self.fallback_id = embedding.embed_in_notebook(
            self.payload, installed_bundle(), with_component=self._with_fallback_component
        )
        return text

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict, dict] | None:
        made = super()._repr_mimebundle_(**options)
        if made is None:
            return None
        data, metadata = made
        return {**data, "text/html": self._fallback()}, metadata

    def _ipython_display_(self) -> None:
        # Two outputs: a frontend that prefers the widget shows an error in its
        # place when there is no kernel, not the same output's HTML.
        from IPython.display import HTML, display

        display(HTML(self._fallback()))
        made = super()._repr_mimebundle_()
        if made is not None:
            data, metadata = made
            display(data, metadata=metadata, raw=True)


def render_fairness_indicator(
    eval_result: Any = None,
    multi_eval_results: Mapping[str, Any] | None = None,
    event_handlers: Mapping[str, EventHandler] | None = None,
    *,
    scored_pairs: pa.Table | str | os.PathLike | Sequence[str] | None = None,
) -> FairnessIndicatorViewer:
    """Fairness Indicators of one or two evaluations, as the removed TFMA function.

    Args:
      eval_result: a `tfma.EvalResult`, or a run report.
      multi_eval_results: one or two `tfma.EvalResult` by name instead; the
        first is the base.
      event_handlers: functions by event name; "slice-selected" is called with
        {"sliceName", "sliceValue", "slice"} when a bar is pressed.
      scored_pairs: shows a slice's flipped pairs when its bar is pressed.

    Returns:
      The widget, to be displayed.

    Raises:
      InputError: none or both of the first two are given, or more than two
        evaluations.
    """
    if (eval_result is None) == (multi_eval_results is None):
        raise InputError("give either eval_result or multi_eval_results, not both or neither")
    options: dict[str, Any] = {"event_handlers": event_handlers, "scored_pairs": scored_pairs}
    if multi_eval_results is not None:
        if not 1 <= len(multi_eval_results) <= 2:
            raise InputError(
                f"multi_eval_results holds {len(multi_eval_results)} results; the component "
                "compares two"
            )
        return FairnessIndicatorViewer(payloads.from_eval_results(multi_eval_results), **options)
    if isinstance(eval_result, report_pb2.RunReport):
        return FairnessIndicatorViewer.from_report(eval_result, **options)
    return FairnessIndicatorViewer(payloads.from_eval_results({"base": eval_result}), **options)
