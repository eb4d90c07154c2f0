"""Validation examples where none are named: a hash split, the same for every run."""

from __future__ import annotations

import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.run import training
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError

ROWS = 2_000


def examples(order: np.ndarray) -> pa.Table:
    """Labelled texts, each with a term."""
    ids = np.array([f"id{number}" for number in range(ROWS)])
    texts = np.array([f"{'she' if n % 3 else 'he'} sings song {n}" for n in range(ROWS)])
    labels = np.arange(ROWS) % 2
    return pa.table(
        {
            "example_id": ids[order],
            "comment_text": texts[order],
            "toxicity": labels[order].astype(float),
        }
    )


def a_config(path: pathlib.Path, order: np.ndarray, **remediation) -> PipelineConfig:
    pq.write_table(examples(order), path)
    config = PipelineConfig(remediation={"technique": "clp", **remediation})
    config.data.id_feature, config.data.text_feature = "example_id", "comment_text"
    config.data.label_feature, config.data.label_threshold = "toxicity", 0.5
    config.data.train_examples.append(str(path))
    return config


def ids_of(table: pa.Table) -> set[str]:
    return set(table["example_id"].to_pylist())


IN_ORDER = np.arange(ROWS)
NEEDS_ONE = {"early stopping": {"early_stopping_patience": 1}, "a sweep": {"loss_weights": [1, 5]}}


@pytest.mark.parametrize("asked", NEEDS_ONE.values(), ids=NEEDS_ONE)
def test_a_tenth_is_kept_where_it_is_needed(tmp_path, asked):
    tables = training.read_training_tables(
        a_config(tmp_path / "a.parquet", IN_ORDER, **asked), True
    )
    train, validation = ids_of(tables.train), ids_of(tables.validation)
    assert not train & validation
    assert train | validation == ids_of(examples(IN_ORDER))
    assert tables.train.num_rows + tables.validation.num_rows == ROWS == tables.num_kept
    assert 0.07 < tables.validation.num_rows / ROWS < 0.13


def test_counterfactuals_stay_with_their_originals(tmp_path):
    config = a_config(tmp_path / "a.parquet", IN_ORDER, loss_weights=[1, 5])
    tables = training.read_training_tables(config, True)
    assert tables.pairs.num_rows + tables.validation_pairs.num_rows == ROWS, "each text has a term"
    assert ids_of(tables.pairs) == ids_of(tables.train)
    assert ids_of(tables.validation_pairs) == ids_of(tables.validation)
    # Pairs of validation examples are not trained on as unlabelled ones either.
    data = training.training_data(config, tables)
    assert (data.num_pairs, data.num_unlabelled_pairs) == (tables.pairs.num_rows, 0)
    assert data.validation.num_pairs == tables.validation_pairs.num_rows


def test_the_split_hangs_on_nothing_but_the_ids(tmp_path):
    actual = []
    for number, order in enumerate((IN_ORDER, np.random.default_rng(1).permutation(ROWS))):
        config = a_config(tmp_path / f"{number}.parquet", order, loss_weights=[1, 5])
        config.seed = number
        actual.append(ids_of(training.read_examples(config)[1]))
    assert actual[0] == actual[1]
    half = examples(IN_ORDER[: ROWS // 2])
    _, of_half = training.split_for_validation(half, "example_id")
    assert ids_of(of_half) == actual[0] & ids_of(half)


def test_nothing_is_kept_back_where_nothing_asks_for_it(tmp_path):
    tables = training.read_training_tables(a_config(tmp_path / "a.parquet", IN_ORDER), True)
    assert tables.validation is None
    assert tables.train.num_rows == ROWS


def test_named_examples_are_taken_whole(tmp_path):
    config = a_config(tmp_path / "a.parquet", IN_ORDER, loss_weights=[1, 5])
    others = examples(IN_ORDER[:40])
    others = others.set_column(0, "example_id", pc.binary_join_element_wise("v", others[0], ""))
    pq.write_table(others, tmp_path / "validation.parquet")
    config.data.validation_examples.append(str(tmp_path / "validation.parquet"))
    tables = training.read_training_tables(config, True)
    assert tables.train.num_rows == ROWS
    assert ids_of(tables.validation) == ids_of(others)


@pytest.mark.system
def test_a_baseline_trained_here_does_not_see_what_a_sweep_chooses_by(tmp_path, monkeypatch):
    from fairflip.remediation.training import baseline_model, saved_model

    config = a_config(tmp_path / "a.parquet", IN_ORDER, loss_weights=[1, 5])
    model = config.models.add(name="baseline")
    model.train.batch_size = 128
    seen: list[set[str]] = []
    monkeypatch.setattr(baseline_model, "build_text_classifier", lambda texts, **_: set(texts))
    monkeypatch.setattr(
        baseline_model, "train_baseline", lambda _, texts, *args, **__: seen.append(set(texts))
    )
    monkeypatch.setattr(saved_model, "save_model", lambda built, *_, **__: seen.append(built))
    training.train_baseline_model(config, model, str(tmp_path / "m"), lambda *_: None)
    train, _, _ = training.read_examples(config)
    assert seen == [set(train["comment_text"].to_pylist())] * 2
    assert len(seen[0]) < ROWS


@pytest.mark.system
def test_a_baseline_is_judged_by_a_tenth_that_it_does_not_see(tmp_path):
    config = a_config(tmp_path / "a.parquet", IN_ORDER)
    train, judging = training._examples_of_baseline(config)
    expected = training.split_for_validation(training.read_examples(config)[0], "example_id")
    assert (train, judging) == expected
    # A tenth that says little is trained on like the rest.
    few = a_config(tmp_path / "b.parquet", IN_ORDER[:60])
    train, judging = training._examples_of_baseline(few)
    assert (train.num_rows, judging) == (60, None)


def test_too_few_examples_are_refused_with_the_cure():
    with pytest.raises(
        InputError, match=r"1 examples are too few .* give data.validation_examples"
    ):
        training.split_for_validation(examples(np.array([5])), "example_id")
