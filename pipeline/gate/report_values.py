"""The numbers of a report that a limit can name, and where they stand.

Found from the descriptors, so that any number added to the report has a name
here at once: a field of a slice or a threshold by its own name, everything else
by the path that it has in the report.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fairflip.protos.forms.messages import Descriptor, Field, is_repeated
from fairflip.protos.forms.model_specs import by_output
from fairflip.protos.positive_rates import is_near
from fairflip.protos.report_pb2 import (
    ExamplePerformance,
    Interval,
    MatchedThreshold,
    ModelReport,
    Pairing,
    Provenance,
    RunReport,
    SliceComparison,
    SliceReport,
    SweepPoint,
    TermCoverage,
    ThresholdComparison,
    ThresholdReport,
)

#: Part of a metric's name -> the message whose numbers it names.
TABLES: dict[str, type[Message]] = {
    "": SliceReport,
    "thresholds": ThresholdReport,
    "matched": MatchedThreshold,
    "examples": ExamplePerformance,
    "comparisons": SliceComparison,
    "comparisons.thresholds": ThresholdComparison,
    "comparisons.matched": ThresholdComparison,
    "pairing": Pairing,
    "provenance": Provenance,
    "sweep": SweepPoint,
    "term_coverage": TermCoverage,
}
#: Tables whose rows belong to a model.
BY_MODEL = frozenset(TABLES) - {"pairing", "provenance", "sweep"}
#: Tables whose rows are told apart by a slice, a term or the name of a point.
BY_SLICE = frozenset(TABLES) - {"pairing", "provenance"}
BY_THRESHOLD = frozenset({"thresholds", "comparisons.thresholds"})
#: Tables whose rows say how many originals they are made from.
WITH_ORIGINALS = BY_SLICE - {"sweep"}
#: Tables of one model's own numbers, which can be compared with the baseline's.
COMPARABLE = frozenset({"", "thresholds", "matched", "examples"})

#: Why a number that the run flags decides nothing by itself.
TOO_FEW = "the run marks the slice as too few to say"
FEW_FLIPS = "the run marks the number as resting on few flips"

STAGES = ("read", "generate", "pair", "score")
REJECTS = ("rejects", *(f"rejects.{stage}" for stage in STAGES), "rejects.share")
#: Tables of the numbers at a matched threshold.
MATCHED = frozenset({"matched", "comparisons.matched"})
#: Not a number that a limit could sensibly be on: the row's own coordinates.
_COORDINATES = frozenset({"threshold", "quantile", "seed", "loss_weight", "num_seeds", "top_k"})
#: What stands in the names of numbers that few flips leave open, however many the originals.
_OF_FLIPS = (
    "flip",
    "negative_to_positive",
    "positive_to_negative",
    "p_value",
    "detectable",
    "excess_without_top_term",
)
#: An excess -> its interval that takes terms as a sample of words. It decides: the other one
#: is about these terms alone, and any few words differ from any others.
_OVER_WORDS = {
    "excess_flip_rate": "excess_over_words",
    "excess_negative_to_positive_rate": "excess_negative_to_positive_over_words",
    "excess_positive_to_negative_rate": "excess_positive_to_negative_over_words",
    "excess_ctf_gap": "excess_ctf_gap_over_words",
    "excess_flip_rate_difference": "excess_difference_over_words",
}


@dataclasses.dataclass(frozen=True)
class Metric:
    """A number of the report.

    Attributes:
        table: A key of `TABLES`, or "rejects".
        field: The field of the table's message.
        quantile: For lists of quantiles: which one.
    """

    table: str
    field: str
    quantile: float | None = None

    @property
    def is_size(self) -> bool:
        """Whether the number says how much evidence there is, and needs none itself."""
        is_number_of = self.field.startswith("num_") or self.field == "effective_terms"
        return is_number_of or self.table in ("pairing", "provenance", "rejects")

    @property
    def is_of_flips(self) -> bool:
        """Whether few flips make the number doubtful: flips, and tests of their rates."""
        return any(part in self.field for part in _OF_FLIPS)

    @property
    def over_words(self) -> str:
        """Of an excess: the field of the interval that decides; else ""."""
        return _OVER_WORDS.get(self.field, "") if self.table in TABLES else ""

    @property
    def needs_match(self) -> bool:
        """Whether the number compares only where the model reached the baseline's rate."""
        return self.table in MATCHED and not self.field.endswith("positive_rate")

    @property
    def has_interval(self) -> bool:
        """Whether the report gives the number with an interval."""
        return self.table in TABLES and _interval_field(self.table, self.field) is not None

    @property
    def comparison(self) -> Metric | None:
        """The paired difference from the baseline, where the report has it with an interval."""
        table = {"": "comparisons", "thresholds": "comparisons.thresholds"}.get(
            self.table, "comparisons.matched" if self.table == "matched" else None
        )
        name = f"{self.field}_difference"
        if table is None or name not in TABLES[table].DESCRIPTOR.fields_by_name:
            return None
        return Metric(table, name)


