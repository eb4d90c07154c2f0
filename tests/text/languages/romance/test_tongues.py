"""The name of a people that means its language is left alone, whoever speaks it is not."""

from __future__ import annotations

import functools

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec

TONGUES = {
    "es": """El alemán es difícil. | El alemán es una lengua sonora. | El francés y el inglés son idiomas.
        En alemán se dice así. | La gramática del ruso asusta. | Mi alemán es malo.
        El turco se habla en Chipre. | Aprendí el chino en dos años.
        Tradujo el cuento del alemán al inglés. | Hay clases de francés. | El polaco tiene siete casos.
        Habla un alemán perfecto. | Quiero hablar alemán. | El alemán hablado es otra cosa.
        Domina el japonés. | El portugués de Brasil tiene otra pronunciación. | Entiende bien el italiano.
        El ruso se escribe con otro alfabeto. | Me cuesta el alemán. | El italiano suena bien.""",
    "pt": """O alemão é difícil. | O alemão é uma língua sonora. | O francês e o inglês são idiomas.
        Em alemão se diz assim. | A gramática do russo assusta. | Meu alemão é ruim.
        O turco fala-se em Chipre. | Aprendi o chinês em dois anos. | Traduziu o conto do alemão.
        Há aulas de francês. | O polonês tem sete casos. | Fala um alemão perfeito.
        O alemão falado é outra coisa. | Domina o japonês. | Entende bem o italiano.
        O russo se escreve com outro alfabeto. | O romeno vem do latim.""",
    "it": """Il tedesco è difficile. | Il tedesco è una lingua sonora. | Il russo e il polacco sono lingue.
        In tedesco si dice così. | La grammatica del russo spaventa. | Il mio tedesco è scarso.
        Il turco si parla a Cipro. | Ha imparato l'italiano in due anni. | Tradusse il racconto dal tedesco.
        Ci sono lezioni di spagnolo. | Il polacco ha sette casi. | Parla un tedesco perfetto.
        Il tedesco parlato è un'altra cosa. | Capisce bene l'italiano. | Il francese è facile.
        Il russo si scrive con un altro alfabeto. | Il rumeno suona dolce.""",
}
PEOPLE = {
    "es": [
        ("El alemán vive aquí.", "La alemana vive aquí."),
        ("El chino comió con nosotros.", "La china comió con nosotros."),
        ("Vi a un alemán.", "Vi a una alemana."),
        ("Odio a los alemanes.", "Odio a las alemanas."),
        ("El alemán es médico.", "La alemana es médica."),
        ("Un ruso me ayudó.", "Una rusa me ayudó."),
        ("Es profesor de alemán.", "Es profesora de alemán."),
        ("Hablé con el chino.", "Hablé con la china."),
        ("Enseñé la casa al alemán.", "Enseñé la casa a la alemana."),
        ("El alemán, que habla poco, vino.", "La alemana, que habla poco, vino."),
    ],
    "pt": [
        ("O alemão mora aqui.", "A alemã mora aqui."),
        ("Vi um alemão.", "Vi uma alemã."),
        ("O russo trabalha no banco.", "A russa trabalha no banco."),
        ("O alemão é médico.", "A alemã é médica."),
    ],
    "it": [
        ("Il tedesco vive qui.", "La tedesca vive qui."),
        ("Ho visto un tedesco.", "Ho visto una tedesca."),
        ("Il russo lavora in banca.", "La russa lavora in banca."),
        ("Il francese è arrivato.", "La francese è arrivata."),
    ],
}


@functools.cache
def generator(language, category):
    terms = f"identity_{language}"
    return make_generator(GeneratorSpec(method="substitution", terms=terms, categories=[category]))


def swapped(language, category, text):
    return [one.text or one.refused for one in generator(language, category).generate([text])[0]]


@pytest.mark.parametrize("category", ["gender", "nationality"])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        (k, s.strip())
        for k, v in TONGUES.items()
        for line in v.splitlines()
        for s in line.split("|")
    ],
)
def test_a_language_is_left_alone(language, text, category):
    assert swapped(language, category, text) == []


@pytest.mark.parametrize(
    ("language", "text", "expected"), [(k, *pair) for k, v in PEOPLE.items() for pair in v]
)
def test_its_speaker_is_swapped(language, text, expected):
    assert swapped(language, "gender", text) == [expected]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("es", "El alemán vive aquí y habla alemán.", "El español vive aquí y habla alemán."),
        ("pt", "O alemão mora aqui e fala em alemão.", "O brasileiro mora aqui e fala em alemão."),
        (
            "it",
            "Il tedesco vive qui e parla in tedesco.",
            "L'italiano vive qui e parla in tedesco.",
        ),
    ],
)
def test_beside_its_speaker_the_language_stays(language, text, expected):
    assert swapped(language, "nationality", text) == [expected]
