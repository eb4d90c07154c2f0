"""Beam's options with views that are made once.

Beam looks at its options several times for each transform and each type that it
compares, and makes an argument parser every time: some 900 of them, and a sixth of
what building and starting a small evaluation costs. So it does the list of a view's options, some
860 times.
"""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from apache_beam.options.pipeline_options import PipelineOptions

View = TypeVar("View", bound=PipelineOptions)

_VIEWS = "_views"


class KeptViewsOptions(PipelineOptions):
    """Pipeline options that give the same view of a class every time.

    All views of Beam's share one dictionary of values, so that a view made earlier
    shows what was set later.
    """

    def view_as(self, cls: type[View]) -> View:
        """These options as `cls`, from the first call on the same object."""
        views = self.__dict__.setdefault(_VIEWS, {})
        if cls not in views:
            view = views[cls] = super().view_as(cls)
            # Beam sorts the names of a view's options each time that one is read, and they stay.
            names = view._visible_option_list()
            vars(view)["_visible_option_list"] = functools.partial(list, names)
        return views[cls]

    def __getstate__(self) -> Any:
        """What is pickled: the values, and no views."""
        state = dict(super().__getstate__())
        state.pop(_VIEWS, None)
        return state
