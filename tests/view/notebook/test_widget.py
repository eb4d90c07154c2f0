"""The widget's Python half: arguments, messages, the output that needs no kernel."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip import view
from fairflip.protos.errors import InputError
from fairflip.view.page.fairness_bundle import installed_bundle
from support import random_reports

HOSTILE = "</script><script>owned=1</script>"


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs()


@pytest.fixture
def viewer(table, monkeypatch):
    made = view.FairnessIndicatorViewer.from_report(
        random_reports.report(table), scored_pairs=table, max_pairs=5
    )
    made.sent = []
    monkeypatch.setattr(
        made, "send", lambda content, buffers=None: made.sent.append((content, buffers))
    )
    return made


def test_bundle_is_sent_as_one_buffer_on_request_and_never_in_the_script(viewer):
    viewer._hear(None, {"type": "bundle"}, [])
    assert viewer.sent == [({"type": "bundle"}, [installed_bundle().compressed])]
    assert len(viewer._esm) < 20_000


def test_selecting_a_slice_sends_its_flipped_pairs_and_calls_the_handler(viewer, table):
    heard = []
    viewer.event_handlers["slice-selected"] = heard.append
    viewer._hear(None, {"type": "slice-selected", "slice": "gender:female"}, [])
    inside = np.array(["female" in groups for groups in table["gender"].to_pylist()])
    flips = np.zeros(400, dtype=bool)
    for model in ("baseline", "remediated"):
        was = table[f"score.{model}"].to_numpy() > 0.5
        flips |= was != (table[f"counterfactual.score.{model}"].to_numpy() > 0.5)
    message = viewer.sent[0][0]
    assert message["summary"].startswith(f"{(flips & inside).sum()} pairs flip")
    assert len(message["pairs"]) == 5
    ids = set(np.array(table["example_id"].to_pylist())[flips & inside])
    assert {pair["example_id"] for pair in message["pairs"]} <= ids
    assert viewer.selected_slice == "gender:female"
    assert heard == [{"sliceName": "gender", "sliceValue": "female", "slice": "gender:female"}]


def test_arguments_of_the_removed_function(table):
    report = random_reports.report(table)
    result = random_reports.eval_result([((), {"": {"": {"auc": {"doubleValue": 0.5}}}})])
    assert view.render_fairness_indicator(report).payload["models"] == ["baseline", "remediated"]
    assert view.render_fairness_indicator(eval_result=result).payload["models"] == ["base"]
    both = view.render_fairness_indicator(multi_eval_results={"x": result, "y": result})
    assert both.payload["models"] == ["x", "y"]
    for wrong in ({}, {"eval_result": result, "multi_eval_results": {"x": result}}):
        with pytest.raises(InputError, match="either"):
            view.render_fairness_indicator(**wrong)
    with pytest.raises(InputError, match="compares two"):
        view.render_fairness_indicator(multi_eval_results=dict.fromkeys("abc", result))


def test_output_without_a_kernel_holds_the_numbers_and_no_tag_of_the_data():
    models = ("baseline", HOSTILE)
    table = random_reports.scored_pairs(80, models, (HOSTILE, "x"))
    report = random_reports.report(table, models, groups=(HOSTILE, "x"))
    viewer = view.FairnessIndicatorViewer.from_report(report)
    text = viewer.to_html()
    assert text.count("<script>") == text.count("</script>") == 1
    rate = report.models[0].slices[0].thresholds[0].flip_rate.value
    assert f"{100 * rate:.1f}%" in text
    assert viewer.fallback_id in text
    small = view.FairnessIndicatorViewer.from_report(report, with_fallback_component=False)
    assert len(small.to_html()) < 20_000
    assert "<script" not in small.to_html()


def test_mimebundle_has_the_widget_and_the_html(viewer):
    data, _ = viewer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert viewer.fallback_id in data["text/html"]


def test_viewer_without_scored_pairs_says_what_to_give(table):
    viewer = view.FairnessIndicatorViewer.from_report(random_reports.report(table))
    with pytest.raises(InputError, match="scored_pairs"):
        viewer.flipped_pairs("Overall")
