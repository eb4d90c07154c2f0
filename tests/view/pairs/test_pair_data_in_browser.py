"""The flipped pairs in a real Chromium: what is chosen is what NumPy counts."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest

from fairflip.protos import columns, report_pb2
from fairflip.view.page import html_report
from support import control_reports, random_controls, random_reports

pytestmark = pytest.mark.browser

MODELS = ("baseline", "remediated")
THRESHOLDS = (0.5, 0.25)


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs(600)


@pytest.fixture(scope="module")
def scored(table):
    """The pairs and their controls."""
    return random_controls.with_controls(table, MODELS)


@pytest.fixture(scope="module")
def report(table, scored):
    made = control_reports.with_controls_everywhere(random_reports.report(table))
    random_controls.match_candidates(made, scored)
    random_controls.count_controls(made, scored)
    return made


@pytest.fixture(scope="module")
def page(report, scored, browser, tmp_path_factory):
    report = report_pb2.RunReport.FromString(report.SerializeToString())
    for number, group in enumerate(("=HYPERLINK(1)", "+1+1", "-1+1")):
        report.models[0].slices.add(slice=group, num_pairs=number)
    folder = tmp_path_factory.mktemp("pairs")
    address = html_report.write_report(
        report, folder, scored_pairs=scored, max_examples=3000
    ).as_uri()
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    made = context.new_page()
    made.goto(address)
    yield made
    context.close()


def scores(table, model):
    sides = (f"score.{model}", f"counterfactual.score.{model}")
    return [table[name].to_numpy() for name in sides]


def flips(table, model, threshold=0.5):
    """1 to positive, -1 to negative, 0 for none."""
    before, after = scores(table, model)
    return (after > threshold).astype(int) - (before > threshold)


def count(page, query: str) -> int:
    page.evaluate("query => { location.hash = query; }", f"#pairs?{query}")
    page.wait_for_timeout(200)
    return int(re.match(r"[\d,]+", output_of(page)).group().replace(",", ""))


def output_of(page) -> str:
    return page.locator("#pair-count").inner_text()


def member(table, group):
    return np.array([group in groups for groups in table["gender"].to_pylist()])


def test_each_filter_chooses_what_a_direct_count_finds(table, page):
    base, other = (flips(table, model) for model in MODELS)
    early = flips(table, "baseline", 0.25)
    terms = np.array(table["term"].to_pylist())
    moves = np.abs(np.subtract(*scores(table, "baseline")))
    expected = {
        "": (base != 0) | (other != 0),
        "model=baseline": base != 0,
        "model=remediated&direction=positive_to_negative": other == -1,
        "model=baseline&slice=gender%3Afemale": (base != 0) & member(table, "female"),
        "model=baseline&term=SHE": (base != 0) & (terms == "she"),
        "model=baseline&threshold=0.25": early != 0,
        "model=baseline&threshold=0.25&direction=negative_to_positive": early == 1,
        "model=baseline&least=0.3": (base != 0) & (moves >= 0.3),
        "change=fixed": (base != 0) & (other == 0),
        "change=broken": (base == 0) & (other != 0),
        "change=still": (base != 0) & (other != 0),
    }
    sums = {query: int(rows.sum()) for query, rows in expected.items()}
    assert min(sums.values()) > 0
    assert {query: count(page, query) for query in expected} == sums


def test_every_number_of_flips_leads_to_so_many_pairs(page):
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(200)
    links = page.evaluate(
        r"""() => [...document.querySelectorAll("#flips td:has(small) > a.to-pairs")].map((link) =>
          [link.getAttribute("href"), link.parentElement.querySelector("small").textContent])"""
    )
    assert len(links) >= 4 * 2 * 3
    for address, note in links:
        wanted = int(re.search(r"^([\d,]+)/", note, re.MULTILINE).group(1).replace(",", ""))
        assert count(page, address.removeprefix("#pairs?")) == wanted, address
    others = page.locator("#directions a.to-pairs, #terms a.to-pairs, #verdict a.to-pairs")
    assert others.count() > 20
    page.locator("#verdict .big a").first.click()
    assert page.locator("#pair-form [name=model]").input_value() == "baseline"
    assert page.locator(".pair").first.is_visible()


def test_numbers_of_controls_and_at_matched_thresholds_lead_to_their_pairs(page, report):
    """Each link says how many there are of how many, as the report counts them."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(200)
    read = page.evaluate(
        """() => ["#table-excess-0-5", "#table-excess-0-25", "#table-excess-matched", "#table-scores"]
          .map((name) => [...document.querySelectorAll(`${name} tbody tr`)].map((row) =>
            [...row.cells].map((cell) => cell.querySelector("a.to-pairs")?.getAttribute("href"))))"""
    )
    asked = 0
    for place, table in enumerate(read[:3]):
        for row, (slice_number, model) in zip(
            table, ((s, m) for s in range(4) for m in range(2)), strict=False
        ):
            part = report.models[model].slices[slice_number]
            at = part.matched if place == 2 else part.thresholds[place]
            wanted = {2: part.num_pairs, 3: at.flip_count, 4: at.control_flip_count}
            for column, number in wanted.items():
                actual = count(page, row[column].removeprefix("#pairs?"))
                assert output_of(page).startswith(f"{actual} of {number:,} shown"), row[column]
                # The page holds all that flip, and of all others some.
                assert actual == number if column > 2 else 0 < actual <= number
                asked += 1
            both = count(page, row[5].removeprefix("#pairs?"))
            assert both >= at.flip_count + at.control_flip_count
    assert asked == 3 * 8 * 3
    for row, part in zip(read[3], report.models[1].slices, strict=False):
        assert "threshold=matched" in row[-3], row
        assert count(page, row[-3].removeprefix("#pairs?")) == part.matched.flip_count


