"""Plurals, words before each sound, and the other gender of French adjectives, by their ending."""

from __future__ import annotations

import re

from fairflip.text.languages.french.adjectives import (
    ADJECTIVES,
    FEMININES,
    IN_EURE,
    IN_TE,
    IN_TEUSE,
    IN_TRICE,
    SHORT,
)
from fairflip.text.languages.french.words import (
    ADVERBS,
    ASPIRATED,
    COPULAS,
    HAVE,
    INVARIANT,
    INVARIANT_ADJECTIVES,
    NO_ADJECTIVES,
    PREPOSITIONS,
)
from fairflip.text.languages.romance.agreement import Agreeing, both_ways
from fairflip.text.languages.tokens import word_set

#: Behind a word whose form is singular and plural at once: what stands there is the plural.
PLURAL = "+"
_VOWEL = re.compile("[aeiouàâäéèêëîïôöùûüœæh]|y[^aeiouéè]")
_DOUBLED = ("el", "eil", "en", "on", "et", "ot")
_SINGLE_OT = word_set("idiot dévot bigot manchot falot cagot huguenot rigolot pilot")
_PLURALS = {
    "monsieur": "messieurs",
    "madame": "mesdames",
    "mademoiselle": "mesdemoiselles",
    "gentilhomme": "gentilshommes",
    "bonhomme": "bonshommes",
    "jeune-homme": "jeunes-hommes",
    "grand-père": "grands-pères",
    "grand-mère": "grands-mères",
    "grand-oncle": "grands-oncles",
    "grand-tante": "grands-tantes",
    "arrière-grand-père": "arrière-grands-pères",
    "arrière-grand-mère": "arrière-grands-mères",
    "petit-fils": "petits-fils",
    "petite-fille": "petites-filles",
    "petit-ami": "petits-amis",
    "petite-amie": "petites-amies",
    "homme-grenouille": "hommes-grenouilles",
    "porte-parole": "porte-parole",
}
_COMPOUND = re.compile("^(?:beau|belle)-")
_IN_TRICE = ("ateur", "cteur", "iteur", "uteur", "oteur", "pteur", "culteur")
_IN_ALS = word_set(
    "banal fatal final natal naval bancal glacial jovial martial idéal tribal prénatal"
)
_OF_TWO_FORMS = {
    "un": "une",
    "le": "la",
    "du": "de la",
    "au": "à la",
    "ce": "cette",
    "mon": "ma",
    "ton": "ta",
    "son": "sa",
    "aucun": "aucune",
    "quel": "quelle",
    "tout": "toute",
    "certain": "certaine",
    "tel": "telle",
    "nul": "nulle",
    "chacun": "chacune",
    "lequel": "laquelle",
    "celui": "celle",
    "seul": "seule",
    "auquel": "à laquelle",
    "duquel": "de laquelle",
}
_PLURAL_FORMS = {
    "certains": "certaines",
    "quels": "quelles",
    "tous": "toutes",
    "tels": "telles",
    "uns": "unes",
    "nombreux": "nombreuses",
    "divers": "diverses",
    "différents": "différentes",
    "lesquels": "lesquelles",
    "auxquels": "auxquelles",
    "desquels": "desquelles",
    "ceux": "celles",
    "seuls": "seules",
    "quelques-uns": "quelques-unes",
}
_PLURAL_ONLY = word_set("les des des* de* ces mes tes ses nos vos leurs aux quelques plusieurs")
_SINGULAR_ONLY = word_set("notre votre leur chaque")


def _determiners() -> dict[str, Agreeing]:
    table = both_ways(_OF_TWO_FORMS, "s") | both_ways(_PLURAL_FORMS, "p")
    table |= {word: Agreeing("", "p", word.rstrip("*"), word.rstrip("*")) for word in _PLURAL_ONLY}
    table |= {word: Agreeing("", "s", word, word) for word in _SINGULAR_ONLY}
    table["l'"] = Agreeing("", "s", "le", "la")
    table["cet"] = Agreeing("m", "s", "ce", "cette")
    for masculine, feminine in (("mon", "ma"), ("ton", "ta"), ("son", "sa")):
        table[f"{masculine}'"] = Agreeing("", "s", masculine, feminine)
    return table


_DETERMINERS = _determiners()
_BEFORE_VOWEL = {
    "le": "l'",
    "la": "l'",
    "du": "de l'",
    "de la": "de l'",
    "au": "à l'",
    "à la": "à l'",
    "ce": "cet",
    "ma": "mon",
    "ta": "ton",
    "sa": "son",
    "toute*": "tout",
    **{f"{word}e": f"{word}'" for word in ("d", "qu", "n", "j", "m", "t", "s", "jusqu")},
    **{f"{word}que": f"{word}qu'" for word in ("lors", "puis", "quoi")},
}
_LONG = {short: long for long, short in SHORT.items()} | {"cet": "ce"}


