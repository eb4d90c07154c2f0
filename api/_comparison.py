"""`fairflip.compare` for Python: finished runs in, a `Comparison` out."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairflip.protos.errors import ConfigurationError

if TYPE_CHECKING:
    import pandas as pd

    from fairflip._result import Result
    from fairflip.pipeline.compare.run_comparison import ComparedModels
    from fairflip.protos.comparison_pb2 import CompareReport


def compare(
    reference: str | os.PathLike | Result,
    *runs: str | os.PathLike | Result,
    models: Sequence[str] = (),
    thresholds: Sequence[float] = (),
    limits: str | os.PathLike | None = None,
    output_dir: str | os.PathLike | None = None,
) -> Comparison:
    """What got better, what got worse, and by how much, between runs on the same pairs.

    Nothing is scored: the scored pairs of the runs are joined by what is in them.

    Args:
        reference: The run to compare with: its folder, or the result of a call.
        *runs: Runs to compare with it.
        models: "name", or "name=reference_name" where a model is called otherwise in the
            reference. Unless given: the models of one name, or the only ones of each run.
        thresholds: Where scores become positive; unless given, as in the reference.
        limits: A file of limits; `not_worse_by` is on the differences.
        output_dir: Where compare.html, compare.md, compare_report.json and
            changed_pairs.parquet are written; unless given, nowhere.

    Returns:
        The comparison.

    Raises:
        ConfigurationError: Fewer than two runs, or models or limits that match nothing.
        InputError: A run is not complete, or two have no pair in common.
    """
    from fairflip.pipeline.compare.command import CompareSettings
    from fairflip.pipeline.compare.command import compare as compare_runs

    settings = CompareSettings(
        folders=[_folder(run) for run in (reference, *runs)],
        models=models,
        thresholds=thresholds,
        limits="" if limits is None else os.fspath(limits),
        output_dir="" if output_dir is None else os.fspath(output_dir),
    )
    lines = io.StringIO()
    report, compared, code = compare_runs(settings, lines)
    return Comparison(report, compared, lines.getvalue(), code == 0)


class Comparison:
    """Runs against a reference.

    Attributes:
        report: The `CompareReport`; every number of the comparison.
        passed: Whether all limits hold; True without limits.
    """

    def __init__(
        self,
        report: CompareReport,
        compared: Sequence[ComparedModels],
        text: str,
        passed: bool,
    ):
        self.report = report
        self.passed = passed
        self._compared = compared
        self._text = text

    def to_dataframe(self) -> pd.DataFrame:
        """One row per comparison, slice and threshold: candidate less reference.

        Returns:
            A frame with the columns of `Result.comparison()`; baseline and candidate are named
            "run/model".
        """
        import pandas as pd

        from fairflip.view.tables.frames import comparison_frame

        return pd.concat(
            [comparison_frame(one.report) for one in self.report.comparisons], ignore_index=True
        )

    @property
    def slices(self) -> pd.DataFrame:
        """One row per comparison and slice: pairs newly broken, fixed and still broken.

        Returns:
            A frame with the columns run, model, slice, num_pairs, num_newly_broken, num_fixed,
            num_still_broken, flip_rate_difference (with _lower and _upper) and verdict.
        """
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for one in self.report.comparisons:
            for part in one.slices:
                difference = part.flip_rate_difference
                rows.append(
                    {
                        "run": one.run,
                        "model": one.model,
                        "slice": part.slice,
                        "num_pairs": part.num_pairs,
                        "num_newly_broken": part.num_newly_broken,
                        "num_fixed": part.num_fixed,
                        "num_still_broken": part.num_still_broken,
                        "flip_rate_difference": difference.value,
                        "flip_rate_difference_lower": difference.lower,
                        "flip_rate_difference_upper": difference.upper,
                        "verdict": part.verdict,
                    }
                )
        return pd.DataFrame(rows)

    @property
    def changed_pairs(self) -> pd.DataFrame:
        """Every pair that one of two models flips, by ID and number, without texts.

        Returns:
            A frame with the columns run, model, change ("newly_broken", "fixed" or
            "still_broken"), example_id, counterfactual_index, what was edited, and both
            models' scores.
        """
        from fairflip.pipeline.compare.command import changed_pairs

        return changed_pairs(self._compared).to_pandas()

    def __repr__(self) -> str:
        return self._text.rstrip()

    def _repr_html_(self) -> str:
        from fairflip.view.runs import comparison, pages

        return pages.to_fragment(comparison.page(self.report))


def _folder(run: str | os.PathLike | Result) -> str:
    if isinstance(run, str | os.PathLike):
        return os.fspath(run)
    folder = getattr(run, "output_dir", None)
    if not isinstance(folder, str):
        raise ConfigurationError(
            f"compare takes folders and results of runs, got {type(run).__name__}"
        )
    return folder
