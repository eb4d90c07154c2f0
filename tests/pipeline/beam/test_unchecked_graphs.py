"""Graphs for this process are built without checks, with the types and coders of checked ones."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal import pickler
from apache_beam.transforms import core
from apache_beam.typehints import TypeCheckError

from fairflip.pipeline.beam.options import beam_options
from fairflip.pipeline.beam.unchecked_graphs import graphs_unchecked

ELSEWHERE = [
    ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
    ["--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"],
]


def mismatched(flags: list[str], side_input: bool = False) -> beam.Pipeline:
    """Text goes into what takes numbers."""

    options = beam_options(flags)
    pipeline = beam.Pipeline(options=options)
    numbers = pipeline | beam.Create([1]).with_output_types(int)
    texts = pipeline | "Texts" >> beam.Create(["a"]).with_output_types(str)
    with graphs_unchecked(options):
        if side_input:
            other = beam.pvalue.AsSingleton(texts)
            _ = numbers | beam.Map(int.__add__, other).with_input_types(int, int)
        else:
            _ = texts | beam.Map(int).with_input_types(int)
    return pipeline


def test_types_are_not_compared_within_the_block():
    assert mismatched([])
    assert mismatched([], side_input=True)


@pytest.mark.parametrize("flags", ELSEWHERE)
@pytest.mark.parametrize("side_input", [False, True])
def test_they_are_where_workers_are_elsewhere(flags, side_input):
    with pytest.raises(TypeCheckError):
        mismatched(flags, side_input)


def pickled_arguments(flags: list[str]) -> list[Any]:
    """What Beam pickles of a graph of one function while it is built."""
    options = beam_options(flags)
    numbers = beam.Pipeline(options=options) | beam.Create([1]).with_output_types(int)
    pickled: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        own = pickler.roundtrip
        patch.setattr(pickler, "roundtrip", lambda value: pickled.append(value) or own(value))
        with graphs_unchecked(options):
            _ = numbers | beam.Map(pow, 2).with_output_types(int)
    return pickled


def test_functions_and_arguments_are_not_tried_for_pickling_within_the_block():
    assert pickled_arguments([]) == []


@pytest.mark.parametrize("flags", ELSEWHERE)
def test_they_are_tried_where_workers_are_elsewhere(flags):
    assert len(pickled_arguments(flags)) == 3


def test_what_cannot_be_pickled_is_refused_before_anything_runs():
    ran = []
    options = beam_options([])
    pipeline = beam.Pipeline(options=options)
    with graphs_unchecked(options):
        numbers = iter(range(3) for _ in "a")
        _ = pipeline | beam.Create([1]) | beam.Map(lambda value: ran.append((value, numbers)))
    with pytest.raises(RuntimeError, match="translate"):
        pipeline.run()
    assert not ran


def test_they_are_again_behind_the_block_and_after_an_error():
    checks, tries = core._check_fn_use_yield_and_return, pickler.roundtrip
    with pytest.raises(ZeroDivisionError), graphs_unchecked(beam_options([])):
        raise ZeroDivisionError
    assert core._check_fn_use_yield_and_return is checks
    assert pickler.roundtrip is tries
    texts = beam.Pipeline(options=beam_options([])) | beam.Create(["a"]).with_output_types(str)
    with pytest.raises(TypeCheckError):
        _ = texts | beam.Map(lambda value: value).with_input_types(int)


def test_types_and_coders_are_those_of_checked_graphs():
    def graph() -> list[tuple]:
        options = beam_options([])
        pipeline = beam.Pipeline(options=options)
        rows = pipeline | beam.Create([("a", 1)]).with_output_types(tuple[str, int])
        sums = rows | beam.CombinePerKey(sum)
        named = sums | beam.Map(lambda row: row[0]).with_output_types(str)
        proto = pipeline.to_runner_api(use_fake_coders=False)
        coders = proto.components.coders
        assert named.element_type is str
        return [
            (one.unique_name, coders[one.coder_id].spec.urn, coders[one.coder_id].spec.payload)
            for one in proto.components.pcollections.values()
        ]

    checked = graph()
    with graphs_unchecked(beam_options([])):
        assert graph() == checked
