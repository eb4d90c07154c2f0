"""German pronouns that say a gender: which of them mean a person, and what they become.

*er, ihn, ihm, sein* mean a man, or a thing of masculine gender, or (*ihm, sein*) a child; *sie* and
*ihr* mean a woman, a thing, or several; *Sie* and *Ihr* the reader. What stands before tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.languages.german.forms import ENDINGS, articles
from fairflip.text.languages.german.lexicon import Lexicon
from fairflip.text.languages.german.words import (
    DATIVE_STEMS,
    GIVING_STEMS,
    IMPERATIVES,
    JOINS,
    NO_ADJECTIVES,
    PREPOSITIONS,
    QUANTITIES,
    SUBJECTS,
    SUBORDINATORS,
    TIMES,
)
from fairflip.text.languages.tokens import Refused, Token, word_set

UNSURE_PRONOUN = "unsure_pronoun"
_MALE = {"er": "sie", "ihn": "sie", "ihm": "ihr"}
_REFLEXIVES = {
    "seinetwegen": "ihretwegen",
    "seinerseits": "ihrerseits",
    "seinesgleichen": "ihresgleichen",
}
#: What each pronoun is counted as.
KEYS = {
    "er": ("er", "male"),
    "ihn": ("ihn", "male"),
    "ihm": ("ihm", "male"),
    "sein": ("sein", "male"),
    "sie": ("sie", "female"),
    "ihr": ("ihr", "female"),
}
# What is given without an article: "gab ihr Geld", but "gab ihr Haus her".
_GIVEN = word_set(
    """geld wasser zeit recht mut hilfe glück angst tee kaffee essen bücher briefe geschenke rat
    trost schutz zuspruch unterricht bescheid arbeit halt kraft spaß freude unrecht ärger"""
)
_SECOND_PLURAL = word_set(
    """habt seid könnt wollt müsst sollt dürft werdet wisst wart hattet wurdet würdet hättet wärt
    könntet solltet mögt"""
)


class Mention(NamedTuple):
    """A noun phrase or pronoun that a later pronoun may mean."""

    place: int
    genders: frozenset[str]  # of m, f, n, p
    is_listed: bool  # whether it is swapped
    is_first: bool  # whether it begins its clause


class PronounSwap(NamedTuple):
    """A pronoun to change: its new word, and what it is counted as."""

    place: int
    new: str
    key: str


class Pronouns:
    """The pronouns of one text."""

    def __init__(
        self,
        tokens: Sequence[Token],
        mentions: Sequence[Mention],
        lexicon: Lexicon,
        is_article: dict[int, bool],
    ):
        """Takes the words and the phrases that are swapped.

        Args:
            tokens: The words.
            mentions: The phrases that are swapped.
            lexicon: Tells unlisted nouns from listed ones.
            is_article: The places of articles of listed phrases.
        """
        self._tokens = tokens
        self._articles = is_article
        self._mentions = [*mentions, *self._unlisted(lexicon)]
        self._has_neuter = any(m.is_listed and "n" in m.genders for m in mentions)
        self._read_sie: dict[int, tuple[str, str]] = {}

    def swaps(self) -> list[PronounSwap]:
        """The pronouns that change, in their order, but for possessives of listed phrases.

        Raises:
            Refused: One of them may mean somebody else.
        """
        swaps_here = []
        for place, token in enumerate(self._tokens):
            if place in self._articles:
                continue
            word = token.lower
            new = ""
            key = ""
            if word in _MALE:
                new, key = self._male(place, word), word
            elif word in _REFLEXIVES:
                new, key = _REFLEXIVES[word], "sein"
            elif word == "sie":
                new, key = self._sie(place), "sie"
            elif word == "ihr":
                new, key = self._ihr(place), "ihr"
            elif possessive_stem(word):
                stem = possessive_stem(word)
                other = self.possessive(place)
                if other:
                    new, key = other + word[len(stem) :], stem
            if new:
                self._mention(place, "m" if key in ("er", "ihn", "ihm", "sein") else "f")
                swaps_here.append(PronounSwap(place, new, key))
        return swaps_here

    def possessive(self, place: int) -> str:
        """The other stem of a possessive; "" where it stays.

        Raises:
            Refused: It may be somebody else's.
        """
        token = self._tokens[place]
        stem = possessive_stem(token.lower)
        if stem == "sein":
            if token.lower == "sein" and not self._noun_follows(place):
                return ""  # the verb
            return "ihr" if self._means(place, "m", {"m", "n"}) else ""
        if token.is_capital and not token.begins_sentence:
            return ""  # of whom the text speaks to
        return "sein" if self._means(place, "f", {"f", "p"}, needs_one=True) else ""

    def _mention(self, place: int, gender: str) -> None:
        if self._tokens[place].lower in ("er", "sie"):
            self._mentions.append(Mention(place, frozenset(gender), True, True))

    def _means(self, place: int, gender: str, kinds: set[str], needs_one: bool = False) -> bool:
        """Whether a pronoun means somebody who is swapped.

        Args:
            place: Where it stands.
            gender: Of the one whom it means then.
            kinds: All that it can mean: "p" is several.
            needs_one: Whether somebody must have been named before.

        Raises:
            Refused: It cannot be told.
        """
        before = [m for m in self._mentions if m.place < place and m.genders & kinds]
        listed = [m for m in before if m.is_listed and gender in m.genders]
        others = [m for m in before if m not in listed]
        if self._has_neuter and self._names_neuter(place):
            raise Refused(UNSURE_PRONOUN)
        if not before:
            if needs_one and not self._is_named_later(place):
                raise Refused(UNSURE_PRONOUN)
            return True
        if not others:
            return True
        if not listed:
            return False
        last = max(m.place for m in listed)
        firsts = [m for m in others if m.is_first]
        if not firsts or (
            any(m.is_first for m in listed) and not any(m.place > last for m in firsts)
        ):
            return True
        if all(m.place < last for m in firsts) and self._same_sentence(firsts[-1].place, place):
            raise Refused(UNSURE_PRONOUN)
        if not self._same_sentence(firsts[-1].place, place):
            return True
        raise Refused(UNSURE_PRONOUN)

    def _names_neuter(self, place: int) -> bool:
        """Whether only "Mädchen" or who becomes it was named before."""
        return any(m.is_listed and "n" in m.genders and m.place < place for m in self._mentions)

    def _is_named_later(self, place: int) -> bool:
        """Whether "sie" is the subject of the clause: "Trotz ihres Alters läuft sie"."""
        later = place + 1
        while later < len(self._tokens) and not self._tokens[later].begins_clause:
            if self._tokens[later].text == "sie":
                verb, is_subject = self._verb_of(later)
                return is_subject and not verb.endswith("n") and verb != "sind"
            later += 1
        return False

    def _same_sentence(self, first: int, last: int) -> bool:
        return not any(t.begins_sentence for t in self._tokens[first + 1 : last + 1])

    def _male(self, place: int, word: str) -> str:
        kinds = {"m", "n"} if word == "ihm" else {"m"}
        return _MALE[word] if self._means(place, "m", kinds) else ""

    def _sie(self, place: int) -> str:
        token = self._tokens[place]
        if token.is_capital and not token.begins_sentence and not token.text.isupper():
            return ""
        verb, is_subject = self._verb_of(place)
        if is_subject:
            if verb.endswith("n") or verb in ("sind", "seid"):
                return ""  # several, or the reader
            return "er" if self._means(place, "f", {"f"}) else ""
        return "ihn" if self._means(place, "f", {"f", "p"}, needs_one=True) else ""

    def _verb_of(self, place: int) -> tuple[str, bool]:
        """The verb beside "sie", and whether "sie" is its subject.

        Raises:
            Refused: Neither can be told.
        """
        tokens = self._tokens
        start = place
        while start and not tokens[start].begins_clause:
            start -= 1
        end = place + 1
        while end < len(tokens) and not tokens[end].begins_clause:
            end += 1
        before = tokens[place - 1].lower if place > start else ""
        if before in PREPOSITIONS:
            return "", False
        words = [t.lower for t in tokens[start:end]]
        own = place - start
        others = [w for i, w in enumerate(words) if i != own and w in SUBJECTS]
        if before in JOINS and own >= 2 and words[own - 2] not in JOINS:
            # "…, und sie …" and "er und sie": a new clause begins where a verb follows.
            after = words[own + 1] if own + 1 < len(words) else ""
            if after.endswith("t") or after.endswith(("te", "ten", "en")):
                return after, True
        if others:
            return "", False
        opening = words[0]
        if opening in JOINS and len(words) > 1:
            opening = words[1]
        if own == 0 or (own == 1 and words[0] in JOINS):
            after = next((w for w in words[own + 1 :] if w not in ("selbst", "auch", "nur")), "")
            if not after:
                raise Refused(UNSURE_PRONOUN)
            return after, True
        if opening == "als" and tokens[start + 1].is_capital and not tokens[place - 1].is_capital:
            return before, True  # "Als Ärztin verdient sie …"
        if opening in SUBORDINATORS:
            nouns = [t for t in tokens[start + 1 : place] if t.is_capital]
            if nouns:
                return "", False
            return words[-1], True
        if opening in IMPERATIVES:
            return "", False
        if tokens[start].gap.strip() == "," and opening in ("der", "die", "das"):
            if opening == "der":
                return "", False
            return words[-1], True
        if opening in ("den", "dem", "dessen", "deren", "welche", "was"):
            return words[-1], True
        # Behind the verb: the subject, unless another one stands before the verb.
        nouns = [
            t
            for t in tokens[start : place - 1]
            if t.is_capital and not (t.begins_sentence and t.lower in PREPOSITIONS | NO_ADJECTIVES)
        ]
        is_governed = words[0] in PREPOSITIONS or words[0] in (
            "am",
            "im",
            "zum",
            "zur",
            "beim",
            "vom",
        )
        if "zu" in words[own:]:
            return "", False
        if not before or (tokens[place - 1].is_capital and not tokens[place - 1].begins_sentence):
            return "", False
        if nouns and not is_governed and len(words) > 2:
            first = tokens[start]
            is_time = any(t.lower in TIMES for t in nouns)
            if is_time or (first.begins_sentence and nouns == [first] and own == 2):
                return before, True
            return "", False
        return before, True

    def _ihr(self, place: int) -> str:
        token = self._tokens[place]
        if token.is_capital and not token.begins_sentence and not token.text.isupper():
            return ""
        tokens = self._tokens
        before = tokens[place - 1].lower if place and not token.begins_clause else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        if before in _SECOND_PLURAL or (after is not None and after.lower in _SECOND_PLURAL):
            return ""
        has_noun = self._noun_follows(place)
        is_before_verb = after is not None and after.lower.endswith("t") and not after.is_capital
        if token.begins_clause and is_before_verb and not has_noun:
            raise Refused(UNSURE_PRONOUN)  # "ihr geht" or "ihr geht es gut"
        if has_noun:
            noun = next(t.lower for t in tokens[place + 1 :] if t.is_capital)
            may_be_given = noun in _GIVEN or noun.endswith("en")
            if before and before not in PREPOSITIONS and may_be_given and self._gives(place):
                raise Refused(UNSURE_PRONOUN)
            return self.possessive(place)
        return "ihm" if self._means(place, "f", {"f"}) else ""

    def _gives(self, place: int) -> bool:
        """Whether a verb of the sentence takes a person in the dative."""
        first, last = place, place
        while first and not self._tokens[first].begins_clause:
            first -= 1
        while last + 1 < len(self._tokens) and not self._tokens[last + 1].begins_clause:
            last += 1
        stems = DATIVE_STEMS + GIVING_STEMS
        return any(
            t.lower.startswith(stems) and not t.is_capital for t in self._tokens[first : last + 1]
        )

    def _noun_follows(self, place: int) -> bool:
        """Whether a noun, with adjectives or without, stands right behind a word."""
        for token in self._tokens[place + 1 : place + 4]:
            if token.begins_clause:
                return False
            if token.is_capital:
                return True
            if not token.lower.endswith(ENDINGS) or token.lower in NO_ADJECTIVES | PREPOSITIONS:
                return False
        return False

    def _unlisted(self, lexicon: Lexicon) -> list[Mention]:
        """Noun phrases of things and of people that no list names."""
        mentions = []
        known = articles()
        tokens = self._tokens
        for place, token in enumerate(tokens):
            if place in self._articles or (
                token.lower not in known and token.lower not in QUANTITIES
            ):
                continue
            noun = self._noun_behind(place)
            if noun is None or lexicon.readings(tokens[noun].text):
                continue
            if tokens[noun].lower in TIMES:
                continue
            before = tokens[place - 1].lower if place and not token.begins_clause else ""
            if before in PREPOSITIONS:
                continue
            if token.lower in QUANTITIES and token.lower not in known:
                genders = frozenset("p")
            else:
                readings = {r for one in known[token.lower] for r in one.readings(token.lower)}
                cases = {cell[1] for _, cell in readings}
                genders = frozenset(g for g, cell in readings if cell[1] == "n" or "n" not in cases)
                if tokens[noun].lower.endswith(("ung", "heit", "keit", "schaft", "tät", "ion")):
                    genders &= {"f"}
            begins = (
                token.begins_clause
                or token.begins_sentence
                or place == 0
                or (before in SUBORDINATORS | JOINS)
            )
            if genders:
                mentions.append(Mention(noun, genders, False, begins))
        return mentions

    def _noun_behind(self, place: int) -> int | None:
        for number in range(place + 1, min(place + 4, len(self._tokens))):
            token = self._tokens[number]
            if token.begins_clause:
                return None
            if token.is_capital:
                return number
            if not token.lower.endswith(ENDINGS):
                return None
        return None


def possessive_stem(word: str) -> str:
    """The stem of a possessive, "sein" or "ihr"; "" for other words."""
    for stem in ("sein", "ihr"):
        if word == stem or (word.startswith(stem) and word[len(stem) :] in ENDINGS):
            return stem
    return ""
