"""Controls of tables: other cells, values of other records, the same in any batching."""

from __future__ import annotations

import pyarrow as pa

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.tabular.cell_controls import CellDrawer, with_cell_controls
from fairflip.pipeline.tabular.sample import TableSample
from fairflip.pipeline.tabular.swap import AttributeSwap, swapped_pairs
from support.tables import FEATURES, applicants

NAMES = PairColumns(id="applicant_id", text="", label="approved", inputs=FEATURES)
LINKED = (("title", (("Mr", "Mrs"),)),)
TABLE = applicants(200)
OTHERS = ("age", "income", "occupation")


def drawer_of(table, swap, num_controls=2, seed=0) -> CellDrawer:
    whole = pa.Table.from_pandas(table, preserve_index=False)
    sample = TableSample.of(whole, "applicant_id", FEATURES, "gender", seed)
    return CellDrawer.of(sample, swap.changed, FEATURES, num_controls, seed)


def drawn(linked=LINKED, num_controls=2, seed=0, step=1_000):
    swap = AttributeSwap("gender", ("female", "male"), linked)
    drawer = drawer_of(TABLE, swap, num_controls, seed)
    parts = []
    for start in range(0, len(TABLE), step):
        batch = pa.RecordBatch.from_pandas(TABLE[start : start + step], preserve_index=False)
        parts.append(with_cell_controls(swapped_pairs(batch, swap, NAMES).pairs, drawer, NAMES))
    rows = [row for part in parts for row in part.batch.to_pylist()]
    return rows, [part.coverage for part in parts]


def cells_changed(row) -> set[str]:
    return {name for name in FEATURES if row.get(f"counterfactual.{name}", row[name]) != row[name]}


def test_as_many_other_cells_get_the_values_of_one_other_record():
    rows, [coverage] = drawn()
    pairs = {
        (row["applicant_id"], row["counterfactual_index"]): row
        for row in rows
        if row["edit"] == "identity"
    }
    controls = [row for row in rows if row["edit"] == "control"]
    assert len(controls) == coverage.num_control_pairs > len(pairs) > 100
    records = TABLE[list(OTHERS)].to_dict("records")
    changed_of: dict[tuple[str, int], set[str]] = {}
    for row in controls:
        key = row["applicant_id"], row["control_of"]
        changed = cells_changed(row)
        assert changed == set(row["term"])
        assert changed <= set(OTHERS)  # never the attribute, nor what follows from it
        assert len(changed) == len(cells_changed(pairs[key])) in (1, 2)
        new = {name: row[f"counterfactual.{name}"] for name in changed}
        assert any(all(record[name] == new[name] for name in new) for record in records)
        assert row["approved"] == pairs[key]["approved"]
        seen = changed_of.setdefault(key, set())
        assert not seen & changed  # no two controls of a pair change one column
        seen |= changed
    assert coverage.num_pairs == len(pairs)
    assert coverage.by_column == {
        name: sum(name in row["term"] for row in controls) for name in OTHERS
    }


def test_no_batching_changes_a_control_and_a_seed_does():
    whole, [coverage] = drawn()
    cut, coverages = drawn(step=7)
    assert cut == whole
    assert sum(part.hash_sum for part in coverages) % (1 << 256) == coverage.hash_sum
    assert drawn(seed=1)[0] != whole


def test_a_pair_without_enough_columns_says_so():
    linked = (*LINKED, ("age", (("1", "2"),)), ("income", (("1", "2"),)))
    _, [coverage] = drawn(linked=linked, num_controls=3)
    # One column is left: one control for pairs that change one cell, none for the others.
    assert set(coverage.shortages) == {"too few other columns"}
    assert set(coverage.pairs_by_controls) == {0, 1}
    assert coverage.num_control_pairs == coverage.pairs_by_controls[1]


def test_a_column_of_one_value_is_no_control():
    swap = AttributeSwap("gender", ("female", "male"))
    drawer = drawer_of(TABLE.assign(age=40, income=1.0), swap)
    assert drawer.others == ("title", "occupation")
