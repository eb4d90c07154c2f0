"""NOTICE names every source of a list, every picture and every public set."""

from __future__ import annotations

import csv

import pytest

from fairflip.pipeline.benchmark.sets import SETS
from support import ROOT

NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_source_of_a_term_is_named():
    sources = set()
    for path in (ROOT / "pipeline" / "generate" / "terms").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                sources |= set(row["sources"].replace("|", " ").split())
    assert {"own", "clp_tutorial"} < sources
    assert [one for one in sorted(sources - {"own"}) if f"- {one}:" not in NOTICE] == []


def test_every_picture_is_named():
    pictures = [path.name for path in (ROOT / "docs" / "images").iterdir()]
    assert pictures
    assert [name for name in pictures if name not in NOTICE] == []


# Sets without a file are this project's own.
@pytest.mark.parametrize(
    "one", [one for one in SETS.values() if one.files], ids=lambda one: one.name
)
def test_every_public_set_is_named_with_its_licence(one):
    names = {"cad_imdb": "counterfactually-augmented-data"}
    name = names.get(one.name, one.title.split(",")[0])
    licence = one.licence.replace("Apache-2.0", "Apache License 2.0")
    paragraph = NOTICE.split("Figures of others' work.")[1]
    [entry] = [entry for entry in paragraph.split("\n- ") if entry.startswith(name)]
    assert licence in " ".join(entry.split())
