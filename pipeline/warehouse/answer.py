"""The answer of a warehouse, read and held against the settings of its query."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.report.kinds import GapMoments, KindSums
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.warehouse.query import (
    COUNTS,
    FLIPS,
    GAPS,
    LABELS,
    LEFT_OUT,
    MOMENTS,
    settings_of,
    value_columns,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError

_KINDS = ("pairs", "originals", "positive", "rises", "falls", "flipped")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a warehouse counted.

    Attributes:
        slices: By model, in their order, the slices in the order of a report.
        num_left_out: Rows without an ID, or with a score that is missing or out of its range.
    """

    slices: list[list[KindSums]]
    num_left_out: int


def read_answer(path: str, config: PipelineConfig, spec: StatisticsSpec) -> Answer:
    """Reads the answer from a CSV (with a header) or Parquet file.

    Raises:
        InputError: It is no such answer, or one to another query.
    """
    rows = _rows(path, spec)
    answered = set(rows["settings"])
    if answered != {settings_of(config, spec)}:
        raise InputError(
            f"{path} answers a query of other settings; run the query that `fairflip sql` prints "
            "with this configuration"
        )
    parts = np.array(rows["part"], dtype=object)
    by_part = {
        part: {name: _chosen(values, parts == part) for name, values in rows.items()}
        for part in (FLIPS, GAPS, LABELS, LEFT_OUT)
    }
    keys = _keys(by_part[FLIPS], spec, path)
    if OVERALL not in keys.values():
        raise InputError(f"{path} holds no pair; look at --table, --rows and the scores' columns")
    places = {part: _places(by_part[part], spec) for part in (FLIPS, GAPS, LABELS)}
    slices = []
    for model in range(spec.num_models):
        of_model = []
        for member in sorted(keys, key=lambda member: (member[0], keys[member])):
            at = {part: places_of.get((*member, model), []) for part, places_of in places.items()}
            of_model.append(_kind_sums(keys[member], by_part, at, spec, path))
        slices.append(of_model)
    return Answer(slices, int(sum(by_part[LEFT_OUT]["pairs"])))


def _rows(path: str, spec: StatisticsSpec) -> Mapping[str, list[Any]]:
    numbers = ["slicing", "model", "threshold", "label", *COUNTS]
    kinds: dict[str, pa.DataType] = {
        **dict.fromkeys(["settings", "part", *value_columns(spec)], pa.string()),
        **dict.fromkeys(numbers, pa.int64()),
        **dict.fromkeys([*MOMENTS, "largest"], pa.float64()),
    }
    with filesystem.open_raw(path) as file:
        try:
            if path.endswith((".parquet", ".pq")):
                table = pq.read_table(file)
            else:
                # An empty value of a feature is a value: it is written in quotes.
                table = pa_csv.read_csv(
                    file,
                    convert_options=pa_csv.ConvertOptions(
                        column_types=kinds,
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                    ),
                )
        except (pa.ArrowInvalid, OSError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError(f"{path} is neither CSV nor Parquet of an answer: {reason}") from error
    missing = [name for name in kinds if name not in table.column_names]
    if missing:
        raise InputError(
            f"{path} has no column {missing[0]!r}; write down the whole answer, with its header"
        )
    try:
        return {name: table[name].cast(kind).to_pylist() for name, kind in kinds.items()}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(f"{path}: a column is not of its type: {error}") from error


def _chosen(values: list[Any], mask: np.ndarray) -> list[Any]:
    return [values[i] for i in np.flatnonzero(mask)]


Member = tuple[int, tuple[str | None, ...]]


def _members(rows: Mapping[str, list[Any]], spec: StatisticsSpec) -> Iterable[Member]:
    names = value_columns(spec)
    values = zip(*(rows[name] for name in names), strict=True) if names else None
    for slicing in rows["slicing"]:
        yield slicing, (next(values) if values is not None else ())


def _keys(rows: Mapping[str, list[Any]], spec: StatisticsSpec, path: str) -> dict[Member, SliceKey]:
    settings = ((), *spec.slices)
    keys = {}
    for slicing, values in set(_members(rows, spec)):
        if not 0 <= slicing < len(settings):
            raise InputError(f"{path}: slicing {slicing} is none of this configuration")
        features = settings[slicing]
        own = values[: len(features)]
        if any(value is None for value in own):
            raise InputError(
                f"{path}: a value of {', '.join(features)} is missing; write empty texts in quotes"
            )
        pairs = zip(features, (str(value) for value in own), strict=True)
        keys[slicing, values] = SliceKey(tuple(pairs))
    return keys


def _places(
    rows: Mapping[str, list[Any]], spec: StatisticsSpec
) -> dict[tuple[int, tuple[str | None, ...], int], list[int]]:
    places: dict[tuple[int, tuple[str | None, ...], int], list[int]] = {}
    members = zip(_members(rows, spec), rows["model"], strict=True)
    for place, ((slicing, values), model) in enumerate(members):
        places.setdefault((slicing, values, model), []).append(place)
    return places


def _kind_sums(
    key: SliceKey,
    rows: Mapping[str, Mapping[str, list[Any]]],
    at: Mapping[str, list[int]],
    spec: StatisticsSpec,
    path: str,
) -> KindSums:
    def column(part: str, name: str) -> np.ndarray:
        values = rows[part][name]
        return np.array([values[place] for place in at[part]], np.float64)

    kinds = np.stack([column(FLIPS, name) for name in _KINDS], axis=1)
    thresholds, clusters = column(FLIPS, "threshold").astype(np.int64), column(FLIPS, "clusters")
    distinct, which = np.unique(kinds, axis=0, return_inverse=True)
    repeats = np.zeros((len(distinct), spec.num_thresholds))
    np.add.at(repeats, (which.reshape(-1), thresholds), clusters)
    totals = distinct[:, 0] @ repeats
    sizes, number = column(GAPS, "pairs"), column(GAPS, "clusters")
    if not (totals == totals[:1]).all() or totals[0] != sizes @ number:
        raise InputError(
            f"{path}: the numbers of pairs of slice {key.name!r} do not agree; rows are missing or "
            "there twice"
        )
    labelled = None
    if at[LABELS]:
        label, threshold = (column(LABELS, n).astype(np.int64) for n in ("label", "threshold"))
        positive = column(LABELS, "positive")
        both = (column(LABELS, "pairs") - positive, positive)
        cells = label * spec.num_thresholds + threshold
        counts = [np.bincount(cells, side, 2 * spec.num_thresholds) for side in both]
        labelled = np.stack([side.reshape(2, -1) for side in counts], axis=1)
    moments = np.stack([column(GAPS, name) for name in MOMENTS])
    gaps = GapMoments(sizes, number, moments[:3], moments[3:], float(column(GAPS, "largest").max()))
    return KindSums(key, distinct, repeats, gaps, labelled)
