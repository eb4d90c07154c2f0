"""What a French word is beside its neighbours: "la" is an article or a pronoun, "il" is nobody.

A token keeps its place and its text; its `lower` becomes the reading. A reading that no table of
another word has ends in "*" ("la*" is the pronoun), the plural of a word that has one form for
both numbers in "+" ("heureux+"), and "mon'" is "mon" before a vowel, which says no gender.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fairflip.text.languages.french import words
from fairflip.text.languages.french.forms import (
    OF_BOTH_NUMBERS,
    PLURAL,
    adjective,
    begins_with_vowel,
    determiner,
)
from fairflip.text.languages.french.neighbours import (
    AUXILIARIES,
    ELIDED,
    OPENS_PLURAL,
    is_infinitive,
    word_after,
    word_before,
)
from fairflip.text.languages.french.pronouns import read_elle, read_il, read_leur, read_lui
from fairflip.text.languages.tokens import Token, word_set

_ATTACHED = re.compile(
    r"^(.+?)-(?:t-)?(il|elle|ils|elles|on|je|tu|nous|vous|lui|leur|le|la|les|moi|toi|y|en|ce|ci|là)$",
    re.IGNORECASE,
)
_PREFIXED = re.compile("^(ex)-(.+)$", re.IGNORECASE)
_TITLE = "m"
_BEHIND_CE = word_set(
    "est sont était étaient sera seront serait seraient fut furent soit ne qui que dont"
)
_BEFORE_COPULA = (words.ADVERBS - {"que"}) | word_set(
    "ne me te se lui leur y en le= doit devrait devait peut pourrait pouvait va allait"
)
_NO_NUMBER = word_set("été être étant avoir ayant eu devenir rester sembler paraître demeurer")
_BEFORE_DEATH = word_set("la une sa ma ta leur cette de à et")
_NOBODY = word_set("ce* il* cela ça ceci tout personne quelqu'un rien quiconque")
_BEFORE_NOUN = word_set(
    "de à en par avec sans belle bonne nouvelle grande petite première dernière"
)
_BOTH = [["les", number] for number in ("deux", "trois", "quatre")]
_NO_OBJECT = word_set("dit demandé parlé rendu permis plu promis souvenu fait laissé imaginé")


def read(tokens: list[Token]) -> list[Token]:
    """The words of a text with their readings.

    Args:
        tokens: The words as `tokens_of` gives them, with the elided ones by themselves.

    Returns:
        The same words; what a hyphen joined ("dit-elle", "ex-mari") stands apart.
    """
    parted = _parted(tokens)
    for place in range(len(parted)):
        token = parted[place]
        lower = token.lower
        reader = _READERS.get(lower)
        if reader is not None:
            new = reader(parted, place)
        elif lower in OF_BOTH_NUMBERS:
            new = lower + (PLURAL if _is_plural(parted, place) else "")
        else:
            continue
        if new != parted[place].lower:
            parted[place] = parted[place]._replace(lower=new)
    return parted


def _parted(tokens: list[Token]) -> list[Token]:
    parted: list[Token] = []
    for place, token in enumerate(tokens):
        if token.lower == _TITLE and token.is_capital and place + 1 < len(tokens):
            after = tokens[place + 1]
            if after.gap == ". " and after.is_capital:
                parted.append(token._replace(lower="m.", end=token.end + 1))
                tokens[place + 1] = after._replace(gap=" ")
                continue
        if "-" not in token.text:
            parted.append(token)
            continue
        cut = _ATTACHED.match(token.text) or _PREFIXED.match(token.text)
        if cut is None:
            parted.append(token)
            continue
        (first, second), begin = cut.groups(), token.start + cut.start(2)
        end = token.start + cut.end(1)
        parted.append(Token(first, first.lower(), token.start, end, token.gap))
        gap = token.text[cut.end(1) : cut.start(2)]
        parted.append(Token(second, second.lower(), begin, token.end, gap))
    return parted


def _is_plural(tokens: Sequence[Token], place: int) -> bool:
    """Whether a word that has one form for both numbers is in the plural."""
    at = place - 1
    while at >= 0 and not tokens[at + 1].begins_clause and at > place - 7:
        word = tokens[at].lower
        one = determiner(word)
        if one is not None:
            return one.number == "p"
        if word in OPENS_PLURAL or word in _NUMBERS:
            return True
        if (word in AUXILIARIES or word in words.SECONDARY) and word not in _NO_NUMBER:
            return word.endswith(("nt", "mes", "ez", "tes"))
        if word in ("il", "elle", "je", "tu", "on"):
            return False
        at -= 1
    after = tokens[place + 1].lower if place + 1 < len(tokens) else ""
    return tokens[place].begins_sentence and after.endswith("s")


_NUMBERS = word_set(
    "deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente cent cents mille"
)


def _elided(tokens: list[Token], place: int) -> str:
    word = tokens[place].lower
    after = tokens[place + 1].lower if place + 1 < len(tokens) else ""
    if word == "s'" and after in ("il", "ils"):
        return "si"
    if word == "c'":
        return "ce*"
    return ELIDED[word]


def _possessive(tokens: list[Token], place: int) -> str:
    word = tokens[place].lower
    return f"{word}'" if begins_with_vowel(word_after(tokens, place)) else word


def _ce(tokens: list[Token], place: int) -> str:
    is_point = word_before(tokens, place) == "ainsi*"
    is_pronoun = tokens[place].gap == "-" or word_after(tokens, place) in _BEHIND_CE
    return "ainsi*" if is_point else "ce*" if is_pronoun else "ce"


def _object(tokens: list[Token], place: int) -> str:
    """An article, or a pronoun before a verb: "je la vois", "pour les aider"."""
    word, before, after = tokens[place].lower, word_before(tokens, place), word_after(tokens, place)
    if before == "ainsi*" and word == "la":
        return word
    if tokens[place].gap == "-":
        return f"{word}*"
    if word == "le" and before in words.SUBJECTS and after in words.COPULAS:
        return "le="  # "il ne le sera pas": what was said
    is_verb = is_infinitive(after) or after in AUXILIARIES or after in words.FINITE_WORDS
    if word == "l'":
        is_object = after in words.HAVE or (before in words.SUBJECTS and bool(after))
        return "l'*" if is_object else word
    if before in words.SUBJECTS or before == "qui" or before in ("elle", "elles", "ce*"):
        return f"{word}*"
    if before in ("de", "à") and word in ("le", "les"):
        return f"{word}*"
    if before in ("nous", "vous") and is_verb:
        return f"{word}*"
    return f"{word}*" if is_infinitive(after) else word


def _des(tokens: list[Token], place: int) -> str:
    """Reads "des*" as an article of its own, "des" with a preposition: "la mère des voisins"."""
    at = 1
    while word_before(tokens, place, at) in words.ADVERBS | {"tous", "toutes"}:
        at += 1
    before = word_before(tokens, place, at).removesuffix("*")
    alone = words.PREPOSITIONS | AUXILIARIES | words.FINITE_WORDS | {"", "comme", "que"}
    return "des*" if before in alone else "des"


def _de(tokens: list[Token], place: int) -> str:
    """Reads "de*" as an article before an adjective of the plural: "ce sont de vrais amis"."""
    at = 1
    while word_before(tokens, place, at) in words.ADVERBS | {"tous", "toutes"}:
        at += 1
    before = word_before(tokens, place, at).removesuffix("*")
    if (before not in words.COPULAS and before != "que") or word_before(tokens, place) == "plus":
        return "de"
    after = word_after(tokens, place)
    if after in OF_BOTH_NUMBERS:
        return "de*"
    one = adjective(after)
    is_plural = one is not None and one.number == "p"
    return "de*" if is_plural or (after in words.INVARIANT and after.endswith("s")) else "de"


def _copula(tokens: list[Token], place: int) -> str:
    """A copula; with "*" where its subject is "ce" or an "il" that means nobody."""
    word, at = tokens[place].lower, place
    if word == "été" and not any(word_before(tokens, place, by) in words.HAVE for by in (1, 2, 3)):
        return "été*"
    if at + 1 < len(tokens) and tokens[at + 1].lower == "ce" and tokens[at + 1].gap == "-":
        return f"{word}*"
    if word == "être" and word_before(tokens, place) in words.PREPOSITIONS:
        by = 1
        while before := word_before(tokens, place, by):
            if before == "ce*":
                return "être*"  # "c'est trop beau pour être vrai"
            is_said = before.endswith("*") or before in words.ADVERBS | words.PREPOSITIONS
            if not is_said and adjective(before) is None:
                break
            by += 1
    if word_before(tokens, place) == "se":
        _mark_object(tokens, place)
    while at and not tokens[at].begins_clause:
        before = tokens[at - 1].lower
        if before == "qui" and word_before(tokens, at, 2) == "ce*":
            return f"{word}*"
        if before in _NOBODY and determiner(word_before(tokens, at - 1)) is None:
            return f"{word}*"  # "c'est", "personne n'est"
        if before not in _BEFORE_COPULA and before.removesuffix("*") not in AUXILIARIES:
            break
        at -= 1
    return word


def _mark_object(tokens: list[Token], place: int) -> None:
    """Marks a participle that agrees with nobody: "elle s'est lavé les mains", "s'est dit"."""
    at = place + 1
    while at < len(tokens) and tokens[at].lower in words.ADVERBS:
        at += 1
    if at >= len(tokens) or tokens[at].begins_clause:
        return
    word, after = tokens[at].lower, word_after(tokens, at)
    has_object = determiner(after) is not None and after not in ("du", "des", "au", "aux")
    if (word in _NO_OBJECT and adjective(after) is None) or (has_object and word.endswith("é")):
        tokens[at] = tokens[at]._replace(lower=f"{word}*")


def _everybody(tokens: list[Token], place: int) -> str:
    """Reads "tous les deux" as "tous" of its own, with an adverb."""
    if [token.lower for token in tokens[place + 1 : place + 3]] in _BOTH:
        for at in (place + 1, place + 2):
            tokens[at] = tokens[at]._replace(lower="ainsi*")
    return tokens[place].lower


def _noun_like(tokens: list[Token], place: int) -> str:
    """Reads "venue*" as a noun behind an article or preposition: "la venue du roi"."""
    word, before = tokens[place].lower, word_before(tokens, place)
    is_noun = determiner(before) is not None or before in _BEFORE_NOUN
    return f"{word}*" if is_noun and before != "toutes" else word


def _colour(tokens: list[Token], place: int) -> str:
    """Reads "noir*" in "en noir", which is no person."""
    word = tokens[place].lower
    return f"{word}*" if word_before(tokens, place) in ("en", "de") else word


def _human(tokens: list[Token], place: int) -> str:
    """Reads "homme*" in "les droits de l'homme", which are everybody's."""
    before = [word_before(tokens, place, by) for by in (3, 2, 1)]
    return "homme*" if before == ["droits", "de", "l'"] else "homme"


