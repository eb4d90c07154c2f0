"""The term lists that come with fairflip, and reading a list of one's own.

`fairflip.text.terms` says what a list is. Twelve are built in. None holds
pejorative terms, on purpose: a slur has no neutral counterpart, so a model that
scores it differently from any swap is right to do so, and a removed slur changes
what the sentence says. They name some groups with far fewer
words than others; read the coverage per term before comparing groups.
"""

from __future__ import annotations

import dataclasses
import functools
from importlib import resources

from fairflip.protos.errors import InputError
from fairflip.text.terms import TermList, parse_terms


@dataclasses.dataclass(frozen=True)
class _BuiltIn:
    """A list of the package; `more` names a list and a category whose terms belong to it, too."""

    file: str
    note: str
    more: tuple[str, str] | None = None
    language: str = "en"  # "" for names, which stand in texts of any language


BUILT_IN = {
    "clp_tutorial": _BuiltIn(
        "clp_tutorial.csv",
        "The 50 terms of `sensitive_terms_to_remove` in the Counterfactual Logit Pairing "
        "tutorial, docs/counterfactual/guide/counterfactual_keras.ipynb, tensorflow/"
        "model-remediation, Copyright 2022 Google LLC, Apache License 2.0. Groups and swaps "
        "were added here. It leaves out most plurals (men, boys, girls), reflexives "
        "(herself, himself), bisexual and transgender people, and every attribute but "
        "gender and homosexuality; king, queen, lord, knight and prince are titles as "
        "often as genders. It holds no pejorative terms.",
    ),
    "identity": _BuiltIn(
        "identity.csv",
        "A selection of our own over gender (with titles, common nouns and neopronouns), sexual "
        "orientation, religion, race, disability, age, nationality and socio-economic class; the "
        "first five with the groups of Civil Comments. The column `sources` names the published "
        "list that a row was chosen from (the CLP tutorial and Dixon et al. 2018, Apache 2.0; "
        "WinoBias, Zhao et al. 2018, MIT; LangFair, Apache 2.0), `own` where there is none. It "
        "leaves out slurs and pejorative terms, words whose first sense is another one (bare "
        "black, white, straight, blind, old, poor; god, governor, master), first names, body "
        "size, and terms of languages other than English.",
    ),
    "singular_they": _BuiltIn(
        "singular_they.csv",
        "Pronouns of one person, each with its form of singular they; the verb beside them "
        "follows. Written for this project. It leaves out they itself, which is plural as "
        "often, and every noun, and holds no pejorative terms.",
    ),
    "names": _BuiltIn(
        "names.csv",
        "First names by perceived race and gender: 40 for each of white, black, latino and asian, "
        "female and male, of like frequency (some 5,000 people each, United States Census 2020). "
        "Names of one rank are each other's counterparts, within a gender, so that pronouns stay. "
        "A name stands for how others may perceive its bearer, and for nobody's race. It leaves "
        "out names that are words, places, surnames or known as one person's, and nearly all "
        "frequent names, which other races bear as well. It holds no pejorative terms.",
        language="",
    ),
    "last_names": _BuiltIn(
        "last_names.csv",
        "Last names by perceived race: 40 for each of white, black, latino and asian, of like "
        "frequency (some 6,700 people each, United States Census 2020). Names of one rank are each "
        "other's counterparts. Of those called so at least 90 % are of the race, 60 % where it is "
        "black, since most last names of black people are as common among white people. A name "
        "stands for how others may perceive its bearer, and for nobody's race. It leaves out names "
        "that are words, places, first names, written in two words or known as one person's, and "
        "all frequent names. It holds no pejorative terms.",
        language="",
    ),
    "full_names": _BuiltIn(
        "last_names.csv",
        "The lists `names` and `last_names` as one: a first name with a last name of the same "
        "race is swapped with it, both at once and within a gender, so that pronouns stay. A first "
        "name beside a last name of another race, or beside any other name, is left alone. It "
        "leaves out what both lists leave out, and holds no pejorative terms.",
        more=("names", "perceived_race"),
        language="",
    ),
    "names_by_gender": _BuiltIn(
        "names_by_gender.csv",
        "320 frequent first names in pairs of the other gender, of like frequency and like shares "
        "of races (United States Census 2020), with all terms of gender of `identity`, so that "
        "pronouns and nouns agree. It leaves out names that are words, places, surnames or known "
        "as one person's, and names that both genders bear. It holds no pejorative terms.",
        more=("identity", "gender"),
    ),
    "identity_de": _BuiltIn(
        "identity_de.csv",
        "German: some 900 pairs of nouns for persons, with their declension, and by ending what "
        "the "
        "list lacks (-ist, -ologe, -erin); pronouns; religion, nationality, origin, sexual "
        "orientation, race, disability and gender identity as nouns and adjectives. Written for "
        "this project. It leaves out slurs and pejorative terms, first names, verbs used as nouns, "
        "and words that name one gender whoever is meant (Person, Gast, Mitglied).",
        language="de",
    ),
    "identity_es": _BuiltIn(
        "identity_es.csv",
        "Spanish: some 500 pairs of nouns for persons and 150 of one form for both genders, which "
        "the article tells; pronouns; religion, nationality, sexual orientation, race and "
        "disability. Written for this project. It leaves out slurs and pejorative terms, first "
        "names, and words that name one gender whoever is meant (persona, víctima).",
        language="es",
    ),
    "identity_fr": _BuiltIn(
        "identity_fr.csv",
        "French: some 450 pairs of nouns for persons and 200 of one form for both genders, which "
        "the article tells; pronouns; religion, nationality, sexual orientation, race, disability "
        "and age. Written for this project. It leaves out slurs and pejorative terms, first names, "
        "and words that name one gender whoever is meant (personne, victime, témoin).",
        language="fr",
    ),
    "identity_it": _BuiltIn(
        "identity_it.csv",
        "Italian: some 260 pairs of nouns for persons and 150 of one form for both genders, which "
        "the article or the plural tells; pronouns; religion, nationality, sexual orientation, "
        "race and disability. Written for this project. It leaves out slurs and pejorative terms, "
        "first names, and words that name one gender whoever is meant (persona, vittima).",
        language="it",
    ),
    "identity_pt": _BuiltIn(
        "identity_pt.csv",
        "Portuguese, in the spelling of Brazil: some 350 pairs of nouns for persons and 190 of one "
        "form for both genders, which the article tells; pronouns; religion, nationality, sexual "
        "orientation, race and disability. Written for this project. It leaves out slurs and "
        "pejorative terms, first names, and words that name one gender whoever is meant (pessoa, "
        "vítima).",
        language="pt",
    ),
}
#: The list that takes the place of the default one where the texts are in another language.
DEFAULT_BY_LANGUAGE = {
    "en": "identity",
    "de": "identity_de",
    "es": "identity_es",
    "fr": "identity_fr",
    "it": "identity_it",
    "pt": "identity_pt",
}
#: The lists whose words are identity terms whatever a run edits: none of them is a control.
IDENTITY_LISTS = ("clp_tutorial", "identity")


