"""The edits of a graph equal those of Python, text by text."""

from __future__ import annotations

import pytest
import tensorflow as tf

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.remediation.in_graph.edits import GraphEdits
from fairflip.text.plain_edits.edits import PlainEdits
from support.remediation.odd_texts import odd_texts

pytestmark = pytest.mark.system

BATCH = 500


def in_graph(edits, method, texts, number):
    """By row, what a graph makes of texts, batch by batch."""
    call = {"substitution": lambda x: edits.swapped(x, number), "ablation": edits.removed}[method]
    signature = [tf.TensorSpec([None], tf.string)]
    function = tf.function(call, input_signature=signature, autograph=False)
    made = [[] for _ in texts]
    for start in range(0, len(texts), BATCH):
        rows, changed = function(tf.constant(texts[start : start + BATCH]))
        for row, text in zip(rows.numpy(), changed.numpy(), strict=True):
            made[start + int(row)].append(text.decode())
    return made


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("clp_tutorial", "substitution"),
        ("identity", "substitution"),
        ("names_by_gender", "substitution"),
        ("identity", "ablation"),
        ("identity_de", "ablation"),
    ],
)
def test_a_graph_makes_the_texts_that_python_makes(name, method):
    terms = load_terms(name)
    python = PlainEdits(terms, method)
    texts = odd_texts([term.text for term in terms.terms], 1_500)
    number = 4
    actual = in_graph(GraphEdits(python.table), method, texts, number)
    if method == "substitution":
        expected = python.swapped(texts, number)
    else:
        expected = [[] if made is None else [made] for made in python.removed(texts)]
    assert sum(map(len, expected)) > 700
    differing = [i for i, made in enumerate(expected) if made != actual[i]]
    assert not differing, [(texts[i], actual[i], expected[i]) for i in differing[:3]]


def test_no_text_and_texts_without_words():
    edits = GraphEdits(PlainEdits(load_terms("identity"), "substitution").table)
    assert in_graph(edits, "substitution", ["", " ", "..."], 4) == [[], [], []]
    rows, made = edits.swapped(tf.constant([], tf.string), 4)
    assert (rows.shape, made.shape) == ((0,), (0,))
