"""SavedModels that were changed by hand are refused, in one sentence."""

from __future__ import annotations

import os
import pathlib
import shutil
from collections.abc import Iterator

import pytest
import tensorflow as tf
from google.protobuf.message import Message
from tensorflow.core.protobuf import saved_model_pb2

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.score.model_files.saved_models import custom_operations
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError

pytestmark = pytest.mark.system

PB = "saved_model.pb"


TEXT = tf.TensorSpec([None], tf.string)


def save(path, body, module=None) -> str:
    module = module or tf.Module()
    module.serve = tf.function(lambda text: {"score": body(text)}, input_signature=[TEXT])
    tf.saved_model.save(module, str(path), signatures={"serving_default": module.serve})
    return str(path)


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
    [actual] = [f for f in graph.graph_def.library.function if f.signature.name == name]
    return actual


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
