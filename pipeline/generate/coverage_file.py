"""coverage.json: how often each term and group was changed, and twenty pairs to read."""

from __future__ import annotations

import dataclasses
from typing import Any

import apache_beam as beam

from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import COVERAGE_FILE, PAIRS


class WriteCoverage(beam.PTransform):
    """One `Coverage` -> `<output_dir>/pairs/coverage.json`.

    Args:
        output_dir: The run's folder, or a step's.
        with_examples: Whether pairs are written out; not where text is left out.
    """

    def __init__(self, output_dir: str, with_examples: bool):
        super().__init__()
        self._path = filesystem.join(output_dir, PAIRS, COVERAGE_FILE)
        self._with_examples = with_examples

    def expand(self, coverage: beam.PCollection) -> beam.PCollection:
        """Writes the file whole or not at all."""
        return coverage | "WriteCoverageFile" >> beam.Map(_write, self._path, self._with_examples)


def _write(coverage: Coverage, path: str, with_examples: bool) -> str:
    filesystem.write_json(path, coverage_content(coverage, with_examples))
    return path


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
                "id": one.id,
                "terms": list(one.terms),
                "original": one.original,
                "counterfactual": one.counterfactual,
            }
            for one in coverage.examples
        ]
    return content
