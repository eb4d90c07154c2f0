"""The page, Markdown, card, terminal and notebook on controls: one verdict, and no hostile text."""

from __future__ import annotations

import html
import re

import pytest

from fairflip.view.notebook import result_table
from fairflip.view.page import html_report, markdown_report, model_card
from fairflip.view.terminal import summary_table
from fairflip.view.words import verdict_light
from support import control_reports, random_reports

HOSTILE = "</script><script>x</script><img src=x onerror=alert(1)>|`*\u202e\x1b[2J"
LIGHTS = {
    "act": {"control": 0.03, "excess": (0.045, 0.035, 0.055), "over_words": (0.011, 0.08)},
    "look": {"control": 0.03, "excess": (0.018, 0.004, 0.031), "over_words": (-0.01, 0.04)},
    "fine": {"control": 0.03, "excess": (0.001, -0.01, 0.01), "over_words": (-0.02, 0.02)},
    "cannot tell": {},
}


def report_of(light):
    report = control_reports.one_model(flip_rate=(0.002, 0.001, 0.008), **LIGHTS[light])
    report.models[0].slices[0].has_few_originals = light == "cannot tell"
    return report


def page_of(report, **arguments):
    return html_report.render_files(report, **arguments)["report.html"].decode()


def views_of(report):
    return {
        "page": html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", page_of(report))),
        "markdown": markdown_report.render(report),
        "card": model_card.render(report),
        "terminal": re.sub(r"\s+", " ", summary_table.format_table(report)),
        "notebook": html.unescape(re.sub(r"<[^>]+>", "", result_table.render(report, "r.html"))),
    }


@pytest.mark.parametrize("light", LIGHTS)
def test_every_view_says_the_same_light_and_sentence(light):
    report = report_of(light)
    judged = verdict_light.judge(report)
    assert judged.title == light
    for name, text in views_of(report).items():
        assert re.search(rf"\b{light}\b", text, re.IGNORECASE), name
        text = " ".join(text.replace("\u2060", "").replace("\\_", "_").split())
        for sentence in (judged.sentence, judged.reason):
            assert sentence in text, (name, sentence)
        if name != "card":
            assert judged.next_step in text, name


@pytest.mark.parametrize("light", LIGHTS)
def test_the_light_is_a_word_and_a_form_not_colour_alone(light):
    page = page_of(report_of(light))
    lamp = re.search(r'<p class="lamp"><span aria-hidden="true">(.)</span> ([\w ]+)</p>', page)
    assert lamp[2] == light
    assert page.index(lamp[0]) < page.index("<h1>") < page.index("<nav")
    forms = [
        re.search(r'<p class="lamp"><span aria-hidden="true">(.)<', page_of(report_of(each)))[1]
        for each in LIGHTS
    ]
    assert len(set(forms)) == len(forms)


def test_the_first_screen_holds_one_number_the_excess():
    page = page_of(report_of("act"))
    headline = re.search("<h1><bdi>(.*?)</bdi></h1>", page)[1]
    assert re.findall(r"\d+(?:\.\d+)?", headline) == ["4.5"]


@pytest.mark.parametrize(
    ("score_feature", "cure"), [("", "--controls 2"), ("s", "fairflip generate --controls 2 …")]
)
def test_without_controls_each_view_says_so_and_the_cure(score_feature, cure):
    report = control_reports.one_model()
    report.provenance.config = control_reports.config(score_feature=score_feature)
    views = views_of(report)
    views.pop("card")
    for name, text in views.items():
        assert "This run has no controls." in text, name
        assert cure in text, name
    for text in views_of(report_of("act")).values():
        assert "no controls" not in text.lower()


def test_the_noise_floor_stands_in_every_view_and_nobody_is_favoured():
    report = report_of("act")
    entry = report.models[0].heterogeneity.add(feature="gender", p_value_adjusted=0.001)
    entry.slice = "Overall"
    entry.flip_rate.CopyFrom(control_reports.interval(0.2, 0.1, 0.3))
    assert "most clearly for Overall" in views_of(report)["page"]
    look = report.models[0].second_look
    look.num_texts, look.num_differing_decisions = 200, 36
    for name, text in views_of(report).items():
        assert "noise floor" in text, name
        assert "18.0% of 200 texts" in text, name
        assert "most clearly" not in text, name


def hostile_report():
    report = control_reports.two_models(**{**LIGHTS["act"], "top_term": HOSTILE})
    report.models[1].name = report.comparisons[0].candidate = HOSTILE
    report.models[0].second_look.num_texts = 10
    way = report.models[0].group_directions.add(to=HOSTILE, num_pairs=1)
    setattr(way, "from", HOSTILE)
    return report


def test_hostile_terms_models_and_groups_stay_text():
    report = hostile_report()
    files = html_report.render_files(report)
    page = files["report.html"].decode()
    assert "<script>x" not in page
    assert "<img src=x" not in page
    document = result_table.render(report, HOSTILE)
    for text in (
        page,
        document,
        files["details/report.md"].decode(),
        files["details/model_card.md"].decode(),
    ):
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "<img" not in re.sub(r"data:image[^\"]*", "", text)
    for text in (files["details/report.md"].decode(), files["details/model_card.md"].decode()):
        assert "<script" not in text
    shown = summary_table.format_table(report)
    assert not set(shown) & set("\u202e\x1b")


def test_the_table_of_markdown_keeps_its_columns():
    lines = markdown_report.render(hostile_report()).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| Slice | Model"))
    widths = {
        len(re.split(r"(?<!\\)\|", line))
        for line in lines[start : start + 4]
        if line.startswith("|")
    }
    assert len(widths) == 1


def test_what_got_no_better_is_not_green():
    report = control_reports.two_models(**LIGHTS["look"])
    at = report.comparisons[0].slices[0].matched  # where a candidate is judged
    assert '<article class="tile change better">' in page_of(report)
    at.control_flip_rate_difference.CopyFrom(control_reports.interval(0.02, 0.01, 0.03))
    assert '<article class="tile change ">' in page_of(report)
    at.control_flip_rate_difference.CopyFrom(control_reports.interval(0.0, -0.01, 0.01))
    report.models[1].second_look.num_texts = 100
    report.models[1].second_look.num_differing_decisions = 30
    assert '<article class="tile change ">' in page_of(report)


def test_controls_stand_in_the_table_and_the_plot_of_the_page():
    report = control_reports.with_controls_everywhere(
        random_reports.report(random_reports.scored_pairs(200))
    )
    page = page_of(report)
    assert page.count('id="table-excess-0-5"') == 1
    assert 'id="plot-identity_and_control"' in page
    assert page.index('id="table-excess-0-5"') < page.index('id="table-flips-0-5"')
    assert 'id="table-group-directions"' in page
