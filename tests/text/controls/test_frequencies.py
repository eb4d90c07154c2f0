"""Document frequencies: exact, merged in any order, bounded."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.word_classes import FUNCTION_WORDS, names_in, standing_words

SOME = "the The garden RIVER éa don't @bob x.org stone"
texts = st.lists(st.lists(st.sampled_from(SOME.split())).map(" ".join), max_size=12)


@given(texts, texts, texts)
def test_merging_is_counting_all_at_once(a, b, c):
    zero = DocumentFrequencies.zero()
    whole = zero.plus_texts([*a, *b, *c])
    parts = [zero.plus_texts(part) for part in (a, b, c)]
    for merged in (parts[0] + (parts[1] + parts[2]), (parts[2] + parts[0]) + parts[1] + zero):
        assert merged == whole
    direct = Counter(
        word for text in [*a, *b, *c] for word in ("garden", "river") if word in text.lower()
    )
    assert {word: whole.counts[word] for word in direct} == direct
    assert whole.standing.get("river", 0) == 0  # always in capitals
    assert whole.standing.get("garden", 0) == direct["garden"]
    assert whole.standing.get("don", 0) == whole.standing.get("bob", 0) == 0


@given(st.lists(st.integers(0, 400), max_size=300), st.integers(0, 300))
def test_beyond_the_bound_the_sample_depends_on_the_words_alone(numbers, cut):
    words = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in numbers]
    texts = [f"{word} the term" for word in words]
    zero = DocumentFrequencies.zero(max_words=20, always_kept=frozenset({"term"}))
    whole = zero.plus_texts(texts)
    one_by_one = zero
    for text in reversed(texts):
        one_by_one += zero.plus_texts([text])
    halves = zero.plus_texts(texts[cut:]) + zero.plus_texts(texts[:cut])
    assert whole == one_by_one == halves
    pool = set(whole.counts) - FUNCTION_WORDS - {"term"}
    assert len(pool) == min(20, len(set(words)))
    assert all(whole.counts[word] == words.count(word) for word in pool)
    assert whole.counts.get("term", 0) == whole.counts.get("the", 0) == len(texts)


def test_two_bounds_are_not_added():
    with pytest.raises(ValueError, match="two bounds"):
        DocumentFrequencies.zero(5) + DocumentFrequencies.zero(6)


@pytest.mark.parametrize(
    ("text", "standing", "names"),
    [
        ("The garden (of bread), not well-known.", "The garden of bread not", ""),
        ("we don't like you'll", "we like", ""),
        ("see http://garden.org and @river or #stone u/bread", "see and or", ""),
        (
            "I met Ann in Rome. Then NASA called",
            "met Ann in Rome Then NASA called",
            "Ann Rome NASA",
        ),
        ("“Bread” is good! Stone", "Bread is good Stone", ""),
        ("THIS IS LOUD", "THIS IS LOUD", ""),
        ("w*man wo_man (wo)man s/he", "", ""),
    ],
)
def test_words_that_stand_by_themselves(text, standing, names):
    assert standing_words(text) == standing.split()
    assert names_in(text) == set(names.split())
