"""What the machinery of the Romance languages knows of Portuguese."""

from __future__ import annotations

import re

from fairflip.text.languages.portuguese import words
from fairflip.text.languages.portuguese.forms import (
    adjective,
    determiner,
    plural_of,
    unknown_adjective,
)
from fairflip.text.languages.romance.agreement import either_gender
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import word_set

_PRONOUNS = {"ele": "ela", "eles": "elas"}
_PRONOUNS |= {f"{p}{m}": f"{p}{f}" for p in "dn" for m, f in list(_PRONOUNS.items())}
_CLITICS = {"o": "a", "os": "as", "lo": "la", "los": "las", "no": "na"}
_EVERYBODY = {"todos": "todas", "juntos": "juntas"}
_ARTICLES = {
    m: f
    for m, f in [*words.ARTICLES.items(), *words.PLURAL_ARTICLES.items()]
    if m.removesuffix("s") in ("o", "do", "no", "ao", "pelo")
}


PORTUGUESE = Grammar(
    determiner=determiner,
    adjective=adjective,
    unknown_adjective=unknown_adjective,
    plural_of=plural_of,
    plural_endings=("s",),
    pronouns=either_gender(_PRONOUNS),
    feminine_pronouns=frozenset(_PRONOUNS.values()),
    plural_pronouns=frozenset(
        word for pair in _PRONOUNS.items() for word in pair if word.endswith("s")
    ),
    pronouns_mean_things=True,
    articles=word_set("um uma num numa dum duma") | frozenset(either_gender(_ARTICLES)),
    definite=frozenset(either_gender(_ARTICLES)),
    before_article=word_set("todos todas todo toda ambos ambas"),
    indefinite=word_set("um uma"),
    some=word_set("uns umas"),
    relative_articles=either_gender(_ARTICLES),
    relatives=word_set("qual quais que"),
    invariant=words.INVARIANT,
    short={},
    long={},
    of=word_set("de"),
    thus=word_set("assim"),
    contractions=words.CONTRACTIONS,
    prepositions=words.PREPOSITIONS,
    copulas=words.COPULAS,
    of_state=words.OF_STATE,
    secondary=words.SECONDARY,
    singular_verbs=words.SINGULAR_VERBS,
    plural_verbs=words.PLURAL_VERBS,
    have=words.HAVE,
    adverbs=words.ADVERBS,
    adverb_ending="mente",
    adverbs_of_copula=words.ADVERBS | word_set("já se me te lhe nos lhes"),
    conjunctions=words.JOINS,
    clause_words=word_set("porque mas e quando se embora enquanto pois ou nem onde"),
    that="que",
    who=word_set("que quem"),
    infinitive_words=word_set("que de para se"),
    within_phrase=word_set("e ou muito tão mais menos bastante"),
    after_noun=word_set(
        """meu minha meus minhas teu tua teus tuas seu sua seus suas nosso nossa nossos nossas
        mesmo mesma mesmos mesmas"""
    ),
    invariant_adjectives=words.INVARIANT_ADJECTIVES,
    everybody=either_gender(_EVERYBODY),
    everybody_idioms=word_set("por"),
    alone=frozenset(),
    degrees=word_set("mais menos pior piores melhor melhores"),
    like=word_set("como quanto"),
    others=word_set("outro outra outros outras"),
    oneself=word_set("si"),
    those=either_gender({"aqueles": "aquelas"}),
    hearers=frozenset(),
    partitives=word_set(
        "maioria metade resto parte grupo monte totalidade dúzia bando tipo espécie"
    ),
    of_speaker=word_set(
        "sou és somos estou estás estamos fui foste serei estava seja ser estar ficar"
    ),
    epicene=words.EPICENE,
    titles=word_set("senhor senhora dom dona doutor doutora"),
    before_noun=words.PREPOSITIONS
    | words.INVARIANT
    | words.COPULAS
    | words.JOINS
    | word_set("como que vocês nós enquanto"),
    mostly_things=words.MOSTLY_THINGS,
    tongues=words.TONGUES,
    names_someone=frozenset(
        {("uma",), ("um",), ("aquele",), ("esse",), ("este",), ("outro",), ("nenhum",)}
    ),
    spouses={"mulher": "marido"},
    possessives=word_set("minha tua sua nossa vossa"),
    istas={"ista": ("mf", "s", "ista"), "istas": ("mf", "p", "istas")},
    no_istas=word_set(
        """lista listas vista vistas pista pistas revista revistas entrevista entrevistas
        conquista conquistas crista cristas avista avistas"""
    ),
    clitics={
        word: (
            (
                "m" if word.removesuffix("s").endswith("o") else "f",
                "p" if word.endswith("s") else "s",
                other,
            ),
        )
        for word, other in either_gender(_CLITICS).items()
    },
    neuter="o",
    enclitic=re.compile("-(l?[oa]s?|n[oa])$"),
    finite=re.compile(
        "(?:ou|iu|aram|eram|iram|ava|avam|ará|erá|irá|arão|erão|irão|ásse|asse|assem"
        "|(?:ec|end|erd|ond|eb|ev|et|orr|olh|eg)eu)$"
    ),
    infinitive=re.compile("[aeiíô]r$"),
    finite_words=words.FINITE_WORDS,
    of_saying=re.compile(
        "(?:sei|sab|soub|diss|diz|dig|faz|fiz|faç|fez|cre|sint|entend|promet|jur)"
    ),
    behind_neuter=word_set("que qual mais mesmo de"),
    like_adjective=re.compile(
        "(?:os|iv|id|[^v]ad|[áéíóúâêô].?ic|[áéíóú].?ul|at|und|ent|ári|est|ect|ut)[oa]s?$"
    ),
    gendered_ending=re.compile("[oa]s?$"),
)
