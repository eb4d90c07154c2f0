"""Both sides of each pair through one model: once, or several times where repeats are asked for."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.sides import copy_scores, distinct_rows, score_sides
from fairflip.protos.config_pb2 import ModelSpec


class Counter(BatchModelHandler):
    """Gives every record that it is asked for another score: 0, 1, 2, ..."""

    def __init__(self):
        super().__init__(ModelSpec(name="m"), ["text"])
        self.numbers = itertools.count()

    @property
    def identity(self) -> str:
        return "counter"

    def load_model(self) -> None:
        return None

    def score_batch(self, batch, model):
        return np.array([float(next(self.numbers)) for _ in range(batch.num_rows)])


BATCH = pa.RecordBatch.from_pydict(
    {"text": ["a", "a", "b"], "counterfactual.text": ["b", "c", "b"]}
)


def test_without_repeats_each_distinct_text_is_scored_once():
    scored = score_sides(BATCH, Counter(), None)
    assert scored.schema.names[2:] == ["score.m", "counterfactual.score.m"]
    original, changed = (scored.column(i).to_pylist() for i in (2, 3))
    assert original[0] == original[1]
    assert original[2] == changed[0] == changed[2]
    assert len({*original, *changed}) == 3


@given(
    st.one_of(
        st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "b", "é", "ab"]))),
        st.lists(st.one_of(st.none(), st.sampled_from([0.0, 1.5, -2.0]))),
    )
)
def test_the_distinct_values_of_one_column_come_as_they_come_first(cells):
    kind = pa.float64() if any(isinstance(cell, float) for cell in cells) else pa.string()
    batch = pa.RecordBatch.from_arrays([pa.array(cells, kind)], ["a"])
    for rows in (batch, batch.slice(1)):
        records, inverse = distinct_rows(rows)
        expected = list(dict.fromkeys(rows.column(0).to_pylist()))
        assert records.column(0).to_pylist() == expected
        assert records.schema == rows.schema
        assert [expected[place] for place in inverse] == rows.column(0).to_pylist()


def test_missing_cells_of_categories_are_one_value_of_their_own():
    cells = [["x", None, "y", None, "x"], [None, "u", "v", "u", None]]
    columns = [pa.array(each).dictionary_encode() for each in cells]
    records, inverse = distinct_rows(pa.RecordBatch.from_arrays(columns, ["a", "b"]))
    rows = list(zip(*(column.to_pylist() for column in records.columns), strict=True))
    assert len(rows) == 3
    assert [rows[place] for place in inverse] == list(zip(*cells, strict=True))


def test_with_repeats_each_side_is_scored_by_itself_and_every_time_again():
    scored = score_sides(BATCH, Counter(), None, repeats=3)
    assert scored.schema.names[2:] == [
        "score.m",
        "counterfactual.score.m",
        "score.m.repeat2",
        "counterfactual.score.m.repeat2",
        "score.m.repeat3",
        "counterfactual.score.m.repeat3",
    ]
    by_column = [scored.column(i).to_pylist() for i in range(2, 8)]
    for original, changed in zip(by_column[::2], by_column[1::2], strict=True):
        assert original[0] == original[1], "an original has one score, whatever its pairs"
        assert changed[0] == changed[2]
        # A counterfactual that equals an original is another question.
        assert not set(original) & set(changed)
    assert len({score for column in by_column for score in column}) == 3 * 4


def test_repeats_in_the_data_are_read_under_the_models_name():
    batch = pa.RecordBatch.from_pydict(
        {
            "given": [0.1],
            "counterfactual.given": [0.2],
            "given.repeat2": ["0.3"],
            "given.repeat4": [0.9],
        }
    )
    actual = copy_scores(batch, "m", "given").to_pydict()
    assert (actual["score.m"], actual["counterfactual.score.m"]) == ([0.1], [0.2])
    assert actual["score.m.repeat2"] == [0.3]
    assert "score.m.repeat4" not in actual, "there is no third answer before it"
    assert "counterfactual.score.m.repeat2" not in actual
