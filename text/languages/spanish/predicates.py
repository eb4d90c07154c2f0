"""Spanish words away from their noun that agree with it: "está cansada", "vive solo", "la vi"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from fairflip.text.languages.spanish.forms import (
    Agreeing,
    adjective,
    determiner,
    unknown_adjective,
)
from fairflip.text.languages.spanish.words import (
    ADVERBS,
    COPULAS,
    EPICENE,
    INVARIANT,
    PREPOSITIONS,
    SECONDARY,
)
from fairflip.text.languages.tokens import Refused, Token, word_set

UNSURE_AGREEMENT, UNSURE_PRONOUN = "unsure_agreement", "unsure_pronoun"
_PARTS = word_set("porque pero y e cuando si aunque mientras pues o ni donde")
_HAVE = word_set(
    """he has ha hemos han había habías habíamos habían haya hayan hubo hubiera habrá habrán habría
    habrían haber habiendo hubiese"""
)
_OF_SPEAKER = word_set(
    """soy eres somos estoy estás estamos fui fuiste seré era estaba sea ser estar"""
)
_CLITICS = {"lo": ("m", "s"), "la": ("f", "s"), "los": ("m", "p"), "las": ("f", "p")}
_PARTITIVE = word_set("mayoría mitad resto parte grupo montón mayor totalidad docena centenar")
# What is so after a copula is an adjective, whether listed or not.
_LIKE_ADJECTIVE = re.compile(
    "(?:os|iv|id|ad|[áéíóú].?ic|[áéíóú].?ul|at|end|und|ient|ari|in|est|ect|usc|act)[oa]s?$"
)
_ENCLITIC = re.compile("(?:[aeiíáé]r|ndo|[eaáé]mos)(lo|la|los|las)$")
_FINITE = re.compile("(?:ó|é|í|aron|ieron|aba|aban|ía|ían|aste|iste|ará|erá|irá|arán|erán|irán)$")
_FINITE_WORDS = word_set(
    """vi vio vimos vieron conozco conoce conocen quiero quiere quieren amo ama aman veo ve ven
    llamo llama llaman odio odia admiro admira ayudo ayuda busco busca espero espera miro mira
    invito invita respeto respeta recuerdo recuerda necesito necesita tiene tengo trajo hizo
    puso dijo voy vas va vamos van puedo puedes puede pueden podemos debo debe deben tengo
    tienen hago hacen pongo ponen dejan contrata despide acusa detiene besa abraza sigue
    encuentra deja dejo mata mató"""
)
# "lo sé", "lo dijo": what was said, and nobody.
_OF_SAYING = re.compile(
    "(?:sé|sab|sup|dij|dec|dic|dig|hac|hic|hiz|hag|cre|sient|entiend|promet|jur)"
)
_ADVERBS_OF_COPULA = ADVERBS | word_set("ya se me te le nos les")


class Head(NamedTuple):
    """A noun that something may agree with."""

    place: int
    gender: str  # "" where nothing tells
    number: str
    is_swapped: bool
    is_governed: bool  # behind a preposition


def heads_of(
    tokens: Sequence[Token], swapped: Collection[Head], taken: Collection[int]
) -> list[Head]:
    """The swapped nouns, and others with an article, in their order."""
    heads = list(swapped)
    for place in range(len(tokens) - 1):
        word, after = tokens[place].lower, tokens[place + 1]
        agreeing = determiner(word)
        is_article = agreeing is not None or word in INVARIANT
        if place in taken or place + 1 in taken or not is_article or after.begins_clause:
            continue
        if after.is_capital or determiner(after.lower) or after.lower in PREPOSITIONS | {"que"}:
            continue
        if word in _CLITICS and _is_finite(after.lower):
            continue
        before = tokens[place - 1].lower if place and not tokens[place].begins_clause else ""
        governed = before in PREPOSITIONS or word in ("al", "del")
        gender = agreeing.gender if agreeing is not None else ""
        number = "p" if after.lower.endswith("s") else "s"
        heads.append(Head(place + 1, gender, number, False, governed))
    return _without_partitives(tokens, sorted(heads))


def _without_partitives(tokens: Sequence[Token], heads: list[Head]) -> list[Head]:
    """Of "la mayoría de los médicos" the second noun is what the verb agrees with."""
    heads_left: list[Head] = []
    frees = False
    for head in heads:
        if tokens[head.place].lower in _PARTITIVE and not head.is_swapped:
            frees = not head.is_governed
            continue
        heads_left.append(head._replace(is_governed=False) if frees else head)
        frees = False
    return heads_left


def _is_finite(word: str) -> bool:
    return word in _FINITE_WORDS or word in _HAVE or _FINITE.search(word) is not None


def predicates_of(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int]
) -> list[tuple[int, str]]:
    """The places of words that agree with a swapped noun, with their other gender.

    Args:
        tokens: The words of the text.
        heads: See `heads_of`.
        taken: Places that change already.

    Raises:
        Refused: A word may agree with a swapped noun, or with another one.
    """
    changed: list[tuple[int, str]] = []
    for place, token in enumerate(tokens):
        if token.lower not in COPULAS and token.lower not in SECONDARY:
            continue
        at = _behind(tokens, place + 1)
        if token.lower in COPULAS and at < len(tokens) and at not in taken:
            article = _article_of_predicate(tokens, heads, place, at)
            if article is not None:
                changed.append(article)
                at = _behind(tokens, at + 1)
        while at < len(tokens) and at not in taken:
            if tokens[at].begins_clause or tokens[at].is_capital:
                break
            new = _predicate(tokens, heads, place, at)
            if new and all(at != other for other, _ in changed):
                changed.append((at, new))
            joins = at + 1 < len(tokens) and tokens[at + 1].lower in ("y", "e", "o", "ni")
            if new is None and not joins:
                break
            at = _behind(tokens, at + 1 + joins)
    changed += _floating(tokens, heads, {*taken, *(place for place, _ in changed)})
    _check_rest(tokens, heads, taken, {place for place, _ in changed})
    return changed


def _behind(tokens: Sequence[Token], at: int) -> int:
    """The first place that is no adverb, and no part of the verb."""
    while at < len(tokens) and not tokens[at].begins_clause:
        word = tokens[at].lower
        is_adverb = word.endswith("mente") or (word == "de" and tokens[at - 1].lower == "así")
        if not is_adverb and word not in _ADVERBS_OF_COPULA | COPULAS | _HAVE:
            break
        at += 1
    return at


def _predicate(tokens: Sequence[Token], heads: Sequence[Head], verb: int, at: int) -> str | None:
    """The other gender of an adjective; "" where it stays, None where it is no adjective.

    Raises:
        Refused: It may be said of a swapped noun, or be a noun of its own.
    """
    word = tokens[at].lower
    known = adjective(word)
    agreeing = known or (unknown_adjective(word) if tokens[verb].lower in COPULAS else None)
    if agreeing is None or tokens[at - 1].lower in _HAVE or word in EPICENE:
        return None
    if word in _SOLO and not _means_alone(tokens, at):
        return None
    if not _agrees(tokens, heads, verb, at, agreeing):
        return ""
    if known is None and _LIKE_ADJECTIVE.search(word) is None:
        raise Refused(UNSURE_AGREEMENT)  # "son parásitos": a noun of its own?
    return agreeing.other


def _article_of_predicate(
    tokens: Sequence[Token], heads: Sequence[Head], verb: int, at: int
) -> tuple[int, str] | None:
    """The article of "son los más listos", with its other gender.

    Raises:
        Refused: A noun that is not listed follows: "ser unos salvajes".
    """
    word = tokens[at].lower
    agreeing = determiner(word)
    if agreeing is None or tokens[at].begins_clause or at + 1 >= len(tokens):
        return None
    if any(at < head.place <= at + 3 and head.is_swapped for head in heads):
        return None
    others = [h for h in heads if not at < h.place <= at + 1 or h.is_swapped]
    after = tokens[at + 1].lower
    if word in ("el", "la", "los", "las") and after in ("más", "menos"):
        return (at, agreeing.other) if _agrees(tokens, others, verb, at, agreeing) else None
    is_adjective = adjective(after) is not None or not after.endswith(("o", "a", "os", "as"))
    if word in ("unos", "unas") or (word in ("un", "una") and is_adjective):
        if after.endswith(("o", "a", "os", "as")) and adjective(after) is None:
            return None
        if _agrees(tokens, others, verb, at, agreeing):
            raise Refused(UNSURE_AGREEMENT)
    return None


_FLOATING = {"todos": "todas", "todas": "todos", "juntos": "juntas", "juntas": "juntos"}


def _floating(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int]
) -> list[tuple[int, str]]:
    """The places of *todos* and *juntos* away from their noun: "pueden irse todos".

    Raises:
        Refused: One of them may mean everybody.
    """
    changed = []
    for place, token in enumerate(tokens):
        new = _FLOATING.get(token.lower)
        if new is None or place in taken:
            continue
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if after is not None and not after.begins_clause and determiner(after.lower) is not None:
            continue
        gender = "m" if token.lower.endswith("os") else "f"
        alike = [h for h in heads if h.gender in ("", gender) and h.number == "p"]
        if not any(h.is_swapped for h in alike):
            continue
        before = tokens[place - 1].lower if place and not token.begins_clause else "a"
        if before == "por":
            continue  # "de una vez por todas"
        if before in PREPOSITIONS or not all(h.is_swapped for h in alike):
            raise Refused(UNSURE_AGREEMENT)
        changed.append((place, new))
    return changed


_SOLO = frozenset({"solo", "sólo"})


def _means_alone(tokens: Sequence[Token], place: int) -> bool:
    """Whether "solo" is "alone": nothing follows that it could be "only" to."""
    return place + 1 == len(tokens) or tokens[place + 1].begins_clause


def _agrees(
    tokens: Sequence[Token], heads: Sequence[Head], verb: int, place: int, agreeing: Agreeing
) -> bool:
    """Whether an adjective is said of a swapped noun.

    Raises:
        Refused: It cannot be told.
    """
    alike = [h for h in heads if h.gender in ("", agreeing.gender) and h.number == agreeing.number]
    swapped = [h for h in alike if h.is_swapped]
    if not swapped:
        return False
    start = verb
    while start and not (tokens[start].begins_clause or tokens[start - 1].lower in _PARTS):
        start -= 1
    subjects = [h for h in heads if start <= h.place < verb and not h.is_governed]
    if subjects:
        that = max((p for p in range(start, verb) if tokens[p].lower == "que"), default=-1)
        later = [h for h in subjects if h.place > that]
        return (later or subjects)[0] in swapped
    named = [h for h in heads if h.place < start]
    if named and tokens[start].lower in ("que", "quien", "quienes"):
        return named[-1] in swapped  # "con el vecino, que está cansado"
    following = tokens[place + 1].lower if place + 1 < len(tokens) else ""
    if agreeing[:2] == ("m", "s") and following in ("que", "de", "para", "si"):
        return False  # "es obvio que"
    after = [h for h in heads if place < h.place <= place + 3 and not h.is_governed]
    if after:
        return after[0] in swapped
    if tokens[verb].lower in _OF_SPEAKER and not any(h.place < verb for h in swapped):
        return False
    is_governed = all(h.is_governed for h in swapped)
    if len(swapped) == len(alike) and not (is_governed and agreeing[:2] == ("m", "s")):
        return True
    raise Refused(UNSURE_AGREEMENT)


def _check_rest(
    tokens: Sequence[Token],
    heads: Sequence[Head],
    taken: Collection[int],
    changed: Collection[int],
) -> None:
    """Refuses a text with an adjective that stands alone behind a verb.

    Raises:
        Refused: It may agree with a swapped noun.
    """
    for head in heads:
        is_person = adjective(tokens[head.place].lower) is not None and not head.is_swapped
        if is_person and any(
            (head.gender, head.number) == (h.gender, h.number) for h in heads if h.is_swapped
        ):
            after = head.place + 1
            if (
                after == len(tokens)
                or tokens[after].begins_clause
                or (tokens[after].lower in COPULAS | PREPOSITIONS | {"que"})
            ):
                raise Refused(UNSURE_AGREEMENT)  # "ese bobo": somebody who is on no list
    nouns = {head.place for head in heads}
    kinds = {(head.gender, head.number) for head in heads if head.is_swapped}
    for place in range(1, len(tokens)):
        token = tokens[place]
        if place in taken or place in changed or token.begins_clause or token.is_capital:
            continue
        agreeing = adjective(token.lower)
        if agreeing is None or (agreeing.gender, agreeing.number) not in kinds:
            continue
        before = tokens[place - 1]
        is_attached = (
            place - 1 in nouns
            or determiner(before.lower) is not None
            or before.lower in PREPOSITIONS | INVARIANT | COPULAS | _HAVE | {"lo", "y", "o", "que"}
            or before.is_capital
            or adjective(before.lower) is not None
            or token.lower in _SOLO
        )
        earlier = tokens[place - 2].lower if place > 1 else ""
        if is_attached or determiner(earlier) or earlier in PREPOSITIONS | INVARIANT:
            continue
        if _is_finite(before.lower) or before.lower in SECONDARY | {"como"}:
            raise Refused(UNSURE_AGREEMENT)


def clitics_of(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int]
) -> list[tuple[int, str]]:
    """The places of *lo, la, los, las* that mean a swapped noun, with their other gender.

    Raises:
        Refused: One may mean something else.
    """
    others = {"lo": "la", "la": "lo", "los": "las", "las": "los"}
    changed = []
    for place, token in enumerate(tokens):
        if place in taken:
            continue
        word = token.lower
        attached = _ENCLITIC.search(word)
        clitic = attached.group(1) if attached else word
        if clitic not in _CLITICS:
            continue
        after = tokens[place + 1].lower if place + 1 < len(tokens) else ""
        if word == "lo" and any(t.lower == "que" for t in tokens[place + 2 : place + 4]):
            continue  # "lo intolerante que es"
        before = tokens[place - 1].lower if place else ""
        if not attached and (
            before in COPULAS
            or not after
            or tokens[place + 1].begins_clause
            or not _is_verb_after(word, after)
        ):
            continue
        if clitic == "lo" and _OF_SAYING.match(word if attached else after):
            continue
        alike = [
            h
            for h in heads
            if h.place < place
            and (h.gender in ("", _CLITICS[clitic][0]))
            and h.number == _CLITICS[clitic][1]
        ]
        if not any(h.is_swapped for h in alike):
            later = {(h.gender, h.number) for h in heads if h.is_swapped and h.place > place}
            if not alike and _CLITICS[clitic] in later:
                raise Refused(UNSURE_PRONOUN)
            continue
        if not all(h.is_swapped for h in alike):
            raise Refused(UNSURE_PRONOUN)
        changed.append((place, token.text[: len(word) - len(clitic)] + others[clitic]))
    return changed


def _is_verb_after(clitic: str, after: str) -> bool:
    if clitic == "lo":
        barred = after in ("que", "cual", "más", "mismo", "de") or adjective(after) is not None
        return not barred and (_is_finite(after) or unknown_adjective(after) is None)
    return _is_finite(after)
