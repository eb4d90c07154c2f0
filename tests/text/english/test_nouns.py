"""Which nouns name things, and of what kind."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.nouns import PLURAL, VERBS_TOO, kind_of_thing


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("otter", "animal"),
        ("otters", "animal" + PLURAL),
        ("ponies", "animal" + PLURAL),
        ("turnip", "food"),
        ("microphone", "artifact"),
        ("crab", "animal" + VERBS_TOO),
        ("crabs", ""),  # "he crabs" is as likely
        ("sang", ""),  # no plant, but a verb
        ("teacher", ""),
        ("nonesuchword", ""),
        ("Otter", ""),
    ],
)
def test_kinds_of_nouns(word, kind):
    assert kind_of_thing(word) == kind


def test_no_noun_names_people():
    listed = {term.text for term in load_terms("identity").terms}
    people = {"baker", "child", "neighbour", "driver", "student", "nurse", "crew", "family"}
    assert not {word for word in listed | people if kind_of_thing(word)}
