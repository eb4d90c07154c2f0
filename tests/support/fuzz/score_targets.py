"""Scores that stand in the data, of every kind: each record is kept, or left out by name.

What is kept is recounted value by value: what a cell means as a number, what the scale asks of it,
and what the sigmoid of a logit is.
"""

from __future__ import annotations

import csv
import io
import json
import math
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.off_scale import refuse_scores_off_scale
from fairflip.pipeline.score.score_account import ScoreAccount
from fairflip.protos.errors import UserError
from fairflip.protos.forms.model_specs import ANY, LOGIT, PROBABILITY
from support.fuzz.byte_choices import Bytes
from support.fuzz.read_account import FOLDER, refused

_MODELS = ("m", "n")
_SIDES = ("score.{}", "counterfactual.score.{}")
_COLUMNS = tuple(side.format(model) for model in _MODELS for side in _SIDES)
_LAYOUT = RecordLayout(
    kind="pairs", id="id", texts=("t", "counterfactual.t"), label=None, numbers=_COLUMNS
)
_SCALES = (PROBABILITY, LOGIT, ANY)

#: Probabilities, logits, percentages, what lies just beside the scale, and what no score is.
_NUMBERS = (
    *(0.0, 1.0, -0.0, 0.5, 0.25, 1, 0, -1, 5e-324, 1 - 2**-53, 1 + 2**-52, -5e-324, 1.5, -0.25),
    *(-3.2, 7.5, -800.0, 800.0, 36.7, 97, 100, 1e308, -1e308, 2**53 + 1, 2**63 - 1),
    *(math.nan, math.inf, -math.inf),
)
_TEXTS = (
    *("0.5", " 0.25 ", "1e-3", "1e400", "-2.5", "nan", "Infinity", "-inf", "", " ", "high", "50%"),
    *("0,5", "1_0", "0x1", "1.0.0", "[0.5]", "\x1b[2J", "٠", "½", "null"),
)
_OTHERS = (None, True, False, [], [0.5], [0.1, 0.9], ["0.5"], [None], {"p": 0.5}, 10**400)


def scores(data: bytes) -> None:
    """Two models' scores of both sides, as CSV, JSON Lines or Parquet, under any scale."""
    choose = Bytes(data)
    scales = {model: choose.pick(_SCALES) for model in _MODELS}
    form = choose.pick((_as_csv, _as_json_lines, _as_parquet))
    kinds = choose.pick(((_NUMBERS,), (_TEXTS, _NUMBERS), (_NUMBERS, _NUMBERS, _TEXTS, _OTHERS)))
    written: list[dict] = []
    while not choose.is_used_up and len(written) < 12:
        row = {name: choose.pick(choose.pick(kinds)) for name in _COLUMNS}
        written.append({"id": str(len(written)), "t": "x", "counterfactual.t": "y", **row})
    name, content = form(written)
    path = pathlib.Path(FOLDER.name, name)
    path.write_bytes(content)
    try:
        table, rejects = read_table([str(path)], _LAYOUT, batch_size=8)
    except UserError as error:
        refused(error, name)
        return
    finally:
        path.unlink()
    assert table.num_rows + len(rejects) == len(written)
    _check_scores_of(table, {row["id"]: row for row in written}, scales)


