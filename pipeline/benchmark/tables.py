"""The files of a public set as pairs: one row per pair, templates and labels beside them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from fairflip.pipeline.benchmark import pronoun_sets
from fairflip.pipeline.benchmark.pronoun_sets import (
    COUNTERFACTUAL_TEXT,
    ID,
    TARGET,
    TEMPLATE,
    TEXT,
)
from fairflip.pipeline.benchmark.sets import PublicSet
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote

LABEL = "label"
#: An evaluation takes the label from the original's side alone, so that this one is named apart.
COUNTERFACTUAL_LABEL = "label_of_counterfactual"

#: HateCheck's own file of cases: its columns -> ours.
_CASES = {"case_id": ID, "test_case": TEXT, "label_gold": LABEL, "target_ident": TARGET}
#: What Multilingual HateCheck calls the case's number.
_MULTILINGUAL_ID = "mhc_case_id"
_HATEFUL = "hateful"


def pairs_of(one: PublicSet, path: str) -> pa.Table:
    """The pairs of a set.

    Every two cases of one template that name different targets are a pair, as in HateCheck's
    own comparison of targets; film reviews come in pairs.

    Args:
        one: The set.
        path: Its file, see `sets.file_of`.

    Returns:
        A table with the columns example_id, comment_text, counterfactual.comment_text, and what
        the set has of label, template, target, label_of_counterfactual, and published decisions
        with their `counterfactual.` side.

    Raises:
        InputError: The file lacks a column.
    """
    if one.name in pronoun_sets.READERS:
        return pronoun_sets.table_of(one.name, one.title, path)
    if path.endswith(".csv"):
        return _from_cases(_renamed(pyarrow.csv.read_csv(path), path), one)
    table = pq.read_table(path)
    if COUNTERFACTUAL_TEXT in table.column_names:
        return _ready(table, one, path)
    names = {"toxicity": LABEL, "target_ident": TARGET}
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    return _from_cases(_with_columns(table, (ID, TEXT, LABEL, TARGET, "templ_id"), path), one)


def _ready(table: pa.Table, one: PublicSet, path: str) -> pa.Table:
    names = {
        "toxicity": LABEL,
        "positive": LABEL,
        "counterfactual.positive": COUNTERFACTUAL_LABEL,
    }
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    needed = [ID, TEXT, COUNTERFACTUAL_TEXT, LABEL, *([one.cluster] if one.cluster else [])]
    if one.flips_are_right:
        needed.append(COUNTERFACTUAL_LABEL)
    table = _with_columns(table, needed, path)
    published = [n for n in one.published if {n, f"counterfactual.{n}"} <= set(table.column_names)]
    wanted = [*needed, *([TARGET] if TARGET in table.column_names else [])]
    return table.select([*wanted, *published, *(f"counterfactual.{name}" for name in published)])


def _renamed(table: pa.Table, path: str) -> pa.Table:
    names = table.column_names
    if _MULTILINGUAL_ID in names and "case_id" not in names:
        table = table.rename_columns(["case_id" if n == _MULTILINGUAL_ID else n for n in names])
    table = _with_columns(table, (*_CASES, "templ_id"), path)
    table = table.rename_columns([_CASES.get(name, name) for name in table.column_names])
    labels = [float(label == _HATEFUL) for label in table[LABEL].to_pylist()]
    ids = [f"c{number}" for number in table[ID].to_pylist()]
    for name, values in ((LABEL, labels), (ID, ids)):
        table = table.set_column(table.column_names.index(name), name, pa.array(values))
    return table


def _from_cases(cases: pa.Table, one: PublicSet) -> pa.Table:
    """Every two cases of one template that name different targets."""
    by_template: dict[str, list[dict]] = {}
    for case in cases.select([ID, TEXT, LABEL, TARGET, "templ_id"]).to_pylist():
        if case[TARGET] and case["templ_id"] is not None:
            by_template.setdefault(str(case["templ_id"]), []).append(case)
    rows = [row for name, group in by_template.items() for row in _rows(name, group)]
    if not rows:
        raise InputError(f"{one.title}: no two cases of one template name different targets")
    return pa.Table.from_pylist(rows)


def _rows(template: str, cases: list[dict]) -> Iterator[dict]:
    for before, after in itertools.combinations(cases, 2):
        if before[TARGET] != after[TARGET] and before[TEXT] != after[TEXT]:
            yield {
                ID: before[ID],
                TEXT: before[TEXT],
                COUNTERFACTUAL_TEXT: after[TEXT],
                LABEL: float(before[LABEL]),
                TEMPLATE: f"t{template}",
                TARGET: before[TARGET],
            }


def _with_columns(table: pa.Table, needed: tuple | list, path: str) -> pa.Table:
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise InputError(
            f"{quote(path)} has no column {', '.join(map(quote, missing))}; docs/benchmark.md says "
            "which a set needs"
        )
    return table
