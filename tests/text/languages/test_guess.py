"""A text in another language than its list's is refused, and no other text is."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.languages.guess import NAMES, guessed_language, other_language

TEXTS = {
    "en": "She told him that they were not at the house when it was sold.",
    "de": "Sie sagte ihm, dass das Haus nicht mehr zu verkaufen ist.",
    "es": "Ella le dijo que la casa ya no está en venta porque es muy vieja.",
    "fr": "Elle lui a dit que la maison est déjà vendue et qu'il ne vient pas avec nous.",
    "it": "Lei gli ha detto che la casa è già stata venduta e non sono contento della cosa.",
    "pt": "Ela disse que a casa não está mais à venda e que ele não pode ficar com os livros.",
    "nl": "Ze zei tegen hem dat het huis niet meer te koop is en dat hij naar huis moet.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_each_language_is_told_by_its_common_words(language):
    assert guessed_language(TEXTS[language]) == language
    assert other_language(TEXTS[language], language) == ""
    assert set(NAMES) == set(TEXTS)


def test_words_that_two_languages_share_make_a_text_of_neither_another():
    assert other_language("Un uomo entra in un bar e chiede alla cameriera un caffè.", "it") == ""


@pytest.mark.parametrize("text", ["", "ok", "Die Antwort", "she said die", "123 !!!"])
def test_a_short_text_is_of_no_language(text):
    assert guessed_language(text) == ""
    assert all(other_language(text, language) == "" for language in TEXTS)


def test_a_region_does_not_matter_and_an_unknown_language_has_no_other():
    assert other_language(TEXTS["en"], "de-AT") == "en"
    assert other_language(TEXTS["en"], "en_GB") == ""
    assert other_language(TEXTS["en"], "sw") == ""


def test_an_english_list_refuses_a_german_text_and_not_half_of_it():
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity"))
    text = "Das ist der Song von Cher, und ich habe ihn mit dem Lied her verglichen."
    assert [one.refused for one in swap.generate([text])[0]] == ["other_language"]
    (made,) = swap.generate(["Her book is in the car that I was in."])[0]
    assert (made.text, made.refused) == ("His book is in the car that I was in.", "")


def test_real_english_texts_are_hardly_ever_taken_for_another(real_data):
    import pyarrow.parquet as pq

    texts = pq.read_table(real_data / "edos_sexism.parquet", columns=["comment_text"])
    sample = texts["comment_text"].to_pylist()[::10]
    others = [text for text in sample if other_language(text, "en")]
    assert len(sample) == 2000
    assert len(others) <= 2
