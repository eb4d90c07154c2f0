"""Numbers that a model reads have one type in every batch, file, pair table and tf.Example.

Lists hold each value once.
"""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.read.columns import string_lists
from fairflip.pipeline.read.files import batches_from_table, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.run.training import read_training_tables, training_data
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.handlers.parsed_features import parsed_features
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from support.record_files import write

LAYOUT = RecordLayout(inputs=("age",), label=None)


def rows(values, prefix="x", **more) -> list[dict]:
    return [
        {"example_id": f"{prefix}{i}", "comment_text": f"she is {i}", "age": value, **more}
        for i, value in enumerate(values)
    ]


@pytest.mark.parametrize("name", ["x.jsonl", "x.tfrecord"])
@pytest.mark.parametrize("odd", [2.5, [2.5, 1.0]])
def test_whole_and_other_numbers_of_one_input(tmp_path, name, odd):
    plain = 1 if isinstance(odd, float) else [1, 2]
    values = [plain] * 1500 + [odd] + [plain] * 600
    table, rejects = read_table([str(write(tmp_path, name, rows(values)))], LAYOUT)
    assert not rejects
    assert table["age"].to_pylist() == values
    expected = pa.float64() if isinstance(odd, float) else pa.list_(pa.float64())
    assert table.schema.field("age").type == expected


@pytest.mark.parametrize(
    "kind", [pa.int8(), pa.uint64(), pa.float32(), pa.bool_(), pa.decimal128(25, 2)]
)
def test_every_kind_of_number_becomes_one(kind):
    table = pa.table({"example_id": ["a", "b"], "comment_text": ["x", "y"]})
    table = table.append_column("age", pa.array([1, 0]).cast(kind))
    [batch], _ = batches_from_table(table, LAYOUT)
    assert batch.column("age").type == pa.float64()
    assert batch.column("age").to_pylist() == [1.0, 0.0]


@pytest.mark.parametrize(("kind", "sign"), [(pa.int64(), 1), (pa.int64(), -1), (pa.uint64(), 1)])
def test_whole_numbers_that_would_become_others_are_left_out(kind, sign):
    values = [sign * 2**53, sign * (2**53 + 1), 5, None]
    for column in (values, [None if v is None else [v, 1] for v in values]):
        typed = pa.array(column, kind if column is values else pa.list_(kind))
        table = pa.table({"example_id": list("abcd"), "comment_text": ["x"] * 4, "age": typed})
        [batch], rejects = batches_from_table(table, LAYOUT)
        assert batch.column("age").to_pylist() == [column[0], column[2]]
        assert [(r.record, r.reason) for r in rejects] == [
            ("b", "inexact_number"),
            ("d", "missing_input"),
        ]


def test_text_beside_numbers_is_refused_by_name(tmp_path):
    path = str(write(tmp_path, "x.jsonl", rows([1] * 1024 + ["old"])))
    with pytest.raises(InputError, match="'age' is double in some records and string in others"):
        read_table([path], LAYOUT)


def test_training_and_validation_may_hold_other_kinds_of_numbers(tmp_path):
    config = PipelineConfig()
    config.data.input_features[:] = ["comment_text", "age"]
    train = rows([i + 0.5 for i in range(8)], toxicity=1)
    config.data.train_examples[:] = [str(write(tmp_path, "train.jsonl", train))]
    later = rows(range(8), "v", toxicity=0)
    config.data.validation_examples[:] = [str(write(tmp_path, "validation.jsonl", later))]
    config.remediation.early_stopping_patience = 2
    config = with_defaults(config)
    data = training_data(config, read_training_tables(config, with_pairs=True))
    assert data.inputs["age"].tolist() == [i + 0.5 for i in range(8)]
    assert data.validation.inputs["age"].tolist() == list(range(8))
    assert data.num_pairs == data.validation.num_pairs == 8


