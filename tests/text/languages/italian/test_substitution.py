"""Italian swaps: elision, articles, participles, pronouns, groups, what is left alone."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("L'attore dorme.", "L'attrice dorme."),
        ("L’attore dorme.", "L’attrice dorme."),
        ("L'UOMO DORME.", "LA DONNA DORME."),
        ("la casa dell'uomo", "la casa della donna"),
        ("Ho visto la donna.", "Ho visto l'uomo."),
        ("Un'amica canta.", "Un amico canta."),
        ("Uno studente studia.", "Una studentessa studia."),
        ("gli zii di Marta", "le zie di Marta"),
        ("La studentessa parla agli psicologi.", "Lo studente parla alle psicologhe."),
        ("i miei due fratelli", "le mie due sorelle"),
        ("tutti gli altri alunni", "tutte le altre alunne"),
        ("uno degli attori", "una delle attrici"),
        ("Il signor Rossi canta.", "La signora Rossi canta."),
        ("La signora Rossi canta.", "Il signor Rossi canta."),
        ("La signora canta.", "Il signore canta."),
        ("Gli alunni sono stati premiati.", "Le alunne sono state premiate."),
        ("La giornalista è stanca.", "Il giornalista è stanco."),
        ("I giornalisti sono simpatici.", "Le giornaliste sono simpatiche."),
        ("Ho incontrato il vicino e gli ho parlato.", "Ho incontrato la vicina e le ho parlato."),
        ("Ho incontrato la vicina e l'ho salutata.", "Ho incontrato il vicino e l'ho salutato."),
        ("Lui canta e parlo con lei.", "Lei canta e parlo con lui."),
        ("Signore, Le scrivo perché Lei lo sa.", "Signora, Le scrivo perché Lei lo sa."),
        ("I re dormono.", "Le regine dormono."),
        ("La trans canta con i trans.", "Il trans canta con le trans."),
        ("L'artista dorme.", None),
        ("La persona dorme.", None),
        ("La musica suona.", None),
        ("Il medico è un mostro, e i vicini sono dei mostri.", "[unsure_agreement]"),
        ("I vicini hanno visto la t0nta, sono t0nti.", "[unsure_agreement]"),
        ("Il vicini dorme.", "[unsure_form]"),
        ("La ragazza prende le scarpe e le mette.", "[unsure_pronoun]"),
    ],
)
def test_swaps_of_gender(italian, text, wanted):
    assert italian(text) == wanted


@pytest.mark.parametrize(
    ("text", "category", "wanted"),
    [
        ("L'ebreo pregava.", "religion", "Il musulmano pregava."),
        ("la famiglia dell'ebrea", "religion", "la famiglia della cristiana"),
        ("Il musulmano pregava.", "religion", "L'ebreo pregava."),
        ("Un'albanese canta.", "nationality", "Un'italiana canta."),
        ("Gli albanesi cantano.", "nationality", "Gli italiani cantano."),
        ("le persone nere", "race", "le persone bianche"),
        ("Odio i gay.", "sexual_orientation", "Odio gli eterosessuali."),
        ("Un gay canta.", "sexual_orientation", "Un eterosessuale canta."),
        ("È omosessuale.", "sexual_orientation", "È eterosessuale."),
        ("Persone con disabilità", "disability", "Persone senza disabilità"),
    ],
)
def test_groups_keep_gender_and_number(text, category, wanted):
    swap = make_generator(GeneratorSpec(method="substitution", language="it"))
    made = [one for one in swap.generate([text])[0] if category in one.categories]
    assert wanted in [one.text for one in made]


def test_groups_of_things_are_left_alone():
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity_it"))
    assert swap.generate(["vino francese e una macchina nera"])[0] == []
