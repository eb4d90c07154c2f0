"""The report page says what the report holds, and nothing in the data can harm it."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pyarrow.parquet as pq
import pytest

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.view.page import html_report
from fairflip.view.pairs import marked_texts
from fairflip.view.words import numbers
from support import random_reports

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>"
SCORES = "Scores, positive rates and matched flips by slice, over pairs"
RTL = "גברת שלום \u202eevil\u202c نساء"


class Tables(HTMLParser):
    """Every table of a page as rows of cell texts, by its caption."""

    def __init__(self, page: str):
        super().__init__()
        self.tables: dict[str, list[list[list[str]]]] = {}
        self.tags: list[str] = []
        self._caption = self._rows = self._cell = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "table":
            self._rows = []
        elif tag == "caption":
            self._caption = ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell = [""]
            self._rows[-1].append(self._cell)
        elif tag == "small" and self._cell is not None:
            self._cell.append("")

    def handle_endtag(self, tag):
        if tag == "caption":
            self.tables[self._caption] = self._rows
            self._caption = None
        elif tag in ("tr", "table"):
            self._cell = None

    def handle_data(self, data):
        if self._caption is not None:
            self._caption += data
        elif self._cell is not None:
            self._cell[-1] += data.rstrip("\n")


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs()


@pytest.fixture(scope="module")
def page(table):
    return html_report.render_files(random_reports.report(table), scored_pairs=table)[
        "report.html"
    ].decode()


def test_every_count_of_two_models_and_two_thresholds_is_in_the_tables(table, page):
    tables = Tables(page).tables
    for threshold in (0.5, 0.25):
        rows = tables[f"Flips by slice and direction at threshold {threshold}"][2:]
        assert [row[0][0] for row in rows] == [
            "Overall",
            "gender:female",
            "gender:male",
            "gender:nonbinary",
        ]
        for row in rows:
            group = row[0][0].removeprefix("gender:")
            inside = np.array(
                [group == "Overall" or group in groups for groups in table["gender"].to_pylist()]
            )
            assert row[1][0] == str(inside.sum())
            for column, model in ((2, "baseline"), (3, "remediated")):
                was = table[f"score.{model}"].to_numpy()[inside] > threshold
                now = table[f"counterfactual.score.{model}"].to_numpy()[inside] > threshold
                assert row[column][1].split("\n")[1] == (f"{(was != now).sum()}/{inside.sum()}")
                assert row[column][0] == numbers.percent(np.mean(was != now))
                assert row[column + 3][1].split("\n")[1] == (f"{(~was & now).sum()}/{(~was).sum()}")
                assert row[column + 6][1].split("\n")[1] == (f"{(was & ~now).sum()}/{was.sum()}")
                assert row[column + 6][0] == numbers.percent((was & ~now).sum() / was.sum())


def test_verdict_comes_first_and_names_both_rates(page):
    first = re.search(r"<h1><bdi>(.*?)</bdi></h1>", page).group(1)
    assert first.startswith("remediated: changing identity terms changes ")
    changed = re.search(r'<p class="changed"><bdi>(.*?)</bdi></p>', page).group(1)
    assert changed.startswith("Flips fell from ")
    assert page.index('<p class="changed">') < page.index('<article class="tile"')
    assert page.index('<h2 id="verdict-title') < page.index('<h2 id="flips-title')


def test_page_asks_nothing_of_any_server(page):
    addresses = re.findall(r"""\b(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(([^)]+)\)""", page)
    addresses = [(either or other).strip("'\"") for either, other in addresses]
    assert addresses
    outside = [a for a in addresses if not a.startswith(("#", "data:image/png"))]
    assert not outside
    assert "default-src 'none'" in html.unescape(page)


@pytest.mark.plots
def test_files_are_written_whole_and_equal_every_time(table, tmp_path):
    report = random_reports.report(table)
    path = html_report.write_report(report, tmp_path / "out", scored_pairs=table)
    written = {
        str(file.relative_to(tmp_path / "out")): file.read_bytes()
        for file in (tmp_path / "out").rglob("*")
        if file.is_file()
    }
    assert path == tmp_path / "out" / "report.html"
    assert {"report.html", "details/report.md", "details/figures/flip_rate_by_slice.png"} <= set(
        written
    )
    assert not [name for name in written if name.rsplit("/", 1)[-1].startswith(".")]
    assert written == html_report.render_files(report, scored_pairs=table)


def test_pairs_are_read_from_a_folder_of_parquet_files(table, page, tmp_path):
    pq.write_table(table.slice(0, 150), tmp_path / "a.parquet")
    pq.write_table(table.slice(150), tmp_path / "b.parquet")
    files = html_report.render_files(random_reports.report(table), scored_pairs=str(tmp_path))
    assert files["report.html"].decode() == page
    with pytest.raises(InputError, match="no scored pairs"):
        html_report.render_files(random_reports.report(table), scored_pairs=str(tmp_path / "none"))


def test_no_examples_leaves_every_text_out(table):
    report = random_reports.report(table)
    with_text = html_report.render_files(report, scored_pairs=table)["report.html"]
    without = html_report.render_files(report, scored_pairs=table, no_examples=True)["report.html"]
    assert b"kind neighbour" in with_text
    assert b"kind neighbour" not in without
    assert b"id00" not in without
    assert b"Score of the original against" in without


def test_number_of_pairs_shown_is_limited(table):
    files = html_report.render_files(
        random_reports.report(table), scored_pairs=table, max_examples=7
    )
    page = files["report.html"].decode()
    assert page.count('<li class="pair" id="pair-') == 7
    data = re.search('id="pair-data"[^>]*>(.*?)</script>', page).group(1)
    assert len(json.loads(data)["pairs"]) == 7


@pytest.mark.plots
def test_hostile_text_stays_text(table):
    models = (HOSTILE, RTL)
    groups = (HOSTILE, RTL, "$x^2$", "a|b\nc")
    hostile = random_reports.scored_pairs(200, models, groups)
    texts = [HOSTILE + RTL] * 200
    place = hostile.column_names.index("comment_text")
    hostile = hostile.set_column(place, "comment_text", [texts])
    report = random_reports.report(hostile, models, groups=groups)
    report.rejects.add(stage=HOSTILE, reason=HOSTILE, count=1)
    report.provenance.config = HOSTILE
    report.provenance.versions[HOSTILE] = HOSTILE
    report.term_coverage[0].term = HOSTILE
    files = html_report.render_files(report, scored_pairs=hostile)
    text = files["report.html"].decode()
    parsed = Tables(text)
    assert parsed.tags.count("script") == 6
    assert not {"img", "iframe", "object", "link"} & set(parsed.tags)
    rows = parsed.tables["Flips by slice and direction at threshold 0.5"]
    assert rows[3][0][0] == f"gender:{HOSTILE}"
    assert rows[4][0][0] == f"gender:{RTL}".replace("\u202e", "\\u202e").replace(
        "\u202c", "\\u202c"
    )
    markdown = files["details/report.md"].decode()
    assert "<script" not in markdown
    assert "\u202e" not in markdown
    assert b"<script" not in files["details/figures/flip_rate_by_slice.svg"]


@pytest.mark.parametrize("models", [(), ("only",), ("a", "b", "c")])
def test_any_number_of_models(models):
    table = random_reports.scored_pairs(60, models, labels=False)
    report = random_reports.report(table, models) if models else report_pb2.RunReport()
    files = html_report.render_files(report, scored_pairs=table)
    text = files["report.html"].decode()
    for name in models:
        assert f"<bdi>{name}</bdi>" in text
    assert ("no labels" in text) == bool(models)


def test_missing_parts_and_nan_are_dashes_not_zeros():
    report = report_pb2.RunReport()
    model = report.models.add(name="m")
    empty = model.slices.add(slice="Overall", num_pairs=0).thresholds.add(threshold=0.5)
    empty.flip_rate.value = empty.flip_rate.lower = empty.flip_rate.upper = np.nan
    model.slices.add(slice="gender:x", num_pairs=3)
    other = report.models.add(name="n")
    only = other.slices.add(slice="gender:y", num_pairs=2).thresholds.add(threshold=0.25)
    only.flip_rate.value = 0.5
    tables = Tables(html_report.render_files(report)["report.html"].decode()).tables
    rows = {
        row[0][0]: [cell[0] for cell in row[2:]]
        for row in tables["Flips by slice and direction at threshold 0.5"][2:]
    }
    assert rows["Overall"][:3] == ["–", "–", "–"]
    assert set(rows["gender:x"]) == {"–"}
    rows = tables["Flips by slice and direction at threshold 0.25"][2:]
    assert [cell[0] for cell in rows[2][2:5]] == ["–", "50.0%", "–"]


def test_zero_baseline_gives_a_change_in_points_and_no_ratio():
    table = random_reports.scored_pairs(300)
    place = table.column_names.index("counterfactual.score.baseline")
    table = table.set_column(place, "counterfactual.score.baseline", table["score.baseline"])
    text = html_report.render_files(random_reports.report(table))["report.html"].decode()
    assert re.search(r"Flips rose from 0% to \d", text)
    assert "Infinity" not in text
    assert not re.search(r">\s*[+−-]?nan", text, re.IGNORECASE)


def test_rejects_are_named_without_their_content(table, tmp_path):
    (tmp_path / "read.jsonl").write_text(
        '{"stage":"read","reason":"no_id","source":"a.csv","record":"12","content":{"t":"SECRET"}}\n'
        "not json\n"
    )
    page = html_report.render_files(random_reports.report(table), rejects_dir=tmp_path)
    assert b"no_id" in page["report.html"]
    assert b"SECRET" not in page["report.html"]


def test_a_candidate_that_was_not_matched_shows_no_matched_rate(table):
    report = random_reports.report(table)
    first, second = report.models[1].slices[:2]
    for part in (first, second):
        part.matched.baseline_positive_rate = 0.3
        part.matched.flip_rate.CopyFrom(random_reports.wilson(0, part.num_pairs))
    first.matched.positive_rate, second.matched.positive_rate = 1.0, 0.31
    made = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    tiles = re.findall(r"at the baseline&#39;s positive rate</abbr></dt><dd>(.*?)</dd>", made)
    assert tiles == ["not matched", "could not be matched"]
    rows = {row[0][0]: row for row in Tables(made).tables[SCORES][2:]}
    assert rows["Overall"][7] == ["not matched", "nearest: 100% positive"]
    assert rows[second.slice][7][0] == "0%"
    first.matched.positive_rate = 0.31
    made = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    tiles = re.findall(r"at the baseline&#39;s positive rate</abbr></dt><dd>(.*?)</dd>", made)
    assert tiles[0] == "0%"
    assert "could not be matched" not in made


SCRIPT = "<script>alert(1)</script>"
GENERATED = report_pb2.RunReport(
    pairing={"num_pairs": 12, "num_originals": 9, "num_unmatched_originals": 2},
    edits={"sentence": "Terms of the list identity swapped: 2.", "blind_spots": "Not seen: names."},
    term_coverage=[
        {"term": "aunt", "group": "female", "category": "gender", "num_pairs": 3},
        {"term": SCRIPT, "group": "male", "category": "gender", "num_pairs": 9},
    ],
)


PAIR = ("c1", ["aunt"], marked_texts.mark_changes("my aunt sings", "my uncle sings"))


def generated_page(pairs=(PAIR,)) -> str:
    return html_report.render_generated(GENERATED, list(pairs), "my out")


def test_generated_pairs_are_shown_with_the_change_marked():
    assert "my <del>aunt</del><ins>uncle</ins> sings" in generated_page()
    assert "12 pairs of 9 originals" in generated_page()
    assert "no evaluated pairs" not in generated_page()


def test_the_list_what_it_cannot_see_and_the_next_command_are_named():
    shown = html.unescape(generated_page())
    assert "Terms of the list identity swapped: 2. Not seen: names." in shown
    assert "fairflip evaluate --pairs 'my out/pairs/*.parquet' --model NAME=PATH" in shown
    assert shown.index(">9</td>") < shown.index(">3</td>"), "most pairs first"


def test_hostile_text_is_inert():
    shown = generated_page([(SCRIPT, [SCRIPT], marked_texts.mark_changes("a", SCRIPT))])
    assert SCRIPT not in shown
    assert "&lt;script&gt;" in shown
    assert "default-src 'none'" in html.unescape(shown)


def test_a_page_without_texts_says_so():
    assert "Texts were left out of this page." in generated_page([])
