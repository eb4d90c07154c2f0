"""What a model is asked about in the place of a text, by either remedy."""

from __future__ import annotations

import pytest

from fairflip.pipeline.averaging.texts import TextsToAsk, remedy_identity
from fairflip.protos.config_pb2 import InferenceRemedy
from fairflip.protos.errors import ConfigurationError

TEXTS = ["she sings", "a cat sings", "his mother sings to him"]


def remedy(technique="averaging", method="substitution", **fields):
    return InferenceRemedy(technique=technique, method=method, **fields)


def test_a_text_stands_before_its_swaps_and_one_without_terms_alone():
    assert TextsToAsk(remedy()).of(TEXTS) == [
        ["she sings", "he sings"],
        ["a cat sings"],
        ["his mother sings to him", "her father sings to her"],
    ]


def test_ablation_averages_over_the_text_without_its_terms():
    assert TextsToAsk(remedy(method="ablation")).of(TEXTS[:2]) == [
        ["she sings", "sings"],
        ["a cat sings"],
    ]


def test_blindness_asks_about_the_text_without_its_terms_alone():
    assert TextsToAsk(remedy("blindness")).of(TEXTS) == [
        ["sings"],
        ["a cat sings"],
        ["sings to"],
    ]


def test_withheld_terms_are_not_known_to_the_remedy():
    asked = TextsToAsk(remedy("blindness", held_out_terms=["She"])).of(["she and his mother sing"])
    assert asked == [["she and sing"]]


def test_no_more_than_asked_for():
    whole = TextsToAsk(remedy(terms="identity", num_averaged=1000)).of(["a muslim sings"])
    few = TextsToAsk(remedy(terms="identity", num_averaged=2)).of(["a muslim sings"])
    assert len(whole[0]) > 4
    assert len(few[0]) == 3
    assert set(few[0]) < set(whole[0])


def test_a_function_makes_them(monkeypatch):
    import types

    module = types.ModuleType("own_generator_of_means")
    module.shout = lambda text: [text.upper(), text.upper()]
    monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    asked = TextsToAsk(remedy(function=f"{module.__name__}:shout")).of(["she sings"])
    assert asked == [["she sings", "SHE SINGS"]]
    with pytest.raises(ConfigurationError, match=r"blindness.*--terms"):
        TextsToAsk(remedy("blindness", function=f"{module.__name__}:shout"))


def test_an_unknown_remedy_is_refused():
    with pytest.raises(ConfigurationError, match="averaging or blindness"):
        TextsToAsk(InferenceRemedy(technique="prayer"))


def test_the_identity_is_the_content_of_the_list(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("term,group,category,swap\nzork,x,c,florp\n")
    first, second = (
        remedy_identity(remedy(terms=str(tmp_path / name))) for name in ("a.csv", "b.csv")
    )
    assert first == second
    (tmp_path / "b.csv").write_text("term,group,category,swap\nzork,x,c,blim\n")
    assert remedy_identity(remedy(terms=str(tmp_path / "b.csv"))) != first
    assert remedy_identity(remedy(num_averaged=4)) == remedy_identity(remedy())
    assert remedy_identity(remedy(num_averaged=5)) != remedy_identity(remedy())


def test_a_segmenter_tells_the_words_and_its_version_is_part_of_the_identity(tmp_path, monkeypatch):
    path = tmp_path / "zh.csv"
    path.write_text("term,group,category,swap\n女,f,gender,男\n男,m,gender,女\n", encoding="utf-8")
    text, by_words = "子女是女的", remedy(terms=str(path), segmenter="jieba")
    assert TextsToAsk(remedy(terms=str(path))).of([text]) == [[text]]
    assert TextsToAsk(by_words).of([text]) == [[text, "子女是男的"]]
    first = remedy_identity(by_words)
    assert first == remedy_identity(by_words) != remedy_identity(remedy(terms=str(path)))
    monkeypatch.setattr("importlib.metadata.version", lambda package: f"{package} 9.9")
    assert remedy_identity(by_words) != first
