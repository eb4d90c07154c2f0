"""Edits of a Romance text, word by word, with what they change of the words beside them."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import Token, as_written, edited

_APOSTROPHES = "'’"


class Edits:
    """New words by their places; articles are fitted to what follows, and joined before."""

    def __init__(self, text: str, tokens: Sequence[Token], grammar: Grammar):
        """Takes the text and its words."""
        self._text, self._tokens, self._grammar = text, tokens, grammar
        self._new: dict[int, str] = {}
        self._phrases: dict[tuple[int, int], str] = {}

    def __contains__(self, place: int) -> bool:
        return place in self._new

    def put(self, place: int, word: str, gender: str = "") -> None:
        """Puts a word in the place of another, unless that was edited before.

        Args:
            place: Which word is replaced.
            word: The new one, in lower case.
            gender: Of a noun; its article becomes what stands before the new word.
        """
        self._new.setdefault(place, word)
        if not gender or not place or self._tokens[place].begins_clause:
            return
        article = self._grammar.determiner(self._tokens[place - 1].lower)
        if article is not None and article.gender in ("", gender):
            form = article.masculine if gender == "m" else article.feminine
            self._new.setdefault(place - 1, form)

    def put_phrase(self, first: int, last: int, words: str) -> None:
        """Puts words in the place of others, with what stands between them."""
        self._phrases[self._tokens[first].start, self._tokens[last].end] = words

    def agree(self, place: int, agreeing: Agreeing, gender: str, is_before: bool = False) -> None:
        """Gives a word that agreed with a noun of a gender its other one."""
        form = agreeing.other(gender)
        if is_before and gender == "f" and agreeing.number == "s":
            form = self._grammar.short.get(form, form)
        self._new.setdefault(place, form)

    def text(self) -> str:
        """The text with its new words."""
        spans = {
            span: as_written(self._text[slice(*span)], new) for span, new in self._phrases.items()
        }
        forms: dict[int, str] = {}
        for place in sorted({*self._new, *self._hanging()}, reverse=True):
            form, after = self._new.get(place, ""), place + 1
            if not form:
                form = self._tokens[place].lower
                form = self._grammar.short.get(form, form)
            follows = after < len(self._tokens) and not self._tokens[after].begins_clause
            if follows:
                form = self._grammar.fitted(form, forms.get(after, self._tokens[after].lower))
            forms[place] = form
        for place, form in forms.items():
            if form != self._tokens[place].text.lower().replace("’", "'"):
                self._write(place, form, spans)
        return edited(self._text, spans)

    def _hanging(self) -> list[int]:
        """The places of words that hang on a new one, as "d'" does in "d'hommes"."""
        tokens, grammar = self._tokens, self._grammar
        places = []
        for place, new in self._new.items() if grammar.hanging else ():
            before = tokens[place - 1].lower if place else ""
            if before in grammar.hanging and place - 1 not in self._new:
                form, old = grammar.short.get(before, before), tokens[place].lower
                is_other = grammar.fitted(form, old) != grammar.fitted(form, new)
                if is_other and not tokens[place].begins_clause:
                    places.append(place - 1)
        return places

    def _write(self, place: int, form: str, spans: dict[tuple[int, int], str]) -> None:
        token = self._tokens[place]
        start, end, old = token.start, token.end, token.text
        before = self._tokens[place - 1] if place and not token.begins_clause else None
        joined = self._grammar.joined.get((before.lower, form)) if before is not None else None
        if before is not None and joined is not None:
            start, old, form = before.start, before.text, joined
        after = self._tokens[place + 1] if place + 1 < len(self._tokens) else None
        was_elided, is_elided = token.text.endswith(tuple(_APOSTROPHES)), form.endswith("'")
        new = _cased(old, form, after)
        if "’" in self._text:
            new = new.replace("'", "’")
        if is_elided and not was_elided and after is not None:
            end = after.start
        elif was_elided and not is_elided:
            new += " "
        spans[start, end] = new


def _cased(old: str, new: str, after: Token | None) -> str:
    letters = old.rstrip(_APOSTROPHES)
    if len(letters) == 1 and letters.isupper():
        shouts = after is not None and len(after.text) > 1 and after.text.isupper()
        return new.upper() if shouts else new[:1].upper() + new[1:]
    return as_written(letters, new)
