"""What errors may quote: names and values, shortened and escaped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.protos.errors import MAX_CHARACTERS, MAX_PROBLEMS, ConfigurationError, InputError


@given(st.text(max_size=20), st.integers(1, 500))
def test_a_message_is_short_and_obeyed_by_no_terminal(text, times):
    message = str(InputError("x.csv: " + text * times))
    assert message.startswith("x.csv: "[: len(message)])
    assert message.isprintable()
    assert len(message) <= MAX_CHARACTERS + len(" ... ")


def test_many_mistakes_are_counted_and_not_printed():
    error = ConfigurationError(
        [f"data.examples[{n}]: 'text {n}' matches no file" for n in range(690)]
    )
    assert len(error.problems) == MAX_PROBLEMS + 1
    assert error.problems[-1] == "and 670 more mistakes like these"
    assert str(error).count("\n") == MAX_PROBLEMS
    # Found in two places and put together again.
    assert len(ConfigurationError([*error.problems, "seed: is wrong"]).problems) == MAX_PROBLEMS + 1


@pytest.mark.parametrize("num", [1, MAX_PROBLEMS])
def test_few_are_listed_whole(num):
    sentences = [f"field{n}: is wrong; mend it" for n in range(num)]
    assert ConfigurationError(sentences).problems == tuple(sentences)
