"""The table of a language: its closed words, and how its words agree and are joined."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.romance.tongues import Tongues
from fairflip.text.languages.tokens import Token

Words = frozenset[str]


def _as_is(form: str, following: str) -> str:
    return form


def _as_they_are(tokens: list[Token]) -> list[Token]:
    return tokens


def _no_gender(tokens: Sequence[Token], place: int, number: str) -> str:
    return ""


def _not_beside(tokens: Sequence[Token], place: int) -> str:
    return ""


def _nothing(word: str) -> str:
    return ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Grammar:
    """What the machinery knows of one language; all words are in lower case.

    A determiner is an article or what stands in the place of one. Functions take a word and give
    its reading, or None where the word is surely no such thing.
    """

    # Words
    determiner: Callable[[str], Agreeing | None]
    adjective: Callable[[str], Agreeing | None]  # surely an adjective or participle with a gender
    unknown_adjective: Callable[[str], Agreeing | None]  # may be one, by its last letters
    plural_of: Callable[[str, str], str]  # of a noun and its gender
    plural_endings: tuple[str, ...]  # of nouns whose article does not tell
    pronouns: Mapping[str, str]  # of persons, each with its other gender
    feminine_pronouns: Words
    plural_pronouns: Words
    pronouns_mean_things: bool  # as often as persons: then another noun before makes one unsure

    # Articles
    articles: Words  # no determiner stands before one, but `before_article`
    definite: Words
    before_article: Words  # "todos los"
    indefinite: Words
    some: Words  # indefinite articles of the plural: "unos"
    relative_articles: Mapping[str, str]  # "la que", "a la cual", with their other gender
    relatives: Words  # what follows such an article
    invariant: Words  # before a noun whatever its gender
    short: Mapping[str, str]  # "uno" is "un" before its noun
    long: Mapping[str, str]  # "un" is "uno" before "de"
    of: Words  # "de"
    thus: Words  # adverbs with "de" behind them: "así de alto"
    #: Preposition and article in one: ("de", "el") is "del".
    joined: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    contractions: Words  # articles that hold a preposition
    #: A form as it is before a word: "l'" before a vowel.
    fitted: Callable[[str, str], str] = _as_is
    elisions: Words = frozenset()  # what an apostrophe parts from the next word: "dell'"

    hanging: Words = frozenset()  # words that are fitted where what follows them changes: "d'"

    # Readings
    #: Gives words that mean several things a `lower` of their own for each: "la*" is a pronoun.
    read: Callable[[list[Token]], list[Token]] = _as_they_are
    read_as: Mapping[str, str] = dataclasses.field(default_factory=dict)  # pronouns by readings
    sure_pronouns: Words = frozenset()  # readings that mean persons, whatever was named before
    open_pronouns: Words = frozenset()  # readings whose other gender is open
    plural_mark: str = ""  # ends the readings of nouns and adjectives of one form that are plural
    reads_clitics: bool = False  # each reading in `clitics` is a pronoun

    # Closed classes
    prepositions: Words
    copulas: Words
    of_state: Words  # copulas that say how somebody is, and never who
    secondary: Words  # verbs beside which an adjective says how: "vive sola"
    singular_verbs: Words  # common verbs of the third person: "es", "debe"
    plural_verbs: Words
    have: Words  # auxiliaries beside which a participle has no gender
    adverbs: Words
    adverb_ending: str
    adverbs_of_copula: Words
    conjunctions: Words  # "y", "o", "ni", "pero"
    clause_words: Words  # what begins a clause: "porque"
    that: str
    who: Words  # relative pronouns: "que", "quien"
    infinitive_words: Words  # behind an impersonal predicate: "es obvio que"
    within_phrase: Words  # between a noun and its adjective: "y", "muy"
    after_noun: Words  # determiners that stand behind, too: "mismo"
    invariant_adjectives: Words
    everybody: Mapping[str, str]  # "todos", "juntos" away from their noun, with their other gender
    everybody_idioms: Words  # prepositions of such idioms: "por todas"
    alone: Words  # "solo", which is "only" as well
    degrees: Words  # "más", "menos"
    like: Words  # "como"
    comparing: Words = frozenset()  # adverbs before what is compared; all where none is named
    others: Words  # "como los otros"
    oneself: Words  # "a sí mismos"
    those: Mapping[str, str]  # "aquellos como los vecinos", with their other gender
    hearers: Words  # "vosotros", behind which no adjective follows a noun
    hidden_article: re.Pattern[str] | None = None  # where such an ending is too short to tell
    least_hidden: int = 5  # letters of an article that is told without a space before it
    partitives: Words  # "mayoría"
    infinitive_is_subject: bool = False  # an infinitive that begins a sentence, of its verb
    #: Plural articles tell no gender, and pronouns mean things as well: a predicate or "tous" of
    #: another number than its only noun is refused, and a pronoun that no noun of its number can
    #: be; an adjective behind an article agrees: "est un menteur".
    is_strict: bool = False
    relative_object: str = ""  # what a participle agrees with: "la femme que j'ai vue"
    superlative: Words = frozenset()  # "la femme la plus riche": behind an article
    dative: Words = frozenset()  # prepositions before whom something is said to
    modals: Words = frozenset()  # verbs that things have, too, before an infinitive
    detaching: Words = (
        frozenset()
    )  # nouns behind which an adjective is another's: "une fois arrivée"
    idle_adjectives: Words = frozenset()  # those that begin a sentence and agree with nothing
    of_speaker: Words  # copulas of the first and second person
    epicene: Words  # nouns of persons of one gender whoever is meant
    titles: Words  # nouns that have a capital before a name
    peoples_have_capitals: bool = False  # as nouns, and never as adjectives
    before_noun: Words  # what stands before a noun and no adjective
    mostly_things: Words  # feminine nouns that mostly name a field or a thing
    tongues: Tongues  # what tells a language from its speakers
    names_someone: frozenset[tuple[str, ...]]  # what stands before such a noun where it does not
    spouses: Mapping[str, str] = dataclasses.field(default_factory=dict)  # behind a possessive
    #: The other gender of a noun by the words beside its place; "" where they tell nothing.
    beside: Callable[[Sequence[Token], int], str] = _not_beside
    gender_of_noun: Callable[[str], str] = _nothing  # of one whose article does not tell
    #: The gender of a noun whose phrase does not tell, by the words of its text, its place and
    #: its number; "" where they do not tell either.
    gender_told: Callable[[Sequence[Token], int, str], str] = _no_gender
    #: "lequel" behind its noun, with its other gender.
    relative_pronouns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    possessives: Words = frozenset()
    #: Endings of nouns of both genders: gender, number, and the ending of the other gender.
    istas: Mapping[str, tuple[str, str, str]]
    no_istas: Words
    before_name: Mapping[str, str] = dataclasses.field(default_factory=dict)  # "signor Rossi"
    polite: Words = frozenset()  # pronouns that mean "you" with a capital

    # Verbs and clitics
    #: Gender, number and other gender of each reading of a clitic.
    clitics: Mapping[str, tuple[tuple[str, str, str], ...]]
    object_participles: Words = frozenset()  # clitics that participles agree with: "le ho viste"
    neuter: str  # the clitic that may mean what was said
    enclitic: re.Pattern[str]  # its first group is the clitic
    finite: re.Pattern[str]
    infinitive: re.Pattern[str]
    finite_words: Words
    of_saying: re.Pattern[str]  # verbs whose neuter object is what was said
    behind_neuter: Words  # what follows it where it is no pronoun: "lo que"
    like_adjective: re.Pattern[str]
    gendered_ending: re.Pattern[str]  # of words that may have a gender

    def is_finite(self, word: str) -> bool:
        """Whether a word is a verb with a person, as far as its ending tells."""
        return word in self.finite_words or word in self.have or bool(self.finite.search(word))
