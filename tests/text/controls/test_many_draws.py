"""Controls of many pairs at once are those of each pair drawn by itself."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import IDENTITY_LISTS, load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.controls import many_draws, plain_texts
from fairflip.text.controls.draw import ControlDrawer, Drawn, DrawnColumns
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.many_draws import Row, draw_many
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms

TERMS = parse_terms(
    "term,group,category,swap,form\nhe,male,gender,she,\nshe,female,gender,he,\n"
    "man,male,gender,woman,noun\nwoman,female,gender,man,noun\nlady,female,gender,man,noun\n"
    "gentleman,male,gender,lady,noun\nGay,gay,orientation,straight,adjective\n"
    "straight,straight,orientation,gay,adjective\nblack woman,black,race,white woman,\n"
    "trans+,trans,gender,he,\n",
    "few",
)
SOME = (
    "he she man woman lady gay black trans+ not never the of and you report weather history garden "
    "bread river stone a an apple it is was London @bob http://x.org don't well-known I very blue "
    "green they the the Garden river river BREAD “stone” (garden) river. apple, USA McBread café "
    "snow_man 你好 bread… you’re they're 3d x2 … \n . #river woman's women it’s the. A An THE \u200b"
)
WORDS = SOME.split(" ")
texts = st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join)


@st.composite
def originals(draw) -> Row:
    original = draw(texts)
    words = original.split(" ")
    pairs = []
    for number in range(draw(st.integers(0, 3))):
        changed = [
            draw(st.sampled_from([word, "", "lady", "he", "a", *WORDS[:3]]))
            if draw(st.integers(0, 4)) == 0
            else word
            for word in words
        ]
        if draw(st.booleans()):
            changed = [word for word in changed if word]
        pairs.append((" ".join(changed), str(number)))
    return original, pairs, draw(st.text(max_size=3))


rows_of_originals = st.lists(originals(), max_size=12)


def one_by_one(drawer: ControlDrawer, rows: list[Row]) -> list[Drawn]:
    return [one for row in rows for one in drawer.draw(*row)]


def assert_same(actual: DrawnColumns, expected: DrawnColumns) -> None:
    assert actual.edited.to_pylist() == expected.edited.to_pylist()
    assert actual.keys.to_pylist() == expected.keys.to_pylist()
    assert actual.shortages == expected.shortages
    for one, other in (
        (actual.controls, expected.controls),
        (actual.same_group, expected.same_group),
    ):
        assert one.pair.tolist() == other.pair.tolist()
        assert one.text.to_pylist() == other.text.to_pylist()
        assert one.words.to_pylist() == other.words.to_pylist()
        assert one.replacements.to_pylist() == other.replacements.to_pylist()
        assert one.octaves_off.tolist() == other.octaves_off.tolist()


def same(drawer: ControlDrawer, rows: list[Row]) -> int:
    """Compares, and returns how many controls there are."""
    actual = draw_many(drawer, rows)
    assert_same(actual, DrawnColumns.of(one_by_one(drawer, rows)))
    return len(actual.controls.pair)


@given(
    rows_of_originals,
    st.lists(texts, max_size=8),
    st.integers(0, 4),
    st.sampled_from(["", "de", "fr"]),
    st.integers(1, 5),
)
def test_the_controls_are_those_drawn_one_by_one(rows, others, num_controls, language, at_once):
    frequencies = DocumentFrequencies.zero().plus_texts([row[0] for row in rows] + others)
    drawer = ControlDrawer(frequencies, [TERMS], num_controls, 3, language)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(many_draws, "AT_ONCE", at_once)
        same(drawer, rows)


def generated(generator, corpus: list[str]) -> list[Row]:
    made = zip(corpus, generator.generate(corpus), strict=True)
    return [
        (text, [(one.text, str(k)) for k, one in enumerate(of_text)], f"id{number}")
        for number, (text, of_text) in enumerate(made)
        if of_text
    ]


@given(st.lists(texts, max_size=25), st.booleans())
def test_the_controls_of_generated_pairs_are_those_drawn_one_by_one(corpus, removes):
    rows = generated((Ablation if removes else Substitution)(TERMS), corpus)
    same(ControlDrawer(DocumentFrequencies.zero().plus_texts(corpus), [TERMS]), rows)


@pytest.mark.parametrize("removes", [True, False])
@pytest.mark.parametrize("name", ["davidson_tweets", "edos_sexism", "cad_reddit_abuse"])
def test_the_controls_of_real_pairs_are_those_drawn_one_by_one(real_data, name, removes):
    corpus = pq.read_table(real_data / f"{name}.parquet")["comment_text"].to_pylist()[:1500]
    lists = [load_terms(name) for name in IDENTITY_LISTS]
    rows = generated((Ablation if removes else Substitution)(lists[0]), corpus)
    drawer = ControlDrawer(DocumentFrequencies.zero().plus_texts(corpus), lists)
    assert same(drawer, rows) > 500


def test_few_pairs_are_drawn_one_by_one(monkeypatch):
    """What is plain is not drawn twice."""
    corpus = [f"this woman saw the garden near a river and bread {n}" for n in range(50)]
    rows = generated(Substitution(TERMS), corpus)
    frequencies = DocumentFrequencies.zero().plus_texts([*corpus, "blue stone", "green apple"])
    drawer = ControlDrawer(frequencies, [TERMS])
    expected = one_by_one(drawer, rows)
    assert all(one.controls and one.same_group for one in expected)
    monkeypatch.setattr(drawer, "draw", None)
    assert_same(draw_many(drawer, rows), DrawnColumns.of(expected))


def test_a_text_too_long_for_the_arrays_is_drawn_by_itself(monkeypatch):
    monkeypatch.setattr(plain_texts, "MOST_CHARACTERS", 30)
    corpus = ["this woman saw the garden near a river and bread", "a woman and the bread"]
    rows = generated(Ablation(TERMS), corpus)
    assert same(ControlDrawer(DocumentFrequencies.zero().plus_texts(corpus), [TERMS]), rows)
