"""SavedModel graphs around the allow-list: what runs is found, what does not is not held against it.

Graphs are made by a generator that knows which functions call which, and where it put an
operation that may not run; the truth is a walk over its own list of calls.
"""

from __future__ import annotations

import collections
import pathlib
import random

import pytest
from google.protobuf.message import DecodeError

from fairflip.pipeline.score.model_files.operations import ALLOWED
from fairflip.pipeline.score.model_files.saved_models import custom_operations
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.saved_model_graph_pb2 import SavedModelGraph
from support.fuzz.fuzz_settings import NUM_RUNS, count_inputs

HARMLESS = sorted(ALLOWED)
HARMFUL = ("WriteFile", "PrintV2", "SaveV2", "TextLineDataset", "OpOfTomorrow", "identity", "")
ROOTS = ("signature", "initialiser", "restore", "underscore")
UNREACHED = ("other signature", "method", "nothing")


def call_by_name(node, target):
    node.op = target


def call_by_attribute(node, target):
    node.op = "StatefulPartitionedCall"
    node.attr["f"].func.name = target


def call_by_list(node, target):
    node.op = "Case"
    node.attr["branches"].list.func.add(name=target)


def call_by_nested_attribute(node, target):
    node.op = "Identity"
    node.attr["x"].func.name = "Identity"
    node.attr["x"].func.attr["y"].list.func.add(name="NoOp").attr["z"].func.name = target


CALLS = (call_by_name, call_by_attribute, call_by_list, call_by_nested_attribute)


class Case:
    """A random SavedModel, and which of its operations run that may not."""

    def __init__(self, seed: int):
        self.random = rng = random.Random(seed)
        self.model = SavedModelGraph()
        self.graph = self.model.meta_graphs.add()
        size = rng.randint(1, 9)
        self.names = [f"f{i}" for i in range(size)]
        calls = collections.defaultdict(set)
        harmful = collections.defaultdict(set)
        for number, name in enumerate(self.names):
            function = self.graph.graph_def.library.function.add()
            function.signature.name = name
            for position in range(rng.randint(0, 5)):
                node = function.node_def.add(name=f"n{position}", op=rng.choice(HARMLESS))
                if position:
                    node.input.append(rng.choice(("^n0", "n0:out:0")))
            for _ in range(rng.randint(0, 2)):
                target = rng.choice(self.names)  # also itself, or in a circle
                rng.choice(CALLS)(function.node_def.add(name=f"c{len(calls)}{number}"), target)
                calls[name].add(target)
            if rng.random() < 0.25:
                operation = rng.choice(HARMFUL)
                function.node_def.add(name="x", op=operation)
                harmful[name].add(operation or "an operation without a name")
            if rng.random() < 0.15:
                interface = rng.choice((b"lstm", b"gru"))
                function.attr["api_implements"].s = interface
        reached = self._roots()
        same = collections.defaultdict(set)
        for function in self.graph.graph_def.library.function:
            if "api_implements" in function.attr:
                same[function.attr["api_implements"].s].add(function.signature.name)
        pending = list(reached)
        while pending:
            name = pending.pop()
            others = set(calls[name])
            for group in same.values():
                others |= group if name in group else set()
            pending += others - reached
            reached |= others
        self.expected = sorted(set().union(*(harmful[name] for name in reached)))
        # The saver is there, as in every SavedModel, and does not run.
        self.graph.graph_def.node.add(name="save", op="SaveV2")

    def _roots(self) -> set[str]:
        """Objects that make functions run, or only hold them; the names of the former."""
        objects, reached = self.graph.object_graph_def, set()
        root = objects.nodes.add()
        root.user_object.SetInParent()
        signatures = objects.nodes.add()
        signatures.user_object.SetInParent()
        root.children.add(node_id=1, local_name="signatures")
        for name in self.names:
            kind = self.random.choice((*ROOTS, *UNREACHED, *UNREACHED))
            if kind == "nothing":
                continue
            node = objects.nodes.add()
            if self.random.random() < 0.5:
                node.bare_concrete_function.concrete_function_name = name
            else:
                node.function.concrete_functions.append(name)
            number = len(objects.nodes) - 1
            objects.concrete_functions[name].SetInParent()
            if kind == "signature":
                signatures.children.add(node_id=number, local_name="serving_default")
            elif kind == "other signature":
                signatures.children.add(node_id=number, local_name="other")
            elif kind == "initialiser":
                resource = objects.nodes.add()
                resource.resource.SetInParent()
                resource.children.add(node_id=number, local_name="_initialize")
            elif kind == "restore":
                root.saveable_objects[name].restore_function = number
            else:
                root.children.add(
                    node_id=number, local_name="_method" if kind == "underscore" else "method"
                )
            if kind in ROOTS:
                reached.add(name)
        return reached


def judged(folder: pathlib.Path, content: bytes) -> list[str]:
    (folder / "saved_model.pb").write_bytes(content)
    return custom_operations(str(folder))


def test_what_runs_is_found_and_nothing_else(tmp_path):
    counts = collections.Counter()
    for seed in range(NUM_RUNS):
        case = Case(seed)
        assert judged(tmp_path, case.model.SerializeToString()) == case.expected, seed
        counts[bool(case.expected)] += 1
    count_inputs("saved_model_graphs", NUM_RUNS)
    print(f"{NUM_RUNS:,} graphs: {counts[True]:,} run what may not, {counts[False]:,} do not")
    assert min(counts.values()) > NUM_RUNS // 20


@pytest.mark.system
def test_damaged_bytes_are_refused_or_read_as_tensorflow_reads_them(tmp_path):
    """A name that TensorFlow would read in a graph is never missed by another way of parsing."""
    saved_model_pb2 = pytest.importorskip("tensorflow.core.protobuf.saved_model_pb2")
    counts = collections.Counter()
    for seed in range(NUM_RUNS):
        case = Case(seed)
        rng = random.Random(-seed)
        content = bytearray(case.model.SerializeToString())
        for _ in range(rng.randint(1, 4)):
            position = rng.randrange(len(content))
            change = rng.choice(("flip", "cut", "repeat"))
            if change == "flip":
                content[position] ^= 1 << rng.randrange(8)
            elif change == "cut":
                del content[position : position + rng.randint(1, 3)]
            else:
                content[position:position] = content[position : position + rng.randint(1, 9)]
            if not content:
                break
        try:
            actual = judged(tmp_path, bytes(content))
        except ConfigurationError:
            counts["refused"] += 1
            continue
        try:
            theirs = saved_model_pb2.SavedModel.FromString(bytes(content))
        except DecodeError:
            counts["read by us alone"] += 1
            continue
        ours = SavedModelGraph.FromString(bytes(content))
        for left, right in zip(ours.meta_graphs, theirs.meta_graphs, strict=True):
            assert [
                [(node.name, node.op, list(node.input)) for node in function.node_def]
                for function in left.graph_def.library.function
            ] == [
                [(node.name, node.op, list(node.input)) for node in function.node_def]
                for function in right.graph_def.library.function
            ], seed
            assert [node.WhichOneof("kind") for node in left.object_graph_def.nodes] == [
                node.WhichOneof("kind") for node in right.object_graph_def.nodes
            ], seed
        counts["refused by name" if actual else "let through"] += 1
    count_inputs("damaged_saved_models", NUM_RUNS)
    print(f"{NUM_RUNS:,} damaged graphs:", dict(counts))
    assert counts["refused"] > NUM_RUNS // 20
