"""A made-up table of applicants, and a model of it that NumPy can recount."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

FEATURES = ("gender", "title", "age", "income", "occupation")
TITLES = {"Mr": "Mrs", "Mrs": "Mr"}


def applicants(num_rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """Records with numbers and categories; a few are of neither gender, a few titles are Dr."""
    rng = np.random.default_rng(seed)
    gender = rng.choice(["female", "male", "other"], num_rows, p=[0.48, 0.48, 0.04])
    titles = np.where(gender == "female", "Mrs", "Mr")
    income = rng.normal(40, 12, num_rows).round(1)
    score = (income - 40) / 10 + np.where(gender == "male", 0.8, -0.8)
    return pd.DataFrame(
        {
            "applicant_id": [f"a{number}" for number in range(num_rows)],
            "gender": gender,
            "title": np.where(rng.random(num_rows) < 0.1, "Dr", titles),
            "age": rng.integers(18, 70, num_rows),
            "income": income,
            "occupation": np.where(
                rng.random(num_rows) < 0.7,
                np.where(gender == "female", "nurse", "engineer"),
                rng.choice(["clerk", "nurse", "engineer"], num_rows),
            ),
            "approved": (score + rng.normal(0, 1, num_rows) > 0).astype(int),
        }
    )


def swapped(table: pd.DataFrame) -> pd.DataFrame:
    """The counterfactual of each applicant that is female or male, written down by hand."""
    changed = table.copy()
    changed["gender"] = table["gender"].map({"female": "male", "male": "female"})
    changed["title"] = table["title"].map(TITLES).fillna(table["title"])
    return changed[changed["gender"].notna()]


def score(frame: pd.DataFrame) -> Any:
    """Of a table of `FEATURES`: probabilities of a logistic model; missing incomes are 40."""
    income = frame["income"].astype(float).fillna(40).to_numpy()
    logit = (
        (income - 40) / 10
        + np.where(frame["gender"] == "male", 0.6, -0.6)
        + np.where(frame["title"] == "Mr", 0.3, 0.0)
        + (frame["age"].to_numpy(float) - 44) / 100
        + np.where(frame["occupation"] == "engineer", 0.4, 0.0)
    )
    return 1 / (1 + np.exp(-logit))


def flips(table: pd.DataFrame) -> dict[str, Any]:
    """Direction -> IDs of the applicants that flip at 0.5, by NumPy alone."""
    both = table[table["gender"].isin(["female", "male"])]
    before, after = score(both) > 0.5, score(swapped(table)) > 0.5
    ids = both["applicant_id"].to_numpy()
    return {
        "negative_to_positive": set(ids[~before & after]),
        "positive_to_negative": set(ids[before & ~after]),
        "all": set(ids),
    }
