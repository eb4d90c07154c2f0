"""Templates: every combination once, references, articles, labels."""

from __future__ import annotations

import doctest

import pyarrow as pa
import pytest

from fairflip.pipeline.generate import templates
from fairflip.pipeline.generate.templates import Template, fill_templates, slots_of
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import join_tables
from fairflip.protos.errors import InputError
from fairflip.text.terms import parse_terms

TERMS = parse_terms(
    "term,group,category\nwoman,female,gender\nman,male,gender\nelderly,old,age\nyoung,young,age\n",
    "terms.csv",
)


def test_doctest():
    assert doctest.testmod(templates).failed == 0


def test_slots_are_crossed_and_each_leads_back_to_its_reference():
    made = fill_templates([Template("A {age} {gender} sat.", 0.0)], slots_of(TERMS))
    assert made.originals["comment_text"].to_pylist() == [
        "An elderly woman sat.",
        "An elderly man sat.",
        "A young woman sat.",
        "A young man sat.",
    ]
    assert made.originals["toxicity"].to_pylist() == [0.0] * 4
    joined = join_tables(made.originals, made.counterfactuals, PairColumns())
    rows = {
        (row["comment_text"], row["counterfactual.comment_text"], tuple(row["group"]))
        for row in joined.pairs.to_pylist()
    }
    assert rows == {
        ("A young woman sat.", "An elderly woman sat.", ("young",)),
        ("An elderly man sat.", "An elderly woman sat.", ("male",)),
        ("A young man sat.", "An elderly man sat.", ("young",)),
        ("A young man sat.", "A young woman sat.", ("male",)),
        ("A young man sat.", "An elderly woman sat.", ("young", "male")),
    }
    assert joined.unmatched_originals["comment_text"].to_pylist() == ["An elderly woman sat."]
    assert joined.audit.num_differing_beyond_attribute == 0


def test_sentences_begin_with_a_capital_and_labels_may_be_missing():
    made = fill_templates([Template("{gender}! {gender} here")], slots_of(TERMS))
    assert made.originals["comment_text"].to_pylist() == ["Woman! Woman here", "Man! Man here"]
    assert made.originals["toxicity"].to_pylist() == [None, None]
    assert made.originals["gender"].to_pylist() == [["female"], ["male"]]


def test_every_term_of_a_built_in_form_gives_one_distinct_sentence():
    slots = slots_of(load_terms("identity"), form="adjective")
    made = fill_templates([Template("Some are {religion}.")], slots)
    assert made.originals.num_rows == len(slots["religion"])
    assert len(set(made.originals["comment_text"].to_pylist())) == made.originals.num_rows
    assert made.counterfactuals.num_rows == made.originals.num_rows - 1
    assert isinstance(made.counterfactuals, pa.Table)


@pytest.mark.parametrize(
    ("text", "message"),
    [("No slot.", "has no slot"), ("A {colour} sat.", "slot 'colour' has no terms")],
)
def test_wrong_templates_are_named(text, message):
    with pytest.raises(InputError, match=message):
        fill_templates([Template(text)], slots_of(TERMS))
