"""Sets whose pairs differ in a pronoun or in a rewritten group: none has labels.

Our own templates, WinoBias, Winogender and PANDA, each from its own published form or from a table
of it.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from fairflip.pipeline.benchmark import templates
from fairflip.protos import columns
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote

ID, TEXT, TEMPLATE, TARGET = "example_id", "comment_text", "template", "target"
COUNTERFACTUAL_TEXT = f"counterfactual.{TEXT}"
#: WinoBias' own lines: a number, and mentions in brackets.
_LINE = re.compile(r"\s*(\d+)\s+(.*\S)\s*")
_PARTS = tuple(
    f"{stereotype}_stereotyped_type{kind}" for kind in (1, 2) for stereotype in ("pro", "anti")
)
_GROUPS = ("female", "male", "neutral")


def own_templates(_: str) -> Iterator[dict]:
    """Every two pronouns of one sentence, the template as what is drawn together."""
    for template, job, by_group in templates.sentences():
        for before, after in itertools.combinations(by_group, 2):
            yield {
                ID: f"{template}_{job.replace(' ', '_')}_{before}",
                TEXT: by_group[before],
                COUNTERFACTUAL_TEXT: by_group[after],
                TEMPLATE: template,
                TARGET: before,
            }


def winobias(path: str) -> Iterator[dict]:
    """Sentences of one type and number, with the pronoun that fits a stereotype and the other.

    Args:
        path: A table with the columns stereotype ("pro", "anti"), type, number and sentence; or
            any of WinoBias' own files, beside the others of its part.

    Raises:
        InputError: A column or a file is missing, or a sentence has no partner.
    """
    own = path.endswith((".dev", ".test"))
    rows = _own_lines(path) if own else _read(path, ("stereotype", "type", "number", "sentence"))
    sentences: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        pair_key = (str(row["type"]), str(row["number"]))
        sentences.setdefault(pair_key, {})[row["stereotype"]] = row["sentence"]
    for (kind, number), by_stereotype in sentences.items():
        if set(by_stereotype) != {"pro", "anti"}:
            raise InputError(
                f"{quote(path)}: sentence {number} of type {kind} has no partner; name a part "
                "with all of its files"
            )
        if by_stereotype["pro"] != by_stereotype["anti"]:
            yield {
                ID: f"type{kind}_{number}",
                TEXT: by_stereotype["pro"],
                COUNTERFACTUAL_TEXT: by_stereotype["anti"],
                TARGET: f"type {kind}",
            }


def winogender(path: str) -> Iterator[dict]:
    """Every two forms of one sentence: female, male, neutral.

    Args:
        path: A table with the columns sentid ("OCCUPATION.PARTICIPANT.NUMBER.FORM.txt") and
            sentence, as Winogender's own all_sentences.tsv has them.

    Raises:
        InputError: A column is missing, or an ID says no form.
    """
    sentences: dict[str, dict[str, str]] = {}
    for row in _read(path, ("sentid", "sentence")):
        parts = row["sentid"].removesuffix(".txt").rsplit(".", 1)
        if len(parts) != 2 or parts[1] not in _GROUPS:
            raise InputError(f"{quote(path)}: {quote(row['sentid'])} ends with no form")
        sentences.setdefault(parts[0], {})[parts[1]] = row["sentence"]
    for name, forms in sentences.items():
        ordered = [group for group in _GROUPS if group in forms]
        for before, after in itertools.combinations(ordered, 2):
            if forms[before] != forms[after]:
                yield {
                    ID: f"{name}.{before}",
                    TEXT: forms[before],
                    COUNTERFACTUAL_TEXT: forms[after],
                    TEMPLATE: name,
                    TARGET: before,
                }


def panda(path: str) -> Iterator[dict]:
    """Texts and what people made of them for another group; rows that nobody changed are left out.

    Args:
        path: A table with the columns original, perturbed and target_attribute.

    Raises:
        InputError: A column is missing.
    """
    first: dict[str, int] = {}
    for number, row in enumerate(_read(path, ("original", "perturbed", "target_attribute"))):
        if row["original"] and row["perturbed"] and row["original"] != row["perturbed"]:
            # One text, rewritten several times, is one original.
            yield {
                ID: f"p{first.setdefault(row['original'], number)}",
                TEXT: row["original"],
                COUNTERFACTUAL_TEXT: row["perturbed"],
                columns.GROUP: str(row["target_attribute"]),
            }


def _read(path: str, needed: tuple[str, ...]) -> list[dict]:
    """Rows of a table, by the ending of its name."""
    if path.endswith(".parquet"):
        table = pq.read_table(path)
    elif path.endswith((".jsonl", ".json")):
        table = pyarrow.json.read_json(path)
    else:
        tabs = path.endswith(".tsv")
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(
                delimiter="\t" if tabs else ",", newlines_in_values=not tabs
            ),
        )
    missing = [name for name in needed if name not in table.column_names]
    if missing:
        raise InputError(
            f"{quote(path)} has no column {', '.join(map(quote, missing))}; docs/benchmark.md says "
            "which a set needs"
        )
    return table.select(list(needed)).to_pylist()


def _own_lines(path: str) -> Iterator[dict]:
    folder, ending = os.path.dirname(path), path.rsplit(".", 1)[1]
    for part in _PARTS:
        file = os.path.join(folder, f"{part}.txt.{ending}")
        if not os.path.isfile(file):
            raise InputError(f"{quote(file)} is not there; lay WinoBias' four files side by side")
        with open(file, encoding="utf-8") as lines:
            for line in lines:
                if match := _LINE.fullmatch(line):
                    yield {
                        "stereotype": part.split("_")[0],
                        "type": part[-1],
                        "number": match[1],
                        "sentence": match[2].replace("[", "").replace("]", ""),
                    }


READERS = {
    "templates": own_templates,
    "winobias": winobias,
    "winogender": winogender,
    "panda": panda,
}


def table_of(name: str, title: str, path: str) -> pa.Table:
    """The pairs of one of `READERS`.

    Raises:
        InputError: There is none, or the file is not what it should be.
    """
    rows = list(READERS[name](path))
    if not rows:
        raise InputError(f"{title}: {quote(path)} holds no pair of two different texts")
    return pa.Table.from_pylist(rows)
