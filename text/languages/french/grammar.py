"""What the machinery of the Romance languages knows of French."""

from __future__ import annotations

import re

from fairflip.text.languages.french import words
from fairflip.text.languages.french.adjectives import SHORT
from fairflip.text.languages.french.forms import (
    PLURAL,
    adjective,
    determiner,
    fitted,
    gender_of_noun,
    plural_of,
    unknown_adjective,
)
from fairflip.text.languages.french.genders import gender_told
from fairflip.text.languages.french.kin import POSSESSIVES, other_noun
from fairflip.text.languages.french.nations import NATIONS
from fairflip.text.languages.french.neighbours import ELIDED, INFINITIVE
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.romance.agreement import either_gender
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import word_set

_PRONOUNS = {
    "il": "elle",
    "ils": "elles",
    "il!": "elle",
    "ils!": "elles",
    "elle": "il",
    "elles": "ils",
    "elle!": "il",
    "elles!": "ils",
    "lui": "elle",
    "eux": "elles",
    "elle*": "lui",
    "elles*": "eux",
    "lui-même": "elle-même",
    "elle-même": "lui-même",
    "eux-mêmes": "elles-mêmes",
    "elles-mêmes": "eux-mêmes",
    "celui": "celle",
    "celle": "celui",
    "ceux": "celles",
    "celles": "ceux",
}
_MARKS = "*!"
_DEFINITE = POSSESSIVES | word_set("le la les l' ce cet cette ces")
_ARTICLES = word_set("le la les l' un une des des* du au aux")
_OF_PERSONS = frozenset(
    one for one in _PRONOUNS if one.endswith(("!", "*", "même", "mêmes")) or one in ("lui", "eux")
)

