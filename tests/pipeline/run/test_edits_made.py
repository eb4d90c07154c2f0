"""How a run's pairs were made, in words."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.run.edits_made import edits_of
from fairflip.protos.config_pb2 import PipelineConfig


def edits(data=None, **generator):
    data = data or {"examples": ["comments.csv"]}
    return edits_of(with_defaults(PipelineConfig(data=data, generator=generator)))


def test_list_method_and_categories_are_named_with_what_they_cannot_see():
    made = edits()
    assert (made.method, made.terms) == ("substitution", "identity")
    assert {"gender", "religion"} <= set(made.categories)
    assert made.sentence.startswith(f"Terms of the list identity swapped: {made.num_terms:,} of ")
    assert "names" in made.blind_spots
    assert "religion" not in made.blind_spots
    tutorial = edits(method="ablation", terms="clp_tutorial")
    assert tutorial.num_terms == 50
    assert tutorial.sentence == (
        "Terms of the list clp_tutorial removed: 50 of gender and sexual orientation."
    )
    assert "religion, race, disability, age" in tutorial.blind_spots


def test_categories_that_were_left_out_are_blind_spots():
    made = edits(categories=["religion"])
    assert list(made.categories) == ["religion"]
    assert "gender" in made.blind_spots
    assert "religion" not in made.blind_spots


@pytest.mark.parametrize(
    ("name", "unseen"),
    [
        ("names", {"last names"}),
        ("names_by_gender", {"last names"}),
        ("last_names", {"first names"}),
        ("full_names", set()),
        ("identity", {"first names", "last names"}),
    ],
)
def test_names_that_a_list_has_not_are_blind_spots(name, unseen):
    blind_spots = edits(terms=name).blind_spots
    assert {kind for kind in ("first names", "last names") if kind in blind_spots} == unseen
    assert "religion" in blind_spots or name == "identity"


def test_terms_of_one_character_are_said_to_be_found_alone_only(tmp_path):
    path = tmp_path / "zh.csv"
    path.write_text("term,swap\n女,男\n女人,男人\n她,他\n", encoding="utf-8")
    seen = edits(terms=str(path)).blind_spots
    assert "terms of one character beside other letters (女)" in seen
    assert "one character" not in edits().blind_spots
    made = edits(terms=str(path), segmenter="jieba")
    assert "one character" not in made.blind_spots
    assert made.sentence == "Terms of the list zh.csv swapped: 3, where jieba reads them as words."


def test_a_list_of_ones_own_is_named_by_its_file(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("term,swap\nnorth,south\nsouth,north\n", encoding="utf-8")
    made = edits(terms=str(path))
    assert (made.terms, made.num_terms, list(made.categories)) == ("mine.csv", 2, [])
    assert made.sentence == "Terms of the list mine.csv swapped: 2."


@pytest.mark.parametrize(
    ("data", "function", "method", "named"),
    [
        ({"pairs": ["a/pairs.parquet"]}, "", "ready-made", "Pairs came"),
        (
            {"examples": ["a.csv"], "counterfactuals": ["b.csv"]},
            "",
            "ready-made",
            "Counterfactuals came",
        ),
        ({"examples": ["a.csv"]}, "mine:swap", "own generator", "mine:swap"),
    ],
)
def test_pairs_of_others_are_said_to_be_theirs(data, function, method, named):
    made = edits(data, function=function)
    assert (made.method, made.terms) == (method, "")
    assert named in made.sentence
    assert made.blind_spots
