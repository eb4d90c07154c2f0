"""Which of two pronouns a swap means: "her" is "his" or "him", "his" is "her" or "hers".

The built-in rule looks at the words around the pronoun: where grammar leaves no choice it
decides, else a small model does (`fairflip.text.english.pronoun_model`). Where a spaCy pipeline is
named, its part-of-speech tags decide instead (the extra ``tagger``).
"""

from __future__ import annotations

import re
from typing import Any

from fairflip.protos.errors import ConfigurationError
from fairflip.text.english.pronoun_model import SOFT, PronounModel, pronoun_model
from fairflip.text.english.pronoun_uses import PRONOUN_SWAPS as PRONOUN_SWAPS
from fairflip.text.english.pronoun_uses import IsDeterminer as IsDeterminer
from fairflip.text.english.pronoun_uses import choose_pronoun as choose_pronoun
from fairflip.text.english.pronoun_words import (
    ACTIONS,
    ADVERBS,
    BEFORE,
    CHATTER,
    CLOSED,
    COUNTING,
    FINITE,
    GIVE,
    HUMAN,
    KIN,
    MASS,
    NEVER_BEFORE_NOUN,
    NO_ADVERBS,
    OWNED,
    PERIODS,
    PREDICATE,
    PREPOSITIONS,
    ROLES,
    SEE,
    SURELY_ELECT,
    SURELY_GIVE,
    TELL,
    THINGS,
    THIRD_PERSON,
    TURN,
    VERBS,
    VERBS_AND_NOUNS,
)
from fairflip.text.english.pronoun_words import AFTER_HER_ALONE as AFTER_HER_ALONE
from fairflip.text.letter_case import begins_sentence
from fairflip.text.matcher import HYPHENS, any_word


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: A word of these after "his" is no part of what he has: "his is better", "his and hers".
AFTER_HIS_ALONE = _words(
    """a an the this that these those i you he she it we they me us them him himself herself
    my your our its and or nor but than because since while until although though if whether
    unless when whenever where why how what who whom which as to of in on at by for from with
    during through upon via despite is are was were be has have had does did will would can
    could shall should may might must isn isnt wasn wasnt doesn doesnt didn didnt won wont lol"""
)
# And of these where nothing follows them.
_ENDS_HIS_ALONE = _words(
    """too also again already instead anyway anymore forever later soon now then today tomorrow
    yesterday tonight here there alone together more most less better please maybe perhaps"""
)
# "his so-called friend", "his like-minded friends", "his all-time best".
_HYPHENATED_BEFORE_NOUN = _words("so like all off down up out back in on over under after well no")
_TAKES_HOME = _words(
    """take takes took taking drive drives drove driving bring brings brought bringing send sends
    sent walk walked walking get gets got follow followed see saw invite invited escort escorted"""
)
_TAKES_TIME = _words("take takes took taking taken cost costs")
_PERIODS = _words("ages forever hours days weeks months years minutes seconds decades long")
_OF_HIS = re.compile(
    r"(?<![^\W_])(?:an?|this|that|these|those|some|any|no|another|one|two|three|few|many|several)"
    r"(?: [^\W_]+)? ([^\W_]+) of $",
    re.IGNORECASE,
)
_POINTED_AT = re.compile("th(?:is|at|ese|ose) ", re.IGNORECASE)
_OWNED_AND = re.compile(
    r"(?<![^\W_])(?:my|your|our|their|its|the|her|\w+['’]s?) [^\W_]+(?: [^\W_]+)? (?:and|or|but) $",
    re.IGNORECASE,
)
_BETWEEN_OPTIONS = _words("and or")
_POSSESSIVES = _words("her his their my your our")