@pytest.fixture(scope="module")
def parsing_model(tmp_path_factory):
    """Parses a whole number, a number, a vector of each way of parsing; gives their sum."""
    import tensorflow as tf

    class Sum(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def serve(self, examples):
            actual = tf.io.parse_example(
                examples,
                {
                    "age": tf.io.FixedLenFeature([], tf.int64),
                    "height": tf.io.FixedLenFeature([], tf.float32),
                    "visits": tf.io.VarLenFeature(tf.int64),
                    "sizes": tf.io.RaggedFeature(tf.float32),
                },
            )
            visits = tf.sparse.reduce_sum(actual["visits"], 1)
            total = tf.cast(actual["age"] + visits, tf.float32) + actual["height"]
            return {"score": total + tf.reduce_sum(actual["sizes"], 1)}

    model = Sum()
    path = str(tmp_path_factory.mktemp("model"))
    tf.saved_model.save(model, path, signatures={"serving_default": model.serve})
    return path


FEATURES = ("age", "height", "visits", "sizes")


def scores_of(path: str, **columns) -> list[float]:
    handler = handler_for(ModelSpec(name="m", path=path), FEATURES)
    return handler.score_batch(pa.RecordBatch.from_pydict(columns), handler.load_model()).tolist()


@pytest.mark.system
def test_a_model_that_parses_examples_gets_the_kind_of_number_that_it_parses(parsing_model):
    actual = scores_of(
        parsing_model,
        age=[1.0, 2.0],
        height=[10.0, 20.0],
        visits=[[100.0, 200.0], [300.0]],
        sizes=[[1000.0], [2000.0, 1000.0]],
    )
    assert actual == [1311.0, 3322.0]


@pytest.mark.system
def test_fractions_for_whole_numbers_are_refused(parsing_model):
    with pytest.raises(InputError, match="reads 'age' as whole numbers"):
        scores_of(parsing_model, age=[1.5], height=[1.0], visits=[[1.0]], sizes=[[1.0]])


@pytest.mark.system
@pytest.mark.parametrize("parser", ["ParseExample", "ParseExampleV2", "ParseSingleExample"])
def test_each_parser_tells_its_features(parser):
    import tensorflow as tf

    dense = {"dense_defaults": [tf.zeros([0], tf.int64), tf.zeros([0], tf.float32)]}
    shapes = {"dense_shapes": [[], []]}
    sparse = [tf.string]

    def parse(examples):
        if parser == "ParseExample":
            return tf.raw_ops.ParseExample(
                serialized=examples, names=[], sparse_keys=["words"], dense_keys=["age", "size"],
                sparse_types=sparse, **dense, **shapes,
            )  # fmt: skip
        if parser == "ParseExampleV2":
            return tf.raw_ops.ParseExampleV2(
                serialized=examples, names=[], sparse_keys=["words"], dense_keys=["age", "size"],
                ragged_keys=["sums"], num_sparse=1, sparse_types=sparse,
                ragged_value_types=[tf.int64], ragged_split_types=[tf.int32], **dense, **shapes,
            )  # fmt: skip
        return tf.raw_ops.ParseSingleExample(
            serialized=examples[0], num_sparse=1, sparse_keys=["words"],
            dense_keys=["age", "size"], sparse_types=sparse, **dense, **shapes,
        )  # fmt: skip

    traced = tf.function(parse).get_concrete_function(tf.TensorSpec([None], tf.string))
    expected = {"words": tf.string, "age": tf.int64, "size": tf.float32}
    if parser == "ParseExampleV2":
        expected["sums"] = tf.int64
    assert parsed_features(traced.graph.as_graph_def()) == expected


@pytest.mark.system
def test_a_graph_that_parses_nothing():
    import tensorflow as tf

    traced = tf.function(lambda x: x + 1).get_concrete_function(tf.TensorSpec([None], tf.float32))
    assert parsed_features(traced.graph.as_graph_def()) is None


LISTS = st.lists(
    st.none() | st.lists(st.none() | st.sampled_from("abcé") | st.just(""), max_size=12)
)


@given(LISTS, st.integers(0, 3))
def test_each_value_stands_once_where_it_came_first(lists, start):
    values, invalid, wrong = string_lists(pa.array(lists, pa.list_(pa.string())).slice(start))
    wanted = [list(dict.fromkeys(filter(None, each or []))) for each in lists[start:]]
    assert values.to_pylist() == wanted
    assert not invalid.any()
    assert not wrong.any()


@pytest.mark.parametrize(
    "values",
    [
        ["x", "y", "x", "é"],
        ["x", "", "[a, b]", " "],
        ["[a, 'b c']", "[a]", "[", "a]"],
        [["x", "x", "y"], ["y"], [], ["[a, b]", "x", "[a, b]"]],
        [["x"], ["", "y", "y"], ["z"] * 9, [str(i % 3) for i in range(12)]],
        [],
    ],
)
def test_values_that_stay_as_they_are_are_those_read_one_by_one(values):
    kind = pa.list_(pa.string()) if values and isinstance(values[0], list) else pa.string()
    lists, invalid, wrong = string_lists(pa.array(values, kind))
    # A missing value, or bytes that are no text, are looked at one by one, and so are those beside.
    others, _, _ = string_lists(pa.array([*values, None], kind))
    assert lists.equals(others.slice(0, len(values)))
    assert others[len(values)].as_py() == []
    assert not invalid.any()
    assert not wrong.any()


def test_a_value_that_is_no_text_is_found_among_plain_ones():
    values = pa.array([b"x", b"\xff", b"x"]).view(pa.string())
    lists, invalid, _ = string_lists(values)
    assert lists.to_pylist() == [["x"], [], ["x"]]
    assert invalid.tolist() == [False, True, False]
