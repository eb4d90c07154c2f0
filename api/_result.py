"""What the Python entry points return."""

from __future__ import annotations

import pathlib
import shutil
import urllib.parse
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fairflip.protos.report_pb2 import RunReport


class Result:
    """A finished run: its report and where its files are.

    Attributes:
        report: The `RunReport`; every number of the run.
        output_dir: The folder with report.html, run_report.json, pairs,
            scored_pairs, rejects and TFMA's result files.
        is_temporary: Nobody named the folder: it is deleted with this result, at the
            latest when the process ends.
        model: The remediated Keras model after `fairflip.remediate` and
            `fairflip.run`; None otherwise.
    """

    def __init__(
        self, report: RunReport, output_dir: str, model: Any = None, is_temporary: bool = False
    ):
        self.report = report
        self.output_dir = output_dir
        self.model = model
        self.is_temporary = is_temporary
        if is_temporary:
            # It holds people's texts, and nobody knows of it once this is gone.
            weakref.finalize(self, shutil.rmtree, output_dir, ignore_errors=True)

    def to_dataframe(self) -> pd.DataFrame:
        """One row per model, slice and threshold.

        Returns:
            A frame with the columns model, slice, threshold, num_pairs,
            num_originals, flip_count, negative_to_positive_count,
            positive_to_negative_count, flip_rate and both directional rates
            (each with _lower and _upper), control_flip_rate and
            excess_flip_rate (the same), excess_over_words_lower and _upper
            (terms taken as a sample of words), excess_standing (what may be
            said of it), excess_without_top_term, top_term, num_control_pairs,
            num_pairs_without_control, positive_rate, originals_with_flip,
            clusters_with_flip, repeat_flip_rate and same_group_flip_rate
            (with _lower and _upper), counterfactual_positive_rate,
            matched_threshold, matched_flip_rate, ctf_gap, auc, accuracy,
            top_k_flip_rate, decision, output and too_few_to_say. Of a model
            that decides by argmax threshold is NaN. Missing numbers are NaN, and so is the matched
            flip rate of a model that no threshold brings near the baseline's
            positive rate.
        """
        from fairflip.view.tables.frames import slices_frame

        return slices_frame(self.report)

    def comparison(self) -> pd.DataFrame:
        """One row per candidate, slice and threshold: candidate less baseline.

        Returns:
            A frame with the columns baseline, candidate, slice, threshold, is_matched (read
            where the candidate says yes as often as the baseline), flip_rate_difference,
            control_flip_rate_difference, excess_flip_rate_difference and ctf_gap_difference
            (each with _lower and _upper), excess_difference_over_words_lower and _upper,
            p_value, p_value_adjusted and too_few_to_say; in the rows of Overall of a run that
            made the candidate, calibration_error_difference,
            worst_true_positive_rate_gap_difference and
            worst_false_positive_rate_gap_difference (with _lower and _upper; rates of groups
            where the candidate says yes as often as the baseline). Empty for one model.
        """
        from fairflip.view.tables.frames import comparison_frame

        return comparison_frame(self.report)

    @property
    def terms(self) -> pd.DataFrame:
        """One row per term and model, ranked by the lower end of the last model's excess.

        Returns:
            A frame with the columns term, group, category, num_originals, num_pairs, model, and
            flip_rate, control_flip_rate, excess_flip_rate and ctf_gap (each with _lower and
            _upper; the intervals are about this term).
        """
        from fairflip.view.tables.frames import terms_frame

        return terms_frame(self.report)

    @property
    def group_directions(self) -> pd.DataFrame:
        """One row per model, group of the original and group of the counterfactual.

        Returns:
            A frame with the columns model, from, to, num_pairs, negative_to_positive_count,
            positive_to_negative_count, net_flip_rate and mean_score_change (each with _lower
            and _upper). Empty where the pairs name no groups.
        """
        from fairflip.view.tables.frames import group_directions_frame

        return group_directions_frame(self.report)

    @property
    def transitions(self) -> pd.DataFrame:
        """One row per model that decides by argmax, slice and change of class: its pairs.

        Returns:
            A frame with the columns model, slice, from_class, to_class and count. Empty where
            no model decides by argmax.
        """
        from fairflip.view.tables.frames import transitions_frame

        return transitions_frame(self.report)

    def flipped(self, n: int = 20) -> pd.DataFrame:
        """The pairs that any model flips, those whose score moves most first.

        Args:
            n: How many at most.

        Returns:
            A frame with the ID, both texts, what was changed and each model's scores.
        """
        import pandas as pd

        from fairflip.protos import columns
        from fairflip.protos.forms.json_form import config_from_json
        from fairflip.view.pairs import cells, flipped_pairs

        data = config_from_json(self.report.provenance.config).data
        models = [model.name for model in self.report.models]
        flips = flipped_pairs.select_flipped(
            self.pairs.to_batches(),
            models,
            self.report.models[0].slices[0].thresholds[0].threshold,
            max_pairs=n,
            text_feature=data.text_feature,
            id_feature=data.id_feature,
            cells=cells.features_of(self.report),
        )
        rows = []
        for pair in flips.shown:
            sides = (
                ("removed", data.text_feature),
                ("added", columns.counterfactual(data.text_feature)),
            )
            row: dict[str, Any] = {data.id_feature: pair.example_id}
            if cells.is_record(pair.changes):
                row |= cells.sides_of(pair.changes)
            for kind, name in () if cells.is_record(pair.changes) else sides:
                row[name] = "".join(text for part, text in pair.changes if part in ("same", kind))
            row |= {"term": pair.term, "replacement": pair.replacement, "group": pair.group}
            for model, scores in pair.scores.items():
                if scores.original_class:
                    row[columns.top_class(model)] = scores.original_class
                    row[columns.counterfactual_top_class(model)] = scores.counterfactual_class
                    continue
                row[columns.score(model)] = scores.original
                row[columns.counterfactual_score(model)] = scores.counterfactual
            rows.append(row)
        text = data.text_feature
        names = [data.id_feature, text, columns.counterfactual(text)]
        names += ["term", "replacement", "group"]
        for model in models:
            names += [columns.score(model), columns.counterfactual_score(model)]
        # Without any row the columns still say what would stand there.
        return pd.DataFrame(rows) if rows else pd.DataFrame(columns=names)

    def eval_result(self, model: str) -> Any:
        """TFMA's own result of one model, for `tfma.view` and other TFMA tools.

        A run whose models need no TensorFlow has none yet; it is made of the scored pairs.

        Raises:
            ValueError: If the report has no model of that name.
        """
        from fairflip.protos.forms.model_specs import file_name

        names = [m.name for m in self.report.models]
        if model not in names:
            raise ValueError(f"no model {model!r} in this run; it has {', '.join(names)}")
        folder = pathlib.Path(self.output_dir) / "tfma" / file_name(model)
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

        from fairflip.pipeline.run.report_files import own_files

        for name in ("scored_pairs", "pairs"):
            if files := own_files(self.output_dir, name):
                return ds.dataset(files).to_table()
        raise FileNotFoundError(f"no pairs in {self.output_dir}")

    def show(self) -> Any:
        """The Fairness Indicators widget with the first two models side by side."""
        from fairflip.pipeline.run.report_files import own_files
        from fairflip.view import FairnessIndicatorViewer

        files = own_files(self.output_dir, "scored_pairs")
        viewer = FairnessIndicatorViewer.from_report(self.report, scored_pairs=files or None)
        # It reads the files when a bar is pressed: they last as long as it does.
        weakref.finalize(viewer, _keep, self)
        return viewer

    def __repr__(self) -> str:
        from fairflip.view.terminal.summary_table import format_table

        return format_table(self.report) + self._where()

    def _where(self) -> str:
        if not self.is_temporary:
            return ""
        return f"\nfiles: {self.output_dir} (gone with this result; output_dir= keeps them)"

    def _repr_html_(self) -> str:
        from fairflip.view.notebook.result_table import render

        page = pathlib.Path(self.output_dir) / "report.html"
        return render(self.report, str(page), _address_in_notebook(page))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Both forms, whatever a front end asks for: none has any state of its own.
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}


def _address_in_notebook(page: pathlib.Path) -> str:
    """The page's address from the folder that a notebook runs in; "" where it lies elsewhere."""
    if "://" in str(page) or not page.is_file():
        return ""
    try:
        below = page.resolve().relative_to(pathlib.Path.cwd())
    except ValueError:
        return ""
    return urllib.parse.quote(below.as_posix())


def _keep(_: Result) -> None:
    """Does nothing: its argument lives as long as what it is kept for."""
