"""The lists of first names: matched in frequency, with a way back, and names of persons alone."""

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


@pytest.mark.parametrize("file", ["names.csv", "names_by_gender.csv"])
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
