"""One model of a run against another's of the reference, counted as one run of both would be.

The scores of both stand in one table of the common pairs, and the very functions count it that
count an evaluation: so every difference and its interval are those of `comparisons[]` of a run
with both models.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.second_pass import LargeSlice, count_again, pair_plans
from fairflip.metrics.controls.counting import accumulate_controls, settled
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.compare.common_pairs import JoinedPairs
from fairflip.pipeline.compare.finished_runs import FinishedRun
from fairflip.pipeline.evaluate.evaluation import statistics_spec
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.edits import identity_pairs
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote
from fairflip.protos.forms.model_specs import ANY, PROBABILITY, scale_of
from fairflip.protos.report_pb2 import RunReport


@dataclasses.dataclass(frozen=True)
class ModelPair:
    """A model of the reference and the one that is compared with it.

    Attributes:
        reference: The run that is compared with.
        reference_model: Its model.
        run: The other run.
        model: Its model.
    """

    reference: FinishedRun
    reference_model: str
    run: FinishedRun
    model: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that both tell apart by argmax; none where they decide at a threshold."""
        return self.run.classes_of(self.model)

    @property
    def names(self) -> tuple[str, str]:
        """What the two are called side by side: the run's name and the model's."""
        return (
            f"{self.reference.name}/{self.reference_model}",
            f"{self.run.name}/{self.model}",
        )


def side_by_side(joined: JoinedPairs, pair: ModelPair) -> pa.Table:
    """The common pairs with the scores of both models; all else is the reference's.

    Raises:
        InputError: A model has no scores in its run's pairs.
    """
    table = joined.reference
    own = [name for name in table.column_names if _is_score(name)]
    scores: dict[str, pa.ChunkedArray] = {}
    for name, model, run, source in (
        (pair.names[0], pair.reference_model, pair.reference, joined.reference),
        (pair.names[1], pair.model, pair.run, joined.other),
    ):
        sides = (columns.score, columns.counterfactual_score)
        if pair.classes:
            sides = (columns.classes, columns.counterfactual_classes)
        for column in sides:
            if column(model) not in source.column_names:
                raise InputError(
                    f"{quote(run.folder)}: the scored pairs hold no scores of model "
                    f"{quote(model)}; run again"
                )
            scores[column(name)] = source[column(model)]
    table = table.drop_columns(own)
    for name, values in scores.items():
        table = table.append_column(name, values)
    return table


def _is_score(name: str) -> bool:
    bare = name.removeprefix(columns.COUNTERFACTUAL_PREFIX)
    return bare.startswith((columns.SCORE_PREFIX, columns.CLASSES_PREFIX, columns.TOP_CLASS_PREFIX))


def spec_of(pair: ModelPair, table: pa.Table, thresholds: list[float]) -> StatisticsSpec:
    """What is counted: as the reference was, at these thresholds, by the slices that are there.

    Args:
        pair: Which models.
        table: From `side_by_side`.
        thresholds: Where scores become positive; empty: those of the reference.
    """
    config = PipelineConfig()
    config.CopyFrom(pair.reference.config)
    models = (
        pair.reference.spec_of(pair.reference_model),
        pair.run.spec_of(pair.model),
    )
    del config.models[:]
    for name, model in zip(pair.names, models, strict=True):
        scale = ANY if scale_of(model) == ANY else PROBABILITY
        config.models.append(ModelSpec(name=name, score_scale=scale))
    if thresholds:
        config.evaluation.thresholds[:] = thresholds
    there = set(table.column_names)
    wanted = dict.fromkeys(
        [*pair.reference.config.evaluation.slices, *pair.run.config.evaluation.slices]
    )
    config.evaluation.slices[:] = [
        entry for entry in wanted if {columns.slicing(f) for f in entry.split(",")} <= there
    ]
    if pair.classes:
        config.evaluation.thresholds[:] = [0.5]  # between a class that stays and one that changes
    has_labels = config.data.label_feature in there and not pair.classes
    spec = statistics_spec(config, has_labels)
    # No IDs are named by these sums: changed pairs are named one by one.
    return dataclasses.replace(spec, num_example_ids=0)


def count(table: pa.Table, spec: StatisticsSpec) -> RunReport:
    """The report of both models on the common pairs, with their differences.

    Args:
        table: From `side_by_side`.
        spec: What is counted of it.
    """
    statistics = accumulate(table, spec)
    controls = settled(accumulate_controls([table], spec), spec)
    models, comparisons = build_models_and_comparisons(
        statistics, {}, spec, _large(table, statistics, spec), None, controls
    )
    report = RunReport(models=models, comparisons=comparisons)
    pairing, provenance = report.pairing, report.provenance
    pairs = identity_pairs(table)
    pairing.num_pairs = pairs.num_rows
    pairing.num_originals = len(np.unique(pairs[spec.id_column].to_numpy()))
    pairing.num_control_pairs = table.num_rows - pairs.num_rows
    provenance.confidence_level, provenance.seed = spec.confidence_level, spec.seed
    return report


def _large(
    table: pa.Table, statistics: dict[SliceKey, SliceStatistics], spec: StatisticsSpec
) -> dict[SliceKey, LargeSlice]:
    """What slices need that are too large to keep their rows."""
    plans = pair_plans(statistics, spec)
    if not plans:
        return {}
    return {
        key: sums.large_slice(plans[key]) for key, sums in count_again([table], plans, spec).items()
    }
