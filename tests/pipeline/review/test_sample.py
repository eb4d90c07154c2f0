"""The sample of a review: uniform in each stratum, blind, and the same at every call."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.review import sample
from fairflip.protos.errors import InputError


def pairs(num_pairs: int = 4000) -> pa.Table:
    """Pairs of which every fourth is a control, and one in ten flips; 60 are marked legitimate."""
    index = np.arange(num_pairs)
    flips = index % 10 == 3
    is_control = index % 4 == 1
    return pa.table(
        {
            "example_id": [f"e{i // 4}" for i in index],
            "comment_text": [f"text {i // 4}" for i in index],
            "counterfactual.comment_text": [f"other {i}" for i in index],
            "counterfactual_index": pa.array(index % 4, pa.int32()),
            "edit": np.where(is_control, "control", "identity").tolist(),
            "control_kind": [
                ("same_group" if i % 8 == 5 else "other_word") if i % 4 == 1 else None
                for i in index.tolist()
            ],
            "flip_is_legitimate": (index < 80) & ~is_control,
            "score.m": np.where(flips, 0.9, 0.2),
            "counterfactual.score.m": np.full(num_pairs, 0.2),
            "weight": np.where(index % 100 == 7, 0.0, 2.0),
        }
    )


def design(**changes) -> sample.Design:
    settings = {
        "model": "m",
        "threshold": 0.5,
        "size": 200,
        "seed": 0,
        "id_feature": "example_id",
        "text_feature": "comment_text",
    }
    return sample.Design(**{**settings, **changes})


@pytest.fixture
def files(tmp_path) -> list[str]:
    table = pairs()
    paths = [str(tmp_path / f"{part}.parquet") for part in range(2)]
    for path, part in zip(paths, (table.slice(0, 1500), table.slice(1500)), strict=True):
        pq.write_table(part, path, row_group_size=400)
    return paths


def test_strata_count_what_the_rates_count(files):
    rows = pairs().to_pandas()
    counted = ~rows.flip_is_legitimate & (rows.control_kind != "same_group")
    flips = rows["score.m"] > 0.5
    for stratum in sample.draw(files, design()):
        own = counted & (flips == stratum.flips) & ((rows.edit == "control") == stratum.is_control)
        assert stratum.num_pairs == own.sum()
        texts = set(rows["counterfactual.comment_text"][own])
        assert {pair.counterfactual for pair in stratum.sampled} <= texts


def test_flips_are_oversampled_and_every_stratum_has_its_part(files):
    sizes = {(s.is_control, s.flips): len(s.sampled) for s in sample.draw(files, design(size=100))}
    assert sizes == {
        (False, True): 30,
        (False, False): 30,
        (True, True): 20,
        (True, False): 20,
    }


def test_what_a_small_stratum_lacks_the_others_get(files):
    strata = {(s.is_control, s.flips): s for s in sample.draw(files, design(size=900))}
    small = strata[True, True]
    assert len(small.sampled) == small.num_pairs < 180
    assert sum(len(stratum.sampled) for stratum in strata.values()) == 900


def test_weight_0_is_in_no_rate_and_in_no_sample(files):
    strata = sample.draw(files, design(weight_feature="weight"))
    everything = sum(s.num_pairs for s in sample.draw(files, design()))
    assert sum(s.num_pairs for s in strata) < everything
    assert {pair.weight for s in strata for pair in s.sampled} == {2.0}


def test_same_sample_whatever_the_files_and_another_for_another_seed(files, tmp_path):
    pq.write_table(pairs().take(np.random.default_rng(1).permutation(4000)), tmp_path / "one")
    one = sample.in_blind_order(sample.draw([str(tmp_path / "one")], design()))
    assert one == sample.in_blind_order(sample.draw(files, design()))
    other = sample.in_blind_order(sample.draw(files, design(seed=1)))
    shared = {pair.counterfactual for pair in one} & {pair.counterfactual for pair in other}
    assert len(shared) < 150
    assert {pair.key for pair in one}.isdisjoint(pair.key for pair in other)


def test_order_and_keys_tell_nothing_of_the_stratum(files):
    strata = sample.draw(files, design())
    of_flips = {pair.key for s in strata if s.flips for pair in s.sampled}
    places = [p.key in of_flips for p in sample.in_blind_order(strata)]
    assert 0.35 < np.mean(places[:100]) < 0.65
    assert len({p.key for p in sample.in_blind_order(strata)}) == 200


def test_every_pair_of_a_stratum_is_as_likely(files):
    """Over 60 seeds the times that pairs are drawn vary as those of a uniform sample."""
    times: dict[str, int] = {}
    for seed in range(60):
        stratum = sample.draw(files, design(seed=seed))[1]
        for pair in stratum.sampled:
            times[pair.counterfactual] = times.get(pair.counterfactual, 0) + 1
    drawn = np.zeros(stratum.num_pairs)
    drawn[: len(times)] = list(times.values())
    share = 60 / stratum.num_pairs
    expected = 60 * share * (1 - share)
    assert np.var(drawn) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("dropped", "output"), [("counterfactual.score.m", "score"), ("comment_text", "no_text")]
)
def test_what_cannot_be_judged_is_said(tmp_path, dropped, output):
    pq.write_table(pairs().drop_columns(dropped), tmp_path / "p.parquet")
    with pytest.raises(InputError, match=output):
        sample.draw([str(tmp_path / "p.parquet")], design())
