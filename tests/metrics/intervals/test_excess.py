"""Excess over controls: sums that merge, and values equal to a direct recount."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.excess import (
    effective_number,
    excess_mean,
    excess_rate,
    top_term,
    variance_between_words,
)
from fairflip.metrics.intervals.excess_sums import ExcessSums
from fairflip.protos.errors import InputError

THRESHOLDS = 3
TERMS = np.array(["women", "men", "gay", "muslim"])
WORDS = np.array([f"word{i}" for i in range(12)])


@dataclasses.dataclass
class Data:
    """Random pairs with controls, as plain rows."""

    originals: np.ndarray
    flips: np.ndarray
    terms: list
    pair_of: np.ndarray
    controls: np.ndarray
    words: list
    weights: np.ndarray

    @classmethod
    def random(cls, seed: int, num_originals: int = 60, values: str = "flips") -> Data:
        chance = np.random.default_rng(seed)
        originals = np.repeat(np.arange(num_originals), chance.integers(1, 4, num_originals))
        size = len(originals)
        pair_of = np.repeat(np.arange(size), chance.integers(0, 4, size))
        shape = (size, THRESHOLDS), (len(pair_of), THRESHOLDS)
        make = (
            (lambda s: chance.random(s)) if values == "gaps" else lambda s: chance.random(s) < 0.3
        )
        return cls(
            originals,
            make(shape[0]).astype(float),
            [tuple(chance.choice(TERMS, chance.integers(1, 3), replace=False)) for _ in originals],
            pair_of,
            make(shape[1]).astype(float),
            [tuple(chance.choice(WORDS, chance.integers(1, 3), replace=False)) for _ in pair_of],
            chance.choice([0.5, 1.0, 2.0], size),
        )

    def sums(self, originals=None) -> ExcessSums:
        """Of all rows, or of the rows of some originals."""
        remaining = np.isin(self.originals, self.originals if originals is None else originals)
        rows = np.flatnonzero(remaining)
        number = np.cumsum(remaining) - 1
        controls = np.flatnonzero(remaining[self.pair_of])
        return ExcessSums.count(
            self.originals[rows],
            self.flips[rows],
            [self.terms[i] for i in rows],
            number[self.pair_of[controls]],
            self.controls[controls],
            [self.words[i] for i in controls],
            self.weights[rows],
        )


def recount(data: Data) -> dict:
    """The definition, in plain loops."""
    total = identity = control = 0.0
    shares: dict[str, float] = {}
    whole: dict[str, float] = {}
    edits: list[tuple[str, float, int, np.ndarray]] = []
    by_original: dict[int, list] = {}
    for pair, weight in enumerate(data.weights):
        mine = np.flatnonzero(data.pair_of == pair)
        if not len(mine):
            continue
        mean = data.controls[mine].mean(axis=0)
        total += weight
        identity = identity + weight * data.flips[pair]
        control = control + weight * mean
        entry = by_original.setdefault(int(data.originals[pair]), [0.0, 0.0])
        entry[0] = entry[0] + weight * (data.flips[pair] - mean)
        entry[1] += weight
        for term in data.terms[pair]:
            shares[term] = shares.get(term, 0) + weight / len(data.terms[pair])
            whole[term] = whole.get(term, 0) + weight
        for one in mine:
            for word in data.words[one]:
                share = weight / len(mine) / len(data.words[one])
                edits.append((word, share, int(data.originals[pair]), data.controls[one]))
    excess = (identity - control) / total
    mean = control / total
    above, below = 0.0, 0.0
    for word in sorted({edit[0] for edit in edits}):
        products = pairs = number = 0.0
        own = [edit for edit in edits if edit[0] == word]
        for _, a, original, flip in own:
            number += a
            for _, b, other, flop in own:
                if original != other:
                    products = products + a * b * (flip - mean) * (flop - mean)
                    pairs += a * b
        if pairs:
            above = above + number * products / pairs
            below += number
    clusters = np.array([entry[0] for entry in by_original.values()])
    sizes = np.array([entry[1] for entry in by_original.values()])
    residuals = clusters - excess * sizes[:, None]
    mass = sizes * (sizes + sizes.mean())
    without = {}
    for term in whole:
        remaining = [
            i for i in range(len(data.weights)) if term not in data.terms[i] and i in data.pair_of
        ]
        d = [
            data.weights[i] * (data.flips[i] - data.controls[data.pair_of == i].mean(axis=0))
            for i in remaining
        ]
        without[term] = np.sum(d, axis=0) / data.weights[remaining].sum()
    return {
        "excess": excess,
        "identity": identity / total,
        "control": mean,
        "v": np.maximum(0, above / below),
        "variance": (residuals**2 / (1 - sizes / total)[:, None]).sum(axis=0) / total**2,
        "df": mass.sum() ** 2 / (mass**2).sum() - 1,
        "terms": sum(shares.values()) ** 2 / sum(share**2 for share in shares.values()),
        "cubes": sum((w / total) ** 3 for w in whole.values()),
        "h": sum((w / total) ** 2 for w in whole.values()),
        "without": without,
    }


@pytest.mark.parametrize("seed", range(4))
def test_values_equal_a_direct_recount(seed):
    data = Data.random(seed)
    sums, expected = data.sums(), recount(data)
    actual = excess_rate(sums)
    np.testing.assert_allclose(actual.value, expected["excess"], atol=1e-12)
    np.testing.assert_allclose(actual.identity, expected["identity"])
    np.testing.assert_allclose(actual.control, expected["control"])
    np.testing.assert_allclose(actual.variance_between_words, expected["v"], atol=1e-12)
    np.testing.assert_allclose(actual.standard_error**2, expected["variance"])
    np.testing.assert_allclose(actual.effective_terms, expected["terms"])
    t = bucket_sums.t_quantile(0.95, expected["df"])
    np.testing.assert_allclose(actual.upper - actual.value, t * actual.standard_error)
    top = top_term(sums)
    for threshold in range(THRESHOLDS):
        moves = {
            term: abs(value[threshold] - expected["excess"][threshold])
            for term, value in expected["without"].items()
        }
        assert moves[top.term[threshold]] == pytest.approx(max(moves.values()))
        np.testing.assert_allclose(
            top.without[threshold], expected["without"][top.term[threshold]][threshold], atol=1e-12
        )
    # B: the same, wider by what words differ in.
    added = expected["h"] + _squares_of_words(data)
    error = np.sqrt(expected["variance"] + expected["v"] * added)
    df = max(2.0, expected["terms"] - 1)
    np.testing.assert_allclose(
        actual.over_words_upper - actual.value, bucket_sums.t_quantile(0.95, df) * error
    )
    skewness = np.minimum(4, 2 * np.sqrt(expected["v"]) / expected["control"]) * expected["cubes"]
    skewness *= expected["v"] ** 1.5 / error**3
    reach = bucket_sums.t_quantile(0.95, df) + skewness * (1.959964**2 - 1) / 6
    np.testing.assert_allclose(actual.value - actual.over_words_lower, reach * error, rtol=1e-6)


def _squares_of_words(data: Data) -> float:
    whole: dict[str, float] = {}
    for one, pair in enumerate(data.pair_of):
        for word in data.words[one]:
            whole[word] = whole.get(word, 0) + data.weights[pair] / np.sum(data.pair_of == pair)
    total = data.weights[np.unique(data.pair_of)].sum()
    return sum((weight / total) ** 2 for weight in whole.values())


@pytest.mark.parametrize("seed", range(3))
def test_sums_merge_in_any_order_and_grouping(seed):
    data = Data.random(seed, 30)
    parts = [data.sums(range(first, 30, 3)) for first in range(3)]
    zero = ExcessSums.zero(THRESHOLDS)
    whole = data.sums()
    for merged in (
        parts[0] + (parts[1] + parts[2]),
        (parts[2] + parts[0]) + parts[1],
        zero + parts[1] + zero + parts[2] + parts[0],
    ):
        for name in ("num_pairs", "num_control_pairs", "num_pairs_without_control"):
            assert getattr(merged, name) == getattr(whole, name)
        for name in ("clusters", "terms", "edits", "words"):
            one, other = getattr(merged, name), getattr(whole, name)
            assert one.keys.tolist() == other.keys.tolist()
            np.testing.assert_allclose(one.weights, other.weights)
            np.testing.assert_allclose(one.values, other.values, atol=1e-12)


def test_thresholds_are_counted_by_themselves():
    data = Data.random(9)
    whole = excess_rate(data.sums())
    for threshold in range(THRESHOLDS):
        one = dataclasses.replace(
            data,
            flips=data.flips[:, threshold],
            controls=data.controls[:, threshold],
        )
        single = excess_rate(one.sums())
        for name in ("value", "lower", "upper", "over_words_lower", "over_words_upper"):
            assert getattr(single, name)[0] == pytest.approx(getattr(whole, name)[threshold])


def test_gaps_have_an_excess_too_and_its_bounds():
    data = Data.random(5, values="gaps")
    actual, expected = excess_mean(data.sums()), recount(data)
    np.testing.assert_allclose(actual.value, expected["excess"], atol=1e-12)
    np.testing.assert_allclose(actual.variance_between_words, expected["v"], atol=1e-12)
    assert (actual.lower < actual.value).all()
    assert (actual.value < actual.upper).all()
    assert (actual.over_words_lower >= -1).all()


def test_a_model_that_sees_no_identity_word_has_minus_the_control_rate():
    data = Data.random(1)
    data.flips[:] = 0
    actual = excess_rate(data.sums())
    np.testing.assert_allclose(actual.value, -actual.control)
    assert (actual.over_words_lower < 0).all()


def test_words_that_are_all_alike_have_no_variance_on_average():
    estimates = []
    for seed in range(60):
        sums = Data.random(seed, 80).sums()
        words = sums.words
        # The estimate itself, before it is cut at 0, must lie around 0.
        share, square = words.weights[:, 0], words.weights[:, 1]
        mean = words.values[:, 0].sum(0) / share.sum()
        own = words.values[:, 1] - 2 * mean * words.values[:, 2] + mean**2 * square[:, None]
        each = (words.values[:, 0] - mean * share[:, None]) ** 2 - own
        each /= (share**2 - square)[:, None]
        estimate = (share[:, None] * each).sum(0) / share.sum()
        np.testing.assert_allclose(variance_between_words(words), np.maximum(0, estimate))
        estimates.append(estimate)
    estimates = np.array(estimates)
    error = estimates.std() / np.sqrt(estimates.size / THRESHOLDS)
    assert abs(estimates.mean()) < 4 * error
    assert error < 0.002


def test_a_word_that_always_flips_has_variance():
    data = Data.random(2, 200)
    flips = [("word0" in words or "word1" in words) for words in data.words]
    data.controls[:] = np.array(flips, float)[:, None]
    assert (variance_between_words(data.sums().words) > 0.02).all()


def test_nothing_and_one_cluster_have_no_bounds():
    for actual in (excess_rate(ExcessSums.zero(2)), excess_mean(ExcessSums.zero(2))):
        assert np.isnan(actual.value).all()
        assert actual.effective_terms == 0
    assert top_term(ExcessSums.zero(2)).term.tolist() == ["", ""]
    one = ExcessSums.count(["a", "a"], [1, 0], [("x",), ("x",)], [0, 1], [0, 1], [("u",), ("w",)])
    actual = excess_rate(one)
    assert actual.value.tolist() == [0.0]
    assert np.isnan(actual.lower).all()
    assert np.isnan(actual.over_words_upper).all()
    top = top_term(one)
    assert top.term.tolist() == ["x"]
    assert np.isnan(top.without).all()


def test_pairs_without_control_are_counted_and_in_no_sum():
    sums = ExcessSums.count(
        ["a", "b", "c"], [1, 1, 0], [("x",), ("y",), ("x",)], [2, 2], [1, 0], [("u",), ("w",)]
    )
    assert (sums.num_pairs, sums.num_control_pairs, sums.num_pairs_without_control) == (3, 2, 2)
    actual = excess_rate(sums)
    assert actual.identity.tolist() == [0.0]
    assert actual.control.tolist() == [0.5]
    assert sums.terms.keys.tolist() == ["x"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [1.0, -1.0]}, "negative"),
        ({"identity": [1.0, np.nan]}, "not finite"),
        ({"terms": [("x",)]}, "1 terms for 2"),
        ({"controls": [[1.0, 0.0]]}, "2 thresholds of controls for 1"),
    ],
)
def test_what_cannot_be_counted_is_refused(change, message):
    arguments = {
        "originals": ["a", "b"],
        "identity": [1.0, 0.0],
        "terms": [("x",), ("y",)],
        "control_pairs": [0],
        "controls": [1.0],
        "control_words": [("u",)],
    } | change
    with pytest.raises(InputError, match=message):
        ExcessSums.count(**arguments)


def test_effective_number():
    assert effective_number([1, 1, 1, 1]) == 4
    assert effective_number([3, 1]) == pytest.approx(1.6)
    assert effective_number([]) == 0


@pytest.mark.system
def test_the_quick_benchmark_holds(repository, real_data):
    """Known truth on real text: see benchmarks/intervals/controls.py."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.intervals.controls"),
            *("--quick", "--data", str(real_data)),
        ],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("True") == 14
