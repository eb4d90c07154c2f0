"""Plurals, articles before each sound, and the other gender of Italian adjectives."""

from __future__ import annotations

import re

from fairflip.text.languages.italian.words import (
    ADJECTIVES,
    INVARIANT_ADJECTIVES,
    NO_ADJECTIVES,
)
from fairflip.text.languages.romance.agreement import Agreeing, both_ways
from fairflip.text.languages.tokens import word_set

#: Stems of articles: alone, with the preposition that some hold, and those that end as they do.
STEMS = word_set("de a da ne su que be")
_VOWEL = re.compile("[aeiouàèéìòùh]")
_IMPURE = re.compile("s[^aeiouàèéìòù]|z|gn|ps|pn|x|y")
_HARD = word_set(
    """cuoco cieco turco tedesco polacco ubriaco antico stanco bianco ricco sporco fresco sciocco
    fiacco manco pudico losco brusco mago chirurgo profugo largo lungo vago"""
)
_SOFT_GO = re.compile("(?:ologo|ofago|urgo)$")
_INVARIANT = word_set("re gay trans fan chef detective influencer ceo portavoce signor")
_IRREGULAR = {"uomo": "uomini", "moglie": "mogli", "dio": "dei", "eroe": "eroi"}
_OF_TWO_FORMS = {
    "mio": "mia",
    "tuo": "tua",
    "suo": "sua",
    "nostro": "nostra",
    "vostro": "vostra",
    "questo": "questa",
    "altro": "altra",
    "certo": "certa",
    "stesso": "stessa",
    "primo": "prima",
    "secondo": "seconda",
    "terzo": "terza",
    "ultimo": "ultima",
    "unico": "unica",
    "tutto": "tutta",
    "proprio": "propria",
}
_PLURALS = {
    "miei": "mie",
    "tuoi": "tue",
    "suoi": "sue",
    "nostri": "nostre",
    "vostri": "vostre",
    "questi": "queste",
    "altri": "altre",
    "certi": "certe",
    "stessi": "stesse",
    "primi": "prime",
    "ultimi": "ultime",
    "unici": "uniche",
    "tutti": "tutte",
    "propri": "proprie",
    "molti": "molte",
    "pochi": "poche",
    "tanti": "tante",
    "troppi": "troppe",
    "parecchi": "parecchie",
    "alcuni": "alcune",
    "vari": "varie",
    "diversi": "diverse",
    "numerosi": "numerose",
    "entrambi": "entrambe",
    "quanti": "quante",
}


def _articles() -> dict[str, Agreeing]:
    table = {**both_ways(_OF_TWO_FORMS, "s"), **both_ways(_PLURALS, "p")}
    for stem in ("", *STEMS):
        double = f"{stem}l" if stem else ""
        masculine, feminine = (f"{stem}l", f"{double}la") if stem else ("il", "la")
        plural, plurals = (f"{stem}i", f"{double}le") if stem else ("i", "le")
        table |= both_ways([(masculine, feminine)], "s") | both_ways([(plural, plurals)], "p")
        table[f"{double}lo"] = Agreeing("m", "s", masculine, feminine)
        table[f"{stem}gli"] = Agreeing("m", "p", plural, plurals)
        table[f"{double}l'"] = Agreeing("", "s", masculine, feminine)
    for stem in ("", "ness", "alc", "ciasc"):
        masculine, feminine = f"{stem}un", f"{stem}una"
        table |= both_ways([(masculine, feminine)], "s")
        table[f"{stem}uno"] = Agreeing("m", "s", masculine, feminine)
        table[f"{stem}un'"] = Agreeing("f", "s", masculine, feminine)
    table |= both_ways([("buon", "buona")], "s")
    table["quelli"] = Agreeing("m", "p", "quelli", "quelle")
    table["quest'"] = Agreeing("", "s", "questo", "questa")
    return table


_DETERMINERS = _articles()
_BEFORE_SOUND = re.compile("^(|de|a|da|ne|su|que|be)l$")


