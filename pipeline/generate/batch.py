"""Makes counterfactuals of a batch of originals: the plain functions."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence

import pyarrow as pa

from fairflip.pipeline.generate.coverage import NUM_EXAMPLES, Coverage, TermCounts, example_of
from fairflip.pipeline.generate.custom import CustomGenerator
from fairflip.pipeline.generate.edits.functions import load_function
from fairflip.pipeline.generate.term_lists import DEFAULT_BY_LANGUAGE, load_terms
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, SPAN, VALIDITY
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    multiset_hash,
    row_strings,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns, config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.config_fields import default_of
from fairflip.text.ablation import Ablation
from fairflip.text.counterfactual import Counterfactual, Generator
from fairflip.text.languages.french.substitution import FrenchSubstitution
from fairflip.text.languages.german.substitution import GermanSubstitution
from fairflip.text.languages.guess import (
    NAMES,
    OTHER_LANGUAGE,
    OnlyInLanguage,
    guessed_language,
    primary,
)
from fairflip.text.languages.italian.substitution import ItalianSubstitution
from fairflip.text.languages.portuguese.substitution import PortugueseSubstitution
from fairflip.text.languages.romance.substitution import RomanceSubstitution
from fairflip.text.languages.spanish.substitution import SpanishSubstitution
from fairflip.text.pronouns import pronoun_rule
from fairflip.text.substitution import Substitution
from fairflip.text.terms import TermList, normalised, plain_terms
from fairflip.text.validity import validity

STAGE = "generate"
#: Those that change words; `pipeline.tabular` changes a column of a table.
METHODS = ("ablation", "substitution")
DEFAULT_METHOD: str = default_of(config_pb2.GeneratorSpec, "method")
DEFAULT_TERMS: str = default_of(config_pb2.GeneratorSpec, "terms")


def make_generator(
    spec: config_pb2.GeneratorSpec, without_terms: Collection[str] = ()
) -> Generator:
    """The generator that a specification asks for.

    Args:
        spec: The specification.
        without_terms: Terms of its list that are left out, in any case.

    Raises:
        ConfigurationError: the specification is wrong.
        InputError: the term list is malformed.
    """
    if spec.function:
        return CustomGenerator(load_function(spec.function))
    method = spec.method or DEFAULT_METHOD
    if method not in METHODS:
        raise ConfigurationError(
            f"generator.method is {method!r}; choose one of {', '.join(METHODS)}, or name a "
            "function of your own in generator.function."
        )
    whole, terms = edited_terms(spec, without_terms)
    generator: Generator
    if method == "ablation":
        generator = Ablation(terms, per_term=spec.per_term)
    elif is_inflected(terms):
        generator = _INFLECTING[primary(terms.language)](whole, terms.categories)
    else:
        generator = Substitution(terms, pronoun_rule(spec.tagger))
    return OnlyInLanguage(generator, terms.language) if terms.language else generator


def edited_terms(
    spec: config_pb2.GeneratorSpec, without_terms: Collection[str] = ()
) -> tuple[TermList, TermList]:
    """The list that a specification names, whole, and the terms of its categories.

    Args:
        spec: The specification.
        without_terms: Terms that are left out of both, in any case.

    Raises:
        ConfigurationError: The list is of another language than the one named, or the segmenter
            cuts none of its terms or is not installed.
        InputError: It is malformed.
    """
    name = spec.terms or DEFAULT_BY_LANGUAGE.get(primary(spec.language), DEFAULT_TERMS)
    whole = load_terms(name)
    if spec.segmenter:
        whole = whole.segmented_by(spec.segmenter, spec.language)
    terms = whole.only(spec.categories)
    left_out = set(map(normalised, without_terms))
    if left_out:
        whole, terms = whole.without(left_out), terms.without(left_out)
    if spec.language:
        if terms.language and primary(terms.language) != primary(spec.language):
            raise ConfigurationError(
                f"generator.language is {spec.language!r}, but the list {name!r} is in "
                f"{NAMES[primary(terms.language)]}; leave --language out, or name another list "
                f"({', '.join(DEFAULT_BY_LANGUAGE.values())}, or a CSV of your own)."
            )
        terms = dataclasses.replace(terms, language=spec.language)
    return whole, terms


def is_inflected(terms: TermList) -> bool:
    """Whether swaps of a list change what agrees with the noun: articles, adjectives, pronouns."""
    inflecting = _INFLECTING.get(primary(terms.language))
    return inflecting is not None and inflecting.reads(terms)


def forms_of(terms: TermList) -> TermList | None:
    """The forms in which an inflected list stands in texts; None of a list that is not."""
    if not is_inflected(terms):
        return None
    forms = _INFLECTING[primary(terms.language)].forms_of(terms)
    return plain_terms(dict.fromkeys(forms), f"forms of {terms.name}")


#: What swaps texts of a language whose articles, adjectives and pronouns agree with the noun.
_INFLECTING: dict[str, type[GermanSubstitution] | type[RomanceSubstitution]] = {
    "de": GermanSubstitution,
    "es": SpanishSubstitution,
    "fr": FrenchSubstitution,
    "it": ItalianSubstitution,
    "pt": PortugueseSubstitution,
}


@dataclasses.dataclass(frozen=True)
class GeneratedBatch:
    """What one batch of originals gave."""

    pairs: pa.RecordBatch  # an original's counterfactuals stand together
    unmatched_originals: pa.RecordBatch  # those without a counterfactual
    rejects: list[RejectedRecord]  # counterfactuals that were left out
    audit: PairingAudit
    coverage: Coverage


def generate_pairs(
    batch: pa.RecordBatch,
    generator: Generator,
    text_feature: str,
    id_feature: str,
    min_validity: float = 0.0,
) -> GeneratedBatch:
    """Makes the pairs of a batch of originals.

    Each original is looked at by itself: one without a term, and one whose
    counterfactuals are all left out, goes to `unmatched_originals`. All columns are kept.

    Args:
        batch: originals, with distinct IDs as strings and without null texts.
        generator: what makes the counterfactuals.
        text_feature: the column to change.
        id_feature: the column with the IDs.
        min_validity: counterfactuals with a lower validity are left out.

    Returns:
        Pairs with ``counterfactual.<text_feature>``, ``counterfactual_id``
        ("<id>#0", "<id>#1", ...), the lists ``term``, ``replacement``, ``group``,
        ``category`` and ``span`` ("start:end", in characters of the original),
        ``validity`` and ``counterfactual_index``.
    """
    if text_feature not in batch.schema.names:
        raise InputError(
            f"examples: there is no text feature {text_feature!r} among "
            f"{', '.join(batch.schema.names)[:200]}; name it with text_feature."
        )
    texts = canonical(batch.column(text_feature)).to_pylist()
    ids = batch.column(id_feature).to_pylist()
    made = generator.generate(texts)
    issued = _Kept([], [], [], [])
    rejects: list[RejectedRecord] = []
    counts: dict[tuple[str, str, str], list[int]] = {}
    num_made = 0
    for row, candidates in enumerate(made):
        number = 0
        seen: set[str] = set()
        originals_of_terms: set[tuple[str, str, str]] = set()
        for candidate in candidates:
            num_made += 1
            score, doubt = (0.0, "") if candidate.refused else validity(texts[row], candidate)
            reason = candidate.refused or _reject_reason(
                texts[row], candidate, score, doubt, min_validity, seen
            )
            keys = _term_keys(generator, candidate)
            for key in keys:
                # Originals (each once), pairs made, counterfactuals left out.
                count = counts.setdefault(key, [0, 0, 0])
                count[0] += key not in originals_of_terms
                count[2 if reason else 1] += 1
            originals_of_terms.update(keys)
            if reason:
                rejects.append(_reject(reason, ids[row], text_feature, texts[row], candidate))
                continue
            seen.add(candidate.text)
            # Numbered among those that stay, so that the IDs of an original have no gaps.
            issued.add(row, number, score, candidate)
            number += 1
    pairs = _pairs(batch, issued, text_feature, ids)
    paired = set(issued.rows)
    unmatched = pa.array([row for row in range(len(texts)) if row not in paired], pa.int64())
    # The same rows as a join of ready-made pairs makes (`pair.settle`): one fingerprint.
    rows = row_strings(
        [
            canonical(pairs.column(id_feature)),
            canonical(pairs.column(text_feature)),
            canonical(pairs.column(columns.counterfactual(text_feature))),
            pa.array(["false"] * pairs.num_rows, pa.string()),
        ]
    )
    reasons = Counter(reject.reason for reject in rejects)
    audit = PairingAudit(
        num_counterfactuals=num_made,
        num_pairs=pairs.num_rows,
        num_unmatched_originals=len(unmatched),
        num_identical_pairs=reasons["identical"],
        num_duplicate_counterfactual_ids=reasons["duplicate_counterfactual"],
        num_rejected_counterfactuals=len(rejects)
        - reasons["identical"]
        - reasons["duplicate_counterfactual"],
        hash_sum=multiset_hash(rows),
    )
    examples = sorted(
        (
            example_of(ids[row], texts[row], candidate.text, candidate.terms)
            for row, candidate in zip(issued.rows, issued.counterfactuals, strict=True)
        ),
        key=lambda one: one.rank,
    )
    coverage = Coverage(
        {key: TermCounts(*count) for key, count in counts.items()}, tuple(examples[:NUM_EXAMPLES])
    )
    return GeneratedBatch(pairs, batch.take(unmatched), rejects, audit, coverage)


@dataclasses.dataclass(frozen=True)
class _Kept:
    """The counterfactuals that make pairs, column by column."""

    rows: list[int]
    numbers: list[int]
    scores: list[float]
    counterfactuals: list[Counterfactual]

    def add(self, row: int, number: int, score: float, counterfactual: Counterfactual) -> None:
        self.rows.append(row)
        self.numbers.append(number)
        self.scores.append(score)
        self.counterfactuals.append(counterfactual)


def _reject_reason(
    text: str, candidate: Counterfactual, score: float, doubt: str, minimum: float, seen: set[str]
) -> str:
    if candidate.text == text:
        return "identical"
    if not candidate.text.strip():
        return "empty"
    if candidate.text in seen:
        return "duplicate_counterfactual"
    return f"doubtful_{doubt}" if score < minimum else ""


_DETAILS = {
    "identical": "The counterfactual equals its original.",
    "empty": "Nothing is left of the text without its terms.",
    "duplicate_counterfactual": "The original has this counterfactual already.",
    "doubtful_length": "Too few words are left (min_validity).",
    "doubtful_fragment": "A fragment is left over (min_validity).",
    "doubtful_grammar": "A subject, an object or a noun is missing (min_validity).",
    "doubtful_round_trip": "Swapping back does not give the original (min_validity).",
    "unsure_pronoun": "A pronoun may mean somebody or something else.",
    "unsure_case": "The sentence does not tell which case the noun stands in.",
    "unsure_form": "A noun may be singular or plural, or of another gender.",
    "unsure_agreement": "A word may have to agree with the noun, or not.",
    "unlisted_noun": "A noun that would change too is not on the list.",
}


def _reject(
    reason: str, id: str, text_feature: str, text: str, candidate: Counterfactual
) -> RejectedRecord:
    content = {
        text_feature: text,
        columns.counterfactual(text_feature): candidate.text,
        columns.TERM: list(candidate.terms),
    }
    if reason == OTHER_LANGUAGE:
        return RejectedRecord(STAGE, reason, "examples", str(id), _other(text), content)
    return RejectedRecord(STAGE, reason, "examples", str(id), _DETAILS[reason], content)


def _other(text: str) -> str:
    language = guessed_language(text)
    cure = f"give --language {language}" if language in DEFAULT_BY_LANGUAGE else "give its list"
    return f"The text is in {NAMES.get(language, 'another language')}, the list is not; {cure}."


def _term_keys(generator: Generator, candidate: Counterfactual) -> list[tuple[str, str, str]]:
    lookup = getattr(generator, "term_keys", None)
    if lookup is not None:
        return [lookup[term] for term in candidate.terms]
    group, category = "|".join(candidate.groups), "|".join(candidate.categories)
    return [(term, group, category) for term in candidate.terms]


def _pairs(
    batch: pa.RecordBatch, issued: _Kept, text_feature: str, ids: Sequence[str]
) -> pa.RecordBatch:
    pairs = batch.take(pa.array(issued.rows, pa.int64()))
    made = issued.counterfactuals
    texts = pa.list_(pa.string())
    added: dict[str, pa.Array] = {
        columns.counterfactual(text_feature): pa.array([c.text for c in made], pa.string()),
        columns.COUNTERFACTUAL_ID: pa.array(
            [f"{ids[row]}#{n}" for row, n in zip(issued.rows, issued.numbers, strict=True)],
            pa.string(),
        ),
        columns.TERM: pa.array([c.terms for c in made], texts),
        columns.REPLACEMENT: pa.array([c.replacements for c in made], texts),
        columns.GROUP: pa.array([c.groups for c in made], texts),
        columns.REPLACEMENT_GROUP: pa.array([c.replacement_groups for c in made], texts),
        columns.CATEGORY: pa.array([c.categories for c in made], texts),
        SPAN: pa.array([[f"{a}:{b}" for a, b in c.spans] for c in made], texts),
        VALIDITY: pa.array(issued.scores, pa.float64()),
        COUNTERFACTUAL_INDEX: pa.array(issued.numbers, pa.int32()),
    }
    return pa.RecordBatch.from_arrays(
        [*pairs.columns, *added.values()],
        schema=pa.schema([*pairs.schema, *(pa.field(k, v.type) for k, v in added.items())]),
    )
