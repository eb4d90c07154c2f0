"""Nationalities of things, languages and species: ``a Turkish rug``, ``African violets``."""

from __future__ import annotations

import re

from fairflip.text.english.nouns import LIVING, OTHER_THINGS, in_all_forms, kind_of_thing
from fairflip.text.english.pronoun_words import HUMAN, KIN, THINGS
from fairflip.text.english.verbs import AFTER_VERB


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words beside those of `THINGS`, and people among these.
_MORE_THINGS = _words(
    """rug carpet cuisine cheese wine vodka whiskey rum tequila cinema football soccer spelling
    grammar literature keyboard government parliament embassy navy economy currency flag border
    coast coastline peso yen euro sauce salad noodles rice dishes cars films movies songs products
    goods imports exports stocks shares bonds troops tanks jets ships airline airlines bank banks
    butter cookies biscuits pastry pastries chocolate chocolates bread tea coffee beer breakfast
    television tv radio press media newspaper newspapers magazine constitution supreme senate
    premier league cup grand word words translation version edition text verb noun noun alphabet
    law laws visa mafia soil waters territory capital mountains countryside architecture furniture
    made-up steel oil gas wheat election elections president flu virus variant restaurant
    restaurants recipe recipes market markets company companies bond dictionary dictionaries
    lessons lesson class classes test tests homework exam subtitles brand brands
    ale ales lager stout porcelain pottery silk linen lace spices saffron mustard vinegar honey
    sausage sausages ham soup curry stew bath baths stove clocks watches roulette wallpaper tapestry
    opera ballet folklore mythology classic classics proverb proverbs pronunciation accent idioms
    franc francs rupee rupees lira ruble rubles dinar krone krona shilling zloty yuan dirham"""
)
_KINDS_OF_A_NATION = in_all_forms((*LIVING, *OTHER_THINGS))
_ENDS_OF_PEOPLE = ("er", "or", "ist", "man", "men", "woman", "women", "guy", "mom", "dad")
# What may stand between a nationality and a thing: "an Indian pale ale".
_OF_THINGS = _words("pale dark red white green black roast roasted dry sparkling hot cold old new")
_PEOPLE_AMONG_THINGS = _words(
    """agent ally assistant attorney captain client cousin crew crowd daughter donor employee
    employer enemy expert family father friend girlfriend boyfriend grandson guard guest household
    husband jury lover mother niece nurse opponent owner partner pair pilot population professor
    pupil reader rival secretary singer slave son sponsor surgeon teacher troop tutor twin uncle
    aunt victim winner witness baby beard birth childhood community descent face group hair half
    heritage identity label life name nation nationality passport person public race religion skin
    society spirit status stock surname tribe type village youth army bot whites manhood
    stereotype collusion ancestry origin descendant culture blood root background parentage"""
)


def is_of_thing(text: str, start: int, end: int) -> bool:
    """Whether a nationality is a thing's ("a Turkish rug"), a language, or none ("polish")."""
    term = text[start:end]
    if term == "polish" or (term == "Polish" and AFTER_VERB.match(text, end)):
        return True
    if _POSSESSIVE.match(text, end) is not None:  # "French's mustard"
        return not term.endswith("s")
    if _names_language(text, start, end):
        return True
    thing = _THING.match(text, end)
    if thing is not None and thing.group(1).lower() in _OF_THINGS:
        thing = _THING.match(text, thing.end())
    if thing is None:
        return False
    word = thing.group(1).lower()
    forms = {word, word.removesuffix("s")}
    if not forms.isdisjoint(_PEOPLE_AMONG_THINGS):
        return False
    if not (forms.isdisjoint(THINGS) and forms.isdisjoint(_MORE_THINGS)):
        return True
    is_plural = term.endswith("s") and not term.endswith("ss")
    if is_plural or not term[0].isupper() or kind_of_thing(word) not in _KINDS_OF_A_NATION:
        return False
    somebody = _THING.match(text, thing.end())  # "an Israeli combat soldier"
    return somebody is None or not _is_somebody(somebody.group(1).lower())


