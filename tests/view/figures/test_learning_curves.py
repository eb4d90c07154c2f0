"""The plot of training has a panel for each loss, and is not there where nothing was trained."""

from __future__ import annotations

from fairflip.protos.report_pb2 import LearningCurve, RunReport
from fairflip.view.figures.learning_curves import learning_curves
from fairflip.view.words import findings


def test_each_loss_has_a_panel():
    names = ("counterfactual_loss", "original_loss")
    report = RunReport(
        learning_curves=[
            LearningCurve(model="remediated", quantity=name, values=[3.0, 2.0, 1.0])
            for name in names
        ]
    )
    plot = learning_curves(report)
    assert plot is not None
    for name in names:
        assert name.replace("_", " ").encode() in plot.svg
    assert learning_curves(RunReport()) is None
    lost = LearningCurve(model="m", quantity="loss", values=[1.0, float("nan")])
    assert learning_curves(RunReport(learning_curves=[lost])) is None


def test_a_pair_loss_that_stood_still_is_a_caution():
    curve = LearningCurve(model="remediated", quantity="counterfactual_loss", values=[0.25] * 20)
    [sentence] = findings.find(RunReport(learning_curves=[curve])).cautions
    assert "counterfactual loss of remediated did not move" in sentence
    assert "0.25 at the beginning" in sentence
