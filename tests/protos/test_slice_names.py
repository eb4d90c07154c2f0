"""One name for one slice, whatever its values hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairflip.protos.slice_names import parts_of_cross, slice_name

PARTS = st.lists(st.text(alphabet="_X\\ab", max_size=6), min_size=2, max_size=3)


@given(PARTS, PARTS)
def test_different_crosses_have_different_names_that_can_be_taken_apart(first, second):
    names = [slice_name(["f"] * len(parts), parts) for parts in (first, second)]
    assert (names[0] == names[1]) == (first == second)
    assert parts_of_cross(names[0].split(":", 1)[1]) == first


def test_plain_names_are_tfmas():
    assert slice_name(["gender"], ["a_X_b"]) == "gender:a_X_b"
    assert slice_name(["gender", "race"], ["female", "black"]) == "gender_X_race:female_X_black"
