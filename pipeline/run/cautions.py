"""What a run says on its way of numbers that are less than they look, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator

from fairflip.protos.report_pb2 import ModelReport, RunReport


def cautions(report: RunReport) -> Iterator[str]:
    """Sentences without text of the data; names of models are the configuration's."""
    yield from _shared_examples(report)
    for model in report.models:
        if model.second_look.num_differing_scores:
            yield _answers_differ(model)


def _answers_differ(model: ModelReport) -> str:
    look = model.second_look
    sentence = (
        f"warning: {model.name} answers differently when it is asked again: "
        f"{look.num_differing_scores:,} of {look.num_texts:,} scores changed, by up to "
        f"{look.largest_difference:.2g}, and {look.num_differing_decisions:,} decisions; "
    )
    at = model.slices[0].thresholds[0] if model.slices and model.slices[0].thresholds else None
    if at is not None and at.HasField("repeat_flip_rate"):
        noise, rate = at.repeat_flip_rate.value, at.flip_rate.value
        return sentence + f"{noise:.1%} of pairs flip without any edit, {rate:.1%} with it"
    return sentence + "--repeats=2 shows how many flips are such noise"


def _shared_examples(report: RunReport) -> Iterator[str]:
    ids, texts = report.pairing.num_shared_ids, report.pairing.num_shared_texts
    if ids or texts:
        yield (
            f"warning: {ids:,} evaluated originals have the ID of a training example, {texts:,} "
            "have its text; what a model was trained on says little of other texts: keep the "
            "two apart"
        )


def nothing_removed(report: RunReport) -> str:
    """What is said of a run that retrained a model whose flips do not exceed controls, or "".

    Args:
        report: Of both models; judged is the first, at its first threshold.
    """
    from fairflip.remediation.sweep.price import nothing_to_remove

    baseline = report.models[0].slices[0] if report.models and report.models[0].slices else None
    at = baseline.thresholds[0] if baseline is not None and baseline.thresholds else None
    if at is None or not at.HasField("excess_flip_rate") or at.excess_flip_rate.lower > 0:
        return ""
    excess = at.excess_flip_rate
    return nothing_to_remove(at.control_flip_rate.value, excess.value, excess.lower, excess.upper)
