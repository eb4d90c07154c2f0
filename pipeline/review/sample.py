"""A sample of a run's pairs for people to judge, drawn by hash.

There are up to four strata: pairs that flip and pairs that do not, of identity edits and of
controls. Of each the pairs with the smallest hashes are taken, which is a uniform sample that
depends on nothing but the seed and the pairs; so one pass over the files draws it, and a
second pass finds the same pairs again. A pair's key is another hash: it tells a reviewer
nothing of the stratum.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairflip.metrics.flips import decisions
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.edits import control_mask, legitimate_mask
from fairflip.protos.errors import InputError
from fairflip.protos.id_hash import hash_texts

_BATCH_ROWS = 8_192
#: What of the sample each stratum gets where it holds as many.
_PARTS = {(False, True): 3, (False, False): 3, (True, True): 2, (True, False): 2}


@dataclasses.dataclass(frozen=True)
class Design:
    """What a sample is drawn by.

    Attributes:
        model: The model whose flips are judged.
        threshold: Where its score becomes positive.
        size: Most pairs in all.
        seed: Another seed draws another sample.
        id_feature: The column with the original's ID.
        text_feature: The column with its text.
        weight_feature: The column with its weight; "": none.
    """

    model: str
    threshold: float
    size: int
    seed: int
    id_feature: str
    text_feature: str
    weight_feature: str = ""


@dataclasses.dataclass(frozen=True)
class SampledPair:
    """A pair of the sample.

    Attributes:
        key: 16 hexadecimal digits, by which a sheet names it.
        example_id: Of its original.
        original: The original's text.
        counterfactual: The other text.
        weight: Of the pair in all rates.
    """

    key: str
    example_id: str
    original: str
    counterfactual: str
    weight: float


@dataclasses.dataclass
class Stratum:
    """The pairs of one kind, and those of them that are in the sample."""

    is_control: bool
    flips: bool
    num_pairs: int = 0
    sampled: list[SampledPair] = dataclasses.field(default_factory=list)


def draw(files: Sequence[str], design: Design) -> list[Stratum]:
    """The strata of a run with their samples; those of controls only where it has some.

    Args:
        files: The run's scored pairs.
        design: What is drawn.

    Raises:
        InputError: The files hold no scores of the model, or no texts.
    """
    candidates: dict[tuple[bool, bool], pa.Table | None] = dict.fromkeys(_PARTS)
    counts = dict.fromkeys(_PARTS, 0)
    for batch in _batches(files, design):
        flips = decisions.flips(
            _numbers(batch, columns.score(design.model)),
            _numbers(batch, columns.counterfactual_score(design.model)),
            design.threshold,
        )
        is_control = control_mask(batch)
        hashes = hash_texts(_names(batch, design), design.seed)
        table = pa.Table.from_batches([batch]).append_column("_hash", pa.array(hashes))
        for stratum in _PARTS:
            rows = np.flatnonzero((is_control == stratum[0]) & (flips == stratum[1]))
            counts[stratum] += len(rows)
            smallest = rows[np.argsort(hashes[rows])[: design.size]]
            part = table.take(pa.array(smallest))
            earlier = candidates[stratum]
            if earlier is not None:
                part = pa.concat_tables([earlier, part], promote_options="default")
                part = part.take(pc.sort_indices(part, [("_hash", "ascending")])[: design.size])
            candidates[stratum] = part
    sizes = _sizes(counts, design.size)
    return [
        Stratum(*stratum, counts[stratum], _sampled(part, sizes[stratum], design))
        for stratum, part in candidates.items()
        if part is not None and (not stratum[0] or any(counts[True, f] for f in (True, False)))
    ]


def in_blind_order(strata: Iterable[Stratum]) -> list[SampledPair]:
    """The pairs of all strata by their keys, so that no order tells where one is from."""
    pairs = (pair for stratum in strata for pair in stratum.sampled)
    return sorted(pairs, key=lambda pair: pair.key)


def _batches(files: Sequence[str], design: Design) -> Iterator[pa.RecordBatch]:
    """Pairs that are in the rates: no legitimate flips, and of controls those of other words."""
    text, other = design.text_feature, columns.counterfactual(design.text_feature)
    needed = (columns.score(design.model), columns.counterfactual_score(design.model))
    about = (
        *(design.id_feature, text, other, design.weight_feature),
        *(columns.COUNTERFACTUAL_INDEX, columns.COUNTERFACTUAL_ID, columns.FLIP_IS_LEGITIMATE),
        *(columns.EDIT, columns.CONTROL_KIND, columns.CONTROL_OF),
    )
    for path in files:
        with filesystem.open_raw(path) as file:
            parquet = pq.ParquetFile(file)
            there = parquet.schema_arrow.names
            if missing := [name for name in needed if name not in there]:
                raise InputError(f"{path!r} has no column {missing[0]!r}; give a model of the run")
            if text not in there or other not in there:
                raise InputError(
                    f"{path!r} holds no texts ({text!r}): nobody can judge what nobody can read; "
                    "run again without --no_text"
                )
            wanted = [name for name in (*about, *needed) if name in there]
            for batch in parquet.iter_batches(batch_size=_BATCH_ROWS, columns=wanted):
                yield batch.filter(pa.array(_is_counted(batch, design)))


def _is_counted(batch: pa.RecordBatch, design: Design) -> np.ndarray:
    counted = np.ones(batch.num_rows, bool)
    if design.weight_feature in batch.schema.names:
        counted &= _numbers(batch, design.weight_feature) > 0
    counted &= ~legitimate_mask(batch)
    if columns.CONTROL_KIND in batch.schema.names:
        kind = pc.equal(batch.column(columns.CONTROL_KIND).cast(pa.string()), columns.OTHER_WORD)
        other_word = pc.fill_null(kind, True).to_numpy(zero_copy_only=False)
        counted &= ~control_mask(batch) | other_word
    return counted


def _names(batch: pa.RecordBatch, design: Design) -> list[bytes]:
    """What tells a pair from all others of the run."""
    parts = [
        batch.column(name).to_pylist()
        for name in (
            design.id_feature,
            columns.COUNTERFACTUAL_INDEX,
            columns.COUNTERFACTUAL_ID,
            columns.EDIT,
            columns.CONTROL_OF,
        )
        if name in batch.schema.names
    ]
    return [repr(part).encode("utf-8", "surrogatepass") for part in zip(*parts, strict=True)]


def _sizes(counts: dict[tuple[bool, bool], int], size: int) -> dict[tuple[bool, bool], int]:
    """How many pairs of each stratum: shares of `_PARTS`; what one lacks, the others get."""
    sizes = dict.fromkeys(counts, 0)
    left = size
    while left > 0 and (open_ones := [s for s in counts if sizes[s] < counts[s]]):
        parts = sum(_PARTS[s] for s in open_ones)
        for stratum in open_ones:
            share = max(1, left * _PARTS[stratum] // parts)
            sizes[stratum] += min(
                share, counts[stratum] - sizes[stratum], size - sum(sizes.values())
            )
        left = size - sum(sizes.values())
    return sizes


def _sampled(part: pa.Table, size: int, design: Design) -> list[SampledPair]:
    names = [
        name.to_bytes(8, "big") + design.seed.to_bytes(8, "big", signed=True)
        for name in part.column("_hash").to_pylist()
    ][:size]
    keys = [f"{key:016x}" for key in hash_texts(names).tolist()]
    texts = [part.column(name).to_pylist()[:size] for name in _shown(design)]
    weights = [1.0] * size
    if design.weight_feature and design.weight_feature in part.schema.names:
        weights = part.column(design.weight_feature).cast(pa.float64()).to_pylist()
    return [
        SampledPair(key, _text(name), _text(one), _text(other), float(weight or 0.0))
        for key, name, one, other, weight in zip(keys, *texts, weights[:size], strict=True)
    ]


def _shown(design: Design) -> tuple[str, str, str]:
    text = design.text_feature
    return design.id_feature, text, columns.counterfactual(text)


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return "" if value is None else str(value)


def _numbers(batch: pa.RecordBatch, name: str) -> np.ndarray:
    column = batch.column(batch.schema.get_field_index(name))
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
