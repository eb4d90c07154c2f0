"""The plot of flips beside those of controls."""

from __future__ import annotations

from fairflip.view.figures.controls import identity_and_control
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports


def test_every_slice_with_controls_stands_in_the_plot_what_was_changed_first():
    report = random_reports.report(random_reports.scored_pairs(200))
    assert identity_and_control(ReportIndex(report)) is None
    for model in report.models:
        part = model.slices.add(slice="counterfactual_group:female", num_pairs=50)
        part.thresholds.add(threshold=0.5).flip_rate.CopyFrom(control_reports.interval(0.1, 0, 0.2))
    control_reports.with_controls_everywhere(report)
    for model in report.models:
        part = model.slices.add(slice="gender:none", num_pairs=50)
        part.thresholds.add(threshold=0.5).flip_rate.CopyFrom(control_reports.interval(0.1, 0, 0.2))
    plot = identity_and_control(ReportIndex(report))
    text = plot.svg.decode()
    places = [text.index(f">{name}<") for name in ("Overall", "female")]
    assert places == sorted(places)
    assert places[1] < text.index(">gender:male<")
    assert "gender:none" not in text
    assert ">remediated, controls<" in text


def test_names_of_the_data_stay_text():
    hostile = "</text><script>x</script>\u202e"
    report = random_reports.report(random_reports.scored_pairs(200), groups=("female",))
    for model in report.models:
        model.slices[1].slice = hostile
    control_reports.with_controls_everywhere(report)
    inline = identity_and_control(ReportIndex(report)).inline
    assert "<script" not in inline
    assert "\u202e" not in inline
