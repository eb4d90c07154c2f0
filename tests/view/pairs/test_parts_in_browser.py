"""Pairs of withheld terms and of damaged grammar in a real Chromium, against NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json
from fairflip.view.page import html_report
from support import control_reports, random_controls, random_reports
from support.pages.pair_list import count, opened, output_of

pytestmark = pytest.mark.browser

MODELS = ("baseline", "remediated")
WITHHELD = ("she", "they")


@pytest.fixture(scope="module")
def table():
    made = random_reports.scored_pairs(500)
    whole = np.random.default_rng(4).random(made.num_rows) < 0.7
    return made.append_column(columns.VALIDITY, pa.array(np.where(whole, 1.0, 0.5)))


@pytest.fixture(scope="module")
def scored(table):
    return random_controls.with_controls(table, MODELS)


def flips(rows, model, threshold=0.5):
    sides = (columns.score(model), columns.counterfactual_score(model))
    before, after = (rows[name].to_numpy() for name in sides)
    return (before > threshold) != (after > threshold)


@pytest.fixture(scope="module")
def report(table, scored):
    made = random_reports.report(table)
    random_controls.match_candidates(made, scored)
    random_controls.count_controls(made, scored)
    control_reports.add_held_out(made)
    terms = np.array(table[columns.TERM].to_pylist())
    whole = table[columns.VALIDITY].to_numpy() == 1.0
    made.pairing.num_damaged_pairs = int((~whole).sum())
    for model in made.models:
        model.undamaged.slice = "undamaged_pairs"
        model.undamaged.thresholds.add(threshold=0.5)
        for part, inside in (
            (model.held_out, np.isin(terms, WITHHELD)),
            (model.undamaged, whole),
        ):
            part.num_pairs = int(inside.sum())
            part.thresholds[0].flip_count = int((inside & flips(table, model.name)).sum())
            part.thresholds[0].flip_rate.value = part.thresholds[0].flip_count / part.num_pairs
        part = model.held_out
        inside = np.isin(terms, WITHHELD)
        part.matched.flip_count = int(
            (inside & flips(table, model.name, part.matched.threshold)).sum()
        )
    config = PipelineConfig()
    config.remediation.held_out_terms.extend(WITHHELD)
    config.data.examples.append("texts.csv")
    made.provenance.config = config_to_json(config)
    return made


@pytest.fixture(scope="module")
def page(report, scored, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    path = html_report.write_report(report, folder, scored_pairs=scored, max_examples=4000)
    with opened(browser, path.as_uri()) as made:
        yield made


def test_numbers_of_withheld_terms_lead_to_their_pairs(page, report, table):
    rows = page.evaluate(
        """() => [...document.querySelectorAll("#table-held-out tbody tr")].map((row) =>
          [...row.cells].map((cell) => cell.querySelector("a.to-pairs")?.getAttribute("href")))"""
    )
    assert len(rows) == 2
    for row, model in zip(rows, report.models, strict=True):
        part = model.held_out
        addresses = [one and one.removeprefix("#pairs?") for one in row]
        assert 0 < count(page, addresses[1]) <= part.num_pairs
        assert f" of {part.num_pairs} shown" in output_of(page)
        flip_count = part.thresholds[0].flip_count
        assert count(page, addresses[3]) == flip_count > 0
        assert output_of(page).startswith(f"{flip_count} of {flip_count} shown")
        assert page.locator("#pair-form [name=slice] option:checked").inner_text() == (
            "terms withheld from training"
        )
    candidate = report.models[1].held_out
    before, after = (flips(table, model) for model in MODELS)
    inside = np.isin(np.array(table[columns.TERM].to_pylist()), WITHHELD)
    addresses = [one and one.removeprefix("#pairs?") for one in rows[1]]
    assert count(page, addresses[4]) == (inside & (before != after)).sum() > 0
    assert count(page, addresses[5]) == candidate.matched.flip_count > 0
    assert output_of(page).startswith(
        f"{candidate.matched.flip_count} of {candidate.matched.flip_count} shown"
    )


def test_pairs_of_damaged_grammar_and_the_whole_ones_are_chosen(page, report, table):
    whole = table[columns.VALIDITY].to_numpy() == 1.0
    base = flips(table, "baseline")
    query = "model=baseline&slice="
    assert count(page, f"{query}undamaged_pairs") == (whole & base).sum() > 0
    assert f" of {(whole & base).sum()} shown" in output_of(page)
    assert count(page, f"{query}damaged_pairs") == (~whole & base).sum() > 0
    assert "pairs in this page" in output_of(page)


def test_controls_are_of_the_part_of_their_pair(page, scored):
    rows = scored.to_pylist()
    damaged = {
        (row["example_id"], row[columns.COUNTERFACTUAL_INDEX])
        for row in rows
        if row[columns.EDIT] == columns.IDENTITY and row[columns.VALIDITY] < 1
    }
    expected = sum(
        row[columns.CONTROL_KIND] == columns.OTHER_WORD
        and (row["example_id"], row[columns.CONTROL_OF]) in damaged
        and (row["score.baseline"] > 0.5) != (row["counterfactual.score.baseline"] > 0.5)
        for row in rows
    )
    assert count(page, "model=baseline&edit=control&slice=damaged_pairs") == expected > 0