def fitted(form: str, following: str) -> str:
    """An article as it is before a word.

    >>> [fitted("il", word) for word in ("padre", "amico", "studente")]
    ['il', "l'", 'lo']
    >>> fitted("dei", "amici"), fitted("una", "amica"), fitted("un", "studente")
    ('degli', "un'", 'uno')
    """
    vowel, impure = _VOWEL.match(following), _IMPURE.match(following)
    stem = form[:-1]
    double = f"{form[:-1]}l" if form != "il" else ""
    if form == "il" or _BEFORE_SOUND.match(form):
        return f"{double}l'" if vowel else f"{double}lo" if impure else form
    if form == "la" or (form.endswith("lla") and form[:-3] in STEMS):
        return f"{stem}'" if vowel else form
    if form == "i" or (form.endswith("i") and stem in STEMS):
        return f"{stem}gli" if vowel or impure else form
    if form.endswith("un"):
        return f"{form}o" if impure else form
    if form.endswith("una"):
        return f"{stem}'" if vowel else form
    return form


def plural_of(noun: str, gender: str = "m") -> str:
    """The plural of a noun of a gender.

    >>> [plural_of(noun) for noun in ("medico", "tedesco", "zio", "segretario", "artista")]
    ['medici', 'tedeschi', 'zii', 'segretari', 'artisti']
    >>> [plural_of(noun, "f") for noun in ("amica", "artista", "moglie", "attrice")]
    ['amiche', 'artiste', 'mogli', 'attrici']
    """
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    if noun in _INVARIANT or noun[-1] in "àèéìòùy":
        return noun
    stem = noun[:-1]
    if noun.endswith("a"):
        hard = "h" if noun.endswith(("ca", "ga")) else ""
        return stem + hard + ("i" if gender == "m" else "e")
    if noun.endswith("io"):
        return f"{stem}i" if noun in ("zio", "pio") else stem
    if noun.endswith(("co", "go")):
        is_hard = noun in _HARD or noun.endswith("sco")
        is_hard = is_hard or (noun.endswith("go") and _SOFT_GO.search(noun) is None)
        return f"{stem}hi" if is_hard else f"{stem}i"
    return f"{stem}i" if noun[-1] in "oe" else noun


def _adjectives() -> dict[str, Agreeing]:
    table: dict[str, Agreeing] = {}
    for masculine in ADJECTIVES:
        if masculine.endswith("o"):
            feminine = f"{masculine[:-1]}a"
            table |= both_ways([(masculine, feminine)], "s")
            table |= both_ways([(plural_of(masculine), plural_of(feminine, "f"))], "p")
    return table


_ADJECTIVES = _adjectives()
_PARTICIPLE = re.compile("^.{3,}(?:at|[^l]it|[^t]ut|issim)([oaie])$")
_VOWELS = {"o": ("m", "s"), "a": ("f", "s"), "i": ("m", "p"), "e": ("f", "p")}


def determiner(word: str) -> Agreeing | None:
    """An article, or what stands in the place of one."""
    return _DETERMINERS.get(word)


def adjective(word: str) -> Agreeing | None:
    """A word that is surely an adjective or a participle with a gender."""
    if word in _ADJECTIVES and word not in ("secondo", "partito"):
        return _ADJECTIVES[word]
    if word in NO_ADJECTIVES or word in INVARIANT_ADJECTIVES:
        return None
    ending = _PARTICIPLE.search(word)
    return _by_vowel(word, ending.group(1)) if ending is not None else None


def _by_vowel(word: str, vowel: str) -> Agreeing:
    gender, number = _VOWELS[vowel]
    stem = word[:-1]
    if number == "s":
        return Agreeing(gender, number, f"{stem}o", f"{stem}a")
    if word.endswith(("ci", "gi")):
        return Agreeing(gender, number, word, f"{stem}he")
    if word.endswith("iche"):
        return Agreeing(gender, number, f"{word[:-2]}i", word)
    return Agreeing(gender, number, f"{stem}i", f"{stem}e")


def unknown_adjective(word: str) -> Agreeing | None:
    """A word that may be an adjective, by its last letter alone."""
    known = word in NO_ADJECTIVES or word in INVARIANT_ADJECTIVES
    if known or len(word) < 4 or word.endswith(("ndo", "nte", "nti", "ile", "ili", "ale", "ali")):
        return None
    return _by_vowel(word, word[-1]) if word[-1] in _VOWELS else None
