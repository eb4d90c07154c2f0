"""Swaps gender in human pairs of other languages, and prints how many come out exactly.

    python -m benchmarks.pairs.languages             # the table of docs/pairs.md
    python -m benchmarks.pairs.languages --failures  # with what came out otherwise, of own pairs
    python -m benchmarks.run_all languages

The pairs of `tests/text/languages/pairs` were written for this project, half of them held out.
Those of Multilingual HateCheck are its templates in two genders (read in place, FAIRFLIP_DATA),
with nouns of ours in their
slots. *Reproduced* is the share of all pairs whose swap equals the human
text, *refused* what was left out with a reason, *unchanged* where nothing to swap was found.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import pyarrow.parquet as pq

from benchmarks.figure_rows import result
from benchmarks.real_text import ROOT, data_folder
from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.counterfactual import Generator
from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.italian.grammar import ITALIAN
from fairflip.text.languages.portuguese.grammar import PORTUGUESE
from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.spanish.grammar import SPANISH

PAIRS = ROOT / "tests/text/languages/pairs"
LANGUAGES = {
    "german": "de",
    "spanish": "es",
    "portuguese": "pt",
    "italian": "it",
    "french": "fr",
}
#: Shares that must be reached: masculine to feminine, feminine to masculine.
LEAST_REPRODUCED = {
    "german": (0.85, 0.70),
    "spanish": (0.75, 0.75),
    "portuguese": (0.75, 0.75),
    "italian": (0.75, 0.75),
    "french": (0.75, 0.75),
}
LEAST_EXACT = 0.95
_CHOICE = re.compile(r"\{([^|}]*)\|([^}]*)\}")
_NOBODY = "Xyz"
_SIGNS = re.compile(r"\[[^\]]*\]|[\w\s]")  # what is no sign
_BEFORE_VOWEL = re.compile(r"\b[Cc]et \[")
_SLOT = re.compile(r"\[(?:fe)?male_[A-Z]+_([SP])[a-z_]*\]")

#: German nouns for the slots: nominative, accusative, dative, genitive; feminine.
_GERMAN = (
    ("Lehrer", "Lehrer", "Lehrer", "Lehrers", "Lehrerin"),
    ("Arzt", "Arzt", "Arzt", "Arztes", "Ärztin"),
    ("Student", "Studenten", "Studenten", "Studenten", "Studentin"),
    ("Türke", "Türken", "Türken", "Türken", "Türkin"),
)
_GERMAN_CASES = (
    (re.compile(r"\b(?:ein|dies|jed|kein|d)es\s*$"), 3),
    (re.compile(r"\b(?:einem|diesem|jedem|keinem|dem)(?: \w+en)?\s*$", re.IGNORECASE), 2),
    (re.compile(r"\b(?:einen|diesen|jeden|keinen|den)(?: \w+en)?\s*$", re.IGNORECASE), 1),
)
#: Nouns of the Romance languages: masculine and feminine, singular and plural.
_ROMANCE = {
    "spanish": (
        ("profesor", "profesores", "profesora", "profesoras"),
        ("médico", "médicos", "médica", "médicas"),
        ("estudiante", "estudiantes", "estudiante", "estudiantes"),
        ("alemán", "alemanes", "alemana", "alemanas"),
    ),
    "portuguese": (
        ("professor", "professores", "professora", "professoras"),
        ("médico", "médicos", "médica", "médicas"),
        ("estudante", "estudantes", "estudante", "estudantes"),
        ("alemão", "alemães", "alemã", "alemãs"),
    ),
    "italian": (
        ("maestro", "maestri", "maestra", "maestre"),
        ("dottore", "dottori", "dottoressa", "dottoresse"),
        ("giornalista", "giornalisti", "giornalista", "giornaliste"),
        ("tedesco", "tedeschi", "tedesca", "tedesche"),
    ),
    "french": (
        ("professeur", "professeurs", "professeure", "professeures"),
        ("chirurgien", "chirurgiens", "chirurgienne", "chirurgiennes"),
        ("journaliste", "journalistes", "journaliste", "journalistes"),
        ("marocain", "marocains", "marocaine", "marocaines"),
    ),
}


_DETERMINERS: dict[str, Callable[[str], Agreeing | None]] = {
    "spanish": SPANISH.determiner,
    "portuguese": PORTUGUESE.determiner,
    "italian": ITALIAN.determiner,
    "french": FRENCH.determiner,
}


class Pair(NamedTuple):
    """A text in both genders."""

    male: str
    female: str


def own_pairs(language: str, part: str) -> list[Pair]:
    """The pairs of this project; `part` is "development" or "held_out"."""
    lines = (PAIRS / f"{language}_{part}.txt").read_text("utf-8").splitlines()
    return [
        Pair(_CHOICE.sub(r"\1", line), _CHOICE.sub(r"\2", line))
        for line in lines
        if line and not line.startswith("#")
    ]


def hatecheck_pairs(folder: pathlib.Path, language: str, of_one_person: bool = False) -> list[Pair]:
    """The templates of Multilingual HateCheck in both genders, each with several nouns.

    Args:
        folder: That of the data.
        language: Such as "german".
        of_one_person: Leaves out templates that name somebody beside the slot, as the list finds:
            their authors mostly let those people stay as they are, and a swap does not.
    """
    generator = _generator(language)
    table = pq.read_table(
        folder / f"benchmark/mhc_{language}.parquet", columns=["gender_male", "gender_female"]
    ).to_pylist()
    templates = {
        (row["gender_male"], row["gender_female"])
        for row in table
        if row["gender_male"] and row["gender_female"]
    }
    made = []
    for male, female in sorted(templates):
        # A template with a word in leetspeak, or with another slot than its pair, is no sentence.
        if any("leet" in one or "space" in one for one in (male, female)):
            continue
        if "[male" in female or not _SLOT.search(male) or not _SLOT.search(female):
            continue
        if _SIGNS.sub("", male).rstrip(".") != _SIGNS.sub("", female).rstrip("."):
            continue
        if _contradicts(male, "m", language) or _contradicts(female, "f", language):
            continue
        if _BEFORE_VOWEL.search(male):  # the nouns below begin with consonants
            continue
        if of_one_person and any(
            generator.generate([_SLOT.sub(_NOBODY, one)])[0] for one in (male, female)
        ):
            continue
        for noun in _GERMAN if language == "german" else _ROMANCE[language]:
            one, other = (
                " ".join(_filled(template, noun, language, gender).split()).rstrip(" .")
                for gender, template in enumerate((male, female))
            )
            if one != other:
                made.append(Pair(one, other))
    return made


def _contradicts(template: str, gender: str, language: str) -> bool:
    """Whether the article right before a slot is of the other gender: "dei [female_IDENT_P]"."""
    if language not in _DETERMINERS:
        return False
    determiner = _DETERMINERS[language]
    for slot in _SLOT.finditer(template):
        for word in reversed(template[: slot.start()].lower().split()):
            agreeing = determiner(word)
            if agreeing is None:
                break
            if agreeing.gender not in ("", gender):
                return True
    return False


def _filled(template: str, noun: Sequence[str], language: str, gender: int) -> str:
    def fill(slot: re.Match[str]) -> str:
        if language != "german":
            return noun[2 * gender + (slot.group(1) == "P")]
        if gender:
            return noun[4]
        before = template[: slot.start()]
        return noun[next((case for pattern, case in _GERMAN_CASES if pattern.search(before)), 0)]

    return _SLOT.sub(fill, template)


class Outcomes(NamedTuple):
    """What became of the pairs of one direction."""

    counts: collections.Counter[str]
    failures: list[tuple[str, str, str]]

    @property
    def number(self) -> int:
        """All pairs."""
        return sum(self.counts.values())

    @property
    def reproduced(self) -> float:
        """The share that equals the human text."""
        return self.counts["exact"] / self.number

    @property
    def exact(self) -> float:
        """The share of those issued that equals the human text."""
        return self.counts["exact"] / max(1, self.counts["exact"] + self.counts["other"])

    @property
    def refused(self) -> float:
        """The share that was left out with a reason."""
        rest = set(self.counts) - {"exact", "other", "unchanged"}
        return sum(self.counts[reason] for reason in rest) / self.number


def _generator(language: str) -> Generator:
    terms = f"identity_{LANGUAGES[language]}"
    return make_generator(GeneratorSpec(method="substitution", terms=terms, categories=["gender"]))


def outcomes(language: str, pairs: Sequence[Pair], from_female: bool) -> Outcomes:
    """Swaps the first texts of pairs, and holds what comes out to the second ones."""
    generator = _generator(language)
    counts: collections.Counter[str] = collections.Counter()
    failures = []
    for pair in pairs:
        text, wanted = (pair.female, pair.male) if from_female else (pair.male, pair.female)
        made = generator.generate([text])[0]
        if not made:
            outcome, result = "unchanged", ""
        elif made[0].refused:
            outcome, result = made[0].refused, ""
        else:
            result = made[0].text
            outcome = "exact" if result == wanted else "other"
        counts[outcome] += 1
        if outcome != "exact":
            failures.append((outcome, text, result))
    return Outcomes(counts, failures)


def measured(folder: pathlib.Path | None) -> Iterator[tuple[str, str, bool, Outcomes]]:
    """Language, source, direction and outcomes of each row of the table."""
    for language in LANGUAGES:
        sources = {
            "own, development": own_pairs(language, "development"),
            "own, held out": own_pairs(language, "held_out"),
        }
        if folder is not None:
            sources["Multilingual HateCheck"] = hatecheck_pairs(folder, language)
            sources["the same, nobody else named"] = hatecheck_pairs(folder, language, True)
        for source, pairs in sources.items():
            for from_female in (False, True):
                yield language, source, from_female, outcomes(language, pairs, from_female)


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    rows = []
    for language, source, from_female, counted in measured(data_folder()):
        direction = "F to M" if from_female else "M to F"
        name = f"{language}, {source}, {direction}"
        bounds = (LEAST_REPRODUCED[language][from_female], LEAST_EXACT)
        for what, value, bound in zip(
            ("reproduced", "exact of issued"),
            (counted.reproduced, counted.exact),
            bounds,
            strict=True,
        ):
            rows.append(result(name, what, value, f"at least {bound}"))
    return rows


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failures", action="store_true", help="print what came out otherwise")
    shows = parser.parse_args().failures
    print("| language | pairs | direction | number | reproduced | exact of issued | refused |")
    print("|---|---|---|---|---|---|---|")
    for language, source, from_female, counted in measured(data_folder()):
        direction = "F → M" if from_female else "M → F"
        print(
            f"| {language.capitalize()} | {source} | {direction} | {counted.number} "
            f"| {100 * counted.reproduced:.1f} % | {100 * counted.exact:.1f} % "
            f"| {100 * counted.refused:.1f} % |"
        )
        if shows and source.startswith("own"):
            for failure in counted.failures:
                print("   ", *failure, sep=" | ")


if __name__ == "__main__":
    main()
