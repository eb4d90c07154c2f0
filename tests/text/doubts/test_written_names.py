"""Words that are written as names."""

from __future__ import annotations

import pytest

from fairflip.text.doubts.changed_words import sides
from fairflip.text.doubts.written_names import may_hold_names, names_among


@pytest.mark.parametrize(
    ("original", "counterfactual", "names", "may_hold"),
    [
        ("She flew to Oslo today.", "She flew to Cairo today.", ["Cairo"], True),
        ("She flew to Oslo today.", "She flew to cairo today.", [], False),
        ("She left. Dogs ran.", "She left. Cats ran.", [], True),
        ("Dogs ran.", "Cats ran.", [], True),
        ("She met (Ann) there.", "She met (Bea) there.", ["Bea"], True),
        ("She saw a dog.", "She saw The dog.", [], False),
        ("All Women Like Long Walks Here.", "All Women Like Cats Walks Here.", [], True),
    ],
)
def test_names(original, counterfactual, names, may_hold):
    _, new = sides(original, counterfactual)
    words = new.middle.lower().strip("()").split()
    assert names_among(new, words) == names
    assert may_hold_names(new.middle_words, words) is may_hold
    assert names_among(new, []) == []
    assert may_hold_names(new.middle_words, []) is False
