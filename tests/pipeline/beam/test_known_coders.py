"""Collections travel in the coders that Beam would find by comparing all, found by content."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import fn_runner, translations

from fairflip.pipeline.beam.known_coders import coders_found_by_content
from fairflip.pipeline.beam.options import beam_options


def coders_of_stages() -> tuple[dict[str, str], dict[str, bytes]]:
    """By collection the name of its coder, and all coders by name."""
    pipeline = beam.Pipeline(options=beam_options([]))
    rows = pipeline | beam.Create([("a", 1), ("b", 2)]).with_output_types(tuple[str, int])
    sums = rows | beam.CombinePerKey(sum)
    sizes = rows | "Swap" >> beam.Map(lambda row: (row[1], row[0])).with_output_types(
        tuple[int, str]
    )
    grouped = sizes | beam.GroupByKey()
    both = (sums, rows) | beam.Flatten()
    _ = grouped | "Use" >> beam.Map(lambda row, all_rows: None, beam.pvalue.AsList(both))
    context, stages = fn_runner.FnApiRunner().create_stages(pipeline.to_runner_api())
    assert stages
    coders = context.components.coders
    of_collections = {
        context.components.pcollections[name].unique_name: coder
        for name, coder in context.data_channel_coders.items()
    }
    return of_collections, {
        name: coder.SerializeToString(deterministic=True) for name, coder in coders.items()
    }


def contents(of_stages: tuple[dict[str, str], dict[str, bytes]]) -> dict[str, bytes]:
    of_collections, coders = of_stages
    return {name: coders[coder] for name, coder in of_collections.items()}


def test_coders_are_those_that_beam_finds(monkeypatch):
    beams_own = translations.TransformContext.add_or_get_coder_id
    compared: list[Any] = []

    def counting(self: Any, coder: Any, prefix: str = "coder") -> str:
        compared.append(coder)
        return beams_own(self, coder, prefix)

    monkeypatch.setattr(translations.TransformContext, "add_or_get_coder_id", counting)
    compared_all = coders_of_stages()
    times = len(compared)
    compared.clear()
    with coders_found_by_content():
        looked_up = coders_of_stages()
    assert contents(looked_up) == contents(compared_all)
    assert sorted(looked_up[1].values()) == sorted(compared_all[1].values())
    # One that is new is compared with all others; one that is known is not.
    assert 0 < len(compared) < times
    assert len(compared) == len({coder.SerializeToString(deterministic=True) for coder in compared})
    assert translations.TransformContext.add_or_get_coder_id is counting


def test_a_coder_that_changed_since_is_not_taken():
    with coders_found_by_content():
        pipeline = beam.Pipeline(options=beam_options([]))
        _ = pipeline | beam.Create([1]).with_output_types(int)
        context, _ = fn_runner.FnApiRunner().create_stages(pipeline.to_runner_api())
        first = context.add_or_get_coder_id(beam.coders.VarIntCoder().to_runner_api(None))
        wanted = type(context.components.coders[first])()
        wanted.CopyFrom(context.components.coders[first])
        context.components.coders[first].spec.urn = "another"
        again = context.add_or_get_coder_id(wanted)
        assert again != first
        assert context.components.coders[again] == wanted
