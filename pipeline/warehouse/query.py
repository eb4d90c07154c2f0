"""The SQL that counts pairs where they are: one row for each kind of cluster.

A cluster is an original with all its pairs, or what `evaluation.cluster_feature` says. At a
threshold most clusters are like many others: as many pairs, positive originals and flips. So the
answer has a row for each kind, slice, model and threshold, and says how many clusters are of it:
some thousands of rows, however many pairs there are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.warehouse.dialects import DUCKDB
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.forms.model_specs import ANY, gives_several, has_scores, scale_of

#: Parts of the answer, in its column `part`.
FLIPS, GAPS, LABELS, LEFT_OUT = "flips", "gaps", "labels", "left_out"
#: Columns of numbers, and the parts that fill them.
COUNTS = ("pairs", "clusters", "originals", "positive", "rises", "falls", "flipped")
MOMENTS = ("absolute_1", "absolute_2", "absolute_3", "signed_1", "signed_2", "signed_3")


def sums_query(
    config: PipelineConfig,
    spec: StatisticsSpec,
    table: str,
    condition: str = "",
    prefix: str = columns.COUNTERFACTUAL_PREFIX,
    dialect: str = DUCKDB,
) -> str:
    """The query, in one statement.

    Args:
        config: Complete; its models have their scores in the data.
        spec: What is counted.
        table: Name of the table, or another expression that may stand after FROM.
        condition: SQL that chooses the rows that count; empty: all.
        prefix: What stands before a column's name on the counterfactual's side.
        dialect: One of `dialects.DIALECTS`.

    Raises:
        ConfigurationError: What is configured cannot be counted in SQL, or sqlglot, which
            writes other dialects, is not there.
    """
    check_countable(config, spec)
    text = _query(config, spec, table, condition, prefix)
    if dialect == DUCKDB:
        return text + "\n"
    try:
        import sqlglot
    except ImportError as error:
        raise ConfigurationError(
            f"--dialect={dialect} needs sqlglot, which is not installed; run pip install sqlglot"
        ) from error
    try:
        written = sqlglot.transpile(text, read=DUCKDB, write=dialect, pretty=True)
    except sqlglot.errors.ParseError as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(f"--table or --rows is no SQL: {reason}") from error
    return ";\n".join(written) + "\n"


def check_countable(config: PipelineConfig, spec: StatisticsSpec) -> None:
    """Refuses what needs more than sums by kind.

    Raises:
        ConfigurationError: With all that is so.
    """
    problems = []
    for model in config.models:
        if not has_scores(model):
            problems.append(
                f"models[{model.name}]: SQL counts scores that are in the table; give "
                f"--score={model.name}=COLUMN"
            )
        elif gives_several(model):
            problems.append(
                f"models[{model.name}]: SQL counts one score a model; name each output by a "
                "--score of its own"
            )
        elif scale_of(model) == "logit":
            problems.append(
                f"models[{model.name}]: logits are not counted in SQL; store probabilities, or "
                "set score_scale to 'any' and give thresholds of logits"
            )
    if spec.weight_column is not None:
        problems.append(
            "data.weight_feature: clusters of uneven weight have no kinds; leave it out"
        )
    for features in spec.slices:
        for feature in features:
            if feature in (columns.DOUBTS, columns.VALIDITY):
                problems.append(f"evaluation.slices: {feature!r} is found by examining texts")
    if problems:
        raise ConfigurationError(problems)


def settings_of(config: PipelineConfig, spec: StatisticsSpec) -> str:
    """A short hash of what is counted: an answer is read with the settings of its query alone."""
    counted = [
        spec.id_column,
        [(model.score_feature, scale_of(model)) for model in config.models],
        _label(config, spec),
        spec.models,
        spec.thresholds,
        spec.slices,
        spec.cluster_column,
        spec.label_column,
        spec.models_of_any_scale,
    ]
    return hashlib.sha256(json.dumps(counted).encode()).hexdigest()[:16]


def value_columns(spec: StatisticsSpec) -> list[str]:
    """Columns of the values that a slice's features have; the first for the first feature."""
    return [f"value_{i}" for i in range(max((len(s) for s in spec.slices), default=0))]


