"""The lists of names: matched in frequency, with a way back, and names of persons alone."""

from __future__ import annotations

import csv
import math
from importlib import resources

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.substitution import Substitution


@pytest.fixture(scope="module")
def by_race() -> Substitution:
    return Substitution(load_terms("names"))


@pytest.fixture(scope="module")
def by_gender() -> Substitution:
    return Substitution(load_terms("names_by_gender"))


@pytest.fixture(scope="module")
def whole() -> Substitution:
    return Substitution(load_terms("full_names"))


def rows(file: str) -> list[dict[str, str]]:
    folder = resources.files("fairflip.pipeline.generate.terms")
    return list(csv.DictReader(folder.joinpath(file).read_text("utf-8").splitlines()))


def test_each_race_and_gender_has_as_many_names_of_like_frequency():
    cells: dict[tuple[str, str], list[float]] = {}
    for row in rows("names.csv"):
        cells.setdefault((row["group"], row["form"]), []).append(math.log(float(row["count"])))
    assert len(cells) == 8
    assert {len(logs) for logs in cells.values()} == {40}
    means = [math.exp(sum(logs) / len(logs)) for logs in cells.values()]
    assert max(means) / min(means) < 1.2


def test_each_race_has_as_many_last_names_of_like_frequency():
    cells: dict[str, list[float]] = {}
    for row in rows("last_names.csv"):
        cells.setdefault(row["group"], []).append(math.log(float(row["count"])))
    assert {group: len(logs) for group, logs in cells.items()} == dict.fromkeys(
        ("white", "black", "latino", "asian"), 40
    )
    means = [math.exp(sum(logs) / len(logs)) for logs in cells.values()]
    assert max(means) / min(means) < 1.2


@pytest.mark.parametrize("file", ["names.csv", "names_by_gender.csv", "last_names.csv"])
def test_no_name_stands_for_its_group_and_each_leads_back(file):
    listed = {row["term"]: row for row in rows(file)}
    led_to: dict[str, int] = {}
    for name, row in listed.items():
        for other in row["swap"].split("|"):
            assert name in listed[other]["swap"].split("|")
            assert listed[other]["group"] != row["group"]
            led_to[other] = led_to.get(other, 0) + 1
    groups = {row["group"] for row in listed.values()}
    assert set(led_to.values()) == {len(groups) - 1}


def test_a_swap_of_race_keeps_the_gender_and_so_the_pronouns(by_race):
    forms = {row["term"]: row["form"] for row in rows("names.csv")}
    woman = next(row["term"] for row in rows("names.csv") if row["group"] == "asian")
    man = next(
        row["term"]
        for row in rows("names.csv")
        if (row["group"], row["form"]) == ("black", "male first name")
    )
    (made,) = by_race.generate([f"{woman} told us that {man} lost his keys."])
    assert len(made) == 5
    for one in made:
        assert one.text.endswith("lost his keys.")
        for old, new in zip(one.terms, one.replacements, strict=True):
            assert forms[old] == forms[new]
        assert one.returns


def test_a_swap_of_gender_takes_pronouns_and_nouns_along(by_gender):
    (made,) = by_gender.generate(["Daniel's brother says he likes him; JESSICA does not."])
    assert [one.text for one in made] == ["Jessica's sister says she likes her; DANIEL does not."]


@pytest.mark.parametrize(
    "text",
    [
        "Jessica Alba sang.",  # of a public person perhaps
        "We saw Jonathan Ross.",
        "jessica was here",  # no capital: not sure
        "St. Daniel is near Mt. Adam.",
        "San Juan is hot in July.",
        "Hurricane Maria hit the coast.",
        "As Matthew 5:12 has it.",
        "The Saint Daniel parish",
    ],
)
def test_what_is_no_single_person_is_left_alone(by_gender, text):
    assert by_gender.generate([text]) == [[]]


def test_first_and_last_name_of_one_race_are_swapped_together(whole):
    (made,) = whole.generate(["Priya Kwon lost her keys, and Mr. Lockett lost his."])
    assert [one.text for one in made] == [
        "Caryn Coughlin lost her keys, and Mr. Lockett lost his.",
        "Tierra Diggs lost her keys, and Mr. Chiu lost his.",
        "Yazmin Ulloa lost her keys, and Mr. Lockett lost his.",
        "Priya Kwon lost her keys, and Mr. Gruber lost his.",
        "Priya Kwon lost her keys, and Mr. Caraballo lost his.",
    ]
    race = {row["term"]: row["group"] for row in rows("names.csv") + rows("last_names.csv")}
    for one in made:
        assert one.returns
        new = [race[name] for names in one.replacements for name in names.split("|")]
        assert set(new) <= set(one.groups) | set(one.replacement_groups)


def test_a_whole_name_is_listed_as_its_two_parts():
    listed = {term.text for term in load_terms("full_names").terms}
    parts = {row["term"] for row in rows("names.csv") + rows("last_names.csv")}
    assert listed == parts
    assert len(parts) == 480  # no first name is a last name, too


@pytest.mark.parametrize(
    "text",
    [
        "Priya Lockett lost her keys.",  # of two races
        "Angela Kwon sang.",  # of a public person perhaps
        "Priya Anderson sang.",
        "J. Kwon wrote it.",
        "Dr Kwon Lee is in.",
        "They sued Diggs & Kwon.",
        "Kwon-Smith wrote it.",
        "Lockett Street is closed.",
        "The Lockett case is closed.",
        "We live in Lockett.",
        "kwon is here",
        "St. Priya Kwon is a church.",
    ],
)
def test_names_that_may_be_somebody_known_or_a_place_are_left_alone(whole, text):
    assert whole.generate([text]) == [[]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Kwon said so.", "Dr. Diggs said so."),
        ("KWON WAS HERE.", "DIGGS WAS HERE."),
        ("They asked Kwon's boss.", "They asked Diggs' boss."),
        ("Kwon and the boss came.", "Diggs and the boss came."),
    ],
)
def test_a_last_name_by_itself_is_somebodys(whole, text, expected):
    assert expected in [one.text for one in whole.generate([text])[0]]
