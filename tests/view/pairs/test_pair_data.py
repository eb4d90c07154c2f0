"""The pairs as data of the page: small, stable, and with their own slices."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from fairflip.protos import report_pb2
from fairflip.view.page import embedding, html_report
from fairflip.view.pairs import flipped_pairs, pair_data
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports

MODELS = ["baseline", "remediated"]


def flips(table, slices=(), **options):
    options = {"max_pairs": 10_000, **options}
    return flipped_pairs.select_flipped(table.to_batches(), MODELS, 0.5, slices=slices, **options)


def test_each_pair_says_its_slices_and_the_pairs_of_other_thresholds_follow():
    table = random_reports.scored_pairs(500)
    names = ["Overall", "gender:male", "gender:nonbinary"]
    made = flips(table, names, other_thresholds=[0.25])
    member = {
        (row["example_id"], row["counterfactual.comment_text"]): row["gender"]
        for row in table.to_pylist()
    }
    for pair in made.shown:
        changed = "".join(text for kind, text in pair.changes if kind != "removed")
        groups = member[pair.example_id, changed]
        expected = [0, *(1 + n for n, one in enumerate(("male", "nonbinary")) if one in groups)]
        assert list(pair.slices) == expected
    first, any_threshold = np.zeros(500, bool), np.zeros(500, bool)
    for model in MODELS:
        before, after = table[f"score.{model}"], table[f"counterfactual.score.{model}"]
        sides = before.to_numpy(), after.to_numpy()
        first |= np.not_equal(*(side > 0.5 for side in sides))
        any_threshold |= np.not_equal(*(side > 0.25 for side in sides))
    any_threshold |= first
    assert made.num_flipped == first.sum()
    assert len(made.shown) == any_threshold.sum() > first.sum()
    is_first = [any(scores.flip for scores in pair.scores.values()) for pair in made.shown]
    assert is_first == sorted(is_first, reverse=True)
    assert sum(is_first) == first.sum()


def test_anchors_are_the_same_each_time_and_differ():
    table = random_reports.scored_pairs(400)
    anchors = [pair_data.anchor(pair) for pair in flips(table).shown]
    assert len(set(anchors)) == len(anchors)
    again = flips(table.take(np.random.default_rng(0).permutation(400)))
    assert sorted(pair_data.anchor(pair) for pair in again.shown) == sorted(anchors)


def test_a_further_pair_costs_its_texts_and_less_than_a_kilobyte():
    # A pair is in as many slices on average, however many there are.
    groups = tuple(f"group {n:03d}" for n in range(20))
    table = random_reports.scored_pairs(3000, groups=groups)
    report = random_reports.report(table, groups=groups)
    sizes, texts = [], []
    for most in (300, 600):
        files = html_report.render_files(report, scored_pairs=table, max_examples=most)
        sizes.append(len(files["report.html"]))
        texts.append(
            sum(
                len(text) for pair in flips(table, max_pairs=most).shown for _, text in pair.changes
            )
        )
    assert (sizes[1] - sizes[0] - (texts[1] - texts[0])) / 300 < 1000


@pytest.mark.parametrize("models", [("baseline",), ("baseline", "remediated")])
def test_200_slices_and_500_pairs_take_at_most_a_megabyte_and_a_half_beside_the_widget(models):
    groups = tuple(f"group {number:03d}" for number in range(199))
    table = random_reports.scored_pairs(3000, models, groups=groups)
    report = control_reports.with_controls_everywhere(
        random_reports.report(table, models, thresholds=(0.5, 0.25, 0.75), groups=groups)
    )
    curve = []
    if len(models) == 1:  # of more rows the slider has the report's thresholds alone
        curve = [report_pb2.ModelReport(name="baseline")]
        for part in report.models[0].slices:
            added = curve[0].slices.add(slice=part.slice)
            for number in range(1, 10):
                added.thresholds.add().CopyFrom(part.thresholds[0])
                added.thresholds[-1].threshold = number / 10
    page = html_report.render_files(report, scored_pairs=table, max_examples=500, curve=curve)[
        "report.html"
    ].decode()
    assert len(re.findall('"pair-[0-9a-f]{10}",', page)) == 500
    for number in (0, 198):
        assert page.count(f'<tr><th scope="row"><bdi>gender:<wbr>group {number:03d}<') >= 3
    widget = re.search('id="fairness-bundle">(.*?)</script>', page, re.DOTALL).group(1)
    assert len(page.encode()) - len(widget) <= 1.5e6


def test_other_scripts_stay_as_they_are_and_no_tag_can_close():
    text = embedding.script_json(["שלום</script>&"], is_data=True)
    assert text == '["שלום\\u003c/script\\u003e\\u0026"]'
    assert json.loads(text) == ["שלום</script>&"]


def test_which_way_is_said_as_in_the_table_of_directions():
    table = random_reports.scored_pairs(50)
    pair = flips(table).shown[0]
    assert pair_data.way(pair) == f"{pair.group} → removed"
    assert ReportIndex(random_reports.report(table)).slices[0] == "Overall"
