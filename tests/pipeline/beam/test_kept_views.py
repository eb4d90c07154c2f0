"""Views of options are made once, read what was set later, and refuse what is no option."""

from __future__ import annotations

import pickle

import pytest
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions

from fairflip.pipeline.beam.kept_views import KeptViewsOptions


def test_a_view_is_made_once_and_shows_what_was_set_later():
    options = KeptViewsOptions(["--runner=FnApiRunner"])
    view = options.view_as(StandardOptions)
    assert options.view_as(StandardOptions) is view
    assert view.runner == "FnApiRunner"
    PipelineOptions.view_as(options, StandardOptions).runner = "Other"
    assert view.runner == "Other"
    view.runner = "Third"
    assert PipelineOptions.view_as(options, StandardOptions).runner == "Third"
    with pytest.raises(AttributeError):
        _ = view.direct_num_workers
    with pytest.raises(AttributeError):
        view.not_an_option = 1


def test_the_names_of_a_view_are_sorted_once(monkeypatch):
    asked = []
    names = PipelineOptions._visible_option_list
    options = KeptViewsOptions([])
    monkeypatch.setattr(
        PipelineOptions, "_visible_option_list", lambda self: asked.append(self) or names(self)
    )
    for _ in range(3):
        assert options.view_as(DirectOptions).direct_num_workers == 1
    views = [one for one in asked if isinstance(one, DirectOptions)]
    times = len(views)
    for _ in range(3):
        assert options.view_as(DirectOptions).direct_num_workers == 1
    assert len([one for one in asked if isinstance(one, DirectOptions)]) == times
    assert sorted(names(options.view_as(DirectOptions))) == names(options.view_as(DirectOptions))


def test_options_and_views_are_pickled():
    options = KeptViewsOptions(["--runner=FnApiRunner"])
    view = options.view_as(StandardOptions)
    for one in (options, view):
        assert pickle.loads(pickle.dumps(one)).view_as(StandardOptions).runner == "FnApiRunner"
