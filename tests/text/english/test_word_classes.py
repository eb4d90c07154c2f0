"""Parts of speech of words in their forms, and that no offensive word is listed."""

from __future__ import annotations

from importlib import resources

import pytest

from fairflip.text.english.word_classes import (
    WORDS_FILE,
    frames_of,
    parts_of_speech,
    unstretched,
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("house", "N"),
        ("houses", "S"),
        ("table", "N"),
        ("cities", "S"),
        ("believe", "V"),
        ("believes", "Z"),
        ("believed", "D"),
        ("believing", "G"),
        ("stopped", "D"),
        ("tried", "D"),
        ("happy", "A"),
        ("happiest", "A"),
        ("quickly", "R"),
        ("dance", "NV"),
        ("sooo", "R"),
        ("qwertz", ""),
        ("", ""),
    ],
)
def test_a_form_is_what_its_word_is_in_it(word, expected):
    assert parts_of_speech(word).letters == expected


def test_how_much_of_a_noun():
    words = ("house", "believe", "qwertz")
    assert [parts_of_speech(word).nounness for word in words] == ["5", "0", ""]
    assert "0" < parts_of_speech("dance").nounness < "5"


def test_what_may_follow_a_verb():
    for form in ("offer", "offers", "offered", "offering"):
        assert "two" in frames_of(form)
    assert "two" not in frames_of("admire")
    assert {"somebody", "something"} <= set(frames_of("admired"))
    assert frames_of("qwertz") == ()


def test_letters_that_are_repeated_for_effect_are_written_once():
    assert [unstretched(word) for word in ("sooo", "nooooope", "book")] == ["so", "nope", "book"]


def test_the_file_is_plain_small_and_holds_each_word_once():
    content = resources.files("fairflip.text.english").joinpath(WORDS_FILE).read_bytes()
    assert len(content) < 100_000
    words = [word for line in content.decode("ascii").splitlines() for word in line.split()[1:]]
    assert len(set(words)) == len(words) > 5000
    assert all(word.isalpha() and word.islower() for word in words)
