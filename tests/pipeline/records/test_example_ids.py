"""One rule of IDs and duplicates: for every type, order and reader, in training as in evaluation."""

from __future__ import annotations

import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline import cli
from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.records.example_ids import first_of_each_id, id_strings, is_blank
from fairflip.pipeline.run import training
from fairflip.protos.config_pb2 import PipelineConfig


@given(st.lists(st.one_of(st.none(), st.binary(max_size=20)), max_size=12))
def test_bytes_are_text_or_hexadecimal_digits(values):
    ids, wrong = id_strings(pa.array(values, pa.binary()))
    assert not wrong.any()
    for value, actual in zip(values, ids.to_pylist(), strict=True):
        try:
            text = None if value is None else value.decode("utf-8")
        except UnicodeDecodeError:
            assert actual == "0x" + value.hex()
            continue
        assert actual == (text if text and text.strip() else None)


@given(st.lists(st.one_of(st.none(), st.integers(-(2**53), 2**53)), max_size=12))
def test_a_whole_number_is_one_id_in_every_type(values):
    wanted = [None if value is None else str(value) for value in values]
    as_decimals = [None if v is None else decimal.Decimal(v) for v in values]
    for array in (
        pa.array(values, pa.int64()),
        pa.array(values, pa.float64()),
        pa.array(as_decimals, pa.decimal128(38, 2)),
        pa.array(wanted, pa.string()),
        pa.array(wanted, pa.string()).dictionary_encode(),
        pa.array([None if v is None else v.encode() for v in wanted], pa.binary()),
    ):
        ids, wrong = id_strings(array)
        assert ids.to_pylist() == wanted, array.type
        assert not wrong.any()


@pytest.mark.parametrize(
    "array",
    [pa.array([1.5, np.inf]), pa.array([True, False]), pa.array([[1], [2]]), pa.array([1e300] * 2)],
    ids=lambda array: str(array.type),
)
def test_what_can_be_no_id_is_told(array):
    ids, wrong = id_strings(array)
    assert ids.null_count == 2
    assert wrong.all()


def test_uuids_as_16_bytes():
    raw = [bytes([0xC3] + [0] * 14 + [n]) for n in range(3)]
    plain = id_strings(pa.array(raw, pa.binary(16)))[0].to_pylist()
    assert plain == ["0x" + value.hex() for value in raw]
    if hasattr(pa, "uuid"):
        typed = pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))
        assert id_strings(typed)[0].to_pylist() == plain


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "example_id": st.sampled_from(["a", "b", "c"]),
            "comment_text": st.sampled_from(["she sat", "he ran", "she ran", "he sang"]),
            "toxicity": st.sampled_from([0.0, 1.0, None]),
            "zone": st.sampled_from(["x", "y"]),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(RECORDS, st.randoms(use_true_random=False))
def test_which_record_is_kept_depends_on_no_order_and_no_further_column(records, random):
    table = pa.Table.from_pylist(records, schema=pa.schema(
        [("zone", pa.string()), ("example_id", pa.string()), ("comment_text", pa.string()),
         ("toxicity", pa.float64())]))  # fmt: skip

    def remaining_of(rows: pa.Table) -> list[dict]:
        order, first = first_of_each_id(rows, "example_id", ["comment_text", "toxicity"])
        return rows.take(pa.array(order[first])).to_pylist()

    actual = remaining_of(table)
    assert [row["example_id"] for row in actual] == sorted({r["example_id"] for r in records})
    shuffled = list(range(len(records)))
    random.shuffle(shuffled)
    assert remaining_of(table.take(pa.array(shuffled))) == actual
    fewer = remaining_of(table.select(["example_id", "comment_text", "toxicity"]))
    assert fewer == [{name: row[name] for name in fewer[0]} for row in actual]
    for row in actual:
        same = [r for r in records if r["example_id"] == row["example_id"]]
        labelled = [r for r in same if r["toxicity"] is not None] or same
        assert row["comment_text"] == min(r["comment_text"] for r in labelled)


@pytest.mark.system
@pytest.mark.parametrize("seed", range(2))
def test_training_and_evaluation_keep_the_same_record(tmp_path, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "example_id": rng.integers(0, 30, 60),
            "comment_text": [f"she is {n}" for n in rng.integers(0, 9, 60)],
            "toxicity": rng.choice([0.0, 1.0, np.nan], 60, p=[0.45, 0.45, 0.1]),
            "gender": rng.choice(["f", "m"], 60),
            "s": rng.random(60).round(3),
        }
    )
    frame.to_csv(tmp_path / "e.csv", index=False)
    texts = {f"she is {n}": f"he is {n}" for n in range(9)}
    others = frame.assign(comment_text=frame["comment_text"].map(texts))
    others[["example_id", "comment_text", "s"]].to_csv(tmp_path / "c.csv", index=False)
    out = tmp_path / "out"
    command = ["evaluate", "--examples", str(tmp_path / "e.csv"), "--quiet", "--score", "m=s"]
    command += ["--counterfactuals", str(tmp_path / "c.csv"), "--slice=gender"]
    assert cli.main([*command, "--output_dir", str(out)]) == 0
    evaluated = pq.read_table(out / "scored_pairs").to_pandas().drop_duplicates("example_id")
    config = PipelineConfig()
    config.data.train_examples.append(str(tmp_path / "e.csv"))
    trained, _, rejects = training.read_examples(with_defaults(config))
    trained = trained.to_pandas().set_index("example_id")
    assert [r.reason for r in rejects if r.reason == "duplicate_id"]
    for row in evaluated.dropna(subset=["toxicity"]).itertuples():
        assert trained.loc[row.example_id, "comment_text"] == row.comment_text
        assert trained.loc[row.example_id, "toxicity"] == row.toxicity
    assert len(evaluated.dropna(subset=["toxicity"])) > 20
    listed = [
        json.loads(line)["reason"]
        for path in (out / "rejects").glob("pair-*.jsonl")
        for line in path.read_text().splitlines()
    ]
    assert listed.count("duplicate_id") == 60 - frame["example_id"].nunique()


#: White space of ASCII and of Unicode, other signs that begin as these do, and letters.
BLANK = st.text("\x00\x1c\x1f \t\n\x7f\x85\xa0éa\u2003\u200b\u3000\ufeff", max_size=4)


def by_arrow(texts: pa.Array) -> list[bool]:
    return pc.equal(pc.utf8_trim_whitespace(texts), "").fill_null(False).to_pylist()


@given(st.lists(st.none() | BLANK, max_size=12), st.integers(0, 4), st.integers(0, 12))
def test_blank_are_texts_of_which_trimming_leaves_nothing(texts, start, size):
    part = pa.array(texts, pa.string()).slice(start, size)
    assert is_blank(part).tolist() == by_arrow(part)


@pytest.mark.parametrize("texts", [[], [None], ["", None, ""], ["  "], ["a", ""]])
def test_columns_without_characters(texts):
    assert is_blank(pa.array(texts, pa.string())).tolist() == by_arrow(pa.array(texts, pa.string()))
