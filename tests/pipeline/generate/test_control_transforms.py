"""What a run that shows no text leaves of the words of controls."""

from __future__ import annotations

import pyarrow as pa

from fairflip.pipeline.generate.control_transforms import without_control_words


def test_words_of_controls_are_hidden_and_terms_of_lists_are_not():
    batch = pa.RecordBatch.from_pydict(
        {
            "edit": ["identity", "control"],
            "term": [["she"], ["garden"]],
            "replacement": [["he"], ["river"]],
            "edited_words": [["he\u2194she"], None],
        }
    )
    hidden = without_control_words(batch).to_pydict()
    assert hidden["term"] == [["she"], []]
    assert hidden["replacement"] == [["he"], []]
    assert hidden["edited_words"] == [None, None]


def test_controls_that_name_no_words_are_as_they_are():
    batch = pa.RecordBatch.from_pydict({"edit": ["identity", "control"], "text": ["a", "b"]})
    assert without_control_words(batch).equals(batch)
