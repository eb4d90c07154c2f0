"""coverage.json: how often each term and group was changed, and twenty pairs to read."""

from __future__ import annotations

import dataclasses
from typing import Any

import apache_beam as beam

from fairflip.pipeline.generate.control_coverage import OCTAVES, ControlCoverage
from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import CONTROL_COVERAGE_FILE, COVERAGE_FILE


class WriteCoverage(beam.PTransform):
    """One `Coverage` -> `<output_dir>/details/coverage.json`.

    Args:
        output_dir: The run's folder, or a step's.
        with_examples: Whether pairs are written out; not where text is left out.
    """

    def __init__(self, output_dir: str, with_examples: bool):
        super().__init__()
        self._path = filesystem.join(output_dir, COVERAGE_FILE)
        self._with_examples = with_examples

    def expand(self, coverage: beam.PCollection) -> beam.PCollection:
        """Writes the file whole or not at all."""
        return coverage | "WriteCoverageFile" >> beam.Map(_write, self._path, self._with_examples)


def _write(coverage: Coverage, path: str, with_examples: bool) -> str:
    filesystem.write_json(path, coverage_content(coverage, with_examples))
    return path


class WriteControlCoverage(beam.PTransform):
    """One `ControlCoverage` -> `<output_dir>/details/control_coverage.json`."""

    def __init__(self, output_dir: str, with_examples: bool):
        """Takes what `WriteCoverage` takes."""
        super().__init__()
        self._path = filesystem.join(output_dir, CONTROL_COVERAGE_FILE)
        self._with_examples = with_examples

    def expand(self, coverage: beam.PCollection) -> beam.PCollection:
        """Writes the file whole or not at all."""
        return coverage | "WriteControlCoverageFile" >> beam.Map(
            _write_controls, self._path, self._with_examples
        )


def _write_controls(coverage: ControlCoverage, path: str, with_examples: bool) -> str:
    filesystem.write_json(path, control_coverage_content(coverage, with_examples))
    return path


def control_coverage_content(coverage: ControlCoverage, with_examples: bool) -> dict[str, Any]:
    """What stands in the file: how many controls, how alike, why some are missing; examples."""
    bounds = ["up to " + f"{bound:g}" for bound in OCTAVES]
    labels = [*bounds, f"more than {OCTAVES[-1]:g}"]
    content: dict[str, Any] = {
        "num_pairs": coverage.num_pairs,
        "num_control_pairs": coverage.num_control_pairs,
        "num_same_group_pairs": coverage.num_same_group_pairs,
        "num_pairs_without_control": coverage.num_pairs_without_control,
        "pairs_by_number_of_controls": {
            str(number): pairs for number, pairs in sorted(coverage.pairs_by_controls.items())
        },
        "pairs_with_fewer_controls_by_reason": dict(sorted(coverage.shortages.items())),
    }
    if coverage.by_column:
        content["controls_by_column"] = dict(sorted(coverage.by_column.items()))
    else:
        content["controls_by_octaves_of_frequency_off"] = dict(
            zip(labels, coverage.octaves_off, strict=True)
        )
    if with_examples:
        content["examples"] = [
            {
                "id": example.id,
                "terms": list(example.terms),
                "original": example.original,
                "counterfactual": example.counterfactual,
                "words": list(example.words),
                "control": example.control,
            }
            for example in coverage.examples
        ]
    return content


def coverage_content(coverage: Coverage, with_examples: bool) -> dict[str, Any]:
    """What stands in the file: counts by term, counts by group, and examples."""
    content: dict[str, Any] = {
        "terms": [
            {"term": term, "group": group, "category": category, **dataclasses.asdict(counts)}
            for (term, group, category), counts in sorted(coverage.terms.items())
        ],
        "groups": [
            {"category": category, "group": group, **dataclasses.asdict(counts)}
            for (category, group), counts in sorted(coverage.by_group().items())
        ],
    }
    if with_examples:
        content["examples"] = [
            {
                "id": example.id,
                "terms": list(example.terms),
                "original": example.original,
                "counterfactual": example.counterfactual,
            }
            for example in coverage.examples
        ]
    return content
