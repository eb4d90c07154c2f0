"""Which case a German noun phrase stands in where its own words leave that open.

Feminine and plural forms do not tell the nominative from the accusative (*die Lehrerin*), which
masculine ones do (*der Lehrer*, *den Lehrer*). The sentence tells: a preposition, a subject that
can be nothing else, a verb such as *ist*, the place before the verb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairflip.text.languages.german.clauses import Clause
from fairflip.text.languages.german.forms import articles
from fairflip.text.languages.german.genitives import FIRST_NO_NOUN, by_genitive
from fairflip.text.languages.german.phrases import Option, Phrase
from fairflip.text.languages.german.words import (
    ADVERBS,
    COPULA,
    DATIVE_STEMS,
    EPICENE,
    GIVING_STEMS,
    IMPERATIVES,
    JOINS,
    PLURAL_VERBS,
    PREPOSITIONS,
    QUANTITIES,
    SINGULAR_COPULA,
    SUBJECTS,
    SUBORDINATORS,
    TIMES,
    WERDEN,
)
from fairflip.text.languages.tokens import Token, word_set

_RELATIVES = word_set("der die das den dem dessen deren welcher welche welches")
_TO_BE = word_set("sein werden bleiben geworden gewesen geblieben wäre")


def narrowed(
    phrase: Phrase,
    tokens: Sequence[Token],
    outcome: Callable[[Option], object],
) -> tuple[Option, ...]:
    """The options that the sentence leaves: more than one where it does not tell.

    Args:
        phrase: The phrase.
        tokens: The words of the text.
        outcome: What an option leads to; where all lead to the same there is nothing to tell.
    """
    options = phrase.options
    clause = Clause(tokens, phrase)
    for rule in (by_genitive, _by_number, _by_dative, _by_subject):
        if len({outcome(one) for one in options}) <= 1:
            break
        fitting = rule(clause, options)
        options = fitting or options
    return options


def _by_number(clause: Clause, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """A bare noun is a plural, but for "er ist Lehrer" and "als Lehrer"."""
    if clause.phrase.article is not None or len({one.cell[0] for one in options}) < 2:
        return options
    singular = tuple(one for one in options if one.cell[0] == "s")
    plural = tuple(one for one in options if one.cell[0] == "p")
    tokens, phrase = clause.tokens, clause.phrase
    before = tokens[phrase.first - 1].lower if phrase.first > clause.start else ""
    is_plural = clause.has(PLURAL_VERBS - {"werden", "haben"}) or (
        clause.has({"werden", "haben"}) and not clause.has(SINGULAR_COPULA)
    )
    after = tokens[phrase.noun + 1] if phrase.noun + 1 < clause.end else None
    if before == "als":
        earlier = {t.lower for t in tokens[clause.start : phrase.first]}
        return plural if is_plural and earlier.isdisjoint(_ONE) else singular
    if phrase.preposition or _counted(clause):
        return plural
    if phrase.first == clause.begin:
        if after is not None and after.is_capital:
            return singular  # a title before a name
        if after is not None and after.lower.endswith("n"):
            return plural
        return options if not is_plural else plural
    if clause.has(SINGULAR_COPULA) and not is_plural:
        if after is not None and after.lower not in _TO_BE | JOINS:
            return options
        return singular
    if clause.end - clause.start < 3 or clause.last in ("nennen", "nennt", "genannt"):
        return options  # "Typisch Lehrer"
    return plural


_ONE = word_set("ein eine einen einem einer ihn ihm mich dich mir dir ich du")


def _counted(clause: Clause) -> bool:
    first = clause.phrase.first
    return first > clause.start and clause.tokens[first - 1].lower in QUANTITIES


def _by_dative(clause: Clause, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Whether it is a dative: "den Studenten", "Schülerinnen helfen"."""
    datives = tuple(one for one in options if one.cell[1] == "d")
    others = tuple(one for one in options if one.cell[1] != "d")
    if not datives or not others:
        return options
    preposition = clause.phrase.preposition
    if preposition:
        if preposition in ("über", "auf") and clause.phrase.article is None:
            return others
        return datives if preposition in ("unter", "zwischen", "vor") else options
    if clause.has_stem(DATIVE_STEMS + GIVING_STEMS):
        return options
    return others


