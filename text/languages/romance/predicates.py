"""Words away from their noun that agree with it: "está cansada", "vive solo", "todos"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.romance.checks import (
    check_comparisons,
    check_nouns,
    check_rest,
)
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.heads import UNSURE_AGREEMENT, Head, joined_genders
from fairflip.text.languages.romance.namings import named_behind
from fairflip.text.languages.tokens import Refused, Token

_QUOTES = frozenset("\"”“»«'’")
_MASKED = re.compile(r"[^\W\d]\d|\d[^\W\d]")


class Predicates:
    """What agrees with the nouns of one text away from them."""

    def __init__(
        self,
        tokens: Sequence[Token],
        heads: Sequence[Head],
        taken: Collection[int],
        grammar: Grammar,
    ):
        """Takes the words, their nouns (see `heads_of`), and the places that change already."""
        self._tokens, self._heads, self._taken = tokens, heads, frozenset(taken)
        self._grammar = grammar

    def changes(self) -> list[tuple[int, str]]:
        """The places of words that agree with a swapped noun, with their other gender.

        Raises:
            Refused: A word may agree with a swapped noun, or with another one.
        """
        tokens, grammar = self._tokens, self._grammar
        changed: list[tuple[int, str]] = []
        for place, token in enumerate(tokens):
            if token.lower not in grammar.copulas and token.lower not in grammar.secondary:
                continue
            at = self._behind(place + 1)
            if token.lower in grammar.copulas and at < len(tokens) and at not in self._taken:
                if grammar.is_strict:
                    named = self._naming(place, at)
                else:
                    article = self._article(place, at)
                    named = [article] if article is not None else None
                if named is not None:
                    changed += named
                    at = self._behind(at + 1)
            while at < len(tokens) and at not in self._taken:
                if tokens[at].begins_clause or tokens[at].is_capital:
                    break
                new = self._predicate(place, at)
                if new and all(at != other for other, _ in changed):
                    changed.append((at, new))
                joins = at + 1 < len(tokens) and tokens[at + 1].lower in grammar.conjunctions
                if new is None and not joins:
                    break
                at = self._behind(at + 1 + joins)
        changed += self._floating({*self._taken, *(place for place, _ in changed)})
        changed += self._pronouns()
        changed += self._detached()
        done = self._taken.union(place for place, _ in changed)
        check_nouns(tokens, self._heads, grammar)
        check_comparisons(tokens, self._heads, self._taken, grammar)
        check_rest(tokens, self._heads, done, grammar)
        return changed

    def _behind(self, at: int) -> int:
        """The first place that is no adverb, and no part of the verb."""
        grammar, tokens = self._grammar, self._tokens
        passed = grammar.adverbs_of_copula | grammar.copulas | grammar.have
        passed |= grammar.everybody.keys()
        while at < len(tokens) and not tokens[at].begins_clause:
            word = tokens[at].lower
            is_joined = word in grammar.of and tokens[at - 1].lower in grammar.thus
            if word in grammar.alone and self._means_alone(at):
                break  # "vive solo", and no "solo" that is "only"
            if word not in passed and not word.endswith(grammar.adverb_ending) and not is_joined:
                break
            at += 1
        return at

    def _predicate(self, verb: int, at: int) -> str | None:
        """The other gender of an adjective; "" where it stays, None where it is no adjective.

        Raises:
            Refused: It may be said of a swapped noun, or be a noun of its own.
        """
        grammar, word = self._grammar, self._tokens[at].lower
        if self._is_masked(at) and any(head.is_swapped for head in self._heads):
            raise Refused(UNSURE_AGREEMENT)
        known = grammar.adjective(word)
        agreeing = known
        if agreeing is None and self._tokens[verb].lower in grammar.copulas:
            agreeing = grammar.unknown_adjective(word)
        before = self._tokens[at - 1].lower
        if agreeing is None or before in grammar.have or word in grammar.epicene:
            return None
        if word in grammar.alone and not self._means_alone(at):
            return None
        if not self._agrees(self._heads, verb, at, agreeing):
            return ""
        is_sure = agreeing.masculine != agreeing.feminine
        if known is None and not (is_sure and grammar.like_adjective.search(word)):
            raise Refused(UNSURE_AGREEMENT)  # "son parásitos": a noun of its own?
        return agreeing.other(agreeing.gender)

    def _is_masked(self, at: int) -> bool:
        """Whether a word is spelt so that it is not read: "t0nta", "t o n t a"."""
        after = self._tokens[at + 1].lower if at + 1 < len(self._tokens) else ""
        is_spaced = len(self._tokens[at].lower) == len(after) == 1 and after.isalpha()
        return is_spaced or _MASKED.search(self._tokens[at].lower) is not None

    def _article(self, verb: int, at: int) -> tuple[int, str] | None:
        """The article of "son los más listos", with its other gender.

        Raises:
            Refused: A noun that is not listed follows: "ser unos salvajes".
        """
        grammar, tokens = self._grammar, self._tokens
        word = tokens[at].lower
        agreeing = grammar.determiner(word)
        if agreeing is None or tokens[at].begins_clause or at + 1 >= len(tokens):
            return None
        if any(at < head.place <= at + 3 and head.is_swapped for head in self._heads):
            return None
        others = [h for h in self._heads if not at < h.place <= at + 1 or h.is_swapped]
        after = tokens[at + 1].lower
        if word in grammar.definite and after in grammar.degrees:
            if not self._agrees(others, verb, at, agreeing):
                return None
            return at, agreeing.other(agreeing.gender)
        has_gender = grammar.gendered_ending.search(after) is not None
        is_adjective = grammar.adjective(after) is not None or not has_gender
        by_ending = grammar.unknown_adjective(after)
        is_common = by_ending is not None and by_ending.gender != agreeing.gender
        if is_common and not is_adjective and word in grammar.some | grammar.indefinite:
            if self._agrees(others, verb, at, agreeing):
                return at, agreeing.other(agreeing.gender)  # "unos canallas"
            return None
        if word in grammar.some or (word in grammar.indefinite and is_adjective):
            if has_gender and grammar.adjective(after) is None and word not in grammar.some:
                return None
            if self._agrees(others, verb, at, agreeing):
                raise Refused(UNSURE_AGREEMENT)
        return None

    def _naming(self, verb: int, at: int) -> list[tuple[int, str]] | None:
        """The article and adjectives that name somebody, if they change; see `named_behind`."""
        grammar = self._grammar
        named = named_behind(self._tokens, at, self._taken, grammar)
        if named is None:
            return None
        heads = [h for h in self._heads if h.is_swapped or not at < h.place <= named.last]
        if not self._agrees(heads, verb, at, named.agreeing, is_noun=True):
            return None
        if named.is_open:
            raise Refused(UNSURE_AGREEMENT)
        self._heads = heads
        changed = [(at, named.article)] if named.article else []
        for place in named.places:
            agreeing = grammar.adjective(self._tokens[place].lower)
            if agreeing is not None and agreeing.gender == named.agreeing.gender:
                changed.append((place, agreeing.other(agreeing.gender)))
        return changed

    def _floating(self, taken: Collection[int]) -> list[tuple[int, str]]:
        """The places of *todos* and *juntos* away from their noun: "pueden irse todos".

        Raises:
            Refused: One of them may mean everybody.
        """
        grammar, tokens = self._grammar, self._tokens
        changed = []
        for place, token in enumerate(tokens):
            new = grammar.everybody.get(token.lower)
            agreeing = grammar.determiner(token.lower) or grammar.adjective(token.lower)
            if new is None or agreeing is None or place in taken:
                continue
            if place + 1 < len(tokens) and not tokens[place + 1].begins_clause:
                after = tokens[place + 1].lower
                article = grammar.determiner(after)
                if article is None and after in grammar.articles:
                    continue
                is_of_phrase = article is not None and (article.gender or after not in grammar.some)
                if is_of_phrase and article is not None and _is_alike(article, agreeing):
                    continue
            alike = _alike(self._heads, agreeing)
            if not any(h.is_swapped for h in alike):
                is_spoken = place and tokens[place - 1].lower in grammar.of_speaker
                genders = {h.gender for h in self._heads if h.is_swapped}
                if grammar.is_strict and is_spoken and agreeing.gender in genders:
                    raise Refused(UNSURE_AGREEMENT)  # "un voisin, vous êtes tous"
                continue
            before = tokens[place - 1].lower if place and not token.begins_clause else ""
            if before in grammar.everybody_idioms:
                continue  # "de una vez por todas"
            is_governed = not before or before in grammar.prepositions
            if is_governed or not all(h.is_swapped for h in alike):
                raise Refused(UNSURE_AGREEMENT)
            changed.append((place, new))
        return changed

    def _detached(self) -> list[tuple[int, str]]:
        """The places of adjectives that a comma parts from their noun: "l'homme, âgé de 30 ans"."""
        grammar, tokens = self._grammar, self._tokens
        changed: list[tuple[int, str]] = []
        for head in self._heads if grammar.is_strict else ():
            at = head.place + 1
            while at < len(tokens) and at in self._taken and not tokens[at].begins_clause:
                at += 1
            if not head.is_swapped or head.is_governed or at >= len(tokens):
                continue
            agreeing = grammar.adjective(tokens[at].lower)
            if agreeing is None or tokens[at].gap.strip() != "," or at in self._taken:
                continue
            if (agreeing.gender, agreeing.number) == (head.gender, head.number):
                changed.append((at, agreeing.other(head.gender)))
        return changed

    def _pronouns(self) -> list[tuple[int, str]]:
        """The places of "los otros" without a noun and "sí mismos", with their other gender.

        Raises:
            Refused: They may mean others than a swapped noun.
        """
        grammar, tokens = self._grammar, self._tokens
        changed = []
        for place, token in enumerate(tokens[1:], 1):
            before = tokens[place - 1].lower
            is_last = place + 1 == len(tokens) or tokens[place + 1].begins_clause
            is_self = token.lower in grammar.after_noun and not token.begins_clause
            if is_self and before in grammar.pronouns and place - 1 in self._taken:
                one = grammar.determiner(token.lower)
                if one is not None:
                    changed.append((place, one.other(one.gender)))  # "ella misma"
                continue
            reflexive = before in grammar.oneself and is_self
            articles = grammar.definite | grammar.indefinite
            others = is_last and token.lower in grammar.others and before in articles
            those = token.lower in grammar.those and not is_last
            those = those and tokens[place + 1].lower in grammar.like
            agreeing = grammar.determiner(token.lower)
            if not (reflexive or others or those) or agreeing is None or place in self._taken:
                continue
            alike = [h for h in self._heads if h.gender in ("", agreeing.gender)]
            if not any(h.is_swapped for h in alike):
                continue
            is_like = place > 2 and tokens[place - 2].lower in grammar.like
            is_like = reflexive or those or (is_like and place - 3 in self._taken)
            if not is_like or not all(h.is_swapped for h in alike):
                raise Refused(UNSURE_AGREEMENT)
            form = agreeing.other(agreeing.gender)
            changed.append((place, grammar.those.get(token.lower, form)))
            article = grammar.determiner(before) if others else None
            if article is not None:
                changed.append((place - 1, article.other(agreeing.gender)))
        return changed

    def _means_alone(self, place: int) -> bool:
        """Whether "solo" is "alone": nothing follows that it could be "only" to."""
        return place + 1 == len(self._tokens) or self._tokens[place + 1].begins_clause

    def _agrees(
        self,
        heads: Sequence[Head],
        verb: int,
        place: int,
        agreeing: Agreeing,
        is_noun: bool = False,
    ) -> bool:
        """Whether an adjective, or one that names somebody, is said of a swapped noun.

        Raises:
            Refused: It cannot be told.
        """
        grammar, tokens = self._grammar, self._tokens
        alike = _alike(heads, agreeing)
        swapped = [h for h in alike if h.is_swapped]
        start = self._clause_of(verb)
        joined = joined_genders(tokens, heads, verb, grammar)
        if len(joined) > 1 and (agreeing.gender, agreeing.number) == ("m", "p"):
            return False  # "les garçons et les filles sont grands"
        if grammar.is_strict and joined == {agreeing.gender} and agreeing.number == "p":
            return True  # "mon père et mon oncle sont grands"
        if grammar.infinitive_is_subject and grammar.infinitive.search(tokens[start].lower):
            links = grammar.who | {grammar.that}
            is_main = grammar.infinitive.search(tokens[verb].lower) is None
            is_main = is_main or tokens[verb - 1].lower not in grammar.prepositions
            if is_main and links.isdisjoint(t.lower for t in tokens[start:verb]):
                return False  # "insulter un voisin est interdit"
        if not swapped:
            if self._has_partitive(start, verb, agreeing):
                raise Refused(UNSURE_AGREEMENT)  # "la mayoría de ellos es lista"
            is_feminine = agreeing.gender == "f" and tokens[verb].lower not in grammar.of_speaker
            if is_feminine and not alike and any(h.gender == "f" and h.is_swapped for h in heads):
                raise Refused(UNSURE_AGREEMENT)  # "ninguna es tan alta como las vecinas"
            is_infinitive = grammar.infinitive.search(tokens[start].lower) is not None
            if grammar.is_strict and not alike and not is_infinitive:
                subjects = [h for h in heads if start <= h.place < verb and not h.is_governed]
                if any(h.is_swapped and h.gender == agreeing.gender for h in subjects):
                    raise Refused(UNSURE_AGREEMENT)  # "les voisins sont fatigué"
            return False
        subjects = [h for h in heads if start <= h.place < verb and not h.is_governed]
        inverted = [h for h in alike if h.place == verb + 1 and tokens[h.place].gap[:1] == "-"]
        if inverted:
            return inverted[0] in swapped  # "est-elle contente"
        if subjects:
            clause = range(start, verb)
            that = max((p for p in clause if tokens[p].lower == grammar.that), default=-1)
            later = [h for h in subjects if h.place > that]
            subject = (later or subjects)[0]
            if grammar.is_strict and self._ends_relative(that, subject, verb):
                subject = subjects[0]  # "la fille que le garçon a vue est partie"
            if that >= 0 and not later and any(verb < h.place <= place + 2 for h in swapped):
                raise Refused(UNSURE_AGREEMENT)  # "la primera vez que es elegida una jueza"
            if subject in swapped and grammar.infinitive.search(tokens[start].lower):
                raise Refused(UNSURE_AGREEMENT)  # "insultar a un vecino es feo"
            if subject in alike:
                return subject in swapped
        if start == verb and not _QUOTES.isdisjoint(tokens[verb].gap):
            raise Refused(UNSURE_AGREEMENT)  # '"la vecina" es ofensiva'
        named = [h for h in heads if h.place < start]
        if named and tokens[start].lower in grammar.who:
            return named[-1] in swapped  # "con el vecino, que está cansado"
        following = tokens[place + 1].lower if place + 1 < len(tokens) else ""
        is_neuter = (agreeing.gender, agreeing.number) == ("m", "s") and not is_noun
        is_impersonal = following in grammar.infinitive_words
        if is_neuter and (is_impersonal or grammar.infinitive.search(following)):
            return False  # "es obvio que"
        end = place + 1
        while end < min(place + 4, len(tokens)) and tokens[end].lower not in grammar.clause_words:
            end += 1
        after = [h for h in heads if place < h.place < end and not h.is_governed]
        if after:
            return after[0] in swapped
        if tokens[verb].lower in grammar.of_speaker and not any(h.place < verb for h in swapped):
            return False
        if all(h.is_governed and h.place > verb for h in swapped):
            raise Refused(UNSURE_AGREEMENT)  # "se siente atraída por una vecina"
        is_governed = all(h.is_governed for h in swapped)
        if len(swapped) == len(alike) and not (is_governed and is_neuter):
            return True
        raise Refused(UNSURE_AGREEMENT)

    def _ends_relative(self, that: int, subject: Head, verb: int) -> bool:
        """Whether a relative clause with a subject and a verb of its own ends before a verb."""
        grammar, tokens = self._grammar, self._tokens
        is_relative = that > 0 and any(h.place == that - 1 for h in self._heads)
        if not is_relative or subject.place < that:
            return False
        while verb > subject.place + 1 and (
            tokens[verb - 1].lower in grammar.have | grammar.copulas | grammar.adverbs
        ):
            verb -= 1
        between = tokens[subject.place + 1 : verb]
        return any(t.lower in grammar.copulas or grammar.is_finite(t.lower) for t in between)

    def _clause_of(self, verb: int) -> int:
        """Where the clause of a verb begins."""
        tokens = self._tokens
        while verb and not (
            tokens[verb].begins_clause or tokens[verb - 1].lower in self._grammar.clause_words
        ):
            verb -= 1
        return verb

    def _has_partitive(self, start: int, verb: int, agreeing: Agreeing) -> bool:
        """Whether the subject is a part of a swapped noun: "la mayoría de los médicos"."""
        words = {token.lower for token in self._tokens[start:verb]}
        if words.isdisjoint(self._grammar.partitives) or agreeing.number != "s":
            return False
        inside = [h for h in self._heads if start <= h.place < verb and h.is_swapped]
        return any(h.gender == agreeing.gender for h in inside)


def _is_alike(one: Agreeing, other: Agreeing) -> bool:
    return one.gender in ("", other.gender) and one.number == other.number


def _alike(heads: Sequence[Head], agreeing: Agreeing) -> list[Head]:
    """The nouns that a word may agree with."""
    return [h for h in heads if h.gender in ("", agreeing.gender) and h.number == agreeing.number]
