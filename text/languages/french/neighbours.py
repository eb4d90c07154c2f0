"""The words beside a French word, and what is an infinitive."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairflip.text.languages.french import words
from fairflip.text.languages.tokens import Token, word_set

#: Elided words, as they are before a consonant.
ELIDED = {
    "d'": "de",
    "qu'": "que",
    "n'": "ne",
    "j'": "je",
    "m'": "me",
    "t'": "te",
    "s'": "se",
    "c'": "ce",
    "jusqu'": "jusque",
    "lorsqu'": "lorsque",
    "puisqu'": "puisque",
    "quoiqu'": "quoique",
}
#: An infinitive by its ending; of those in -ier and -re, which are mostly nouns, those of a list.
INFINITIVE = re.compile(
    f"^(?!(?:{'|'.join(sorted(words.LIKE_INFINITIVES))})$).*"
    "(?:ir|[^i]er|(?:pr|r|v|att|ent|déf)endre|perdre|(?:m|b)attre|mettre|aître|vivre|suivre"
    "|(?<![a-zé])dire|redire|interdire|maudire|(?<![a-zé])lire|(?<![af])faire|croire|boire|uire"
    "|crire|[aeo]indre|pondre|rompre|vaincre)$"
    f"|^(?:dire|lire|faire|rire|être|avoir|{'|'.join(sorted(words.INFINITIVES_IN_IER))})$"
)
AUXILIARIES = words.COPULAS | words.HAVE
#: Pronouns and copulas of the plural.
OPENS_PLURAL = word_set(
    "ils elles eux nous vous sont étaient furent seront seraient soient fussent"
)


def word_before(tokens: Sequence[Token], place: int, by: int = 1) -> str:
    """The reading of the word before one in its clause; "" where none is."""
    if place < by or any(tokens[p].begins_clause for p in range(place - by + 1, place + 1)):
        return ""
    return tokens[place - by].lower


def word_after(tokens: Sequence[Token], place: int) -> str:
    """The word after one in its clause, not elided; "" where none is."""
    if place + 1 >= len(tokens) or tokens[place + 1].begins_clause:
        return ""
    lower = tokens[place + 1].lower
    return ELIDED.get(lower, lower)


def is_infinitive(word: str) -> bool:
    """Whether a word is an infinitive, as far as its ending tells."""
    return INFINITIVE.search(word) is not None