def _by_subject(clause: Clause, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The nominative or the accusative."""
    nominatives = tuple(one for one in options if one.cell[1] == "n")
    accusatives = tuple(one for one in options if one.cell[1] == "a")
    if not nominatives or not accusatives:
        return options
    is_subject = _is_subject(clause)
    if is_subject is None:
        return options
    return nominatives if is_subject else accusatives


def _is_subject(clause: Clause) -> bool | None:
    """Whether the phrase is its clause's subject or stands in the subject's case."""
    tokens, phrase, words = clause.tokens, clause.phrase, clause.words
    before = tokens[phrase.first - 1].lower if phrase.first > clause.start else ""
    rest = [t.lower for t in tokens[phrase.noun + 1 : clause.end]]
    if before == "als" or before == "wie":
        if clause.has({"gibt", "gab"}):
            return False
        if before == "als" and clause.has({"haben", "hatten", "hatte", "habe", "kenne", "kannte"}):
            return False if not clause.has({"schlauer", "besser"}) else None
        return True
    if before in ("und", "oder", "sowie") and phrase.first - 2 >= clause.start:
        if rest[:2] == ["und", "ich"]:
            return True
        if phrase.first - 2 == clause.begin:
            return True
    if rest[:2] and rest[0] == "und" and rest[1] in ("ich", "er", "du"):
        return True
    if "zu" in words and words[-1] in ("sein", "werden", "bleiben"):
        return True
    if _is_infinitive_group(clause):
        return False
    if clause.has({"gibt", "gab", "gäbe"}) and "es" in words:
        return False
    if words[-1] in ("nennen", "genannt", "nenne", "nennt") or clause.has({"nennen"}):
        return False
    if _is_copular(clause):
        return True
    if _has_other_subject(clause):
        return False
    if words[0] in IMPERATIVES and phrase.first - clause.start <= 3 and "?" not in _sign(clause):
        return False
    if clause.begin >= phrase.first:
        return _first_is_subject(clause, rest)
    first = tokens[clause.begin].lower
    if first in SUBORDINATORS:
        return not _noun_phrase_between(clause, clause.begin + 1)
    if tokens[clause.start].gap.strip() == "," and first in _RELATIVES:
        if first in ("der", "welcher"):
            return False
        if first in ("den", "dem", "dessen", "deren"):
            return True
        return (
            True if first == "das" and not _noun_phrase_between(clause, clause.begin + 1) else None
        )
    if phrase.first == clause.begin + 1 and not tokens[clause.begin].is_capital:
        return True  # behind a verb that begins the clause
    if phrase.first == clause.begin + 1 and tokens[clause.begin].begins_sentence:
        # "Hat die Fahrerin …?", "Auch die Lehrerin …"; "Noch eine Frau."
        return True
    if clause.phrase.preposition:
        return None
    return not _noun_phrase_between(clause, clause.begin)


def _sign(clause: Clause) -> str:
    return clause.tokens[clause.end].gap if clause.end < len(clause.tokens) else ""


def _is_infinitive_group(clause: Clause) -> bool:
    """Whether its verb is an infinitive with "zu", which has no subject."""
    words = clause.words
    if "zu" in words[:-1] and words[-2] == "zu" and words[-1].endswith("n"):
        return not any(word in SINGULAR_COPULA | PLURAL_VERBS | SUBJECTS for word in words)
    ends = words[-1]
    return "zu" in ends and ends.endswith("en") and len(words) < 6 and words[0] in ("um", "ohne")


def _is_copular(clause: Clause) -> bool:
    """Whether its verb takes no object: "ist", "wird informiert", "will Ärztin werden"."""
    words = clause.words
    if words[-1] in _TO_BE and words[-1] != "werden":
        return True
    if words[-1] == "werden":
        return True
    if clause.has(COPULA - {"wird"}):
        return True
    if not clause.has(WERDEN):
        return False
    last = words[-1] if words[-1] not in WERDEN else words[-2] if len(words) > 1 else ""
    if clause.tokens[clause.end - 1].is_capital:  # "ich werde Ärztin"
        return True
    # A participle and no infinitive: "wird gelobt", "wird entlassen"? The last is left open.
    return last.startswith("ge") or last.endswith("t")


def _has_other_subject(clause: Clause) -> bool:
    """Whether a word of it can be nothing but another subject."""
    tokens, phrase = clause.tokens, clause.phrase
    for place in range(clause.start, clause.end):
        if phrase.first <= place <= phrase.noun:
            continue
        word = tokens[place].lower
        if word in SUBJECTS or (word in ("alle", "viele") and place == clause.begin):
            if word in ("jeder", "keiner", "alle", "viele") and _noun_behind(tokens, place, clause):
                if word in ("jeder", "keiner"):
                    continue
                return True
            return True
        if (
            word == "sie"
            and place < phrase.first
            and (place == clause.begin or place <= clause.begin + 2)
        ):
            return True
        if word == "der" and place > phrase.noun:
            nxt = tokens[place + 1] if place + 1 < clause.end else None
            prev = tokens[place - 1]
            if (
                nxt is not None
                and nxt.is_capital
                and not prev.is_capital
                and (prev.lower not in PREPOSITIONS and nxt.lower in EPICENE["m"])
            ):
                return True
    return False


def _noun_behind(tokens: Sequence[Token], place: int, clause: Clause) -> bool:
    return place + 1 < clause.end and tokens[place + 1].is_capital


def _first_is_subject(clause: Clause, rest: Sequence[str]) -> bool:
    """A phrase at the beginning is the subject, unless another one follows its verb."""
    return not (len(rest) > 1 and rest[1] in ("ich", "du", "wir", "man", "er"))


def _noun_phrase_between(clause: Clause, start: int) -> bool:
    """Whether another phrase that may be the subject stands before this one."""
    tokens, phrase = clause.tokens, clause.phrase
    place = start
    governed = False
    while place < phrase.first:
        token = tokens[place]
        word = token.lower
        if word in PREPOSITIONS or word in ("am", "im", "zum", "zur", "beim", "vom", "ans", "ins"):
            governed = True
        elif token.is_capital and not (
            token.begins_sentence and (word in articles() or word in FIRST_NO_NOUN)
        ):
            is_first_adverb = token.begins_sentence and not _looks_like_noun(tokens, place)
            if not governed and word not in TIMES and not is_first_adverb:
                return not _is_genitive_or_dative(tokens, place)
            governed = False
        elif word in ("sie", "es") and not governed:
            return True
        place += 1
    return False


def _looks_like_noun(tokens: Sequence[Token], place: int) -> bool:
    """Whether a capitalised first word may be a noun or a name: the verb follows it."""
    word = tokens[place].lower
    return word not in ADVERBS and not word.endswith(("lich", "weise", "ens", "mals", "erweise"))


def _is_genitive_or_dative(tokens: Sequence[Token], noun: int) -> bool:
    before = tokens[noun - 1].lower if noun else ""
    return before in ("dem", "einem", "des", "eines", "meinem", "seinem", "ihrem", "unserem")
