"""Ready-made pairs of vectors, beside numbers, through a Keras model and a function."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import fairflip
from fairflip.pipeline.cli.command_line import main
from support.recount import read_folder

pytestmark = pytest.mark.system

RNG = np.random.default_rng(0)
BEFORE = RNG.normal(size=(200, 4)).astype(np.float32)
AFTER = BEFORE + np.where(np.arange(4) == 1, RNG.normal(size=(200, 1)), 0).astype(np.float32)
AGE = RNG.integers(20, 60, 200).astype(np.float64)
WEIGHTS = np.array([1.0, -2.0, 0.5, 0.25])
GROUPS = RNG.choice(["x", "y"], 200)


def logits(vectors, ages):
    return np.asarray(vectors, np.float64) @ WEIGHTS + (np.asarray(ages) - 40) / 20


def score(frame):
    return 1 / (1 + np.exp(-logits(np.stack(frame["v"].to_numpy()), frame["age"])))


def table(**changed) -> pa.Table:
    rows = {
        "id": [f"r{number}" for number in range(200)],
        "v": BEFORE.tolist(),
        "counterfactual.v": AFTER.tolist(),
        "age": AGE,
        "group": [[name] for name in GROUPS],
    }
    return pa.table({**rows, **changed})


def arguments(folder, model) -> list[str]:
    return ["evaluate", f"--pairs={folder / 'p.parquet'}", "--input_feature=v",
            "--input_feature=age", f"--model=m={model}", "--slice=counterfactual_group", "--quiet",
            "--id_feature=id", f"--output_dir={folder / 'out'}"]  # fmt: skip


def expected() -> tuple[int, int]:
    before, after = logits(BEFORE, AGE) > 0, logits(AFTER, AGE) > 0
    return int((~before & after).sum()), int((before & ~after).sum())


def counts(report, slice_name="Overall") -> tuple[int, int]:
    [part] = [p for p in report["models"][0]["slices"] if p["slice"] == slice_name]
    [at] = part["thresholds"]
    return at["negative_to_positive_count"], at["positive_to_negative_count"]


def test_a_keras_model_with_a_vector_and_a_number_counts_as_numpy_does(tmp_path):
    import keras

    vector = keras.Input((4,), name="v")
    age = keras.Input((1,), name="age")
    scaled = keras.layers.Rescaling(1 / 20, offset=-2.0)(age)
    dense = keras.layers.Dense(1, activation="sigmoid", use_bias=False)
    output = dense(keras.layers.Concatenate()([vector, scaled]))
    dense.set_weights([np.append(WEIGHTS, 1.0).reshape(5, 1)])
    keras.Model({"v": vector, "age": age}, output).save(tmp_path / "m.keras")
    pq.write_table(table(), tmp_path / "p.parquet")
    assert main(arguments(tmp_path, tmp_path / "m.keras")) == 0
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    assert counts(report) == expected()
    assert min(expected()) > 10
    inside = GROUPS == "x"
    before, after = logits(BEFORE, AGE) > 0, logits(AFTER, AGE) > 0
    assert counts(report, "counterfactual_group:x")[0] == int((~before & after & inside).sum())
    # Kept with the scores, as they were read.
    remaining = read_folder(tmp_path / "out" / "scored_pairs")
    assert sorted(remaining["v"].to_pylist()) == sorted(BEFORE.astype(float).tolist())


def test_a_function_gets_arrays_in_a_frame():
    pairs = table()
    result = fairflip.evaluate(
        pairs=pairs, model=score, input_features=["v", "age"], id="id", quiet=True
    )
    [at] = result.report.models[0].slices[0].thresholds
    assert (at.negative_to_positive_count, at.positive_to_negative_count) == expected()
    assert result.report.pairing.num_copied_originals == 0
    assert result.flipped(3)["age"].notna().all()


def test_mixed_lengths_are_exit_code_2_with_file_record_expected_and_found(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    lines = ["def half(frame):", "    return [0.5] * len(frame)"]
    (tmp_path / "model_of_vectors.py").write_text("\n".join(lines), encoding="utf-8")
    mixed = BEFORE.tolist()
    for row in range(0, 200, 4):
        mixed[row + 1] = mixed[row + 1][:3]
    pq.write_table(table(v=mixed), tmp_path / "p.parquet")
    code = main(arguments(tmp_path, "py:model_of_vectors:half"))
    assert code == 2
    assert "wrong_length" in capsys.readouterr().err
    lines = [
        json.loads(line)
        for path in (tmp_path / "out" / "rejects").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    one = next(line for line in lines if line["record"] == "r1")
    assert one["source"].endswith("p.parquet")
    assert "3 numbers, expected are 4" in one["detail"]
