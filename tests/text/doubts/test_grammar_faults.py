"""Slips of grammar that one version of a text has and the other has not."""

from __future__ import annotations

import pytest

from fairflip.text.doubts.grammar_faults import (
    begins_or_ends_worse,
    has_more_faults,
    num_faults,
)

SINGULARS, PLURALS = frozenset({"woman", "man"}), frozenset({"women", "men"})


@pytest.mark.parametrize(
    ("original", "counterfactual"),
    [
        ("He is late.", "They is late."),
        ("They have time.", "She have time."),
        ("Were we right?", "Were we we right?"),
        ("a woman left", "an woman left"),
        ("an old man", "an young man"),
        ("This woman is here.", "This women is here."),
        ("Those women are in.", "Those man are in."),
        ("I went with her.", "I went with she."),
        ("She is a waiter.", "is a."),
        ("We left, all of us.", "We left , all of us."),
        ("My friend (a woman) sang", "My friend (a sang"),
    ],
)
def test_a_slip_that_only_the_second_text_has_is_seen(original, counterfactual):
    assert has_more_faults(original, counterfactual, SINGULARS, PLURALS)
    assert not has_more_faults(original, original, SINGULARS, PLURALS)
    assert not has_more_faults(counterfactual, counterfactual, SINGULARS, PLURALS)


@pytest.mark.parametrize(
    "text",
    [
        "Did he have time, and let she who can sing do so.",
        "He knew that that was so, very very late.",
        "If he have an hour, an honest man has a unit.",
        "The man next to him is tall.",
        "A women-only gym, this men's room.",
    ],
)
def test_sound_english_has_no_slip(text):
    assert num_faults(text, SINGULARS, PLURALS) == 0


@pytest.mark.parametrize(
    ("original", "counterfactual", "is_worse"),
    [
        ("She sat down.", "he sat down.", True),
        ("She sat down.", "He sat", True),
        ("She sat down.", "He sat down!", False),
        ("she sat", "he sat", False),
        ("She said “no”", "He said no", False),
        ("She sat.", "", False),
    ],
)
def test_how_a_text_begins_and_ends(original, counterfactual, is_worse):
    assert begins_or_ends_worse(original, counterfactual) is is_worse
