"""What the scored pairs of a finished run tell besides its report, without scoring again.

A report keeps the thresholds that were asked for; whoever looks for another one moves a
slider over more of them. And the terms stand in it with the excess of each.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.controls.counting import accumulate_controls, control_spec, settled
from fairflip.metrics.report.threshold_curve import model_curves
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.evaluation import statistics_spec
from fairflip.protos import columns, report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.edits import identity_pairs
from fairflip.protos.slice_names import slice_name

#: Steps between thresholds, of which the finest is taken that the limits below allow.
_STEPS = (0.01, 0.02, 0.05, 0.1)
#: Numbers for so many slices, models and thresholds are some hundred kilobytes of a page.
_MAX_CELLS = 3_000
#: Decisions to be taken, for some seconds of one core.
_MAX_DECISIONS = 4_000_000
_TERM = "counterfactual_term"
#: What the slice over pairs without doubts is called.
UNDOUBTED = "undoubted_pairs"
_ARGMAX = "argmax"


class ScoredPairs:
    """The scored pairs of a finished run, of which a column is read when it is first asked for."""

    def __init__(self, files: Sequence[str], config: PipelineConfig):
        """Takes where they are.

        Args:
            files: All Parquet files of the run's scored pairs, local.
            config: The run's own.
        """
        self._files, self.config = list(files), config
        self._columns: dict[str, pa.ChunkedArray] = {}

    def table(self, names: Iterable[str]) -> pa.Table:
        """All pairs and controls, one original's together.

        Args:
            names: Of columns; those that the files lack are left out.
        """
        there = set(self._source.schema.names)
        wanted = [name for name in dict.fromkeys(names) if name in there]
        new = [name for name in wanted if name not in self._columns]
        if new:
            read = self._source.to_table(columns=new)
            if self._order is not None:
                read = read.take(self._order)
            self._columns.update(zip(read.column_names, read.columns, strict=True))
        return pa.table({name: self._columns[name] for name in wanted})

    @functools.cached_property
    def _source(self) -> ds.Dataset:
        return ds.dataset(self._files)

    @functools.cached_property
    def _order(self) -> pa.Array | None:
        """The rows sorted by original; None where they may stay as they are.

        Sums of weights that are no whole numbers depend on their order in the last digit.
        """
        name = self.config.data.id_feature
        ids = self._source.to_table(columns=[name])
        if not self.config.data.weight_feature and _are_together(ids[name]):
            return None
        return pc.sort_indices(ids, sort_keys=[(name, "ascending")])


def _are_together(ids: pa.ChunkedArray) -> bool:
    """Whether equal IDs stand one behind the other."""
    column = ids.cast(pa.large_string()).combine_chunks()
    if len(column) < 2:
        return True
    num_runs = 1 + pc.sum(pc.not_equal(column[1:], column[:-1])).as_py()
    return num_runs == pc.count_distinct(column).as_py()


def threshold_curve(
    scored: ScoredPairs, report: report_pb2.RunReport
) -> list[report_pb2.ModelReport]:
    """For each model of a report its slices at more thresholds, the report's own among them.

    Args:
        scored: The run's scored pairs.
        report: Of the run.

    Returns:
        As `metrics.report.threshold_curve.model_curves`. Nothing where models decide
        otherwise than by a threshold, or where there are too many slices or pairs.
    """
    thresholds_kept = _kept(report)
    thresholds = _thresholds(report) if thresholds_kept else []
    if not thresholds:
        return []
    spec = _spec(report, scored.config, (*thresholds_kept, *thresholds))
    return _curves(_rows(scored, spec), spec)


def enter_terms(scored: ScoredPairs, report: report_pb2.RunReport) -> None:
    """Fills the controls and the excess of each term of `report.term_coverage`.

    Args:
        scored: The run's scored pairs.
        report: Of the run.
    """
    thresholds_kept = _kept(report)
    decisions = sum(model.slices[0].num_pairs for model in report.models if model.slices)
    has_controls = any(m.slices and m.slices[0].num_control_pairs for m in report.models)
    if not thresholds_kept or not has_controls or decisions > _MAX_DECISIONS:
        return
    if not report.term_coverage:  # ready-made pairs need not say what they change
        return
    spec = _spec(report, scored.config, thresholds_kept[:1])
    spec = dataclasses.replace(spec, slices=((_TERM,),))
    entries = {slice_name([_TERM], [one.term]): one for one in report.term_coverage}
    for model in _curves(_rows(scored, spec), spec):
        for part in model.slices:
            entry, at = entries.get(part.slice), part.thresholds[0]
            if entry is not None and at.HasField("excess_flip_rate"):
                entry.control_flip_rate[model.name].CopyFrom(at.control_flip_rate)
                entry.excess_flip_rate[model.name].CopyFrom(at.excess_flip_rate)


def enter_undoubted(scored: ScoredPairs, report: report_pb2.RunReport) -> None:
    """Fills what each model does on the pairs of which nothing is doubtful.

    Args:
        scored: The run's scored pairs.
        report: Of the run; as it is where no pair is doubtful, or all are.
    """
    thresholds_kept = _kept(report)
    decisions = sum(model.slices[0].num_pairs for model in report.models if model.slices)
    pairing = report.pairing
    is_mixed = 0 < pairing.num_doubtful_pairs < pairing.num_examined_pairs
    if not thresholds_kept or not is_mixed or decisions > _MAX_DECISIONS:
        return
    spec = dataclasses.replace(_spec(report, scored.config, thresholds_kept), slices=())
    pairs = _rows(scored, spec, columns.DOUBTS)
    pairs = pairs.filter(pc.equal(pc.list_element(pairs[columns.DOUBTS], 0), columns.NO_DOUBT))
    if not pairs.num_rows:
        return
    for model, sound in zip(report.models, _curves(pairs, spec), strict=True):
        model.undoubted.CopyFrom(sound.slices[0])
        model.undoubted.slice = UNDOUBTED


def _kept(report: report_pb2.RunReport) -> list[float]:
    """The report's thresholds; none where models decide otherwise than by a threshold."""
    if any(model.decision == _ARGMAX or not model.slices for model in report.models):
        return []
    return [at.threshold for at in report.models[0].slices[0].thresholds] if report.models else []


