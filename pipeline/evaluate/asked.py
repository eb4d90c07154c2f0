"""Says what a run would ask of its models, from a pairing of all records and a trial of a few."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.averaging.handler import handlers_of
from fairflip.pipeline.beam.job import run_graph
from fairflip.pipeline.evaluate import graph
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.pair.shard_files import shard_folder
from fairflip.pipeline.score.asked_texts import ModelToAsk, Plan, Trial, answer_hashes
from fairflip.pipeline.score.off_scale import refuse_scores_off_scale
from fairflip.pipeline.score.transforms import input_features
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.model_specs import is_called

#: Texts of a trial.
NUM_TRIED = 8
_HASHES = "hashes-"


def describe_asked(
    config: PipelineConfig,
    inputs: EvaluationInputs,
    sample: pa.RecordBatch,
    options: PipelineOptions,
) -> list[str]:
    """A sentence for each model that would be asked.

    Args:
        config: Complete.
        inputs: Its files, checked.
        sample: Some of their records.
        options: Beam's; the records are paired on this machine.

    Raises:
        ConfigurationError: A model cannot be loaded.
        InputError: Most of the scores of a few texts are not of the model's scale.
    """
    models = [model for model in config.models if is_called(model)]
    if not models:
        return []
    features = input_features(config.data)
    repeats = max(config.evaluation.repeats, 1)
    remedied = handlers_of(models, features, config.data)
    lines = []
    hashes: np.ndarray | None = None
    for spec in models:
        model = ModelToAsk(spec, features, remedied.get(spec.name))
        if spec.service and not spec.allow_remote:
            lines.append(
                f"Model {spec.name}: not tried; with --allow_remote it is asked for "
                f"{NUM_TRIED} texts."
            )
        else:
            records = sample.select(list(features)).slice(0, NUM_TRIED)
            trial = model.tried(records)
            refuse_scores_off_scale([trial.scores])
            lines.append(f"Model {spec.name}: {_trial_in_words(trial)}")
        if hashes is None:
            hashes = _all_hashes(config, inputs, features, repeats, options)
        plan = model.plan(hashes, repeats, config.evaluation.score_cache)
        lines.append(f"  {_plan_in_words(plan, repeats)}")
    return lines


def _trial_in_words(trial: Trial) -> str:
    scores = trial.scores
    num_answered = scores.num_scores - scores.num_missing
    if not num_answered:
        return f"gave no score for any of {scores.num_scores} texts."
    sentence = (
        f"scored {num_answered} texts in {trial.seconds:.2f} s, from {scores.lowest:.4g} to "
        f"{scores.highest:.4g}"
    )
    if scores.num_missing:
        sentence += f", and {scores.num_missing} not at all"
    if scores.num_zero_or_one == num_answered:
        sentence += "; each is 0 or 1: gaps and matched rates need probabilities"
    return f"{sentence}."


def _plan_in_words(plan: Plan, repeats: int) -> str:
    times = f", each scored {repeats} times on its side" if repeats > 1 else ""
    sentence = f"{plan.num_texts:,} distinct texts{times}"
    if repeats > 1:
        sentence = f"{plan.num_texts:,} answers: distinct texts{times}"
    if plan.num_known:
        sentence += f"; {plan.num_known:,} are in the score cache"
    num_open = plan.num_texts - plan.num_known
    sentence += f"; {num_open:,} would be asked for"
    if plan.num_calls is not None:
        sentence += f", in {plan.num_calls:,} call{'s' * (plan.num_calls != 1)}"
    if plan.num_second_looks:
        again = f"{plan.num_second_looks:,} of all once more"
        sentence += f", and {again}, to see whether answers stand"
    return sentence + "."


def _all_hashes(
    config: PipelineConfig,
    inputs: EvaluationInputs,
    features: Sequence[str],
    repeats: int,
    options: PipelineOptions,
) -> np.ndarray:
    """Hashes of all answers that the run needs, each once. Writes below a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="fairflip-dry-run-") as folder:
        elsewhere = PipelineConfig()
        elsewhere.CopyFrom(config)
        elsewhere.output.output_dir = folder
        with shard_folder(options, folder) as shards:

            def build(pipeline: beam.Pipeline) -> None:
                paired = graph.read_and_pair(pipeline, elsewhere, inputs, shards)
                paired.pairs | "HashPairs" >> beam.ParDo(_WriteHashes(folder, features, repeats))
                if config.evaluation.score_unpaired:
                    paired.unmatched_originals | "HashOriginals" >> beam.ParDo(
                        _WriteHashes(folder, features, 1)
                    )

            run_graph(build, options, folder)
        written = [
            np.load(os.path.join(folder, name), allow_pickle=False)
            for name in sorted(os.listdir(folder))
            if name.startswith(_HASHES)
        ]
    return np.unique(np.concatenate(written)) if written else np.empty(0, "V16")


class _WriteHashes(beam.DoFn):
    """Writes the hashes of each bundle to a file of its own."""

    def __init__(self, folder: str, features: Sequence[str], repeats: int):
        self._folder, self._features, self._repeats = folder, tuple(features), repeats

    def start_bundle(self) -> None:
        """Nothing hashed."""
        self._parts: list[np.ndarray] = []

    def process(self, batch: pa.RecordBatch) -> Iterator[None]:
        """Hashes a batch."""
        self._parts.append(answer_hashes(batch, self._features, self._repeats))
        return iter(())

    def finish_bundle(self) -> None:
        """Writes."""
        if self._parts:
            path = os.path.join(self._folder, f"{_HASHES}{uuid.uuid4().hex}.npy")
            np.save(path, np.unique(np.concatenate(self._parts)))
