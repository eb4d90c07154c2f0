"""What each notebook's names must hold at its end, computed another way."""

from __future__ import annotations

import numpy as np


def check_logit_pairing(names: dict, printed: str) -> None:
    three = names["three"].set_index("number")["value"]
    scored = names["scored"]
    positive = {column: scored[column].to_numpy() > 0.5 for column in scored if "score." in column}
    assert three["the tutorial's first"] == np.mean(
        positive["score.baseline"] != (scored["toxicity"].to_numpy() > 0.5)
    )
    assert three["the tutorial's second"] == np.mean(
        positive["score.baseline"] != positive["score.clp"]
    )
    assert three["flip rate, baseline"] == np.mean(
        positive["score.baseline"] != positive["counterfactual.score.baseline"]
    )
    assert three["flip rate, CLP"] < three["flip rate, baseline"]
    assert names["found"]["intervene"].any()
    assert "flip rate" in printed


def check_custom_dataset(names: dict, printed: str) -> None:
    assert len(names["letters_only"]) > 100
    assert names["num_training_pairs"] > 20
    assert names["swapped"][0][0].text == (
        "She told the father that he left her mother at the shelter."
    )
    assert names["audit"]["num_originals"] == len(names["test"])
    validity = names["quality"]["validity"]
    assert validity.between(0, 1).all()
    assert len(validity) == names["num_texts_with_pair"]
    assert names["audit"]["num_pairs"] == (validity >= 0.5).sum()


def check_min_diff(names: dict, printed: str) -> None:
    table = names["comparison"].loc["gap between religions"]
    assert table["MinDiff, same overall rate"] < table["baseline"]
    flagged = int((names["after_scores"] > names["matched_threshold"]).sum())
    assert abs(flagged - names["flagged_by_baseline"]) <= 1
    test = names["test"]
    baseline = names["scores"](names["baseline"], test) > 0.5
    inside = names["names"](test, "muslim") & (test["toxicity"].to_numpy() == 0)
    assert table.index[0] == "baseline"
    assert names["comparison"].loc["religion:muslim", "baseline"] == baseline[inside].mean()


def check_overview(names: dict, printed: str) -> None:
    prices = names["price"](names["sweep"].report.sweep)
    assert {"plain", "augmentation"} <= set(prices["setting"].str.split().str[0])
    assert prices["setting"].str.startswith("clp").sum() == 3
    assert prices["held-out terms"].notna().all()
    assert prices["control flips"].between(0, 1).all()
    assert prices["excess"].notna().all()
    teams = names["teams"]
    assert teams.loc["after CLP", "flip rate"] < teams.loc["baseline", "flip rate"]
    assert teams.loc["after CLP", "accuracy"] < teams.loc["baseline", "accuracy"]
    gaps = teams[["TPR gap", "FPR gap"]].max(axis=1)
    assert gaps["after CLP"] > gaps["baseline"] + 0.1
    marked = names["marked"].report.models[0].slices[0]
    unmarked = names["unmarked"].report.models[0].slices[0]
    assert marked.num_legitimate_pairs == names["club_test"]["flip_is_legitimate"].sum()
    assert marked.num_pairs + marked.num_legitimate_pairs == unmarked.num_pairs
    assert marked.thresholds[0].flip_count < unmarked.thresholds[0].flip_count


def check_own_model(names: dict, printed: str) -> None:
    pairs = names["pairs"][names["pairs"]["edit"] != "control"]
    assert names["by_hand"] == np.mean(
        (pairs["risk"] > 0.5) != (pairs["counterfactual.risk"] > 0.5)
    )
    assert names["gate_code"] == 1
    assert (names["work"] / "out" / "details" / "gate.md").is_file()
    blind = names["compared"].to_dataframe().query("model == 'blind' and slice == 'Overall'")
    assert blind["flip_count"].tolist() == [0]


def check_scaling(names: dict, printed: str) -> None:
    assert names["one"].pairing.pair_set_sha256 == names["many"].pairing.pair_set_sha256
    assert names["many"].pairing.num_pairs > 100
    assert "--runner=DataflowRunner" in printed
    assert "evaluate would: read" in printed


def check_own_table(names: dict, printed: str) -> None:
    test, swapped = names["test"], names["swapped"]
    assert (test["gender"] != swapped["gender"]).all()
    assert names["flips"]["remediated"] < names["flips"]["credit"] / 2
    rates = names["rates"]
    assert rates.loc["flip rate", "credit"] == round(names["flips"]["credit"] / len(test), 4)
    for name in rates:
        excess = rates.loc["flip rate", name] - rates.loc["control flip rate", name]
        assert abs(excess - rates.loc["excess", name]) < 0.001
    assert rates.loc["control flip rate"].gt(0).all()
    assert set(names["correlates"]) == {"occupation"}


def check_images(names: dict, printed: str) -> None:
    assert names["flips"]["remediated"] < names["flips"]["mine"] / 4
    table, test = names["table"], names["test"]
    assert table.loc["flip rate", "mine"] == round(names["flips"]["mine"] / len(test), 3)
    assert table.loc["accuracy", "remediated"] > table.loc["accuracy", "mine"]
    for name, path in names["paths"].items():
        before = names["decisions"](path, test["image"])
        edited = names["pixels"](test["image"])
        flips = []
        for number in range(2):
            changed = edited.copy()
            changed[:, 4:12, 5 + 4 * number : 7 + 4 * number] = 128
            flips.append(names["decisions"](path, [names["encoded"](one) for one in changed]))
        rate = np.mean([(one != before).mean() for one in flips])
        assert abs(table.loc["control flip rate", name] - rate) < 0.001


CHECKS = {
    "01_counterfactual_logit_pairing_keras": check_logit_pairing,
    "02_custom_counterfactual_dataset": check_custom_dataset,
    "03_min_diff_case_study": check_min_diff,
    "04_clp_overview_and_limits": check_overview,
    "05_your_own_model": check_own_model,
    "06_scaling_out": check_scaling,
    "07_your_own_table": check_own_table,
    "08_images": check_images,
}
