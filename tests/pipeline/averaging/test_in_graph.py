"""A run whose remedy goes into the graph of a Keras model: the files, and who reads them."""

from __future__ import annotations

import pathlib

import keras
import numpy as np
import pytest
from google.protobuf import text_format

import fairflip
from fairflip.pipeline.averaging.in_graph import write_in_graph
from fairflip.pipeline.averaging.plain import edits_for, why_not_plain
from fairflip.protos.config_pb2 import InferenceRemedy, ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.baseline_model import build_text_classifier
from support.recount import read_folder

pytestmark = pytest.mark.system

TEXTS = [
    f"{who} {does} and {more}"
    for who in ("she", "he", "my mother", "a cat", "the teacher", "the men")
    for does in ("sings", "is a fool", "walks", "likes tea")
    for more in ("sings", "is late", "walks", "drinks tea")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import pyarrow as pa
    import pyarrow.csv

    folder = tmp_path_factory.mktemp("in_graph")
    model = build_text_classifier(
        TEXTS, text_feature="comment_text", vocabulary_size=60, has_convolutions=False
    )
    embedding = model.get_layer("embedding")
    embedding.set_weights([20 * weights for weights in embedding.get_weights()])
    model.save(folder / "mine.keras")
    columns = {
        "example_id": [f"t{i}" for i in range(len(TEXTS))],
        "comment_text": TEXTS,
        "toxicity": [int("fool" in text) for text in TEXTS],
    }
    pyarrow.csv.write_csv(pa.table(columns), folder / "texts.csv")
    return folder


@pytest.fixture(scope="module", params=["averaging", "blindness"])
def run(request, folder):
    return fairflip.run(
        str(folder / "texts.csv"),
        {"mine": str(folder / "mine.keras")},
        technique=request.param,
        method="substitution",
        controls=0,
        thresholds=[0.5],
        output_dir=str(folder / request.param),
    )


def folder_of(run):
    return pathlib.Path(run.output_dir)


def test_what_is_evaluated_is_what_is_deployed(run, folder):
    files = folder_of(run) / "models" / "remediated"
    model = keras.saving.load_model(files / "model.keras")
    table = read_folder(folder_of(run) / "scored_pairs").to_pandas()
    for text, score in (
        ("comment_text", "score.remediated"),
        ("counterfactual.comment_text", "counterfactual.score.remediated"),
    ):
        asked = np.array(table[text].tolist(), object)
        actual = model.predict(asked, verbose=0)[:, 0]
        np.testing.assert_allclose(actual, table[score], rtol=0, atol=1e-6)
    plain, remedied = (m.slices[0].thresholds[0].flip_count for m in run.report.models)
    assert remedied < plain or plain == 0


def test_tfma_reads_the_saved_model(run, folder):
    import tensorflow as tf
    import tensorflow_model_analysis as tfma
    from tensorflow_model_analysis.proto import config_pb2

    saved_model = str(folder_of(run) / "models" / "remediated" / "saved_model")
    data = str(folder / "examples.tfrecord")
    with tf.io.TFRecordWriter(data) as writer:
        for text in TEXTS:
            example = tf.train.Example()
            example.features.feature["comment_text"].bytes_list.value.append(text.encode())
            example.features.feature["toxicity"].float_list.value.append("fool" in text)
            writer.write(example.SerializeToString())
    config = text_format.Parse(
        'model_specs { label_key: "toxicity" } slicing_specs {}\n'
        'metrics_specs { metrics { class_name: "MeanPrediction" } }',
        config_pb2.EvalConfig(),
    )
    result = tfma.run_model_analysis(
        eval_shared_model=tfma.default_eval_shared_model(saved_model, eval_config=config),
        eval_config=config,
        data_location=data,
        output_path=str(folder_of(run) / "tfma_check"),
    )
    ((_, metrics),) = result.slicing_metrics
    mean = metrics[""][""]["mean_prediction"]["doubleValue"]
    model = keras.saving.load_model(folder_of(run) / "models" / "remediated" / "model.keras")
    scores = model.predict(np.array(TEXTS, object), verbose=0)
    assert mean == pytest.approx(scores.mean(), abs=1e-6)


def remedy(**fields):
    return InferenceRemedy(technique="averaging", method="substitution", **fields)


def test_auto_is_full_where_a_graph_cannot_do_it(folder):
    mine = ModelSpec(name="mine", path=str(folder / "mine.keras"))
    assert edits_for(mine, remedy(), reads_one_text=True) == "plain"
    assert edits_for(mine, remedy(), reads_one_text=False) == "full"
    assert edits_for(mine, remedy(terms="singular_they"), reads_one_text=True) == "full"
    assert edits_for(mine, remedy(terms="identity_de"), reads_one_text=True) == "full"
    assert edits_for(ModelSpec(name="f", function="a:b"), remedy(), reads_one_text=True) == "full"
    missing = ModelSpec(name="gone", path=str(folder / "gone.keras"))
    assert edits_for(missing, remedy(), reads_one_text=True) == "full"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"function": "a:b"}, "function 'a:b'"),
        ({"tagger": "en_core_web_sm"}, "tagger"),
        ({"segmenter": "jieba"}, "segmenter 'jieba'"),
        ({"per_term": True}, "per_term"),
        ({"terms": "identity_es"}, "articles and adjectives"),
        ({"terms": "singular_they"}, "verb"),
    ],
)
def test_plain_edits_that_cannot_be_made_are_refused(folder, fields, reason, tmp_path):
    assert reason in why_not_plain(remedy(**fields))
    model = keras.saving.load_model(folder / "mine.keras")
    with pytest.raises(ConfigurationError, match="--edits full"):
        write_in_graph(model, remedy(edits="plain", **fields), str(tmp_path))
