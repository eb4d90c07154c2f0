"""Scoring in a pipeline equals the models called directly; bad scores leave by name."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.metrics import MetricsFilter
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.records.rejects import REJECTS
from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.sides import copy_scores, score_sides
from fairflip.pipeline.score.transforms import SCORED, ScoreExamples, ScorePairs
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from support import tiny_models

pytestmark = pytest.mark.system

DATA = DataSpec(id_feature="id")


def pair_batches(num=200, size=64):
    originals = tiny_models.texts(num)
    changed = [text.replace("she", "he") if i % 3 else text for i, text in enumerate(originals)]
    table = pa.table(
        {
            "id": [str(i // 2) for i in range(num)],
            "comment_text": originals,
            "counterfactual.comment_text": changed,
            "counterfactual_id": [f"c{i}" for i in range(num)],
            "given": np.linspace(0, 1, num),
            "counterfactual.given": np.linspace(1, 0, num),
        }
    )
    return table, table.to_batches(size)


def run(transform, batches):
    """(good batches as one table, rejects, counters) of a transform on FnApiRunner."""
    good, bad = [], []

    pipeline = beam.Pipeline(FnApiRunner())
    outputs = (
        pipeline | beam.Create(batches).with_output_types(pa.RecordBatch) | "Score" >> transform
    )
    _keep(outputs[SCORED], "Good", good)
    _keep(outputs[REJECTS], "Bad", bad)
    result = pipeline.run()
    result.wait_until_finish()
    counters = {}
    for actual in result.metrics().query(MetricsFilter().with_namespace("fairflip"))["counters"]:
        name = actual.key.metric.name
        counters[name] = counters.get(name, 0) + actual.committed
    return good, bad, counters


KEPT: dict[int, list] = {}


def _append(element, key):
    KEPT[key].append(element)


def _keep(collection, label, into):
    # The in-memory runner works in this process, so elements can be handed back.
    KEPT[id(into)] = into
    collection | f"Keep{label}" >> beam.Map(_append, id(into))


def table_of(batches, key="counterfactual_id"):
    return pa.Table.from_batches(batches).sort_by(key)


def test_both_sides_of_every_pair_are_scored_by_every_model():
    table, batches = pair_batches()
    table = table.sort_by("counterfactual_id")
    models = [
        ModelSpec(name="keras", path=tiny_models.keras_path()),
        ModelSpec(name="saved", path=tiny_models.example_saved_model(), output_name="score"),
        ModelSpec(name="own", handler="support.tiny_models:LengthHandler"),
        ModelSpec(name="data", score_feature="given"),
    ]
    good, bad, counters = run(ScorePairs(models, DATA), batches)
    assert bad == []
    scored = table_of(good)
    assert scored.schema.names == table.schema.names + [
        prefix + "score." + m.name for m in models for prefix in ("", "counterfactual.")
    ]
    for side in ("", "counterfactual."):
        texts = table[side + "comment_text"].to_pylist()
        expected = {
            "keras": tiny_models.direct(texts),
            "saved": tiny_models.direct(texts),
            "own": [len(text) / 100 for text in texts],
            "data": table[side + "given"].to_numpy(),
        }
        for name, values in expected.items():
            column = scored[side + "score." + name]
            assert column.type == pa.float64()
            np.testing.assert_allclose(column.to_numpy(), values, rtol=0, atol=1e-6)
    # Equal texts have equal scores, to the last bit.
    same = np.array(table["comment_text"]) == np.array(table["counterfactual.comment_text"])
    assert same.any()
    np.testing.assert_array_equal(
        scored["score.keras"].to_numpy()[same],
        scored["counterfactual.score.keras"].to_numpy()[same],
    )
    assert counters["pairs"] == table.num_rows
    assert counters["batches"] == 3 * len(batches)
    assert counters["num_inferences"] == 3 * table.num_rows
    assert counters["model_milliseconds"] > 0


def test_a_text_is_scored_once_in_a_batch():
    tiny_models.BatchHandler.seen.clear()
    texts = ["a", "b", "a", "c"]
    batch = pa.RecordBatch.from_pydict(
        {
            "id": list("1234"),
            "comment_text": texts,
            "counterfactual.comment_text": ["b", "b", "d", "c"],
        }
    )
    models = [ModelSpec(name="m", handler="support.tiny_models:BatchHandler")]
    good, _, _ = run(ScorePairs(models, DATA), [batch])
    assert tiny_models.BatchHandler.seen == [4]
    assert good[0].column("score.m").to_pylist() == [0.01] * 4


def test_a_handler_in_memory_scores_pairs_and_unmatched_originals():
    table, batches = pair_batches(50)
    handler = handler_for(ModelSpec(name="m", path=tiny_models.keras_path()), ("comment_text",))
    models, handlers = [ModelSpec(name="m")], {"m": handler}
    good, bad, _ = run(ScorePairs(models, DATA, handlers), batches)
    assert bad == []
    expected = tiny_models.direct(table.sort_by("counterfactual_id")["comment_text"].to_pylist())
    np.testing.assert_allclose(table_of(good)["score.m"].to_numpy(), expected, atol=1e-6)
    originals = [batch.select(["id", "comment_text"]) for batch in batches]
    good, bad, counters = run(ScoreExamples(models, DATA, handlers), originals)
    assert good[0].schema.names == ["id", "comment_text", "score.m"]
    assert counters["unmatched_originals"] == 50


def test_one_model_is_loaded_once_for_pairs_and_originals():
    from fairflip.pipeline.score import inference

    inference._MODELS.clear()
    tiny_models.LengthHandler.loads = 0
    _, batches = pair_batches(40, size=4)
    models = [ModelSpec(name="m", handler="support.tiny_models:LengthHandler")]
    pipeline = beam.Pipeline(FnApiRunner())
    source = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
    source | "Pairs" >> ScorePairs(models, DATA)
    source | "Examples" >> ScoreExamples(models, DATA)
    pipeline.run().wait_until_finish()
    assert tiny_models.LengthHandler.loads == 1


def test_a_pair_with_a_bad_score_is_left_out_for_all_models():
    table, batches = pair_batches()
    models = [
        ModelSpec(name="good", handler="support.tiny_models:BatchHandler"),
        ModelSpec(name="bad", handler="support.tiny_models:BrokenHandler"),
    ]
    good, bad, counters = run(ScorePairs(models, DATA), batches)
    words = [
        (set(a.split()), set(b.split()))
        for a, b in zip(
            table["comment_text"].to_pylist(),
            table["counterfactual.comment_text"].to_pylist(),
            strict=True,
        )
    ]
    is_bad = np.array([bool((a | b) & {"cat", "dog"}) for a, b in words])
    assert 0 < is_bad.sum() < len(is_bad)
    assert sorted(pa.Table.from_batches(good)["counterfactual_id"].to_pylist()) == sorted(
        np.array(table["counterfactual_id"])[~is_bad]
    )
    assert len(bad) == is_bad.sum()
    assert counters["rejects"] == len(bad)
    nan = sum(r.reason == "score_not_a_number" for r in bad)
    assert nan == sum("cat" in a or "cat" in b for a, b in words)
    assert nan + sum(r.reason == "score_out_of_range" for r in bad) == len(bad)
    for record in bad:
        assert record.stage == "score"
        assert "model 'bad' gave the " in record.detail
        assert " / c" in record.record
        assert record.content["comment_text"] not in record.detail
    assert sum(batch.num_rows for batch in good) + len(bad) == table.num_rows


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "score_not_a_number"),
        (float("inf"), "score_out_of_range"),
        (float("-inf"), "score_out_of_range"),
        (-1e-9, "score_out_of_range"),
        (1.0000001, "score_out_of_range"),
        (None, "score_missing"),
        (0.0, None),
        (1.0, None),
    ],
)
@pytest.mark.parametrize("side", ["given", "counterfactual.given"])
def test_scores_in_the_data_are_checked_like_a_models(value, reason, side):
    columns = {"id": ["a", "b"], "given": [0.5, 0.5], "counterfactual.given": [0.5, 0.5]}
    columns[side] = [0.5, value]
    batch = copy_scores(pa.RecordBatch.from_pydict(columns), "m", "given")
    checked = check_scores(batch, {"m": "probability"}, "id")
    good, bad = checked.good, checked.rejects
    if reason is None:
        assert (good.num_rows, bad) == (2, [])
        return
    assert good.column("id").to_pylist() == ["a"]
    [record] = bad
    assert (record.record, record.reason) == ("b", reason)
    assert ("counterfactual" in record.detail) == side.startswith("counterfactual")


def test_features_that_do_not_change_are_the_originals_on_both_sides():
    class Recorder:
        name = "m"
        spec = ModelSpec(name="m")
        input_features = ("text", "length")
        nan_is_missing = False

        def score_batch(self, batch, model):
            self.batch = batch
            return np.array(
                [len(t) + n for t, n in zip(*(c.to_pylist() for c in batch.columns), strict=True)]
            )

    recorder = Recorder()
    batch = pa.RecordBatch.from_pydict(
        {
            "text": ["aa", "b", "b"],
            "length": [10, 20, 30],
            "counterfactual.text": ["a", "bbb", "b"],
        }
    )
    scored = score_sides(batch, recorder, None)
    assert scored.column("score.m").to_pylist() == [12, 21, 31]
    assert scored.column("counterfactual.score.m").to_pylist() == [11, 23, 31]
    # ("b", 30) is there twice and is scored once; ("b", 20) is another record.
    assert recorder.batch.num_rows == 5