def is_determiner(text: str, start: int, end: int, model: PronounModel | None = None) -> bool:
    """Whether the pronoun at ``text[start:end]`` stands before its noun ("her book").

    Args:
        text: the text.
        start: where the pronoun begins, in characters.
        end: where it ends.
        model: what decides where grammar does not; by default the one of the package.

    Returns:
        True for ``her`` as in "her book" and ``his`` as in "his book"; False for
        "saw her", "friend of his".
    """
    pronoun = text[start:end].lower()
    after, word_end, word = _following(text, end)
    before_gap, before = _preceding(text, start)
    beside = "" if before_gap.strip(SOFT) else before
    if _joins_options(before_gap, before):
        other_start, other = _pronoun_before(text, start)
        if other == "him":
            if "/" in before_gap or not word or after.strip(SOFT):
                return False
            # "tell him and her brother" as "tell her brother", "drove him and her to work" as
            # "drove her to work".
            shorter = text[:other_start] + text[start:]
            return is_determiner(shorter, other_start, other_start + end - start, model)
        if other in _POSSESSIVES and word:
            return after.strip(SOFT) == "" and _before_word(pronoun, beside, text, end, model)
    if "/" in after:
        return word in _POSSESSIVES
    if word in _BETWEEN_OPTIONS and not after.strip(SOFT):
        # "his or her book", "his and her book", but "her and my dog", "her and her dog".
        other = _following(text, word_end)[2]
        if other in _POSSESSIVES and other != pronoun:
            if word == "and" and pronoun == "her" and (beside == "between" or beside in TELL):
                return False  # two people: "tell her and his sister", "between her and his boss"
            return word == "or" or other in PRONOUN_SWAPS
    if not word or after.strip(SOFT):
        return False  # the end, or punctuation
    if pronoun == "his" and _is_his_alone(text, start, word, word_end):
        return False
    return _before_word(pronoun, beside, text, end, model)


def _before_word(
    pronoun: str, before: str, text: str, end: int, model: PronounModel | None
) -> bool:
    """Whether the pronoun that ends at `end`, with a word after it, stands before its noun."""
    _, word_end, word = _following(text, end)
    gap, _, second = _following(text, word_end)
    if gap and gap in HYPHENS and second:
        return word not in CLOSED or word in _HYPHENATED_BEFORE_NOUN
    ends_there = not second or bool(gap.strip(SOFT))
    second = "" if ends_there else second
    if pronoun == "his":
        # Far rarer on its own than "her": only what surely ends it.
        return not (word in AFTER_HIS_ALONE or (word in _ENDS_HIS_ALONE and ends_there))
    starts = begins_sentence(text, end - len(pronoun)) if not before else False
    sure = _sure_of_her("because" if starts else before, word, second)
    if sure is not None:
        return sure
    model = model or pronoun_model()
    return model.score(text, end - len(pronoun), end) > -_TOWARDS_DETERMINER


#: The model's log-odds are moved by this: a wrong "him" before a noun is the worse slip. Chosen on
#: sources held out.
_TOWARDS_DETERMINER = 0.4


