"""Terms that are part of a name: ``Christian Bale``, ``Lady Gaga``, ``Boy Scouts``.

English writes names with capitals, so what stands beside a term tells: a term with a capital
that has a neighbour with a capital is part of a name, unless that capital has another reason
(the sentence's beginning, a headline, ``I``, a people such as ``Americans``).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from fairflip.text.letter_case import begins_sentence, is_proper


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Adjectives and nouns of peoples and parties, which have a capital beside any term.
_PEOPLES = _words(
    """american americans african africans asian asians arab arabs european europeans
    australian australians canadian canadians mexican mexicans indian indians pakistani pakistanis
    chinese japanese korean koreans vietnamese filipino filipinos british english irish scottish
    welsh french german germans italian italians spanish greek greeks turkish turks russian russians
    polish poles ukrainian ukrainians israeli israelis palestinian palestinians iranian iranians
    iraqi iraqis syrian syrians lebanese egyptian egyptians nigerian nigerians kenyan kenyans somali
    somalis ethiopian ethiopians brazilian brazilians cuban cubans colombian colombians dutch swiss
    swedish swedes danish danes norwegian norwegians finnish finns belgian belgians austrian
    austrians bosnian bosnians rohingya kurdish kurds punjabi bengali tamil soviet eastern western
    northern southern central middle north south east west black white brown latino latina latinos
    latinas hispanic hispanics christian christians muslim muslims jewish jews jew hindu hindus sikh
    sikhs buddhist buddhists catholic catholics protestant protestants evangelical evangelicals
    orthodox sunni sunnis shia shiite mormon mormons atheist atheists caucasian native pacific
    democrat democrats republican republicans tory tories marxist marxists zionist zionists gay
    lesbian trans transgender lgbt lgbtq man men woman women girl girls boy boys people person
    community communities student students leader leaders family families youth"""
)
_NO_NAMES = _words(
    """i i'm i've i'd i'll im ive id ok the a an my your his her our their its this that these those
    and or but if when while as because so yes no oh hey hi hello dear thanks thank please not every
    each all some any no both one two three of in on at by for from with to who what which where why
    how is are was were do does did can could will would should may might must have has had we you
    they he she it most many more few only even just then than god"""
)
# Called by these without a name: "Thanks Mom", "Yes Sir".
_FORMS_OF_ADDRESS = _words(
    "mom mum mommy mummy mama dad daddy papa grandma grandpa granny sir madam ma'am bro sis"
)
_GIVEN_NAMES = frozenset({"christian"})
_NEXT = re.compile(r"(?:['’]s?)?[ \xa0]+[“\"]?(?:[A-Z]\. )?([A-Z](?:[^\W_]|['’])*)")
# "Marquis de Sade", "Dame de Paris".
_NEXT_AFTER_PARTICLE = re.compile(r" (?:de|du|des|di|da|von|van|der|le|la)(?: la| der)? [A-Z][a-z]")
# "The Luck of the Irish".
_OF_TITLE_BEFORE = re.compile(r"(?<![^\W_])[Tt]he [A-Z][a-z]+ of (?:the )?$")
# "Scent of a Woman", "Band of Brothers", "Three Sisters": capitals joined by small words.
_TITLE_BEFORE = re.compile(
    r"(?<![^\W_])([A-Z][^\W\d_]*)((?: (?:of|an?|the|and|&|in|for|with|to|on|from|by|or)){0,3}) $"
)
_BEGINS_TITLE = _words("some every no two three four five six seven ten twelve one little big")
# "Queens is a borough", "Boys of Autumn was sung": of several people one says "are".
_IS_ONE = re.compile(
    r"(?: (?:of|in|from|on|at|with)(?: the| an?)? [^\W\d_]+)?(?: (?:[12]\d\d\d|still|also))?"
    r" (?:is|was|has|isn['’]t|wasn['’]t|opens|airs|stars) "
)
# "Belle and Sebastian", at the beginning.
_AND_NAME = re.compile(r" (?:and|&) (?:the )?([A-Z](?:[^\W_]|['’])*)")
_KIN_TITLES = frozenset({"aunt", "auntie", "uncle"})
_KIN_NAME = re.compile(r" [A-Z][a-z]")
# What stands before "'s" for "is", and so in no name: "It's Women".
_BEFORE_IS = _words("i he she it that what who there here let how where when why this")
# "sang Girls Just Want to Have Fun", "filmed Girl 6".
_GOES_ON = re.compile(r" (?:(?!I(?![^\W_]))[A-Z][^\W\d_]*|\d+)(?![^\W_]|['’])")
# "Ferdinand the Catholic", "1 Kings".
_BYNAME_BEFORE = re.compile(r"[A-Z][a-z]+ the $")
_NUMBER_BEFORE = re.compile(r"(?<![^\W_])(?:[12]|II?) $")
# Small words with a capital inside a sentence: "Papa Was a Cowboy", "Stand by Your Man".
_SMALL = (
    r"(?:Was|Is|Are|Were|Has|Had|Don['’]t|Doesn['’]t|Didn['’]t|Can['’]t|Won['’]t|Will|Would|Should|Of|On|At|In"
    r"|With|Without|Who|Like|Into|From|To|For|By|Your|My|Our|Their|His|Her|No|Every|Some|And|Or|Not)"
)
_SMALL_NEXT = re.compile(rf"[ \xa0]{_SMALL}(?![^\W_])")
_SMALL_BEFORE = re.compile(rf"[^\s.!?:;\"“”‘(\[*>-][ \xa0]{_SMALL}[ \xa0]$")
_SMALL_LETTERS = re.compile(r"(?<![^\W_])[a-z]{2,}")
_CAPITALS = re.compile(r"(?<![^\W_])[A-Z]")
_FAMILY_BEFORE = re.compile(r"(?<![^\W_])[Tt]he ([A-Z][^\W\d_]+) $")
#: Who is called by a family: "the Everly sisters".
SIBLINGS = _words("brothers sisters")
# What follows a people: "Spanish-American War", "Syrian Arab Republic".
_NEXT_CAPITAL = re.compile(
    r"(?:['’]s?)?(?:[ \xa0]+|[-‐‑])[“\"]?(?:[A-Z]\. )?([A-Z](?:[^\W_]|['’])*)"
)
# Headlines have these with a capital.
_NO_HEADLINE = re.compile(
    r"(?<![^\W_])(?:is|are|was|were|has|have|had|be|been|will|would|can|did|does|it|we|they|you|my"
    r"|our|this|that|which|when)(?![^\W_])"
)
_NEXT_AFTER_PREPOSITION = re.compile(
    r" (?:of|in|for|on|and|&|at|from|with|against|Against|with)(?: the| a)? [A-Z][a-z]"
)
_PREVIOUS = re.compile(r"([A-Z](?:[^\W_]|['’])*\.?)[ \xa0]+$")
# Without an article these are somebody's or something's name: "Prince sang".
_RANKS = _words("king queen prince princess duke duchess lord baron knight emperor dame")
_DETERMINER = re.compile(
    r"(?<![^\W_])(?:the|a|an|my|your|our|their|his|her|its|this|that|every|each|dear)"
    r"(?: [a-z]+)? [\"“]?$",
    re.IGNORECASE,
)
# "They saw The Cowboys": an article with a capital inside a sentence begins a title.
_TITLE_OF_WORK = re.compile(r"[^.!?:\s\"“(] [\"“]?The $")
# So does one before a capital at its beginning: "The Gentlemen is on".
_FIRST_ARTICLE = re.compile(r"(?<![^\W_])(?:The|A|An) $")
# No article stands before one person: "Hero of Alexandria".
_OF_NAME = re.compile(r" (?:of|vs\.?) (?:the |an? )?[A-Z][a-z]")
# "Dombey and Son", "Marks & Brothers".
_JOINED_NAME = re.compile(r"(?<![^\W_])([A-Z][^\W\d_]+) (?:and|&) $")
_HYPHENATED = re.compile(r"([A-Z][^\W_]*)[-‐‑]$")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_HEADLINE_REACH = 80
_PREFIXES = _words("anti non pro ex post pre neo pan afro anglo judeo half semi mid all co")


def is_in_name(text: str, start: int, end: int, listed: str, terms: Collection[str] = ()) -> bool:
    """Whether the term at ``text[start:end]`` is part of a name.

    Args:
        text: The text.
        start: Where the term begins, in characters.
        end: Where it ends.
        listed: The term as its list has it.
        terms: The terms of the list in lower case. One of them beside the term makes no name.

    Returns:
        False for a term without a capital, and for one all in capitals.
    """
    if listed in SIBLINGS and text[start].islower():
        family = _FAMILY_BEFORE.search(text, max(0, start - 30), start)
        return _name_like(family, terms) is not None
    if not text[start].isupper() or text[start + 1 : end].isupper():
        return False
    if is_proper(listed):
        return _is_people_in_name(text, start, end, listed, terms)
    return _is_noun_in_name(text, start, end, listed, terms) and not _is_headline(text, start, end)


def _is_people_in_name(
    text: str, start: int, end: int, listed: str, terms: Collection[str]
) -> bool:
    """As `is_in_name`, of a word that always has a capital: its own tells nothing."""
    if _OF_TITLE_BEFORE.search(text, max(0, start - 40), start) is not None:
        return not _is_headline(text, start, end)
    is_plural = listed.endswith("s") and not listed.endswith(("ous", "ss"))
    if not is_plural and _BYNAME_BEFORE.search(text, max(0, start - 30), start) is not None:
        return True
    next_word = _name_behind_peoples(text, end, terms)
    preceding = _PREVIOUS.search(text, max(0, start - 30), start)
    is_behind = preceding is not None and _name_like(preceding, terms) is not None
    if next_word is None and (not is_behind or is_plural):
        return False
    if _is_headline(text, start, end):
        return next_word is not None and listed.lower() in _GIVEN_NAMES
    if next_word is not None and not is_plural:
        return True
    if is_plural or preceding is None:
        return False
    return is_behind and not begins_sentence(text, preceding.start())


def _is_noun_in_name(text: str, start: int, end: int, listed: str, terms: Collection[str]) -> bool:
    """As `is_in_name`, of a word whose capital has a reason, outside of headlines."""
    bare = listed.lower()
    is_address = bare in _FORMS_OF_ADDRESS
    is_first = begins_sentence(text, start)
    if _NEXT_AFTER_PARTICLE.match(text, end) or _NUMBER_BEFORE.search(
        text, max(0, start - 4), start
    ):
        return True
    if not is_first and (_is_title_case(text[start:end]) or _GOES_ON.match(text, end)):
        return True
    if _is_among_small(text, start, end):
        return True
    if listed in _RANKS and not _follows_determiner(text, start):
        return True
    if _name_like(_NEXT.match(text, end), terms) is not None:
        return True
    if bare in _KIN_TITLES and _KIN_NAME.match(text, end):
        return True
    if is_first:
        joined = _AND_NAME.match(text, end)
        if joined is not None and not is_address:
            is_term = joined.group(1).lower() in terms  # "Fathers and Sons"
            if is_term or _name_like(joined, terms) is not None:
                return True
        if listed.endswith(("s", "men")) and not listed.endswith("ss"):
            return _IS_ONE.match(text, end) is not None
        return _OF_NAME.match(text, end) is not None
    if listed not in _RANKS and _FIRST_ARTICLE.search(text, max(0, start - 8), start):
        return True
    hyphenated = _HYPHENATED.search(text, max(0, start - 30), start)
    if hyphenated is not None:
        prefix = hyphenated.group(1).lower()
        return prefix not in _PREFIXES and prefix not in terms
    if _TITLE_OF_WORK.search(text, max(0, start - 10), start):
        return True
    if _name_like(_JOINED_NAME.search(text, max(0, start - 40), start), terms) is not None:
        return True
    preceding = _PREVIOUS.search(text, max(0, start - 30), start)
    if preceding is not None and _name_like(preceding, terms) is not None:
        return not (is_address and begins_sentence(text, preceding.start()))
    if _NEXT_AFTER_PREPOSITION.match(text, end):
        return True
    return _ends_title(text, start, terms)


def _is_among_small(text: str, start: int, end: int) -> bool:
    """Whether a small word with a capital stands beside a word, in a text of small letters else."""
    if not (_SMALL_NEXT.match(text, end) or _SMALL_BEFORE.search(text, max(0, start - 12), start)):
        return False
    around = text[max(0, start - _HEADLINE_REACH) : end + _HEADLINE_REACH]
    return len(_SMALL_LETTERS.findall(around)) >= len(_CAPITALS.findall(around)) / 2


def is_pronoun_in_title(text: str, start: int, end: int) -> bool:
    """Whether a pronoun's capital is that of a title: "sang Show Her the Way", "Hanes Her Way"."""
    if not text[start].isupper() or text[start + 1 : end].isupper():
        return False
    if _GOES_ON.match(text, end) is None or begins_sentence(text, start):
        return False
    if _PREVIOUS.search(text, max(0, start - 30), start) is None:
        return False
    around = text[max(0, start - _HEADLINE_REACH) : end + _HEADLINE_REACH]
    return len(_SMALL_LETTERS.findall(around)) >= len(_CAPITALS.findall(around)) / 2


