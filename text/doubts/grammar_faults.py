"""Slips of English grammar that can be seen without a parser, to compare two versions of a text.

What counts is that one version has more of them than the other: a slip of the author's own
stands in both. Rules see agreement beside a pronoun, articles, plurals, doubled words, what was
left over, brackets and how a text begins and ends; they do not judge style.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from fairflip.text.repair import takes_an
from fairflip.text.validity import new_fragments


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DOUBLED = re.compile(r"(?<![^\W_])([^\W\d_]+) \1(?![^\W_])", re.IGNORECASE)
# Said twice on purpose, or with a comma left out.
_SAID_TWICE = _words(
    """had that very so really no ha haha la blah bye much far more many long there is you"""
)
_AGREEMENT = re.compile(
    r"(?<![^\W_])(?:(?:he|she) (?:are|am|have|don['’]t|haven['’]t|aren['’]t)"
    r"|(?:they|we) (?:is|was|has|am|does|isn['’]t|wasn['’]t|hasn['’]t|doesn['’]t)"
    r"|(?:are|am|aren['’]t) (?:he|she))(?![^\W_])",
    re.IGNORECASE,
)
# "Let he have it", "did she have": the verb is no finite one.
_AUXILIARY_BEFORE = re.compile(
    r"(?<![^\W_])(?:do|does|did|will|would|can|could|shall|should|may|might|must|if|that|and|or"
    r"|to|let|than|[a-z]+n['’]t)[ \xa0]+$",
    re.IGNORECASE,
)
_CASE = re.compile(
    r"(?<![^\W_])(?:with|at|from|by|beside|behind|against) (?:he|she|they|we|i)"
    r"(?=[ ]*(?:[.,;!?]|$))",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?<![^\W_'’-])(an?) ([^\W\d_]{2,})", re.IGNORECASE)
_SINGULAR = re.compile(r"(?<![^\W_])(?:an?|this|each|every|another) ([^\W\d_]+)", re.IGNORECASE)
_PLURAL = re.compile(r"(?<![^\W_])(?:these|those|many|several|few) ([^\W\d_]+)", re.IGNORECASE)
_AFTER_NOUN = re.compile(r"[ ]*(?:[.,;:!?]|$|(?:is|are|was|were|who|that|and|or|in|on|at|of)\b)")
#: Words, one of which stands in each text with a slip of a kind.
SUBJECTS = frozenset({"he", "she", "they", "we"})
PREPOSITIONS = frozenset({"with", "at", "from", "by", "beside", "behind", "against"})
SIGNS = frozenset(".,;!?")
ARTICLES = frozenset({"a", "an"})
SINGULAR_BEFORE = frozenset({"a", "an", "this", "each", "every", "another"})
PLURAL_BEFORE = frozenset({"these", "those", "many", "several", "few"})
# A text without any of them, and without a word twice, has no slip.
_NO_SLIP_WITHOUT = SUBJECTS | PREPOSITIONS | SIGNS | SINGULAR_BEFORE | PLURAL_BEFORE
_LOOSE_SIGN = re.compile(r"[^\W_] [.,;!?](?:\s|$)")
_ENDS = frozenset(".!?…\"”')")


def num_faults(text: str, singulars: Collection[str] = (), plurals: Collection[str] = ()) -> int:
    """How many slips a text has.

    Args:
        text: English.
        singulars: Nouns of one person, in lower case.
        plurals: Nouns of several.

    >>> num_faults("She are an doctor with he.")
    3
    >>> num_faults("A women left.", plurals={"women"})
    1
    """
    # Most texts hold no word that a rule is about; looking for those is cheap.
    in_order = text.lower().split()
    words = frozenset(in_order)
    if len(words) == len(in_order) and _NO_SLIP_WITHOUT.isdisjoint(words):
        return 0
    faults = 0
    if len(words) < len(in_order):
        faults += sum(word.lower() not in _SAID_TWICE for word in _DOUBLED.findall(text))
    if not words.isdisjoint(SUBJECTS):
        faults += sum(
            _AUXILIARY_BEFORE.search(text, 0, match.start()) is None
            for match in _AGREEMENT.finditer(text)
        )
    if not words.isdisjoint(PREPOSITIONS):
        faults += len(_CASE.findall(text))
    if not words.isdisjoint(SIGNS):
        faults += len(_LOOSE_SIGN.findall(text))
    if not words.isdisjoint(ARTICLES):
        faults += sum(
            takes_an(word) != (len(article) == 2) for article, word in _ARTICLE.findall(text)
        )
    for start, pattern, nouns in (
        (SINGULAR_BEFORE, _SINGULAR, plurals),
        (PLURAL_BEFORE, _PLURAL, singulars),
    ):
        if not words.isdisjoint(start):
            faults += sum(
                match.group(1).lower() in nouns and _AFTER_NOUN.match(text, match.end()) is not None
                for match in pattern.finditer(text)
            )
    return faults


def has_more_faults(
    original: str,
    counterfactual: str,
    singulars: Collection[str] = (),
    plurals: Collection[str] = (),
) -> bool:
    """Whether the second of two texts has slips that the first has not; see `num_faults`."""
    # Words for as many words leave nothing over.
    if counterfactual.count(" ") < original.count(" ") and new_fragments(original, counterfactual):
        return True
    after = num_faults(counterfactual, singulars, plurals)
    return after > 0 and after > num_faults(original, singulars, plurals)


def begins_or_ends_worse(original: str, counterfactual: str) -> bool:
    """Whether a text lost its first capital or its last stop.

    >>> begins_or_ends_worse("She sat down.", "he sat down.")
    True
    """
    one, other = original.strip(), counterfactual.strip()
    if not one or not other:
        return False
    if one[0].isupper() and other[0].islower():
        return True
    return one[-1] in _ENDS and other[-1].isalpha() and one[-1] not in ")'\"”"