def identifier(name: str) -> str:
    """A column's name as SQL writes it."""
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def _query(
    config: PipelineConfig, spec: StatisticsSpec, table: str, condition: str, prefix: str
) -> str:
    values = value_columns(spec)
    by_slice = ["slicing", *values, "model"]
    by_threshold = [*by_slice, "threshold"]
    numbers = range(spec.num_models)
    each = [
        f"SELECT original, cluster, label, {_listed(_features_as(spec))}{m} AS model, "
        f"before_{m} AS before, after_{m} AS after FROM ff_given WHERE is_good"
        for m in numbers
    ]
    # Names that no table of a user has.
    steps = {
        "ff_given": _given(config, spec, table, condition, prefix),
        "ff_pairs": _union(each),
        "ff_members": _union(_members(spec, values)),
        "ff_thresholds": _union(
            f"SELECT {t} AS threshold, CAST({threshold!r} AS DOUBLE) AS least"
            for t, threshold in enumerate(spec.ascending_thresholds.tolist())
        ),
        "ff_decided": (
            f"SELECT {_listed(by_threshold)}cluster, original, label, "
            "CASE WHEN before > least THEN 1 ELSE 0 END AS yes, "
            "CASE WHEN after > least THEN 1 ELSE 0 END AS yes_after\n"
            "FROM ff_members CROSS JOIN ff_thresholds"
        ),
        "ff_of_originals": _grouped(
            [*by_threshold, "cluster", "original"],
            "COUNT(*) AS pairs, SUM(yes) AS positive, "
            "SUM(CASE WHEN yes_after > yes THEN 1 ELSE 0 END) AS rises, "
            "SUM(CASE WHEN yes_after < yes THEN 1 ELSE 0 END) AS falls, "
            "MAX(CASE WHEN yes_after <> yes THEN 1 ELSE 0 END) AS flipped",
            "ff_decided",
        ),
        "ff_of_clusters": _grouped(
            [*by_threshold, "cluster"],
            "SUM(pairs) AS pairs, COUNT(*) AS originals, SUM(positive) AS positive, "
            "SUM(rises) AS rises, SUM(falls) AS falls, SUM(flipped) AS flipped",
            "ff_of_originals",
        ),
        "ff_kinds": _grouped(
            [*by_threshold, *(name for name in COUNTS if name != "clusters")],
            "COUNT(*) AS clusters",
            "ff_of_clusters",
        ),
        "ff_gaps_of_clusters": _grouped(
            [*by_slice, "cluster"],
            "COUNT(*) AS pairs, SUM(ABS(after - before)) AS absolute, "
            "SUM(after - before) AS signed, MAX(ABS(after - before)) AS largest",
            "ff_members",
        ),
        "ff_gaps": _grouped(
            [*by_slice, "pairs"],
            "COUNT(*) AS clusters, "
            + ", ".join(
                f"SUM({' * '.join([side] * power)}) AS {side}_{power}"
                for side in ("absolute", "signed")
                for power in (1, 2, 3)
            )
            + ", MAX(largest) AS largest",
            "ff_gaps_of_clusters",
        ),
        "ff_labels": _grouped(
            [*by_threshold, "label"],
            "COUNT(*) AS pairs, SUM(yes) AS positive",
            "ff_decided WHERE label IS NOT NULL",
        ),
    }
    settings = settings_of(config, spec)
    answers = [
        _answer(FLIPS, settings, spec, "ff_kinds", [*by_threshold, *COUNTS]),
        _answer(
            GAPS, settings, spec, "ff_gaps", [*by_slice, "pairs", "clusters", *MOMENTS, "largest"]
        ),
        _answer(LABELS, settings, spec, "ff_labels", [*by_threshold, "label", "pairs", "positive"]),
        _answer(
            LEFT_OUT,
            settings,
            spec,
            "(SELECT COUNT(*) AS pairs FROM ff_given WHERE NOT is_good) AS bad_rows",
            ["pairs"],
        ),
    ]
    named = ",\n".join(f"{name} AS (\n{_indented(step)}\n)" for name, step in steps.items())
    return f"WITH {named}\n{_union(answers)}"


