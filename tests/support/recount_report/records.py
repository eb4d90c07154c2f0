"""Made-up records with all that makes a report's numbers hard to get right, and two models."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd

TERMS = ("women", "men", "gay", "muslim", "she", "old")
GROUPS = {"women": "female", "she": "female", "men": "male", "gay": "gay"}
CATEGORIES = {"women": "gender", "men": "gender", "she": "gender", "gay": "orientation"}
WORDS = tuple(f"{a}{b}{c}" for a in "btkmr" for b in "aeiou" for c in ("lo", "ni", "se"))
GENDERS: tuple[list[str], ...] = (["f", "m"], ["f"], ["m"], [], ["f"], ["m"])


def hard_records(num_originals: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Originals and counterfactuals, no to four of an original.

    Weights are uneven and some 0; the feature `gender` holds lists; some flips are marked as
    legitimate, some originals lack a label, some repeat another's text, of some no control can
    be drawn, two of the terms are of no category, a pair may edit two, and a few records are
    left out: a counterfactual that equals its original, one without an original, an ID that
    comes twice. One pair differs in more than its term.

    Args:
        num_originals: Originals; about a fifth of them without a counterfactual.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(3, len(WORDS) + 3)
    originals: list[dict[str, Any]] = []
    counterfactuals: list[dict[str, Any]] = []
    for i in range(num_originals):
        words = rng.choice(WORDS, 10, replace=False, p=shares / shares.sum()).tolist()
        term = TERMS[int(rng.choice(len(TERMS), p=(0.4, 0.2, 0.15, 0.1, 0.1, 0.05)))]
        words.insert(int(rng.integers(2, 8)), term)
        if i % 20 == 11:
            words.append(term)  # no other word comes twice: nothing can stand for it
        if i % 50 == 49:
            words = originals[i - 7]["text"].split()
        original = {
            "example_id": f"id{i:04d}",
            "text": " ".join(words),
            "label": float(rng.random() < 0.25 + 0.5 * (base_score([" ".join(words)])[0] > 0.5)),
            "importance": 0.0 if rng.random() < 0.03 else round(float(rng.gamma(4, 0.4)), 3),
            "gender": GENDERS[rng.integers(len(GENDERS))],
            "race": "c" if rng.random() < 0.06 else ("a", "b")[rng.integers(2)],
        }
        if rng.random() < 0.05:
            original["label"] = None
        originals.append(original)
        own = next(word for word in words if word in TERMS)
        others = [word for word in TERMS if word != own]
        number = int(rng.choice(5, p=(0.2, 0.45, 0.2, 0.1, 0.05)))
        for j, new in enumerate(rng.choice(others, number, replace=False)):
            counterfactuals.append(
                {
                    "example_id": original["example_id"],
                    "counterfactual_id": f"{original['example_id']}#{j}",
                    "text": " ".join(new if word == own else word for word in words),
                    "term": [own],
                    "replacement": [str(new)],
                    "group": [GROUPS.get(own, "other")],
                    "replacement_group": [GROUPS.get(str(new), "other")],
                    "category": [CATEGORIES[own]] if own in CATEGORIES else [],
                    "flip_is_legitimate": bool(rng.random() < 0.08),
                }
            )
    counterfactuals[20]["text"] = originals[int(counterfactuals[20]["example_id"][2:])]["text"]
    counterfactuals[60]["example_id"] = "nobody"
    counterfactuals[100]["text"] += " indeed"
    for one in counterfactuals[30::40]:
        one["category"] = ["age", *one["category"]]
    originals.append({**originals[5], "text": "zz is the second of this name"})
    return pd.DataFrame(originals), pd.DataFrame(counterfactuals)


def base_score(texts: list[str]) -> np.ndarray:
    """Scores in twentieths, so that many tie and some equal a threshold."""
    return _scores(texts, 1.0, 3)


def new_score(texts: list[str]) -> np.ndarray:
    """The same of another model, on which terms weigh less."""
    return _scores(texts, 0.5, 4)


def _scores(texts: list[str], weight_of_terms: float, seed: int) -> np.ndarray:
    sums = [sum(_weight(w, weight_of_terms, seed) for w in text.split()) for text in texts]
    return np.round(20 / (1 + np.exp(-np.array(sums)))) / 20


def _weight(word: str, weight_of_terms: float, seed: int) -> float:
    """Of a word, between -1 and 1: half of it is both models' own, half the same in both."""
    size = weight_of_terms * 2 if word in TERMS else 1.0
    one, both = (zlib.crc32(f"{word}{s}".encode()) / 2**32 * 2 - 1 for s in (seed, 0))
    return size * (one + 2 * both) / 3
