"""A run says which of its numbers are less than they look."""

from __future__ import annotations

from fairflip.pipeline.run.cautions import cautions
from fairflip.protos.report_pb2 import RunReport


def judged(**at) -> RunReport:
    look = {
        "num_texts": 200,
        "num_differing_scores": 42,
        "num_differing_decisions": 40,
        "largest_difference": 0.8,
    }
    steady = {"num_texts": 200, "largest_difference": 3e-8}
    return RunReport(
        models=[
            {"name": "noisy", "second_look": look, "slices": [{"thresholds": [at]}]},
            {"name": "steady", "second_look": steady},
            {"name": "in the data"},
        ]
    )


def test_a_model_whose_answers_differ_is_named_with_the_cure():
    assert list(cautions(judged())) == [
        "warning: noisy answers differently when it is asked again: 42 of 200 scores changed, by "
        "up to 0.8, and 40 decisions; --repeats=2 shows how many flips are such noise"
    ]


def test_with_repeats_the_noise_floor_stands_beside_the_flip_rate():
    [sentence] = cautions(judged(repeat_flip_rate={"value": 0.17}, flip_rate={"value": 0.2}))
    assert sentence.endswith("17.0% of pairs flip without any edit, 20.0% with it")


def test_nothing_is_said_of_a_steady_model():
    assert list(cautions(RunReport(models=judged().models[1:]))) == []
