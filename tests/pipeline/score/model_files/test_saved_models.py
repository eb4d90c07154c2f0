"""What a SavedModel would run is found in its parsed graph, wherever it is called from."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Iterator

import keras
import pytest
import tensorflow as tf
from google.protobuf.message import Message
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


@pytest.fixture(scope="module")
def with_vocabulary(tmp_path_factory) -> pathlib.Path:
    """A SavedModel with a table that is read from an asset."""
    folder = tmp_path_factory.mktemp("vocabulary")
    (folder / "words.txt").write_text("a\nb\n")
    module = tf.Module()
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            str(folder / "words.txt"),
            *(tf.string, tf.lookup.TextFileIndex.WHOLE_LINE),
            *(tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER),
        ),
        -1,
    )
    save(folder / "m", lambda text: tf.cast(module.table.lookup(text), tf.float32), module)
    assert custom_operations(str(folder / "m")) == []
    return folder / "m"


def changed(original: pathlib.Path, folder: pathlib.Path, change, encode=None) -> str:
    path = folder / "changed"
    shutil.copytree(original, path)
    model = saved_model_pb2.SavedModel.FromString((path / PB).read_bytes())
    change(model.meta_graphs[0])
    (path / PB).write_bytes((encode or (lambda m: m.SerializeToString()))(model))
    return str(path)


def function_with(graph, operation: str):
    [(function, node)] = [
        (function, node)
        for function in graph.graph_def.library.function
        for node in function.node_def
        if node.op == operation
    ]
    return function, node


def signature_function(graph):
    name = next(n for n in graph.object_graph_def.concrete_functions if "signature_wrapper" in n)
    [found] = [f for f in graph.graph_def.library.function if f.signature.name == name]
    return found


def constant_path(graph) -> None:
    function, node = function_with(graph, "InitializeTableFromTextFileV2")
    constant = function.node_def.add(name="secret", op="Const")
    constant.attr["dtype"].type = tf.string.as_datatype_enum
    constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto("/etc/hostname"))
    node.input[1] = "secret:output:0"


def name_of_a_node_like_the_argument(graph) -> None:
    function, node = function_with(graph, "InitializeTableFromTextFileV2")
    function.node_def.add(name=node.input[1], op="Const")


def asset_above(graph) -> None:
    graph.asset_file_def[0].filename = "../../words.txt"


def asset_elsewhere(graph) -> None:
    graph.asset_file_def[0].filename = "/etc/hostname"


def asset_of_another_filesystem(graph) -> None:
    graph.asset_file_def[0].filename = "gs://bucket/words.txt"


def captured_constant(graph) -> None:
    """The table's file is another object than an asset."""
    for node in graph.object_graph_def.nodes:
        if node.HasField("asset"):
            node.constant.operation = "Const"


def registered_asset(graph) -> None:
    for node in graph.object_graph_def.nodes:
        if node.HasField("asset"):
            node.registered_name = "tf.TrackableConstant"


def unknown_operation(graph) -> None:
    signature_function(graph).node_def.add(name="new", op="OpOfALaterTensorFlow")


def control_dependency(graph) -> None:
    function = signature_function(graph)
    function.node_def.add(name="late", op="SaveV2")
    function.node_def[0].input.append("^late")


def called_by_its_name(graph) -> None:
    written = graph.graph_def.library.function.add()
    written.signature.name = "innocent"
    written.node_def.add(name="write", op="WriteFile")
    signature_function(graph).node_def.add(name="call", op="innocent")


def named_by_an_attribute(graph) -> None:
    written = graph.graph_def.library.function.add()
    written.signature.name = "innocent"
    written.node_def.add(name="write", op="WriteFile")
    node = signature_function(graph).node_def.add(name="call", op="Identity")
    node.attr["f"].list.func.add(name="x").attr["inner"].func.name = "innocent"


def an_operation_as_a_function(graph) -> None:
    node = signature_function(graph).node_def.add(name="call", op="StatefulPartitionedCall")
    node.attr["f"].func.name = "WriteFile"


def another_implementation(graph) -> None:
    """TensorFlow may run another function that has the same interface."""
    own = signature_function(graph)
    own.attr["api_implements"].s = b"lstm"
    other = graph.graph_def.library.function.add()
    other.signature.name = "innocent"
    other.attr["api_implements"].s = b"lstm"
    other.node_def.add(name="write", op="WriteFile")


def a_function_called_like_an_operation(graph) -> None:
    written = graph.graph_def.library.function.add()
    written.signature.name = "Identity"
    written.node_def.add(name="write", op="WriteFile")
    signature_function(graph).node_def.add(name="call", op="Identity")


def two_functions_of_one_name(graph) -> None:
    own = signature_function(graph)
    other = graph.graph_def.library.function.add()
    other.CopyFrom(own)
    other.node_def.add(name="write", op="WriteFile")