def _ends_title(text: str, start: int, terms: Collection[str]) -> bool:
    """Whether a capital before makes that of a word inside a sentence one of a title."""
    run = _TITLE_BEFORE.search(text, max(0, start - 40), start)
    if run is None:
        return False
    word = run.group(1).lower()
    if word in _BEGINS_TITLE or (word in terms and word not in _FORMS_OF_ADDRESS):
        return True
    return run.group(2) != "" and word not in _NO_NAMES and word not in _PEOPLES


def _name_behind_peoples(text: str, end: int, terms: Collection[str]) -> str | None:
    """The first word with a capital that is no people, in the row of those behind a place."""
    following = _NEXT_CAPITAL.match(text, end)
    while following is not None:
        word = _name_like(following, terms)
        if word is not None:
            return word
        if following.group(1).lower() not in _PEOPLES:
            return None
        following = _NEXT_CAPITAL.match(text, following.end())
    return None


def _is_title_case(words: str) -> bool:
    """Whether each of several words has a capital: "a Young Man", but not "Black Women"."""
    parts = words.split()
    has_capitals = len(parts) > 1 and all(part[0].isupper() for part in parts)
    return has_capitals and parts[0].lower() not in _PEOPLES


def _follows_determiner(text: str, start: int) -> bool:
    return _DETERMINER.search(text, max(0, start - 30), start) is not None


