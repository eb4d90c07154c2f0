"""Whether a generated counterfactual still is a sentence: a score, and what is doubtful.

The score is the product of *length*, the worse of *fragment* and *grammar*, and *round_trip*,
each in [0, 1], 1 being fine:

* *length*: the share of words that are left, up to 1 at a half. A text that
  loses most of its words is not the same text without a term.
* *fragment*: halved for each leftover that the original did not have: an
  article or possessive before nothing (``is a.``), a contraction or conjunction
  on its own, an opened bracket or quote that no longer closes.
* *grammar*: 0.8 for each hole, down to one half: where English has nothing in the place of a
  subject, an object or a noun (``She left.`` → ``left.``, ``with her`` → ``with``, ``a woman
  is`` → ``a is``), and 0.8 where an adjective stands for a noun (``a Jewish is``). What only
  says more about a noun leaves none (``a gay artist`` → ``an artist``).
* *round_trip*: one half, where the list leads back and swapping back does not
  give the original again.

It says nothing about meaning; read the examples in the report.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.english.pronoun_words import CLOSED

LENGTH, FRAGMENT, GRAMMAR, ROUND_TRIP = "length", "fragment", "grammar", "round_trip"


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DANGLING = re.compile(
    r"""\b(?:an?|the|my|your|our|their|its|and|or|of|than)\s*(?=[.,!?;:)\]}\n]|$)
    |(?:^|[\n.!?]\s*)(?:and|or|than|of)\b
    |(?<!\S)['’](?:s|ll|d|ve|re|m)\b
    |\b(?:an?|the|my|your|our|their|its|every)\s+(?:and|or|but|is|are|was|were|of|to|in|at|on|who
        |that|has|had|will|with|from|for|can|could|would|should|because|does|did|do)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# One of these words, or an apostrophe, stands in whatever the pattern finds.
_MAY_DANGLE = _words("a an the my your our their its every and or of than")
_RUN = re.compile(r"\w+")
_PAIRED = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


class Validity(NamedTuple):
    """The score in [0, 1], and the factor that lowered it most; "" where none did."""

    score: float
    doubt: str


_FINE = Validity(1.0, "")


def validity(original: str, counterfactual: Counterfactual) -> Validity:
    """Scores one counterfactual against its original.

    >>> validity("She is a waiter.", Counterfactual("is a."))
    Validity(score=0.5, doubt='fragment')
    >>> validity("She left.", Counterfactual("left.", spans=((0, 3),), replacements=("",)))
    Validity(score=0.8, doubt='grammar')
    """
    changed = counterfactual.text
    factors = {
        LENGTH: min(1.0, 2 * (changed.count(" ") + 1) / (original.count(" ") + 1))
        if changed.strip()
        else 0.0,
        FRAGMENT: 0.5 ** new_fragments(*_around_changes(original, counterfactual)),
        GRAMMAR: max(_LEAST_GRAMMAR, _HOLE ** _num_holes(original, counterfactual)),
        ROUND_TRIP: 0.5 if counterfactual.returns is False else 1.0,
    }
    # A fragment is a hole that can be seen: the worse of both counts.
    left = min(factors[FRAGMENT], factors[GRAMMAR])
    score = factors[LENGTH] * left * factors[ROUND_TRIP]
    if score == 1.0:
        return _FINE
    return Validity(score, min(factors, key=factors.__getitem__))


_CONTEXT = 40


def _around_changes(original: str, counterfactual: Counterfactual) -> tuple[str, str]:
    """The part of both texts where fragments can be: around what was removed."""
    changed = counterfactual.text
    if not counterfactual.spans:
        return original, changed
    if all(counterfactual.replacements):  # swapped words leave nothing over
        return "", ""
    start = max(0, counterfactual.spans[0][0] - _CONTEXT)
    after = max(0, len(original) - counterfactual.spans[-1][1] - _CONTEXT)
    return original[start : len(original) - after], changed[start : len(changed) - after]


def _num_dangling(text: str) -> int:
    # The pattern tries each of its ways at each letter. Other letters than ASCII's may be equal
    # to its own in its eyes.
    if text.isascii() and "'" not in text and _MAY_DANGLE.isdisjoint(_RUN.findall(text.lower())):
        return 0
    return len(_DANGLING.findall(text))


def new_fragments(original: str, changed: str) -> int:
    """How many leftovers a changed text has more than its original: ``is a.``, a bracket."""
    fragments = _num_dangling(changed)
    if fragments:
        fragments = max(0, fragments - _num_dangling(original))
    for opening, closing in _PAIRED:
        if opening in changed and changed.count(opening) > changed.count(closing):
            fragments += original.count(opening) == original.count(closing)
    return fragments


_HOLE, _LEAST_GRAMMAR = 0.8, 0.5
_SUBJECTS = frozenset({"he", "she", "xe", "ze"})
_PRONOUNS = _SUBJECTS | _words(
    """him her his hers himself herself xem xyr xyrs xemself zir zirs zirself hir hirs hirself eir
    eirs emself faer faers faerself themself"""
)
_DETERMINERS = _words(
    """a an the this that these those my your our their its his her every each some any no another
    all many few"""
)
_JOINS = frozenset({"and", "or", "but", "then", "nor"})
_WORD_AFTER = re.compile(r"(?:['’]s?)?[ \t\xa0]*[\"“'‘(\[*]*([^\W_]+)?")
_WORD_BEFORE = re.compile(r"([^\W_]+)[ \t\xa0]*[\"“'‘(\[*]*$")
_POSSESSIVE = re.compile(r"['’]s?(?![^\W_])")
_ADJECTIVE_FOR_NOUN = re.compile(
    r"""\ban?[ ](?:jewish|islamic|gay|pansexual|deaf|paralyzed|autistic|neurotypical|disabled
    |nondisabled|able-bodied|mentally[ ](?:ill|healthy)|impoverished|affluent|elderly|upper[ ]class
    |chinese|british|french|english|irish|dutch|spanish|polish|swedish|danish|finnish|turkish
    |portuguese|japanese|vietnamese|lebanese)
    (?=\s*(?:[.,!?;:)]|$|(?:and|or|but|is|was|are|who|that|in|on|at|of|with|from|to|can|will|has)\b))""",
    re.IGNORECASE | re.VERBOSE,
)


def _num_holes(original: str, counterfactual: Counterfactual) -> int:
    """How many places lack what English needs there."""
    if not counterfactual.spans:
        return 0
    if all(counterfactual.replacements):
        changed = counterfactual.text
        if "a " not in changed and "an " not in changed and "A" not in changed:
            return 0
        before = _ADJECTIVE_FOR_NOUN.findall(original)
        return max(0, len(_ADJECTIVE_FOR_NOUN.findall(changed)) - len(before))
    holes = 0
    removed = list(counterfactual.spans)
    for number, (start, end) in enumerate(removed):
        joined = number + 1 < len(removed) and not original[end : removed[number + 1][0]].strip()
        if not joined:  # of terms beside each other the last one tells
            holes += _leaves_hole(original, start, end)
    return holes


def _leaves_hole(text: str, start: int, end: int) -> bool:
    """Whether the removed term at ``text[start:end]`` was more than an addition to a noun."""
    term = text[start:end].lower()
    match = _WORD_BEFORE.search(text, max(0, start - 40), start)
    before = match.group(1).lower() if match else ""
    if term in _SUBJECTS:
        return before not in _JOINS
    if term in _PRONOUNS:
        return True
    after = _WORD_AFTER.match(text, end)
    word = (after.group(1) or "").lower() if after else ""
    if not word or word in CLOSED:
        return True
    if _POSSESSIVE.match(text, end):
        return False
    # "The woman left", "Muslims pray": a verb follows; "the woman doctor", "Muslim nurses": a noun.
    is_plural = term.endswith(("s", "men", "people", "folks")) and not term.endswith("ss")
    return is_plural or (before in _DETERMINERS and word.endswith("ed"))
