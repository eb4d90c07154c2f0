"""Training pairs from texts: the same removal as the pipeline's, row by row."""

from __future__ import annotations

import random

import numpy as np
import pytest
import tensorflow as tf

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.remediation.counterfactual.keras.utils import build_counterfactual_data
from fairflip.text.ablation import Ablation
from fairflip.text.matcher import Matcher

TERMS = [term.text for term in load_terms("clp_tutorial").terms]
PLAIN = ["the", "theme", "apple", "shell", "human", "bread", "a", "an", "history", "été", "🌻"]


def sentences(count: int, seed: int) -> list[str]:
    """Made-up sentences of plain words and terms, with signs and line breaks among them."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        share = chance.choice([0, 0.3, 0.7])
        text = ""
        for _ in range(chance.randint(0, 9)):
            word = chance.choice(TERMS if chance.random() < share else PLAIN)
            word = chance.choice([str, str, str.upper, str.title])(word)
            word = chance.choice(["{}", "{}", "{}", "({})", "#{}", "{}'s", "“{}”", "x-{}"]).format(
                word
            )
            text += word + chance.choice([" ", " ", " ", ", ", ". ", "\n", " - ", "/"])
        made.append(text)
    return made


def rows_of(pairs) -> list[tuple[str, str, float]]:
    return [
        (original.decode(), changed.decode(), float(weight))
        for batch in pairs.as_numpy_iterator()
        for original, changed, weight in zip(*batch, strict=True)
    ]


def dataset(texts, *others):
    return tf.data.Dataset.from_tensor_slices((tf.constant(texts), *others))


def test_texts_equal_those_of_the_pipelines_ablation():
    texts = sentences(500, seed=7)
    weights = np.arange(500, dtype=np.float32)
    train = dataset(texts, np.zeros(500), weights).batch(7)
    pairs = build_counterfactual_data(train, sensitive_terms_to_remove=TERMS)
    made = Ablation(load_terms("clp_tutorial")).generate(texts)
    expected = [
        (text, one[0].text, weight)
        for text, one, weight in zip(texts, made, weights, strict=True)
        if one
    ]
    assert 200 < len(expected) < 450
    assert rows_of(pairs) == expected
    matcher = Matcher(TERMS)
    assert all(new != old for old, new, _ in expected)
    # What looked like a part of a name is left alone, and may stand by itself afterwards.
    assert sum(bool(matcher.find(new)) for _, new, _ in expected) < len(expected) / 10
    assert all(old.count("\n") == new.count("\n") for old, new, _ in expected)


def test_batches_stay_full_and_weights_are_one_without_any():
    texts = ["a man ran", "a theme"] * 8
    pairs = build_counterfactual_data(
        dataset(texts, np.zeros(16)).batch(4), sensitive_terms_to_remove=["man", "Man", " man "]
    )
    batches = list(pairs.as_numpy_iterator())
    assert [len(batch[0]) for batch in batches] == [4, 4]
    assert rows_of(pairs) == [("a man ran", "a ran", 1.0)] * 8


@pytest.mark.parametrize("labelled", [True, False])
def test_unbatched_stays_unbatched(labelled):
    train = dataset(["a man ran", "a theme"], *([[1, 0]] if labelled else []))
    if not labelled:
        train = train.map(lambda text: text)
    ((original, changed, weight),) = build_counterfactual_data(
        train, sensitive_terms_to_remove=["man"]
    ).as_numpy_iterator()
    assert (original, changed, weight) == (b"a man ran", b"a ran", 1.0)


def test_a_column_of_texts_and_bytes_that_are_no_text():
    texts = [[b"a man \xff ran"], [b"\xfe"], [b"man"]]
    pairs = build_counterfactual_data(
        dataset(texts, np.zeros((3, 1))).batch(3), sensitive_terms_to_remove=["man"]
    )
    ((originals, changed, weights),) = pairs.as_numpy_iterator()
    assert originals.tolist() == [texts[0], texts[2]]
    assert changed.tolist() == [[b"a \xff ran"], [b""]]
    assert weights.tolist() == [1.0, 1.0]


def test_no_text_holds_a_term():
    train = dataset(["a theme", "human"], [1, 0]).batch(2)
    pairs = build_counterfactual_data(train, sensitive_terms_to_remove=["he", "man"])
    assert list(pairs) == []


def test_a_custom_function_is_given_whole_rows_that_hold_a_term():
    train = dataset(["a man", "a theme", "one man"], [1, 0, 2], [0.5, 1.0, 2.0]).batch(3)

    def doubled(batch):
        text, label, weight = batch
        return text, text + text, weight * tf.cast(label, tf.float32)

    pairs = build_counterfactual_data(train, ["man"], doubled)
    assert rows_of(pairs) == [("a man", "a mana man", 0.5), ("one man", "one manone man", 4.0)]


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ("man", "give a list of terms"),
        (["man", ""], r"sensitive_terms_to_remove\[1\]"),
        (["?"], "no letter, digit or symbol"),
    ],
)
def test_unusable_terms_are_refused(terms, message):
    with pytest.raises(ValueError, match=message):
        build_counterfactual_data(dataset(["a man"], [1]).batch(1), terms)


def test_terms_need_texts():
    train = tf.data.Dataset.from_tensor_slices(({"text": ["a man"]}, [1])).batch(1)
    with pytest.raises(ValueError, match="one string tensor"):
        build_counterfactual_data(train, ["man"])
