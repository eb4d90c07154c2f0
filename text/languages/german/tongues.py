"""Where "das Deutsche" is the language: "ins Deutsche", "die Wörter des Deutschen".

Other languages are no words for people: "das Polnische".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fairflip.text.languages.tokens import Token, word_set

_FORMS = word_set("deutsche deutschen")
_OF_NEUTERS = word_set("das ins im")
_NOUNS = word_set(
    """grammatik wort wörter wörtern worte sprache aussprache kenntnis kenntnisse kenntnissen
    beherrschung verben wortschatz erwerb laute geschichte entwicklung rechtschreibung dialekte
    varianten klang fälle"""
)
_TRANSLATION = re.compile("über(?:setz|trag|trug)|gedolmetsch|dolmetsch")
_LOOK_BACK, _LOOK_AHEAD = 4, 5


def names_tongue(tokens: Sequence[Token], place: int) -> bool:
    """Whether "Deutsche" or "Deutschen" at a place is the language; a word beside it tells."""
    token = tokens[place]
    if token.lower not in _FORMS or not token.is_capital or place == 0 or token.begins_clause:
        return False
    article = tokens[place - 1].lower
    if article in _OF_NEUTERS:
        return True
    before = [token.lower for token in tokens[max(0, place - _LOOK_BACK) : place - 1]]
    after = _clause_behind(tokens, place)
    if article == "des":
        return not _NOUNS.isdisjoint(before[-2:]) or after[:1] == ["mächtig"]
    if article == "dem" and before[-1:] == ["aus"]:
        return True
    translates = any(_TRANSLATION.match(word) for word in [*before, *after])
    return article in ("dem", "vom") and (translates or "ins" in after)


def _clause_behind(tokens: Sequence[Token], place: int) -> list[str]:
    words = []
    for token in tokens[place + 1 : place + 1 + _LOOK_AHEAD]:
        if token.begins_clause:
            break
        words.append(token.lower)
    return words
