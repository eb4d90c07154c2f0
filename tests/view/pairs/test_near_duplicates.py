"""Texts that say nearly the same stand together, against a comparison of all with all."""

from __future__ import annotations

import re

import numpy as np

from fairflip.view.pairs import near_duplicates

WORDS = [f"word{letter}{other}" for letter in "abcdefgh" for other in "ijklmnop"]


def shared(one: str, other: str) -> float:
    def rows(text):
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[start : start + 3]) for start in range(max(1, len(words) - 2))}

    return len(rows(one) & rows(other)) / len(rows(one) | rows(other))


def test_near_texts_are_found_and_others_left_alone():
    random = np.random.default_rng(1)
    texts = []
    for _ in range(60):
        words = list(random.choice(WORDS, 24))
        texts.append(" ".join(words))
        words[int(random.integers(24))] = "another"
        texts.append(" ".join(words).upper() + "!")
    leaders = near_duplicates.groups(texts)
    together = [shared(texts[at], texts[at + 1]) >= 0.6 for at in range(0, 120, 2)]
    assert sum(together) > 50
    missed = [
        at
        for at, near in zip(range(0, 120, 2), together, strict=True)
        if near and leaders[at + 1] != leaders[at]
    ]
    assert not missed
    for position, leader in enumerate(leaders):
        assert leader <= position
        assert leaders[leader] == leader
        assert leader == position or shared(texts[leader], texts[position]) >= 0.6


def test_case_digits_signs_and_empty_texts():
    texts = ["A day in 1999.", "a DAY in 2024", "", "!?", "\ud800"]
    assert near_duplicates.groups(texts) == [0, 0, 2, 2, 2]
