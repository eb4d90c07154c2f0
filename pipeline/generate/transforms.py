"""The Beam transforms that generate counterfactuals, or examine those of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.pipeline.generate import coverage_coder  # noqa: F401  registers the coder
from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.generate.examined_pairs import examined_together, examiner_of, have_texts
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import admit_originals
from fairflip.pipeline.pair.settle import ORIGINALS, PAIRS, Joined
from fairflip.pipeline.pair.shards import (
    ShardById,
    as_table,
    in_batches,
    num_bytes_of,
    num_shards_for,
)
from fairflip.pipeline.pair.transforms import AUDIT, TAGS, emitted, outputs_of
from fairflip.pipeline.records.json_coders import SumAll
from fairflip.pipeline.records.pairing_audit import PairingAudit, num_zero_weights
from fairflip.pipeline.records.rejects import typed
from fairflip.protos import config_pb2
from fairflip.text.counterfactual import Generator
from fairflip.text.doubts.pair_doubts import PairDoubts

COVERAGE = "coverage"
#: Batches are examined together until they have so many rows or bytes: patterns are made ready,
#: and some hundred steps taken, once for all of them.
ROWS_TOGETHER, BYTES_TOGETHER = 8_192, 8 << 20


class GeneratePairs(beam.PTransform):
    """Makes the pairs of originals, given as a collection of record batches.

    The outputs are those of `fairflip.pipeline.pair`, and ``coverage``: one
    `Coverage` with counts per term and examples to read.
    """

    def __init__(
        self,
        spec: config_pb2.GeneratorSpec,
        data: config_pb2.DataSpec,
        num_shards: int | None = None,
        shard_folder: str = "",
    ):
        """Takes what to generate, the names of the columns, and where records wait (`JoinPairs`).

        Raises:
            ConfigurationError: the specification is wrong.
            InputError: the term list is malformed.
        """
        super().__init__()
        _generator_of(spec)  # a mistake is to be seen here, not on a worker
        self._spec = spec
        self._names = PairColumns.of(data)
        self._num_shards = num_shards or num_shards_for(
            num_bytes_of(data.examples), bool(shard_folder)
        )
        self._shard_folder = shard_folder

    def expand(self, originals: beam.PCollection[pa.RecordBatch]) -> dict[str, beam.PCollection]:
        """Groups the originals by shards of their IDs, so that each ID is used once."""
        tagged = (
            originals
            | "ShardOriginals"
            >> ShardById(self._names.id, ORIGINALS, self._num_shards, self._shard_folder)
            | "GroupByShard" >> beam.GroupByKey()
            | "GenerateShards"
            >> beam.ParDo(_GenerateShard(self._spec, self._names))
            .with_output_types(pa.RecordBatch)
            .with_outputs(*TAGS, COVERAGE, main=PAIRS)
        )
        outputs = outputs_of(tagged, self._names, self._num_shards)
        outputs[COVERAGE] = typed(tagged[COVERAGE], Coverage) | "SumCoverage" >> SumAll(Coverage)
        return outputs


class _GenerateShard(beam.DoFn):
    def __init__(self, spec: config_pb2.GeneratorSpec, names: PairColumns):
        self._spec = spec
        self._names = names
        self._generator: Generator | None = None

    def setup(self) -> None:
        self._generator = _generator_of(self._spec)

    def process(self, shard: tuple[int, Iterable[bytes]]) -> Iterable[Any]:
        originals = as_table(shard[1], ORIGINALS)
        if originals is None or self._generator is None:
            return
        joined, coverage = generate_table(
            originals, self._generator, self._names, self._spec.min_validity
        )
        yield from emitted(joined, self._names.id)
        yield beam.pvalue.TaggedOutput(COVERAGE, coverage)


def _generator_of(spec: config_pb2.GeneratorSpec) -> Generator:
    # Here, as below: pairs that are examined need nothing of what makes them.
    from fairflip.pipeline.generate.batch import make_generator

    return make_generator(spec)


def generate_table(
    originals: pa.Table, generator: Generator, names: PairColumns, min_validity: float = 0.0
) -> tuple[Joined, Coverage]:
    """Makes the pairs of a table of originals: the whole stage as a plain function.

    Args:
        originals: rows with an ID and a text; IDs of any type, also repeated.
        generator: what makes the counterfactuals.
        names: the names of the columns.
        min_validity: counterfactuals with a lower validity are left out.

    Returns:
        Pairs, originals left over, rejects, audit; and the coverage.
    """
    from fairflip.pipeline.generate.batch import generate_pairs

    admitted, rejects, audit = admit_originals(originals, names)
    pairs, unmatched, coverage = [], [], Coverage.zero()
    for batch in in_batches(admitted, names.id):
        made = generate_pairs(batch, generator, names.text, names.id, min_validity)
        pairs.append(made.pairs)
        unmatched.append(made.unmatched_originals)
        rejects = rejects + made.rejects
        audit += made.audit
        audit += PairingAudit(num_zero_weight_pairs=num_zero_weights(made.pairs, names.weight))
        coverage += made.coverage
    joined = Joined(
        pa.Table.from_batches(pairs) if pairs else admitted.slice(0, 0),
        pa.Table.from_batches(unmatched) if unmatched else admitted.slice(0, 0),
        rejects,
        audit,
    )
    return joined, coverage


class ExaminePairs(beam.PTransform):
    """``pairs`` (batches, one original's together) and their ``audit`` -> both with doubts."""

    def __init__(self, spec: config_pb2.GeneratorSpec, data: config_pb2.DataSpec):
        """Takes the run's term list and language, and the names of the columns."""
        super().__init__()
        self._terms, self._language = spec.terms, spec.language
        self._names = PairColumns.of(data)

    def expand(self, inputs: dict[str, beam.PCollection]) -> dict[str, beam.PCollection]:
        """Examines batches as they are, a few together, and adds what was found to the audit."""
        tagged = inputs[PAIRS] | "Examine" >> beam.ParDo(
            _Examine(self._terms, self._language, self._names)
        ).with_output_types(pa.RecordBatch).with_outputs(AUDIT, main=PAIRS)
        audits = (inputs[AUDIT], typed(tagged[AUDIT], PairingAudit))
        return {
            PAIRS: tagged[PAIRS],
            AUDIT: audits | beam.Flatten() | "SumExamined" >> SumAll(PairingAudit),
        }


class _Examine(beam.DoFn):
    def __init__(self, terms: str, language: str, names: PairColumns):
        self._terms, self._language, self._names = terms, language, names
        self._examiner: PairDoubts | None = None
        self._batches: list[pa.RecordBatch] = []

    def start_bundle(self) -> None:
        self._batches, self._num_rows, self._num_bytes = [], 0, 0

    def process(self, batch: pa.RecordBatch) -> Iterable[Any]:
        if not have_texts(batch, self._names):
            yield batch
            return
        if self._batches and not self._batches[0].schema.equals(batch.schema):
            yield from self._examined()
        self._batches.append(batch)
        self._num_rows += batch.num_rows
        self._num_bytes += batch.nbytes
        if self._num_rows >= ROWS_TOGETHER or self._num_bytes >= BYTES_TOGETHER:
            yield from self._examined()

    def finish_bundle(self) -> Iterator[Any]:
        window = GlobalWindow()
        for element in self._examined():
            is_tagged = isinstance(element, beam.pvalue.TaggedOutput)
            value = WindowedValue(
                element.value if is_tagged else element, window.max_timestamp(), (window,)
            )
            yield beam.pvalue.TaggedOutput(AUDIT, value) if is_tagged else value

    def _examined(self) -> Iterator[Any]:
        if not self._batches:
            return
        if self._examiner is None:
            self._examiner = examiner_of(self._terms, self._language)
        batches, audit = examined_together(self._batches, self._examiner, self._names)
        self._batches, self._num_rows, self._num_bytes = [], 0, 0
        yield from batches
        yield beam.pvalue.TaggedOutput(AUDIT, audit)