def _name_like(match: re.Match[str] | None, terms: Collection[str]) -> str | None:
    """The neighbour, if its capital makes it part of a name."""
    if match is None:
        return None
    word = match.group(1).lower().replace("’", "'")
    bare = word.rstrip(".").partition("'")[0]
    if any(map(str.isdigit, bare)):  # "Actor1"
        return None
    is_people = bare in _PEOPLES and "'" not in word
    if word.endswith("'s") and bare not in _BEFORE_IS and bare not in terms:
        return word  # "The Kitchen God's Wife"
    is_none = bare in _NO_NAMES or is_people or word in _NO_NAMES or bare in terms
    return None if is_none else word


def _is_headline(text: str, start: int, end: int) -> bool:
    """Whether most words around have a capital, so that a capital says nothing."""
    around = text[max(0, start - _HEADLINE_REACH) : end + _HEADLINE_REACH]
    words = _LONG_WORD.findall(around)
    num_capitals = sum(word[0].isupper() for word in words)
    return len(words) >= 6 and num_capitals > 0.9 * len(words) and not _NO_HEADLINE.search(around)


_PLACE_BEFORE = re.compile(
    r"(?<![^\W_])(?:st\.?|saints?|san|santa|santo|mt\.?|mount|lake|fort|ft\.?|port|cape|camp|isle|"
    r"hurricane|storm|typhoon|cyclone|tropical|hotel|hospital|university|college)[ \xa0]+$",
    re.IGNORECASE,
)
_ADDRESS_BEFORE = re.compile(
    r"(?<![^\W_])(?:mr|mrs|ms|miss|mx|mister|dr|doctor|prof|professor)\.?[ \xa0]+$", re.IGNORECASE
)
# "in Alston", "an Alston", "Bird & Alston": a place, a thing, a firm.
_NO_PERSON_BEFORE = re.compile(
    r"(?<![^\W_])(?:[Ii]n|[Aa]t|[Nn]ear|[Ff]rom|via|to|[Tt]he|[Aa]n?|[A-Z][^\W_]*(?: and| ?&))"
    r"[ \xa0]+$"
)
_JOINED_BEHIND = re.compile(r"(?: and| ?&|-)[ \xa0]?[A-Z]")
_SURNAME = re.compile(r"[ \xa0]+([A-Z][^\W\d_]*)")
_NO_PERSON_BEHIND = re.compile(r"[ \xa0]+\d+:\d|[ \xa0]the [A-Z]")


