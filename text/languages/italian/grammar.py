"""What the machinery of the Romance languages knows of Italian."""

from __future__ import annotations

import re

from fairflip.text.languages.italian import words
from fairflip.text.languages.italian.forms import (
    STEMS,
    adjective,
    determiner,
    fitted,
    plural_of,
    unknown_adjective,
)
from fairflip.text.languages.romance.agreement import either_gender
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import word_set

_ELISIONS = word_set(
    """l' un' dell' all' dall' nell' sull' coll' quell' bell' quest' nessun' d' c' s' m' t' v' n'
    com' cos' dov' quand' anch' tutt' senz' ciascun' alcun'"""
)
_CLITICS = {
    "lo": (("m", "s", "la"),),
    "la": (("f", "s", "lo"),),
    "li": (("m", "p", "le"),),
    "le": (("f", "p", "li"), ("f", "s", "gli")),
    "gli": (("m", "s", "le"), ("m", "p", "gli")),
}
_ARTICLES = frozenset(
    form
    for stem in STEMS - {"que", "be"}
    for form in (
        *(f"{stem}{end}" for end in ("l", "i", "gli")),
        *(f"{stem}l{end}" for end in ("lo", "la", "le", "l'")),
    )
)
_DEFINITE = _ARTICLES | word_set("il lo la l' i gli le")
_RELATIVE = {"il": "la", "i": "le"}
for _stem in STEMS - {"que", "be"}:
    _RELATIVE |= {f"{_stem}l": f"{_stem}lla", f"{_stem}i": f"{_stem}lle"}

ITALIAN = Grammar(
    determiner=determiner,
    adjective=adjective,
    unknown_adjective=unknown_adjective,
    plural_of=plural_of,
    plural_endings=("i",),
    pronouns=either_gender({"lui": "lei", "egli": "ella", "costui": "costei"}),
    feminine_pronouns=word_set("lei ella costei"),
    plural_pronouns=frozenset(),
    pronouns_mean_things=False,
    articles=_DEFINITE | word_set("un uno una un'"),
    definite=_DEFINITE,
    before_article=word_set("tutti tutte tutto tutta entrambi entrambe"),
    indefinite=word_set("un uno una un'"),
    some=word_set("dei degli delle"),
    relative_articles=either_gender(_RELATIVE),
    relatives=word_set("quale quali"),
    invariant=words.INVARIANT,
    short={},
    long={"un": "uno"},
    of=word_set("di"),
    thus=frozenset(),
    contractions=_ARTICLES,
    fitted=fitted,
    elisions=_ELISIONS,
    prepositions=words.PREPOSITIONS,
    copulas=words.COPULAS,
    of_state=words.OF_STATE,
    secondary=words.SECONDARY,
    singular_verbs=words.SINGULAR_VERBS,
    plural_verbs=words.PLURAL_VERBS,
    have=words.HAVE,
    adverbs=words.ADVERBS,
    adverb_ending="mente",
    adverbs_of_copula=words.ADVERBS | word_set("si mi ti ci vi ne"),
    conjunctions=words.JOINS,
    clause_words=word_set("perché ma e ed quando se mentre poiché o né dove"),
    that="che",
    who=word_set("che chi"),
    infinitive_words=word_set("che di da per se"),
    within_phrase=word_set("e ed o molto così più meno"),
    after_noun=word_set(
        """mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri nostre stesso
        stessa stessi stesse"""
    ),
    invariant_adjectives=words.INVARIANT_ADJECTIVES,
    everybody=either_gender({"tutti": "tutte"}),
    everybody_idioms=frozenset(),
    alone=word_set("solo"),
    degrees=word_set("più meno peggiore peggiori migliore migliori"),
    like=word_set("come quanto"),
    others=word_set("altro altra altri altre"),
    oneself=word_set("sé se"),
    those=either_gender({"quelli": "quelle"}),
    hearers=word_set("voi"),
    least_hidden=3,
    partitives=word_set("maggior maggioranza metà resto parte gruppo mucchio branco tipo"),
    of_speaker=word_set("sei siamo siete ero eri eravamo sarò fui essere diventare"),
    epicene=words.EPICENE,
    titles=word_set("signor signore signora dottor dottore dottoressa"),
    before_noun=words.PREPOSITIONS
    | words.INVARIANT
    | words.COPULAS
    | words.JOINS
    | word_set("come che voi noi"),
    mostly_things=words.MOSTLY_THINGS,
    tongues=words.TONGUES,
    names_someone=frozenset(),
    before_name={"signore": "signor", "dottore": "dottor", "professore": "professor"},
    polite=word_set("lei ella"),
    istas={"ista": ("mf", "s", "ista"), "isti": ("m", "p", "iste"), "iste": ("f", "p", "isti")},
    no_istas=word_set(
        """lista liste vista viste pista piste rivista riviste intervista interviste conquista
        conquiste provvista provviste"""
    ),
    clitics=_CLITICS,
    object_participles=word_set("l' lo la li le"),
    neuter="lo",
    enclitic=re.compile(
        "^(?!parl|perl|url|merl|burl|ciarl|tarl|orl|carl).*(?:[aei]r|ndo|iamo)(lo|la|li|le|gli)$"
    ),
    finite=re.compile(
        "(?:ò|arono|irono|erono|avano|evano|ivano|arà|erà|irà|eranno|iranno|ebbe|ebbero|assero)$"
    ),
    infinitive=re.compile("[aei]r(?:e|si|mi|ti|ci|vi|lo|la|li|le|gli)$"),
    finite_words=words.FINITE_WORDS,
    of_saying=re.compile(
        "(?:so|sap|sa$|sanno|diss|dic|dett|fa|fec|fatt|cred|sent|cap|promess|giur)"
    ),
    behind_neuter=frozenset(),
    like_adjective=re.compile("(?:os|iv|ic|at|it|ut|ent|est|tt)[oaie]$"),
    gendered_ending=re.compile("[oai]$"),
)
