"""Control rows of a batch of pairs, and the Beam steps that make them."""

from __future__ import annotations

import random

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from fairflip.pipeline.generate.batch import make_generator
from fairflip.pipeline.generate.control_coverage import ControlCoverage
from fairflip.pipeline.generate.control_transforms import AddControls, CountWords, lists_of
from fairflip.pipeline.generate.controls import with_controls
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.pipeline.generate.transforms import generate_table
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import config_pb2
from fairflip.protos.edits import identity_pairs
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.frequencies import DocumentFrequencies

NAMES = PairColumns(id="id", text="text")
DATA = config_pb2.DataSpec(id_feature="id", text_feature="text")
TEXTS = [
    "the weather near a river was grey when she wrote about bread",
    "a woman and her aunt saw the garden and the stone wall",
    "nothing here about anyone but the weather and some bread",
    "he",
    "his garden is green and the gay man near it was loud",
]
ORIGINALS = pa.table({"id": list("abcde"), "text": TEXTS, "weight": [1.0, 2.0, 3.0, 4.0, 5.0]})
FREQUENCIES = DocumentFrequencies.zero().plus_texts(TEXTS)


def generated(method: str) -> pa.RecordBatch:
    spec = config_pb2.GeneratorSpec(method=method)
    joined, _ = generate_table(ORIGINALS, make_generator(spec), NAMES)
    return joined.pairs.combine_chunks().to_batches()[0]


def drawer(**settings) -> ControlDrawer:
    return ControlDrawer(FREQUENCIES, lists_of(config_pb2.GeneratorSpec()), **settings)


@pytest.mark.parametrize("method", ["ablation", "substitution"])
def test_control_rows_stand_behind_the_pairs_of_their_original(method):
    pairs = generated(method)
    made = with_controls(pairs, drawer(), NAMES)
    rows = made.batch.to_pylist()
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    controls = [row for row in rows if row["control_kind"] == "other_word"]
    assert len(controls) == made.coverage.num_control_pairs > 4
    listed = set(load_terms("identity").by_text)
    for row in controls:
        (pair,) = [
            other
            for other in rows
            if other["id"] == row["id"]
            and other["edit"] == "identity"
            and other["counterfactual_index"] == row["control_of"]
        ]
        for name in ("text", "weight", "group", "category"):
            assert row[name] == pair[name]
        assert row["edit"] == "control"
        assert row["counterfactual.text"] not in (row["text"], pair["counterfactual.text"])
        assert not set(row["term"]) & listed
        assert all(word in row["text"] for word in row["term"])
        assert (row["replacement"] == [""] * len(row["term"])) == (method == "ablation")
        assert row["counterfactual_id"].startswith(pair["counterfactual_id"])
        assert row["span"] is row["validity"] is None
    numbers = [(row["id"], row["counterfactual_index"]) for row in rows]
    assert len(set(numbers)) == len(numbers)
    # What were pairs are the same pairs.
    left = identity_pairs(made.batch)
    assert left.select(pairs.schema.names).equals(pairs)
    assert set(left["edit"].to_pylist()) == {"identity"}
    assert identity_pairs(pairs) is pairs


def test_swaps_within_a_group_stand_behind_the_controls():
    pairs = generated("substitution")
    made = with_controls(pairs, drawer(), NAMES)
    swaps = [row for row in made.batch.to_pylist() if row["control_kind"] == "same_group"]
    assert made.coverage.num_same_group_pairs == len(swaps)
    # No other original names its terms by nouns alone.
    assert {row["id"] for row in swaps} == {"e"}
    row = swaps[0]
    assert row["edit"] == "control"
    assert row["text"] == TEXTS[4]
    # Another word for the group, not another group, in the place of the same term.
    assert (row["term"], row["category"]) == (["gay"], ["sexual_orientation"])
    assert row["replacement"][0] in ("lesbian", "homosexual", "homoromantic")
    assert row["counterfactual.text"] == TEXTS[4].replace("gay", row["replacement"][0])
    own = [r for r in made.batch.to_pylist() if r["id"] == row["id"]]
    pooled = [r["counterfactual_index"] for r in own if r["control_kind"] == "other_word"]
    assert row["counterfactual_index"] > max(pooled)
    (pair,) = [r for r in own if r["counterfactual_index"] == row["control_of"]]
    assert pair["edit"] == "identity"
    assert pair["term"] == ["gay"]
    ablated = with_controls(generated("ablation"), drawer(), NAMES)
    assert ablated.coverage.num_same_group_pairs == 0


