"""What a SavedModel could do besides scoring, read from its graph without TensorFlow.

Only what runs counts: what the called signature reaches, and what loading runs by
itself (making, restoring and initialising tables and variables), through functions,
control dependencies and attributes that name functions. So the saver that every
SavedModel holds, with its SaveV2, does not make a model suspicious; the same
operation below a signature does.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pathlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from google.protobuf.message import DecodeError

from fairflip.pipeline.score.model_files.operations import ALLOWED, READS_ASSET
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.saved_model_graph_pb2 import SavedModelGraph

#: Operations that call a function with their own inputs, and the first input handed on.
_CALLS = {
    **{"PartitionedCall": 0, "StatefulPartitionedCall": 0},
    **{"If": 1, "StatelessIf": 1, "Case": 1, "StatelessCase": 1},
}
#: Functions of an object that only its user calls; loading does not.
_NOT_CALLED_BY_LOADING = ("__call__", "_default_save_signature")
#: Kinds of objects that are only attributes, or a function with its traces.
_PLAIN_OBJECTS = ("user_object", "function", "bare_concrete_function")
#: Collections of a TensorFlow 1 graph whose operations run when it is loaded.
_RUN_AT_LOADING = (
    *("saved_model_main_op", "legacy_init_op", "table_initializer", "saved_model_initializers"),
    *("init_op", "local_init_op"),
)
_INITIALISER_SIGNATURE = "__saved_model_init_op"
#: These write and restore a checkpoint in the saver of a TensorFlow 1 graph.
_RESTORING = {"RestoreV2": 0, "Restore": 0, "RestoreSlice": 0}


def custom_operations(path: str, signature_name: str = "") -> list[str]:
    """What a SavedModel runs that is not known to be harmless.

    Args:
      path: The folder, on any Beam filesystem.
      signature_name: The signature that will be called; default "serving_default".

    Returns:
      Names of operations, and files outside of the folder; empty: nothing.

    Raises:
      ConfigurationError: The file is no SavedModel of one graph.
    """
    base = path.rstrip("/")
    model = SavedModelGraph()
    try:
        model.ParseFromString(filesystem.read_bytes(filesystem.join(base, "saved_model.pb")))
    except DecodeError as e:
        raise ConfigurationError(
            f"{path!r}: its saved_model.pb is damaged; save or download the model again"
        ) from e
    if len(model.meta_graphs) != 1:
        tags = [" ".join(graph.meta_info_def.tags) or "none" for graph in model.meta_graphs]
        raise ConfigurationError(
            f"{path!r} holds {len(tags)} graphs (tags: {', '.join(tags) or 'none'}); "
            "save it with one, as tf.saved_model.save does"
        )
    graph = model.meta_graphs[0]
    operations = [*_files_outside(base), *_assets_outside(graph)]
    walk = _Walk(graph.graph_def.library.function)
    if graph.HasField("object_graph_def"):
        _walk_objects(walk, graph, signature_name or "serving_default")
    else:
        _walk_graph(walk, graph, signature_name or "serving_default")
    return operations + walk.finish()


def _files_outside(base: str) -> Iterator[str]:
    """Links in a local folder that lead out of it."""
    if not filesystem.is_local(base):
        return
    folder = pathlib.Path(base).resolve()
    inside = [folder]
    for parent in folder.parents:
        # A hub's cache: snapshots/REVISION/FILE is a link to blobs/HASH beside it.
        if parent.name == "snapshots":
            inside.append(parent.parent / "blobs")
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            entry = pathlib.Path(place, name)
            if entry.is_symlink():
                target = entry.resolve()
                if not any(target.is_relative_to(each) for each in inside):
                    yield f"{entry.relative_to(folder)}, a link out of the model's folder"


def _assets(graph: SavedModelGraph.MetaGraph) -> list[SavedModelGraph.AssetFile]:
    """The assets, from where TensorFlow takes them: old graphs have them in a collection."""
    if graph.asset_file_def:
        return list(graph.asset_file_def)
    assets = []
    for value in graph.collection_def["saved_model_assets"].any_list.value:
        with contextlib.suppress(DecodeError):
            assets.append(SavedModelGraph.AssetFile.FromString(value.value))
    return assets


def _assets_outside(graph: SavedModelGraph.MetaGraph) -> Iterator[str]:
    for asset in _assets(graph):
        name = asset.filename
        parts = name.replace("\\", "/").split("/")
        if not name or name[0] in "/\\~" or ".." in parts or ":" in name or "\0" in name:
            yield f"{name[:80]!r}, an asset outside of the model's folder"


class _Walk:
    """Follows calls from function to function and notes what may not run."""

    def __init__(self, library: Iterable[SavedModelGraph.Function]):
        self.functions: dict[str, list[SavedModelGraph.Function]] = collections.defaultdict(list)
        self._interfaces: dict[bytes, set[str]] = collections.defaultdict(set)
        for function in library:
            self.functions[function.signature.name].append(function)
            interface = function.attr["api_implements"].s
            if interface:
                self._interfaces[interface].add(function.signature.name)
        self._pending: list[tuple[str, frozenset[int]]] = []
        self._seen: set[tuple[str, frozenset[int]]] = set()
        self._found: set[str] = set()

    def call(self, name: str, assets: Iterable[int] = ()) -> None:
        """Notes that a function is called.

        Args:
          name: The function's.
          assets: The positions of those arguments that hold an asset's path.
        """
        state = (name, frozenset(assets))
        if state not in self._seen:
            self._seen.add(state)
            self._pending.append(state)

    def finish(self) -> list[str]:
        """Follows all calls to their ends; what was found, sorted."""
        while self._pending:
            name, assets = self._pending.pop()
            for function in self.functions.get(name, ()):
                self._body(function, assets)
                # TensorFlow may put in another function that says it does the same.
                for other in self._interfaces.get(function.attr["api_implements"].s, ()):
                    self.call(other, assets)
        return sorted(self._found)

    def visit(self, node: SavedModelGraph.Node, holds_asset: Callable[[str], bool]) -> None:
        """Judges one operation that runs.

        Args:
          node: The operation.
          holds_asset: Whether a tensor, as an input names it, holds an asset's path.
        """
        inputs = [each for each in node.input if not each.startswith("^")]
        assets = [position for position, each in enumerate(inputs) if holds_asset(each)]
        if node.op in self.functions:
            self.call(node.op, assets)
        elif node.op in READS_ASSET:
            if READS_ASSET[node.op] not in assets:
                self._found.add(f"{node.op} of a file that is none of the model's assets")
        elif node.op not in ALLOWED:
            self._found.add(node.op or "an operation without a name")
        handed_on = []
        if node.op in _CALLS and node.op not in self.functions:
            first = _CALLS[node.op]
            handed_on = [position - first for position in assets if position >= first]
        self._attributes(node.attr, handed_on)

    def _attributes(
        self, attributes: Mapping[str, SavedModelGraph.Attribute], assets: Iterable[int]
    ) -> None:
        for attribute in attributes.values():
            for function in (attribute.func, *attribute.list.func):
                if function.name in self.functions:
                    self.call(function.name, assets)
                elif function.name and function.name not in ALLOWED:
                    self._found.add(function.name)
                if function.attr:
                    self._attributes(function.attr, ())

    def _body(self, function: SavedModelGraph.Function, assets: frozenset[int]) -> None:
        arguments = function.signature.input_arg
        if any(each.number_attr or each.type_list_attr for each in arguments):
            # An argument of several tensors shifts the others' positions.
            assets = frozenset()
        paths = {arguments[i].name for i in assets if 0 <= i < len(arguments)}
        nodes = {node.name: node for node in function.node_def}

        def holds_asset(tensor: str) -> bool:
            tensor = self._behind_identities(tensor, nodes)
            return ":" not in tensor and tensor in paths and tensor not in nodes

        for node in function.node_def:
            self.visit(node, holds_asset)

    def _behind_identities(self, tensor: str, nodes: Mapping[str, SavedModelGraph.Node]) -> str:
        """The tensor that `Identity` operations hand on as `tensor`."""
        for _ in range(len(nodes)):
            node = nodes.get(tensor.partition(":")[0])
            if node is None or node.op != "Identity" or node.op in self.functions:
                break
            tensor = next((each for each in node.input if not each.startswith("^")), "")
        return tensor


def _walk_objects(walk: _Walk, graph: SavedModelGraph.MetaGraph, signature_name: str) -> None:
    """Calls what loading a TensorFlow 2 SavedModel and calling its signature call."""
    objects = graph.object_graph_def.nodes

    def at(number: int) -> SavedModelGraph.Object | None:
        return objects[number] if 0 <= number < len(objects) else None

    def call(number: int) -> None:
        node = at(number)
        if node is None:
            return
        names = [*node.function.concrete_functions]
        if node.HasField("bare_concrete_function"):
            names.append(node.bare_concrete_function.concrete_function_name)
        for name in names:
            captured = graph.object_graph_def.concrete_functions[name].bound_inputs
            for function in walk.functions.get(name, ()):
                first = len(function.signature.input_arg) - len(captured)
                walk.call(
                    name, [first + i for i, each in enumerate(captured) if _is_asset(at(each))]
                )

    for signatures in objects[0].children if objects else ():
        node = at(signatures.node_id)
        if signatures.local_name == "signatures" and node is not None:
            for child in node.children:
                if child.local_name == signature_name:
                    call(child.node_id)
    for node in objects:
        is_plain = node.WhichOneof("kind") in _PLAIN_OBJECTS
        for child in (*node.children, *node.dependencies):
            name = child.local_name
            # The methods that loading calls begin with an underscore, and a function of
            # such a name takes the place of one. On resources and variables any name could.
            if not is_plain or (name.startswith("_") and name not in _NOT_CALLED_BY_LOADING):
                call(child.node_id)
        for saveable in node.saveable_objects.values():
            call(saveable.save_function)
            call(saveable.restore_function)


def _is_asset(node: SavedModelGraph.Object | None) -> bool:
    return node is not None and node.HasField("asset") and not node.registered_name


def _walk_graph(walk: _Walk, graph: SavedModelGraph.MetaGraph, signature_name: str) -> None:
    """Visits what loading a TensorFlow 1 SavedModel and calling its signature run."""
    nodes = {node.name: node for node in graph.graph_def.node}
    signatures = graph.signature_def
    called = signatures[signature_name]
    fed = set(_tensor_names(called.inputs.values()))
    score = set(_tensor_names(called.outputs.values()))
    for node in _reached(nodes, score, fed):
        walk.visit(node, lambda tensor: False)

    start: set[str] = set()
    for key in _RUN_AT_LOADING:
        start.update(graph.collection_def[key].node_list.value)
    start.update(_tensor_names(signatures[_INITIALISER_SIGNATURE].outputs.values()))
    start.update(_initial_values(graph))
    assets = set(_tensor_names(asset.tensor_info for asset in _assets(graph)))

    def holds_asset(tensor: str) -> bool:
        return _with_index(walk._behind_identities(tensor, nodes)) in assets

    for node in _reached(nodes, start, set()):
        walk.visit(node, holds_asset)

    checkpoint = _with_index(graph.saver_def.filename_tensor_name)
    for node in _reached(nodes, {graph.saver_def.restore_op_name}, {checkpoint}):
        position = _RESTORING.get(node.op)
        inputs = [each for each in node.input if not each.startswith("^")]
        is_own = position is not None and [_with_index(each) for each in inputs][:1] == [checkpoint]
        if not is_own:
            walk.visit(node, lambda tensor: False)


def _initial_values(graph: SavedModelGraph.MetaGraph) -> Iterator[str]:
    """The operations that give variables their first values."""
    for key, collection in graph.collection_def.items():
        if "variable" not in key and key != "global_step":
            continue
        for value in collection.bytes_list.value:
            with contextlib.suppress(DecodeError):
                variable = SavedModelGraph.Variable.FromString(value)
                yield from (variable.initializer_name, variable.initial_value_name)
                yield from (variable.snapshot_name, variable.variable_name)


def _reached(
    nodes: Mapping[str, SavedModelGraph.Node], start: Iterable[str], fed: set[str]
) -> list[SavedModelGraph.Node]:
    """The operations that some tensors or operations depend on, but for tensors that are fed."""
    pending, seen = [each for each in start if each], set()
    while pending:
        tensor = pending.pop()
        name = re.sub(r"^\^|:\d+$", "", tensor)
        if name in seen or name not in nodes:
            continue
        if not tensor.startswith("^") and _with_index(tensor) in fed:
            continue
        seen.add(name)
        pending += nodes[name].input
    return [nodes[name] for name in sorted(seen)]


def _tensor_names(tensors: Iterable[SavedModelGraph.Tensor]) -> Iterator[str]:
    for tensor in tensors:
        yield from filter(
            None,
            (
                tensor.name,
                tensor.coo_sparse.values_tensor_name,
                tensor.coo_sparse.indices_tensor_name,
                tensor.coo_sparse.dense_shape_tensor_name,
            ),
        )
        yield from _tensor_names(tensor.composite_tensor.components)


def _with_index(tensor: str) -> str:
    return tensor if not tensor or ":" in tensor else tensor + ":0"
