"""The sentence that states the price of a remedy in calls."""

from __future__ import annotations

import json

from fairflip.protos.report_pb2 import InferenceCalls, ModelReport, RunReport
from fairflip.view.words import findings
from fairflip.view.words.calls import calls_in_words


def test_calls_a_text_are_stated_for_the_model_that_has_a_remedy():
    calls = InferenceCalls(technique="averaging", num_texts=1200, num_calls=1500)
    report = RunReport(models=[ModelReport(name="plain"), ModelReport(name="mean", calls=calls)])
    [sentence] = calls_in_words(report)
    assert sentence == (
        "mean gives the mean score over a text and its counterfactuals. For the 1,200 originals "
        "here the model behind it was asked about 1,500 texts: 1.25 calls a text."
    )
    assert sentence in findings.find(report).cautions
    config = {"generator": {"method": "attribute", "attribute": "gender"},
              "data": {"examples": ["t.csv"], "without_text": True}}  # fmt: skip
    report.provenance.config = json.dumps(config)
    [sentence] = calls_in_words(report)
    assert sentence == (
        "mean gives the mean score over a record and the same with each other value of gender. For "
        "the 1,200 originals here the model behind it was asked about 1,500 records: 1.25 calls a "
        "record."
    )
    report.models[1].ClearField("calls")
    assert list(calls_in_words(report)) == []