def _spec(
    report: report_pb2.RunReport, config: PipelineConfig, thresholds: Sequence[float]
) -> StatisticsSpec:
    return dataclasses.replace(
        statistics_spec(config, has_labels=False),
        # A run that trained has more models than its configuration.
        models=tuple(model.name for model in report.models),
        models_of_any_scale=(),
        thresholds=tuple(dict.fromkeys(thresholds)),
        num_example_ids=0,
    )


def _rows(scored: ScoredPairs, spec: StatisticsSpec, *others: str) -> pa.Table:
    """What counting reads of pairs and of controls, and other columns."""
    return scored.table([*control_spec(spec).needed_columns, *others])


def _curves(pairs: pa.Table, spec: StatisticsSpec) -> list[report_pb2.ModelReport]:
    controls = settled(accumulate_controls([pairs], spec), spec)
    return model_curves(accumulate(identity_pairs(pairs), spec), controls, spec)


def _thresholds(report: report_pb2.RunReport) -> list[float]:
    """As many as there is room for, evenly over the range of scores; none without room."""
    rows = sum(len(model.slices) for model in report.models)
    decisions = sum(part.num_pairs for model in report.models for part in model.slices)
    room = min(_MAX_CELLS // max(rows, 1), _MAX_DECISIONS // max(decisions, 1))
    step = next((step for step in _STEPS if round(1 / step) - 1 <= room), None)
    if step is None:
        return []
    places = np.arange(1, round(1 / step)) * step
    lowest, highest = _range(report)
    if lowest >= 0.0 and highest <= 1.0:
        return [round(place, 2) for place in places.tolist()]
    return [float(f"{lowest + place * (highest - lowest):.3g}") for place in places.tolist()]


def _range(report: report_pb2.RunReport) -> tuple[float, float]:
    """Of the scores of all models; 0 to 1 where it is not known."""
    ends = [
        (entry.lowest, entry.highest)
        for entry in report.score_ranges
        if np.isfinite([entry.lowest, entry.highest]).all()
    ]
    if not ends:
        return 0.0, 1.0
    return min(low for low, _ in ends), max(high for _, high in ends)
