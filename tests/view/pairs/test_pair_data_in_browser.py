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
from support.pages.pair_list import count, opened, output_of

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
    for part in (part for model in made.models for part in model.slices):
        for name in ("false_positive_rate", "false_negative_rate"):
            setattr(part, name, getattr(part.thresholds[0], name))
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
    with opened(browser, address) as made:
        yield made


def scores(table, model):
    sides = (f"score.{model}", f"counterfactual.score.{model}")
    return [table[name].to_numpy() for name in sides]


def flips(table, model, threshold=0.5):
    """1 to positive, -1 to negative, 0 for none."""
    before, after = scores(table, model)
    return (after > threshold).astype(int) - (before > threshold)


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
        "change=changed": (base != 0) != (other != 0),
        "change=changed&direction=negative_to_positive": (base == 1) != (other == 1),
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
    counted = [
        (address, int(number.group(1).replace(",", "")))
        for address, note in links
        if (number := re.search(r"^([\d,]+)/", note, re.MULTILINE))
    ]
    assert len(counted) >= 4 * 2 * 3
    for address, wanted in counted:
        assert count(page, address.removeprefix("#pairs?")) == wanted, address
    others = page.locator("#directions a.to-pairs, #terms a.to-pairs, #verdict a.to-pairs")
    assert others.count() > 20
    page.locator("#verdict .big a").first.click()
    # The page follows its address a moment after the click.
    page.wait_for_function(
        "() => document.querySelector('#pair-form [name=model]').value === 'baseline'"
    )
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
        matched = [one for one in row if one and "threshold=matched" in one]
        of_candidate = next(one for one in matched if "model=remediated" in one)
        assert count(page, of_candidate.removeprefix("#pairs?")) == part.matched.flip_count


def test_numbers_of_errors_lead_to_the_originals_that_are_called_so(table, page, report):
    """Of the page's own pairs, since the report counts rates and no such pairs."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(200)
    rows = page.evaluate(
        """() => [...document.querySelectorAll("#table-scores tbody tr")].map((row) =>
          [...row.cells].map((cell) => cell.querySelector("a.to-pairs")?.getAttribute("href")))"""
    )
    label = table["toxicity"].to_numpy() > 0.5
    shown = page.evaluate(
        """() => JSON.parse(document.getElementById("pair-data").textContent).pairs
          .filter((pair) => pair[9] === "identity").map((pair) => [pair[1], pair[8][1], pair[10]])"""
    )
    # Each pair of the page says the label of its own row.
    of_row = {
        (name, round(score, 9)): str(int(one))
        for name, score, one in zip(
            table["example_id"].to_pylist(), scores(table, "remediated")[0], label, strict=True
        )
    }
    assert all(of_row[name, round(one[0], 9)] == own_label for name, one, own_label in shown)
    by_query = {
        "positive": lambda before, own_label: before > 0.5,
        "false_positive": lambda before, own_label: before > 0.5 and own_label == "0",
        "false_negative": lambda before, own_label: before <= 0.5 and own_label == "1",
    }
    links = {
        match[1]: address
        for address in rows[0]
        if address and "model=remediated" in address
        if (match := re.search(r"answer=(\w+)", address))
    }
    assert set(links) == set(by_query)
    for answer, holds in by_query.items():
        wanted = sum(holds(one[0], own_label) for _, one, own_label in shown)
        assert count(page, links[answer].removeprefix("#pairs?")) == wanted > 0, answer
        is_counted = answer == "positive"
        assert ("pairs in this page" in output_of(page)) != is_counted
    # What is counted says of how many: here as many as NumPy finds.
    called = count(page, links["positive"].removeprefix("#pairs?"))
    at = report.models[1].slices[0].thresholds[0]
    assert at.positive_count == (scores(table, "remediated")[0] > 0.5).sum()
    assert output_of(page).startswith(f"{called} of {at.positive_count} shown")


def test_a_number_whose_pairs_are_not_in_the_page_says_so(page):
    assert count(page, "model=baseline&term=nobody") == 0
    assert page.locator("#pair-form [name=term]").input_value() == "nobody"
    assert "none in this page" in page.locator("#pair-form [name=term] option:checked").inner_text()
    assert "scored_pairs" in output_of(page)
    assert page.locator(".pair-list > .pair").count() == 0
    assert count(page, "model=baseline") > 0


def test_no_number_of_a_table_by_slice_or_term_stands_without_its_pairs(page):
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(200)
    bare = page.evaluate(
        r"""() => [...document.querySelectorAll("main table[data-rows] td, main .tile dd, main .big")]
          .filter((cell) => /\d/.test((cell.firstChild?.textContent ?? "")))
          .filter((cell) => !/^(0%?|0\.000|.?0\.0+ ?(points)?)$/.test((cell.firstChild?.textContent ?? "").trim()))
          .filter((cell) => !cell.querySelector("a.to-pairs"))
          .map((cell) => cell.closest("table, div, p").textContent.slice(0, 40) + "|" + cell.textContent)"""
    )
    # What no pair stands behind.
    assert [one for one in bare if not one.startswith("smallest change that could be seen")] == []


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
    pairs, texts = re.match(
        r"(\d+) of the [\d,]+ pairs in this page, (\d+) different", text
    ).groups()
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
    word = page.locator("#table-flips-0-5 abbr", has_text="negative to positive").first
    word.scroll_into_view_if_needed()
    page.mouse.move(0, 0)
    bubble = page.locator("#word-meaning")
    assert bubble.is_hidden()
    word.hover()
    assert "called negative" in bubble.inner_text()
    page.mouse.move(0, 0)
    assert bubble.is_hidden()
    assert page.locator("#words dt").count() > 20


def test_every_word_of_a_heading_is_explained_and_reached_by_keyboard(page, report):
    """Of tables and cards: all but names of models, slices and terms."""
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    page.wait_for_timeout(300)
    bare = page.evaluate(
        """(names) => [...document.querySelectorAll("main table.data thead th, main .tile dt")]
          .filter((e) => !e.querySelector("abbr[data-meaning]"))
          .map((e) => e.textContent.trim()).filter((text) => !names.includes(text))""",
        list(MODELS),
    )
    assert bare == []
    focused = page.evaluate(
        """() => [...document.querySelectorAll("main abbr[data-meaning]")].map((word) =>
          [word.textContent, word.dataset.meaning, (word.closest("button") ?? word).tabIndex])"""
    )
    assert len(focused) > 40
    assert all(meaning and place == 0 for _, meaning, place in focused)


def test_a_meaning_is_shown_on_focus_and_goes_by_escape(page):
    page.locator("#verdict .tile a.to-pairs").first.focus()
    bubble = page.locator("#word-meaning")
    for _ in range(6):
        page.keyboard.press("Tab")
        if bubble.is_visible():
            break
    holder = page.evaluate("document.activeElement.getAttribute('aria-describedby')")
    assert (bubble.is_visible(), holder) == (True, "word-meaning")
    assert page.evaluate("document.activeElement.dataset.meaning") == bubble.inner_text()
    page.keyboard.press("Escape")
    assert bubble.is_hidden()
    box = page.locator("#table-flips-0-5 thead tr:last-child th").nth(1).locator("button")
    box.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert "counterfactual" in bubble.inner_text()
