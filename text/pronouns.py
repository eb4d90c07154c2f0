"""Which of two pronouns a swap means: "her" is "his" or "him", "his" is "her" or "hers".

The built-in rule looks at the words around the pronoun. Where a spaCy pipeline
is named, its part-of-speech tags decide instead (the extra ``tagger``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fairflip.protos.errors import ConfigurationError
from fairflip.text.matcher import WORD

#: Counterparts of a pronoun by use: (before a noun, standing alone).
PRONOUN_SWAPS = {"her": ("his", "him"), "his": ("her", "hers")}
#: Says of the pronoun at text[start:end] whether it stands before its noun.
IsDeterminer = Callable[[str, int, int], bool]


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# A word of these after a pronoun begins something new: the pronoun stands alone.
_ALONE_BEFORE = _words(
    """a an the this that these those every each all some any no both
    i you he she it we they me us them him himself herself my your our their its
    and or nor but than because since while until although though if whether unless when
    whenever where why how what who whom which as like so
    to of in on at by for from with without about after before under over into onto upon
    through during against between among around near behind beside beyond off out up down
    away along across toward towards per via despite except
    is are was were be been being am has have had do does did will would can could shall should
    may might must not never ever always also too again already just even still yet now then
    here there today tomorrow yesterday tonight once twice anymore anyway instead alone
    together either neither maybe perhaps please everywhere somewhere anywhere forever later
    soon abroad back aside apart something nothing everything anything someone everyone
    don didn doesn isn wasn won wouldn couldn shouldn ain im ill ive id youre thats lol
    u ur n bc cuz tho"""
)
# "his so-called friend", "his like-minded friends", "his all-time best".
_HYPHENATED_BEFORE_NOUN = _words("so like all off down up out back in on over under after well no")
_ADVERB_LOOKALIKES = _words(
    """family only lovely early daily ugly silly friendly elderly belly ally bully jelly
    italy assembly supply reply weekly monthly yearly lonely lively holy curly homely costly
    deadly motherly fatherly sisterly brotherly cowardly worldly bubbly smelly july sly fly
    likely unlikely billy sally molly kelly emily lily hilly wooly orderly masterly"""
)
_PERCEPTION_OR_CAUSE = _words(
    """let lets letting make makes made making help helps helped helping see sees saw seen
    seeing watch watches watched watching hear hears heard hearing have having had feel felt"""
)
_BARE_VERBS = _words(
    """go do be have get know see cry leave speak come die feel think say take make live eat
    sit become keep stay realize understand believe win lose forget happen suffer grow
    find pay wait sing learn laugh fall stop start begin choose decide breathe tell"""
)
_MAKES_SO = _words(
    """make makes made making keep keeps kept find finds found call calls called calling
    consider considers considered drive drives drove driving turn turned render rendered
    deem deemed get got want wanted leave left"""
)
_ADJECTIVES = _words(
    """happy sad angry mad crazy stupid ugly beautiful fat pretty dumb sick safe alive dead
    wrong right famous available responsible jealous proud uncomfortable comfortable nervous
    afraid scared guilty insane lazy selfish ridiculous pregnant sexy attractive hot gross
    annoying amazing awesome perfect weak strong rich poor drunk sober free quiet busy warm
    cold hungry tired bad good nice great evil special different invisible accountable"""
)
_TAKES_HOME = _words(
    """take takes took taking drive drives drove bring brings brought bringing send sends sent
    walk walked walking get gets got follow followed see saw invite invited"""
)
_COMPARED = _words("more most less better best worse worst first last one enough much badly well")
_TIME = _words("night week month time year weekend summer winter friday saturday sunday monday")
_BETWEEN_OPTIONS = _words("and or")
_POSSESSIVES = _words("her his their my your our")


def is_determiner(text: str, start: int, end: int) -> bool:
    """Whether the pronoun at ``text[start:end]`` stands before its noun ("her book").

    Args:
        text: the text.
        start: where the pronoun begins, in characters.
        end: where it ends.

    Returns:
        True for ``her`` as in "her book" and ``his`` as in "his book"; False for
        "saw her", "friend of his".
    """
    pronoun = text[start:end].lower()
    after, word_end, word = _following(text, end)
    before_gap, before = _preceding(text, start)
    if _joins_options(before_gap, before):
        other = _pronoun_before(text, start)
        if other == "him":
            return False
        if other in _POSSESSIVES and word:
            return after.strip(_SOFT) == "" and word not in _ALONE_BEFORE
    if "/" in after:
        return word in _POSSESSIVES
    if word in _BETWEEN_OPTIONS and not after.strip(_SOFT):
        # "his or her book", "his and her book", but "her and my dog", "her and her dog".
        other = _following(text, word_end)[2]
        if other in _POSSESSIVES and other != pronoun:
            return word == "or" or other in PRONOUN_SWAPS
    if not word or after.strip(_SOFT):
        return False  # the end, or punctuation
    return _before_word(pronoun, before, text, word, word_end)


_SOFT = " \t\r\n\u00a0\"'“”‘’*_"


def _before_word(pronoun: str, before: str, text: str, word: str, word_end: int) -> bool:
    gap, _, second = _following(text, word_end)
    ends_there = not second or bool(gap.strip(_SOFT))
    hyphenated = text[word_end : word_end + 1] in ("-", "‐", "‑") and bool(second)
    if word in _ALONE_BEFORE:
        return hyphenated and word in _HYPHENATED_BEFORE_NOUN
    if hyphenated:
        return True
    if pronoun == "his":
        # Far rarer on its own than "her": only what surely ends it.
        return not (
            word in _COMPARED and word not in ("first", "last", "one", "best") and ends_there
        )
    if word == "home":
        return before not in _TAKES_HOME
    if word == "very":
        return second != "much"
    if word == "last":
        return not (ends_there or (second in _TIME and before not in ("of", "for", "in")))
    if word in _COMPARED:
        return not (ends_there or second in _ALONE_BEFORE)
    if word.endswith("ly") and word not in _ADVERB_LOOKALIKES:
        return not (ends_there or second in _ALONE_BEFORE)
    if before in _PERCEPTION_OR_CAUSE and (
        word in _BARE_VERBS or _is_ing_verb(word, ends_there, second)
    ):
        return False
    return not (
        before in _MAKES_SO and word in _ADJECTIVES and (ends_there or second in _ALONE_BEFORE)
    )


def _is_ing_verb(word: str, ends_there: bool, second: str) -> bool:
    return word.endswith("ing") and len(word) > 5 and (ends_there or second in _ALONE_BEFORE)


def _following(text: str, position: int) -> tuple[str, int, str]:
    """What stands between a position and the next word, where that ends, and the word."""
    found = WORD.search(text, position, position + 60)
    if found is None:
        return text[position : position + 60], position, ""
    return text[position : found.start()], found.end(), found.group().lower()


def _preceding(text: str, position: int) -> tuple[str, str]:
    """What stands between the word before a position and it, and that word."""
    words = list(WORD.finditer(text, max(0, position - 40), position))
    if not words:
        return text[max(0, position - 40) : position], ""
    return text[words[-1].end() : position], words[-1].group().lower()


def _joins_options(gap: str, before: str) -> bool:
    return "/" in gap or (gap.isspace() and before in _BETWEEN_OPTIONS)


def _pronoun_before(text: str, start: int) -> str:
    """The word before an "and", "or" or slash that stands before `start`."""
    words = [w.group().lower() for w in WORD.finditer(text, max(0, start - 40), start)]
    while words and words[-1] in _BETWEEN_OPTIONS:
        words.pop()
    return words[-1] if words else ""


class TaggerRule:
    """Decides by the part-of-speech tags of a spaCy pipeline (Penn tag ``PRP$``)."""

    def __init__(self, pipeline: str):
        """Loads a spaCy pipeline by name or path, such as ``en_core_web_sm``.

        Raises:
            ConfigurationError: spaCy or the pipeline is not installed.
        """
        try:
            import spacy
        except ImportError as error:
            raise ConfigurationError(
                f"generator.tagger is {pipeline!r} but spaCy is not installed; install "
                "fairflip[tagger], or leave the field empty for the built-in rule."
            ) from error
        try:
            self._nlp: Any = spacy.load(pipeline, exclude=["parser", "ner", "lemmatizer"])
        except OSError as error:
            raise ConfigurationError(
                f"generator.tagger: spaCy finds no pipeline {pipeline!r}; install it with "
                f"`python -m spacy download {pipeline}`, or leave the field empty."
            ) from error
        self._text = ""
        self._tags: dict[int, str] = {}

    def __call__(self, text: str, start: int, end: int) -> bool:
        """See `is_determiner`."""
        if text != self._text:
            self._tags = {token.idx: token.tag_ for token in self._nlp(text)}
            self._text = text
        tag = self._tags.get(start)
        if tag is None:  # the tokeniser cut the text elsewhere
            return is_determiner(text, start, end)
        return tag == "PRP$" and not _stands_alone(text, end)


def _stands_alone(text: str, end: int) -> bool:
    """Nothing or only punctuation follows; Penn tags "a friend of his" as ``PRP$`` too."""
    gap, _, word = _following(text, end)
    return not word or bool(gap.strip(_SOFT))


def pronoun_rule(tagger: str = "") -> IsDeterminer:
    """The rule to use: a spaCy pipeline by name, or the built-in one."""
    return TaggerRule(tagger) if tagger else is_determiner


def choose_pronoun(
    swaps: Sequence[str], text: str, start: int, end: int, rule: IsDeterminer
) -> str | None:
    """The counterpart that fits, where `swaps` are the two uses of a pronoun; else None."""
    uses = PRONOUN_SWAPS.get(text[start:end].lower())
    if uses is None or set(swaps) != set(uses):
        return None
    return uses[0] if rule(text, start, end) else uses[1]
