"""What a remedy at inference costs, as a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from fairflip.protos import report_pb2
from fairflip.protos.forms.run_edits import TABLE, edit_of
from fairflip.view.words import numbers

_OF_TEXTS = {
    "averaging": "the mean score over a text and its counterfactuals",
    "blindness": "the score of the text without its terms",
}
_OF_RECORDS = {
    "averaging": "the mean score over a record and the same with each other value of {}",
    "blindness": "the score of the record with one value of {}, the first that is named",
}


def calls_in_words(report: report_pb2.RunReport) -> Iterator[str]:
    """A sentence for each model that is not asked about texts or records as they are."""
    edit = edit_of(report)
    of_table = edit.edited == TABLE
    ways, one = (_OF_RECORDS, "record") if of_table else (_OF_TEXTS, "text")
    for model in report.models:
        calls = model.calls
        if calls.num_texts:
            way = ways.get(calls.technique, calls.technique).format(edit.column or "a column")
            yield (
                f"{model.name} gives {way}. For the "
                f"{numbers.count(calls.num_texts)} originals here the model behind it was asked "
                f"about {numbers.count(calls.num_calls)} {one}s: "
                f"{calls.num_calls / calls.num_texts:.2f} calls a {one}."
            )
