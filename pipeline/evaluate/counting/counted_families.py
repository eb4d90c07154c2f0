"""Which parts a family of outputs is counted in, and how their reports become one."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.classes.measures import CHANGE
from fairflip.metrics.classes.tables import ClassTable
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.counting.class_reports import ClassMeasures, class_terms
from fairflip.pipeline.evaluate.counting.damaged import add_undamaged, undamaged_part
from fairflip.pipeline.evaluate.counting.held_out import add_held_out, held_out_part
from fairflip.pipeline.evaluate.counting.model_reports import ReportedPart, part_by_direction
from fairflip.pipeline.evaluate.counting.repeats import add_repeat_rates, repeats_part
from fairflip.pipeline.outputs.families import Family
from fairflip.protos.report_pb2 import RunReport, TermCoverage

# What is counted besides all pairs; the names of parts end in that of the family.
_REPEATS, _HELD_OUT, _UNDAMAGED, _DIRECTIONS = "repeats", "held_out", "undamaged", "directions"
_HELD_OUT_REPEATS = "held_out_repeats"


@dataclasses.dataclass(frozen=True)
class CountedFamily:
    """What is counted of a family of outputs.

    Attributes:
        name: The family's, and that of the part with all pairs of a decision at a threshold.
        spec: What is counted of it.
        measures: Of models that decide by argmax.
        repeated: Its outputs whose second answers are there.
        terms: Those that were withheld from training.
        may_damage: Whether edits may leave damaged grammar.
    """

    name: str
    spec: StatisticsSpec
    measures: ClassMeasures | None = None
    repeated: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    may_damage: bool = False

    @classmethod
    def of(
        cls,
        family: Family,
        top_k: int,
        repeated: Collection[str] = (),
        terms: Sequence[str] = (),
        may_damage: bool = False,
    ) -> CountedFamily:
        """What is counted of a family; `repeated` are the outputs of the run asked again."""
        asked_again = tuple(name for name in family.spec.models if name in repeated)
        measures = None
        if family.is_argmax:
            measures = ClassMeasures.of(family, top_k, asked_again)
            asked_again = measures.repeated_stand_ins
        return cls(family.name, family.spec, measures, asked_again, tuple(terms), may_damage)

    @property
    def parts(self) -> list[ReportedPart]:
        """What one pass counts, all pairs first."""
        if self.measures is not None:
            by_measure = self.measures.parts(self.name)
            return [*by_measure.values(), *self._beside(by_measure[CHANGE])]
        pairs = ReportedPart(self.name, self.spec, with_examples=True)
        directions = part_by_direction(f"{_DIRECTIONS}/{self.name}", self.spec)
        return [pairs, *self._beside(pairs), directions]

    def _beside(self, pairs: ReportedPart) -> list[ReportedPart]:
        """What only some runs count."""
        beside = []
        if self.repeated:
            beside.append(repeats_part(f"{_REPEATS}/{self.name}", pairs, self.repeated))
        if self.terms:
            held_out = held_out_part(f"{_HELD_OUT}/{self.name}", pairs, self.terms)
            beside.append(held_out)
            if self.repeated:
                name = f"{_HELD_OUT_REPEATS}/{self.name}"
                beside.append(repeats_part(name, held_out, self.repeated))
        if self.may_damage:
            beside.append(undamaged_part(f"{_UNDAMAGED}/{self.name}", pairs))
        return beside

    def completed(
        self, reports: Mapping[str, RunReport], tables: Mapping[SliceKey, ClassTable]
    ) -> RunReport:
        """One report of all that was counted.

        Args:
            reports: By part, from `ReportModels`.
            tables: By slice, pairs by class, of models that decide by argmax.
        """
        if self.measures is not None:
            by_measure = {
                measure: reports[part.name]
                for measure, part in self.measures.parts(self.name).items()
            }
            by_measure[CHANGE] = self._with_rest(by_measure[CHANGE], reports)
            return self.measures.merged(by_measure, tables)
        report = self._with_rest(reports[self.name], reports)
        for model, of_directions in zip(
            report.models, reports[f"{_DIRECTIONS}/{self.name}"].models, strict=True
        ):
            model.group_directions.extend(of_directions.group_directions)
        return report

    def _with_rest(self, of_pairs: RunReport, reports: Mapping[str, RunReport]) -> RunReport:
        report = RunReport()
        report.CopyFrom(of_pairs)
        again = reports.get(f"{_REPEATS}/{self.name}")
        if again is not None:
            add_repeat_rates(report.models, again.models, self.repeated)
        held_out = reports.get(f"{_HELD_OUT}/{self.name}")
        if held_out is not None:
            again = reports.get(f"{_HELD_OUT_REPEATS}/{self.name}")
            if again is not None:
                add_repeat_rates(held_out.models, again.models, self.repeated)
            add_held_out(report, held_out)
        undamaged = reports.get(f"{_UNDAMAGED}/{self.name}")
        if undamaged is not None:
            add_undamaged(report, undamaged)
        return report

    @property
    def term_parts(self) -> list[Part]:
        """What is counted of terms."""
        if self.measures is not None:
            return list(self.measures.term_parts(self.name).values())
        return [Part(self.name, self.spec)]

    def term_entries(self, terms: Mapping[str, Sequence[TermCoverage]]) -> list[TermCoverage]:
        """How its models react to each term; `terms` by part."""
        if self.measures is None:
            return list(terms.get(self.name, ()))
        parts = self.measures.term_parts(self.name)
        return class_terms({measure: terms.get(p.name, ()) for measure, p in parts.items()})