def _sure_of_her(before: str, word: str, second: str) -> bool | None:
    """What grammar says of "her" between two words; None where it depends."""
    goes_on = bool(second) and second not in CLOSED
    if word == "home":
        return before not in _TAKES_HOME
    if before in _TAKES_TIME and (word in _PERIODS or second in _PERIODS):
        return False
    if before in _SUBORDINATORS and (word not in CLOSED or word in COUNTING):
        return True
    if before in SURELY_ELECT and word in ROLES and not goes_on:
        return False
    if before in SEE and (word in VERBS or (word in ACTIONS and not goes_on)):
        return False
    if before in _HELPS and word == "move":
        return False
    if before in SURELY_GIVE and not goes_on and _is_given(word):
        return False
    if before in _SHOWS and word in MASS and not goes_on:
        return False
    if word == "back":
        return before in _HURTS_BACK or before in PREPOSITIONS or before in _SUBORDINATORS
    if word in NEVER_BEFORE_NOUN:
        return False
    if word in _ATTRIBUTES and goes_on:
        return True
    if word in PREDICATE and goes_on and _is_noun_after_adjective(before, second):
        return True
    if word in _ORDINALS and goes_on and second not in PERIODS and before not in GIVE:
        return True  # "met her first coach", but "met her first thing", "saw her last week"
    if word in VERBS_AND_NOUNS and before not in SEE and before not in CLOSED and before:
        return True
    if word in NO_ADVERBS and goes_on:
        return True
    if before in GIVE and word in THINGS and word not in MASS and word not in _UNCOUNTED:
        return True  # one thing that is given has an article: "gave her a coat"
    if (
        word.endswith("ing")
        and word not in CLOSED
        and len(word) > 4
        and _is_possessor_of_action(before)
    ):
        return True
    if before in PREPOSITIONS and word in _AT_ONES:
        return True
    if word in CLOSED or not _is_noun_like(word):
        return None
    if before in PREPOSITIONS:
        return True
    # "spilled her latte.": most verbs take one object, and what ends the clause is it.
    return True if before and not second and not _takes_two(before) else None


# What follows is a subject: "because her plan failed".
_SUBORDINATORS = _words(
    "because since while when if although though whether unless until whereas where why how once"
)
# "her other sister", "her entire estate".
_ATTRIBUTES = _words(
    "own other entire whole former late latest newest eldest youngest oldest so-called"
)
_ORDINALS = _words(
    "first last next second third best worst only final two three four five six many few more most"
)
# "at her best", "of her own".
_AT_ONES = _words("best worst own first last")
_SHOWS = _words("show shows showed shown showing")
_HURTS_BACK = _words(
    """hurt hurts hurting injure injured injures broke break breaks broken strain strained rub
    rubbed rubs massage massaged turn turns turned turning scratch scratched arch arched pat
    pats patted stabbed straighten straightened stretch stretched twisted washed threw"""
)
_HELPS = _words("help helps helped helping let lets letting watch watched")


def _is_possessor_of_action(before: str) -> bool:
    """After most verbs an action is somebody's: "admired her singing", but "saw her leaving"."""
    if not before or before in CLOSED:
        return False
    return not (before in SEE or before in TURN or before in _PERCEIVES or before in TELL)


_UNCOUNTED = _words(
    """approval blood butter chicken chances comfort control custody daily evidence experience faith
    fame fish freedom fruit fun grace guidance harm homework ice immunity insight joy juice justice
    knowledge leadership mail meat medicine mercy milk music notice pain peace permission pleasure
    power praise priority privacy protection reason relief rest sample security service sex shelter
    sugar tea training treatment trust warmth wealth wisdom credit flak pause
    birth free"""
)
_PERCEIVES = _words(
    """catches catching spot spots spotted remember remembers remembered remembering start starts
    started stop stops stopped stopping send sends sent sending picture mind spend spends spent
    finds discovered noticed photographed filmed recorded show shows showed shown"""
)


def _is_noun_after_adjective(before: str, second: str) -> bool:
    """Whether a noun follows an adjective: after "met her sick", not after "made her sick"."""
    if second in THINGS or second in KIN or second in OWNED:
        return True
    says_how = before in CLOSED and before not in PREPOSITIONS
    return _is_noun_like(second) and not (says_how or before in SEE or before in TURN)


def _takes_two(before: str) -> bool:
    return before in CLOSED or any(before in words for words in BEFORE.values())


def _is_given(word: str) -> bool:
    """A thing in the plural, or one that has none: "sent her letters", "wished her luck"."""
    if word in MASS:
        return True
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3
    return plural and word not in KIN and word not in OWNED


def _is_noun_like(word: str) -> bool:
    if word.endswith(("ing", "ed")) or (word.endswith("ly") and word not in NO_ADVERBS):
        return False
    return not any(word in words for words in (ADVERBS, PREDICATE, PERIODS, CHATTER))


