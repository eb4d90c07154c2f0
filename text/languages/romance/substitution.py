"""Swaps of Romance texts: nouns with articles, adjectives, predicates and pronouns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.refusals import refused
from fairflip.text.languages.romance.clitics import (
    UNSURE_PRONOUN,
    clitics_of,
    participles_of,
    relatives_of,
)
from fairflip.text.languages.romance.edits import Edits
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.groups import RomanceGroups
from fairflip.text.languages.romance.heads import Head, heads_of
from fairflip.text.languages.romance.numbers import check_numbers
from fairflip.text.languages.romance.phrases import (
    COMMON,
    GENDER,
    Persons,
    Phrase,
    ista_term,
    phrase_of,
)
from fairflip.text.languages.romance.predicates import Predicates
from fairflip.text.languages.romance.tongues import names_tongue
from fairflip.text.languages.tokens import Refused, Token, tokens_of
from fairflip.text.terms import TermList

_OTHER_GROUP = {"m": "female", "f": "male"}
_GROUP = {"m": "male", "f": "female"}


class RomanceSubstitution:
    """Swaps the terms of a Romance list within their categories; see `Generator`.

    A language is a subclass that names its `grammar`.
    """

    grammar: Grammar

    def __init__(self, terms: TermList, categories: Collection[str] = ()):
        """Takes the list; its column `form` says the gender of nouns: m, f or mf.

        Args:
            terms: The whole list: whoever is named by religion or origin has a gender too.
            categories: Those that are swapped; all where none is named.
        """
        grammar = self.grammar
        self._persons = Persons(terms.terms, grammar)
        chosen = [c for c in terms.categories if not categories or c in categories]
        self._swaps_gender = GENDER in chosen
        self._pronouns = {
            pronoun: other
            for pronoun, other in grammar.pronouns.items()
            if grammar.read_as.get(pronoun, pronoun) in terms.by_text
        }
        self._groups = [
            RomanceGroups(terms, c, self._persons, grammar) for c in chosen if c != GENDER
        ]
        ista = ista_term(grammar)
        self.term_keys = {**terms.keys, ista.text: (ista.text, ista.group, ista.category)}

    @staticmethod
    def reads(terms: TermList) -> bool:
        """Whether a list says the gender of a noun of it."""
        return any(term.form.partition(" ")[0] in ("m", "f", COMMON) for term in terms.terms)

    @classmethod
    def forms_of(cls, terms: TermList) -> list[str]:
        """What the terms of a list are in texts, in lower case."""
        forms = Persons(terms.terms, cls.grammar).by_form
        read_as = cls.grammar.read_as
        pronouns = (read_as.get(pronoun, pronoun) for pronoun in cls.grammar.pronouns)
        return [*forms, *(t.text for t in terms.terms), *pronouns]

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text, and what was refused."""
        made = []
        for text in texts:
            tokens = self.grammar.read(tokens_of(text, self.grammar.elisions))
            swapped = self._of_gender(text, tokens) if self._swaps_gender else None
            made.append(
                ([swapped] if swapped is not None else [])
                + [one for groups in self._groups for one in groups.swaps(text, tokens)]
            )
        return made

    def _of_gender(self, text: str, tokens: list[Token]) -> Counterfactual | None:
        grammar = self.grammar
        nouns = list(self._nouns(tokens))
        pronouns = [p for p, t in enumerate(tokens) if self._is_pronoun(t)]
        unsure = [p for p, t in enumerate(tokens) if t.lower in grammar.open_pronouns]
        if not nouns and not pronouns and not unsure:
            return None
        names = [p.term.text for n in nouns if (p := self._persons.of(tokens[n].lower))]
        try:
            if unsure:
                pronouns += unsure
                raise Refused(UNSURE_PRONOUN)
            return self._swapped(text, tokens, nouns, pronouns)
        except Refused as refusal:
            listed = names or [self._listed(tokens[p]) for p in pronouns]
            return refused(listed, self.term_keys, refusal.reason)

    def _listed(self, pronoun: Token) -> str:
        """The term that a pronoun is."""
        return self.grammar.read_as.get(pronoun.lower, pronoun.lower)

    def _is_pronoun(self, token: Token) -> bool:
        is_polite = token.lower in self.grammar.polite and token.is_capital
        return token.lower in self._pronouns and (not is_polite or token.begins_sentence)

    def _nouns(self, tokens: Sequence[Token]) -> Iterator[int]:
        """The places of nouns that name a person and have a form for each gender."""
        grammar = self.grammar
        for place, token in enumerate(tokens):
            person = self._persons.at(tokens, place)
            if person is None or not person.other:
                continue
            is_name = token.is_capital and not (token.begins_clause or place == 0)
            bare = token.lower.removesuffix(grammar.plural_mark)
            if is_name and bare not in grammar.titles and not token.text.isupper():
                continue
            after = tokens[place + 1] if place + 1 < len(tokens) else None
            if person.gender == COMMON and after is not None and not after.begins_clause:
                following = self._persons.of(after.lower)
                is_noun = following is not None and following.gender != COMMON
                if is_noun and grammar.adjective(after.lower) is None:
                    continue  # "el joven profesor"
            if grammar.adjective(token.lower) is not None and not self._is_noun(tokens, place):
                continue
            if token.lower in grammar.mostly_things and not self._names_someone(tokens, place):
                continue
            if not names_tongue(tokens, place, grammar):
                yield place

    def _is_noun(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether a word that is an adjective, too, stands as a noun: "los negros"."""
        grammar = self.grammar
        if place == 0 or tokens[place].begins_clause:
            after = tokens[place + 1].lower if place + 1 < len(tokens) else ""
            is_subject = after in grammar.adverbs | grammar.have or grammar.is_finite(after)
            return is_subject or not grammar.is_strict  # "blessée, Marie"
        before = tokens[place - 1].lower
        if before in grammar.of_state:
            return False
        if before in grammar.copulas and self._has_thing_before(tokens, place):
            return False
        if grammar.determiner(before) is not None or before in grammar.before_noun:
            return True
        if grammar.adjective(before) is None or place < 2:
            return False
        return grammar.determiner(tokens[place - 2].lower) is not None

    def _has_thing_before(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether the sentence has another noun before a copula: "el coche es alemán"."""
        start = place
        while start and not tokens[start].begins_clause:
            start -= 1
        return bool(heads_of(tokens[start:place], [], [], self.grammar))

    def _names_someone(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether a noun that mostly names a field means a woman: "una música", "a la política"."""
        before = tuple(t.lower for t in tokens[max(0, place - 2) : place])
        return before in self.grammar.names_someone or before[-1:] in self.grammar.names_someone

    def _swapped(
        self, text: str, tokens: list[Token], nouns: Sequence[int], pronouns: Sequence[int]
    ) -> Counterfactual | None:
        phrases = []
        for place in nouns:
            person = self._persons.at(tokens, place)
            assert person is not None
            phrase = phrase_of(tokens, place, person, self.grammar)
            if not phrase.gender:
                told = self.grammar.gender_told(tokens, place, person.number)
                phrase = phrase._replace(gender=told)
            if phrase.gender:
                phrases.append(phrase)
        if not phrases and not pronouns:
            return None
        edits = Edits(text, tokens, self.grammar)
        taken = {*pronouns, *nouns}
        for phrase in phrases:
            taken.update([phrase.noun, *(place for place, _ in phrase.agreeing)])
        heads = self._heads(tokens, phrases, pronouns, taken)
        check_numbers(tokens, phrases, heads, self.grammar)
        counted: list[tuple[int, str, str, str]] = []  # place, term, replacement, gender
        for phrase in phrases:
            new = self._edit(tokens, phrase, edits)
            counted.append((phrase.noun, phrase.person.term.text, new, phrase.gender))
        for place in pronouns:
            word = tokens[place].lower
            edits.put(place, self._pronouns[word])
            term = self._listed(tokens[place])
            counted.append((place, term, self._pronouns[word], self._gender_of(word)))
        predicates = Predicates(tokens, heads, taken, self.grammar).changes()
        clitics = clitics_of(tokens, heads, taken, self.grammar)
        participles = participles_of(tokens, heads, self.grammar)
        participles += relatives_of(tokens, heads, self.grammar)
        for place, new in [*predicates, *clitics, *participles]:
            edits.put(place, new)
        return _counterfactual(edits.text(), tokens, sorted(counted))

    def _gender_of(self, pronoun: str) -> str:
        return "f" if pronoun in self.grammar.feminine_pronouns else "m"

    def _heads(
        self,
        tokens: Sequence[Token],
        phrases: Sequence[Phrase],
        pronouns: Sequence[int],
        taken: Collection[int],
    ) -> list[Head]:
        """The nouns of a text, with its pronouns.

        Raises:
            Refused: A pronoun may mean a thing that a noun before it names.
        """
        grammar = self.grammar
        swapped = [
            Head(p.noun, p.gender, p.person.number, True, self._is_governed(tokens, p))
            for p in phrases
        ]
        swapped += [
            Head(place, p.gender, "s", True, place > 0 and _is_of(tokens, place, grammar))
            for p in phrases
            if grammar.is_strict and (place := self._one_of(tokens, p)) >= 0
        ]
        of_pronouns = [
            Head(
                place,
                self._gender_of(tokens[place].lower),
                "p" if tokens[place].lower in grammar.plural_pronouns else "s",
                True,
                place > 0 and tokens[place - 1].lower in grammar.prepositions,
            )
            for place in pronouns
        ]
        heads = heads_of(tokens, swapped + of_pronouns, taken, grammar)
        if grammar.pronouns_mean_things:
            for one in of_pronouns:
                if tokens[one.place].lower in grammar.sure_pronouns:
                    continue
                # "a casa dela": what is hers is not she.
                end = one.place - (0 if tokens[one.place].begins_sentence else 1)
                before = [h for h in heads if h.place < end and h.number == one.number]
                if any(not h.is_swapped and h.gender in ("", one.gender) for h in before):
                    raise Refused(UNSURE_PRONOUN)
                # "il est cassé, disent les voisines": no noun of the text is what it means.
                numbers = {phrase.person.number for phrase in phrases}
                is_other = phrases and one.number not in numbers
                if grammar.is_strict and is_other and self._may_be_thing(tokens, one.place):
                    raise Refused(UNSURE_PRONOUN)
        return heads

    def _edit(self, tokens: Sequence[Token], phrase: Phrase, edits: Edits) -> str:
        """Changes a phrase with its article and relative pronoun; gives its new noun."""
        grammar = self.grammar
        new = self._other_of(tokens, phrase)
        edits.put(phrase.noun, new)
        for place, agreeing in phrase.agreeing:
            edits.agree(place, agreeing, phrase.gender, is_before=place < phrase.noun)
        before = self._one_of(tokens, phrase)
        one = grammar.determiner(tokens[before].lower) if before >= 0 else None
        if one is not None:
            form = one.other(phrase.gender)  # "uno de los testigos"
            edits.put(before, grammar.long.get(form, form))
        self._edit_relative(tokens, phrase, edits)
        return new

    def _may_be_thing(self, tokens: Sequence[Token], pronoun: int) -> bool:
        """Whether the verb of a pronoun is one that things have, too: "is", "should"."""
        grammar, at = self.grammar, pronoun + 1
        while at < len(tokens) and tokens[at].lower in grammar.adverbs_of_copula:
            at += 1
        return at < len(tokens) and tokens[at].lower in grammar.copulas | grammar.modals

    def _one_of(self, tokens: Sequence[Token], phrase: Phrase) -> int:
        """The place of "uno" in "uno de los testigos"; -1 where none stands there."""
        grammar, before = self.grammar, phrase.first - 1
        is_of = tokens[phrase.first].lower in grammar.contractions
        if not is_of and before >= 0 and tokens[before].lower in grammar.of:
            before, is_of = before - 1, True
        if before < 0 or not is_of or phrase.person.number != "p":
            return -1
        one = grammar.determiner(tokens[before].lower)
        is_article = tokens[before].lower in grammar.relative_articles
        is_one = one is not None and one.gender == phrase.gender and not is_article
        return before if is_one else -1

    def _edit_relative(self, tokens: Sequence[Token], phrase: Phrase, edits: Edits) -> None:
        """Changes the relative pronoun behind a phrase: "con la que", "avec lequel"."""
        grammar, place = self.grammar, phrase.last + 1
        uncontracted = grammar.prepositions - grammar.contractions
        if place < len(tokens) and tokens[place].lower in uncontracted:
            place += 1
        if place < len(tokens) and tokens[place].lower in grammar.relative_pronouns:
            one = grammar.determiner(tokens[place].lower)
            if one is not None and one.gender == phrase.gender:
                edits.put(place, grammar.relative_pronouns[tokens[place].lower])
        if place + 1 < len(tokens) and tokens[place + 1].lower in grammar.relatives:
            word = tokens[place].lower
            one = grammar.determiner(word)
            is_same = one is not None and one.gender == phrase.gender
            if word in grammar.relative_articles and is_same:
                edits.put(place, grammar.relative_articles[word])

    def _other_of(self, tokens: Sequence[Token], phrase: Phrase) -> str:
        """The noun of the other gender: "mi mujer" is "mi marido"."""
        noun = tokens[phrase.noun].lower
        spouse = self.grammar.spouses.get(noun)
        if spouse and phrase.noun and (tokens[phrase.noun - 1].lower in self.grammar.possessives):
            return spouse
        other = phrase.person.other
        after = tokens[phrase.noun + 1] if phrase.noun + 1 < len(tokens) else None
        beside = self.grammar.beside(tokens, phrase.noun)
        if beside:
            return beside
        if after is not None and after.is_capital and not after.gap.strip():
            return self.grammar.before_name.get(other, other)
        return other

    def _is_governed(self, tokens: Sequence[Token], phrase: Phrase) -> bool:
        if tokens[phrase.first].lower in self.grammar.contractions:
            return True
        if not phrase.first or tokens[phrase.first].begins_clause:
            return False
        return tokens[phrase.first - 1].lower in self.grammar.prepositions


def _is_of(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    return tokens[place - 1].lower in grammar.prepositions and not tokens[place].begins_clause


def _counterfactual(
    text: str, tokens: Sequence[Token], counted: Sequence[tuple[int, str, str, str]]
) -> Counterfactual:
    terms: dict[str, dict[str, None]] = {}
    for _, term, new, _ in counted:
        terms.setdefault(term, {})[new] = None
    genders = tuple(dict.fromkeys(gender for *_, gender in counted))
    return Counterfactual(
        text=text,
        terms=tuple(terms),
        replacements=tuple("|".join(words) for words in terms.values()),
        groups=tuple(_GROUP[gender] for gender in genders),
        replacement_groups=tuple(_OTHER_GROUP[gender] for gender in genders),
        categories=(GENDER,),
        spans=tuple((tokens[p].start, tokens[p].end) for p, *_ in counted),
    )
