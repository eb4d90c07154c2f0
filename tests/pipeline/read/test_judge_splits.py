"""One set of records split by a hash of the ID: each is read in one split, and left out once."""

from __future__ import annotations

import dataclasses

import pytest

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.records.example_ids import TEST, TRAIN, VALIDATION

SPLITS = (TRAIN, VALIDATION, TEST)


def read_splits(path, **layout):
    base = RecordLayout(id="id", texts=("text",), label="label", **layout)
    if base.id == "id" and "row" in path.name:
        base = dataclasses.replace(base, id=ROW_ID)
    return {
        split: read_table([str(path)], dataclasses.replace(base, split=split)) for split in SPLITS
    }


@pytest.mark.parametrize("name", ["all.csv", "row.csv"])
def test_splits_are_all_records_once_in_their_shares(tmp_path, name):
    path = tmp_path / name
    rows = [f"c{number},text {number},{number % 2}" for number in range(4000)]
    path.write_text("\n".join(["id,text,label", *rows]), encoding="utf-8")
    parts = read_splits(path)
    texts = [text for table, _ in parts.values() for text in table["text"].to_pylist()]
    assert sorted(texts) == sorted(f"text {number}" for number in range(4000))
    shares = [table.num_rows / 4000 for table, _ in parts.values()]
    # Four standard errors of a share of 0.6 of 4,000.
    assert shares == pytest.approx([0.6, 0.1, 0.3], abs=0.031)


def test_a_record_is_left_out_of_its_own_split_alone(tmp_path):
    path = tmp_path / "all.csv"
    rows = [f"c{number},{'' if number % 10 == 0 else 'text'},1" for number in range(500)]
    rows += [f",no ID {number},1" for number in range(20)]
    path.write_text("\n".join(["id,text,label", *rows]), encoding="utf-8")
    parts = read_splits(path)
    left_out = {split: [r.record for r in rejects] for split, (_, rejects) in parts.items()}
    empty = sorted(r for records in left_out.values() for r in records if r.startswith("c"))
    assert empty == sorted(f"c{number}" for number in range(0, 500, 10))
    # Of records without an ID nobody can say in which split they are: they are judged.
    assert sum(not r.startswith("c") for r in left_out[TEST]) == 20
    assert all(r.startswith("c") for split in (TRAIN, VALIDATION) for r in left_out[split])


def test_records_with_one_id_stay_together_whatever_the_file(tmp_path):
    of_file = []
    for name, order in (("a.csv", 1), ("b.csv", -1)):
        path = tmp_path / name
        rows = [f"{number // 2},text {number},1" for number in range(600)][::order]
        path.write_text("\n".join(["id,text,label", *rows]), encoding="utf-8")
        parts = read_splits(path)
        of_file.append({s: set(table["id"].to_pylist()) for s, (table, _) in parts.items()})
        doubles = [r.record for _, rejects in parts.values() for r in rejects]
        assert sorted(doubles) == sorted(map(str, range(300)))
    assert of_file[0] == of_file[1]
