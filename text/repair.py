"""The declared repairs: what an edit may change outside of the terms themselves.

A generated text equals its original outside the matched terms, but for these:

* what hangs on a removed term goes with it: a possessive or contraction
  (``woman's``, ``he'll``), the hyphen or slash that joined it to another word,
  the ``#`` of a hashtag, quotes, brackets or emphasis marks around nothing else;
* one space is left where a removed term stood between two; line breaks stay;
* a comma, colon or semicolon is dropped where nothing is left before it, a comma
  or semicolon where nothing is left between it and the next stop, a stop where
  nothing is left before it, one dash of two that meet;
* ``a``/``an`` before an edit follows the new next word, if it fitted the old one;
* the possessive sign follows the new word (``ladies'`` ↔ ``gentlemen's``);
* the verb beside ``they`` in the place of ``he`` or ``she`` (``she is`` → ``they are``).

Capitals stay as they are.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from fairflip.text.matcher import APOSTROPHES, HYPHENS, any_word
from fairflip.text.scripts.unspaced import holds_unspaced, is_hangul, particles_end

Span = tuple[int, int]

_JOINERS = HYPHENS + "/"
_APOSTROPHES = frozenset(APOSTROPHES)
_CLITIC = re.compile(rf"[{APOSTROPHES}](?:s|ll|d|ve|re|m|em|t)(?![^\W_])", re.IGNORECASE)
_TOKENISED_CLITIC = re.compile(
    rf" [{APOSTROPHES}](?:s|ll|d|ve|re|m)(?=[\s.,!?;:]|$)", re.IGNORECASE
)
_BARE_POSSESSIVE = re.compile(rf"[{APOSTROPHES}](?=\s+[^\W\d_])")
_OPENING_QUOTE = re.compile(rf"(?<![^\W_])[{APOSTROPHES}](?=[^\W_])")
_CLOSED_BY = {")": "(", "]": "[", "}": "{", ">": "<", "”": "“", "’": "‘", "»": "«"}
_CLOSED_BY.update({sign: sign for sign in "\"'*_~`"})
_OPENERS = "([{“‘«¿¡"
_CLOSERS = ")]}”’»"
_SIGNS = "\"'*_~`"
_DASHES = "—–"
_STOPS = ".!?…"
_PAUSES = ",;:"
_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_FACE = re.compile(r"[:;]['’]?-?[)(\[\]DPpOo/\\|*3]")
_ARTICLE = re.compile(r"(?<![^\W_])(?<!['’-])(an?)(\s+)$", re.IGNORECASE)
# Of a word that is longer, what is looked at is still longer than an article.
_LONGEST_LOOK_BACK = 80
_BEFORE_WORD = re.compile(r"""[\s"'“‘*_(\[]*""")

# Words whose first sound is not what their first letter says.
_CONSONANT_SOUND = re.compile(
    r"eu|ewe|ubiq|uf[o]|ukr|uku|uni(?!n|m|dent)|unanim|ur[aio]|us[aeu]|ut[eio]"
    r"|(?:one|ones|oneself|once)$"
)
_VOWEL_SOUND = re.compile(r"heir|hono|hour|honest|8|11$|18$")
_SPELT_WITH_VOWEL = frozenset("aefhilmnorsx")


@functools.lru_cache(maxsize=4096)
def takes_an(word: str) -> bool:
    """Whether English says ``an`` before this word: by its first sound, not letter."""
    word = word.casefold()
    if len(word) > 1 and word.isalpha() and not set(word) & set("aeiouy"):
        return word[0] in _SPELT_WITH_VOWEL  # spelt out: NFL, LGBT
    if word.startswith("lgbt"):
        return True
    if word[:1] in tuple("aeiouáéíóúàèìòùäöü"):
        return _CONSONANT_SOUND.match(word) is None
    return _VOWEL_SOUND.match(word) is not None


def with_article(before: str, old_word: str | None, new_word: str) -> str:
    """A text up to an edit, with its last ``a``/``an`` put right for the new next word.

    Left alone where it ends in no article, where no word follows any more, and
    where the article did not fit the old word either (the author's slip is
    kept); without an old word it is always put right.
    """
    if not new_word or not before[-1:].isspace():
        return before
    match = _ARTICLE.search(before, max(0, len(before) - 8))
    if match is None:
        return before
    article, space = match.groups()
    # The end of a longer word is no article, as in "plan_a".
    if any_word().findall(before, max(0, match.start() - _LONGEST_LOOK_BACK))[-1] != article:
        return before
    has_n = len(article) == 2
    if takes_an(new_word) == has_n or (old_word is not None and takes_an(old_word) != has_n):
        return before
    if has_n:
        article = article[0]
    else:
        loud = article == "A" and old_word is not None and old_word[1:].isupper()
        article += "N" if loud else "n"
    return before[: match.start()] + article + space


def ends_in_article(text: str) -> bool:
    """Whether a text ends in "a" or "an" and white space."""
    return _ARTICLE.search(text, max(0, len(text) - 8)) is not None


