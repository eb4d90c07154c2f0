"""A run report by name: what stands for (model, slice, threshold).

Models of one report may lack a slice or a threshold that others have; the
index answers None there, and every view shows an en dash.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fairflip.protos import report_pb2
from fairflip.protos.forms.model_specs import ARGMAX, by_output
from fairflip.protos.repeated_answers import NoiseFloor, noise_floor
from fairflip.view.words import numbers

OVERALL = "Overall"
#: What the pairs are called that an edit left whole.
WHOLE_GRAMMAR = "grammar whole"

#: The fields of `ModelReport` that count a part of the pairs by itself, which is no slice.
PARTS = ("held_out", "undamaged", "undoubted")

#: What originals without a counterfactual are called in `RunReport.sums`.
UNMATCHED_ORIGINALS = "unmatched originals"


@dataclass(frozen=True)
class ExamplesScope:
    """What `models[].examples` are: every original that was scored, each once.

    Attributes:
      title: in few words.
      reason: why there is no original without a counterfactual among them; "" where there is.
    """

    title: str
    reason: str = ""

    @property
    def words(self) -> str:
        """Both."""
        return f"{self.title} ({self.reason})" if self.reason else self.title


ALL_EXAMPLES = ExamplesScope("all examples, those without a counterfactual too")
NONE_GIVEN = ExamplesScope(
    "the originals of pairs, each once", "no example without a counterfactual was given"
)
NOT_SCORED = ExamplesScope(
    "the originals of pairs, each once", "examples without a counterfactual were not scored"
)


def _place(slice_name: str, is_small: bool) -> tuple[bool, bool, bool]:
    """Overall first, those that say nothing last.

    Who was put in whose place comes before who a text is about.
    """
    is_whole = slice_name == OVERALL
    return not is_whole, is_small, not slice_name.startswith("counterfactual_group:")


class ReportIndex:
    """Look-ups over one `RunReport`.

    Attributes:
      report: the message itself.
      models: names in the report's order; the first is the baseline.
      slices: every slice any model has: Overall, then those by what was changed, then those of
        the data's own columns, each in first-seen order; then those of too few originals.
      large_slices: those of them with enough originals to say anything, and Overall.
      thresholds: every threshold any model has, the report's first one first,
        the others ascending.
      output: the output that the report is of; "" where it has no other.
    """

    def __init__(self, report: report_pb2.RunReport, output: str = ""):
        self.report = report
        self.output = output
        self.models = [model.name for model in report.models]
        names: dict[str, None] = {}
        thresholds: dict[float, None] = {}
        for model in report.models:
            for slice_report in model.slices:
                names.setdefault(slice_report.slice)
                for threshold_report in slice_report.thresholds:
                    thresholds.setdefault(threshold_report.threshold)
        large = {
            part.slice
            for model in report.models
            for part in model.slices
            if part.slice == OVERALL or not part.has_few_originals
        }
        self.slices = sorted(names, key=lambda name: _place(name, name not in large))
        self.large_slices = [name for name in self.slices if name in large]
        ordered = list(thresholds)
        self.thresholds = ordered[:1] + sorted(ordered[1:])

    @property
    def first_threshold(self) -> float | None:
        """The threshold that verdicts are given at; None in an empty report."""
        return self.thresholds[0] if self.thresholds else None

    def about_slice(self, name: str) -> str:
        """What a slice of the data's own column is of, and what was changed there; else "".

        "texts with religion: muslim; the word changed was of gender in 9 of 10 pairs"
        """
        if name in self._undamaged:
            return self._without_damaged
        part = self._first_parts.get(name)
        if part is None or not part.edited_categories:
            return ""
        most = part.edited_categories[0]
        tenths = round(10 * most.num_pairs / part.num_pairs)
        share = f"{tenths} of 10"
        if tenths == 10:
            share = "all" if most.num_pairs == part.num_pairs else "nearly all"
        feature, _, value = name.partition(":")
        about = f"{feature}: {value}".replace("_X_", ", ").replace("_", " ")
        changed = most.category.replace("_", " ")
        return f"texts with {about}; the word changed was of {changed} in {share} pairs"

    @property
    def rows(self) -> list[str]:
        """`slices`, and after Overall the pairs of whole grammar, where an edit damaged some."""
        return self.with_undamaged(self.slices)

    def with_undamaged(self, slices: list[str]) -> list[str]:
        """Some slices of which the first is Overall, and after it the pairs of whole grammar."""
        return [*slices[:1], *self._undamaged, *slices[1:]]

    @cached_property
    def _undamaged(self) -> list[str]:
        parts = (model.undamaged.slice for model in self.report.models)
        return list(dict.fromkeys(filter(None, parts)))

    @property
    def _without_damaged(self) -> str:
        """Which pairs are not among those of whole grammar."""
        num_damaged = self.report.pairing.num_damaged_pairs
        share = numbers.percent(num_damaged / (self.report.models[0].slices[0].num_pairs or 1))
        return f"all but {numbers.count(num_damaged)} pairs ({share}) of damaged grammar"

    def title_of(self, name: str) -> str:
        """What a row is called: a slice by its name."""
        return WHOLE_GRAMMAR if name in self._undamaged else name

    @cached_property
    def _first_parts(self) -> dict[str, report_pb2.SliceReport]:
        """Of each slice the report of the first model that has pairs there."""
        parts: dict[str, report_pb2.SliceReport] = {}
        for (_, name), part in self._slices.items():
            if part.num_pairs:
                parts.setdefault(name, part)
        return parts

    @cached_property
    def is_argmax(self) -> bool:
        """Whether decisions are classes: then no threshold stands behind the only one."""
        return any(model.decision == ARGMAX for model in self.report.models)

    def at_threshold(self, threshold: float | None) -> str:
        """Where decisions are counted, in words: "at threshold 0.5"; "" of classes."""
        if self.is_argmax or threshold is None:
            return ""
        return f" at threshold {numbers.threshold(threshold)}"

    @cached_property
    def baseline(self) -> str | None:
        """Name of the model marked as baseline, else of the first."""
        for model in self.report.models:
            if model.is_baseline:
                return model.name
        return self.models[0] if self.models else None

    @cached_property
    def candidates(self) -> list[str]:
        """The models that are compared with the baseline."""
        return [name for name in self.models if name != self.baseline]

    def left_out(self, num_shown: int) -> str:
        """What a short table says of slices that it does not show; "" where it shows all.

        Args:
          num_shown: the first of `large_slices`, so many.
        """
        small = len(self.slices) - len(self.large_slices)
        more = len(self.large_slices) - num_shown
        parts = [
            numbers.count_of(more, "more slice") if more else "",
            numbers.count_of(small, "slice of too few originals", "slices of too few originals")
            if small
            else "",
        ]
        text = " and ".join(filter(None, parts))
        return f"... and {text} in the report" if text else ""

    @property
    def only_model(self) -> str:
        """The name of the only model; "" of several."""
        return self.models[0] if len(self.models) == 1 else ""

    @cached_property
    def _slices(self) -> dict[tuple[str, str], report_pb2.SliceReport]:
        """By model and name; those of `PARTS` too, whose names no slice has."""
        parts = {
            (model.name, getattr(model, field).slice): getattr(model, field)
            for model in self.report.models
            for field in PARTS
            if model.HasField(field)
        }
        slices = {
            (model.name, slice_report.slice): slice_report
            for model in self.report.models
            for slice_report in model.slices
        }
        return {**parts, **slices}

    @cached_property
    def _thresholds(self) -> dict[tuple[str, str, float], report_pb2.ThresholdReport]:
        return {
            (model, name, threshold_report.threshold): threshold_report
            for (model, name), slice_report in self._slices.items()
            for threshold_report in slice_report.thresholds
        }

    @cached_property
    def _comparisons(self) -> dict[tuple[str, str], report_pb2.SliceComparison]:
        return {
            (comparison.candidate, slice_comparison.slice): slice_comparison
            for comparison in self.report.comparisons
            for slice_comparison in comparison.slices
            if comparison.baseline == self.baseline
        }

    @cached_property
    def _examples(self) -> dict[tuple[str, str], report_pb2.ExamplePerformance]:
        return {
            (model.name, performance.slice): performance
            for model in self.report.models
            for performance in model.examples
        }

    @property
    def confidence_level(self) -> float:
        """Of the report's intervals."""
        return self.report.provenance.confidence_level or 0.95

    def heterogeneity(self, model: str) -> list[report_pb2.Heterogeneity]:
        """For each feature, whether its slices flip differently for one model."""
        return [entry for m in self.report.models if m.name == model for entry in m.heterogeneity]

    def noise_floor(self, model: str) -> NoiseFloor | None:
        """How often one model decided differently when asked again; None if it was not asked."""
        return next((noise_floor(m) for m in self.report.models if m.name == model), None)

    def slice(self, model: str, name: str) -> report_pb2.SliceReport | None:
        """One model on the pairs of one slice, or of one of `PARTS` by its name."""
        return self._slices.get((model, name))

    def at(self, model: str, name: str, threshold: float) -> report_pb2.ThresholdReport | None:
        """The same at one threshold."""
        return self._thresholds.get((model, name, threshold))

    def comparison(self, candidate: str, name: str) -> report_pb2.SliceComparison | None:
        """`candidate` against the baseline on one slice."""
        return self._comparisons.get((candidate, name))

    def comparison_at(
        self, candidate: str, name: str, threshold: float
    ) -> report_pb2.ThresholdComparison | None:
        """The same at one threshold."""
        comparison = self.comparison(candidate, name)
        if comparison is None:
            return None
        for entry in comparison.thresholds:
            if entry.threshold == threshold:
                return entry
        return None

    @cached_property
    def examples_scope(self) -> ExamplesScope:
        """Over what AUC and rates of single examples are: pairs may be all that was given."""
        num_scored = sum(
            entry.num_kept
            for entry in self.report.sums
            if entry.stage == "score" and entry.input.endswith(UNMATCHED_ORIGINALS)
        )
        num_unmatched = self.report.pairing.num_unmatched_originals
        if num_scored or (num_unmatched and not self.report.sums):
            return ALL_EXAMPLES
        return NOT_SCORED if num_unmatched else NONE_GIVEN

    def examples(self, model: str, name: str) -> report_pb2.ExamplePerformance | None:
        """One model over every scored original of one slice."""
        return self._examples.get((model, name))


def indexes_by_output(report: report_pb2.RunReport) -> list[ReportIndex]:
    """An index for each output of the models, over a report of this output alone.

    What is said of the whole run stands in each. Where no model gives several outputs, the
    only one is of the report itself.
    """
    parts = by_output(report.models)
    if len(parts) < 2:
        return [ReportIndex(report)]
    return [
        ReportIndex(_only(report, {model.name for model in models}), output=name)
        for name, models in parts.items()
    ]


def _only(report: report_pb2.RunReport, names: set[str]) -> report_pb2.RunReport:
    part = report_pb2.RunReport()
    part.CopyFrom(report)
    for field, key in (
        ("models", "name"),
        ("comparisons", "candidate"),
        ("score_ranges", "model"),
    ):
        chosen = [one for one in getattr(report, field) if getattr(one, key) in names]
        part.ClearField(field)
        getattr(part, field).extend(chosen)
    return part
