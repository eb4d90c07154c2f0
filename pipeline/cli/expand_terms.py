"""`fairflip terms expand`: words of one's own texts as candidates for a list of terms.

Writes the list with its candidates behind it, as a CSV in which a person strikes out what names
no identity. What is left is a list like any other: `--terms FILE`.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
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
MODEL_PREFIX = "hf:"
_MODULES = ("torch", "transformers", "safetensors")


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
        vectors: Where word vectors come from (`read_vectors`); "": the texts.

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


def read_vectors(source: str, words: Collection[str], field: str) -> dict[str, np.ndarray]:
    """Vectors of words, by word; words that the source has not are left out.

    Args:
        source: A file of lines "word number number ...", or `hf:FOLDER`.
        words: In lower case.
        field: The setting, for messages.

    Raises:
        ConfigurationError: The source is not there or cannot be loaded, or packages are missing.
        InputError: The file holds something else.
    """
    if source.startswith(MODEL_PREFIX):
        return embeddings_of_model(source.removeprefix(MODEL_PREFIX), list(words), field)
    if not filesystem.exists(source):
        raise ConfigurationError(
            f"{field}: {source!r} is no file; give a file of vectors, or hf:FOLDER"
        )
    with filesystem.open_stream(source) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="\n")
        return parse_vectors(lines, set(words), source)


def parse_vectors(
    lines: Iterable[str], wanted: Collection[str], name: str
) -> dict[str, np.ndarray]:
    """Vectors of wanted words from lines "word number number ...", as GloVe and word2vec write.

    A first line of two whole numbers (how many words, how long vectors are) is passed over. Of a
    word that comes twice, the first line counts.

    Args:
        lines: Lines.
        wanted: In lower case.
        name: What errors call the file.

    Raises:
        InputError: A line holds no numbers, or not as many as the first.
    """
    rows: dict[str, np.ndarray] = {}
    size = 0
    for number, line in enumerate(lines, start=1):
        fields = line.rstrip().split(" ")
        if number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields):
            continue
        size = size or len(fields) - 1
        if len(fields) - 1 != size or size < 1:
            raise InputError(
                f"{name}, line {number}: {len(fields) - 1} numbers, expected {size}; write a word "
                "and its numbers on each line, with one space between"
            )
        word = fields[0].lower()
        if word not in wanted or word in rows:
            continue
        try:
            vector = np.array(fields[1:], np.float64)
        except ValueError:
            vector = np.array([np.nan])
        if not np.isfinite(vector).all():
            raise InputError(
                f"{name}, line {number}: what follows the word is no list of finite numbers"
            )
        rows[word] = vector
    return rows


def embeddings_of_model(folder: str, words: Sequence[str], field: str) -> dict[str, np.ndarray]:
    """The mean input embedding of a word's pieces, less that of the vocabulary.

    Args:
        folder: A local folder of `save_pretrained`; no code of it is run.
        words: Words.
        field: The setting, for messages.

    Raises:
        ConfigurationError: It cannot be loaded, or the extra is not installed.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ConfigurationError(
            f"{field}: needs {', '.join(_MODULES)}, which this environment does not have; run "
            "pip install 'fairflip[huggingface]'"
        ) from error
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        model = AutoModel.from_pretrained(folder, use_safetensors=True, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ConfigurationError(
            f"{field}: {folder!r} cannot be loaded as a Hugging Face model; give a folder of "
            "save_pretrained with model.safetensors and a tokenizer"
        ) from error
    table = model.get_input_embeddings().weight.detach().double().numpy()
    mean = table.mean(0)
    pieces = tokenizer(list(words), add_special_tokens=False)["input_ids"] if words else []
    return {
        word: table[numbers].mean(0) - mean
        for word, numbers in zip(words, pieces, strict=True)
        if numbers and tokenizer.unk_token_id not in numbers
    }