def load_terms(name_or_path: str) -> TermList:
    """Reads a term list.

    Args:
        name_or_path: the name of a built-in list, or the path of a CSV on any
            Beam filesystem.

    Returns:
        The list. Rows that repeat a term of the same group add their swaps to it.

    Raises:
        InputError: a row is malformed. The message names file, line, value, cure.
    """
    if name_or_path in BUILT_IN:
        return _built_in(name_or_path)
    return parse_terms(_file_content(name_or_path), name_or_path)


@functools.cache
def _built_in(name: str) -> TermList:
    built_in = BUILT_IN[name]
    file = resources.files("fairflip.pipeline.generate.terms").joinpath(built_in.file)
    own = parse_terms(file.read_text("utf-8"), built_in.file)
    terms = own.terms
    if built_in.more is not None:
        other, category = built_in.more
        terms += _built_in(other).only([category]).terms
    return dataclasses.replace(
        own, name=name, note=built_in.note, terms=terms, language=built_in.language
    )


def _file_content(path: str) -> str:
    # Here, since importing Beam takes a second that built-in lists need not pay.
    from apache_beam.io.filesystems import FileSystems

    try:
        with FileSystems.open(path) as file:
            data = file.read()
    except Exception as error:  # each filesystem has its own classes
        raise InputError(
            f"term list {path!r} cannot be read ({type(error).__name__}); give a CSV file or one "
            f"of the built-in lists: {', '.join(BUILT_IN)}."
        ) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is not UTF-8; save the file "
            "as UTF-8."
        ) from error
