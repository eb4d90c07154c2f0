"""The model card's section holds the report's own numbers, its data, its limits, and no text."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.run_edits import Edit
from fairflip.view import model_card_section
from fairflip.view.page import html_report, model_card
from fairflip.view.words.limits_of_numbers import limits
from support import random_reports

HOSTILE = "<script>alert(1)</script>|`x`\n# head \u202e"


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs(300)


def rows_of(card: str) -> dict[str, list[str]]:
    """Cells by the first one, of the card's table."""
    lines = [line for line in card.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0]: row[1:] for row in cells[2:]}


def test_the_table_holds_the_reports_numbers(table):
    report = random_reports.report(table)
    rows = rows_of(model_card.render(report))
    model = report.models[-1]
    assert set(rows) == {part.slice for part in model.slices}
    for part in model.slices:
        at = part.thresholds[0]
        cells = rows[part.slice]
        assert cells[0] == str(part.num_pairs)
        shown = float(cells[1].split("%")[0])
        assert shown == pytest.approx(100 * at.flip_rate.value, abs=0.06)
        lower = float(cells[1].split("(")[1].split("–")[0])
        assert lower == pytest.approx(100 * at.flip_rate.lower, abs=0.06)


def test_a_rate_that_was_not_matched_is_not_shown(table):
    report = random_reports.report(table)
    first, second = report.models[-1].slices[:2]
    for part in (first, second):
        part.matched.baseline_positive_rate = 0.3
    first.matched.positive_rate, second.matched.positive_rate = 0.3, 0.0
    rows = rows_of(model_card.render(report))
    assert rows[first.slice][4].startswith(f"{100 * first.matched.flip_rate.value:.1f}% (")
    assert rows[second.slice][4] == "not matched"


def test_it_names_data_limits_and_provenance_and_no_folder(table):
    report = random_reports.report(table)
    report.provenance.config = json.dumps(
        {"data": {"examples": ["/secret/place/test.csv"]}, "generator": {"terms": "identity"}}
    )
    report.provenance.versions["fairflip"] = "1.2.3"
    report.provenance.model_fingerprints["remediated"] = "abc123"
    report.pairing.pair_set_sha256 = "f" * 64
    report.rejects.add(stage="read", reason="empty_text", count=1234)
    card = model_card.render(report)
    assert "`test.csv`" in card
    assert "secret" not in card
    assert "terms `identity`" in card
    assert "fairflip 1.2.3" in card
    assert "`abc123`" in card
    assert f"`{'f' * 64}`" in card
    assert "Left out at read: 1,234 (empty text)" in card
    assert card.count("\n- ") > len(limits(Edit("removing")))
    assert "Do not use them as a verdict of fairness" in card
    assert "kind neighbour" not in card


def test_one_of_several_models_can_be_asked_for(table):
    report = random_reports.report(table)
    assert model_card.render(report).startswith("## Counterfactual flips: remediated\n")
    card = model_card.render(report, model="baseline")
    assert card.startswith("## Counterfactual flips: baseline\n")
    assert "compared with" not in card
    with pytest.raises(ValueError, match="no model 'other'"):
        model_card.render(report, model="other")


def test_nothing_measured_is_a_dash_and_few_pairs_are_marked():
    report = report_pb2.RunReport()
    part = report.models.add(name="m").slices.add(slice="Overall", too_few_to_say=True)
    part.thresholds.add(threshold=0.5).flip_rate.value = float("nan")
    cells = rows_of(model_card.render(report))["Overall"]
    assert cells[1] == "–, too few to say"
    assert cells[2:5] == ["–", "–", "–"]


def test_many_slices_are_cut_and_counted(table):
    report = random_reports.report(table)
    card = model_card.render(report, max_slices=1)
    assert list(rows_of(card)) == ["Overall"]
    assert f"… and {len(report.models[-1].slices) - 1} more slices" in card


def test_hostile_names_stay_text():
    models, groups = (HOSTILE,), (HOSTILE,)
    table = random_reports.scored_pairs(80, models, groups)
    report = random_reports.report(table, models, groups=groups)
    report.provenance.config = json.dumps({"data": {"examples": [HOSTILE]}})
    report.rejects.add(stage=HOSTILE, reason=HOSTILE, count=1)
    card = model_card.render(report)
    assert "<script" not in card
    assert "\u202e" not in card
    assert "\n# head" not in card
    broken = report_pb2.RunReport(provenance=report_pb2.Provenance(config="{no json"))
    assert "Files:" not in model_card.render(broken)


def test_every_run_with_a_model_has_one(table):
    files = html_report.render_files(random_reports.report(table), scored_pairs=table)
    assert files["details/model_card.md"].decode().startswith("## Counterfactual flips: remediated")
    assert "details/model_card.md" not in html_report.render_files(report_pb2.RunReport())


def test_the_section_of_a_finished_run(table, tmp_path):
    report = random_reports.report(table)
    (tmp_path / "run_report.json").write_text(json_format.MessageToJson(report))
    files = html_report.render_files(report)
    assert model_card_section(tmp_path) == files["details/model_card.md"].decode()
    assert "flips: baseline" in model_card_section(tmp_path, model="baseline")
    with pytest.raises(InputError, match=r"no run_report\.json"):
        model_card_section(tmp_path / "none")
