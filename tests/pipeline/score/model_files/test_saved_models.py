"""What a SavedModel would run is found in its parsed graph, wherever it is called from."""

from __future__ import annotations

import pathlib

import keras
import pytest
import tensorflow as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry
from tensorflow.python.trackable.resource import TrackableResource

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.model_files import checks, operations
from fairflip.pipeline.score.model_files.saved_models import custom_operations
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.saved_model_graph_pb2 import SavedModelGraph

pytestmark = pytest.mark.system

PB = "saved_model.pb"
TEXT = tf.TensorSpec([None], tf.string)


def score_of(text):
    return tf.cast(tf.strings.length(text) % 10, tf.float32) / 10.0


def save(path, body, module=None) -> str:
    module = module or tf.Module()
    module.serve = tf.function(lambda text: {"score": body(text)}, input_signature=[TEXT])
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    return str(path)


def after(operation, text):
    with tf.control_dependencies([operation]):
        return score_of(text) + 0.0


RAW = tf.raw_ops
#: Ways to a file or out of the process, each as an operation that runs before the score.
REACHING = {
    "PrintV2": lambda text: RAW.PrintV2(input="x", output_stream="file:///nowhere/x"),
    "WriteFile": lambda text: RAW.WriteFile(filename="/nowhere/x", contents="x"),
    "SaveV2": lambda text: RAW.SaveV2(
        prefix="/nowhere/x", tensor_names=["x"], shape_and_slices=[""], tensors=[text]
    ),
    "RestoreV2": lambda text: RAW.RestoreV2(
        prefix="/nowhere/x", tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.string]
    )[0],
    "ReadFile": lambda text: RAW.ReadFile(filename="/nowhere/x"),
    "MatchingFiles": lambda text: RAW.MatchingFiles(pattern="/nowhere/*"),
    "TextLineDataset": lambda text: tf.data.TextLineDataset("/nowhere/x").reduce(
        tf.constant(0, tf.int64), lambda n, _: n + 1
    ),
    "TFRecordDataset": lambda text: tf.data.TFRecordDataset("/nowhere/x").reduce(
        tf.constant(0, tf.int64), lambda n, _: n + 1
    ),
    "ImmutableConst": lambda text: RAW.ImmutableConst(
        dtype=tf.float32, shape=[1], memory_region_name="/nowhere/x"
    ),
    "EagerPyFunc": lambda text: tf.py_function(len, [text], tf.int64),
    "PyFunc": lambda text: tf.numpy_function(len, [text], tf.int64),
    "DecodeProtoV2": lambda text: RAW.DecodeProtoV2(
        bytes=text, message_type="x.Y", field_names=["a"], output_types=[tf.string],
        descriptor_source="/nowhere/descriptors",
    )[0],
    "Abort": lambda text: RAW.Abort(),
    "CreateSummaryFileWriter": lambda text: RAW.CreateSummaryFileWriter(
        writer=RAW.SummaryWriter(), logdir="/nowhere", max_queue=1, flush_millis=1,
        filename_suffix="x",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REACHING)
def test_an_operation_that_reaches_files_or_code_is_refused_by_name(name, tmp_path):
    path = save(tmp_path / "m", lambda text: after(REACHING[name](text), text))
    assert name in " ".join(custom_operations(path)).split()
    spec = ModelSpec(name="m", path=path)
    with pytest.raises(ConfigurationError, match=rf"{name}.*--allow_custom_code") as caught:
        checks.check_model(spec)
    assert len(caught.value.problems) == 1
    with pytest.raises(ConfigurationError, match=name):
        handler_for(spec, ("text",)).load_model()
    spec.allow_custom_code = True
    checks.check_model(spec)


def reads(text):
    return tf.cast(tf.strings.length(RAW.ReadFile(filename="/nowhere/x")), tf.float32)


def deeper(text):
    @tf.function
    def inner(text):
        return reads(text)

    return tf.function(lambda text: tf.stop_gradient(inner(text)))(text)


#: Where the operation stands.
PLACES = {
    "nested functions": deeper,
    "a branch": lambda text: tf.cond(tf.size(text) > 9, lambda: reads(text), lambda: 0.0),
    "one of many branches": lambda text: tf.switch_case(
        tf.size(text), [lambda: 0.0, lambda: reads(text)]
    ),
    "a loop's body": lambda text: tf.while_loop(
        lambda i, t: i < 2, lambda i, t: (i + 1, t + reads(text)), [0, 0.0]
    )[1],
    "a loop's condition": lambda text: tf.cast(
        tf.while_loop(lambda i: reads(text) > tf.cast(i, tf.float32), lambda i: (i + 1,), [0])[0],
        tf.float32,
    ),
    "each row": lambda text: tf.reduce_sum(tf.map_fn(reads, text, tf.float32)),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_found_wherever_it_stands(place, tmp_path):
    path = save(tmp_path / "m", lambda text: score_of(text) + 0.0 * PLACES[place](text))
    assert custom_operations(path) == ["ReadFile of a file that is none of the model's assets"]


class ReadingResource(TrackableResource):
    """What loading itself makes and initialises."""

    def _create_resource(self):
        return RAW.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.string)

    def _initialize(self):
        reads("")
        return tf.constant(1.0)