def is_first_name(text: str, start: int, end: int, last_names: Collection[str] = ()) -> bool:
    """Whether a listed first name is a person's there, with no last name but a listed one.

    It needs its capital, and is none of a saint, a place, a storm, a book of the Bible or a byname
    ("St. Daniel", "San Juan", "Hurricane Maria", "Matthew 5:12", "Catherine the Great").
    """
    if not text[start].isupper() or _NO_PERSON_BEHIND.match(text, end) is not None:
        return False
    following = None if text[start + 1 : end].isupper() else _SURNAME.match(text, end)
    surname = "" if following is None else following.group(1).lower()
    is_other = surname not in _NO_NAMES and surname not in last_names
    if surname and is_other and not _is_headline(text, start, end):
        return False  # "Charles Prince", which may be a public person's
    return _PLACE_BEFORE.search(text, max(0, start - 14), start) is None


def is_last_name(text: str, start: int, end: int, terms: Collection[str]) -> bool:
    """Whether a listed last name is a person's there, who is not known by another name.

    It stands behind a form of address or a listed first name, or by itself, but behind no word
    that makes it a place, a thing or a firm ("in Alston", "the Alston case", "Alston & Bird").

    Args:
        text: The text.
        start: Where the name begins, in characters.
        end: Where it ends.
        terms: The terms of the list in lower case.
    """
    if not text[start].isupper() or _is_headline(text, start, end):
        return False
    if _name_like(_NEXT.match(text, end), ()) is not None:
        return False  # "Alston Street"
    if _ADDRESS_BEFORE.search(text, max(0, start - 14), start) is not None:
        return True
    preceding = _PREVIOUS.search(text, max(0, start - 30), start)
    if preceding is not None and preceding.group(1).lower() in terms:
        return True
    if _name_like(preceding, terms) is not None or _JOINED_BEHIND.match(text, end) is not None:
        return False
    return _NO_PERSON_BEFORE.search(text, max(0, start - 30), start) is None
