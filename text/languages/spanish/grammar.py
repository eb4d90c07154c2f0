"""What the machinery of the Romance languages knows of Spanish."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.agreement import either_gender
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.spanish import words
from fairflip.text.languages.spanish.forms import (
    adjective,
    determiner,
    plural_of,
    unknown_adjective,
)
from fairflip.text.languages.tokens import word_set

_CLITICS = {
    "lo": (("m", "s", "la"),),
    "la": (("f", "s", "lo"),),
    "los": (("m", "p", "las"),),
    "las": (("f", "p", "los"),),
}
_SHORT = {
    "uno": "un",
    "alguno": "algún",
    "ninguno": "ningún",
    "primero": "primer",
    "tercero": "tercer",
    "bueno": "buen",
    "malo": "mal",
}

SPANISH = Grammar(
    determiner=determiner,
    adjective=adjective,
    unknown_adjective=unknown_adjective,
    plural_of=plural_of,
    plural_endings=("s",),
    pronouns=either_gender({"él": "ella", "ellos": "ellas"}),
    feminine_pronouns=word_set("ella ellas"),
    plural_pronouns=word_set("ellos ellas"),
    pronouns_mean_things=False,
    articles=word_set("el la los las un una del al"),
    definite=word_set("el la los las"),
    before_article=word_set("todos todas todo toda ambos ambas"),
    indefinite=word_set("un una"),
    some=word_set("unos unas"),
    relative_articles=either_gender({"el": "la", "los": "las"}) | {"al": "a la", "del": "de la"},
    relatives=word_set("que cual cuales"),
    invariant=words.INVARIANT,
    short=_SHORT,
    long={short: long for long, short in _SHORT.items()},
    of=word_set("de"),
    thus=word_set("así"),
    joined={("a", "el"): "al", ("de", "el"): "del"},
    contractions=word_set("al del"),
    prepositions=words.PREPOSITIONS,
    copulas=words.COPULAS,
    of_state=words.OF_STATE,
    secondary=words.SECONDARY,
    singular_verbs=words.SINGULAR_VERBS,
    plural_verbs=words.PLURAL_VERBS,
    have=words.HAVE,
    adverbs=words.ADVERBS,
    adverb_ending="mente",
    adverbs_of_copula=words.ADVERBS | word_set("ya se me te le nos les"),
    conjunctions=words.JOINS,
    clause_words=word_set("porque pero y e cuando si aunque mientras pues o ni donde"),
    that="que",
    who=word_set("que quien quienes"),
    infinitive_words=word_set("que de para si"),
    within_phrase=word_set("y e o muy tan más menos bastante demasiado"),
    after_noun=word_set(
        """mío mía míos mías tuyo tuya tuyos tuyas suyo suya suyos suyas mismo misma mismos
        mismas"""
    ),
    invariant_adjectives=words.INVARIANT_ADJECTIVES,
    everybody=either_gender({"todos": "todas", "juntos": "juntas"}),
    everybody_idioms=word_set("por"),
    alone=word_set("solo sólo"),
    degrees=word_set("más menos peor peores mejor mejores"),
    like=word_set("como"),
    others=word_set("otro otra otros otras"),
    oneself=word_set("sí"),
    those=either_gender({"aquellos": "aquellas"}),
    hearers=word_set("vosotros vosotras"),
    partitives=word_set("mayoría mitad resto parte grupo montón mayor totalidad docena tipo"),
    of_speaker=word_set(
        "soy eres somos estoy estás estamos fui fuiste seré era estaba sea ser estar"
    ),
    epicene=words.EPICENE,
    titles=word_set("señor señora don doña"),
    before_noun=words.PREPOSITIONS
    | words.INVARIANT
    | words.COPULAS
    | words.JOINS
    | word_set("como que"),
    mostly_things=words.MOSTLY_THINGS,
    tongues=words.TONGUES,
    names_someone=frozenset({("una",), ("a", "la")}),
    spouses={"mujer": "marido"},
    possessives=word_set("mi tu su nuestra vuestra"),
    istas={"ista": ("mf", "s", "ista"), "istas": ("mf", "p", "istas")},
    no_istas=word_set(
        """lista listas vista vistas pista pistas revista revistas entrevista entrevistas
        conquista conquistas autopista autopistas arista aristas mista mistas"""
    ),
    clitics=_CLITICS,
    neuter="lo",
    enclitic=re.compile("(?:[aeiíáé]r|ndo|[eaáé]mos)(lo|la|los|las)$"),
    finite=re.compile("(?:ó|é|í|aron|ieron|aba|aban|ía|ían|aste|iste|ará|erá|irá|arán|erán|irán)$"),
    infinitive=re.compile("[aeiíô]r$"),
    finite_words=words.FINITE_WORDS,
    of_saying=re.compile(
        "(?:sé|sab|sup|dij|dec|dic|dig|hac|hic|hiz|hag|cre|sient|entiend|promet|jur)"
    ),
    behind_neuter=word_set("que cual más mismo de"),
    like_adjective=re.compile(
        "(?:os|iv|id|ad|[áéíóú].?ic|[áéíóú].?ul|at|end|und|ient|ari|in|est|ect|usc|act)[oa]s?$"
    ),
    gendered_ending=re.compile("[oa]s?$"),
)