def _is_his_alone(text: str, start: int, word: str, word_end: int) -> bool:
    """Whether a verb follows: "a friend of his phoned", "my leg and his hurt"."""
    gap, _, second = _following(text, word_end)
    ends_there = not second or bool(gap.strip(SOFT))
    goes_on = not ends_there and second not in CLOSED
    look_back = text[max(0, start - 60) : start]
    of = _OF_HIS.search(look_back) if "of " in look_back[-4:].lower() else None
    if of is not None and (of.group(1).lower() in HUMAN or _POINTED_AT.match(of.group())):
        is_verb = word in THIRD_PERSON or word.endswith(("ed", "ly"))
        return word in AFTER_HIS_ALONE or (is_verb and not (goes_on and word.endswith("ed")))
    is_verb = word in FINITE or word.endswith("ed")
    return is_verb and not goes_on and _OWNED_AND.search(look_back) is not None


def _following(text: str, position: int) -> tuple[str, int, str]:
    """What stands between a position and the next word, where that ends, and the word."""
    if text[position : position + 1] == " ":
        end = text.find(" ", position + 1, position + 60)
        word = text[position + 1 : end]
        if end > 0 and word.isalnum() and word.isascii():
            return " ", end, word.lower()  # as most do
    match = any_word().search(text, position, position + 60)
    if match is None:
        return text[position : position + 60], position, ""
    return text[position : match.start()], match.end(), match.group().lower()


def _preceding(text: str, position: int) -> tuple[str, str]:
    """What stands between the word before a position and it, and that word."""
    window = text[max(0, position - 40) : position]
    last = window[:-1].rpartition(" ")[2]
    if last.isalnum() and last.isascii() and window[-1] == " ":
        return " ", last.lower()  # as most do
    words = list(any_word().finditer(window))
    return (window[words[-1].end() :], words[-1].group().lower()) if words else (window, "")


def _joins_options(gap: str, before: str) -> bool:
    return "/" in gap or (gap.isspace() and before in _BETWEEN_OPTIONS)


def _pronoun_before(text: str, start: int) -> tuple[int, str]:
    """Where the word before an "and", "or" or slash before `start` begins, and the word."""
    preceding = any_word().finditer(text, max(0, start - 40), start)
    words = [(word.start(), word.group().lower()) for word in preceding]
    while words and words[-1][1] in _BETWEEN_OPTIONS:
        words.pop()
    return words[-1] if words else (start, "")


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
        self._sentence = ""
        self._tags: dict[int, str] = {}

    def __call__(self, text: str, start: int, end: int) -> bool:
        """See `is_determiner`. Only the pronoun's sentence is tagged."""
        begin, stop = _sentence_around(text, start, end)
        if text[begin:stop] != self._sentence:
            self._sentence = text[begin:stop]
            self._tags = {token.idx: token.tag_ for token in self._nlp(self._sentence)}
        tag = self._tags.get(start - begin)
        if tag is None:  # the tokeniser cut the text elsewhere
            return is_determiner(text, start, end)
        return tag == "PRP$" and not _stands_alone(text, end)


_SENTENCE_END = re.compile(r"(?<!\b[DM]r)(?<!\bM[rs]s)(?<!\bMs)[.!?…]+[\"”’')]*\s+|\n+")


def _sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, start)]
    following = _SENTENCE_END.search(text, end)
    return ends[-1] if ends else 0, following.end() if following else len(text)


def _stands_alone(text: str, end: int) -> bool:
    """Nothing or only punctuation follows; Penn tags "a friend of his" as ``PRP$`` too."""
    gap, _, word = _following(text, end)
    return not word or bool(gap.strip(SOFT))


def pronoun_rule(tagger: str = "") -> IsDeterminer:
    """The rule to use: a spaCy pipeline by name, or the built-in one."""
    return TaggerRule(tagger) if tagger else is_determiner