def a_method_that_loading_calls(graph) -> None:
    written = graph.graph_def.library.function.add()
    written.signature.name = "innocent"
    written.node_def.add(name="write", op="WriteFile")
    graph.object_graph_def.concrete_functions["innocent"].SetInParent()
    objects = graph.object_graph_def
    objects.nodes.add().bare_concrete_function.concrete_function_name = "innocent"
    objects.nodes[0].children.add(
        node_id=len(objects.nodes) - 1, local_name="_restore_from_tensors"
    )


def a_saveable(graph) -> None:
    a_method_that_loading_calls(graph)
    reference = graph.object_graph_def.nodes[0].children.pop()
    saveable = graph.object_graph_def.nodes[0].saveable_objects["SERIALIZE_TO_TENSORS"]
    saveable.restore_function = reference.node_id


CHANGES = {
    constant_path: "none of the model's assets",
    name_of_a_node_like_the_argument: "none of the model's assets",
    asset_above: "outside of the model's folder",
    asset_elsewhere: "outside of the model's folder",
    asset_of_another_filesystem: "outside of the model's folder",
    captured_constant: "none of the model's assets",
    registered_asset: "none of the model's assets",
    unknown_operation: "OpOfALaterTensorFlow",
    control_dependency: "SaveV2",
    called_by_its_name: "WriteFile",
    named_by_an_attribute: "WriteFile",
    an_operation_as_a_function: "WriteFile",
    another_implementation: "WriteFile",
    a_function_called_like_an_operation: "WriteFile",
    two_functions_of_one_name: "WriteFile",
    a_method_that_loading_calls: "WriteFile",
    a_saveable: "WriteFile",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_graph_changed_by_hand_is_refused(change, with_vocabulary, tmp_path):
    path = changed(with_vocabulary, tmp_path, change)
    with pytest.raises(ConfigurationError, match=CHANGES[change]):
        checks.check_model(ModelSpec(name="m", path=path))


def long_lengths(message: Message) -> bytes:
    """The message with every length of a message, text or bytes as a varint of five bytes."""

    def part(number: int, content: bytes) -> bytes:
        size = bytes([*((len(content) >> 7 * i & 127 | 128) for i in range(4)), len(content) >> 28])
        head = number << 3 | 2
        tag = bytes([head]) if head < 128 else bytes([head & 127 | 128, head >> 7])
        return tag + size + content

    def parts(message: Message) -> Iterator[bytes]:
        for field, value in message.ListFields():
            is_map = field.message_type and field.message_type.GetOptions().map_entry
            if is_map or field.type not in (
                field.TYPE_MESSAGE,
                field.TYPE_STRING,
                field.TYPE_BYTES,
            ):
                alone = type(message)()
                alone.CopyFrom(message)
                for other, _ in message.ListFields():
                    if other.name != field.name:
                        alone.ClearField(other.name)
                yield alone.SerializeToString()
                continue
            for each in value if field.is_repeated else [value]:
                content = each.encode() if isinstance(each, str) else each
                yield part(
                    field.number, content if isinstance(content, bytes) else long_lengths(content)
                )

    return b"".join(parts(message))


def test_longer_varints_hide_nothing(with_vocabulary, tmp_path):
    path = changed(with_vocabulary, tmp_path, control_dependency, long_lengths)
    content = pathlib.Path(path, PB).read_bytes()
    assert b"\x12\x06SaveV2" not in content
    assert b"\x12\x86\x80\x80\x80\x00SaveV2" in content
    assert saved_model_pb2.SavedModel.FromString(content).meta_graphs
    assert custom_operations(path) == ["SaveV2"]


def test_links_out_of_the_folder_are_refused_and_those_of_a_hubs_cache_are_not(
    with_vocabulary, tmp_path
):
    blobs, snapshot = tmp_path / "model/blobs", tmp_path / "model/snapshots/1"
    blobs.mkdir(parents=True)
    for number, file in enumerate(each for each in with_vocabulary.rglob("*") if each.is_file()):
        place = snapshot / file.relative_to(with_vocabulary)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, blobs / str(number))
        place.symlink_to(os.path.relpath(blobs / str(number), place.parent))
    assert custom_operations(str(snapshot)) == []
    words = snapshot / "assets/words.txt"
    words.unlink()
    words.symlink_to("/etc/hostname")
    assert custom_operations(str(snapshot)) == [
        "assets/words.txt, a link out of the model's folder"
    ]


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


def test_a_damaged_or_double_model_is_refused_in_one_sentence(with_vocabulary, tmp_path):
    path = pathlib.Path(changed(with_vocabulary, tmp_path, lambda graph: None))
    whole = (path / PB).read_bytes()
    for content, message in ((whole[:-7], "damaged"), (whole * 2, "2 graphs"), (b"", "0 graphs")):
        (path / PB).write_bytes(content)
        with pytest.raises(ConfigurationError, match=message) as caught:
            checks.check_model(ModelSpec(name="m", path=str(path)))
        assert len(caught.value.problems) == 1
    (path / PB).write_bytes(whole)
    shutil.rmtree(path / "variables")
    with pytest.raises(ConfigurationError, match=r"models\[m\].path: .* cannot be loaded"):
        handler_for(ModelSpec(name="m", path=str(path)), ("text",)).load_model()


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
