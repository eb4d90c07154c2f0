"""Names of features by the words around a pronoun."""

from __future__ import annotations

import dataclasses

from fairflip.text.english.pronoun_features import NAMES, Surroundings, parts_of


def names(**words) -> set[str]:
    around = Surroundings(**{"gap_before": "", "second_before": "", "sign": "", **words})
    return {name for part in parts_of(around, NAMES) for name in part}


def test_words_of_open_classes_are_there_by_endings_and_classes_alone():
    made = names(before="admired", after="brother", second="quickly", third="today")
    assert {"p1=*", "p1-red", "b:open", "b:ed", "f:somebody", "f:something"} <= made
    assert {"w1-her", "a:kin", "a:kin|open", "b:open&a:kin", "f:somebody&a:kin|open"} <= made
    assert {"w2-kly", "a:kin&w2-ly", "k2:R&k3:=today"} <= made
    # What is written down of a word by hand stands in the place of its parts of speech.
    assert not any(name.startswith(("k:", "n:")) for name in made)
    words = {"admired", "brother", "quickly"}
    assert not any(word in name for name in made for word in words)


def test_parts_of_speech_of_words_that_no_list_by_hand_has():
    made = names(before="offered", after="resist", second="house", third="")
    assert {"k:V", "k:V|open", "n:0", "n:0&n2:5", "k:V&k2:N", "k2:N&k3:."} <= made
    assert {"f:two", "f:two&k:V", "b:give&n:0"} <= made
    unknown = names(before="offered", after="qwertz", second="", third="")
    assert {"a:open", "a:open|end", "a:open&k2:."} <= unknown
    assert not any(name.startswith(("k:", "n:")) for name in unknown)


def test_without_a_word_behind_it_there_is_what_stands_before():
    made = names(before="with", sign=".", after="")
    assert made == {"before:", "after:.", "p1=with", "b:closed"}


def test_each_part_is_made_once_by_its_own_maker():
    counted = dataclasses.replace(
        NAMES, **{part.name: lambda *_, name=part.name: name for part in dataclasses.fields(NAMES)}
    )
    around = Surroundings("", "they", "admired", "", "resist", second="house", third="to")
    parts = parts_of(around, counted)
    assert sorted(parts) == sorted(part.name for part in dataclasses.fields(NAMES))
