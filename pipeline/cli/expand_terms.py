"""`fairflip terms expand`: words of one's own texts as candidates for a list of terms.

Writes the list with its candidates behind it, as a CSV in which a person strikes out what names
no identity. What is left is a list like any other: `--terms FILE`.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence

import pyarrow.compute as pc

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.pipeline.generate.vector_files import read_vectors
from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import count_of, quote
from fairflip.text.ablation import Ablation
from fairflip.text.expansion.candidates import Candidate, candidates, seeds_by_group
from fairflip.text.expansion.given_vectors import with_vectors
from fairflip.text.expansion.vectors import WordVectors, counts_of, vocabulary_of, word_vectors
from fairflip.text.matcher import words_of
from fairflip.text.terms import COLUMNS, TermList

#: Columns for the person who reads the list; no command reads them.
_FOR_READERS = ("score", "texts", "nearest", "example")
#: The list whose categories are looked for in the texts where a list of one's own lacks them.
_ALL_CATEGORIES = "identity"
_EXAMPLE_CHARACTERS = 120
_FORMULA = ("=", "+", "-", "@")


@dataclasses.dataclass(frozen=True)
class Expansion:
    """What `expand` found.

    Attributes:
        terms: The list that was given.
        candidates: Candidates, the best first.
        examples: For each a text that holds it, cut short; "" where none is to be shown.
        warnings: Sentences on what the list does not cover.
    """

    terms: TermList
    candidates: Sequence[Candidate]
    examples: Sequence[str]
    warnings: Sequence[str]

    def as_csv(self) -> str:
        """The list with its candidates behind it."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, *_FOR_READERS])
        for term in self.terms.terms:
            fields = (term.text, term.group, term.category, "|".join(term.swaps))
            writer.writerow([*fields, term.form, term.sources, "", "", "", ""])
        for one, example in zip(self.candidates, self.examples, strict=True):
            numbers = (f"{one.score:.3f}", one.num_texts, one.nearest, example)
            writer.writerow([one.word, one.group, one.category, "", "", "expanded", *numbers])
        return file.getvalue()


def expand(
    texts: Sequence[str],
    terms: TermList,
    *,
    max_candidates: int = 100,
    min_texts: int = 5,
    with_examples: bool = True,
    vectors: str = "",
) -> Expansion:
    """Candidates for a list from texts.

    Args:
        texts: The texts that a model is trained on, or others like them.
        terms: The list, at least one term of each group.
        max_candidates: The best so many.
        min_texts: A candidate stands in so many texts at least.
        with_examples: Whether to show a text for each.
        vectors: Where word vectors come from (`vector_files.read_vectors`); "": the texts.

    Raises:
        ConfigurationError: There are no such vectors.
        InputError: No term of the list stands in enough texts, or has no vector.
    """
    of_words = _vectors_of(texts, vectors, min_texts)
    built_in = load_terms(_ALL_CATEGORIES)
    chosen = candidates(
        of_words,
        terms,
        proposable=[term.text for term in built_in.terms],
        max_candidates=max_candidates,
    )
    if not chosen:
        raise InputError(
            f"generator.terms: of the list {terms.name!r} no single word stands in {min_texts} of "
            f"the {len(texts):,} texts; give more texts, a smaller --min_texts, or a list whose "
            f"terms the texts hold{' and the vectors have' if vectors else ''}"
        )
    examples = _examples(texts, chosen) if with_examples else [""] * len(chosen)
    warnings = [*_groups_without_seed(of_words, terms), *_uncovered(texts, terms, built_in)]
    return Expansion(terms, chosen, examples, warnings)


def _vectors_of(texts: Sequence[str], source: str, min_texts: int) -> WordVectors:
    if not source:
        return word_vectors(texts, min_count=min_texts)
    counts = counts_of(words_of(text).words for text in texts if text)
    words = [word for word, _ in vocabulary_of(counts, min_texts)]
    return with_vectors(counts, read_vectors(source, words, "--vectors"), min_texts)


def _groups_without_seed(vectors: WordVectors, terms: TermList) -> Iterator[str]:
    for (category, group), seeds in seeds_by_group(vectors, terms).items():
        if not seeds and group:
            yield (
                f"warning: no term of {quote(group)} ({category}) stands in enough texts, so that "
                "no candidate is like it; add a word for it that the texts use"
            )


def _uncovered(texts: Sequence[str], terms: TermList, built_in: TermList) -> Iterator[str]:
    """A sentence for each built-in category that texts name and the list does not."""
    for category in built_in.categories:
        if category in terms.categories:
            continue
        without = Ablation(built_in.only([category]))
        number = sum(any(not one.refused for one in made) for made in without.generate(texts))
        if number:
            yield (
                f"warning: {count_of(number, 'text names', 'texts name')} {category}, which the "
                "list does not cover; what is trained on other categories does not carry over "
                "to it: add terms, or say nothing about it"
            )


def _examples(texts: Sequence[str], chosen: Sequence[Candidate]) -> list[str]:
    """For each candidate the shortest text that holds it, around the word, on one line."""
    open_words = {one.word: "" for one in chosen}
    finder = {word: f" {word} " for word in open_words}
    for text in sorted(texts, key=lambda text: (len(text), text)):
        line = " ".join(text.split())
        padded = f" {line.lower()} "
        for word in [word for word, part in finder.items() if part in padded]:
            start = max(0, padded.index(finder[word]) - _EXAMPLE_CHARACTERS // 2)
            open_words[word] = line[start : start + _EXAMPLE_CHARACTERS]
            del finder[word]
        if not finder:
            break
    # A spreadsheet would run what begins like a formula.
    return [
        f"'{example}" if example.startswith(_FORMULA) else example
        for example in (open_words[one.word] for one in chosen)
    ]


def expand_files(
    config: PipelineConfig,
    output: str,
    *,
    max_candidates: int,
    min_texts: int,
    vectors: str = "",
) -> Expansion:
    """Expands the list of a configuration by the texts that it names, and writes the CSV.

    Args:
        config: Its `data.examples` hold the texts, its generator names the list.
        output: Where the CSV goes.
        max_candidates: The best so many.
        min_texts: A candidate stands in so many texts at least.
        vectors: See `expand`.

    Raises:
        ConfigurationError: There are no such vectors.
        InputError: The texts cannot be read, or hold no term of the list.
    """
    layout = RecordLayout.from_data_spec(config.data, "examples")
    layout = dataclasses.replace(layout, id=ROW_ID, label=None, slices=(), weight=None)
    table, _ = read_table(
        list(config.data.examples), layout, config.data.format, field="data.examples"
    )
    texts = pc.unique(table[config.data.text_feature]).to_pylist()
    terms = load_terms(config.generator.terms).only(config.generator.categories)
    expansion = expand(
        texts,
        terms,
        max_candidates=max_candidates,
        min_texts=min_texts,
        with_examples=not config.output.no_text,
        vectors=vectors,
    )
    with filesystem.create_atomically(output) as file:
        file.write(expansion.as_csv().encode("utf-8", "replace"))
    return expansion
