"""Object pronouns that stand for a swapped noun: "la vi", "matarlos"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.heads import UNSURE_AGREEMENT, Head
from fairflip.text.languages.tokens import Refused, Token

UNSURE_PRONOUN = "unsure_pronoun"


def clitics_of(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int], grammar: Grammar
) -> list[tuple[int, str]]:
    """The places of pronouns that mean a swapped noun, with their other gender.

    Raises:
        Refused: One may mean something else.
    """
    changed = []
    for place, token in enumerate(tokens):
        word = token.lower
        attached = grammar.enclitic.search(word)
        clitic = attached.group(1) if attached else word
        if place in taken or clitic not in grammar.clitics:
            continue
        after = tokens[place + 1].lower if place + 1 < len(tokens) else ""
        if not grammar.reads_clitics:
            if word == grammar.neuter and _is_degree(tokens, place, grammar):
                continue
            if not attached and not _stands_before_verb(tokens, place, grammar):
                continue
        if clitic == grammar.neuter and grammar.of_saying.match(word if attached else after):
            continue
        stem = word[: len(word) - len(clitic)]
        readings = grammar.clitics[clitic]
        named = _without_subject(tokens, heads, place, grammar)
        news = {
            new for gender, number, new in readings if _means_swapped(named, place, gender, number)
        }
        live = [one for one in readings if _alike_before(named, place, *one[:2])]
        if news and len(live) > 1:
            raise Refused(UNSURE_PRONOUN)  # "la ragazza ha le scarpe e le mette"
        changed += [(place, stem + new) for new in news]
    return changed


def participles_of(
    tokens: Sequence[Token], heads: Sequence[Head], grammar: Grammar
) -> list[tuple[int, str]]:
    """The places of participles that agree with an object before them: "l'ho vista".

    Raises:
        Refused: The object may be something else.
    """
    changed = []
    for place in range(len(tokens) - 2):
        if tokens[place].lower not in grammar.object_participles:
            continue
        word = tokens[place + 2].lower
        agreeing = grammar.adjective(word) or grammar.unknown_adjective(word)
        if tokens[place + 1].lower not in grammar.have or agreeing is None:
            continue
        is_neuter = (agreeing.gender, agreeing.number) == ("m", "s")
        if is_neuter and grammar.of_saying.match(tokens[place + 2].lower):
            continue
        named = _without_subject(tokens, heads, place, grammar)
        if _means_swapped(named, place, agreeing.gender, agreeing.number):
            changed.append((place + 2, agreeing.other(agreeing.gender)))
    return changed


def relatives_of(
    tokens: Sequence[Token], heads: Sequence[Head], grammar: Grammar
) -> list[tuple[int, str]]:
    """The places of participles that agree with the noun of their clause: "l'amie que j'ai vue".

    Raises:
        Refused: The clause may be what was said to somebody: "dire au voisin que j'ai mangé".
    """
    changed: list[tuple[int, str]] = []
    for head in heads if grammar.relative_object else []:
        at = head.place + 1
        while at < len(tokens) and grammar.adjective(tokens[at].lower) is not None:
            at += 1
        is_clause = at < len(tokens) and tokens[at].lower == grammar.relative_object
        if not head.is_swapped or not is_clause or tokens[at].begins_clause:
            continue
        while at + 1 < len(tokens) and tokens[at].lower not in grammar.have:
            at += 1
            if tokens[at].begins_clause or tokens[at].lower in grammar.copulas:
                break
        at += 1
        while at < len(tokens) and tokens[at].lower in grammar.adverbs:
            at += 1
        if at >= len(tokens) or tokens[at - 1].begins_clause or tokens[at].begins_clause:
            continue
        agreeing = grammar.adjective(tokens[at].lower)
        if agreeing is None or tokens[at - 1].lower in grammar.copulas:
            continue
        if (agreeing.gender, agreeing.number) != (head.gender, head.number):
            continue
        after = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        before = {token.lower for token in tokens[max(0, head.place - 3) : head.place]}
        is_hearer = head.is_governed and not grammar.dative.isdisjoint(before)
        if is_hearer or grammar.infinitive.search(after) is not None:
            raise Refused(UNSURE_AGREEMENT)
        changed.append((at, agreeing.other(head.gender)))
    return changed


def _means_swapped(heads: Sequence[Head], place: int, gender: str, number: str) -> bool:
    """Whether a pronoun at a place means a swapped noun.

    Raises:
        Refused: It may mean something else.
    """
    alike = _alike_before(heads, place, gender, number)
    if any(h.is_swapped for h in alike):
        if not all(h.is_swapped for h in alike):
            raise Refused(UNSURE_PRONOUN)
        return True
    later = {(h.gender, h.number) for h in heads if h.is_swapped and h.place > place}
    if not alike and (gender, number) in later:
        raise Refused(UNSURE_PRONOUN)
    return False


def _without_subject(
    tokens: Sequence[Token], heads: Sequence[Head], place: int, grammar: Grammar
) -> list[Head]:
    """The nouns but the subject of a clitic's own verb, which it does not mean: "il la voit"."""
    if not grammar.reads_clitics or not place:
        return list(heads)
    subject = place - 2 if tokens[place - 1].lower == "ne" and place > 1 else place - 1
    is_pronoun = tokens[subject].lower in grammar.pronouns
    return [h for h in heads if not is_pronoun or h.place != subject]


def _alike_before(heads: Sequence[Head], place: int, gender: str, number: str) -> list[Head]:
    return [h for h in heads if h.place < place and h.gender in ("", gender) and h.number == number]


def _is_degree(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    """Whether a neuter article begins "lo intolerante que es"."""
    return any(t.lower == grammar.that for t in tokens[place + 2 : place + 4])


def _stands_before_verb(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    """Whether a word that may be an article is a pronoun: a verb follows it."""
    if place and tokens[place - 1].lower in grammar.copulas:
        return False
    if place + 1 == len(tokens) or tokens[place + 1].begins_clause:
        return False
    word, after = tokens[place].lower, tokens[place + 1].lower
    if word != grammar.neuter or word in grammar.articles:
        return grammar.is_finite(after)
    barred = after in grammar.behind_neuter or grammar.adjective(after) is not None
    return not barred and (grammar.is_finite(after) or grammar.unknown_adjective(after) is None)
