"""The sweep: its numbers by direct counting, its front, its choice, and a small real one."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.generate.control_transforms import table_with_controls
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.sweep import score_metrics
from fairflip.remediation.sweep.price import SweepSetting, plot_price, price_table, sweep_message
from fairflip.remediation.sweep.score_metrics import EvaluationScores, price_point


def test_worst_group_gaps_leave_out_small_groups():
    scores = np.array([0.9, 0.1, 0.9, 0.9, 0.1, 0.9])
    labels = np.array([1, 1, 1, 1, 0, 0])
    groups = {"a": np.array([1, 1, 0, 0, 0, 1], bool), "b": np.array([0, 0, 0, 1, 0, 0], bool)}
    tpr, tnr = score_metrics.worst_group_gaps(scores, labels, groups, 0.5, min_examples=2)
    assert tpr == pytest.approx(0.5)
    assert math.isnan(tnr)


def test_nan_scores_are_refused():
    with pytest.raises(InputError, match="1 of 2 scores"):
        EvaluationScores(np.array([0.1, np.nan]), np.zeros(1), np.zeros(1))


def scored(examples, originals, counterfactuals):
    return EvaluationScores(*(np.asarray(v, float) for v in (examples, originals, counterfactuals)))


@pytest.fixture
def measured():
    """A baseline with flips, and what all models are measured on."""
    rng = np.random.default_rng(2)
    labels = (rng.random(400) < 0.3).astype(int)
    examples = np.clip(0.35 * labels + rng.random(400) * 0.6, 0, 1)
    originals = rng.random(200)
    baseline = scored(examples, originals, np.clip(originals + rng.normal(0, 0.2, 200), 0, 1))
    options = {"labels": labels, "held_out": np.arange(200) % 4 == 0, "groups": {}}
    return baseline, options


def test_held_out_pairs_are_counted_apart(measured):
    baseline, options = measured
    point = price_point(baseline, baseline, **options)
    flips = (baseline.originals > 0.5) != (baseline.counterfactuals > 0.5)
    assert point.matched_flip_rate == flips[~options["held_out"]].mean()
    assert point.held_out_matched_flip_rate == flips[options["held_out"]].mean()
    assert point.matched_threshold == 0.5


@pytest.mark.parametrize("constant", [0.0, 0.2, 0.9, 1.0])
def test_predicting_one_class_is_marked_and_never_chosen(measured, constant):
    baseline, options = measured
    start = price_point(baseline, baseline, **options)
    flat = scored(np.full(400, constant), np.full(200, constant), np.full(200, constant))
    collapsed = price_point(flat, baseline, **options)
    assert collapsed.flip_rate == 0.0
    assert score_metrics.has_collapsed(collapsed, start)
    honest = dataclasses.replace(start, matched_flip_rate=0.5 * start.matched_flip_rate)
    settings = [
        SweepSetting("clp", "pairwise_mse", 100.0),
        SweepSetting("clp", "pairwise_mse", 1.0),
    ]
    # Even an AUC as good as the baseline's does not save it.
    gamed = dataclasses.replace(collapsed, auc=start.auc, matched_flip_rate=0.0)
    message = sweep_message(
        settings, {"baseline": [start], settings[0].name: [gamed], settings[1].name: [honest]}
    )
    by_name = {point.name: point for point in message.points}
    assert by_name["clp pairwise_mse 100"].collapsed
    assert not by_name["clp pairwise_mse 100"].on_pareto_front
    assert not by_name["clp pairwise_mse 1"].collapsed
    assert message.chosen == "clp pairwise_mse 1"


@pytest.mark.parametrize(
    ("target", "reached", "collapsed"),
    [
        (0.2, 0.1, False),
        (0.2, 0.09, True),
        (0.2, 0.31, True),
        (0.8, 0.9, False),
        (0.8, 0.91, True),
        (0.8, 0.69, True),
        (0.0, 0.0, False),
    ],
)
def test_scores_so_alike_that_no_threshold_comes_near(measured, target, reached, collapsed):
    baseline, options = measured
    start = price_point(baseline, baseline, **options)
    assert not score_metrics.has_collapsed(start, start)
    point = dataclasses.replace(start, target_positive_rate=target, matched_positive_rate=reached)
    assert score_metrics.has_collapsed(point, start) == collapsed


def test_collapse_by_small_steps_below_the_threshold(measured):
    """A model whose ranking is fine but whose scores all fell below the threshold."""
    baseline, options = measured
    start = price_point(baseline, baseline, **options)
    shrunk = scored(
        *(0.4 * getattr(baseline, f) for f in ("examples", "originals", "counterfactuals"))
    )
    point = price_point(shrunk, baseline, **options)
    assert point.auc == pytest.approx(start.auc)
    assert point.matched_flip_rate == pytest.approx(start.matched_flip_rate, abs=0.02)
    assert score_metrics.has_collapsed(point, start)


def test_the_choice_is_fewest_flips_within_the_budget(measured):
    baseline, options = measured
    start = price_point(baseline, baseline, **options)

    def point(flips, auc):
        return dataclasses.replace(start, matched_flip_rate=flips, auc=start.auc + auc)

    settings = [SweepSetting("plain")] + [SweepSetting("clp", "l", w) for w in (1.0, 2.0, 3.0)]
    runs = {
        "baseline": [start],
        "blindness": [point(0.0, 0.0)],
        "plain": [point(0.30, 0.001)],
        "clp l 1": [point(0.20, 0.0), point(0.10, -0.002)],
        "clp l 2": [point(0.05, -0.004)],
        "clp l 3": [point(0.01, -0.02)],
    }
    message = sweep_message(settings, runs, auc_budget=0.005)
    assert message.chosen == "blindness"
    front = {p.name for p in message.points if p.on_pareto_front}
    assert front == {"blindness", "plain"}
    del runs["blindness"]
    message = sweep_message(settings, runs, auc_budget=0.005)
    assert message.chosen == "clp l 2"
    by_name = {p.name: p for p in message.points}
    assert by_name["clp l 2"].chosen
    interval = by_name["clp l 1"].matched_flip_rate
    assert (interval.value, interval.lower, interval.upper) == pytest.approx((0.15, 0.1, 0.2))
    assert sweep_message(settings, runs, auc_budget=0.1).chosen == "clp l 3"
    assert sweep_message(settings, {**runs, "plain": [point(0.3, -1)]}, -1.0).chosen == ""
    table = price_table(message)
    assert table.count("\n") == 1 + len(runs)
    assert "| *P | clp l 2 | 0.0500" in table
    assert table.splitlines()[0].endswith("| calls | seconds |")


def controlled(measured, seed=3):
    """The baseline of `measured` with up to two controls a pair, and what is measured on."""
    baseline, options = measured
    rng = np.random.default_rng(seed)
    pair_of = np.sort(rng.choice(np.repeat(np.arange(200), 2), 300, replace=False))
    controls = np.clip(baseline.originals[pair_of] + rng.normal(0, 0.1, 300), 0, 1)
    rows = score_metrics.ControlRows(pair_of, np.arange(200) // 2)
    return dataclasses.replace(baseline, controls=controls), {**options, "control_rows": rows}


def test_excess_is_of_the_pairs_that_have_controls_each_pairs_counting_as_one(measured):
    baseline, options = controlled(measured)
    point = price_point(baseline, baseline, **options)
    pair_of = options["control_rows"].pair_of
    excesses, means = [], []
    for pair in range(200):
        own = baseline.controls[pair_of == pair]
        if len(own) and not options["held_out"][pair]:
            before = baseline.originals[pair] > 0.5
            means.append(np.mean((own > 0.5) != before))
            excesses.append(float((baseline.counterfactuals[pair] > 0.5) != before) - means[-1])
    assert len(means) < 150
    assert point.excess_flip_rate == pytest.approx(np.mean(excesses))
    assert point.control_flip_rate == pytest.approx(np.mean(means))
    assert point.control_flip_rate_lower < np.mean(means) < point.control_flip_rate_upper
    without = price_point(baseline, baseline, **{**options, "control_rows": None})
    assert math.isnan(without.excess_flip_rate)
    assert math.isnan(without.control_flip_rate)


def test_pairs_of_one_original_are_one_draw_of_the_control_rate(measured):
    baseline, options = controlled(measured)
    rows = options["control_rows"]
    wide = price_point(
        baseline,
        baseline,
        **{**options, "control_rows": dataclasses.replace(rows, original_of=np.arange(200) // 20)},
    )
    narrow = price_point(baseline, baseline, **options)
    assert wide.control_flip_rate == narrow.control_flip_rate
    assert wide.control_flip_rate_upper != narrow.control_flip_rate_upper


def test_the_choice_goes_by_excess_and_never_to_a_model_whose_controls_rose(measured):
    baseline, options = controlled(measured)
    start = dataclasses.replace(price_point(baseline, baseline, **options), excess_lower=0.01)

    def point(flips, controls, auc=0.0):
        return dataclasses.replace(
            start,
            matched_flip_rate=flips,
            excess_flip_rate=flips - controls,
            control_flip_rate=controls,
            control_flip_rate_lower=controls - 0.01,
            control_flip_rate_upper=controls + 0.01,
            auc=start.auc + auc,
        )

    settings = [SweepSetting("plain")] + [SweepSetting("clp", "l", w) for w in (1.0, 2.0, 3.0, 4.0)]
    runs = {
        "baseline": [point(0.08, 0.03)],
        "plain": [point(0.07, 0.031), point(0.07, 0.029)],
        "clp l 1": [point(0.05, 0.03)],
        # The fewest flips of those that may be chosen, but not the smallest excess.
        "clp l 2": [point(0.03, 0.005), point(0.03, 0.007)],
        "clp l 3": [point(0.05, 0.039), point(0.05, 0.04)],
        # The smallest excess, by flipping on everything.
        "clp l 4": [point(0.06, 0.06)],
    }
    message = sweep_message(settings, runs)
    by_name = {p.name: p for p in message.points}
    assert message.chosen == "clp l 3"
    assert [name for name, p in by_name.items() if p.controls_rose] == ["clp l 4"]
    assert by_name["plain"].control_flip_rate_bounds.upper == pytest.approx(0.04)
    interval = by_name["plain"].control_flip_rate
    assert (interval.value, interval.lower, interval.upper) == pytest.approx((0.03, 0.029, 0.031))
    assert "above the interval of plain's" in message.rule
    table = price_table(message)
    assert "| control flips | excess |" in table
    assert "| C | clp l 4 | 0.0600 | 0.0600 | 0.0000 |" in table
    assert "0.0240 (0.0230–0.0250)" in table  # the excess of clp l 2
    # Without plain training the baseline's own interval is the ceiling.
    del runs["plain"]
    runs["clp l 3"] = [point(0.05, 0.045)]
    assert sweep_message(settings[1:], runs).chosen == "clp l 1"


def test_an_excess_below_zero_is_no_better_than_none(measured):
    baseline, options = controlled(measured)
    start = dataclasses.replace(price_point(baseline, baseline, **options), excess_lower=0.01)
    settings = [SweepSetting("clp", "l", w) for w in (1.0, 2.0)]
    blind = dataclasses.replace(start, matched_flip_rate=0.001, excess_flip_rate=-0.03)
    jumpy = dataclasses.replace(start, matched_flip_rate=0.02, excess_flip_rate=-0.05)
    runs = {"baseline": [start], "clp l 1": [blind], "clp l 2": [jumpy]}
    assert sweep_message(settings, runs).chosen == "clp l 1"


def test_the_table_leaves_out_what_no_point_has(measured):
    baseline, options = measured
    settings = [SweepSetting("plain")]

    def lines_of(some_held_out):
        chosen = {**options, "held_out": options["held_out"] & some_held_out}
        start = price_point(baseline, baseline, **chosen)
        table = price_table(sweep_message(settings, {"baseline": [start], "plain": [start]}))
        return [line.split("|")[1:-1] for line in table.splitlines()]

    with_terms, without = lines_of(True), lines_of(False)
    assert [" held-out flips " in lines[0] for lines in (with_terms, without)] == [True, False]
    for lines in (with_terms, without):
        # No groups were given, so that there are no gaps between them.
        assert " TPR gap " not in lines[0]
        assert len({len(cells) for cells in lines}) == 1
        assert " – " not in lines[2]


def test_the_plot_is_drawn(measured, tmp_path):
    baseline, options = measured
    start = price_point(baseline, baseline, **options)
    settings = [SweepSetting("clp", "pairwise_mse", 1.0)]
    message = sweep_message(settings, {"baseline": [start], settings[0].name: [start, start]})
    plot_price(message, tmp_path / "price.png")
    assert (tmp_path / "price.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.system
def test_a_grid_names_every_point_once():
    from fairflip.remediation.sweep.sweep import settings_grid

    grid = settings_grid(
        ["clp", "mindiff"], ["pairwise_mse", "PAIRWISE_SYMMETRIC_KL_LOSS", "mmd"], [1, 3]
    )
    assert [s.name for s in grid] == [
        "plain",
        "augmentation",
        "clp pairwise_mse 1",
        "clp pairwise_mse 3",
        "clp pairwise_symmetric_kl 1",
        "clp pairwise_symmetric_kl 3",
        "mindiff mmd 1",
        "mindiff mmd 3",
    ]
    with pytest.raises(ConfigurationError, match="nonsense"):
        settings_grid(["clp"], ["nonsense"])
    with_controls = settings_grid(
        ["clp", "mindiff"], ["pairwise_mse", "mmd"], [1], baselines=(), control_weights=[0, 2]
    )
    assert [s.name for s in with_controls] == [
        "clp pairwise_mse 1",
        "clp pairwise_mse 1 controls 2",
        "mindiff mmd 1",
    ]


@pytest.mark.system
def test_a_sweep_trains_scores_chooses_and_goes_on_where_it_stopped(tmp_path):
    from fairflip.remediation.sweep.sweep import evaluation_data_from_tables, sweep
    from fairflip.remediation.training.baseline_model import build_text_classifier, train_baseline
    from fairflip.remediation.training.tables import training_data_from_tables

    rng = np.random.default_rng(0)
    label = (rng.random(240) < 0.5).astype(float)
    term = np.where(rng.random(240) < 0.5, "zork", "blib")
    named = rng.random(240) < np.where(label == 1, 0.8, 0.2)
    words = [" ".join(rng.choice(["amber", "blue"] if y else ["blue", "clay"], 3)) for y in label]
    texts = [f"{t} {w}" if n else w for t, w, n in zip(term, words, named, strict=True)]
    examples = pa.table(
        {
            "example_id": [str(i) for i in range(240)],
            "comment_text": texts,
            "toxicity": label,
            "group": [t if n else None for t, n in zip(term, named, strict=True)],
        }
    )
    pairs = (
        examples.filter(pa.array(named))
        .append_column(
            "counterfactual.comment_text",
            pa.array([w for w, n in zip(words, named, strict=True) if n]),
        )
        .append_column("term", pa.array(term[named]))
    )
    model = build_text_classifier(texts, vocabulary_size=16, sequence_length=4, filters=4)
    train_baseline(model, texts, label, epochs=2, batch_size=32)
    data = training_data_from_tables(examples, pairs, held_out_terms=["blib"])
    texts = examples["comment_text"].to_pylist()
    controlled_pairs = table_with_controls(
        pairs.append_column("counterfactual_index", pa.array(np.zeros(len(pairs), np.int32))),
        texts,
        2,
        config_pb2.GeneratorSpec(),
        PairColumns(),
    )
    evaluation = evaluation_data_from_tables(
        examples, controlled_pairs, slices=["group"], held_out_terms=["blib"]
    )
    assert len(evaluation.originals) == len(pairs)
    assert 0 < len(evaluation.controls) == len(controlled_pairs) - len(pairs)
    for control, pair in zip(evaluation.controls, evaluation.pair_of, strict=True):
        # The term stays, and another word is gone.
        original = evaluation.originals[pair]
        assert set(control.split()) <= set(original.split())
        assert original.split()[0] in control
    assert 0 < evaluation.held_out.sum() < len(evaluation.held_out)
    assert set(evaluation.groups) == {"group:zork", "group:blib"}
    spec = config_pb2.RemediationSpec(
        technique="clp", loss_weights=[4.0], batch_size=32, num_seeds=2, auc_budget=1.0
    )

    def blind(inputs):
        return np.array([t.removeprefix("zork ").removeprefix("blib ") for t in inputs], object)

    told = []
    result = sweep(
        spec,
        data,
        model,
        evaluation,
        blind=blind,
        output_dir=tmp_path,
        progress=lambda share, text: told.append(share),
    )
    names = [point.name for point in result.sweep.points]
    assert names == [
        "baseline",
        "blindness",
        "plain",
        "augmentation",
        "clp pairwise_symmetric_kl 4",
    ]
    assert [p.num_seeds for p in result.sweep.points] == [1, 1, 2, 2, 2]
    assert told[-1] == 1.0
    by_name = {point.name: point for point in result.sweep.points}
    assert by_name["blindness"].ctf_gap.value == pytest.approx(0.0, abs=1e-6)
    assert by_name[names[4]].ctf_gap.value < by_name["plain"].ctf_gap.value
    # Who does not look never flips, and any AUC may be paid.
    has_something = by_name["baseline"].excess_flip_rate_bounds.lower > 0
    assert result.sweep.chosen == ("blindness" if has_something else "")
    assert bool(result.sweep.nothing_to_remove) != has_something
    assert result.chosen is None
    told.clear()
    again = sweep(spec, data, model, evaluation, blind=blind, output_dir=tmp_path)
    assert again.sweep == result.sweep
    trained = sweep(spec, data, model, evaluation, output_dir=tmp_path)
    assert [p.name for p in trained.sweep.points] == [n for n in names if n != "blindness"]
    if has_something:
        assert trained.chosen.record["technique"] in ("clp", "plain", "augmentation")