def begins_with_vowel(word: str) -> bool:
    """Whether what hangs on a word is elided before it.

    >>> [begins_with_vowel(word) for word in ("homme", "héros", "héroïne", "yéménite", "œuvre")]
    [True, False, True, False, True]
    """
    if _VOWEL.match(word) is None:
        return False
    return not ASPIRATED.intersection((word, word.removesuffix("s")))


def fitted(form: str, following: str) -> str:
    """A word as it is before another one.

    >>> [fitted("le", word) for word in ("père", "ami", "héros")]
    ['le', "l'", 'le']
    >>> fitted("du", "ami"), fitted("ma", "amie"), fitted("ce", "homme"), fitted("bel", "père")
    ("de l'", 'mon', 'cet', 'beau')
    >>> fitted("si", "il"), fitted("si", "elle")
    ("s'", 'si')
    """
    if form == "si":
        return "s'" if following in ("il", "ils") else form
    if begins_with_vowel(following):
        return _BEFORE_VOWEL.get(form, form.removesuffix("*"))
    return _LONG.get(form, form.removesuffix("*"))


def plural_of(noun: str, gender: str = "") -> str:
    """The plural of a noun or adjective, whatever its gender.

    >>> [plural_of(word) for word in ("voisin", "héros", "général", "jumeau", "belle-mère")]
    ['voisins', 'héros', 'généraux', 'jumeaux', 'belles-mères']
    """
    if noun in _PLURALS:
        return _PLURALS[noun]
    if _COMPOUND.match(noun):
        first, last = noun.split("-", 1)
        return f"{plural_of(first)}-{plural_of(last)}"
    if noun.endswith(("s", "x", "z")):
        return noun
    if noun.endswith("al") and noun not in _IN_ALS:
        return f"{noun[:-1]}ux"
    return f"{noun}x" if noun.endswith(("eau", "eu")) and noun != "bleu" else f"{noun}s"


def feminine_of(masculine: str) -> str:
    """The feminine singular of an adjective or noun that has one by its ending.

    >>> [feminine_of(word) for word in ("heureux", "sportif", "fier", "cruel", "italien", "mignon")]
    ['heureuse', 'sportive', 'fière', 'cruelle', 'italienne', 'mignonne']
    >>> [feminine_of(word) for word in ("muet", "secret", "acteur", "menteur", "meilleur", "rieur")]
    ['muette', 'secrète', 'actrice', 'menteuse', 'meilleure', 'rieuse']
    >>> [feminine_of(word) for word in ("blanc", "grec", "loyal", "idiot", "français", "triste")]
    ['blanche', 'grecque', 'loyale', 'idiote', 'française', 'triste']
    """
    known = FEMININES.get(masculine)
    if known is not None:
        return known
    if masculine.endswith("e"):
        return masculine
    if masculine.endswith("eux"):
        return f"{masculine[:-1]}se"
    if masculine.endswith("f"):
        return f"{masculine[:-1]}ve"
    if masculine.endswith("er"):
        return f"{masculine[:-2]}ère"
    if masculine.endswith("eur"):
        if masculine in IN_EURE:
            return f"{masculine}e"
        in_trice = masculine.endswith(_IN_TRICE) and masculine not in IN_TEUSE
        in_trice = in_trice or masculine in IN_TRICE
        return f"{masculine[:-3]}rice" if in_trice else f"{masculine[:-1]}se"
    if masculine.endswith(_DOUBLED) and masculine not in _SINGLE_OT:
        return f"{masculine}{masculine[-1]}e"
    return f"{masculine}e"


def _adjectives() -> dict[str, Agreeing]:
    table: dict[str, Agreeing] = {}
    for masculine in sorted({*ADJECTIVES, *FEMININES, *IN_TE}):
        feminine = feminine_of(masculine)
        if feminine == masculine:
            continue
        plural, plurals = plural_of(masculine), plural_of(feminine)
        singular = both_ways([(masculine, feminine)], "s")
        for short in (SHORT.get(masculine),):
            if short:
                singular[short] = Agreeing("m", "s", masculine, feminine)
        if plural == masculine:
            table[f"{masculine}{PLURAL}"] = Agreeing("m", "p", plural, plurals)
            table[plurals] = Agreeing("f", "p", plural, plurals)
        else:
            table |= both_ways([(plural, plurals)], "p")
        table |= singular
    return table


_ADJECTIVES = _adjectives()
#: Words with one form for singular and plural in the masculine.
OF_BOTH_NUMBERS = frozenset(one.removesuffix(PLURAL) for one in _ADJECTIVES if PLURAL in one)
_PARTICIPLE = re.compile("^.+(?:[^t]é(?:e?s?)|tées?|[^aeiuéètl]tés?)$")
#: Nouns in a consonant and -té; those in -ité, -eté and -auté are told by their ending.
_NOUNS_IN_TE = word_set(
    """santé bonté volonté parenté liberté fierté clarté cherté puberté majesté comté doigté gré
    prés fées thés dés blés malgré libertés volontés bontés parentés"""
)
_NO_WORDS = PREPOSITIONS | ADVERBS | COPULAS | HAVE | NO_ADJECTIVES


