"""`fairflip sql`: pairs that stay in a warehouse, as a query and as the report of its answer."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fairflip._version import __version__
from fairflip.pipeline.warehouse.dialects import DIALECTS, DUCKDB
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError

if TYPE_CHECKING:
    from fairflip.metrics.statistics.spec import StatisticsSpec
    from fairflip.protos.config_pb2 import PipelineConfig

#: Flags of `evaluate` that say what is counted.
_OFFERED = frozenset(
    {
        *("score", "score_scale", "threshold", "slice", "cluster_feature", "min_slice_size"),
        *("id_feature", "label_feature", "label_threshold", "positive_label"),
        *("confidence_level", "output_dir", "overwrite"),
    }
)

#: `--rows` of a table of which every row is a pair.
ALL = "all"
# Of a table as fairflip writes it. No query can look whether the table has the column.
_NO_CONTROLS = f"COALESCE({columns.EDIT}, '') <> '{columns.CONTROL}'"
_NO_MARKED = f"NOT COALESCE({columns.FLIP_IS_LEGITIMATE}, FALSE)"
_WHICH_ROWS = (
    f'say by --rows which rows of --table are pairs: --rows="{_NO_CONTROLS}" leaves out the '
    f"controls of fairflip's own scored pairs (add AND {_NO_MARKED} where that column is there); "
    f"--rows={ALL} counts every row as a pair"
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that the command has beside those of `evaluate`."""
    parser.add_argument(
        "--table", default="", metavar="SQL", help="the table of the pairs, as SQL names it"
    )
    parser.add_argument(
        "--rows",
        default="",
        metavar="SQL",
        help=f'a condition that chooses the rows that are pairs: "{_NO_CONTROLS}" of pairs that '
        f"fairflip has scored; {ALL} where no row is a control or marked as a legitimate flip",
    )
    parser.add_argument(
        "--dialect",
        default=DUCKDB,
        choices=DIALECTS,
        help="of the query; all but duckdb need sqlglot (default: duckdb)",
    )
    parser.add_argument(
        "--counterfactual_prefix",
        default=columns.COUNTERFACTUAL_PREFIX,
        metavar="TEXT",
        help="what stands before a score's column on the counterfactual's side "
        f"(default: {columns.COUNTERFACTUAL_PREFIX})",
    )
    parser.add_argument(
        "--answer",
        default="",
        metavar="FILE",
        help="what the query gave, CSV or Parquet: writes run_report.json of it to --output_dir",
    )


def is_offered(flag: str) -> bool:
    """Whether the command takes a flag of `evaluate`."""
    return flag in _OFFERED


def execute(flags: argparse.Namespace) -> int:
    """Prints the query, or makes the report of its answer; returns the exit code.

    Raises:
        ConfigurationError: What is configured cannot be counted in SQL, neither --table nor
            --answer is given, or nobody says which rows are pairs.
        InputError: The answer is none, or one to another query.
    """
    from fairflip.pipeline.outputs.families import spec_of
    from fairflip.pipeline.warehouse.query import sums_query
    from fairflip.protos.forms.model_specs import all_outputs

    if bool(flags.table) == bool(flags.answer):
        raise ConfigurationError(
            "give --table for the query, or --answer for the report of what it gave"
        )
    config = _configured(flags)
    has_labels = "label_feature" not in config.data.unnamed_columns
    spec = spec_of(
        config, all_outputs(config.models), config.data.label_feature if has_labels else None
    )
    if flags.table:
        condition = "" if flags.rows.strip().lower() == ALL else flags.rows
        prefix, dialect = flags.counterfactual_prefix, flags.dialect
        query = sums_query(config, spec, flags.table, condition, prefix, dialect)
        if not flags.rows.strip():
            raise ConfigurationError(_WHICH_ROWS)
        print(query, end="")
        return 0
    return _report(flags.answer, config, spec)


def _configured(flags: argparse.Namespace) -> PipelineConfig:
    """The configuration, checked but for the pairs, which are no files, and their folder."""
    from fairflip.pipeline.config import settings

    config = settings.load_config(flags.config)
    settings.apply_flags(config, flags.given)
    config.data.ClearField("examples")
    config.data.ClearField("counterfactuals")
    config.data.pairs[:] = [flags.table or flags.answer]
    full = settings.with_defaults(config)
    ignored = ["data.pairs"] + ["output."] * (not flags.answer)
    try:
        settings.validate(full, "evaluate")
    except ConfigurationError as error:
        problems = [p for p in error.problems if not p.startswith(tuple(ignored))]
        if problems:
            raise ConfigurationError(problems) from None
    return full


def _report(path: str, config: PipelineConfig, spec: StatisticsSpec) -> int:
    from fairflip.pipeline.storage import filesystem
    from fairflip.pipeline.storage.manifest import REPORT, remove_manifest, write_manifest
    from fairflip.pipeline.warehouse.answer import read_answer
    from fairflip.pipeline.warehouse.query import check_countable
    from fairflip.pipeline.warehouse.report import report_of
    from fairflip.protos.forms.json_form import report_to_json

    check_countable(config, spec)
    report = report_of(read_answer(path, config, spec), config, spec)
    written = filesystem.join(config.output.output_dir, REPORT)
    remove_manifest(config.output.output_dir)
    filesystem.write_text(written, report_to_json(report))
    # The gate trusts no run without one.
    write_manifest(config.output.output_dir, [REPORT], __version__)
    overall = report.models[0].slices[0]
    print(f"{overall.num_pairs:,} pairs, {overall.num_originals:,} originals")
    print(written)
    return 0