def may_follow_article(text: str, position: int, start: int) -> bool:
    """Whether "a" or "an" may stand before a place; soon known, and mostly not so.

    Args:
        text: The original.
        position: Up to where it has been changed: what stands before is not looked at.
        start: The place.
    """
    if start - position < _LENGTH_OF_ARTICLE:
        return True
    if not text[start - 1].isspace():
        return False
    last = text[start - 2]
    if last in "nN":
        return text[start - 3] in "aA"
    return last.isspace() or (last in "aA" and not text[start - 3].isalnum())


# With the spaces around it: " an ".
_LENGTH_OF_ARTICLE = 4


def next_word(text: str, position: int) -> str:
    """The word at a position, past white space and opening signs; may be empty."""
    gap = _BEFORE_WORD.match(text, position)
    word = any_word().match(text, gap.end() if gap else position)
    return word.group() if word else ""


def attached_end(text: str, start: int, end: int) -> int:
    """Where a term with its possessive or contraction ends (``he'll``, ``boys'``), or particles."""
    if is_hangul(text[end : end + 1]):
        return particles_end(text, end)
    if text[end : end + 1] not in _APOSTROPHES:  # nor is it the end of the text
        return end
    clitic = _CLITIC.match(text, end)
    if clitic is not None:
        return clitic.end()
    # After an opening quote it is more likely the closing one.
    is_possessive = (
        text[end - 1] in "sS"
        and _BARE_POSSESSIVE.match(text, end)
        and _OPENING_QUOTE.search(text, max(0, start - 80), end) is None
    )
    if is_possessive:
        return end + 1
    return end


def possessive(text: str, start: int, end: int, replacement: str) -> tuple[int, str]:
    """Fits the possessive sign after a term to the word that replaces the term.

    Returns:
        Where the term with a changed sign ends, and the replacement with its
        sign; `end` and the replacement where nothing is to change.
    """
    tail = attached_end(text, start, end)
    if tail == end:
        return end, replacement
    sign = text[end]
    plural = replacement[-1:] in "sS" and replacement[-2:].lower() != "ss"
    if tail == end + 1 and replacement[-1:] not in "sS":
        return tail, replacement + sign + ("S" if replacement.isupper() else "s")
    if text[end + 1 : tail] in ("s", "S") and plural and text[end - 1] not in "sS":
        return tail, replacement + sign
    return end, replacement


def widened(text: str, start: int, end: int) -> Span:
    """The span to remove with a term: what hangs on it and would be left alone."""
    if _stands_between_words(text, start, end):
        return start, end
    end = attached_end(text, start, end)
    tokenised = _TOKENISED_CLITIC.match(text, end)
    if tokenised is not None:
        end = tokenised.end()
    while start and end < len(text) and _CLOSED_BY.get(text[end]) == text[start - 1]:
        start, end = start - 1, end + 1
    if text[end : end + 1] in _HYPHEN_OR_SLASH and text[end + 1 : end + 2].isalnum():
        return start, end + 1
    if start > 1 and text[start - 1] in _JOINERS and text[start - 2].isalnum():
        return start - 1, end
    if start and text[start - 1] == "#":
        return start - 1, end
    return start, end


_HYPHEN_OR_SLASH = frozenset(_JOINERS)


def _stands_between_words(text: str, start: int, end: int) -> bool:
    """Whether one space and a word stand on either side, so that nothing hangs on a term."""
    return (
        start > 1
        and text[start - 1] == " "
        and text[end : end + 1] == " "
        and text[start - 2].isalnum()
        and text[end + 1 : end + 2].isalnum()
    )


def without(text: str, spans: Sequence[Span]) -> str:
    """Removes spans (in order, widened) from a text and repairs what stood around them."""
    repaired = ""
    position = 0
    for start, end in _merged(text, spans):
        repaired += text[position:start]
        # Most terms: there is nothing to repair but an article. It takes half of the time.
        if (
            position <= start - 2
            and text[start - 2] not in "aAnN"
            and _stands_between_words(text, start, end)
        ):
            position = end + 1
            continue
        old_word = next_word(text, start)
        repaired, position = _close_gap(repaired, text, end)
        if not _LINE_BREAK.search(repaired[len(repaired.rstrip()) :]):  # else it goes with nothing
            repaired = with_article(repaired, old_word, next_word(text, position))
    return repaired + text[position:]


