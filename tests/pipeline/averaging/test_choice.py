"""The counterfactuals of a mean: of as many groups as there are, alike on both sides of a pair."""

from __future__ import annotations

from fairflip.pipeline.averaging.choice import spread_over_groups
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms

TERMS = parse_terms(
    "term,group,category,swap,form\n"
    + "".join(f"g{i} person,g{i},origin,*,noun\n" for i in range(12))
    + "she,female,gender,he,\nhe,male,gender,she,\n",
    "twelve",
)


def made_of(*texts_and_groups):
    return [
        Counterfactual(text, ("t",), ("r",), ("a",), ("c",), ((0, 1),), (group,))
        for text, group in texts_and_groups
    ]


def test_all_are_taken_where_there_are_few():
    made = made_of(("b x", "b"), ("c x", "c"))
    assert spread_over_groups("a x", made, 2) == made
    assert spread_over_groups("a x", [], 3) == []


def test_one_of_each_group_before_a_second_of_any():
    made = made_of(("b1 x", "b"), ("b2 x", "b"), ("b3 x", "b"), ("c x", "c"), ("d x", "d"))
    chosen = spread_over_groups("a x", made, 3)
    assert {each.replacement_groups[0] for each in chosen} == {"b", "c", "d"}
    assert [each.text for each in chosen] == ["b1 x", "c x", "d x"]  # the order they came in
    four = spread_over_groups("a x", made, 4)
    assert [each.text for each in four] == ["b1 x", "b2 x", "c x", "d x"]


def test_an_empty_text_is_asked_of_nobody():
    made = made_of((" ", "b"), ("c x", "c"))
    assert [each.text for each in spread_over_groups("a x", made, 2)] == ["c x"]


def test_texts_that_differ_in_their_terms_alone_meet_the_same_groups():
    generator = Substitution(TERMS)
    groups = []
    for number in range(3):
        text = f"a g{number} person was here"
        [made] = generator.generate([text])
        assert len(made) == 11
        chosen = spread_over_groups(text, made, 6)
        groups.append({each.replacement_groups[0] for each in chosen} | {f"g{number}"})
    # Seven groups of twelve by chance would share four.
    assert min(len(a & b) for a in groups for b in groups) >= 6
    others = set()
    for beside in ("was here", "sings", "is late again", "left", "has a cat", "reads"):
        text = f"a g0 person {beside}"
        [made] = generator.generate([text])
        others |= {each.replacement_groups[0] for each in spread_over_groups(text, made, 2)}
    assert len(others) >= 6  # different texts, different groups
