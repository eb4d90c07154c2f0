"""Spares graphs of small jobs the checks that find slips in the code of transforms.

For each transform Beam compares the types that it takes and gives with those of its neighbours, and
reads the source of its function to see whether it both yields and returns: some 500 comparisons and
80 functions in a small evaluation, a twelfth of its CPU, of a graph that every run builds the same.
It pickles each function and its arguments, 260 times, to see whether they can be: they are, for the
job, when the graph is whole.
Transforms are checked where tests run them by themselves, and graphs of other runners when they are
built. Types are found as before, so that coders are the same. Beam 2.75 to 2.77.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.options import is_in_this_process


@contextlib.contextmanager
def graphs_unchecked(options: PipelineOptions) -> Iterator[None]:
    """Within the block, Beam takes graphs for workers in this process as they are.

    Args:
        options: The job's; with another runner, or workers in processes of their own,
            nothing is changed.
    """
    from apache_beam.internal import pickler
    from apache_beam.transforms import core, ptransform

    if not is_in_this_process(options):
        yield
        return
    functions: Any = core
    any_transform: Any = ptransform.PTransform
    with_side_inputs: Any = ptransform.PTransformWithSideInputs
    reads_source = functions._check_fn_use_yield_and_return
    compare = any_transform.type_check_inputs_or_outputs
    compare_inputs = with_side_inputs.type_check_inputs
    pickles: Any = pickler
    there_and_back = pickles.roundtrip
    pickles.roundtrip = lambda value: value
    functions._check_fn_use_yield_and_return = lambda function: False
    any_transform.type_check_inputs_or_outputs = lambda self, values, side: None
    with_side_inputs.type_check_inputs = lambda self, values: None
    try:
        yield
    finally:
        functions._check_fn_use_yield_and_return = reads_source
        any_transform.type_check_inputs_or_outputs = compare
        with_side_inputs.type_check_inputs = compare_inputs
        pickles.roundtrip = there_and_back
