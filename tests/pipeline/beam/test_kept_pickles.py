"""What is pickled for this process alone is not compressed, and read as it was written."""

from __future__ import annotations

import base64
import bz2

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler as pickler
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


def test_type_hints_are_the_same_without_their_origin():
    made = beam.Map(len).with_output_types(int).get_type_hints()
    with type_hints_without_origin():
        spared = beam.Map(len).with_output_types(int).get_type_hints()
        assert spared.output_types == made.output_types
        assert not any("File" in line for line in spared.origin)
    assert any("File" in line for line in made.origin)
    again = IOTypeHints.empty().with_output_types(str)
    assert any("File" in line for line in again.origin)
