"""Runs against a reference: which models go together, and all that differs between them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import pyarrow as pa

from fairflip._version import __version__
from fairflip.metrics.classes.measures import CHANGE
from fairflip.pipeline.compare.changes import (
    changed_rows,
    changed_table,
    changes_of,
    named_pairs,
    slice_changes,
    term_changes,
)
from fairflip.pipeline.compare.class_differences import (
    count_changes,
    measure_spec,
    measured,
    with_class_names,
)
from fairflip.pipeline.compare.common_pairs import JoinedPairs, join_pairs
from fairflip.pipeline.compare.differences import ModelPair, count, side_by_side, spec_of
from fairflip.pipeline.compare.finished_runs import FinishedRun, open_runs
from fairflip.protos import columns
from fairflip.protos.comparison_pb2 import CompareReport, RunComparison
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import count_of, nearest, quote

#: Pairs of each kind that a report names; `changed_pairs.parquet` holds all.
NUM_NAMED = 200


@dataclasses.dataclass(frozen=True)
class ComparedModels:
    """One comparison with what its page shows besides.

    Attributes:
        comparison: As the report holds it.
        changed: Every changed pair, see `changes.changed_table`.
        texts: The original's ID and number of a pair -> both texts, of those that the report
            names; empty where a run hides its texts.
    """

    comparison: RunComparison
    changed: pa.Table
    texts: dict[tuple[str, int], tuple[str, str]]


def compare_folders(
    folders: Sequence[str],
    models: Sequence[str] = (),
    thresholds: Sequence[float] = (),
) -> tuple[CompareReport, list[ComparedModels]]:
    """Compares finished runs with the first of them.

    Args:
        folders: Output directories of runs, the reference first.
        models: "NAME" or "NAME=REFERENCE_NAME"; empty: the models of one name in both runs, or
            the only ones of each.
        thresholds: Where scores become positive; empty: the reference's thresholds.

    Raises:
        ConfigurationError: Fewer than two folders, or models that are not there.
        InputError: A run is not complete, or two have no pair in common.
    """
    if len(folders) < 2:
        raise ConfigurationError(
            "compare needs two runs: fairflip compare REFERENCE_RUN RUN [RUN ...]"
        )
    reference, *others = open_runs(folders)
    report = CompareReport(
        runs=[run.described() for run in (reference, *others)],
        versions={"fairflip": __version__},
        compared=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )
    compared = []
    for other in others:
        joined = join_pairs(reference, other)
        for pair in model_pairs(reference, other, models):
            compared.append(_compared(joined, pair, list(thresholds)))
            report.comparisons.append(compared[-1].comparison)
    return report, compared


def model_pairs(reference: FinishedRun, run: FinishedRun, models: Sequence[str]) -> list[ModelPair]:
    """Which model of a run is compared with which of the reference.

    Raises:
        ConfigurationError: A named model is not there, or nothing says which go together.
    """
    wanted = [entry.partition("=")[::2] for entry in models]
    wanted = [(name, other or name) for name, other in wanted]
    if not wanted:
        shared = [name for name in run.models if name in reference.models]
        wanted = [(name, name) for name in shared]
        if not shared and len(run.models) == len(reference.models) == 1:
            wanted = [(run.models[0], reference.models[0])]
    if not wanted:
        raise ConfigurationError(
            f"no model of {quote(run.folder)} is called like one of {quote(reference.folder)}; "
            f"say which go together: --model {run.models[0]}={reference.models[0]}"
        )
    problems = []
    for name, other in wanted:
        for one, asked in ((run, name), (reference, other)):
            if asked not in one.models:
                problems.append(
                    f"--model: {quote(asked)} is no model of {quote(one.folder)}"
                    f"{nearest(asked, one.models)}"
                )
        if name in run.models and other in reference.models:
            problems += _other_classes(run, name, reference, other)
    if problems:
        raise ConfigurationError(problems)
    return [ModelPair(reference, other, run, name) for name, other in wanted]


def _other_classes(run: FinishedRun, name: str, reference: FinishedRun, other: str) -> list[str]:
    """What is wrong where two models do not tell the same classes apart."""
    own, expected = run.classes_of(name), reference.classes_of(other)
    if own == expected:
        return []
    shown = [", ".join(each) or "none: it decides at a threshold" for each in (own, expected)]
    return [
        f"--model: the classes of {quote(name)} in {quote(run.folder)} are {shown[0]}; expected "
        f"are those of {quote(other)} in {quote(reference.folder)}, {shown[1]}, in this order"
    ]


def _compared(joined: JoinedPairs, pair: ModelPair, thresholds: list[float]) -> ComparedModels:
    table = side_by_side(joined, pair)
    spec = spec_of(pair, table, thresholds)
    if pair.classes:
        if thresholds:
            raise ConfigurationError(
                f"--threshold: {quote(pair.model)} decides by argmax; leave it out"
            )
        of_both = spec
        top_k = pair.reference.report.models[0].slices[0].top_k or 1
        table = measured(table, of_both, top_k)
        report = count_changes(table, of_both, pair.classes, top_k)
        spec = measure_spec(of_both, CHANGE)
    else:
        report = count(table, spec)
    changes = changes_of(table, spec)
    changed = changed_table(changes, spec)
    if pair.classes:
        rows = changed_rows(changes, spec)
        changed = with_class_names(changed, rows, changes.table, of_both, pair.classes)
    named = named_pairs(changed, NUM_NAMED)
    comparison = RunComparison(
        run=pair.run.name,
        reference_run=pair.reference.name,
        model=pair.model,
        reference_model=pair.reference_model,
        pairs=joined.overlap,
        report=report,
        slices=slice_changes(changes, report, spec),
        terms=term_changes(changes, spec),
        changed_pairs=named,
        cautions=_cautions(joined, pair, thresholds),
    )
    texts: dict[tuple[str, int], tuple[str, str]] = {}
    if not (pair.reference.hides_texts or pair.run.hides_texts):
        wanted = {(one.example_id, one.counterfactual_index) for one in named}
        texts = _texts(changes.table, pair, wanted)
    return ComparedModels(comparison, changed, texts)


def _texts(
    table: pa.Table, pair: ModelPair, wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], tuple[str, str]]:
    data = pair.reference.config.data
    names = [
        data.id_feature,
        columns.COUNTERFACTUAL_INDEX,
        data.text_feature,
        columns.counterfactual(data.text_feature),
    ]
    if not set(names) <= set(table.column_names):
        return {}
    ids = table[data.id_feature].cast(pa.string()).to_numpy()
    numbers = table[columns.COUNTERFACTUAL_INDEX].to_numpy()
    rows = [row for row, key in enumerate(zip(ids, numbers.tolist(), strict=True)) if key in wanted]
    sides = [table[name].take(pa.array(rows, pa.int64())).to_pylist() for name in names[2:]]
    return {
        (ids[row], int(numbers[row])): (str(one), str(two))
        for row, one, two in zip(rows, *sides, strict=True)
    }


def _cautions(joined: JoinedPairs, pair: ModelPair, thresholds: list[float]) -> list[str]:
    """What a reader must know before any number."""
    pairs, cautions = joined.overlap, []
    if not pairs.is_same_set:
        cautions.append(
            f"The runs share {count_of(pairs.num_common, 'pair')} and differ in others: "
            f"{pairs.num_only_in_reference:,} are only in the reference, "
            f"{pairs.num_only_in_run:,} only in {pair.run.name}. All numbers are over the common "
            "ones."
        )
    if not pairs.has_same_controls:
        cautions.append(
            f"The runs have other controls: {pairs.num_common_controls:,} are common, and excess "
            "flip rates are over the pairs that these belong to."
        )
    if pairs.num_differing_labels:
        cautions.append(
            f"{count_of(pairs.num_differing_labels, 'original')} have another label in "
            f"{pair.run.name}; those of the reference count."
        )
    if pairs.num_differing_weights:
        cautions.append(
            f"{count_of(pairs.num_differing_weights, 'original')} have another weight in "
            f"{pair.run.name}; those of the reference count."
        )
    first, second = (run.config.evaluation.thresholds for run in (pair.reference, pair.run))
    if not (thresholds or pair.classes) and list(first[:1]) != list(second[:1]):
        cautions.append(
            f"The runs decide at other thresholds ({first[0]:g} and {second[0]:g}); both models "
            f"are read at {first[0]:g}. Give --threshold to read them at another one."
        )
    return cautions
