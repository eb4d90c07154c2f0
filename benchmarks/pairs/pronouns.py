"""Trains the model that tells "her book" from "saw her", and prints how often it errs.

    python -m benchmarks.pairs.pronouns            # the table of docs/pairs.md
    python -m benchmarks.pairs.pronouns --tagger en_core_web_sm  # the same by a spaCy pipeline
    python -m benchmarks.pairs.pronouns --write    # train on all sources, write the weights
    python -m benchmarks.run_all pronouns

English tells by itself what *him*, *his*, *me*, *my*, *us*, *our*, *them* and *their* are, so
that text needs no labels. Each source is tested on its own *him* and *his* by a model of the
other sources. WinoBias and Winogender are neither trained nor tuned on. Texts are read in place
(FAIRFLIP_DATA), and of open-class words no more than the last three letters is kept.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow.parquet as pq
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.real_text import ROOT, data_folder
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.pronoun_model import WEIGHTS_FILE, PronounModel, features_of
from fairflip.text.english.pronoun_words import CLOSED, COUNTING
from fairflip.text.pronouns import IsDeterminer, is_determiner, pronoun_rule
from fairflip.text.substitution import Substitution

SOURCES = ("cad_reddit_abuse", "edos_sexism", "davidson_tweets", "cad_imdb_pairs")
MAX_DETERMINER = 0.04
MAX_OBJECT = {source: 0.11 if source == "davidson_tweets" else 0.08 for source in SOURCES}
MAX_WINOBIAS_OBJECT, MAX_WINOBIAS_DETERMINER = 0.035, 0.015
_PRONOUN = re.compile(
    r"(?<![\w'’/@#-])(him|his|me|my|us|our|them|their)(?![\w’'/-])", re.IGNORECASE
)
_DETERMINERS = frozenset({"his", "my", "our", "their"})
_AFTER_DETERMINER = COUNTING | frozenset({"less", "best", "worst", "even", "other"})
_NEXT = re.compile(r"[ \n\"“']+([^\W_]+)")
_KEY_REACH = 25
# Chosen with the sources held out; of the same result the stronger penalty.
_INVERSE_PENALTY, _MALE_WEIGHT = 0.2, 3.0
_LEAST_WEIGHT = 0.06
NUM_TIMED = 1000


class Place(NamedTuple):
    """A pronoun in a text, with "her" in its place, and what it is."""

    source: str
    is_male: bool
    text: str
    start: int
    is_determiner: bool


def texts_of(source: str) -> list[str]:
    """The texts of a source; of pairs both sides, each once."""
    folder = data_folder() / ("benchmark" if source == "cad_imdb_pairs" else "")
    table = pq.read_table(folder / f"{source}.parquet")
    names = [n for n in ("comment_text", "counterfactual.comment_text") if n in table.column_names]
    return list(dict.fromkeys(text for name in names for text in table[name].to_pylist()))


def places_of(source: str) -> Iterator[Place]:
    """The pronouns of a source that tell by themselves what they are."""
    seen = set()
    for text in texts_of(source):
        for pronoun in _PRONOUN.finditer(text):
            word = pronoun.group().lower()
            key = text[max(0, pronoun.start() - _KEY_REACH) : pronoun.end() + _KEY_REACH].lower()
            if pronoun.group() == "US" or key in seen:
                continue
            seen.add(key)
            if word == "his" and not _has_noun(text, pronoun.end()):
                continue
            # The text as it would be of a woman: "him and his dog" is "her and her dog".
            before, after = map(_female, (text[: pronoun.start()], text[pronoun.end() :]))
            yield Place(
                source,
                word in ("him", "his"),
                f"{before}her{after}",
                len(before),
                word in _DETERMINERS,
            )


_FEMALE = {"he": "she", "him": "her", "his": "her", "himself": "herself"}
_MALE = re.compile(r"(?<![^\W_])(?:he|him|his|himself)(?![^\W_])", re.IGNORECASE)


def _female(text: str) -> str:
    return _MALE.sub(lambda word: _FEMALE[word.group().lower()], text)


def _has_noun(text: str, end: int) -> bool:
    """Whether "his" is no possessive by itself, by the word after it."""
    next_word = _NEXT.match(text, end)
    if next_word is None:
        return False
    word = next_word.group(1).lower()
    return word not in CLOSED or word in _AFTER_DETERMINER


def trained(places: Sequence[Place]) -> PronounModel:
    """A model of some places."""
    vectorizer = DictVectorizer()
    features = [features_of(p.text, p.start, p.start + 3) for p in places]
    matrix = vectorizer.fit_transform([dict.fromkeys(names, 1) for names in features])
    matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    model = LogisticRegression(C=_INVERSE_PENALTY, solver="liblinear", random_state=0)
    model.fit(
        matrix,
        [p.is_determiner for p in places],
        sample_weight=[_MALE_WEIGHT if p.is_male else 1.0 for p in places],
    )
    weights = {
        name: round(float(weight), 2)
        for name, weight in zip(vectorizer.feature_names_, model.coef_[0], strict=True)
        if abs(weight) >= _LEAST_WEIGHT
    }
    return PronounModel(weights, round(float(model.intercept_[0]), 2))


def write(model: PronounModel, path: pathlib.Path) -> None:
    """Stores a model: the features of one weight, in hundredths, beside each other."""
    names = collections.defaultdict(list)
    for name, weight in sorted(model.weights.items()):
        names[round(weight * 100)].append(name)
    stored = {
        "intercept": model.intercept,
        "weights": {str(weight): " ".join(names[weight]) for weight in sorted(names)},
    }
    path.write_text(json.dumps(stored, indent=0, ensure_ascii=True) + "\n", encoding="utf-8")


def errors(
    places: Sequence[Place], model: PronounModel | None = None, rule: IsDeterminer | None = None
) -> tuple[float, float]:
    """Which share of objects, and which of determiners, is taken for the other."""
    wrong = {False: [0, 0], True: [0, 0]}
    for place in places:
        span = (place.text, place.start, place.start + 3)
        answer = rule(*span) if rule else is_determiner(*span, model)
        wrong[place.is_determiner][0] += answer != place.is_determiner
        wrong[place.is_determiner][1] += 1
    return tuple(wrong[kind][0] / max(1, wrong[kind][1]) for kind in (False, True))


def winobias() -> list[Place]:
    """The "her" of WinoBias' development files, by the pronoun of the sentence's other form."""
    table = pq.read_table(data_folder() / "benchmark/winobias_dev.parquet").to_pylist()
    forms = collections.defaultdict(dict)
    for row in table:
        forms[row["type"], row["number"]][row["stereotype"]] = row["sentence"]
    places = []
    for form in forms.values():
        for text, other in ((form["pro"], form["anti"]), (form["anti"], form["pro"])):
            words, others = list(re.finditer(r"\w+", text)), re.findall(r"\w+", other)
            for word, counterpart in zip(words, others, strict=False):
                if word.group().lower() == "her" and counterpart.lower() in ("his", "him"):
                    places.append(
                        Place("", False, text, word.start(), counterpart.lower() == "his")
                    )
    return places


def winogender_forms() -> list[tuple[str, str]]:
    """The sentences of Winogender about a woman or a man, each with its other form."""
    table = pq.read_table(data_folder() / "benchmark/winogender.parquet").to_pylist()
    sentence = {row["sentid"]: row["sentence"] for row in table}
    return [
        (text, sentence[name.replace(f".{one}.", f".{other}.")])
        for name, text in sentence.items()
        for one, other in (("female", "male"), ("male", "female"))
        if f".{one}." in name
    ]


def winogender() -> tuple[int, int]:
    """Sentences that a swap turns into their other form, and how many there are."""
    swap = Substitution(load_terms("identity").only(["gender"]))
    forms = winogender_forms()
    right = sum(
        expected in [made.text for made in swap.generate([text])[0]] for text, expected in forms
    )
    return right, len(forms)


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    places = {source: list(places_of(source)) for source in SOURCES}
    rows = []
    for source in SOURCES:
        model = trained([p for other in SOURCES if other != source for p in places[other]])
        tested = [place for place in places[source] if place.is_male]
        rows += _rows(f"{source}, held out", tested, model, MAX_OBJECT[source], MAX_DETERMINER)
    rows += _rows("WinoBias", winobias(), None, MAX_WINOBIAS_OBJECT, MAX_WINOBIAS_DETERMINER)
    right, total = winogender()
    rows.append(_row(f"Winogender: swaps that are wrong, of {total}", 1 - right / total, 0.0))
    return rows


def with_tagger(name: str) -> list[dict]:
    """The same by a spaCy pipeline."""
    rule = pronoun_rule(name)
    rows = []
    for source in SOURCES:
        places = [place for place in places_of(source) if place.is_male]
        rows += _rows(source, places, None, MAX_OBJECT[source], MAX_DETERMINER, rule)
    rows += _rows("WinoBias", winobias(), None, MAX_WINOBIAS_OBJECT, MAX_WINOBIAS_DETERMINER, rule)
    return rows


def speeds(tagger: str) -> list[str]:
    """Texts of EDOS a second and core that a swap takes, with a tagger and without."""
    lines = []
    for label, rule in ((tagger, pronoun_rule(tagger)), ("the built-in rule", None)):
        swap = Substitution(load_terms("identity"), rule)
        texts = texts_of("edos_sexism")[:NUM_TIMED]
        start = time.process_time()
        swap.generate(texts)
        rate = len(texts) / (time.process_time() - start)
        lines.append(f"EDOS, texts a second with {label}: {rate:,.0f}")
    return lines


def _rows(name, places, model, max_object, max_determiner, rule=None) -> list[dict]:
    of_objects, of_determiners = errors(places, model, rule)
    num_objects = sum(not place.is_determiner for place in places)
    return [
        _row(f"{name}: objects that are wrong, of {num_objects}", of_objects, max_object),
        _row(
            f"{name}: determiners that are wrong, of {len(places) - num_objects}",
            of_determiners,
            max_determiner,
        ),
    ]


def _row(name: str, value: float, bound: float) -> dict:
    return {"name": name, "value": round(value, 4), "bound": bound, "holds": value <= bound}


def main() -> None:
    """Writes the weights, or prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="train on all sources and write")
    parser.add_argument("--tagger", help="judge a spaCy pipeline instead of the built-in rule")
    flags = parser.parse_args()
    if flags.write:
        places = [place for source in SOURCES for place in places_of(source)]
        write(trained(places), ROOT / "text" / "english" / WEIGHTS_FILE)
        return
    print("| text | wrong | bound |\n|---|---|---|")
    for row in with_tagger(flags.tagger) if flags.tagger else results():
        print(f"| {row['name']} | {row['value']:.2%} | {row['bound']:.1%} |")
    if flags.tagger:
        print("\n" + "\n".join(speeds(flags.tagger)))


if __name__ == "__main__":
    main()