def _abroad(tokens: list[Token], place: int) -> str:
    """Reads "étranger*" in "à l'étranger", which is a place."""
    is_place = word_before(tokens, place) == "l'" and word_before(tokens, place, 2) in ("à", "de")
    return "étranger*" if is_place else "étranger"


def _like_participle(tokens: list[Token], place: int) -> str:
    """A verb that is a participle, too, is one behind an auxiliary alone."""
    word = tokens[place].lower
    is_self = word in ("fait", "dit") and word_before(tokens, place) == "se"
    if is_self and adjective(word_after(tokens, place)) is not None:
        return "devient"  # "elle se fait vieille", "il se dit content"
    for by in (1, 2, 3):
        before = word_before(tokens, place, by).removesuffix("*")
        if before in AUXILIARIES:
            return word
        if before not in words.ADVERBS and before not in ("tous", "toutes"):
            break
    return f"{word}*"


def _all(tokens: list[Token], place: int) -> str:
    """Reads "tout*" before an adjective: "toute contente"."""
    after = word_after(tokens, place)
    before = word_before(tokens, place)
    is_adverb = before in words.COPULAS or before in words.SECONDARY or before in words.ADVERBS
    one = adjective(after) if is_adverb else None
    return f"{tokens[place].lower}*" if one is not None else tokens[place].lower


