"""German swaps: human pairs, groups, what is left alone."""

from __future__ import annotations

import pytest

from benchmarks.pairs import languages
from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.languages.german.substitution import GermanSubstitution
from fairflip.text.terms import parse_terms


@pytest.mark.parametrize("from_female", [False, True])
@pytest.mark.parametrize("part", ["development", "held_out"])
def test_human_pairs_are_reproduced(part, from_female):
    pairs = languages.own_pairs("german", part)
    assert len(pairs) == 81
    actual = languages.outcomes("german", pairs, from_female)
    assert actual.reproduced >= languages.LEAST_REPRODUCED["german"][from_female]
    assert actual.exact >= (0.94 if from_female else 0.97)


@pytest.fixture(scope="module")
def swap():
    return make_generator(GeneratorSpec(method="substitution", terms="identity_de"))


def texts_of(swap, text, category):
    return [one.text for one in swap.generate([text])[0] if category in one.categories]


@pytest.mark.parametrize(
    ("text", "category", "wanted"),
    [
        ("Der Jude grüßte.", "religion", "Der Muslim grüßte."),
        ("Ich sah den Juden.", "religion", "Ich sah den Muslim."),
        ("Ich half einem Muslim.", "religion", "Ich half einem Juden."),
        ("eine jüdische Familie", "religion", "eine christliche Familie"),
        ("Der Islam ist alt.", "religion", "Das Judentum ist alt."),
        ("Ein Schwarzer kam.", "race", "Ein Weißer kam."),
        ("Eine Türkin kam.", "nationality", "Eine Deutsche kam."),
        ("Ein Türke kam.", "nationality", "Ein Deutscher kam."),
        ("Mit den Behinderten", "disability", "Mit den Nichtbehinderten"),
        ("Menschen mit Behinderung", "disability", "Menschen ohne Behinderung"),
        ("Er ist bisexuell.", "sexual_orientation", "Er ist heterosexuell."),
    ],
)
def test_groups_change_in_their_case(swap, text, category, wanted):
    assert wanted in texts_of(swap, text, category)


def test_groups_of_things_are_left_alone(swap):
    assert swap.generate(["türkischer Tee und polnisches Bier"])[0] == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Herr Schneider rief Frau Koch an.", "Frau Schneider rief Herrn Koch an."),
        ("Meine Damen und Herren", "Meine Herren und Damen"),
        ("Man soll Leute nicht Studentin nennen.", "Man soll Leute nicht Student nennen."),
        ("Ich half der Lehrerin und Studentin.", "Ich half dem Lehrer und Studenten."),
        ("Ich sah Frau Koch.", "Ich sah Herrn Koch."),
        ("Schwule Männer", "Lesbische Frauen"),
        ("bei der Ärztin", "beim Arzt"),
        ("von dem Arzt, der dort wohnt", "von der Ärztin, die dort wohnt"),
        ("zur Nachbarin", "zum Nachbarn"),
        ("der schwarze, müde Lehrer", "die schwarze, müde Lehrerin"),
        ("Einer meiner Freunde lacht.", "Eine meiner Freundinnen lacht."),
        ("Der Lehrer half der Schülerin.", "Die Lehrerin half dem Schüler."),
        ("Die Lehrer*innen streiken.", None),
        ("Die LehrerInnen streiken.", None),
        ("Die Angestellten streiken.", None),
        ("Die Person ist müde.", None),
        ("LEHRER SIND MÜDE.", "[unsure_form]"),
    ],
)
def test_swaps_of_gender(german, text, wanted):
    assert german(text) == wanted


def test_what_a_swap_records(swap):
    (made,) = swap.generate(["Der Lehrer nahm seinen Hut."])[0]
    assert made.text == "Die Lehrerin nahm ihren Hut."
    assert (made.terms, made.replacements) == (("Lehrer", "sein"), ("Lehrerin", "ihr"))
    assert (made.groups, made.replacement_groups) == (("male",), ("female",))
    assert made.spans == ((4, 10), (16, 22))
    assert {term: swap.term_keys[term][2] for term in made.terms} == {
        "Lehrer": "gender",
        "sein": "gender",
    }


def test_a_list_of_ones_own_is_declined_by_its_forms():
    rows = "Pilz,male,gender,Pilzin,m -es -e\nPilzin,female,gender,Pilz,f - -nen\n"
    terms = parse_terms(f"term,group,category,swap,form\n{rows}", "own.csv")
    assert GermanSubstitution.reads(terms)
    (made,) = GermanSubstitution(terms).generate(["Das Haus des Pilzes, und er schlief."])[0]
    assert made.text == "Das Haus der Pilzin, und er schlief."  # no pronoun is on the list
    assert not GermanSubstitution.reads(parse_terms("term,swap\nPilz,Pilzin\n", "plain.csv"))
