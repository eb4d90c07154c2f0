"""Asks a model again for texts that it has answered, to see whether its answers stand.

A sample of the originals' texts, the same on every runner and in any batching, is scored a
second time, in one batch of its own. What differs is the model's own doing: chance in it, or
an answer that depends on what else is in a batch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.flips.buckets import hash_ids
from fairflip.metrics.flips.decisions import flips, gaps
from fairflip.pipeline.score.checks import sigmoid
from fairflip.pipeline.score.class_columns import class_matrix, softmax
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.inference import ScoringHandler
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401 (registers the coder)
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs
from fairflip.protos.forms.model_specs import LOGIT, ModelOutput, outputs_of
from fairflip.protos.report_pb2 import SecondLook

#: Texts that a model is asked for again.
NUM_TEXTS = 200
#: Answers closer than this, absolutely or by their size, are one: in batches of another shape
#: float32 is summed in another order. Six layers of attention then differ by 3e-7.
TOLERANCE = 1e-5

_TEXT_HASH, _ID_HASH = "text_hash", "id_hash"


@dataclasses.dataclass(frozen=True)
class SecondLookSpec:
    """Which texts are asked for again, and how their answers are read.

    Attributes:
        threshold: Positive means `score > threshold`.
        seed: Chooses the texts.
    """

    threshold: float
    seed: int = 0


class AskAgain(beam.PTransform):
    """Scored pair batches to (name, `SecondLook`), one for each output of models that were asked.

    Args:
        handlers: By name, the models that the run asks.
        id_feature: The column of example IDs.
        spec: See there.
        repeats: How often every text was scored. If more than once, the second answers are
            there already.
    """

    def __init__(
        self,
        handlers: Mapping[str, BatchModelHandler],
        id_feature: str,
        spec: SecondLookSpec,
        repeats: int = 1,
    ):
        super().__init__()
        self._handlers = {
            name: handler
            for name, handler in handlers.items()
            if repeats > 1 or handler.may_be_asked_again
        }
        self._id_feature = id_feature
        self._spec, self._is_there = spec, repeats > 1

    def expand(self, scored: beam.PCollection) -> beam.PCollection:
        """Chooses texts in every bundle, then among those of all, and asks once."""
        if not self._handlers:
            # Of batches that are there: an empty collection would be a stage by itself.
            return scored | "NothingAsked" >> beam.FlatMap(lambda batch: ()).with_output_types(
                tuple[str, SecondLook]
            )
        return (
            scored
            | "ChooseTexts"
            >> beam.ParDo(
                _ChooseTexts(self._handlers, self._id_feature, self._spec.seed, self._is_there)
            ).with_output_types(tuple[bytes, pa.RecordBatch])
            | "ChosenTexts" >> beam.GroupByKey()
            | "AskForThem"
            >> beam.FlatMap(
                _ask_for_them, self._handlers, self._spec.threshold, self._is_there
            ).with_output_types(tuple[str, SecondLook])
        )


class _ChooseTexts(beam.DoFn):
    """Keeps the texts with the least hashes of a bundle, with their first answers."""

    def __init__(
        self,
        handlers: Mapping[str, BatchModelHandler],
        id_feature: str,
        seed: int,
        is_there: bool,
    ):
        self._features = tuple(
            dict.fromkeys(name for one in handlers.values() for name in one.input_features)
        )
        answers = (1, 2) if is_there else (1,)
        self._scores = [
            _answers_column(output, repeat)
            for handler in handlers.values()
            for output in outputs_of(handler.spec)
            for repeat in answers
        ]
        self._id_feature, self._seed = id_feature, seed

    def start_bundle(self) -> None:
        """Nothing chosen."""
        self._chosen: pa.RecordBatch | None = None

    def process(self, batch: pa.RecordBatch) -> None:
        """Looks at the originals of a batch."""
        pairs = identity_pairs(batch)
        if pairs.num_rows:
            hashed = self._hashed(pairs)
            self._chosen = least_hashes(
                [hashed] if self._chosen is None else [self._chosen, hashed]
            )

    def _hashed(self, pairs: pa.RecordBatch) -> pa.RecordBatch:
        id_hashes = hash_ids(pairs.column(self._id_feature), self._seed)
        text_hashes = id_hashes  # of inputs that are no text
        text = pairs.column(self._features[0])
        if pa.types.is_string(text.type) or pa.types.is_large_string(text.type):
            text_hashes = hash_ids(text, self._seed)
        names = [*self._features, *self._scores]
        arrays = [pairs.column(name) for name in names]
        hashes = [pa.array(id_hashes), pa.array(text_hashes)]
        return pa.RecordBatch.from_arrays([*arrays, *hashes], [*names, _ID_HASH, _TEXT_HASH])

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """Hands on what was chosen."""
        if self._chosen is not None:
            window = GlobalWindow()
            yield WindowedValue((b"", self._chosen), window.max_timestamp(), (window,))
        self._chosen = None


def least_hashes(batches: Iterable[pa.RecordBatch], number: int = NUM_TEXTS) -> pa.RecordBatch:
    """The rows of the texts with the least hashes, each text once, in the order of the hashes.

    The same rows for any batching and order; memory is that of two batches.

    Args:
        batches: At least one, with the columns "text_hash" and "id_hash".
        number: At most so many texts.
    """
    chosen: pa.RecordBatch | None = None
    for batch in batches:
        if chosen is not None and chosen.num_rows == number:
            # Rows may be images: only those that can be chosen are copied.
            largest = chosen.column(_TEXT_HASH)[-1].as_py()
            is_near = batch.column(_TEXT_HASH).to_numpy() <= largest
            batch = batch.take(pa.array(np.flatnonzero(is_near)))
            if not batch.num_rows:
                continue
        both = batch if chosen is None else pa.concat_batches([chosen, batch])
        text_hashes = both.column(_TEXT_HASH).to_numpy()
        # Of several originals with one text, the one with the least ID's hash.
        order = np.lexsort((both.column(_ID_HASH).to_numpy(), text_hashes))
        is_new = np.ones(len(order), bool)
        is_new[1:] = np.diff(text_hashes[order]) != 0
        chosen = both.take(pa.array(order[is_new][:number]))
    if chosen is None:
        raise ValueError("no batches to choose from")
    return chosen


def _ask_for_them(
    grouped: tuple[bytes, Iterable[pa.RecordBatch]],
    handlers: Mapping[str, BatchModelHandler],
    threshold: float,
    is_there: bool,
) -> Iterator[tuple[str, SecondLook]]:
    """Every model's second answers to the texts chosen, beside its first."""
    texts = least_hashes(grouped[1])
    for handler in handlers.values():
        outputs = outputs_of(handler.spec)
        if is_there:
            again = [_answers(texts, output, 2) for output in outputs]
        else:
            # The first answers leave, so that nothing can take them for the second.
            inputs = texts.select(list(handler.input_features))
            asked = ScoringHandler(handler)
            [answered] = asked.run_inference(inputs, asked.load_model())
            again = [_as_counted(_answers(answered, output), output) for output in outputs]
        for output, second in zip(outputs, again, strict=True):
            first = _answers(texts, output)
            if output.is_argmax:
                yield output.name, compare_classes(first, second)
            else:
                yield output.name, compare_answers(first, second, threshold)


