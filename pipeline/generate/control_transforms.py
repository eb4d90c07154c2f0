"""Controls as Beam transforms: a pass over all texts for their words, then one over the pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.generate.batch import forms_of
from fairflip.pipeline.generate.control_coverage import ControlCoverage
from fairflip.pipeline.generate.controls import with_controls
from fairflip.pipeline.generate.term_lists import DEFAULT_BY_LANGUAGE, IDENTITY_LISTS, load_terms
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.records.json_coders import JsonCoder, SumAll
from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.pipeline.records.rejects import typed
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401  (it registers the coder)
from fairflip.protos import columns, config_pb2
from fairflip.protos.edits import control_mask
from fairflip.protos.id_hash import hash_texts
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.languages.guess import primary
from fairflip.text.matcher import words_of
from fairflip.text.terms import TermList

PAIRS, COVERAGE = "pairs", "control_coverage"


class DocumentFrequenciesCoder(JsonCoder):
    """Codes `DocumentFrequencies`."""

    kind = DocumentFrequencies


class ControlCoverageCoder(JsonCoder):
    """Codes a `ControlCoverage`."""

    kind = ControlCoverage


beam.coders.registry.register_coder(DocumentFrequencies, DocumentFrequenciesCoder)
beam.coders.registry.register_coder(ControlCoverage, ControlCoverageCoder)


def lists_of(spec: config_pb2.GeneratorSpec) -> list[TermList]:
    """The term lists whose words are never controls: the run's first, then the built-in ones."""
    names = [name for name in (spec.terms, DEFAULT_BY_LANGUAGE.get(primary(spec.language))) if name]
    lists = [load_terms(name) for name in dict.fromkeys([*names, *reversed(IDENTITY_LISTS)])]
    return lists + [forms for forms in map(forms_of, lists) if forms is not None]


def language_of(spec: config_pb2.GeneratorSpec, lists: Sequence[TermList]) -> str:
    """The language of a run's texts: as given, else that of its list."""
    return spec.language or (lists[0].language if spec.terms else "")


def table_with_controls(
    pairs: pa.Table,
    texts: Iterable[str | None],
    num_controls: int,
    spec: config_pb2.GeneratorSpec,
    names: PairColumns,
    seed: int = 0,
) -> pa.Table:
    """Pairs with their controls, as a plain function of tables in memory.

    Args:
        pairs: Those of one original together.
        texts: All texts of the run, for the frequencies of their words.
        num_controls: How many controls a pair gets at most.
        spec: Its term list and language.
        names: The names of the columns.
        seed: Of the draws.
    """
    if not num_controls or columns.counterfactual(names.text) not in pairs.column_names:
        return pairs
    frequencies = DocumentFrequencies.zero().plus_texts(texts)
    lists = lists_of(spec)
    drawer = ControlDrawer(frequencies, lists, num_controls, seed, language_of(spec, lists))
    made = [with_controls(batch, drawer, names).batch for batch in _whole(pairs)]
    return pa.Table.from_batches(made) if made else pairs


def _whole(pairs: pa.Table) -> list[pa.RecordBatch]:
    """The rows in one batch, so that no original is cut in two."""
    return pairs.combine_chunks().to_batches()


def with_hidden_words(batch: pa.RecordBatch, secret: int) -> pa.RecordBatch:
    """A batch whose controls do not say which words of the text they edit, only which are alike.

    The interval that takes words as a sample needs no more. Words become 64 bits of a hash whose
    seed is forgotten with the job, so that no dictionary gives them back. Pairs that name no term
    of a list are hidden alike; terms of lists stay.
    """
    if columns.EDITED_WORDS in batch.schema.names:
        words = batch.column(columns.EDITED_WORDS)
        batch = _with_column(batch, columns.EDITED_WORDS, _hidden(words, secret))
    mask = control_mask(batch)
    if not mask.any():
        return batch
    for name in {columns.TERM, columns.REPLACEMENT} & set(batch.schema.names):
        words = batch.column(name)
        hidden = pc.if_else(pa.array(mask), _hidden(words, secret), words)
        batch = _with_column(batch, name, hidden)
    return batch


def _hidden(lists: pa.ListArray, secret: int) -> pa.ListArray:
    """Lists of words with a hash in place of each word; nulls stay."""
    # Of the whole batch: a slice's offsets do not begin at 0.
    lists = pa.concat_arrays([lists])
    words = lists.values.cast(pa.string()).dictionary_encode()
    distinct = words.dictionary.cast(pa.binary()).to_pylist()
    hashes = pa.array([f"{value:016x}" for value in hash_texts(distinct, secret)], pa.string())
    values = hashes.take(words.indices).cast(lists.type.value_type)
    return pa.ListArray.from_arrays(
        lists.offsets, values, type=lists.type, mask=lists.is_null() if lists.null_count else None
    )


