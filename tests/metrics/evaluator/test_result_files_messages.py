"""The bytes of TFMA's messages, made of pieces, against those of its own writer."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto.metrics_for_slice_pb2 import MetricsForSlice
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from fairflip.metrics.evaluator import result_files
from fairflip.metrics.evaluator.result_files import metrics_for_slices
from fairflip.metrics.evaluator.table import IdList, MetricTable, NamedIds
from fairflip.metrics.pairs.cell_samples import AlphabeticalIds

#: Numbers that are written otherwise than most, or not at all, among others.
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 0.25, -3.5, 5e-324, np.nan, np.inf, -np.inf])
#: TFMA sorts keys, which it can where all have a part, or none.
PARTS = st.fixed_dictionaries(
    {
        "sub_key": st.sampled_from(
            [None, metric_types.SubKey(class_id=0), metric_types.SubKey(k=2)]
        ),
        "aggregation_type": st.sampled_from(
            [None, metric_types.AggregationType(micro_average=True)]
        ),
        "example_weighted": st.sampled_from([None, False, True]),
    }
)


def keys_with(parts):
    return st.builds(
        metric_types.MetricKey,
        name=st.text(st.characters(codec="utf-8"), max_size=5)
        | st.sampled_from(["long " * 40, "metric/value@0.5"]),
        model_name=st.sampled_from(["", "model"]),
        output_name=st.sampled_from(["", "output"]),
        is_diff=st.booleans(),
        **{name: st.just(part) for name, part in parts.items()},
    )


#: NumPy, in which the expected ones are held, drops a zero byte at the end.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
IDS = st.lists(TEXTS | st.sampled_from(["x" * 127, "y" * 128, "z" * 20_000]))


def named_ids(draw, num_slices, num_lists, shape):
    lists = [[draw(IDS) for _ in range(num_lists)] for _ in range(num_slices)]
    samples, sizes = [], np.array([[len(one) for one in of_slice] for of_slice in lists])
    for of_slice in lists:
        texts = sorted({text.encode() for one in of_slice for text in one})
        cells = [cell for cell, one in enumerate(of_slice) for _ in one]
        which = [texts.index(text.encode()) for one in of_slice for text in one]
        array = pa.array([b"not named", *texts], pa.large_binary()).slice(1)
        samples.append(AlphabeticalIds(np.array(cells, int), np.array(which, int), array))
    ends = np.cumsum(sizes, axis=1)
    return NamedIds(samples, ends - sizes, ends, shape)


@st.composite
def tables(draw):
    num_slices = draw(st.integers(1, 4))
    keys = draw(st.lists(keys_with(draw(PARTS)), min_size=1, max_size=8, unique=True))
    which = [draw(st.sampled_from(["number", "id", "other"])) for _ in keys]
    numbers, of_ids, others = (
        [key for key, one in zip(keys, which, strict=True) if one == kind]
        for kind in ("number", "id", "other")
    )
    shape = (len(numbers), num_slices)

    def array():
        drawn = [draw(NUMBERS) for _ in range(shape[0] * shape[1])]
        return np.array(drawn, np.float64).reshape(shape)

    sampled = [draw(st.booleans()) for _ in range(shape[0] * shape[1])]
    kinds = [named_ids(draw, num_slices, 2, shape) for shape in ((), (1,))]
    ids = {key: IdList(draw(st.sampled_from(kinds)), draw(st.integers(0, 1))) for key in of_ids}
    return MetricTable(
        slices=tuple((("slice", str(s)),) for s in range(num_slices)),
        num_rows=np.array([draw(st.integers(0, 2)) for _ in range(num_slices)]),
        num_clusters=np.ones(num_slices, int),
        keys=tuple(numbers),
        values=array(),
        samples=np.zeros((*shape, 0)),
        sampled=np.array(sampled, bool).reshape(shape),
        lower=array(),
        upper=array(),
        others={key: [np.arange(s, dtype=np.float64) for s in range(num_slices)] for key in others},
        ids=ids,
    )


def entries(message):
    return {
        entry.key.SerializeToString(deterministic=True): entry.SerializeToString(deterministic=True)
        for entry in message.metric_keys_and_values
    }


@given(tables(), st.integers(0, 2), st.integers(1, 2))
def test_bytes_are_those_of_messages_filled_one_by_one(table, smallest, slices_at_once):
    before, result_files._SLICES_AT_ONCE = result_files._SLICES_AT_ONCE, slices_at_once
    try:
        written = list(metrics_for_slices(table, smallest))
    finally:
        result_files._SLICES_AT_ONCE = before
    is_below = table.is_below(smallest)
    assert len(written) == len(table.slices)
    for s, (data, values) in enumerate(zip(written, table.as_dicts(), strict=True)):
        message = MetricsForSlice.FromString(data)
        assert message.SerializeToString() == data
        assert message.slice_key.single_slice_keys[0].bytes_value == str(s).encode()
        assert bool(message.metrics) == is_below[s]
        if is_below[s]:
            assert not message.metric_keys_and_values
            continue
        expected = metrics_plots_and_validations_writer.convert_slice_metrics_to_proto(
            (table.slices[s], values), None
        )
        assert entries(message) == entries(expected)
        keys = [entry.key.SerializeToString() for entry in message.metric_keys_and_values]
        in_order = (*table.keys, *table.ids, *table.others)
        assert keys == [key.to_proto().SerializeToString() for key in in_order]
