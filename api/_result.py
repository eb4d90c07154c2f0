"""What the Python entry points return."""

from __future__ import annotations

import pathlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fairflip.protos.report_pb2 import Interval, RunReport
    from fairflip.view.words.numbers import Estimate


def _spread(name: str, interval: Interval | Estimate) -> dict[str, float]:
    return {
        name: interval.value,
        f"{name}_lower": interval.lower,
        f"{name}_upper": interval.upper,
    }


class Result:
    """A finished run: its report and where its files are.

    Attributes:
        report: The `RunReport`; every number of the run.
        output_dir: The folder with report.html, run_report.json, pairs,
            scored_pairs, rejects and TFMA's result files.
        model: The remediated Keras model after `fairflip.remediate` and
            `fairflip.run`; None otherwise.
    """

    def __init__(self, report: RunReport, output_dir: str, model: Any = None):
        self.report = report
        self.output_dir = output_dir
        self.model = model

    def to_dataframe(self) -> pd.DataFrame:
        """One row per model, slice and threshold.

        Returns:
            A frame with the columns model, slice, threshold, num_pairs,
            num_originals, flip_count, negative_to_positive_count,
            positive_to_negative_count, flip_rate and both directional rates
            (each with _lower and _upper), positive_rate,
            counterfactual_positive_rate, matched_threshold,
            matched_flip_rate, ctf_gap, auc and too_few_to_say. Missing
            numbers are NaN, and so is the matched flip rate of a model that
            no threshold brings near the baseline's positive rate.
        """
        import pandas as pd

        from fairflip.view.words import evidence

        rows = []
        for model in self.report.models:
            for part in model.slices:
                for at in part.thresholds:
                    rows.append(
                        {
                            "model": model.name,
                            "slice": part.slice,
                            "threshold": at.threshold,
                            "num_pairs": part.num_pairs,
                            "num_originals": part.num_originals,
                            "flip_count": at.flip_count,
                            "negative_to_positive_count": at.negative_to_positive_count,
                            "positive_to_negative_count": at.positive_to_negative_count,
                            **_spread("flip_rate", at.flip_rate),
                            **_spread("negative_to_positive_rate", at.negative_to_positive_rate),
                            **_spread("positive_to_negative_rate", at.positive_to_negative_rate),
                            "positive_rate": at.positive_rate,
                            "counterfactual_positive_rate": at.counterfactual_positive_rate,
                            "matched_threshold": part.matched.threshold,
                            **_spread("matched_flip_rate", evidence.matched_rate(part)),
                            **_spread("ctf_gap", part.ctf_gap),
                            "auc": part.auc if part.HasField("auc") else float("nan"),
                            "too_few_to_say": at.too_few_to_say or part.too_few_to_say,
                        }
                    )
        return pd.DataFrame(rows)

    def eval_result(self, model: str) -> Any:
        """TFMA's own result of one model, for `tfma.view` and other TFMA tools.

        A run whose models need no TensorFlow has none yet; it is made of the scored pairs.

        Raises:
            ValueError: If the report has no model of that name.
        """
        names = [m.name for m in self.report.models]
        if model not in names:
            raise ValueError(f"no model {model!r} in this run; it has {', '.join(names)}")
        folder = pathlib.Path(self.output_dir) / "tfma" / model
        if not folder.exists():
            from fairflip.pipeline.beam.options import beam_options
            from fairflip.pipeline.run.report_files import add_tfma_result

            add_tfma_result(self.output_dir, self.report, beam_options([]))
        import tensorflow_model_analysis as tfma

        return tfma.load_eval_result(str(folder))

    @property
    def pairs(self) -> pa.Table:
        """The pairs: scored where models were evaluated, else as they were made.

        Raises:
            FileNotFoundError: The run kept none.
        """
        import pyarrow.dataset as ds

        for name in ("scored_pairs", "pairs"):
            files = sorted((pathlib.Path(self.output_dir) / name).glob("*.parquet"))
            if files:
                return ds.dataset(files).to_table()
        raise FileNotFoundError(f"no pairs in {self.output_dir}")

    def show(self) -> Any:
        """The Fairness Indicators widget with the first two models side by side."""
        from fairflip.view import FairnessIndicatorViewer

        scored_pairs = pathlib.Path(self.output_dir) / "scored_pairs"
        return FairnessIndicatorViewer.from_report(
            self.report, scored_pairs=str(scored_pairs) if scored_pairs.is_dir() else None
        )

    def __repr__(self) -> str:
        from fairflip.view.terminal.summary_table import format_table

        return format_table(self.report)

    def _repr_html_(self) -> str:
        import html

        where = html.escape(str(pathlib.Path(self.output_dir) / "report.html"))
        return f"<pre>{html.escape(repr(self))}</pre><p>Report: <code>{where}</code></p>"