# "learn Dutch", "translated into Dutch", "in Dutch".
_BEFORE_LANGUAGE = re.compile(
    r"(?<![^\W_])(?:(?:learn|speak|study|studi|teach|understand|practis|practic)[a-z]*|spoke|spoken"
    r"|taught|learnt|understood|know|knows|knew|fluent in|in|into|translated(?: [^\W_]+)? from)"
    r"(?: some| any| much| good| fluent| perfect| broken| both| only)?[ \xa0]+$",
    re.IGNORECASE,
)
# "Our language is Dutch", "her mother tongue was Dutch".
_IS_LANGUAGE = re.compile(
    r"(?<![^\W_])(?:language|tongue|dialect|accent|subtitles|dialogue)s?(?: [^\W_]+){0,3} "
    r"(?:is|are|was|were|be) $",
    re.IGNORECASE,
)
# "Your Dutch is good": an adjective has its noun behind it.
_HAS_LANGUAGE = re.compile(r"(?<![^\W_])(?:my|your|his|her|our|their|['’]s) $", re.IGNORECASE)
_IS_GOOD = re.compile(r" (?:is|was|has|gets|got|became|improves|improved)(?![^\W_])")
_NO_NOUN_BEHIND = re.compile(
    r"[.,!?;:)\n]|$| (?:and|or|but|at|in|is|was|to|for|as|with|when|because|from|into|on|every|very"
    r"|well|better|badly|fluently|quickly)(?![^\W_])"
)


def _names_language(text: str, start: int, end: int) -> bool:
    """Whether a nationality is a language: "learn Dutch", "our language is Dutch"."""
    reach = max(0, start - 60)
    if text[start:end].endswith("s") or not _NO_NOUN_BEHIND.match(text, end):
        return False
    if any(one.search(text, reach, start) for one in (_BEFORE_LANGUAGE, _IS_LANGUAGE)):
        return True
    has = _HAS_LANGUAGE.search(text, reach, start) is not None
    return has and _IS_GOOD.match(text, end) is not None


def is_of_species(text: str, end: int) -> bool:
    """Whether an animal or a plant is called so: "Asian elephants", "African violets"."""
    thing = _THING.match(text, end)
    if thing is None:
        return False
    word = thing.group(1).lower().removesuffix("s")
    return word in _SPECIES or f"{word}s" in _SPECIES or word.endswith(_ENDS_OF_SPECIES)


_ENDS_OF_SPECIES = (
    "bird", "fish", "hound", "berry", "berrie", "weed", "wort", "hopper", "pecker", "snake", "fern",
    "grass", "nut", "moss", "worm", "mouse", "squirrel",
)  # fmt: skip
_SPECIES = _words(
    """pear cricket violet elephant lily lilies beetle carp hornet lion tiger ladybug cabbage greens
    palm pine cedar oak maple rose thistle iris daisy orchid tortoise turtle monkey ape gorilla
    buffalo bison hare rabbit hound terrier spaniel shepherd setter shorthair longhair mastiff
    bulldog cattle goat sheep hedgehog parrot parakeet finch crane stork eagle owl duck goose geese
    shrimp lobster oyster salmon bass catfish moth bee bees wasp mosquito cockroach tick"""
)


def _is_somebody(word: str) -> bool:
    """Whether a word behind a thing is of people: "seller", but not "covers", which is a verb."""
    if word in HUMAN or word in KIN or word.removesuffix("s") in HUMAN:
        return True
    return word.endswith(_ENDS_OF_PEOPLE) and kind_of_thing(word) == ""


_POSSESSIVE = re.compile("['’]s?(?![^\\W_])")
_THING = re.compile(r"[ \xa0-]([^\W\d_]+)")
