"""What the first screen holds beside the verdict."""

from __future__ import annotations

import re

import pytest

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.view.page import first_screen, html_report
from fairflip.view.pairs import flipped_pairs
from fairflip.view.words import verdict_light
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports


@pytest.fixture(scope="module")
def table():
    return random_reports.scored_pairs()


def shown(table):
    return flipped_pairs.select_flipped(
        table.to_batches(), ["baseline", "remediated"], 0.5, max_pairs=200
    )


def test_three_pairs_flip_under_the_judged_model_and_are_of_different_terms(table):
    pairs = first_screen.three_pairs(shown(table).shown, "remediated", 0.5)
    assert len({pair.term for pair in pairs}) == 3
    assert all(pair.scores["remediated"].flip for pair in pairs)
    one_term = table.filter(table["term"].is_valid())
    place = one_term.column_names.index("term")
    one_term = one_term.set_column(place, "term", [["she"] * one_term.num_rows])
    pairs = first_screen.three_pairs(shown(one_term).shown, "remediated", 0.5)
    assert len({pair.example_id for pair in pairs}) == 3


def test_pairs_are_said_to_flip_by_the_model_and_at_the_threshold_where_they_do(table):
    report = control_reports.with_controls_everywhere(random_reports.report(table))
    for part in report.models[1].slices:
        part.matched.threshold = 0.4
        part.matched.positive_rate = part.matched.baseline_positive_rate = 0.4
    page = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    facts = re.findall(
        r'<p class="facts"><span><bdi>(\w+)</bdi> ([\d.]+) → ([\d.]+)</span><b>(.*?)</b>', page
    )
    assert len(facts) == 3
    for model, before, after, way in facts:
        assert model == "remediated"
        rises = float(before) <= 0.4 < float(after)
        assert rises or float(after) <= 0.4 < float(before)
        words = "negative to positive" if rises else "positive to negative"
        assert way == f"{words} at threshold 0.4"
    # A model that flips nothing: the pairs of the other.
    for name in ("score", "counterfactual.score"):
        place = table.column_names.index(f"{name}.remediated")
        table = table.set_column(place, f"{name}.remediated", [[0.1] * table.num_rows])
    page = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    facts = re.findall(
        r'<p class="facts"><span><bdi>(\w+)</bdi> ([\d.]+) → ([\d.]+)</span><b>', page
    )
    assert [model for model, *_ in facts] == ["baseline"] * 3
    assert all((float(a) > 0.5) != (float(b) > 0.5) for _, a, b in facts)


def test_the_page_names_light_list_method_categories_and_next_command(table):
    report = control_reports.with_controls_everywhere(random_reports.report(table))
    report.provenance.config = control_reports.config("substitution")
    page = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    first = page[: page.index("<nav")]
    assert "Terms of the list clp_tutorial, by swapping. Categories: gender." in first
    assert len(re.findall("<blockquote>", first)) == 3
    assert len(re.findall("<del>", first)) >= 3
    assert re.search(r"<b>Next:</b> .*<code>fairflip ", first)
    report.edits.sentence, report.edits.blind_spots = "Twelve terms <swapped>.", "No names."
    first = html_report.render_files(report, scored_pairs=table)["report.html"].decode()
    assert "Twelve terms &lt;swapped&gt;.</bdi> <bdi>No names." in first


def test_no_examples_says_that_texts_were_left_out(table):
    report = control_reports.with_controls_everywhere(random_reports.report(table))
    made = html_report.render_files(report, scored_pairs=table, no_examples=True)
    first = made["report.html"].decode()
    assert "The texts were left out of this page." in first
    assert "<blockquote>" not in first


def test_a_long_text_is_cut_around_its_change():
    parts = first_screen.excerpt(
        [("same", "a" * 100), ("removed", "she"), ("added", "he"), ("same", "b" * 200)]
    )
    assert parts == [
        ("same", "…" + "a" * 60),
        ("removed", "she"),
        ("added", "he"),
        ("same", "b" * 90 + "…"),
    ]
    middle = first_screen.excerpt([("added", "he"), ("same", "c" * 100), ("added", "him")])
    assert middle[1] == ("same", "c" * 40 + "…" + "c" * 40)


def judgement(light, command=""):
    report = control_reports.one_model(excess=(0.0, -0.01, 0.01))
    judged = verdict_light.judge(report, ReportIndex(report))
    return verdict_light.Judgement(light, "", (), "", "", command, "mine", judged.rates)


def test_the_next_command_holds_this_runs_folder_and_configuration():
    config = PipelineConfig()
    config.output.output_dir = "my out"
    config.models.add(name="mine", path="model.keras")

    def whole(command, light="look", file="my out/details/work/config.json"):
        return first_screen.whole_command(judgement(light, command), config, file)

    again = "--config 'my out/details/work/config.json' --output_dir 'my out_next'"
    assert whole("fairflip gate --run OUT --limits FILE") == (
        "fairflip gate --run 'my out' --limits FILE"
    )
    assert whole("--controls 2") == f"fairflip evaluate --controls 2 {again}"
    assert whole("fairflip run --technique clp …") == f"fairflip run --technique clp {again}"
    assert whole("--threshold …", "cannot_tell") == "fairflip evaluate --threshold …"
    assert whole("", file="") == "fairflip evaluate --slice counterfactual_term …"
    config.evaluation.slices.append("counterfactual_term")
    assert whole("", file="") == "fairflip run --technique clp …"
    smaller = whole("fairflip run --loss_weight …")
    assert smaller == f"fairflip run --loss_weight 0.5 {again}"
    config.remediation.loss_weights.extend([8.0, 3.0])
    assert whole("fairflip run --loss_weight …") == f"fairflip run --loss_weight 1.5 {again}"
    config.models[0].train.SetInParent()
    assert whole("--controls 2") == f"fairflip run --controls 2 {again}"
    config.models[0].ClearField("train")
    # A function of another process cannot be called again from a command.
    config.models[0].function = "fairflip.pipeline.score.handlers.functions:registered_0"
    assert whole("--controls 2") == "fairflip evaluate --controls 2"
