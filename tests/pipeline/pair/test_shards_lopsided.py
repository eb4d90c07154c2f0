"""A join does not depend on which IDs meet in a shard: shards without originals, or without others.

Every shape of shard is tried: only originals, only counterfactuals, both that do not meet.
"""

from __future__ import annotations

import string

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.pair.columns import PairColumns, shard_of
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.pair.transforms import JoinPairs
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.protos import config_pb2

NAMES = PairColumns(id="id", text="text", label="label")
DATA = config_pb2.DataSpec(id_feature="id", text_feature="text", label_feature="label")
IDS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6)
RUNNERS = [
    pytest.param(lambda: "DirectRunner", [], id="DirectRunner"),
    pytest.param(
        FnApiRunner,
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
        id="multi_processing",
        marks=pytest.mark.system,
    ),
]
#: IDs of originals and of counterfactuals.
SHAPES = {
    "one stray": ({"a", "b"}, {"a", "d"}),
    "nearly all stray": ({"a"}, set("bcdefghijklm")),
    "none meets": (set("bcdefghijklm"), {"a"}),
    "no counterfactual": ({"a"}, set()),
    "no original": (set(), {"a"}),
}


def originals_of(ids) -> pa.Table:
    """One original for each ID."""
    ids = sorted(ids)
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "text": pa.array([f"she {each}" for each in ids], pa.string()),
            "label": pa.array([1.0] * len(ids), pa.float64()),
        }
    )


def counterfactuals_of(ids) -> pa.Table:
    """One counterfactual for each ID."""
    ids = sorted(ids)
    return pa.table(
        {
            "id": pa.array(ids, pa.string()),
            "text": pa.array([f"he {each}" for each in ids], pa.string()),
        }
    )


@given(st.sets(IDS, max_size=12), st.sets(IDS, max_size=12), st.integers(1, 16), st.data())
def test_shards_of_any_shape_give_together_what_one_join_gives(ids, strays, num_shards, data):
    met = data.draw(st.sets(st.sampled_from(sorted(ids)))) if ids else set()
    originals, counterfactuals = originals_of(ids), counterfactuals_of(met | strays)
    pairs, unmatched_originals, rejects, audit = [], [], [], PairingAudit.zero()
    sides = [
        shard_of(table["id"].combine_chunks(), num_shards) for table in (originals, counterfactuals)
    ]
    for shard in range(num_shards):
        of_shard = originals.filter(pa.array(sides[0] == shard))
        if not of_shard.num_rows:
            of_shard = of_shard.select(["id"])  # what a worker knows of originals that it never saw
        joined = join_tables(of_shard, counterfactuals.filter(pa.array(sides[1] == shard)), NAMES)
        pairs += joined.pairs["id"].to_pylist()
        unmatched_originals += joined.unmatched_originals["id"].to_pylist()
        rejects += [(reject.record, reject.reason) for reject in joined.rejects]
        audit += joined.audit
    wanted = ids & (met | strays)
    assert sorted(pairs) == sorted(wanted)
    assert sorted(unmatched_originals) == sorted(ids - wanted)
    assert sorted(rejects) == sorted((each, "no_original") for each in (met | strays) - ids)
    assert audit == join_tables(originals, counterfactuals, NAMES).audit


@pytest.mark.parametrize(("make_runner", "flags"), RUNNERS)
def test_beam_joins_shards_of_any_shape(make_runner, flags):
    """All shapes in one job: each start of processes costs more than the joins."""

    def batches(table):
        return beam.Create(table.to_batches(max_chunksize=1))

    options = PipelineOptions(flags)
    with beam.Pipeline(runner=make_runner(), options=options) as pipeline:
        for shape, (ids, others) in SHAPES.items():
            expected = join_tables(originals_of(ids), counterfactuals_of(others), NAMES)
            outputs = {
                "originals": pipeline | f"{shape}/Originals" >> batches(originals_of(ids)),
                "counterfactuals": pipeline
                | f"{shape}/Others" >> batches(counterfactuals_of(others)),
            } | f"{shape}/Join" >> JoinPairs(DATA)
            assert_that(outputs["audit"], equal_to([expected.audit]), label=f"{shape}/CheckAudit")
            assert_that(
                outputs["rejects"], equal_to(expected.rejects), label=f"{shape}/CheckRejects"
            )
