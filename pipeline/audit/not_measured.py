"""What a run did not measure, found from its report."""

from __future__ import annotations

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import printable
from fairflip.protos.forms.messages import count_of
from fairflip.protos.report_pb2 import RunReport

_MAX_NAMED = 12


def not_measured(report: RunReport, config: PipelineConfig) -> list[str]:
    """One sentence for each thing that the run says nothing about.

    Args:
        report: Of the run, with a model.
        config: What it was to do.
    """
    gaps: list[str] = []
    slices = report.models[0].slices
    overall, slicing = slices[0], list(config.evaluation.slices)
    if not overall.num_control_pairs:
        gaps.append(
            "Controls: no other word was edited, so that no rate says that identity, and not any "
            "edit, changed a decision."
        )
    if not overall.HasField("auc"):
        gaps.append("Labels: no accuracy, AUC or error rate by group was measured.")
    if not slicing:
        gaps.append("Groups: the originals were not sliced by any feature.")
    elif not any("," in entry for entry in slicing):
        gaps.append("Intersections: no two features were crossed.")
    if not any(at.HasField("repeat_flip_rate") for at in overall.thresholds) and not any(
        model.HasField("second_look") for model in report.models
    ):
        gaps.append("Repeats: no text was scored twice, so that noise of the model is not known.")
    if not report.HasField("review"):
        gaps.append("People: nobody judged whether the edited texts are valid.")
    few = [part.slice for part in slices if part.has_few_originals]
    if few:
        gaps.append(
            f"Too few originals to say anything: {_named(few)} "
            f"({count_of(len(few), 'slice')} of {len(slices)})."
        )
    absent = [one.term for one in report.term_coverage if not one.num_pairs]
    if absent:
        gaps.append(
            f"Terms of the list that no pair was made with: {_named(absent)} "
            f"({count_of(len(absent), 'term')} of {len(report.term_coverage)})."
        )
    categories = sorted({one.category for one in report.term_coverage if one.category})
    covered = {one.category for one in report.term_coverage if one.num_pairs}
    missing = [name for name in categories if name not in covered]
    if missing:
        gaps.append(f"Categories without any pair: {_named(missing)}.")
    lost = sum(reject.count for reject in report.rejects)
    if lost:
        gaps.append(f"Records left out: {lost:,}, with their reasons in rejects/.")
    if report.pairing.num_unmatched_originals:
        gaps.append(
            "Originals without a counterfactual, of which no flip can be known: "
            f"{report.pairing.num_unmatched_originals:,}."
        )
    if config.evaluation.cluster_feature == "":
        gaps.append(
            "Authors, threads and templates: each original was taken as a draw of its own "
            "(--cluster_feature names what is drawn together)."
        )
    gaps.append(
        "Everything beyond the edited terms and these texts: other ways to name a group, dialect, "
        "names, other languages, and what people do with the decisions."
    )
    return gaps


def _named(names: list[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:_MAX_NAMED])
    return shown + (" …" if len(names) > _MAX_NAMED else "")
