"""German relative pronouns, which agree with the noun before them: "der Mann, der"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairflip.text.languages.german.forms import DER, Noun, articles
from fairflip.text.languages.german.phrases import Option, Phrase
from fairflip.text.languages.german.words import PREPOSITIONS, SUBJECTS
from fairflip.text.languages.tokens import Refused, Token, as_written

_GENITIVE = {"m": "dessen", "n": "dessen", "f": "deren"}
_MOST_BETWEEN = 4


def relatives_of(
    tokens: Sequence[Token],
    phrase: Phrase,
    option: Option,
    noun: Noun,
    is_person: Callable[[str], bool],
) -> dict[tuple[int, int], str]:
    """The edit of the relative pronoun behind a phrase; empty where none stands there.

    Args:
        tokens: The words of the text.
        phrase: The phrase.
        option: How it is read.
        noun: What its noun becomes.
        is_person: Whether a noun names a person.

    Raises:
        Refused: Its case or what it means cannot be told.
    """
    if option.cell[0] == "p":
        return {}
    place = _relative_at(tokens, phrase)
    if place is None:
        return {}
    old, token = option.entry.noun.gender, tokens[place]
    word = token.lower
    if word in ("dessen", "deren"):
        new = _GENITIVE[noun.gender] if word == _GENITIVE[old] else word
        return {(token.start, token.end): as_written(token.text, new)}
    article = articles()[word][0] if word.startswith("welch") else DER
    cells = sorted(cell for gender, cell in article.readings(word) if gender == old)
    cells = [cell for cell in cells if cell[1] != "g"]
    if not cells:
        return {}
    before = tokens[place - 1].lower
    if before in PREPOSITIONS:
        cells = [cell for cell in cells if cell[1] != "n"]
    if len({article.form(noun.gender, cell) for cell in cells}) > 1:
        cells = [_case(tokens, place, is_person)]
    new = article.form(noun.gender, cells[0])
    return {(token.start, token.end): as_written(token.text, new)}


def _relative_at(tokens: Sequence[Token], phrase: Phrase) -> int | None:
    """The place of a relative pronoun that means a phrase."""
    place = phrase.noun + 1
    between = 0
    while place < len(tokens) and not tokens[place].begins_clause and between < _MOST_BETWEEN:
        place, between = place + 1, between + 1
    if place >= len(tokens) or tokens[place].gap.strip() != ",":
        return None
    if tokens[place].lower in PREPOSITIONS:
        place += 1
    if place >= len(tokens):
        return None
    word = tokens[place].lower
    is_relative = word in ("der", "die", "das", "den", "dem", "dessen", "deren")
    if not is_relative and word not in ("welcher", "welche", "welchen", "welchem", "welches"):
        return None
    if between:
        nouns = [t for t in tokens[phrase.noun + 1 : place] if t.is_capital]
        verbs = [
            t for t in tokens[phrase.noun + 1 : place] if not t.is_capital and t.lower.endswith("t")
        ]
        has_article = any(t.lower in articles() for t in tokens[phrase.noun + 1 : place - 1])
        # "der Mann aus Köln, der" is his; "der Lehrer hat einen Hund, der" is the dog's.
        if verbs or (nouns and has_article):
            return None if nouns else place
    return place


def _case(tokens: Sequence[Token], place: int, is_person: Callable[[str], bool]) -> str:
    """The nominative or the accusative of "die".

    Raises:
        Refused: It cannot be told.
    """
    end = place + 1
    while end < len(tokens) and not tokens[end].begins_clause:
        end += 1
    words = [t.lower for t in tokens[place + 1 : end]]
    if not words:
        raise Refused("unsure_case")
    if any(word in SUBJECTS for word in words) or words[0] in ("sie", "es", "ihr"):
        return "sa"
    if (words[-1].endswith("en") and not words[-1].startswith("ge")) or words[-1] == "sind":
        return "sa"  # the verb says that several do it
    if words[0] in ("der", "ein", "kein", "mein", "sein", "unser", "dein"):
        return "sa"
    if words[0] in ("die", "das", "eine", "meine", "seine", "ihre", "unsere"):
        if words[-1] in ("ist", "war", "wird", "sei"):
            return "sn"
        nouns = [t.text for t in tokens[place + 1 : end] if t.is_capital]
        if nouns and not is_person(nouns[0]):
            return "sn"  # people do things, more than things do people
        raise Refused("unsure_case")
    return "sn"