def test_controls_and_pairs_that_stay_are_chosen_by_kind_of_edit_and_decision(page, scored):
    edits = np.array(scored[columns.EDIT].to_pylist())
    kinds = np.array(scored[columns.CONTROL_KIND].to_pylist())
    before, after = scores(scored, "baseline")
    flip = (before > 0.5) != (after > 0.5)
    swaps = kinds == columns.SAME_GROUP
    assert count(page, "model=baseline&edit=control") == (flip & (kinds == "other_word")).sum()
    assert count(page, "model=baseline&edit=same_group") == (flip & swaps).sum() > 0
    assert count(page, "model=baseline&edit=any") == flip.sum()
    stay = count(page, "model=baseline&outcome=none")
    assert 100 < stay < (~flip & (edits == columns.IDENTITY)).sum()
    count(page, "model=baseline&edit=control&outcome=any&apart=yes")
    shown = page.locator(".pair-list > .pair").first
    shown.get_by_text("control: another word").wait_for()
    assert re.search(r"word word\d → other", shown.inner_text())


def test_pairs_sort_by_size_term_and_id(table, page):
    size = np.abs(np.subtract(*scores(table, "baseline")))[flips(table, "baseline") != 0]

    def first_scores():
        text = page.locator(".pair-list > .pair .score").first.text_content()
        before, after = re.search(r"([\d.]+) → ([\d.]+)", text).groups()
        return abs(float(before) - float(after))

    count(page, "model=baseline&apart=yes")
    assert first_scores() == pytest.approx(size.max(), abs=0.002)
    count(page, "model=baseline&apart=yes&sort=smallest")
    assert first_scores() == pytest.approx(size.min(), abs=0.002)
    count(page, "model=baseline&apart=yes&sort=id")
    identities = page.locator(".pair-list > .pair .facts > span:has-text('ID') bdi")
    shown = identities.all_text_contents()
    assert shown == sorted(shown)
    assert len(shown) == 25
    page.locator("#pair-more").click()
    assert page.locator(".pair-list > .pair").count() == 50


def test_the_form_is_kept_in_the_address_and_near_duplicates_stand_together(page):
    count(page, "")
    page.locator("#pair-form [name=model]").select_option("remediated")
    page.locator("#pair-form [name=search]").fill("number 1")
    assert page.evaluate("location.hash") == "#pairs?model=remediated&search=number+1"
    text = page.locator("#pair-count").inner_text()
    pairs, texts = re.match(r"(\d+) of the pairs in this page, (\d+) different", text).groups()
    assert page.locator(".pair-list > .pair").count() == min(25, int(texts))
    assert int(texts) < int(pairs)
    alike = page.locator("button.alike").first
    more = int(alike.text_content().split()[0])
    alike.click()
    assert page.locator(".pair .pair-list .pair").count() == more


def test_a_pair_has_an_address_of_its_own(page, context):
    address = page.url.split("#")[0]
    anchors = page.evaluate(
        "JSON.parse(document.getElementById('pair-data').textContent).pairs.map((p) => p[0])"
    )
    assert len(anchors) == len(set(anchors))
    other = context.new_page()
    other.goto(f"{address}#{anchors[-1]}")
    item = other.locator(f"#{anchors[-1]}")
    item.wait_for(state="visible")
    assert "target" in item.get_attribute("class")


def test_any_table_is_saved_as_csv_that_runs_no_formula(page):
    box = page.locator(".box:has(#table-flips-0-5)")
    with page.expect_download() as download:
        box.locator("button.csv").click()
    content = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[0][:4] == ["Slice", "Pairs", "any flip, baseline", "any flip, baseline: note"]
    assert len({len(row) for row in rows}) == 1
    assert [row[0] for row in rows[1:5]] == [
        "Overall",
        "gender:female",
        "gender:male",
        "gender:nonbinary",
    ]
    assert {"'=HYPERLINK(1)", "1+1", "'-1+1"} <= {row[0] for row in rows}
    shown = page.locator("#table-flips-0-5 tbody tr").first.locator("td").nth(1)
    assert rows[1][2] == shown.evaluate("cell => cell.firstChild.textContent")
    assert page.locator(".box table").count() == page.locator("button.csv").count()


def test_words_are_explained_on_hover(page):
    meaning = page.locator("#table-flips-0-5 abbr", has_text="negative to positive")
    assert "called negative" in meaning.first.get_attribute("title")
    assert page.locator("#words dt").count() > 20