FRENCH = Grammar(
    determiner=determiner,
    adjective=adjective,
    unknown_adjective=unknown_adjective,
    plural_of=plural_of,
    plural_endings=("s", "x"),
    pronouns=_PRONOUNS,
    feminine_pronouns=frozenset(one for one in _PRONOUNS if one.startswith(("elle", "celle"))),
    plural_pronouns=frozenset(
        one for one in _PRONOUNS if one.rstrip(_MARKS).endswith(("s", "x")) or one == "ceux"
    ),
    pronouns_mean_things=True,
    articles=_ARTICLES | _DEFINITE | word_set("aucun aucune chaque quel quelle quels quelles"),
    definite=_DEFINITE,
    before_article=word_set("tous toutes tout toute seul seule seuls seules"),
    indefinite=word_set("un une"),
    some=word_set("des* de*"),
    relative_articles={},
    relatives=frozenset(),
    relative_pronouns=either_gender({"lequel": "laquelle", "lesquels": "lesquelles"})
    | either_gender({"auxquels": "auxquelles", "desquels": "desquelles"})
    | {"auquel": "à laquelle", "duquel": "de laquelle"},
    invariant=words.INVARIANT,
    short={**SHORT},
    long={},
    of=word_set("de"),
    thus=frozenset(),
    joined={
        ("de", "le"): "du",
        ("à", "le"): "au",
        ("de", "lequel"): "duquel",
        ("à", "lequel"): "auquel",
    },
    contractions=word_set("du des au aux"),
    fitted=fitted,
    hanging=frozenset(ELIDED.values())
    | word_set("si beau nouveau vieux fou bel nouvel vieil cet ce"),
    elisions=frozenset(ELIDED) | {"l'"},
    read=read,
    read_as={one: one.rstrip(_MARKS) for one in _PRONOUNS if one[-1] in _MARKS}
    | {"il?": "il", "elle?": "elle", "elles?": "elles"},
    sure_pronouns=_OF_PERSONS,
    reads_clitics=True,
    open_pronouns=word_set("il? elle? elles?"),
    plural_mark=PLURAL,
    infinitive_is_subject=True,
    is_strict=True,
    relative_object="que",
    modals=words.MODALS,
    detaching=word_set("fois"),
    dative=word_set("à au aux"),
    superlative=word_set("plus moins"),
    idle_adjectives=word_set("bon bref vive juste sauf vu passé sûr certain fini"),
    gender_told=gender_told,
    prepositions=words.PREPOSITIONS,
    copulas=words.COPULAS | {"air*"},
    of_state=frozenset(),
    secondary=words.SECONDARY,
    singular_verbs=words.SINGULAR_VERBS,
    plural_verbs=words.PLURAL_VERBS,
    have=words.HAVE,
    adverbs=words.ADVERBS | {"ainsi*"},
    adverb_ending="ment",
    adverbs_of_copula=words.ADVERBS
    | word_set("ainsi* se me te lui le* nous vous il elle ils elles"),
    conjunctions=words.JOINS,
    clause_words=words.CLAUSE_WORDS,
    that="que",
    who=word_set("qui"),
    infinitive_words=word_set("que de pour si"),
    within_phrase=word_set("et ou très plus moins assez trop si aussi bien"),
    after_noun=word_set("seul seule seuls seules"),
    invariant_adjectives=words.INVARIANT_ADJECTIVES,
    everybody=either_gender({"tous": "toutes", "uns": "unes"}),
    everybody_idioms=word_set("pour"),
    alone=frozenset(),
    degrees=word_set("plus moins pire pires meilleur meilleure meilleurs meilleures"),
    like=word_set("comme que"),
    comparing=word_set("aussi si plus moins autant"),
    others=word_set("autre autres"),
    oneself=frozenset(),
    those={},
    hearers=frozenset(),
    hidden_article=re.compile(
        "[eio]rce(?:tte)?$|.(?:tous|toutes)(?:les|ces)?$|[eio]r(?:les|des|ces)$"
    ),
    partitives=word_set("plupart majorité moitié reste partie groupe tas bande genre type espèce"),
    of_speaker=word_set(
        "suis es sommes êtes étais étions étiez fus serai serais sois soyons soyez être devenir"
    ),
    epicene=words.EPICENE,
    titles=word_set(
        """monsieur madame mademoiselle messieurs mesdames m. mme mlle docteur docteure maître
        professeur professeure"""
    )
    | NATIONS,
    peoples_have_capitals=True,
    before_noun=words.PREPOSITIONS | words.INVARIANT | {"comme"},
    mostly_things=frozenset(),
    tongues=words.TONGUES,
    names_someone=frozenset(),
    beside=other_noun,
    gender_of_noun=gender_of_noun,
    istas={"iste": ("mf", "s", "iste"), "istes": ("mf", "p", "istes")},
    no_istas=word_set(
        """existe existes insiste insistes résiste résistes consiste persiste assiste assistes
        subsiste désiste attriste attristes"""
    ),
    clitics={
        "le*": (("m", "s", "la"),),
        "la*": (("f", "s", "le"),),
    },
    object_participles=word_set("l'* les* la* le*"),
    neuter="le*",
    enclitic=re.compile("(?!)()"),
    finite=re.compile("(?:ait|aient|èrent|urent|irent|era|eront|erait|eraient|ira|iront|ez|ont)$"),
    infinitive=INFINITIVE,
    finite_words=words.FINITE_WORDS,
    of_saying=re.compile("(?:dit|dis|dir|sai|sav|su$|cr[ou]|pens|promi|jur|fait)"),
    behind_neuter=frozenset(),
    like_adjective=re.compile(
        "(?:eux|euses?|ifs?|ives?|ants?|antes?|ents?|entes?|iels?|ielles?|és?|ées?|us?|ues?|is?|ies?"
        "|ais|aises?|ois|oises?|ains?|aines?|iens?|iennes?)[+]?$"
    ),
    gendered_ending=re.compile(
        "^(?!.*(?:eurs?|euses?|rices?|iens?|iennes?|ards?|ardes?|ants?|antes?|iers?|ières?)$)"
    ),
)
