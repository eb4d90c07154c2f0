"""Parts of sentences that messages share."""

from __future__ import annotations

import pytest

from fairflip.protos.forms.messages import count_of


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (1, ("record",), "1 record"),
        (0, ("record",), "0 records"),
        (1200, ("pair",), "1,200 pairs"),
        (1, ("pair differs", "pairs differ"), "1 pair differs"),
        (2, ("pair differs", "pairs differ"), "2 pairs differ"),
    ],
)
def test_what_is_counted_agrees_with_its_number(number, words, text):
    assert count_of(number, *words) == text
