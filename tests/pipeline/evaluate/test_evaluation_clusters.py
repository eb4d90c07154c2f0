"""`--cluster_feature`: what is drawn together, on the pairs of HateCheck and on random ones."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import pytest

import fairflip
from fairflip.protos.errors import ConfigurationError, InputError

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

MODELS = ("perspective", "siftninja", "bert_davidson", "bert_founta")
RATES = dict(zip(MODELS, (0.1036, 0.0625, 0.2801, 0.3404), strict=True))
TEMPLATES = dict(zip(MODELS, (0.244, 0.129, 0.835, 0.733), strict=True))


def evaluated(pairs, folder: pathlib.Path, **options) -> dict:
    """By model, its report over all pairs."""
    names = [name for name in MODELS if name in pairs] or ["m"]
    fairflip.evaluate(
        pairs,
        scores={name: name for name in names},
        no_text=True,
        output_dir=str(folder),
        **options,
    )
    report = json.loads((folder / "run_report.json").read_text())
    return {model["name"]: model["slices"][0] for model in report["models"]}


@pytest.fixture
def hatecheck(real_data) -> pd.DataFrame:
    path = real_data / "benchmark" / "hatecheck_pairs.parquet"
    if not path.is_file():
        pytest.skip(f"the pairs of HateCheck are not at {path}")
    return pd.read_parquet(path)


def test_templates_of_hatecheck_are_drawn_together(hatecheck, tmp_path):
    actual = evaluated(hatecheck, tmp_path / "templates", cluster_feature="template")
    plain = evaluated(hatecheck, tmp_path / "originals")
    for model in MODELS:
        one, entry = actual[model], actual[model]["thresholds"][0]
        assert one["num_clusters"] == hatecheck["template"].nunique() == 442
        assert one["num_originals"] == hatecheck["example_id"].nunique()
        assert entry["flip_rate"]["value"] == pytest.approx(RATES[model], abs=5e-5)
        assert entry["clusters_with_flip"]["value"] == pytest.approx(TEMPLATES[model], abs=5e-4)
        flips = hatecheck[model] != hatecheck[f"counterfactual.{model}"]
        by_template = flips.groupby(hatecheck["template"]).any().mean()
        assert entry["clusters_with_flip"]["value"] == pytest.approx(by_template)
        by_original = flips.groupby(hatecheck["example_id"]).any().mean()
        assert entry["originals_with_flip"]["value"] == pytest.approx(by_original)
        other = plain[model]
        assert other["num_clusters"] == other["num_originals"]
        assert other["thresholds"][0]["clusters_with_flip"]["value"] == pytest.approx(by_original)
    rate = actual["perspective"]["thresholds"][0]["flip_rate"]
    np.testing.assert_allclose((rate["lower"], rate["upper"]), (0.085, 0.122), atol=0.003)
    rate = plain["perspective"]["thresholds"][0]["flip_rate"]
    np.testing.assert_allclose((rate["lower"], rate["upper"]), (0.094, 0.114), atol=0.003)


def random_pairs(size: int = 400, kind=str) -> pd.DataFrame:
    """Originals of one author flip together."""
    rng = np.random.default_rng(0)
    author = rng.integers(0, 40, size)
    flips = rng.random(40)[author] < 0.3
    return pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(size)],
            "comment_text": [f"text {i}" for i in range(size)],
            "counterfactual.comment_text": [f"other {i}" for i in range(size)],
            "author": [kind(a) for a in author],
            "m": rng.random(size) / 2,
            "counterfactual.m": np.where(flips, 0.9, 0.1),
        }
    )


@pytest.mark.parametrize("kind", [str, int])
def test_clusters_widen_the_intervals(tmp_path, kind):
    pairs = random_pairs(kind=kind)
    one = evaluated(pairs, tmp_path / "a", cluster_feature="author")["m"]
    other = evaluated(pairs, tmp_path / "b")["m"]
    assert one["num_clusters"] == 40
    assert one["thresholds"][0]["flip_count"] == other["thresholds"][0]["flip_count"]
    for field in ("flip_rate", "originals_with_flip"):
        clustered, plain = one["thresholds"][0][field], other["thresholds"][0][field]
        assert clustered["value"] == plain["value"]
        width = plain["upper"] - plain["lower"]
        assert clustered["upper"] - clustered["lower"] > 2 * width
    width = other["ctf_gap"]["upper"] - other["ctf_gap"]["lower"]
    assert one["ctf_gap"]["upper"] - one["ctf_gap"]["lower"] > 2 * width


def test_an_original_without_a_cluster_is_drawn_by_itself(tmp_path):
    pairs = random_pairs()
    pairs.loc[:99, "author"] = None
    one = evaluated(pairs, tmp_path / "out", cluster_feature="author")["m"]
    assert one["num_clusters"] == 100 + pairs["author"].nunique()


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="autor"):
        evaluated(random_pairs(), tmp_path / "out", cluster_feature="autor")
    with pytest.raises(ConfigurationError, match="cluster_feature"):
        evaluated(random_pairs(), tmp_path / "out", cluster_feature="author,template")
