"""Swaps of Spanish texts: nouns with articles, adjectives, predicates and pronouns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.refusals import refused
from fairflip.text.languages.spanish.forms import adjective, determiner
from fairflip.text.languages.spanish.groups import SpanishGroups
from fairflip.text.languages.spanish.phrases import COMMON, GENDER, Persons, Phrase, phrase_of
from fairflip.text.languages.spanish.predicates import Head, clitics_of, heads_of, predicates_of
from fairflip.text.languages.spanish.words import (
    COPULAS,
    INVARIANT,
    JOINS,
    MOSTLY_THINGS,
    OF_STATE,
    PREPOSITIONS,
)
from fairflip.text.languages.tokens import Refused, Token, as_written, edited, tokens_of, word_set
from fairflip.text.terms import TermList

_OTHER_GENDER = {"m": "female", "f": "male"}
_GROUP = {"m": "male", "f": "female"}
_PRONOUNS = {"él": "ella", "ella": "él", "ellos": "ellas", "ellas": "ellos"}
_ARTICLES = {"el": "la", "los": "las", "la": "el", "las": "los", "al": "a la", "del": "de la"}
#: Short forms before a masculine noun.
_SHORT = {
    "uno": "un",
    "alguno": "algún",
    "ninguno": "ningún",
    "primero": "primer",
    "tercero": "tercer",
    "bueno": "buen",
    "malo": "mal",
}
_LONG = {short: long for long, short in _SHORT.items()}
_POSSESSIVE = word_set("mi tu su nuestra vuestra")
_BEFORE_NOUN = PREPOSITIONS | INVARIANT | COPULAS | JOINS | word_set("como que")


class SpanishSubstitution:
    """Swaps the terms of a Spanish list within their categories; see `Generator`."""

    def __init__(self, terms: TermList, categories: Collection[str] = ()):
        """Takes the list; its column `form` says the gender of nouns: m, f or mf.

        Args:
            terms: The whole list: whoever is named by religion or origin has a gender too.
            categories: Those that are swapped; all where none is named.
        """
        self._persons = Persons(terms.terms)
        chosen = [c for c in terms.categories if not categories or c in categories]
        self._swaps_gender = GENDER in chosen
        self._has_pronouns = "él" in terms.by_text
        self._groups = [SpanishGroups(terms, c, self._persons) for c in chosen if c != GENDER]
        self.term_keys = {
            **terms.keys,
            "-ista": ("-ista", "common_gender", GENDER),
        }

    @staticmethod
    def reads(terms: TermList) -> bool:
        """Whether a list says the gender of a noun of it."""
        return any(term.form.partition(" ")[0] in ("m", "f", COMMON) for term in terms.terms)

    @staticmethod
    def forms_of(terms: TermList) -> list[str]:
        """What the terms of a list are in texts, in lower case."""
        return [*Persons(terms.terms).by_form, *(t.text for t in terms.terms), *_PRONOUNS]

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text, and what was refused."""
        made = []
        for text in texts:
            tokens = tokens_of(text)
            swapped = self._of_gender(text, tokens) if self._swaps_gender else None
            made.append(
                ([swapped] if swapped is not None else [])
                + [one for groups in self._groups for one in groups.swaps(text, tokens)]
            )
        return made

    def _of_gender(self, text: str, tokens: list[Token]) -> Counterfactual | None:
        nouns = list(self._nouns(tokens))
        pronouns = [p for p, t in enumerate(tokens) if self._has_pronouns and t.lower in _PRONOUNS]
        if not nouns and not pronouns:
            return None
        names = [p.term.text for n in nouns if (p := self._persons.of(tokens[n].lower))]
        try:
            return self._swapped(text, tokens, nouns, pronouns)
        except Refused as refusal:
            listed = names or [tokens[p].lower for p in pronouns]
            return refused(listed, self.term_keys, refusal.reason)

    def _nouns(self, tokens: Sequence[Token]) -> Iterator[int]:
        """The places of nouns that name a person and have a form for each gender."""
        for place, token in enumerate(tokens):
            person = self._persons.of(token.lower)
            if person is None or not person.other:
                continue
            if token.is_capital and not (token.begins_clause or place == 0):
                is_title = token.lower in ("señor", "señora", "don", "doña")
                if not is_title and not token.text.isupper():
                    continue
            after = tokens[place + 1] if place + 1 < len(tokens) else None
            if person.gender == COMMON and after is not None and not after.begins_clause:
                following = self._persons.of(after.lower)
                is_noun = following is not None and following.gender != COMMON
                if is_noun and adjective(after.lower) is None:
                    continue  # "el joven profesor"
            if adjective(token.lower) is not None and not _is_noun_there(tokens, place):
                continue
            if token.lower in MOSTLY_THINGS and not _names_someone(tokens, place):
                continue
            yield place

    def _swapped(
        self, text: str, tokens: list[Token], nouns: Sequence[int], pronouns: Sequence[int]
    ) -> Counterfactual | None:
        phrases = []
        for place in nouns:
            person = self._persons.of(tokens[place].lower)
            assert person is not None
            phrase = phrase_of(tokens, place, person)
            if phrase.gender:
                phrases.append(phrase)
        if not phrases and not pronouns:
            return None
        edits: dict[tuple[int, int], str] = {}
        counted: list[tuple[int, str, str, str]] = []  # place, term, replacement, gender
        taken = {*pronouns, *nouns}
        for phrase in phrases:
            taken.update([phrase.noun, *(place for place, _ in phrase.agreeing)])
        for phrase in phrases:
            self._edit_phrase(tokens, phrase, edits)
            term = phrase.person.term
            new = _other_of(tokens, phrase)
            counted.append((phrase.noun, term.text, new, phrase.gender))
        for place in pronouns:
            token = tokens[place]
            word = token.lower
            edits[token.start, token.end] = as_written(token.text, _PRONOUNS[word])
            gender = "f" if word.startswith("ella") else "m"
            counted.append((place, word, _PRONOUNS[word], gender))
        swapped = [
            Head(p.noun, p.gender, p.person.number, True, _is_governed(tokens, p)) for p in phrases
        ]
        swapped += [
            Head(
                place,
                "f" if tokens[place].lower.startswith("ella") else "m",
                "p" if tokens[place].lower.endswith("s") else "s",
                True,
                place > 0 and tokens[place - 1].lower in PREPOSITIONS,
            )
            for place in pronouns
        ]
        heads = heads_of(tokens, swapped, taken)
        for place, new in [*predicates_of(tokens, heads, taken), *clitics_of(tokens, heads, taken)]:
            token = tokens[place]
            if (token.start, token.end) not in edits:
                edits[token.start, token.end] = as_written(token.text, new)
        return self._counterfactual(text, tokens, edits, sorted(counted))

    def _edit_phrase(
        self, tokens: Sequence[Token], phrase: Phrase, edits: dict[tuple[int, int], str]
    ) -> None:
        token = tokens[phrase.noun]
        edits[token.start, token.end] = as_written(token.text, _other_of(tokens, phrase))
        for place, agreeing in phrase.agreeing:
            word, new = tokens[place].lower, agreeing.other
            if phrase.gender == "f" and place < phrase.noun:
                new = _SHORT.get(new, new)
            _edit(tokens, place, word, new, edits)
        before = phrase.first - 2
        if before >= 0 and tokens[phrase.first - 1].lower == "de":
            word = tokens[before].lower
            one = determiner(word)
            is_one_of = one is not None and one.gender == phrase.gender and word not in _ARTICLES
            if one is not None and is_one_of and phrase.person.number == "p":
                _edit(tokens, before, word, _LONG.get(one.other, one.other), edits)
        place = phrase.last + 1
        if place < len(tokens) and tokens[place].lower in PREPOSITIONS - {"al", "del"}:
            place += 1
        if place + 1 < len(tokens) and tokens[place + 1].lower in ("que", "cual", "cuales"):
            word = tokens[place].lower
            one = determiner(word)
            if word in _ARTICLES and one is not None and one.gender == phrase.gender:
                _edit(tokens, place, word, _ARTICLES[word], edits)

    def _counterfactual(self, text, tokens, edits, counted) -> Counterfactual:
        terms: dict[str, dict[str, None]] = {}
        for _, term, new, _ in counted:
            terms.setdefault(term, {})[new] = None
        genders = tuple(dict.fromkeys(gender for *_, gender in counted))
        return Counterfactual(
            text=edited(text, edits),
            terms=tuple(terms),
            replacements=tuple("|".join(words) for words in terms.values()),
            groups=tuple(_GROUP[gender] for gender in genders),
            replacement_groups=tuple(_OTHER_GENDER[gender] for gender in genders),
            categories=(GENDER,),
            spans=tuple((tokens[p].start, tokens[p].end) for p, *_ in counted),
        )


