"""Calibration and gaps of groups of a run's models, against direct counting over scored_files scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.evaluate.label_judgements import add_label_judgements
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.report_pb2 import RunReport

NUMBER = 1_200


def config(**data):
    return PipelineConfig(
        data={
            "id_feature": "id",
            "text_feature": "text",
            "label_feature": "label",
            "label_threshold": 0.5,
            **data,
        },
        evaluation={
            "slices": ["gender", "themes", "gender,themes", "counterfactual_group"],
            "confidence_level": 0.95,
        },
    )


def report():
    made = RunReport()
    for name, threshold in (("plain", 0.5), ("better", 0.4)):
        model = made.models.add(name=name)
        part = model.slices.add(slice="Overall")
        part.thresholds.add(threshold=0.5)
        part.matched.threshold = threshold
    made.comparisons.add(baseline="plain", candidate="better").slices.add(slice="Overall")
    return made


@pytest.fixture
def scored_files(tmp_path):
    """Originals in two files; of the first, those of pairs, several rows of one."""
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "id": [f"o{i}" for i in range(NUMBER)],
            "label": pa.array(
                [None if i % 50 == 0 else float(v) for i, v in enumerate(rng.random(NUMBER) < 0.4)]
            ),
            "gender": [("female", "male", None)[i % 3] for i in range(NUMBER)],
            "themes": [
                ["a", "b"] if i % 4 == 0 else ["b"] if i % 4 == 1 else [] for i in range(NUMBER)
            ],
            "weight": rng.integers(1, 4, NUMBER).astype(float),
            "score.plain": rng.random(NUMBER),
            "score.better": rng.random(NUMBER) ** 2,
        }
    )
    rows = np.sort(np.concatenate([np.arange(700), np.arange(300)]))
    files = [str(tmp_path / "pairs.parquet"), str(tmp_path / "rest.parquet")]
    pq.write_table(table.take(pa.array(rows)), files[0])
    pq.write_table(table.slice(700), files[1])
    return table.to_pandas(), files


def test_numbers_by_direct_counting(scored_files):
    frame, files = scored_files
    made = report()
    add_label_judgements(made, config(), files)
    frame = frame[frame.label.notna()]
    positive = frame.label > 0.5
    members = {
        "gender:female": frame.gender == "female",
        "gender:male": frame.gender == "male",
        "themes:a": frame.themes.map(lambda themes: "a" in themes),
        "themes:b": frame.themes.map(lambda themes: "b" in themes),
    }
    for judged, threshold in zip(made.label_judgements, (0.5, 0.4), strict=True):
        assert (judged.num_originals, judged.threshold) == (len(frame), threshold)
        scores = frame[f"score.{judged.model}"]
        error = sum(
            abs((scores - positive)[(scores >= low / 10) & (scores < (low + 1) / 10)].sum())
            for low in range(10)
        ) / len(frame)
        assert judged.calibration_error.value == pytest.approx(error)
        for gap, rows in (
            (judged.worst_true_positive_rate_gap, positive),
            (judged.worst_false_positive_rate_gap, ~positive),
        ):
            says_yes = scores > threshold
            gaps = {
                name: abs(says_yes[rows & inside].mean() - says_yes[rows & ~inside].mean())
                for name, inside in members.items()
            }
            worst = max(gaps, key=gaps.get)
            assert (gap.group, gap.gap.value) == (worst, pytest.approx(gaps[worst]))
            assert gap.num_inside == (rows & members[worst]).sum()
            assert gap.gap.lower < gap.gap.value < gap.gap.upper
    plain, better = made.label_judgements
    (comparison,) = made.comparisons
    assert comparison.calibration_error_difference.value == pytest.approx(
        better.calibration_error.value - plain.calibration_error.value
    )
    difference = comparison.worst_false_positive_rate_gap_difference
    assert difference.lower < difference.value < difference.upper


def test_weights_count(scored_files):
    frame, files = scored_files
    made = report()
    add_label_judgements(made, config(weight_feature="weight"), files)
    frame = frame[frame.label.notna()]
    distance = frame.weight * (frame["score.plain"] - (frame.label > 0.5))
    sums = distance.groupby((frame["score.plain"] * 10).astype(int)).sum()
    expected = sums.abs().sum() / frame.weight.sum()
    assert made.label_judgements[0].calibration_error.value == pytest.approx(expected)


def test_nothing_is_added_without_labels_and_no_calibration_of_other_scales(scored_files, tmp_path):
    frame, _ = scored_files
    made = report()
    path = str(tmp_path / "plain.parquet")
    pq.write_table(pa.table({"id": ["a"], "score.plain": [0.5], "score.better": [0.5]}), path)
    add_label_judgements(made, config(), [path])
    add_label_judgements(made, config(), [])
    assert not made.label_judgements
    frame = frame.assign(**{"score.plain": frame["score.plain"] * 7})
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    add_label_judgements(made, config(), [path])
    assert not made.label_judgements[0].HasField("calibration_error")
    assert made.label_judgements[1].HasField("calibration_error")
    assert not made.comparisons[0].HasField("calibration_error_difference")
