"""What a run that shows no text leaves of the words of controls."""

from __future__ import annotations

import pyarrow as pa

from fairflip.pipeline.generate.control_transforms import with_hidden_words


def test_words_of_controls_are_hidden_and_terms_of_lists_are_not():
    batch = pa.RecordBatch.from_pydict(
        {
            "edit": ["identity", "control"],
            "term": [["she"], ["garden"]],
            "replacement": [["he"], ["river"]],
            "edited_words": [["he\u2194she"], None],
        }
    )
    hidden = with_hidden_words(batch, 7).to_pydict()
    assert hidden["term"][0] == ["she"]
    assert hidden["replacement"][0] == ["he"]
    (garden,), (river,), (pair,) = (
        hidden["term"][1],
        hidden["replacement"][1],
        hidden["edited_words"][0],
    )
    assert hidden["edited_words"][1] is None
    assert len({garden, river, pair}) == 3
    for word in (garden, river, pair):
        assert len(bytes.fromhex(word)) == 8
    assert with_hidden_words(batch, 8).to_pydict()["term"][1] != [garden]


def test_the_same_words_stay_the_same_in_any_batch():
    rows = {"edit": ["control"] * 4, "term": [["garden"], ["river", "garden"], None, ["river"]]}
    batch = pa.RecordBatch.from_pydict(rows)
    (garden,), both, none, (river,) = with_hidden_words(batch, 7).to_pydict()["term"]
    assert both == [river, garden]
    assert none is None
    assert with_hidden_words(batch.slice(3), 7).to_pydict()["term"] == [[river]]


def test_controls_that_name_no_words_are_as_they_are():
    batch = pa.RecordBatch.from_pydict({"edit": ["identity", "control"], "text": ["a", "b"]})
    assert with_hidden_words(batch, 7).equals(batch)
