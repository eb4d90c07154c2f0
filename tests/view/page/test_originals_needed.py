"""How many more originals are asked for, against the square-root law computed here."""

from __future__ import annotations

import math

import pytest

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json
from fairflip.view.page import originals_needed
from fairflip.view.words import verdict_light
from fairflip.view.words.report_index import ReportIndex
from support.control_reports import one_model

ALIKE = {"control": 0.026, "excess": (0.005, -0.015, 0.025), "over_words": (-0.03, 0.04)}
FEWER = {"control": 0.03, "excess": (-0.019, -0.025, -0.013), "over_words": (-0.04, 0.002)}


def sentence(report):
    index = ReportIndex(report)
    return originals_needed.sentence(index, verdict_light.judge(report, index))


def test_an_excess_that_would_not_show_needs_originals_by_the_square_of_the_reach():
    needed = 900 * (0.02 / 0.01) ** 2
    text = sentence(one_model(flip_rate=(0.07, 0.05, 0.09), **ALIKE))
    assert f"An excess of 1.0 points would show with about {needed:,.0f} originals" in text
    assert "this run has 900" in text


def test_an_upper_end_just_above_the_line_needs_a_narrower_interval():
    needed = 900 * ((0.012 - 0.006) / (0.01 - 0.006)) ** 2
    rounded = float(f"{math.ceil(needed):.2g}")
    text = sentence(one_model(flip_rate=(0.006, 0.003, 0.012), **FEWER))
    assert text.startswith("That at most 1.0% of decisions change would show")
    assert f"about {rounded:,.0f} originals" in text


@pytest.mark.parametrize(
    ("rate", "controls"),
    [
        ((0.07, 0.05, 0.09), {**ALIKE, "over_words": (0.001, 0.04), "excess": (0.02, 0.01, 0.03)}),
        ((0.07, 0.05, 0.09), FEWER),
        ((0.07, 0.05, 0.09), {}),
    ],
)
def test_nothing_is_asked_for_where_the_answer_does_not_wait_for_originals(rate, controls):
    assert sentence(one_model(flip_rate=rate, **controls)) == ""


def test_too_few_originals_are_told_how_many_more():
    report = one_model(num_originals=12, num_pairs=12, **ALIKE)
    report.models[0].slices[0].has_few_originals = True
    assert sentence(report).startswith("18 more originals like these (30 in all)")
    config = PipelineConfig()
    config.evaluation.min_slice_size = 100
    report.provenance.config = config_to_json(config)
    assert sentence(report).startswith("88 more originals like these (100 in all)")
    report.provenance.config = "{}"
    # Forty originals that weigh as evenly as ten: thirty of equal weight need 120.
    part = report.models[0].slices[0]
    part.num_originals, part.num_independent = 40, 10.0
    assert sentence(report).startswith("80 more originals like these (120 in all)")
