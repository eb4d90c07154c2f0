"""Words, what parts clauses, and edits that keep everything else."""

from __future__ import annotations

from fairflip.text.languages.tokens import as_written, edited, tokens_of, word_set


def test_words_know_what_stands_before_them():
    tokens = tokens_of("Ja, er ging. Sie\nblieb (lange).")
    assert [t.text for t in tokens] == ["Ja", "er", "ging", "Sie", "blieb", "lange"]
    assert [t.begins_clause for t in tokens] == [False, True, False, True, True, True]
    assert [t.begins_sentence for t in tokens] == [True, False, False, True, True, False]


def test_addresses_are_no_words():
    text = "Schreib an lehrer@schule.de oder @lehrer, https://der.lehrer.de/die und lehrer.de"
    assert [t.text for t in tokens_of(text)] == ["Schreib", "an", "oder", "und"]


def test_edits_leave_the_rest_as_it_is():
    text = "Der  Mann\tging."
    assert edited(text, {(5, 9): "Frau", (0, 3): "Die"}) == "Die  Frau\tging."
    assert edited(text, {}) == text


def test_capitals_follow_what_is_replaced():
    assert [as_written(old, "die") for old in ("der", "Der", "DER")] == ["die", "Die", "DIE"]
    assert word_set("a b\n a") == {"a", "b"}