def _check_scores_of(table: pa.Table, written: dict[str, dict], scales: dict[str, str]) -> None:
    """Holds what `check_scores` makes of a table against what was written."""
    expected, left_out = {}, set()
    counts = {model: [0, 0, 0] for model in scales}  # asked for, missing, off the scale
    for row in table.to_pylist():
        taken = {}
        for model, scale in scales.items():
            for name in (side.format(model) for side in _SIDES):
                number = _meaning(written[row["id"]][name])
                assert _is_same(row[name], number), (name, written[row["id"]][name], row[name])
                is_missing = number is None or math.isnan(number)
                is_on_scale = not is_missing and _is_on_scale(number, scale)
                counts[model][0] += 1
                counts[model][1] += is_missing
                counts[model][2] += not is_missing and not is_on_scale
                if is_on_scale:
                    taken[name] = _sigmoid(number) if scale == LOGIT else number
        if len(taken) == len(_COLUMNS):
            expected[row["id"]] = taken
        else:
            left_out.add(row["id"])

    account, remaining, rejected = ScoreAccount.zero(), {}, []
    for batch in table.to_batches(max_chunksize=5):
        checked = check_scores(batch, scales, "id")
        account += checked.account
        rejected += checked.rejects
        for row in checked.good.to_pylist():
            remaining[row["id"]] = {name: row[name] for name in _COLUMNS}
    assert len(remaining) + len(rejected) == table.num_rows
    assert {record.record for record in rejected} == left_out
    assert remaining.keys() == expected.keys()
    for record, row in remaining.items():
        assert row == pytest.approx(expected[record], rel=1e-12, abs=1e-300), record
    for record in rejected:
        assert record.detail.isprintable()
        assert json.loads(record.to_json())["reason"] == record.reason
    ranges = account.to_protos()
    if table.num_rows:
        actual = {r.model: [r.num_scores, r.num_missing, r.num_off_scale] for r in ranges}
        assert actual == counts
    # Where most scores of a model are off its scale, no rate may rest on the others.
    is_refusal_due = any(2 * off > number - none for number, none, off in counts.values())
    refusal = None
    try:
        refuse_scores_off_scale(ranges)
    except UserError as error:
        refusal = error
    assert (refusal is not None) == is_refusal_due, refusal
    if refusal is not None:
        refused(refusal)
        assert "nan" not in str(refusal), refusal


def _meaning(value: object) -> float | None:
    """The number that a cell means; None where it is none."""
    if isinstance(value, list):
        return _meaning(value[0]) if len(value) == 1 else None
    if isinstance(value, str):
        try:
            return None if "_" in value or not value.isascii() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:  # an integer beyond the doubles
            return None
    return None


def _is_on_scale(number: float, scale: str) -> bool:
    if scale == PROBABILITY:
        return 0 <= number <= 1
    return scale == LOGIT or math.isfinite(number)


def _sigmoid(logit: float) -> float:
    """The logistic function, in the form that overflows on neither side."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))


def _is_same(read: float | None, number: float | None) -> bool:
    if read is None or number is None:
        return read is number
    return read == number or (math.isnan(read) and math.isnan(number))


def _as_csv(rows: list[dict]) -> tuple[str, bytes]:
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "t", "counterfactual.t", *_COLUMNS])
    for row in rows:
        for name in _COLUMNS:
            row[name] = "" if row[name] is None else str(row[name])
        writer.writerow(row.values())
    return "x.csv", file.getvalue().encode()


def _as_json_lines(rows: list[dict]) -> tuple[str, bytes]:
    return "x.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()


def _as_parquet(rows: list[dict]) -> tuple[str, bytes]:
    """A column has one type: numbers where all are, lists where any is one, else text."""
    columns: dict[str, pa.Array] = {}
    for name in ("id", "t", "counterfactual.t", *_COLUMNS):
        values = [row[name] for row in rows]
        if name in _COLUMNS:
            if any(isinstance(value, list) for value in values):
                values = [v if isinstance(v, list) else [v] for v in values]
                values = [[_meaning(each) for each in value] for value in values]
                columns[name] = pa.array(values, pa.list_(pa.float64()))
            elif any(isinstance(value, str) for value in values):
                values = [value if isinstance(value, str) else None for value in values]
                columns[name] = pa.array(values, pa.string())
            else:
                values = [_meaning(value) for value in values]
                columns[name] = pa.array(values, pa.float64(), from_pandas=False)
            for row, value in zip(rows, values, strict=True):
                row[name] = value
        else:
            columns[name] = pa.array(values, pa.string())
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=3)
    return "x.parquet", sink.getvalue()
