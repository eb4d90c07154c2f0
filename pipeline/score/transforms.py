"""Scores both sides of each pair with every model, in batches, by Beam's RunInference."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import RunInference

from fairflip.pipeline.read.layout import DEFAULT_ID, DEFAULT_TEXT
from fairflip.pipeline.records.record_sums import (
    CONTROLS_OF,
    NUM_KEPT,
    NUM_REJECTED,
    SCORE,
    Counted,
    counted,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import REJECTS, count_reject, typed
from fairflip.pipeline.score.checks import CheckedScores, check_scores
from fairflip.pipeline.score.class_sources import class_feature
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.inference import NAMESPACE, Gather, ScoringHandler
from fairflip.pipeline.score.score_account import ScoreAccount
from fairflip.pipeline.score.second_look import AskAgain, SecondLookSpec
from fairflip.pipeline.score.sides import copy_classes, take_scores
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401 (registers the coder)
from fairflip.protos import config_pb2
from fairflip.protos.edits import control_mask, identity_pairs
from fairflip.protos.forms.model_specs import ModelOutput, all_outputs, has_scores

SCORED, COUNTS, ACCOUNTS = "scored", "counts", "accounts"
SECOND_LOOKS = "second_looks"


def input_features(data: config_pb2.DataSpec) -> tuple[str, ...]:
    """The features that models read: the text, and what the configuration adds.

    Of a table the latter alone.
    """
    if data.without_text:
        return tuple(dict.fromkeys(data.input_features))
    text = data.text_feature or DEFAULT_TEXT
    return tuple(dict.fromkeys([text, *data.input_features]))


class _CheckScores(beam.DoFn):
    def __init__(
        self,
        scales: Mapping[str, str],
        id_feature: str,
        counter: str,
        counted_as: str,
        with_classes: bool,
        of_classes: Sequence[ModelOutput] = (),
    ):
        self._of_classes = tuple(of_classes)
        self._scales = dict(scales)
        self._id_feature = id_feature
        self._with_classes = with_classes
        self._counter = counter
        self._counted_as = counted_as

    def process(self, batch: pa.RecordBatch) -> Iterable[Any]:
        checked = self._checked(batch)
        for record in checked.rejects:
            count_reject(record)
            yield beam.pvalue.TaggedOutput(REJECTS, record)
        num_read, num_good = by_edit(batch), by_edit(checked.good)
        Metrics.counter(NAMESPACE, self._counter).inc(num_good[0])
        names = (self._counted_as, CONTROLS_OF.get(self._counted_as, ""))
        for name, read, good in zip(names, num_read, num_good, strict=True):
            if read or name == self._counted_as:
                for count in counted(SCORE, name, **{NUM_KEPT: good, NUM_REJECTED: read - good}):
                    yield beam.pvalue.TaggedOutput(COUNTS, count)
        account = checked.account
        if num_read[1]:  # what is said of scores is said of pairs
            pairs = identity_pairs(batch)
            account = self._checked(pairs).account
        yield beam.pvalue.TaggedOutput(ACCOUNTS, account)
        if checked.good.num_rows:
            yield checked.good

    def _checked(self, batch: pa.RecordBatch) -> CheckedScores:
        return check_scores(
            batch, self._scales, self._id_feature, self._with_classes, self._of_classes
        )


def by_edit(batch: pa.RecordBatch) -> tuple[int, int]:
    """How many rows of a batch are identity pairs, and how many controls."""
    num_controls = int(control_mask(batch).sum())
    return batch.num_rows - num_controls, num_controls


class _Score(beam.PTransform):
    """What `ScorePairs` and `ScoreExamples` share."""

    _counter = ""

    def __init__(
        self,
        models: Sequence[config_pb2.ModelSpec],
        data: config_pb2.DataSpec,
        handlers: Mapping[str, BatchModelHandler] | None = None,
        counted_as: str = "",
        with_classes: bool = False,
        repeats: int = 1,
        second_look: SecondLookSpec | None = None,
        run: str = "",
        score_cache: str = "",
    ):
        super().__init__()
        self._score_cache = score_cache
        self._run = run or uuid.uuid4().hex
        self._with_classes = with_classes
        self._repeats = repeats
        self._second_look = second_look
        self._counted_as = counted_as or self._counter
        self._models = tuple(models)
        self._id_feature = data.id_feature or DEFAULT_ID
        given = handlers or {}
        features = input_features(data)
        self._handlers = {
            spec.name: given[spec.name] if spec.name in given else handler_for(spec, features)
            for spec in self._models
            if not has_scores(spec)
        }

    def expand(self, batches: beam.PCollection) -> dict[str, beam.PCollection]:
        """One model after the other, then one check of all scores."""
        for spec in self._models:
            if has_scores(spec):
                batches = batches | f"TakeScores[{spec.name}]" >> beam.Map(
                    take_scores, spec
                ).with_output_types(pa.RecordBatch)
                if self._with_classes:
                    batches = batches | f"TakeClasses[{spec.name}]" >> beam.Map(
                        copy_classes, spec.name, class_feature(spec)
                    ).with_output_types(pa.RecordBatch)
                continue
            handler = self._handlers[spec.name]
            if handler.rows_to_gather:
                batches = batches | f"Gather[{spec.name}]" >> beam.ParDo(
                    Gather(handler.rows_to_gather)
                ).with_output_types(pa.Table)
            batches = batches | f"RunModel[{spec.name}]" >> RunInference(
                ScoringHandler(
                    handler, self._with_classes, self._repeats, self._run, self._score_cache
                ),
                metrics_namespace=NAMESPACE,
                model_identifier=f"fairflip/{spec.name}",
            ).with_output_types(pa.RecordBatch)
        outputs = all_outputs(self._models)
        scales = {each.name: each.scale for each in outputs if not each.is_argmax}
        of_classes = [each for each in outputs if each.is_argmax]
        checked = batches | "CheckScores" >> beam.ParDo(
            _CheckScores(
                scales,
                self._id_feature,
                self._counter,
                self._counted_as,
                self._with_classes,
                of_classes,
            )
        ).with_output_types(pa.RecordBatch).with_outputs(REJECTS, COUNTS, ACCOUNTS, main=SCORED)
        results = {
            SCORED: checked[SCORED],
            REJECTS: typed(checked[REJECTS], RejectedRecord),
            COUNTS: typed(checked[COUNTS], Counted),
            ACCOUNTS: typed(checked[ACCOUNTS], ScoreAccount),
        }
        if self._second_look is not None:
            results[SECOND_LOOKS] = checked[SCORED] | "AskAgain" >> AskAgain(
                self._handlers, self._id_feature, self._second_look, self._repeats
            )
        return results


class ScorePairs(_Score):
    """Scores the original and the counterfactual of each pair with every model.

    A pair whose score by any model on any side is missing, NaN or not of the model's
    `score_scale` is left out for all models, so that models compare on one set. Logits
    become probabilities. The
    counters `pairs`, `batches`, `models_loaded`, `model_milliseconds` and `rejects`
    are in the namespace "fairflip".

    Args:
      models: The models; `path`, `handler` or `score_feature` each.
      data: Names of the ID and the input features.
      handlers: Ready-made handlers by model name, in place of what a
        specification says (models in memory).
      counted_as: What the counts call these records.
      with_classes: Whether to add each model's class scores on both sides too; then a
        pair is also left out where one of them is missing or NaN.
      repeats: How often every text is scored.
      second_look: Which texts each model is asked for a second time; None: none.
      run: Transforms of one `run` ask no model twice for a text; empty: this one alone.
      score_cache: A folder that keeps scores from run to run; empty: none. Class scores
        are not kept: where they are asked for, every model is asked.

    Returns:
      `[SCORED]`: the batches with `score.<model>` and
      `counterfactual.score.<model>` for each model or output, float64, and with classes
      `classes.<model>` and `counterfactual.classes.<model>`; where texts are scored
      several times, also `score.<model>.repeat2` and so on;
      `[SECOND_LOOKS]`: (name, `SecondLook`) of each model that was asked, if any was to be;
      `[REJECTS]`: `RejectedRecord`s of the stage "score";
      `[COUNTS]`: how many of either, see `record_sums`;
      `[ACCOUNTS]`: `ScoreAccount`s of the scores as the models gave them.
    """

    _counter = "pairs"


class ScoreExamples(_Score):
    """Scores unmatched originals, those without a counterfactual: `score.<model>` alone.

    As `ScorePairs` otherwise; the counter is `unmatched_originals`.
    """

    _counter = "unmatched_originals"