def _with_column(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), name, column)


class CountWords(beam.PTransform):
    """Record batches -> one `DocumentFrequencies` of their texts.

    Each bundle counts by itself, and one worker adds up: no accumulator holds more words
    than `DocumentFrequencies.max_words`.

    Args:
        text_feature: The column of texts. A text that stands several times in a batch, as
            the original of several pairs does, counts once.
        lists: Term lists; their words stay known beyond the bound.
    """

    def __init__(self, text_feature: str, lists: Sequence[TermList]):
        super().__init__()
        self._text_feature = text_feature
        texts = {text for terms in lists for t in terms.terms for text in (t.text, *t.swaps)}
        self._kept = frozenset(word for text in texts for word in words_of(text).words)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        zero = DocumentFrequencies.zero(always_kept=self._kept)
        return (
            batches
            | "CountBundles"
            >> beam.ParDo(_CountBundle(self._text_feature, zero)).with_output_types(
                DocumentFrequencies
            )
            | "SumFrequencies" >> SumAll(DocumentFrequencies)
        )


class _CountBundle(beam.DoFn):
    def __init__(self, text_feature: str, zero: DocumentFrequencies):
        self._text_feature = text_feature
        self._zero = zero
        self._texts: list[str] = []
        self._total = zero

    def start_bundle(self) -> None:
        self._total = self._zero

    def process(self, batch: pa.RecordBatch) -> None:
        if self._text_feature in batch.schema.names:
            texts = pc.unique(canonical(batch.column(self._text_feature))).to_pylist()
            self._total = self._total.plus_texts(texts)

    def finish_bundle(self) -> Iterable[Any]:
        from apache_beam.transforms.window import GlobalWindow
        from apache_beam.utils.windowed_value import WindowedValue

        window = GlobalWindow()
        yield WindowedValue(self._total, window.max_timestamp(), (window,))


class AddControls(beam.PTransform):
    """Pair batches -> ``pairs`` with their controls, and one ``control_coverage``."""

    def __init__(
        self,
        num_controls: int,
        spec: config_pb2.GeneratorSpec,
        data: config_pb2.DataSpec,
        seed: int = 0,
    ):
        """Takes how many controls a pair gets, the run's term list, columns and seed."""
        super().__init__()
        self._num_controls, self._seed = num_controls, seed
        self._lists = lists_of(spec)
        self._names = PairColumns.of(data)
        self._language = language_of(spec, self._lists)

    def expand(self, inputs: dict[str, beam.PCollection]) -> dict[str, beam.PCollection]:
        """Takes ``texts``, batches that hold all texts of the run once, and ``pairs``."""
        frequencies = inputs["texts"] | "CountWords" >> CountWords(self._names.text, self._lists)
        tagged = inputs["pairs"] | "DrawControls" >> beam.ParDo(
            _DrawControls(self._num_controls, self._lists, self._names, self._seed, self._language),
            beam.pvalue.AsSingleton(frequencies),
        ).with_output_types(pa.RecordBatch).with_outputs(COVERAGE, main=PAIRS)
        coverage = typed(tagged[COVERAGE], ControlCoverage)
        return {
            PAIRS: tagged[PAIRS],
            COVERAGE: coverage | "SumControlCoverage" >> SumAll(ControlCoverage),
        }


class _DrawControls(beam.DoFn):
    def __init__(
        self,
        num_controls: int,
        lists: Sequence[TermList],
        names: PairColumns,
        seed: int,
        language: str,
    ):
        self._num_controls, self._lists, self._seed = num_controls, lists, seed
        self._language = language
        self._names = names
        self._drawer: ControlDrawer | None = None

    def process(self, batch: pa.RecordBatch, frequencies: DocumentFrequencies) -> Iterable[Any]:
        if columns.counterfactual(self._names.text) not in batch.schema.names:
            yield batch
            return
        if self._drawer is None:  # the frequencies are the same for every batch
            self._drawer = ControlDrawer(
                frequencies, self._lists, self._num_controls, self._seed, self._language
            )
        made = with_controls(batch, self._drawer, self._names)
        yield made.batch
        yield beam.pvalue.TaggedOutput(COVERAGE, made.coverage)
