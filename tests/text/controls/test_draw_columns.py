"""What is drawn for pairs, as columns."""

from __future__ import annotations

from fairflip.text.controls.draw import NO_WORD_AS_FREQUENT, ControlEdit, Drawn, DrawnColumns
from fairflip.text.controls.edited_words import EditedWord
from fairflip.text.controls.same_group import SameGroupSwap

HE = EditedWord("he", "she", 1, 0.0)
WOMAN = EditedWord("woman", "", 2, 0.5)
ONE = ControlEdit("a stone", ("bread",), ("stone",), 0.25)
TWO = ControlEdit("nothing", ("river", "near"), ("", ""), 1.5)
SWAP = SameGroupSwap("a lady", ("woman",), ("lady",))
DRAWN = [
    Drawn((HE,), (ONE, TWO), ""),
    Drawn((), (), "no_word_edited"),
    Drawn((HE, WOMAN), (TWO,), NO_WORD_AS_FREQUENT, SWAP),
]


def test_columns_say_what_is_drawn_of_each_pair():
    columns = DrawnColumns.of(DRAWN)
    assert columns.edited.to_pylist() == [["he"], [], ["he", "woman"]]
    assert columns.keys.to_pylist() == [["he↔she"], [], ["he↔she", "woman"]]
    assert columns.shortages == ["", "no_word_edited", NO_WORD_AS_FREQUENT]
    controls = columns.controls
    assert controls.pair.tolist() == [0, 0, 2]
    assert controls.text.to_pylist() == ["a stone", "nothing", "nothing"]
    assert controls.words.to_pylist() == [["bread"], ["river", "near"], ["river", "near"]]
    assert controls.replacements.to_pylist() == [["stone"], ["", ""], ["", ""]]
    assert controls.octaves_off.tolist() == [0.25, 1.5, 1.5]
    swaps = columns.same_group
    assert (swaps.pair.tolist(), swaps.text.to_pylist()) == ([2], ["a lady"])
    assert (swaps.words.to_pylist(), swaps.replacements.to_pylist()) == ([["woman"]], [["lady"]])


def test_parts_are_joined_in_their_order():
    whole = DrawnColumns.of(DRAWN)
    parts = [DrawnColumns.of(part) for part in (DRAWN[:1], [], DRAWN[1:])]
    actual = DrawnColumns.joined(parts)
    assert actual.edited.equals(whole.edited)
    assert actual.keys.equals(whole.keys)
    assert actual.shortages == whole.shortages
    for one, other in (
        (actual.controls, whole.controls),
        (actual.same_group, whole.same_group),
    ):
        assert one.pair.tolist() == other.pair.tolist()
        assert one.text.equals(other.text)
        assert one.words.equals(other.words)
        assert one.replacements.equals(other.replacements)
        assert one.octaves_off.tolist() == other.octaves_off.tolist()
