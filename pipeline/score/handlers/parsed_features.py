"""Which features a SavedModel's signature parses from `tf.Example`s, and as what.

The graph says it: an operation that parses holds the features' names as constants
and their types as attributes. A `tf.Example` keeps whole and other numbers in
different lists, so a number must go into the one that the graph looks in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_PARSERS = ("ParseExample", "ParseExampleV2", "ParseSingleExample")


def parsed_features(graph: Any) -> dict[str, Any] | None:
    """The features that a graph parses.

    Args:
      graph: A `GraphDef`, with the functions in its library.

    Returns:
      {feature: tf.DType}, without those whose names are not told by constants;
      None if the graph parses no `tf.Example`.
    """
    parsed: dict[str, Any] = {}
    parses = False
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        by_name = {node.name: node for node in nodes}
        for node in nodes:
            if node.op in _PARSERS:
                parses = True
                parsed.update(_features(node, by_name))
    return parsed if parses else None


def _features(node: Any, by_name: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    import tensorflow as tf

    keys, types = _keys(node, by_name), []
    for name in ("sparse_types", "ragged_value_types", "Tdense"):
        if name in node.attr:
            types.append(list(node.attr[name].list.type))
    for names, kinds in zip(keys, types, strict=False):
        if names is not None and len(names) == len(kinds):
            for key, kind in zip(names, kinds, strict=True):
                yield key.decode("utf-8"), tf.as_dtype(kind)


def _keys(node: Any, by_name: dict[str, Any]) -> list[list[bytes] | None]:
    """Names of sparse, ragged (version 2 only) and dense features, in the order of the types."""
    if node.op == "ParseSingleExample":
        return [list(node.attr[name].list.s) for name in ("sparse_keys", "dense_keys")]
    inputs = [_constant(name, by_name) for name in node.input]
    if node.op == "ParseExampleV2":
        _, _, sparse, dense, ragged = inputs[:5]
        return [sparse, ragged, dense]
    num_sparse, num_dense = node.attr["Nsparse"].i, node.attr["Ndense"].i
    parts = inputs[2 : 2 + num_sparse], inputs[2 + num_sparse :][:num_dense]
    return [
        None if any(part is None for part in group) else [part[0] for part in group if part]
        for group in parts
    ]


def _constant(name: str, by_name: dict[str, Any]) -> list[bytes] | None:
    """The strings of a constant that is an input; None if it is computed."""
    import tensorflow as tf

    node = by_name.get(name.lstrip("^").split(":")[0])
    while node is not None and node.op == "Identity":
        node = by_name.get(node.input[0].split(":")[0])
    if node is None or node.op != "Const" or node.attr["dtype"].type != tf.string.as_datatype_enum:
        return None
    return [bytes(key) for key in tf.make_ndarray(node.attr["value"].tensor).reshape(-1)]