def _merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans with nothing but white space or joiners between them become one."""
    merged: list[Span] = []
    for start, end in spans:
        if merged:
            between = text[merged[-1][1] : start]
            if not between.strip(_JOINERS + " \t") and not _LINE_BREAK.search(between):
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
                continue
        merged.append((start, end))
    return merged


def _close_gap(before_gap: str, text: str, position: int) -> tuple[str, int]:
    """Repairs white space and punctuation between what is kept and what follows.

    Returns:
        What is kept with its repaired ending, and where the text goes on.
    """
    while True:
        body = before_gap.rstrip()
        left = before_gap[len(body) :]
        follows = position
        while follows < len(text) and text[follows].isspace():
            follows += 1
        right = text[position:follows]
        before, after = body[-1:], text[follows : follows + 1]
        opens = not before or before in _OPENERS or _LINE_BREAK.search(left) is not None
        attached = bool(after) and not right and not _FACE.match(text, follows)
        if attached and after in _PAUSES and (opens or before in _STOPS + _PAUSES):
            position = follows + 1
        elif attached and after in _STOPS and (opens or before in _STOPS):
            while follows < len(text) and text[follows] in _STOPS:
                follows += 1
            position = follows
        elif before and before in ",;" and _closes(after, attached, right):
            before_gap = body[:-1] + left
        elif attached and before and before in _DASHES and after in _DASHES:
            position = follows + 1
        else:
            return body + _gap(body, left, right, after, attached), follows


def _closes(after: str, attached: bool, right: str) -> bool:
    if not after or _LINE_BREAK.search(right):
        return True
    return attached and after in _STOPS + ")]}"


def _gap(body: str, left: str, right: str, after: str, attached: bool) -> str:
    """The white space that stays where a term stood: every line break, or one space."""
    if _LINE_BREAK.search(left):
        return left + _from_line_break(right)
    if _LINE_BREAK.search(right):
        return _from_line_break(right)
    before = body[-1:]
    if not before or not after or before in _OPENERS:
        return ""
    if left and right:
        return " "
    if right:
        opening_sign = before in _SIGNS and not body[-2:-1].isalnum()
        return "" if opening_sign else right
    if left:
        return "" if attached and after in _STOPS + _PAUSES + _CLOSERS + _SIGNS + "%" else left
    joins = before.isalnum() and after.isalnum()
    return " " if joins and not holds_unspaced(before + after) else ""


def _from_line_break(space: str) -> str:
    """White space from its first line break on; nothing where it has none."""
    match = _LINE_BREAK.search(space)
    return space[match.start() :] if match else ""


_PLURAL_VERBS = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't",
    "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't", "isnt": "arent",
    "wasnt": "werent", "hasnt": "havent", "doesnt": "dont",
}  # fmt: skip
_BETWEEN = (
    r"(?:[ \xa0]+(?:also|never|always|just|still|often|only|already|now|then|even|soon|ever"
    r"|sometimes|(?!family|only|reply|supply)[a-z]+ly))*"
)
_NEXT_VERB = re.compile(rf"({_BETWEEN}[ \xa0]+)([a-z]+(?:['’]t)?)(?![^\W_])", re.IGNORECASE)
_IS_OR_HAS = re.compile(
    r"(['’])s(?![^\W_])((?:[ \xa0]+(?:never|always|already|just|not))?[ \xa0]+)?"
)
_PARTICIPLE = re.compile(r"(?:been|got|had|done|gone|seen|made|taken|become|[a-z]+ed)(?![^\W_])")
_AUXILIARY_BEFORE = re.compile(r"(?<![^\W_])(is|was|has|does)(n['’]t)?([ \xa0]+)$", re.IGNORECASE)
_NO_VERBS = frozenset({"always", "perhaps", "this", "his", "its", "as", "yes", "besides", "across"})
_LOSES_E = ("ches", "shes", "sses", "xes", "zzes", "oes")


def with_plural_verb(before: str, text: str, position: int) -> tuple[str, str, int]:
    """The verb beside a singular ``they``, that was beside ``he`` or ``she``.

    Args:
        before: The new text up to the pronoun: "is " of "is she".
        text: The original.
        position: Where the pronoun ends in it.

    Returns:
        The text before with its auxiliary made plural, the verb after, and where the original
        goes on behind it. Coordinated verbs further on ("she sings and dances") stay.
    """
    contracted = _IS_OR_HAS.match(text, position)
    if contracted is not None:
        has = _PARTICIPLE.match(text, contracted.end()) and contracted.group(2)
        return before, contracted.group(1) + ("ve" if has else "re"), position + 2
    auxiliary = _AUXILIARY_BEFORE.search(before)
    if auxiliary is not None:
        plural = _PLURAL_VERBS[auxiliary.group(1).lower()]
        plural = plural.capitalize() if auxiliary.group(1)[0].isupper() else plural
        ending = auxiliary.group(2) or ""
        return before[: auxiliary.start()] + plural + ending + auxiliary.group(3), "", position
    next_verb = _NEXT_VERB.match(text, position)
    if next_verb is None:
        return before, "", position
    return before, next_verb.group(1) + _plural_verb(next_verb.group(2)), next_verb.end()


def _plural_verb(word: str) -> str:
    lowered = word.lower().replace("’", "'")
    if lowered in _PLURAL_VERBS:
        return _PLURAL_VERBS[lowered]
    if not lowered.endswith("s") or lowered.endswith(("ss", "us")) or lowered in _NO_VERBS:
        return word
    if lowered.endswith("ies") and len(lowered) > 4:
        return word[:-3] + "y"
    return word[:-2] if lowered.endswith(_LOSES_E) else word[:-1]