@dataclasses.dataclass(frozen=True)
class Value:
    """A number with the ends of its interval, NaN where there is none."""

    value: float
    lower: float = math.nan
    upper: float = math.nan

    @property
    def has_interval(self) -> bool:
        """Both ends are there and the value lies between them.

        An interval that was never filled in reads as [0, 0]; taking it for a
        bound would let a limit pass by accident.
        """
        slack = 1e-9 * max(1.0, abs(self.value))
        return self.lower - slack <= self.value <= self.upper + slack


@dataclasses.dataclass(frozen=True)
class Row:
    """One place of the report where a metric stands.

    Attributes:
        model: Its name; "" for numbers of the whole run.
        slice: Its name (a term for term coverage, a point of a sweep); "" where
            there is none.
        threshold: Where the table has one.
        num_originals: How many originals it is made from; None where not said.
        too_few: The report itself marks it as too few to say: few originals, or few flips.
        message: The message that holds the number.
        has_few_originals: The report marks the slice so.
        unmatched: In tables of the matched threshold: why the model could not be
            matched; "" where it was.
    """

    model: str
    slice: str
    threshold: float | None
    num_originals: int | None
    too_few: bool
    message: Message
    has_few_originals: bool = False
    unmatched: str = ""

    def lacks(self, metric: Metric) -> str:
        """Why what the row was made from is too little for the metric; "" where it is enough."""
        if self.has_few_originals:
            return TOO_FEW
        return FEW_FLIPS if self.too_few and metric.is_of_flips else ""


def _is_number(field: Field) -> bool:
    if field.name in _COORDINATES:
        return False
    if field.message_type is not None:
        inner: Descriptor = field.message_type
        if inner.GetOptions().map_entry:
            inner = inner.fields_by_name["value"].message_type
        elif is_repeated(field):
            return False
        return inner is not None and inner.full_name == Interval.DESCRIPTOR.full_name
    return not is_repeated(field) and field.cpp_type not in (
        FieldDescriptor.CPPTYPE_STRING,
        FieldDescriptor.CPPTYPE_BOOL,
    )


def _interval_field(table: str, name: str) -> str | None:
    fields = TABLES[table].DESCRIPTOR.fields_by_name
    for candidate in (name, f"{name}_interval"):
        if candidate in fields and fields[candidate].message_type is not None:
            return candidate
    return None


@functools.lru_cache(maxsize=1)
def metric_names() -> tuple[str, ...]:
    """Every name that `resolve` knows, but for the quantiles (``ctf_gap_quantiles@0.9``)."""
    names: list[str] = []
    for table, message in TABLES.items():
        for field in message.DESCRIPTOR.fields:
            if not _is_number(field) or field.name.endswith("_interval"):
                continue
            name = f"{table}.{field.name}" if table else field.name
            names.append(name)
            if table == "thresholds" and field.name not in names:
                names.append(field.name)
    return (*names, *REJECTS)


def resolve(name: str, per_threshold: bool) -> Metric | None:
    """The metric of a name, or None where it names none.

    Args:
        name: As in the limits file.
        per_threshold: The limit chooses thresholds, so a name that both a slice
            and a threshold have (`positive_rate`) means the threshold's.
    """
    if name in REJECTS:
        return Metric("rejects", name.partition(".")[2])
    head, at, tail = name.partition("@")
    if at:
        try:
            quantile = float(tail)
        except ValueError:
            return None
        known = head in SliceReport.DESCRIPTOR.fields_by_name and head.endswith("_quantiles")
        return Metric("", head, quantile) if known else None
    if name not in metric_names():
        return None
    table, _, field = name.rpartition(".")
    if not table:
        in_slice = field in SliceReport.DESCRIPTOR.fields_by_name
        in_threshold = field in ThresholdReport.DESCRIPTOR.fields_by_name
        table = "thresholds" if in_threshold and (per_threshold or not in_slice) else ""
    return Metric(table, field)


def baselines_of(report: RunReport) -> dict[str, str]:
    """By model: what it is compared with, the model marked as baseline of its output, or the first.

    Empty without models.
    """
    baselines: dict[str, str] = {}
    for models in by_output(report.models).values():
        marked = [model.name for model in models if model.is_baseline]
        baseline = marked[0] if marked else models[0].name
        baselines.update({model.name: baseline for model in models})
    return baselines


