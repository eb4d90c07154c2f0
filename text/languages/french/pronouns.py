"""What "il", "elle", "lui" and "leur" mean: a person, a thing or nobody, with a verb or without.

A reading that ends in "*" is another word than its spelling, one in "!" is a person whatever was
named before, and one in "?" is open.
"""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.french import words
from fairflip.text.languages.french.neighbours import (
    ELIDED,
    OPENS_PLURAL,
    is_infinitive,
    word_after,
    word_before,
)
from fairflip.text.languages.tokens import Token, word_set

_OF_ABSENCE = word_set("ne me te se lui leur y en nous vous le* la* les* lui* leur*")
_BEHIND_STRESSED = word_set("aussi qui non seul seule seuls seules même et ou")
_STRESSING = word_set("que comme et ou ni mais est* sont* était* étaient* sera* c'est est sont")
_HAPPENS = word_set("que qu' de d' un une des deux trois mieux pas plus du quelques")
_PLEASE = [[who, please] for who in ("vous", "te") for please in ("plaît", "plait")]
_WEATHER = word_set("chaud froid beau nuit jour noir mauvais")
_TIMES = word_set("temps midi minuit tard tôt question")


def read_il(tokens: list[Token], place: int) -> str:
    """Reads "il*" where it means nobody, "il!" where surely a person, "il?" where that is open."""
    at = place + 1
    word = tokens[place].lower
    if [token.lower for token in tokens[place + 1 : place + 3]] in _PLEASE:
        return f"{word}*"
    if tokens[place].gap.startswith("-"):  # "est-il"
        is_nobody = word in ("il", "ils") and _is_nobody(tokens, place)
        return f"{word}*" if is_nobody else _of_person(tokens, place, place - 1)
    while at < len(tokens) and ELIDED.get(tokens[at].lower, tokens[at].lower) in _OF_ABSENCE:
        at += 1
    if at >= len(tokens):
        return word
    verb, behind = tokens[at].lower, at + 1
    if word == "il":
        if verb in ("a", "avait", "aura", "aurait", "eut", "ait") and tokens[at - 1].lower == "y":
            return "il*"
        if verb in words.MODALS and _is_of_clause_later(tokens, at):
            return "il*"
        complement = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        if verb in words.IMPERSONAL or (verb in words.IMPERSONAL_BEFORE and complement in _HAPPENS):
            return "il*"
        if _is_of_clause(tokens, at, behind):
            return "il*"
        complement, after = (
            tokens[p].lower if p < len(tokens) else "" for p in (behind, behind + 1)
        )
        if (
            verb in words.COPULAS
            and complement in words.OF_BOTH
            and ELIDED.get(after, after) == "que"
        ):
            return "il?"  # "il est sûr que"
    return _of_person(tokens, place, at)


def _is_nobody(tokens: Sequence[Token], place: int) -> bool:
    """Whether an "il" behind its verb means nobody: "y a-t-il", "cela montre-t-il"."""
    if _is_of_clause(tokens, place - 1, place + 1):
        return True
    at = place - 1
    if word_before(tokens, at) == "y":
        return True
    while at >= 0 and not tokens[at].begins_clause:
        at -= 1
    named = {token.lower for token in tokens[max(at, 0) : place]}
    return not (words.EPICENE | {"cela", "ça", "ceci"}).isdisjoint(named)


def _is_of_clause_later(tokens: Sequence[Token], modal: int) -> bool:
    """Whether a modal verb has such an infinitive: "il doit y avoir", "il devrait être clair"."""
    for at in range(modal + 1, min(modal + 4, len(tokens))):
        word = tokens[at].lower
        if word in ("falloir", "pleuvoir") or (word == "avoir" and tokens[at - 1].lower == "y"):
            return True
        if word == "être":
            return _is_of_clause(tokens, at, at + 1)
    return False


def _is_of_clause(tokens: Sequence[Token], verb: int, at: int) -> bool:
    """Whether a copula says something of a clause or of the time: "il est clair que"."""
    word = tokens[verb].lower if verb >= 0 else ""
    if word not in words.COPULAS and word != "fait":
        return False
    if at < len(tokens) and tokens[at].lower in _TIMES:
        return True
    is_compared = False
    while at < len(tokens) and tokens[at].lower in words.ADVERBS:
        is_compared |= tokens[at].lower in ("plus", "moins", "aussi", "si")
        at += 1
    complement, after = (tokens[p].lower if p < len(tokens) else "" for p in (at, at + 1))
    if word == "fait":
        return complement in _WEATHER
    links = ("de", "pour") if is_compared else ("de", "que", "pour")
    is_linked = complement in words.OF_CLAUSES and ELIDED.get(after, after) in links
    return is_linked or complement in _TIMES or after in ("heure", "heures")


def _of_person(tokens: Sequence[Token], place: int, verb: int) -> str:
    word = tokens[place].lower
    if verb < 0:
        return word
    at = verb
    if tokens[at].lower in words.HAVE:
        at += 1
        while at < len(tokens) and tokens[at].lower in words.ADVERBS:
            at += 1
    of_persons = words.OF_PERSONS if at == verb else words.DONE_BY_PERSONS
    is_person = at < len(tokens) and tokens[at].lower in of_persons
    return f"{word}!" if is_person else word


def read_lui(tokens: list[Token], place: int) -> str:
    """Reads "lui*" before a verb, where it is "to him" and "to her"."""
    before, after = word_before(tokens, place), word_after(tokens, place)
    if tokens[place].gap == "-":
        return "lui*"
    if before.endswith("*") and before.rstrip("*") in words.COPULAS:
        return "lui"
    if before in words.PREPOSITIONS:
        return "lui*" if is_infinitive(after) or after in ("en", "y") else "lui"
    if before in _STRESSING and (not after or after in _BEHIND_STRESSED):
        return "lui"
    if before in words.JOINS and after in OPENS_PLURAL:
        return "lui"  # "elle et lui sont"
    if not before and (tokens[place].begins_sentence or not after or after in _BEHIND_STRESSED):
        return "lui"
    return "lui*"


def read_elle(tokens: list[Token], place: int) -> str:
    """Reads "elle*" without a verb, where it is "lui" or "eux" in the masculine."""
    word = tokens[place].lower
    if tokens[place].gap.startswith("-"):
        return _of_person(tokens, place, place - 1)
    before, after = word_before(tokens, place), word_after(tokens, place)
    if before == "comme" and after and after not in _BEHIND_STRESSED:
        return f"{word}?"  # "les femmes comme elles sont", "comme elle est venue"
    if before.endswith("*") and before.rstrip("*") in words.COPULAS:
        return f"{word}*"  # "c'est elle"
    if word == "elle" and before in words.JOINS and after in OPENS_PLURAL:
        return f"{word}*"  # "lui et elle sont"
    is_stressed = before in words.PREPOSITIONS and before not in ("après", "avant", "pendant")
    if is_stressed or not after or (after in _BEHIND_STRESSED and before not in words.SUBJECTS):
        return f"{word}*"
    return read_il(tokens, place)


def read_leur(tokens: list[Token], place: int) -> str:
    """Reads "leur*" before a verb, where it is "to them"."""
    before, after = word_before(tokens, place), word_after(tokens, place)
    is_object = before in words.SUBJECTS or before in ("elle", "qui", "nous", "vous")
    return "leur*" if is_object or is_infinitive(after) or tokens[place].gap == "-" else "leur"
