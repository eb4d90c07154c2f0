"""Which language a text is in, as far as its commonest words tell.

Words that are common in one language and none in the others are counted. A short text, or one
without such words, is of no known language, and stays with its list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairflip.text.counterfactual import Counterfactual, Generator
from fairflip.text.languages.tokens import word_set

OTHER_LANGUAGE = "other_language"


# The commonest words of each, without those that are common words of another one here.
_COMMON = {
    "en": word_set(
        """the and of to is that it you was for are with as his they be at this have from had but
        not what all were when we there can your which their if do will about them would him been
        has more who my she he i how its our out than into just like because should could"""
    ),
    "de": word_set(
        """der die das und ist ich nicht sie es ein eine zu mit den dem auf für im sich auch als wie
        aber nach bei aus wenn nur noch wird sind hat haben wir ihr wurde von dass oder einen einem
        einer kein keine mein meine sein seine war über vor zum zur sehr immer schon hier"""
    ),
    "es": word_set(
        """el los las que y en un una por con para está como pero sus muy sin sobre también hay
        fue este esta ya más porque cuando ella eso todos ser son tiene yo mi lo le del al se nos
        han qué esto hasta donde quien desde todo nada estoy eres usted ellos"""
    ),
    "fr": word_set(
        """le les des et une est dans que qui pour pas sur avec ce il elle je vous nous mais au aux
        plus sont cette ses son sa être fait leur tout comme même ont était très aussi c'est n'est
        j'ai d'une qu'il chez sans où mon ils elles leurs tous deux
        après peut suis avait donc lui un ma"""
    ),
    "it": word_set(
        """un una lo del al il gli che di è per non sono con della nel anche come più ma
        questo questa sua suo ho hai mi si ci loro dei delle alla essere stato molto perché
        quando tutti io cosa sei lei lui degli fatto ancora c'è"""
    ),
    "pt": word_set(
        """não uma os as um do da dos das que é em para com mais mas ele ela foi ao seu sua ou
        muito nos já eu também só pelo pela até isso você são quando esse essa meu minha está
        tem nas às"""
    ),
    "nl": word_set(
        """het een van dat niet zijn op te hij ze met voor maar ik ook aan naar door werd heeft deze
        dit je wat worden geen nog wel bij uit hun over hebben kan moet omdat jullie wij"""
    ),
}
#: How each language is called in a sentence.
NAMES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LEAST_WORDS = 3


def guessed_language(text: str) -> str:
    """The language of a text, such as "de"; "" where its common words do not tell.

    >>> guessed_language("Der Mann ist mit dem Hund im Park.")
    'de'
    >>> guessed_language("ok")
    ''
    """
    counts = _counts(text)
    best = max(counts, key=counts.__getitem__)
    others = max(count for language, count in counts.items() if language != best)
    return best if counts[best] >= _LEAST_WORDS and counts[best] > 1.5 * others else ""


def other_language(text: str, language: str) -> str:
    """The language of a text that is clearly in another than `language`; "" for all others.

    Args:
        text: The text.
        language: Such as "de" or "de-AT"; one that is not known here has no other.
    """
    own = primary(language)
    if own not in _COMMON:
        return ""
    counts = _counts(text)
    best = max(counts, key=counts.__getitem__)
    if best == own or counts[best] < _LEAST_WORDS or counts[best] <= 2 * counts[own]:
        return ""
    return best


def primary(language: str) -> str:
    """A language without its region: "de" for "de-AT"."""
    return language.lower().replace("_", "-").split("-")[0]


def _counts(text: str) -> dict[str, int]:
    words = _WORD.findall(text.lower())
    return {language: sum(word in common for word in words) for language, common in _COMMON.items()}


class OnlyInLanguage:
    """A generator that refuses texts in another language than its list's."""

    def __init__(self, generator: Generator, language: str):
        """Takes the generator and the language of its list, such as "en"."""
        self._generator = generator
        self._language = language
        self.term_keys = getattr(generator, "term_keys", {})

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; of one in another language, each of them refused."""
        return [
            _refused(made) if made and other_language(text, self._language) else made
            for text, made in zip(texts, self._generator.generate(texts), strict=True)
        ]


def _refused(made: list[Counterfactual]) -> list[Counterfactual]:
    return [
        one._replace(text="", replacements=("",) * len(one.terms), refused=OTHER_LANGUAGE)
        for one in made[:1]
    ]