def test_what_loading_runs_counts_though_no_signature_calls_it(tmp_path):
    module = tf.Module()
    module.resource = ReadingResource()
    path = save(tmp_path / "m", score_of, module)
    assert custom_operations(path) == ["ReadFile of a file that is none of the model's assets"]


def test_another_signature_does_not_count_until_it_is_called(tmp_path):
    module = tf.Module()
    module.serve = tf.function(lambda text: {"score": score_of(text)}, input_signature=[TEXT])
    module.other = tf.function(
        lambda text: {"score": after(RAW.WriteFile(filename="/nowhere/x", contents="x"), text)},
        input_signature=[TEXT],
    )
    path = str(tmp_path / "m")
    signatures = {"serving_default": module.serve, "other": module.other}
    tf.saved_model.save(module, path, signatures=signatures)
    assert custom_operations(path) == []
    assert custom_operations(path, "other") == ["WriteFile"]
    checks.check_model(ModelSpec(name="m", path=path))
    with pytest.raises(ConfigurationError, match="WriteFile"):
        checks.check_model(ModelSpec(name="m", path=path, signature_name="other"))


# What no TensorFlow writes: graphs changed by hand.


def old_graph(folder: pathlib.Path, reading) -> str:
    """A SavedModel of TensorFlow 1 whose `reading` is run by its initialiser."""
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        text = v1.placeholder(tf.string, [None])
        weight = v1.get_variable("weight", initializer=tf.constant([1.0]), use_resource=True)
        other = reading(weight)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(
            session, str(folder / "m"), {"text": text}, {"score": score_of(text) * weight},
            legacy_init_op=other,
        )  # fmt: skip
    return str(folder / "m")


def test_an_old_graph_is_judged_by_what_it_runs(tmp_path):
    for name in ("none", "unused", "run"):
        (tmp_path / name).mkdir()
    assert custom_operations(old_graph(tmp_path / "none", lambda weight: tf.no_op())) == []

    def unused(weight):
        tf.io.write_file("/nowhere/x", "x")
        return tf.no_op()

    assert custom_operations(old_graph(tmp_path / "unused", unused)) == []
    path = old_graph(tmp_path / "run", lambda weight: tf.io.write_file("/nowhere/x", "x"))
    assert custom_operations(path) == ["WriteFile"]


# The list itself, and the picture of the format.


def test_every_allowed_operation_is_tensorflows_or_of_the_text_library():
    text_library = set(operations._TEXT_LIBRARY.split())
    for name in operations.ALLOWED - text_library:
        assert op_def_registry.get(name) is not None, name
    for name in text_library:
        assert op_def_registry.get(name) is None, f"{name} is TensorFlow's own"


def test_no_allowed_operation_has_a_name_or_an_attribute_of_files_and_networks():
    words = (
        *("File", "Dataset", "Iterator", "Reader", "Checkpoint", "Save", "Restore", "Summary"),
        *("Print", "PyFunc", "Rpc", "Send", "Recv", "Remote", "Session", "Host", "Debug", "Dump"),
        *("Queue", "Barrier", "Stage", "TPU", "Xla", "Collective", "Nccl", "Vocab", "Remap"),
    )
    for name in operations.ALLOWED - set(operations._TEXT_LIBRARY.split()):
        assert not any(word in name for word in words), name
        definition = op_def_registry.get(name)
        for attribute in (*definition.attr, *definition.input_arg):
            words_of_it = set(attribute.name.lower().split("_"))
            assert not words_of_it & {"file", "filename", "path", "url", "dir", "address"}, name
    # Those that keep a state of their own were looked at one by one.
    stateful = [n for n in operations.ALLOWED if getattr(op_def_registry.get(n), "is_stateful", 0)]
    assert len(stateful) == 87


def test_our_picture_of_the_format_is_tensorflows():
    """Each field that is read has TensorFlow's number, type and oneof."""
    pairs = [(SavedModelGraph.DESCRIPTOR, saved_model_pb2.SavedModel.DESCRIPTOR)]
    seen = set()
    while pairs:
        ours, theirs = pairs.pop()
        if ours.full_name in seen:
            continue
        seen.add(ours.full_name)
        for field in ours.fields:
            same = theirs.fields_by_number[field.number]
            assert same.name == field.name, (ours.name, field.name)
            assert same.is_repeated == field.is_repeated
            assert bool(same.containing_oneof) == bool(field.containing_oneof), field.full_name
            if field.containing_oneof:
                # A oneof keeps what came last: a member that only one side knows would differ.
                assert [f.number for f in field.containing_oneof.fields] == sorted(
                    f.number for f in same.containing_oneof.fields
                ), field.full_name
            if field.message_type is not None:
                assert same.message_type is not None
                if field.message_type.name != "Unread":
                    pairs.append((field.message_type, same.message_type))
            elif same.type != same.TYPE_ENUM:
                assert same.type == field.type, field.full_name
    assert len(seen) > 25
    assert {graph_pb2.GraphDef.DESCRIPTOR.name, node_def_pb2.NodeDef.DESCRIPTOR.name} == {
        "GraphDef",
        "NodeDef",
    }
    assert keras.backend.backend() == "tensorflow"