def determiner(word: str) -> Agreeing | None:
    """An article, or what stands in the place of one."""
    return _DETERMINERS.get(word)


def adjective(word: str) -> Agreeing | None:
    """A word that is surely an adjective or a participle with a gender."""
    known = _ADJECTIVES.get(word)
    if known is not None or word in NO_ADJECTIVES or word in _NOUNS_IN_TE:
        return known
    return _in_e(word) if "é" in word[-3:] and _PARTICIPLE.search(word) else None


def _in_e(word: str) -> Agreeing:
    number = "p" if word.endswith("s") else "s"
    ending = "s" if number == "p" else ""
    stem = word.removesuffix("s")
    gender = "f" if stem.endswith("e") else "m"
    stem = stem.removesuffix("e")
    return Agreeing(gender, number, stem + ending, f"{stem}e{ending}")


#: Endings of feminines, and of the masculines that they have.
_FEMININE = (
    ("ive", "if"),
    ("ière", "ier"),
    ("elle", "el"),
    ("ienne", "ien"),
    ("onne", "on"),
    ("ette", "et"),
    ("ante", "ant"),
    ("ente", "ent"),
    ("ale", "al"),
    ("aise", "ais"),
    ("oise", "ois"),
    ("aine", "ain"),
    ("ine", "in"),
    ("arde", "ard"),
    ("trice", "teur"),
    ("ée", "é"),
    ("ie", "i"),
    ("ue", "u"),
)
_IN_E = re.compile(
    "(?:[aiou]ble|ique|iste|aire|oire|ide|ile|ole|ogue|phobe|phile|crate|rbe|[bpgtdv]re|ple|[mgc]e"
    "|phe|the|gne|erne|rte|ste|ête|sque)$"
)
_NO_ENDINGS = re.compile("(?:age|isme|tion|sion|ment|amment|emment|ique|able|ible|té|tés|oir|eau)$")
_MASCULINE = re.compile("(?:[éiuflncdgtrsx])$")


def unknown_adjective(word: str) -> Agreeing | None:
    """A word that may be an adjective, by its ending alone."""
    bare = word.removesuffix(PLURAL)
    if bare in _NO_WORDS or bare in INVARIANT or len(bare) < 4 or _NO_ENDINGS.search(bare):
        return None
    if word in _DETERMINERS or not bare.isalpha():
        return None
    is_plural = word.endswith(PLURAL) or bare.endswith("s")
    singular = bare.removesuffix("s") if not bare.endswith(("ais", "ois")) else bare
    if singular.endswith("e"):
        if bare in INVARIANT_ADJECTIVES or _IN_E.search(singular):
            return None
        for feminine, masculine in _FEMININE:
            if singular.endswith(feminine) and len(singular) > len(feminine):
                stem = singular.removesuffix(feminine) + masculine
                return _of(stem, singular, "f", is_plural)
        if singular.endswith("euse"):  # "-eux" or "-eur"
            return _of(f"{singular[:-3]}ux", singular, "f", is_plural)
        return _of(singular, singular, "f", is_plural)
    if singular.endswith("aux"):
        singular, is_plural = f"{singular[:-2]}l", True
    if _MASCULINE.search(singular) is None:
        return None
    return _of(singular, feminine_of(singular), "m", is_plural)


def _of(masculine: str, feminine: str, gender: str, is_plural: bool) -> Agreeing:
    if is_plural:
        return Agreeing(gender, "p", plural_of(masculine), plural_of(feminine))
    return Agreeing(gender, "s", masculine, feminine)


_GENDERS = (
    (
        re.compile("(?:tion|sion|xion|ité|eté|ette|ence|ance|esse|ure|ise|ie|ée|ade|ude|ère)s?$"),
        "f",
    ),
    (re.compile("(?:ment|age|isme|eau|oir|ier|et|al|ail|in|on|eur|ant|as|is|us|ot|ort)s?$"), "m"),
)
_FEMININES = word_set(
    """maison raison saison leçon façon chanson prison boisson fin main faim image page plage cage
    rage nage eau peau peur fleur couleur chaleur valeur douleur odeur erreur horreur sœur
    soeur heure mort part dent jument forêt vis souris brebis oasis"""
)
_MASCULINES = word_set("père frère silence musée lycée génie incendie parapluie murmure")


def gender_of_noun(word: str) -> str:
    """The gender of a noun for a thing as far as its ending tells; "" where it does not.

    >>> [gender_of_noun(word) for word in ("chaussures", "gouvernement", "maison", "livre")]
    ['f', 'm', 'f', '']
    """
    one = adjective(word)
    if one is not None:
        return one.gender
    singular = word.removesuffix("s")
    if singular in _FEMININES or singular in _MASCULINES:
        return "f" if singular in _FEMININES else "m"
    return next((gender for ending, gender in _GENDERS if ending.search(word)), "")