def rows(report: RunReport, metric: Metric) -> Iterator[Row]:
    """Every row of the report that has the metric's table."""
    table = metric.table
    if table == "pairing":
        yield Row("", "", None, None, False, report.pairing)
    elif table == "provenance":
        yield Row("", "", None, None, False, report.provenance)
    elif table == "sweep":
        for point in report.sweep.points:
            yield Row("", point.name, None, None, False, point)
    elif table == "term_coverage":
        of = TermCoverage.DESCRIPTOR.fields_by_name[metric.field]
        for term in report.term_coverage:
            models = sorted(getattr(term, metric.field)) if of.message_type is not None else [""]
            for model in models:
                yield Row(model, term.term, None, term.num_originals, False, term)
    elif table.startswith("comparisons"):
        yield from _comparison_rows(report, table)
    else:
        for model in report.models:
            yield from _model_rows(model, table)


def _model_rows(model: ModelReport, table: str) -> Iterator[Row]:
    if table == "examples":
        for each in model.examples:
            yield Row(model.name, each.slice, None, each.num_examples, False, each)
        return
    for part in model.slices:
        made_from, few = part.num_originals, part.has_few_originals
        if table == "thresholds":
            for at in part.thresholds:
                # The slice's own mark is of the first threshold.
                marked, value = at.too_few_to_say, threshold_of(at)
                yield Row(model.name, part.slice, value, made_from, marked, at, few)
            continue
        marked = part.too_few_to_say
        if table == "matched":
            why = _unmatched(part.matched)
            yield Row(model.name, part.slice, None, made_from, marked, part.matched, few, why)
        else:
            yield Row(model.name, part.slice, None, made_from, marked, part, few)


def _unmatched(matched: MatchedThreshold) -> str:
    wanted, reached = matched.baseline_positive_rate, matched.positive_rate
    if is_near(reached, wanted):
        if not matched.too_few_to_match:
            return ""
        return (
            f"the baseline's positive rate is {wanted:.6g}: the rarer answer is too rare to fix "
            "a threshold, so that flips there are chance; evaluate more originals"
        )
    return (
        f"the model cannot be matched to the baseline's positive rate of {wanted:.6g}: the "
        f"nearest that a threshold gives is {reached:.6g}"
    )


def _comparison_rows(report: RunReport, table: str) -> Iterator[Row]:
    slices = {(model.name, part.slice): part for model in report.models for part in model.slices}
    nothing = SliceReport(too_few_to_say=True, has_few_originals=True)
    for comparison in report.comparisons:
        name = comparison.candidate
        for part in comparison.slices:
            of = slices.get((name, part.slice), nothing)
            made_from, few = of.num_originals, of.has_few_originals
            if table == "comparisons":
                yield Row(name, part.slice, None, made_from, of.too_few_to_say, part, few)
            elif table == "comparisons.matched":
                at, why = part.matched, _unmatched(of.matched)
                yield Row(name, part.slice, None, made_from, at.too_few_to_say, at, few, why)
            else:
                for at in part.thresholds:
                    marked, value = at.too_few_to_say, threshold_of(at)
                    yield Row(name, part.slice, value, made_from, marked, at, few)


def threshold_of(at: Any) -> float | None:
    """The threshold of an entry; None of a decision by argmax."""
    return at.threshold if at.HasField("threshold") else None


def value_of(row: Row, metric: Metric) -> Value:
    """The metric's number in a row; NaN where the report leaves it out."""
    message = row.message
    if metric.quantile is not None:
        for each in getattr(message, metric.field):
            if math.isclose(each.quantile, metric.quantile, rel_tol=1e-9):
                return Value(each.value)
        return Value(math.nan)
    field = message.DESCRIPTOR.fields_by_name[metric.field]
    if field.message_type is not None:
        if is_repeated(field):
            by_model = getattr(message, metric.field)
            return _of_interval(by_model[row.model]) if row.model in by_model else Value(math.nan)
        if not message.HasField(metric.field):
            return Value(math.nan)
        with_interval = _of_interval(getattr(message, metric.field))
        if metric.over_words:
            there = message.HasField(metric.over_words)
            words = getattr(message, metric.over_words) if there else None
            return Value(with_interval.value, *((words.lower, words.upper) if words else ()))
        return with_interval
    if field.has_presence and not message.HasField(metric.field):
        return Value(math.nan)
    value = float(getattr(message, metric.field))
    interval = _interval_field(metric.table, metric.field)
    if interval is not None and message.HasField(interval):
        bounds = getattr(message, interval)
        return Value(value, bounds.lower, bounds.upper)
    return Value(value)


def _of_interval(interval: Interval) -> Value:
    return Value(interval.value, interval.lower, interval.upper)


def rejects_value(report: RunReport, metric: Metric) -> float:
    """Records left out: all, of one stage, or as a share of the records read."""
    if metric.field == "share":
        total = sum(each.count for each in report.rejects)
        read = report.pairing.num_records_read
        return total / read if read else math.nan
    return float(sum(each.count for each in report.rejects if metric.field in ("", each.stage)))
