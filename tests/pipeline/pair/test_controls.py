"""Controls that pairs bring stay with their pairs, however these are numbered again."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.controls import admit_with_controls
from fairflip.protos.config_pb2 import DataSpec

NAMES = PairColumns.of(DataSpec(id_feature="id", text_feature="text"))


def pair(id: str, number: int | None, changed: str, **about) -> dict[str, Any]:
    return {
        "id": id,
        "text": f"the text of {id}",
        "counterfactual.text": changed,
        "counterfactual_id": f"{id}#{number}",
        "counterfactual_index": number,
        "edit": "identity",
        "control_of": None,
        **about,
    }


def control(id: str, of: Any, changed: str) -> dict[str, Any]:
    return pair(id, 99, changed, edit="control", control_of=of, counterfactual_id=f"{id}~{of}")


def admitted(rows: list[dict]) -> tuple[dict[str, str], list[str]]:
    """By the text of each control that of its pair; and the reasons of rejects."""
    joined = admit_with_controls(pa.Table.from_pylist(rows), NAMES)
    both = joined.pairs.to_pylist()
    pairs = {
        (row["id"], row["counterfactual_index"]): row["counterfactual.text"]
        for row in both
        if row["edit"] == "identity"
    }
    assert all(row["control_of"] is None for row in both if row["edit"] == "identity")
    actual = {
        row["counterfactual.text"]: pairs[row["id"], row["control_of"]]
        for row in both
        if row["edit"] == "control"
    }
    return actual, [reject.reason for reject in joined.rejects]


def test_pairs_that_get_other_numbers_keep_their_controls():
    """Twelve pairs are put in the order of their IDs as text: #0, #1, #10, #11, #2 …"""
    rows = [pair("a", number, f"pair {number}") for number in range(12)]
    rows += [control("a", number, f"control {number}") for number in range(12)]
    actual, reasons = admitted(rows)
    assert actual == {f"control {number}": f"pair {number}" for number in range(12)}
    assert not reasons


def test_a_control_goes_with_its_pair():
    rows = [pair("a", 0, "the text of a"), pair("a", 1, "pair 1")]  # the first changes nothing
    rows += [control("a", 0, "control 0"), control("a", 1, "control 1")]
    actual, reasons = admitted(rows)
    assert actual == {"control 1": "pair 1"}
    assert sorted(reasons) == ["control_without_pair", "identical"]


@pytest.mark.parametrize("of", [None, ""])
def test_a_control_that_names_no_pair_needs_the_only_one(of):
    rows = [pair("a", 0, "pair a"), pair("b", 0, "pair b"), pair("b", 1, "other b")]
    rows = [{**row, "control_of": ""} for row in rows] if of == "" else rows
    rows += [control("a", of, "control a"), control("b", of, "control b")]
    actual = admit_with_controls(pa.Table.from_pylist(rows), NAMES)
    assert [reject.reason for reject in actual.rejects] == ["control_without_pair"]
    controls = [row for row in actual.pairs.to_pylist() if row["edit"] == "control"]
    assert [(row["id"], row["control_of"]) for row in controls] == [("a", 0)]


@pytest.mark.parametrize("number", ["1", "1.0", 1.0])
def test_numbers_may_be_written_in_any_way(number):
    rows = [pair("a", 0, "pair 0"), pair("a", 1, "pair 1")]
    rows = [
        {**row, "counterfactual_index": type(number)(row["counterfactual_index"])} for row in rows
    ]
    given = {**control("a", number, "control"), "counterfactual_index": type(number)(9)}
    actual, reasons = admitted([*rows, given])
    assert actual == {"control": "pair 1"}
    assert not reasons


def test_what_is_no_number_names_no_pair():
    rows = [pair("a", 0, "pair 0"), pair("a", 1, "pair 1")]
    rows = [{**row, "control_of": None} for row in rows]
    _, reasons = admitted([*rows, control("a", "second", "control")])
    assert reasons == ["control_without_pair"]