def test_what_is_known_of_controls_adds_up_in_any_batches():
    pairs = generated("ablation")
    whole = with_controls(pairs, drawer(), NAMES).coverage
    parts = [
        with_controls(pairs.filter(pa.compute.equal(pairs["id"], id)), drawer(), NAMES).coverage
        for id in set(pairs["id"].to_pylist())
    ]
    assert whole == ControlCoverage.sum(parts) == ControlCoverage.sum(reversed(parts))
    assert ControlCoverage.from_dict(whole.to_dict()) == whole
    assert whole.num_pairs == pairs.num_rows == 3  # "he" leaves nothing
    assert sum(whole.octaves_off) == whole.num_control_pairs
    assert sum(n * count for n, count in whole.pairs_by_controls.items()) == sum(whole.octaves_off)
    assert len(whole.audit.control_set_sha256) == 64
    assert ControlCoverage.zero().audit.control_set_sha256 == ""
    other = with_controls(pairs, drawer(seed=1), NAMES).coverage
    assert other.audit.control_set_sha256 != whole.audit.control_set_sha256


def test_why_a_pair_has_no_control_is_counted():
    swapped = with_controls(generated("substitution"), drawer(), NAMES).coverage
    assert swapped.num_pairs_without_control == swapped.pairs_by_controls[0] >= 1  # "he"
    assert swapped.shortages["no_word_as_frequent"] >= 1


def test_ready_made_pairs_get_controls_from_the_words_that_differ():
    table = pa.table(
        {
            "id": ["x", "x"],
            "text": ["an engineer saw the garden near this river"] * 2,
            "counterfactual.text": [
                "a nurse saw the garden near this river",
                "An Engineer saw the garden near this river",
            ],
            "tone": [0.5, 0.5],
            "counterfactual.tone": [0.7, 0.7],
            "counterfactual.score.m": [0.1, 0.2],
        }
    )
    joined = admit_tables(table, NAMES)
    made = with_controls(joined.pairs.combine_chunks().to_batches()[0], drawer(), NAMES)
    controls = [row for row in made.batch.to_pylist() if row["edit"] == "control"]
    assert controls
    for row in controls:
        assert row["term"][0] not in ("engineer", "nurse", "a", "an")
        assert row["counterfactual.tone"] == row["tone"] == 0.5
    assert made.coverage.shortages["no_word_edited"] == 1


def test_pairs_that_bring_controls_get_no_others():
    made = with_controls(generated("ablation"), drawer(), NAMES).batch
    again = with_controls(made, drawer(seed=5), NAMES)
    assert again.batch.equals(made)
    assert again.coverage == ControlCoverage.zero()


def test_a_batch_without_pairs_gets_no_controls():
    pairs = generated("substitution")
    made = with_controls(pairs.slice(0, 0), drawer(), NAMES)
    assert made.batch.num_rows == 0
    assert made.batch.schema.equals(with_controls(pairs, drawer(), NAMES).batch.schema)
    assert made.coverage == ControlCoverage.zero()


@pytest.mark.parametrize("num_bundles", [1, 4])
def test_beam_draws_what_the_plain_functions_draw(num_bundles):
    pairs = generated("substitution")
    expected = with_controls(pairs, drawer(num_controls=3), NAMES)
    chance = random.Random(num_bundles)
    rows = list(range(ORIGINALS.num_rows))
    chance.shuffle(rows)
    texts = [ORIGINALS.take([row]).to_batches()[0] for row in rows]
    ids = sorted(set(pairs["id"].to_pylist()))
    chance.shuffle(ids)
    batches = [pairs.filter(pa.compute.equal(pairs["id"], id)) for id in ids]

    def check(actual: list[pa.RecordBatch]) -> None:
        assert len(actual) == len(ids)
        together = pa.Table.from_batches(actual).sort_by(
            [("id", "ascending"), ("edit", "descending"), ("counterfactual_index", "ascending")]
        )
        wanted = pa.Table.from_batches([expected.batch]).sort_by(
            [("id", "ascending"), ("edit", "descending"), ("counterfactual_index", "ascending")]
        )
        assert together.combine_chunks().equals(wanted.combine_chunks())

    def check_coverage(actual: list[ControlCoverage]) -> None:
        assert actual == [expected.coverage]

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:

        def batches_of(name: str, values: list[pa.RecordBatch]) -> beam.PCollection:
            return pipeline | name >> beam.Create(values, reshuffle=num_bundles > 1)

        made = {
            "texts": batches_of("Texts", texts),
            "pairs": batches_of("Pairs", batches),
        } | AddControls(3, config_pb2.GeneratorSpec(), DATA)
        assert_that(made["pairs"], check, label="Pairs checked")
        assert_that(made["control_coverage"], check_coverage, label="Coverage checked")


def test_beam_counts_words_as_one_pass_does():
    batches = [ORIGINALS.slice(i, 1).to_batches()[0] for i in range(ORIGINALS.num_rows)]
    lists = lists_of(config_pb2.GeneratorSpec())

    def check(actual: list[DocumentFrequencies]) -> None:
        (total,) = actual
        assert total.num_texts == len(TEXTS)
        assert total.counts == FREQUENCIES.counts
        assert total.standing == FREQUENCIES.standing
        assert "women" in total.always_kept

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        counted = pipeline | beam.Create([*batches, *batches[:0]]) | CountWords("text", lists)
        assert_that(counted, check)