def _edit(
    tokens: Sequence[Token], place: int, word: str, new: str, edits: dict[tuple[int, int], str]
) -> None:
    """Puts a word in the place of another; "a el" and "de el" become one."""
    token = tokens[place]
    if new == "el" and place and not token.begins_clause and word == "la":
        before = tokens[place - 1]
        if before.lower in ("a", "de"):
            joined = {"a": "al", "de": "del"}[before.lower]
            edits[before.start, token.end] = as_written(before.text, joined)
            return
    edits[token.start, token.end] = as_written(token.text, new)


def _other_of(tokens: Sequence[Token], phrase: Phrase) -> str:
    """The noun of the other gender: "mi mujer" is "mi marido"."""
    noun = tokens[phrase.noun].lower
    if noun == "mujer" and phrase.noun and tokens[phrase.noun - 1].lower in _POSSESSIVE:
        return "marido"
    if phrase.person.gender == COMMON:
        return noun
    other = phrase.person.other
    return other


def _is_noun_there(tokens: Sequence[Token], place: int) -> bool:
    """Whether a word that is an adjective, too, stands as a noun: "los negros"."""
    if place == 0 or tokens[place].begins_clause:
        return True
    before = tokens[place - 1].lower
    if before in OF_STATE or (before in COPULAS and _has_thing_before(tokens, place)):
        return False
    if determiner(before) is not None or before in _BEFORE_NOUN:
        return True
    if adjective(before) is None or place < 2:
        return False
    return determiner(tokens[place - 2].lower) is not None


def _has_thing_before(tokens: Sequence[Token], place: int) -> bool:
    """Whether the sentence has another noun before a copula: "el coche es alemán"."""
    start = place
    while start and not tokens[start].begins_clause:
        start -= 1
    return bool(heads_of(tokens[start:place], [], []))


def _names_someone(tokens: Sequence[Token], place: int) -> bool:
    """Whether a noun that mostly names a field means a woman: "una música", "a la política"."""
    before = [t.lower for t in tokens[max(0, place - 2) : place]]
    return before[-1:] == ["una"] or before in (["a", "la"], ["a", "una"])


def _is_governed(tokens: Sequence[Token], phrase: Phrase) -> bool:
    first = tokens[phrase.first].lower
    if first in ("al", "del"):
        return True
    if not phrase.first or tokens[phrase.first].begins_clause:
        return False
    return tokens[phrase.first - 1].lower in PREPOSITIONS