def _given(
    config: PipelineConfig, spec: StatisticsSpec, table: str, condition: str, prefix: str
) -> str:
    identity = identifier(spec.id_column)
    drawn = f"CAST({identity} AS VARCHAR)"
    cluster = drawn
    if spec.cluster_column:
        # Told from IDs, so that no original joins a cluster of its name.
        named = f"CAST({identifier(spec.cluster_column)} AS VARCHAR)"
        cluster = (
            f"CASE WHEN {identifier(spec.cluster_column)} IS NULL "
            f"THEN 'id:' || {drawn} ELSE 'cluster:' || {named} END"
        )
    parts = [
        f"{drawn} AS original",
        f"{cluster} AS cluster",
        f"{_label(config, spec)} AS label",
        *(f"CAST({_slicing(f)} AS VARCHAR) AS feature_{i}" for f, i in _features(spec)),
    ]
    good = [f"{identity} IS NOT NULL"]
    for m, model in enumerate(config.models):
        for side, name in (
            ("before", model.score_feature),
            ("after", prefix + model.score_feature),
        ):
            score = f"CAST({identifier(name)} AS DOUBLE)"
            parts.append(f"{score} AS {side}_{m}")
            limits = "-1e308 AND 1e308" if scale_of(model) == ANY else "0 AND 1"
            good.append(f"COALESCE({score} BETWEEN {limits}, FALSE)")
    parts.append(f"{' AND '.join(good)} AS is_good")
    chosen = f"\nWHERE {condition}" if condition else ""
    return f"SELECT {', '.join(parts)}\nFROM {table}{chosen}"


def _label(config: PipelineConfig, spec: StatisticsSpec) -> str:
    if spec.label_column is None:
        return "CAST(NULL AS BIGINT)"
    data, name = config.data, identifier(spec.label_column)
    if data.positive_label:
        word = data.positive_label.replace("'", "''")
        is_positive = f"CAST({name} AS VARCHAR) = '{word}'"
    else:
        threshold = default_of(type(data), "label_threshold")
        if data.HasField("label_threshold"):
            threshold = data.label_threshold
        is_positive = f"{name} > {float(threshold)!r}"
    return f"CASE WHEN {name} IS NULL THEN NULL WHEN {is_positive} THEN 1 ELSE 0 END"


def _features(spec: StatisticsSpec) -> list[tuple[str, int]]:
    """The slicing features, each with its number."""
    names = dict.fromkeys(feature for features in spec.slices for feature in features)
    return [(name, number) for number, name in enumerate(names)]


def _slicing(feature: str) -> str:
    return identifier(columns.slicing(feature))


def _features_as(spec: StatisticsSpec) -> list[str]:
    return [f"feature_{number}" for _, number in _features(spec)]


def _members(spec: StatisticsSpec, values: Sequence[str]) -> Iterable[str]:
    """One row for each slice that a pair is in."""
    numbers = dict(_features(spec))
    rest = "original, cluster, label, model, before, after FROM ff_pairs"
    for slicing, features in enumerate(((), *spec.slices)):
        own = [f"feature_{numbers[feature]}" for feature in features]
        named = [
            f"{own[i] if i < len(own) else 'CAST(NULL AS VARCHAR)'} AS {name}"
            for i, name in enumerate(values)
        ]
        chosen = " AND ".join(f"{name} IS NOT NULL" for name in own)
        yield (
            f"SELECT {slicing} AS slicing, {_listed(named)}{rest}"
            + (f" WHERE {chosen}" if chosen else "")
        )


def _answer(
    part: str, settings: str, spec: StatisticsSpec, source: str, filled: Sequence[str]
) -> str:
    """The rows of a part, with NULL in the columns of others."""
    kinds = {
        **dict.fromkeys(["slicing"], "BIGINT"),
        **dict.fromkeys(value_columns(spec), "VARCHAR"),
        **dict.fromkeys(["model", "threshold", "label", *COUNTS], "BIGINT"),
        **dict.fromkeys([*MOMENTS, "largest"], "DOUBLE"),
    }
    named = [
        f"CAST({name if name in filled else 'NULL'} AS {kind}) AS {name}"
        for name, kind in kinds.items()
    ]
    marks = f"'{settings}' AS settings, '{part}' AS part"
    return f"SELECT {marks}, {', '.join(named)}\nFROM {source}"


def _grouped(keys: Sequence[str], sums: str, source: str) -> str:
    names = ", ".join(keys)
    return f"SELECT {names}, {sums}\nFROM {source}\nGROUP BY {names}"


def _listed(names: Iterable[str]) -> str:
    return "".join(f"{name}, " for name in names)


def _union(parts: Iterable[str]) -> str:
    return "\nUNION ALL\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
