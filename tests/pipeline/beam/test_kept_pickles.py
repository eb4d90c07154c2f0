"""What is pickled for this process alone is not compressed, and read as it was written."""

from __future__ import annotations

import base64
import bz2
import contextlib
import io

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler as pickler
from apache_beam.internal import pickler as beams_pickler
from apache_beam.runners.worker import bundle_processor, operations
from apache_beam.typehints.decorators import IOTypeHints

from fairflip.pipeline.beam.kept_pickles import pickles_kept_plain, type_hints_without_origin
from fairflip.pipeline.beam.options import beam_options

VALUES = [["pair"] * 500, {"flip": (1, 2.5, None)}, len, b"BZh"]


def is_compressed(encoded: bytes) -> bool:
    return base64.b64decode(encoded).startswith(b"BZh")


def test_within_the_block_pickles_are_plain_and_older_ones_are_read():
    before = [pickler.dumps(value) for value in VALUES]
    with pickles_kept_plain(beam_options([])):
        within = [pickler.dumps(value) for value in VALUES]
        assert [pickler.loads(encoded) for encoded in (*before, *within)] == VALUES * 2
        assert not any(map(is_compressed, within))
    assert all(map(is_compressed, before))
    assert is_compressed(pickler.dumps(VALUES[0]))
    assert pickler.bz2 is bz2


@pytest.mark.parametrize(
    "flags",
    [
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2"],
        ["--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"],
    ],
)
def test_what_leaves_the_process_is_compressed(flags):
    with pickles_kept_plain(beam_options(flags)):
        assert is_compressed(pickler.dumps(VALUES[0]))


def test_they_are_compressed_again_after_an_error():
    with pytest.raises(ZeroDivisionError), pickles_kept_plain(beam_options([])):
        raise ZeroDivisionError
    assert pickler.bz2 is bz2
    assert is_compressed(pickler.dumps(VALUES[0]))


class Numbered(beam.DoFn):
    """Numbers the elements that one copy of it sees."""

    def __init__(self):
        self.seen = 0

    def process(self, element, first):
        self.seen += 1
        yield element[0], first + self.seen


def test_functions_of_bundles_are_handed_on_and_each_step_has_a_copy_of_its_own():
    options, numbered = beam_options([]), Numbered()
    pipeline = beam.Pipeline(options=options)
    rows = pipeline | beam.Create([("a", 0), ("a", 0), ("b", 0)]).with_output_types(tuple[str, int])
    first = beam.pvalue.AsSingleton(pipeline | "First" >> beam.Create([10]))
    for name in ("One", "Two"):
        steps = rows | f"Count{name}" >> beam.ParDo(numbered, first)
        sums = steps | f"Sum{name}" >> beam.CombinePerKey(sum)
        _ = sums | f"Tell{name}" >> beam.Map(lambda row, name: print(name, *row), name)
    with pickles_kept_plain(options), contextlib.redirect_stdout(io.StringIO()) as lines:
        pipeline.run()
    told = sorted(lines.getvalue().splitlines())
    # 11, 12 and 13 in some order of the rows, at both steps.
    totals = [sum(int(line.split()[2]) for line in told if name in line) for name in ("One", "Two")]
    assert totals == [36, 36]
    assert len(told) == 4
    assert numbered.seen == 0


def test_bundles_pickle_nothing_within_the_block_alone():
    modules = (bundle_processor, operations)
    with pickles_kept_plain(beam_options([])):
        value = Numbered()
        assert all(one.pickler.loads(one.pickler.dumps(value)) is value for one in modules)
        plain = beams_pickler.dumps(7)
        assert all(one.pickler.loads(plain) == 7 for one in modules)
    assert all(one.pickler is beams_pickler for one in modules)
    elsewhere = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    with pickles_kept_plain(beam_options(elsewhere)):
        assert all(one.pickler is beams_pickler for one in modules)


def test_type_hints_are_the_same_without_their_origin():
    made = beam.Map(len).with_output_types(int).get_type_hints()
    with type_hints_without_origin():
        spared = beam.Map(len).with_output_types(int).get_type_hints()
        assert spared.output_types == made.output_types
        assert not any("File" in line for line in spared.origin)
    assert any("File" in line for line in made.origin)
    again = IOTypeHints.empty().with_output_types(str)
    assert any("File" in line for line in again.origin)
