"""What agrees away from its noun changes where it is sure, and is refused where it is not."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("El médico está cansado.", "La médica está cansada."),
        ("La jueza fue elegida ayer.", "El juez fue elegido ayer."),
        ("El hijo del panadero es alto y guapo.", "La hija de la panadera es alta y guapa."),
        ("La profesora vive sola.", "El profesor vive solo."),
        ("Los niños y las niñas son altos.", "Las niñas y los niños son altos."),
        ("Querida amiga, hola.", "Querido amigo, hola."),
        ("El niño ha llegado.", "La niña ha llegado."),
        ("El niño está leyendo.", "La niña está leyendo."),
        ("Es obvio que el alumno sabe.", "Es obvio que la alumna sabe."),
        ("La mayoría de los médicos están hartos.", "La mayoría de las médicas están hartas."),
        ("Los actores son los más guapos.", "Las actrices son las más guapas."),
        ("El coche está roto, dijo el actor.", "El coche está roto, dijo la actriz."),
        ("El vecino llegó y lo vi.", "La vecina llegó y la vi."),
        ("El portavoz lo dijo.", "La portavoz lo dijo."),
        ("Los vecinos son unos idiotas.", "Las vecinas son unas idiotas."),
        ("Un vecino como los otros.", "Una vecina como las otras."),
        ("Los vecinos se ayudan a sí mismos.", "Las vecinas se ayudan a sí mismas."),
        ("Los niños pueden irse todos.", "Las niñas pueden irse todas."),
    ],
)
def test_predicates_and_clitics(spanish, text, wanted):
    assert spanish(text) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Los profesores son parásitos.", "unsure_agreement"),
        ("Está en la naturaleza de los médicos ser unos salvajes.", "unsure_agreement"),
        ("El vecino compró el libro y lo vi.", "unsure_pronoun"),
        ("Obviamente ese bobo era un profesor.", "unsure_agreement"),
        ("La médico salió.", "unsure_form"),
        ("Un médicos salió.", "unsure_form"),
        ("Conocíaquellos amigos.", "unsure_form"),
        ("La mayoría de los médicos es simpático.", "unsure_agreement"),
        ("Nadie es tan listo como los médicos.", "unsure_agreement"),
        ("Insultar un vecino debería ser prohibido.", "unsure_agreement"),
        ("Hay que tratar a las vecinas de perezosas.", "unsure_agreement"),
        ("La vecina es t0nta.", "unsure_agreement"),
        ("Ninguna es tan alta, y las vecinas lo saben.", "unsure_agreement"),
        ("Las vecinas son unas salvajes.", "unsure_agreement"),
        ("Los vecinos vieron a los otros.", "unsure_agreement"),
    ],
)
def test_what_may_agree_with_another_word_is_refused(spanish, text, reason):
    assert spanish(text) == f"[{reason}]"
