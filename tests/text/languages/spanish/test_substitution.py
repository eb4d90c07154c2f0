"""Spanish swaps: phrases, groups, what is left alone."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.languages.spanish.substitution import SpanishSubstitution
from fairflip.text.terms import parse_terms


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hablé con el nuevo vecino.", "Hablé con la nueva vecina."),
        ("la firma de la directora", "la firma del director"),
        ("Vi a la cantante.", "Vi al cantante."),
        ("Algún alumno lo sabe.", "Alguna alumna lo sabe."),
        ("Ninguna vecina vino.", "Ningún vecino vino."),
        ("una de las testigos", "uno de los testigos"),
        ("todos los demás actores", "todas las demás actrices"),
        ("el joven profesor", "la joven profesora"),
        ("Mi mujer canta.", "Mi marido canta."),
        ("la mujer a la que vi", "el hombre al que vi"),
        ("Ella es bajista.", "Él es bajista."),
        ("dos turistas alemanes", "dos turistas alemanas"),
        ("el coche negro", None),
        ("La música suena.", None),
        ("Una música tocó.", "Un músico tocó."),
        ("Mi colega llegó.", None),
        ("La persona llegó.", None),
    ],
)
def test_phrases(spanish, text, wanted):
    assert spanish(text) == wanted


@pytest.mark.parametrize(
    ("text", "category", "wanted"),
    [
        ("El judío rezaba.", "religion", "El musulmán rezaba."),
        ("una familia musulmana", "religion", "una familia cristiana"),
        ("las personas negras", "race", "las personas blancas"),
        ("Los marroquíes llegaron.", "nationality", "Los españoles llegaron."),
        ("Es homosexual.", "sexual_orientation", "Es heterosexual."),
        ("personas con discapacidad", "disability", "personas sin discapacidad"),
    ],
)
def test_groups_keep_gender_and_number(text, category, wanted):
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity_es"))
    made = [one for one in swap.generate([text])[0] if category in one.categories]
    assert wanted in [one.text for one in made]


def test_groups_of_things_are_left_alone():
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity_es"))
    assert swap.generate(["vino español y un coche negro"])[0] == []


def test_a_list_of_ones_own():
    rows = "druida,male,gender,druidesa,m\ndruidesa,female,gender,druida,f\n"
    terms = parse_terms(f"term,group,category,swap,form\n{rows}", "own.csv")
    assert SpanishSubstitution.reads(terms)
    (made,) = SpanishSubstitution(terms).generate(["El druida está cansado."])[0]
    assert made.text == "La druidesa está cansada."
    assert (made.terms, made.groups) == (("druida",), ("male",))
    assert not SpanishSubstitution.reads(parse_terms("term,swap\na,b\n", "plain.csv"))
