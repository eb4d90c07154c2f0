"""`fairflip run` on a table with a Keras model of numbers and words, then gate and compare."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from fairflip.pipeline.cli.command_line import main
from support.tables import FEATURES, applicants, swapped

pytestmark = pytest.mark.system

TABLE = applicants(300)
WORDS = ("gender", "title", "occupation")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    import keras

    keras.utils.set_random_seed(1)
    train = applicants(600, seed=1)
    inputs = {name: keras.Input((), dtype="string" if name in WORDS else "float32", name=name)
              for name in FEATURES}  # fmt: skip
    columns = []
    for name, tensor in inputs.items():
        if name in WORDS:
            vocabulary = sorted(train[name].unique())
            lookup = keras.layers.StringLookup(vocabulary=vocabulary, output_mode="one_hot")
            columns.append(lookup(tensor))
        else:
            scale = keras.layers.Normalization(
                axis=None, mean=float(train[name].mean()), variance=float(train[name].var())
            )
            columns.append(keras.layers.Reshape((1,))(scale(tensor)))
    hidden = keras.layers.Dense(8, "relu")(keras.layers.Concatenate()(columns))
    made = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(hidden))
    made.compile("adam", "binary_crossentropy")
    made.fit(arrays(train), train["approved"].to_numpy(np.float32), epochs=40, verbose=0)
    path = tmp_path_factory.mktemp("model") / "credit.keras"
    made.save(path)
    return path


def arrays(table):
    import tensorflow as tf

    return {
        name: tf.constant(table[name].tolist(), tf.string if name in WORDS else tf.float32)
        for name in FEATURES
    }


@pytest.fixture(scope="module")
def run(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    TABLE.to_csv(folder / "test.csv", index=False)
    applicants(400, seed=2).to_csv(folder / "train.csv", index=False)
    code = main(
        ["run", f"--examples={folder / 'test.csv'}", f"--train_examples={folder / 'train.csv'}",
         "--attribute=gender=female,male", "--linked=title=Mr:Mrs", f"--model=credit={model}",
         "--id_feature=applicant_id", "--label_feature=approved", "--epochs=15",
         "--loss_weight=5", "--learning_rate=0.01", "--quiet", f"--output_dir={folder / 'out'}"]
    )  # fmt: skip
    assert code == 0
    return folder / "out"


def report_of(run):
    return json.loads((run / "run_report.json").read_text(encoding="utf-8"))


def flips_of(path) -> tuple[int, int]:
    """Flips of a model in both directions, by Keras and NumPy alone."""
    import keras

    loaded = keras.models.load_model(path)
    both = TABLE[TABLE["gender"] != "other"]
    before, after = (
        np.asarray(loaded(arrays(table)))[:, 0].astype(np.float64) > 0.5
        for table in (both, swapped(TABLE))
    )
    return int((~before & after).sum()), int((before & ~after).sum())


def test_both_models_count_as_keras_and_numpy_do_and_flips_fall(run, model):
    report = report_of(run)
    counts = {}
    for entry in report["models"]:
        [at] = entry["slices"][0]["thresholds"]
        counts[entry["name"]] = at["negative_to_positive_count"], at["positive_to_negative_count"]
    assert counts["credit"] == flips_of(model)
    assert counts["remediated"] == flips_of(run / "models" / "remediated" / "model.keras")
    assert sum(counts["remediated"]) < sum(counts["credit"])
    assert report["table_edits"]["attribute"] == "gender"
    assert list(report["table_edits"]["features"]) == list(FEATURES)


def test_the_gate_judges_it_and_a_comparison_reads_it(run, tmp_path, capsys):
    def gate(most: float) -> int:
        limits = tmp_path / "limits.textproto"
        limits.write_text(f'limits {{ metric: "flip_rate" max: {most} }}\n', encoding="utf-8")
        return main(["gate", f"--run={run}", f"--limits={limits}"])

    assert (gate(0.999), gate(0.0001)) == (0, 1)
    capsys.readouterr()
    other = shutil.copytree(run, tmp_path / "other")
    code = main(["compare", str(run), str(other), "--model=remediated=credit",
                 f"--output_dir={tmp_path / 'compared'}"])  # fmt: skip
    assert code == 0, capsys.readouterr().err


def test_a_dry_run_says_what_it_would_pair(run, model, capsys):
    examples = run.parent / "test.csv"
    code = main(["evaluate", f"--examples={examples}", "--attribute=gender", "--dry_run",
                 f"--model=credit={model}", "--label_feature=approved",
                 "--output_dir=nowhere"])  # fmt: skip
    output = capsys.readouterr().out
    assert code == 0
    assert "would be paired" in output
    assert "'applicant_id' is the ID" in output
