"""Pairs of several outputs in a real Chromium: each output's numbers lead to its own pairs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fairflip.view.page import html_report
from support import random_controls, random_reports
from support.pages.pair_list import count, opened

pytestmark = pytest.mark.browser

MODELS = ("mine/insult", "mine/threat", "other/insult", "other/threat")


@pytest.fixture(scope="module")
def table():
    return random_controls.with_controls(random_reports.scored_pairs(400, MODELS), MODELS)


@pytest.fixture(scope="module")
def report(table):
    pairs = table.filter(np.array([edit == "identity" for edit in table["edit"].to_pylist()]))
    made = random_reports.report(pairs, MODELS)
    for model in made.models:
        model.model, model.output = model.name.split("/")
        model.is_baseline = model.model == "mine"
    for comparison in made.comparisons:
        comparison.baseline = f"mine/{comparison.candidate.split('/')[1]}"
    random_controls.count_controls(made, table)
    return made


@pytest.fixture(scope="module")
def page(report, table, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs")
    path = html_report.write_report(report, folder, scored_pairs=table, max_examples=3000)
    with opened(browser, path.as_uri()) as made:
        yield made


def flips(table, model):
    before, after = (table[f"{side}score.{model}"].to_numpy() for side in ("", "counterfactual."))
    is_pair = np.array([edit == "identity" for edit in table["edit"].to_pylist()])
    return is_pair & ((before > 0.5) != (after > 0.5))


def test_the_pairs_of_an_output_are_those_that_its_models_flip(page, table):
    for output in ("insult", "threat"):
        mine, other = (flips(table, f"{model}/{output}") for model in ("mine", "other"))
        assert count(page, f"output={output}") == (mine | other).sum() > 0
        assert count(page, f"output={output}&change=fixed") == (mine & ~other).sum()
        assert count(page, f"output={output}&change=broken") == (~mine & other).sum()
    either = np.logical_or.reduce([flips(table, model) for model in MODELS])
    assert count(page, "") == either.sum()
    count(page, "output=threat&apart=yes")
    shown = page.locator(".pair-list > .pair").first.locator(".score bdi").all_inner_texts()
    assert {"mine/threat", "other/threat"} <= set(shown)


def test_every_number_of_every_output_leads_to_so_many_pairs(page, report):
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(300)
    links = page.evaluate(
        r"""() => [...document.querySelectorAll("main td:has(small) > a.to-pairs")].map((link) =>
          [link.getAttribute("href"), link.parentElement.querySelector("small").textContent])"""
    )
    read = {}
    for address, note in links:
        actual = re.search(r"^([\d,]+)/", note, re.MULTILINE)
        if actual:
            assert count(page, address.removeprefix("#pairs?")) == int(actual[1]), address
            read[re.search(r"model=([a-z]+%2F[a-z]+)", address)[1]] = True
    assert set(read) == {name.replace("/", "%2F") for name in MODELS}
    rows = page.locator("#table-outputs tbody tr")
    for number in range(rows.count()):
        model = rows.nth(number).locator("td").first.inner_text()
        entry = next(one for one in report.models if one.name == model)
        for cell, wanted in (
            (3, entry.slices[0].thresholds[0].flip_count),
            (5, entry.slices[0].thresholds[0].control_flip_count),
        ):
            link = rows.nth(number).locator("td").nth(cell).locator("a.to-pairs")
            address = link.get_attribute("href")
            assert count(page, address.removeprefix("#pairs?")) == wanted, (model, address)


def test_a_section_of_an_output_leads_to_its_pairs(page):
    link = page.locator("details.output a.to-pairs", has_text="The pairs that flip for").first
    output = link.inner_text().rsplit(" ", 1)[1]
    page.evaluate("document.querySelectorAll('details.output').forEach((d) => (d.open = true))")
    link.click()
    assert page.locator("#pair-form [name=output]").input_value() == output
    assert page.locator(".pair").first.is_visible()
