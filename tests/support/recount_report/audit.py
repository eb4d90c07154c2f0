"""The expected audit of pairs and records, from what a run was given."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from support.recount_report.pages import Run


def audit(
    run: Run, originals: pd.DataFrame, counterfactuals: pd.DataFrame, text: str
) -> dict[str, Any]:
    """The expected `pairing`, `rejects`, `sums` and `score_ranges` of a joined run.

    Args:
        run: What was kept.
        originals: As given.
        counterfactuals: As given.
        text: Column of the text in both.
    """
    first = originals.sort_values(text).drop_duplicates("example_id")
    joined = counterfactuals.merge(first, on="example_id", suffixes=("", "_of_original"))
    own = joined[f"{text}_of_original"]
    is_identical = joined[text] == own
    pairs = joined[~is_identical]
    orphans = len(counterfactuals) - len(joined)
    repeated = len(originals) - len(first)
    paired = first[first["example_id"].isin(pairs["example_id"])]
    controls = run.scored[run.scored["edit"] == "control"]
    pooled = controls[controls["control_kind"] != "same_group"]
    with_control = set(zip(pooled["example_id"], pooled["control_of"], strict=True))
    alone = [
        key not in with_control
        for key in zip(run.pairs["example_id"], run.pairs["counterfactual_index"], strict=True)
    ]
    pairing = {
        "num_originals": len(first),
        "num_counterfactuals": len(counterfactuals),
        "num_pairs": len(pairs),
        "num_unmatched_originals": len(first) - len(paired),
        "num_unmatched_counterfactuals": orphans,
        "num_duplicate_ids": repeated,
        "num_identical_pairs": int(is_identical.sum()),
        "num_duplicate_counterfactual_ids": 0,
        "num_differing_beyond_attribute": int(_differ_more(pairs, text).sum()),
        "num_records_read": len(originals) + len(counterfactuals),
        "num_legitimate_flip_pairs": int(pairs["flip_is_legitimate"].sum()),
        "num_zero_weight_pairs": int((pairs[run.weight] == 0).sum()),
        "num_copied_originals": int(paired[text].duplicated().sum()),
        "num_control_pairs": len(controls),
        "num_pairs_without_control": int(sum(alone)),
        "num_damaged_pairs": 0,
        "num_examined_pairs": len(pairs),
        "num_doubtful_pairs": 0,  # see tests/pipeline/run/test_report_files_undoubted.py
        "num_examined_words": sum(len(one.split()) for one in pairs[f"{text}_of_original"]),
        "num_changed_words": sum(
            (collections.Counter(one.split()) - collections.Counter(other.split())).total()
            for one, other in zip(pairs[f"{text}_of_original"], pairs[text], strict=True)
        ),
        "doubts": [],
        "num_shared_ids": None,
        "num_shared_texts": None,
    }
    left_out = {
        "duplicate_id": repeated,
        "identical": pairing["num_identical_pairs"],
        "no_original": orphans,
    }
    steps = [
        ("read", "counterfactuals", len(counterfactuals), 0),
        ("read", "examples", len(originals), 0),
        ("pair", "counterfactuals", len(counterfactuals), orphans + int(is_identical.sum())),
        ("pair", "examples", len(originals), repeated),
        ("score", "controls", len(controls), 0),
        ("score", "pairs", len(pairs), 0),
        ("score", "unmatched originals", pairing["num_unmatched_originals"], 0),
    ]
    return {
        "pairing": pairing,
        "table_edits": None,  # texts, no table
        "rejects": [{"reason": reason, "count": n} for reason, n in left_out.items() if n],
        "sums": [
            {
                "stage": stage,
                "input": name,
                "num_in": number,
                "num_kept": number - lost,
                "num_rejected": lost,
                "num_filtered": 0,
            }
            for stage, name, number, lost in steps
        ],
        "score_ranges": score_ranges(run, run.models),
    }


def _differ_more(pairs: pd.DataFrame, text: str) -> pd.Series:
    """Pairs of which other words than the term and its replacement were lost or gained."""

    def rest(words: str, edited: Sequence[str]) -> list[str]:
        return sorted(word for word in words.split() if word not in edited)

    return pairs.apply(
        lambda row: (
            rest(row[text], [*row["term"], *row["replacement"]])
            != rest(row[f"{text}_of_original"], [*row["term"], *row["replacement"]])
        ),
        axis=1,
    )


def score_ranges(run: Run, models: Sequence[str]) -> list[dict[str, Any]]:
    """Of both sides of each pair, and of originals without a counterfactual."""
    actual = []
    for model in models:
        scores = np.concatenate(
            [
                run.pairs[f"score.{model}"],
                run.pairs[f"counterfactual.score.{model}"],
                run.examples[f"score.{model}"],
            ]
        )
        actual.append(
            {
                "model": model,
                "num_scores": len(scores),
                "num_missing": 0,
                "num_off_scale": 0,
                "num_zero_or_one": int(np.isin(scores, (0, 1)).sum()),
                "lowest": scores.min(),
                "highest": scores.max(),
            }
        )
    return actual
