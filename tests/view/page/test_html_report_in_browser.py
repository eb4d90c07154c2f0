"""The report in a real Chromium: offline, sortable, printable, and the component in it."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.view.page import fairness_bundle, html_report
from support import control_reports, random_reports
from support.pages import fairness_page

pytestmark = pytest.mark.browser

HOSTILE = (
    "</script><script>window.owned=1</script><img src=http://outside.invalid/x onerror=owned=1>"
)
RTL = "שלום \u202eevil\u202c"


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs()


def write(tmp_path, report, table=None) -> str:
    return html_report.write_report(report, tmp_path, scored_pairs=table).as_uri()


def test_component_shows_the_report_for_two_models_and_two_thresholds(
    tmp_path, table, context, watch
):
    report = random_reports.report(table)
    page = context.new_page()
    page.goto(write(tmp_path, report, table))
    page.locator("#fairness-host").scroll_into_view_if_needed()
    fairness_page.wait_for_bars(page)
    fairness_page.select_all_thresholds(page)
    header, rows = fairness_page.table(page)
    assert header == [
        "feature",
        "baseline@0.25",
        "remediated@0.25",
        "baseline@0.5",
        "remediated@0.5",
        "remediated against baseline @0.25",
        "remediated against baseline @0.5",
        "example count",
    ]
    expected = fairness_page.expected_table(report, [row[0] for row in rows], [0.25, 0.5])
    assert len(rows) == 3
    for row, (cells, rates) in zip(rows, expected, strict=True):
        assert row[:5] == cells
        for shown, threshold in ((row[5], 0.25), (row[6], 0.5)):
            change = 100 * (rates[1, threshold] / rates[0, threshold] - 1)
            assert float(shown.rstrip("%")) == pytest.approx(change, abs=0.01)
    counts = {entry.slice: entry.num_pairs for entry in report.models[0].slices}
    assert [row[-1] for row in rows] == [str(counts[row[0]]) for row in rows]
    bars = page.locator(f"{fairness_page.BARS}:visible")
    assert bars.count() == 3 * 2 * 2
    # The axis reaches the highest upper bound.
    highest = max(
        at.flip_rate.upper
        for model in report.models
        for entry in model.slices
        if entry.slice in counts and entry.slice in [row[0] for row in rows]
        for at in entry.thresholds
    )
    ticks = page.locator("fairness-bounded-value-bar-chart #yaxis .tick text").all_text_contents()
    assert max(map(float, ticks)) >= highest
    icons = page.locator("fairness-metrics-table iron-icon.green-icon:visible")
    assert icons.count() == 6
    assert not watch.outside
    assert not watch.errors


def test_tooltip_and_selection(tmp_path, table, context, watch):
    report = random_reports.report(table)
    page = context.new_page()
    page.goto(write(tmp_path, report))
    page.locator("#fairness-host").scroll_into_view_if_needed()
    fairness_page.wait_for_bars(page)
    for position in (0, 1):
        page.locator(fairness_page.BARS).nth(position).hover()
        rate = report.models[position].slices[0].thresholds[0].flip_rate
        tooltip = page.locator("fairness-bounded-value-bar-chart #tooltip").first.inner_text()
        assert "Overall" in tooltip
        assert report.models[position].name in tooltip
        assert f"{rate.value:.5f}" in tooltip
        assert f"({rate.lower:.5f}, {rate.upper:.5f})" in tooltip
        page.mouse.move(5, 5)
    page.locator(fairness_page.BARS).nth(2).click()
    assert page.locator("#fairness-status").inner_text() == "Selected: gender:female"
    assert not watch.errors


def test_unknown_bundle_is_shown_untouched_with_a_note(
    tmp_path, table, context, watch, monkeypatch
):
    monkeypatch.setattr(fairness_bundle, "KNOWN_SHA256", "of another release")
    fairness_bundle.installed_bundle.cache_clear()
    page = context.new_page()
    page.goto(write(tmp_path, random_reports.report(table)))
    fairness_bundle.installed_bundle.cache_clear()
    note = page.locator("#fairness-indicators .note").inner_text()
    assert "not one that corrections are known for" in note
    page.locator("#fairness-host").scroll_into_view_if_needed()
    fairness_page.wait_for_bars(page)
    # Untouched: the header goes by model, which the cells do not.
    fairness_page.select_all_thresholds(page)
    assert fairness_page.table(page)[0][1:3] == ["baseline@0.25", "baseline@0.5"]
    assert not watch.outside


def test_hostile_names_nan_zero_baseline_and_a_slice_in_one_model_only(tmp_path, context, watch):
    groups = (HOSTILE, RTL, "a:b", "only_in_one")
    table = random_reports.scored_pairs(300, groups=groups)
    place = table.column_names.index("comment_text")
    table = table.set_column(place, "comment_text", [[HOSTILE + RTL] * 300])
    report = random_reports.report(table, groups=groups)
    for at in report.models[0].slices[0].thresholds:
        at.flip_rate.value = at.flip_rate.lower = 0.0
    for at in report.models[0].slices[1].thresholds:
        at.flip_rate.value = at.flip_rate.lower = at.flip_rate.upper = np.nan
    del report.models[1].slices[4]
    page = context.new_page()
    page.goto(write(tmp_path, report, table))
    assert page.evaluate("window.owned") is None
    page.locator("summary", has_text="Content warning").click()
    page.locator("#fairness-host").scroll_into_view_if_needed()
    fairness_page.wait_for_bars(page)
    page.locator(fairness_page.BARS).nth(1).hover()
    page.evaluate(
        """() => {
          const host = document.querySelector("fairness-nb-container");
          const board = host.shadowRoot.querySelector("fairness-metrics-board");
          const summary = board.shadowRoot.querySelector("fairness-metric-summary");
          summary.selectedSlicesDropDownMenuCandidates_ = summary.slicesDropDownMenuCandidates_
            .filter((candidate) => !candidate.lb || candidate.text === "Overall");
        }"""
    )
    page.wait_for_timeout(800)
    rows = {row[0]: row[1:] for row in fairness_page.table(page)[1]}
    assert set(rows) == {"Overall", *(f"gender:{group}" for group in groups)}
    assert rows["Overall"][0].startswith("0 (0, ")
    assert rows["Overall"][2] == "no ratio"
    assert rows[f"gender:{HOSTILE}"][0] == "NaN"
    assert rows["gender:only_in_one"][1] == "NaN"
    assert page.evaluate("window.owned") is None
    assert page.locator("img[src*=outside]").count() == 0
    assert not watch.outside
    assert not watch.errors


def test_headers_sort_by_keyboard_and_search_narrows(tmp_path, table, context, watch):
    page = context.new_page()
    page.goto(write(tmp_path, random_reports.report(table), table))
    rows = page.locator("#table-flips-0-5 tbody tr")
    button = page.locator("#table-flips-0-5 thead tr:last-child th").nth(3).locator("button")
    button.focus()
    page.keyboard.press("Enter")
    values = [
        float(text.split("%")[0]) for text in rows.locator("td:nth-child(4)").all_inner_texts()
    ]
    assert values == sorted(values, reverse=True)
    assert button.locator("..").get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    values = [
        float(text.split("%")[0]) for text in rows.locator("td:nth-child(4)").all_inner_texts()
    ]
    assert values == sorted(values)
    assert page.locator(".pair").first.is_visible() is False
    page.locator("summary", has_text="Content warning").click()
    page.locator("#pair-form [name=apart]").check()
    shown = page.locator(".pair:visible")
    assert shown.count() == 25
    page.locator("#pair-search").fill("number 17")
    page.wait_for_function("document.querySelectorAll('.pair').length < 25")
    assert shown.count() > 0
    assert page.locator("#pair-count").inner_text().startswith(f"{shown.count()} of the ")
    assert all("number 17" in text for text in page.locator(".pair").all_text_contents())
    assert page.locator(".pair ins").count() > 0
    assert not watch.errors


def test_tables_read_without_javascript_and_it_prints(tmp_path, table, browser, watch):
    address = write(tmp_path, random_reports.report(table), table)
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    watch.follow(context)
    page = context.new_page()
    page.goto(address)
    assert "gender:female" in page.locator("#table-flips-0-5").inner_text()
    page.locator("summary", has_text="threshold 0.25").click()
    assert page.locator("#table-flips-0-25").is_visible()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(20, 23, 28)"
    assert page.pdf()[:5] == b"%PDF-"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").first.is_visible()
    assert not watch.outside
    context.close()


@pytest.mark.parametrize("width", [390, 1400, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_holds_the_verdict_and_nothing_is_wider_than_the_page(
    tmp_path, table, browser, width, scheme
):
    report = control_reports.with_controls_everywhere(random_reports.report(table))
    report.provenance.data_fingerprints[f"in-memory/{'0' * 64}"] = "1" * 64
    height = 844 if width < 1000 else 1000
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(write(tmp_path, report, table))
    parts = [".light .lamp", "h1", ".light .why", ".light .next code", ".light .asked"]
    parts += [".three blockquote >> nth=2"] + ([".light .finding"] if width >= 1400 else [])
    for part in parts:
        box = page.locator(part).last.bounding_box()
        assert box["y"] + box["height"] <= height
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") == width
    # A table that is wider than its box scrolls in it: its first column stays, an edge is seen.
    loose = page.evaluate(
        """async () => {
          for (const closed of document.querySelectorAll("details")) closed.open = true;
          await new Promise((done) => setTimeout(done, 300));
          const wide = [...document.querySelectorAll("main .scroll table.data")].filter((table) =>
            table.scrollWidth > table.closest(".scroll").clientWidth);
          const loose = [];
          for (const table of wide) {
            const scroll = table.closest(".scroll"), first = table.tBodies[0].rows[0].cells[0];
            const edge = getComputedStyle(scroll.parentElement, "::after").width;
            scroll.scrollLeft = 200;
            const moved = first.getBoundingClientRect().left - scroll.getBoundingClientRect().left;
            if (Math.abs(moved) > 2 || edge === "auto") loose.push([table.id, moved, edge]);
          }
          return [wide.length, loose];
        }"""
    )
    assert loose[1] == []
    # Of two models every table has room on a laptop.
    assert (loose[0] > 0) == (width == 390)
    # No caption runs under the button beside it.
    covered = page.evaluate(
        """() => [...document.querySelectorAll(".box")].filter((box) => {
          const caption = box.querySelector("caption > span"), button = box.querySelector(".csv");
          return caption && button &&
            caption.getBoundingClientRect().right > button.getBoundingClientRect().left;
        }).map((box) => box.querySelector("table").id)"""
    )
    assert covered == []
    letters = page.evaluate(
        """() => [...document.querySelectorAll(".drawing svg")].map((svg) => {
          const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
          const sizes = [...svg.querySelectorAll("text")].map((t) =>
            parseFloat(getComputedStyle(t).fontSize));
          return [scale * Math.min(...sizes), svg.closest(".drawing").scrollWidth
            - svg.closest(".drawing").clientWidth];
        })"""
    )
    assert len(letters) >= 4
    assert min(size for size, _ in letters) >= 9
    assert max(hidden for _, hidden in letters) <= 1
    context.close()


def test_every_table_and_figure_is_named_for_screen_readers(tmp_path, table, context):
    page = context.new_page()
    report = control_reports.with_controls_everywhere(random_reports.report(table))
    page.goto(write(tmp_path, report, table))
    nameless = page.evaluate(
        """() => [
          ...[...document.querySelectorAll("main table")].filter((t) => !t.caption),
          ...[...document.querySelectorAll("main thead th, main tbody th")].filter((h) => !h.scope),
          ...[...document.querySelectorAll("[role=img], [role=region]")]
            .filter((e) => !e.getAttribute("aria-label")),
        ].length"""
    )
    assert nameless == 0
    identities = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(identities) == len(set(identities))
    assert page.locator("html").get_attribute("lang") == "en"


def test_200_slices_20_thresholds_2_models_paint_soon_and_stay_small(tmp_path, context, watch):
    groups = tuple(f"group {number:03d}" for number in range(200))
    thresholds = (0.5, *(round(number / 20 + 0.025, 3) for number in range(19)))
    table = random_reports.scored_pairs(3000, groups=groups)
    report = random_reports.report(table, thresholds=thresholds, groups=groups)
    address = write(tmp_path, report, table)
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    component = content.index('id="fairness-bundle"')
    bundle = content.index("</script>", component) - component
    assert len(content.encode()) - bundle < 5e6
    page = context.new_page()
    page.goto(address)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint < 2000
    page.locator("#fairness-host").scroll_into_view_if_needed()
    fairness_page.wait_for_bars(page)
    assert not watch.errors
