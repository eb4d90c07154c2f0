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
