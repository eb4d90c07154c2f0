"""A model's fingerprint covers what determines its scores, and nothing else."""

from __future__ import annotations

import importlib.metadata
import os

import pytest

from fairflip.pipeline.run.provenance import describe_run, fingerprint_data, versions
from fairflip.pipeline.score.model_files import fingerprint
from fairflip.pipeline.score.model_files.fingerprint import model_fingerprint
from fairflip.protos.config_pb2 import PipelineConfig

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def make_model():
    import keras

    def make(seed, units=3):
        keras.utils.set_random_seed(seed)
        inputs = keras.Input((4,), name="x")
        hidden = keras.layers.Dense(units, name="hidden")(inputs)
        model = keras.Model(inputs, keras.layers.Dense(1, name="score")(hidden), name="m")
        model.compile(optimizer="adam", loss="mse")
        return model

    return make


def test_equal_models_saved_twice_have_one_fingerprint(make_model, tmp_path):
    for name in ("one", "two"):
        make_model(1).save(tmp_path / f"{name}.keras")
    one, two = (model_fingerprint(str(tmp_path / f"{n}.keras")) for n in ("one", "two"))
    assert one == two
    assert len(one) == 64


def test_other_weights_or_layers_have_another(make_model, tmp_path):
    actual = set()
    for name, arguments in {"a": (1,), "b": (2,), "c": (1, 4)}.items():
        make_model(*arguments).save(tmp_path / f"{name}.keras")
        actual.add(model_fingerprint(str(tmp_path / f"{name}.keras")))
    assert len(actual) == 3


def test_a_model_is_read_once_until_its_file_changes(make_model, tmp_path, monkeypatch):
    path, looks = tmp_path / "model.keras", []
    weights = fingerprint._add_layer_weights
    monkeypatch.setattr(
        fingerprint, "_add_layer_weights", lambda *given: looks.append(1) or weights(*given)
    )
    make_model(1).save(path)
    first = [model_fingerprint(str(path)) for _ in range(3)]
    assert len(set(first)) == len(looks) == 1
    stat = path.stat()
    make_model(2).save(tmp_path / "other.keras")
    # Written in place, as large as before, and as old: the system knows better.
    path.write_bytes((tmp_path / "other.keras").read_bytes())
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert model_fingerprint(str(path)) == model_fingerprint(str(tmp_path / "other.keras"))
    assert model_fingerprint(str(path)) != first[0]


def test_what_the_optimizer_remembers_does_not_count(make_model, tmp_path):
    import numpy as np

    model = make_model(1)
    model.save(tmp_path / "before.keras")
    weights = model.get_weights()
    model.fit(np.ones((8, 4)), np.ones(8), verbose=0)
    trained = tmp_path / "trained.keras"
    model.save(trained)
    model.set_weights(weights)
    model.save(tmp_path / "after.keras")
    before = model_fingerprint(str(tmp_path / "before.keras"))
    assert model_fingerprint(str(tmp_path / "after.keras")) == before
    assert model_fingerprint(str(trained)) != before


def test_data_and_versions(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    first = fingerprint_data([str(tmp_path / "*.csv")])
    assert list(first) == [str(tmp_path / "a.csv")]
    (tmp_path / "a.csv").write_text("x\n2\n")
    assert fingerprint_data([str(tmp_path / "*.csv")]) != first
    assert fingerprint_data([]) == {}
    assert {"fairflip", "tensorflow", "keras"} <= set(versions())


def test_the_version_of_a_tagger_is_recorded(tmp_path):
    """Of a package its version, of a folder what its meta.json says; without one nothing."""
    assert not any(name.startswith(("tagger", "spacy")) for name in versions())
    output = versions("pyarrow")
    assert output["tagger pyarrow"] == importlib.metadata.version("pyarrow")
    assert "spacy" in output
    folder = str(tmp_path)
    assert versions(folder)[f"tagger {folder}"] == "not known"
    (tmp_path / "meta.json").write_text('{"lang": "en", "name": "mine", "version": "3.1.4"}')
    assert versions(folder)[f"tagger {folder}"] == "en_mine 3.1.4"
    config = PipelineConfig()
    config.generator.tagger = folder
    described = describe_run(config, "{}", {}, {})
    assert described.versions[f"tagger {folder}"] == "en_mine 3.1.4"


def test_the_version_of_a_segmenter_is_recorded():
    assert "jieba" not in versions()
    config = PipelineConfig()
    config.generator.segmenter = "jieba"
    described = describe_run(config, "{}", {}, {})
    assert described.versions["jieba"] == importlib.metadata.version("jieba")
