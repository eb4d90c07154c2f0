"""What a remedy at inference costs, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from fairflip.protos import report_pb2
from fairflip.view.words import numbers

_WAYS = {
    "averaging": "the mean score over a text and its counterfactuals",
    "blindness": "the score of the text without its terms",
}


def calls_in_words(report: report_pb2.RunReport) -> Iterator[str]:
    """A sentence for each model that is not asked about texts as they are."""
    for model in report.models:
        calls = model.calls
        if calls.num_texts:
            yield (
                f"{model.name} gives {_WAYS.get(calls.technique, calls.technique)}. For the "
                f"{numbers.count(calls.num_texts)} originals here the model behind it was asked "
                f"about {numbers.count(calls.num_calls)} texts: "
                f"{calls.num_calls / calls.num_texts:.2f} calls a text."
            )