def _answers_column(output: ModelOutput, repeat: int = 1) -> str:
    name = columns.classes if output.is_argmax else columns.score
    return name(output.name, repeat)


def _answers(batch: pa.RecordBatch, output: ModelOutput, repeat: int = 1) -> np.ndarray:
    """[N] scores, or [N, K] of classes."""
    name = _answers_column(output, repeat)
    if output.is_argmax:
        return class_matrix(batch.column(name), len(output.classes), name)[0]
    return batch.column(name).to_numpy(zero_copy_only=False)


def _as_counted(answers: np.ndarray, output: ModelOutput) -> np.ndarray:
    if output.scale != LOGIT:
        return answers
    return softmax(answers) if output.is_argmax else sigmoid(answers)


def compare_classes(first: np.ndarray, second: np.ndarray) -> SecondLook:
    """What two answers to each of some texts say of a model that decides by argmax.

    Args:
        first: [N, K] float64 scores of classes, all numbers.
        second: [N, K]; NaN, where there was no answer, differs in both score and decision.
    """
    is_close = np.isclose(second, first, rtol=TOLERANCE, atol=TOLERANCE)
    is_missing = np.isnan(second).any(axis=1)
    differs = ~is_close.all(axis=1)
    other_class = first.argmax(axis=1) != np.nan_to_num(second).argmax(axis=1)
    largest = np.nan_to_num(np.abs(second - first)).max(initial=0.0)
    return SecondLook(
        num_texts=len(first),
        num_differing_scores=int(differs.sum()),
        num_differing_decisions=int((differs & (other_class | is_missing)).sum()),
        largest_difference=float(largest),
    )


def compare_answers(first: np.ndarray, second: np.ndarray, threshold: float) -> SecondLook:
    """What two answers to each of some texts say of a model.

    Args:
        first: [N] float64 scores, all numbers.
        second: [N] float64 scores; NaN, where there was no answer, differs in both score
            and decision.
        threshold: Positive means `score > threshold`.
    """
    differs = ~np.isclose(second, first, rtol=TOLERANCE, atol=TOLERANCE)
    other_decision = flips(first, second, threshold) | np.isnan(second)
    differences = gaps(first, second)
    return SecondLook(
        num_texts=len(first),
        num_differing_scores=int(differs.sum()),
        num_differing_decisions=int((differs & other_decision).sum()),
        largest_difference=float(np.nan_to_num(differences, posinf=np.inf).max(initial=0.0)),
    )