def _phrase(tokens: list[Token], place: int) -> bool:
    """Marks the words of an adverb in several words; whether one begins at a place."""
    for phrase in words.PHRASES.get(tokens[place].lower, ()):
        here = tokens[place : place + len(phrase)]
        if tuple(token.lower for token in here) == phrase and not any(
            token.begins_clause for token in here[1:]
        ):
            for at in range(place, place + len(phrase)):
                tokens[at] = tokens[at]._replace(lower="ainsi*")
            return True
    return False


def _with_phrase(
    reader: Callable[[list[Token], int], str] | None,
) -> Callable[[list[Token], int], str]:
    def read_one(tokens: list[Token], place: int) -> str:
        if _phrase(tokens, place):
            return "ainsi*"
        return reader(tokens, place) if reader is not None else tokens[place].lower

    return read_one


def _air(tokens: list[Token], place: int) -> str:
    """Reads "avoir l'air" as a copula."""
    is_looks = (
        word_before(tokens, place).rstrip("*") == "l'"
        and word_before(tokens, place, 2) in words.HAVE
    )
    return "air*" if is_looks else "air"


def _dead(tokens: list[Token], place: int) -> str:
    """Reads "mort*" as the noun behind an article or preposition: "la mort", "de mort"."""
    return "mort*" if word_before(tokens, place) in _BEFORE_DEATH or not place else "mort"


_READERS: dict[str, Callable[[list[Token], int], str]] = {
    **dict.fromkeys(ELIDED, _elided),
    **dict.fromkeys(("mon", "ton", "son"), _possessive),
    **dict.fromkeys(("le", "la", "les", "l'"), _object),
    **dict.fromkeys(("elle", "elles"), read_elle),
    **dict.fromkeys(("il", "ils"), read_il),
    **dict.fromkeys(words.COPULAS, _copula),
    **dict.fromkeys(words.LIKE_PARTICIPLES, _like_participle),
    **dict.fromkeys(words.NOUN_PARTICIPLES, _noun_like),
    **dict.fromkeys(("noir", "blanc"), _colour),
    **dict.fromkeys(("tout", "toute"), _all),
    "air": _air,
    "homme": _human,
    "étranger": _abroad,
    "tous": _everybody,
    "toutes": _everybody,
    "mort": _dead,
    "ce": _ce,
    "lui": read_lui,
    "leur": read_leur,
    "des": _des,
    "de": _de,
}
_READERS |= {first: _with_phrase(_READERS.get(first)) for first in words.PHRASES}
