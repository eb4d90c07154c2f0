"""Class scores in a run: from models and data to TFMA's result, and where there are none."""

from __future__ import annotations

import json
import pathlib

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.pairs.class_scores import class_scores
from fairflip.pipeline import cli
from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.handlers.answers import classes_of
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.transforms import SCORED, ScorePairs
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.errors import ConfigurationError
from support import tiny_models
from support.recount import read_folder

pytestmark = pytest.mark.system

ROWS = 150
KEY = "counterfactual.classes.{model}"
CHANGE_RATE = "multiclass_flips/top_class_change_rate"


def eval_config(path: pathlib.Path, key: str = KEY, more: str = "") -> str:
    metric = f"""class_name: "MulticlassFlips" module: "fairflip.metrics"
      config: '{{"counterfactual_prediction_key": "{key}"}}'"""
    path.write_text(f"metrics_specs {{ {more} metrics {{ {metric} }} }}")
    return f"--eval_config={path}"


@pytest.fixture(scope="module")
def pairs() -> pa.Table:
    random = np.random.default_rng(0)
    before = tiny_models.texts(ROWS, 1)
    after = [t.replace("she", "he") if "she" in t else f"{t} cat" for t in before]
    return pa.table(
        {
            "example_id": [f"id{i}" for i in range(ROWS)],
            "comment_text": [f"{text} {i}" for i, text in enumerate(before)],
            "counterfactual.comment_text": [f"{text} {i}" for i, text in enumerate(after)],
            "gender": random.choice(["female", "male"], ROWS),
            "race": random.choice(["black", "white"], ROWS),
        }
    )


@pytest.fixture(scope="module")
def first_run(pairs, tmp_path_factory) -> pathlib.Path:
    """Two models of three classes, with a metric over classes beside those of scores."""
    folder = tmp_path_factory.mktemp("classes")
    pq.write_table(pairs, folder / "pairs.parquet")
    (folder / "config.textproto").write_text(
        "".join(
            f'models {{ name: "{name}" path: "{tiny_models.three_class_path(seed)}" '
            f'output_name: ":{unit}" }}\n'
            for seed, (name, unit) in enumerate((("m", 1), ("n", 2)))
        )
    )
    out = folder / "out"
    flags = [f"--config={folder / 'config.textproto'}", f"--pairs={folder / 'pairs.parquet'}"]
    flags += ["--slice=gender", "--slice=race", "--quiet", f"--output_dir={out}"]
    assert cli.main(["evaluate", *flags, eval_config(folder / "own.textproto")]) == 0
    return out


def results_of(out: pathlib.Path, model: str) -> dict:
    """{slice: {name of a value: value}} of the model itself in its TFMA result."""
    import tensorflow_model_analysis as tfma

    # TFMA drops the name of a single model; a candidate's result has the baseline beside it.
    folder = str(out / "tfma" / model)
    loaded = tfma.load_eval_result(folder)
    if len(loaded.config.model_specs) > 1:
        loaded = tfma.load_eval_result(folder, model_name=model)
    actual = {}
    for key, outputs in loaded.slicing_metrics:
        name = ":".join(map("_X_".join, zip(*key, strict=True))) or "Overall"
        values = outputs[""][""]
        actual[name] = {
            metric: value.get("boundedValue", {}).get("value", value.get("doubleValue"))
            for metric, value in values.items()
        }
    return actual


def changes(pairs: pa.Table, seed: int) -> np.ndarray:
    sides = (pairs["comment_text"], pairs["counterfactual.comment_text"])
    tops = [tiny_models.direct_classes(s.to_pylist(), seed).argmax(axis=1) for s in sides]
    return tops[0] != tops[1]


def test_a_run_has_the_changes_of_the_top_class_of_every_model(first_run, pairs):
    gender = pairs["gender"].to_numpy(zero_copy_only=False)
    for seed, name in enumerate(("m", "n")):
        changed = changes(pairs, seed)
        assert 0.02 < changed.mean() < 0.98
        actual = results_of(first_run, name)
        assert len(actual) == 5
        assert actual["Overall"]["example_count"] == ROWS
        assert actual["Overall"][CHANGE_RATE] == pytest.approx(changed.mean(), abs=1e-9)
        for value in ("female", "male"):
            rate = changed[gender == value].mean()
            assert actual[f"gender:{value}"][CHANGE_RATE] == pytest.approx(rate, abs=1e-9)


def test_a_candidates_result_has_the_baselines_own_flips_beside_it(first_run):
    """Each model's counterfactuals are its own, also where two models share a result."""
    import tensorflow_model_analysis as tfma

    beside = tfma.load_eval_result(str(first_run / "tfma" / "n"), model_name="m")
    (values,) = (outputs[""][""] for key, outputs in beside.slicing_metrics if not key)
    alone = results_of(first_run, "m")["Overall"]
    for name in ("flip_rate/overall@0.5", "flip_count/negative_to_positive@0.5", CHANGE_RATE):
        assert values[name]["boundedValue"]["value"] == pytest.approx(alone[name], abs=1e-9)
    assert results_of(first_run, "n")["Overall"]["flip_rate/overall@0.5"] != alone[name]


def test_kept_scored_pairs_hold_the_classes_beside_the_scores(first_run, pairs):
    remaining = read_folder(first_run / "scored_pairs").to_pandas().set_index("example_id")
    remaining = remaining.loc[pairs["example_id"].to_pylist()]
    for seed, (name, unit) in enumerate((("m", 1), ("n", 2))):
        for side in ("", "counterfactual."):
            expected = tiny_models.direct_classes(pairs[f"{side}comment_text"].to_pylist(), seed)
            classes = np.stack(remaining[f"{side}classes.{name}"])
            np.testing.assert_allclose(classes, expected, atol=1e-6)
            np.testing.assert_array_equal(classes[:, unit], remaining[f"{side}score.{name}"])
    for path in first_run.glob("pairs/*.parquet"):
        assert not [name for name in pq.read_schema(path).names if "classes." in name]


def test_new_slices_over_kept_classes_need_no_model(first_run, pairs, tmp_path):
    flags = [f"--pairs={first_run / 'scored_pairs' / '*.parquet'}", "--score=again=score.m"]
    flags += ["--slice=gender,race", "--quiet", f"--output_dir={tmp_path / 'out'}"]
    assert cli.main(["evaluate", *flags, eval_config(tmp_path / "own.textproto")]) == 0
    actual, changed = results_of(tmp_path / "out", "again"), changes(pairs, 0)
    slices = np.array(
        list(zip(*pairs.select(["gender", "race"]).to_pydict().values(), strict=True))
    )
    for gender, race in np.unique(slices, axis=0):
        rate = changed[(slices == [gender, race]).all(axis=1)].mean()
        values = actual[f"gender_X_race:{gender}_X_{race}"]
        assert values[CHANGE_RATE] == pytest.approx(rate, abs=1e-9)
    assert len(actual) == 5
    again = pq.read_table(tmp_path / "out" / "scored_pairs")
    remaining = pq.read_table(first_run / "scored_pairs")
    for name in ("classes", "counterfactual.classes"):
        assert sorted(again[f"{name}.again"].to_pylist()) == sorted(
            remaining[f"{name}.m"].to_pylist()
        )
    # Nobody asks for them here: they are not even read.
    out = tmp_path / "plain"
    assert cli.main(["evaluate", *flags[:2], "--quiet", f"--output_dir={out}"]) == 0
    names = pq.read_table(out / "scored_pairs").schema.names
    assert not [name for name in names if "classes." in name]


@pytest.fixture(scope="module")
def joined(pairs, tmp_path_factory) -> tuple[list[str], np.ndarray]:
    """Flags that name two files with scores and class scores, and the latter (2, ROWS, 3).

    One pair more has no class scores, and neither has one original without counterfactual.
    """
    folder = tmp_path_factory.mktemp("joined")
    classes = np.random.default_rng(3).dirichlet(np.ones(3), (2, ROWS))
    for side, name in enumerate(("examples", "counterfactuals")):
        text = pairs["counterfactual.comment_text" if side else "comment_text"].to_pylist()
        rows = [
            {"example_id": f"id{i}", "comment_text": text[i], "s": scores[0], "classes.m": scores}
            for i, scores in enumerate(classes[side].tolist())
        ]
        bare = {"example_id": "bare", "comment_text": name, "s": 0.5, "classes.m": None}
        rows += [bare, {**bare, "example_id": "alone"}][: 2 - side]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    flags = [f"--{name}={folder / name}.jsonl" for name in ("examples", "counterfactuals")]
    return [*flags, "--score=m=s", "--quiet"], classes


def rejected_ids(out: pathlib.Path) -> list[str]:
    lines = [line for path in out.glob("rejects/*.jsonl") for line in path.open()]
    return [json.loads(line)["record"].partition(" ")[0] for line in lines]


def test_class_scores_of_joined_files_are_read_with_the_scores(joined, tmp_path):
    flags, classes = joined
    out = tmp_path / "out"
    own = eval_config(tmp_path / "own.textproto")
    assert cli.main(["evaluate", *flags, own, f"--output_dir={out}"]) == 0
    tops = classes.argmax(axis=2)
    actual = results_of(out, "m")["Overall"]
    assert actual[CHANGE_RATE] == pytest.approx(np.mean(tops[0] != tops[1]), abs=1e-9)
    assert rejected_ids(out) == ["bare"], "of an original alone the score does"
    assert pq.read_table(out / "details" / "scored_examples")["example_id"].to_pylist() == ["alone"]
    # The pairs can be evaluated like the files that they come from.
    again = tmp_path / "again"
    flags = [f"--pairs={out / 'pairs' / '*.parquet'}", *flags[2:], own, f"--output_dir={again}"]
    assert cli.main(["evaluate", *flags]) == 0
    assert results_of(again, "m")["Overall"][CHANGE_RATE] == actual[CHANGE_RATE]


def test_class_scores_that_no_metric_reads_are_not_judged(joined, tmp_path):
    own = tmp_path / "own.textproto"
    own.write_text(
        '# No MulticlassFlips.\nmetrics_specs { metrics { class_name: "ExampleCount" } }'
    )
    flags = [*joined[0], f"--eval_config={own}", f"--output_dir={tmp_path / 'out'}"]
    assert cli.main(["evaluate", *flags]) == 0
    assert rejected_ids(tmp_path / "out") == []
    assert results_of(tmp_path / "out", "m")["Overall"]["example_count"] == ROWS + 1


@pytest.mark.slow
@pytest.mark.parametrize("num_classes", [2, 3])
def test_a_retrained_model_of_two_classes_is_compared_with_its_baseline(
    pairs, tmp_path, capsys, num_classes
):
    """One of three is refused: labels of yes and no do not say which of the others is meant."""
    labels = np.random.default_rng(0).integers(0, 2, ROWS).astype(float)
    labelled = pairs.append_column("toxicity", pa.array(labels))
    pq.write_table(labelled, tmp_path / "pairs.parquet")
    path = tiny_models.three_class_path(0, num_classes)
    (tmp_path / "config.textproto").write_text(
        f'models {{ name: "m" path: "{path}" output_name: ":1" }} remediation {{ epochs: 1 }}'
    )
    out = tmp_path / "out"
    flags = [f"--config={tmp_path / 'config.textproto'}", "--quiet", f"--output_dir={out}"]
    flags += [f"--{field}={tmp_path / 'pairs.parquet'}" for field in ("pairs", "train_examples")]
    flags += ["--loss_weight=1", eval_config(tmp_path / "own.textproto")]
    if num_classes > 2:
        assert cli.main(["run", *flags]) == 2
        assert "is one of 3 classes that exclude each other" in capsys.readouterr().err
        return
    assert cli.main(["run", *flags]) == 0
    remaining = read_folder(out / "scored_pairs")
    rates, scores = [], []
    for model in ("m", "remediated"):
        scores.append(np.stack(class_scores(remaining, model)))
        tops = scores[-1].argmax(axis=2)
        rates.append(results_of(out, model)["Overall"][CHANGE_RATE])
        assert rates[-1] == pytest.approx(np.mean(tops[0] != tops[1]), abs=1e-9)
    # Training moved the classes, though it need not move a decision in one epoch.
    assert np.abs(scores[1] - scores[0]).max() > 1e-3


@pytest.mark.parametrize(
    ("model", "key", "more", "words"),
    [
        ("--score=m=s", KEY, "", "has no column 'classes.m' beside 's'"),
        ("jsonl", KEY, "", "has no column 'counterfactual.classes.m' beside 's'"),
        ("handler", KEY, "", "models[0].handler: evaluation.eval_config asks"),
        ("--score=m=s", "counterfactual.score.{model}", "", '"counterfactual.classes.{model}"'),
        ("--score=m=s", "counterfactual.other", "", '"counterfactual.classes.{model}"'),
        ("--score=m=s", KEY, 'query_key: "race"', "take query_key"),
    ],
)
def test_what_has_no_classes_is_refused_before_anything_is_scored(
    pairs, tmp_path, capsys, model, key, more, words
):
    scores = np.linspace(0, 1, ROWS)
    table = pairs.append_column("s", pa.array(scores))
    table = table.append_column("counterfactual.s", pa.array(scores))
    path = tmp_path / "pairs.parquet"
    if model == "jsonl":  # Without a schema, any record could have the columns.
        model, path = "--score=m=s", tmp_path / "pairs.jsonl"
        table.to_pandas().to_json(path, orient="records", lines=True)
    else:
        pq.write_table(table, path)
    if model == "handler":
        config = 'models { name: "m" handler: "support.tiny_models:LengthHandler" }'
        (tmp_path / "config.textproto").write_text(config)
        model = f"--config={tmp_path / 'config.textproto'}"
    flags = [f"--pairs={path}", model, "--quiet"]
    flags += [eval_config(tmp_path / "own.textproto", key, more), f"--output_dir={tmp_path / 'o'}"]
    assert cli.main(["evaluate", *flags]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob("o/scored_pairs/*"))


FOUND: list[pa.RecordBatch] = []


def keep(batch):
    """Runs in this process: the runner pickles it by its name."""
    FOUND.append(batch)


class CountingHandler(BatchModelHandler):
    """Class scores from a text's length; notes how many rows it is given."""

    identity = "counting"
    seen: list[int] = []  # noqa: RUF012 (one process, for the test to look at)

    def load_model(self):
        return None

    def score_batch(self, batch, model):
        return self.score_and_classes(batch, model)[0]

    def score_and_classes(self, batch, model):
        self.seen.append(batch.num_rows)
        lengths = np.array([len(text) for text in batch.column(0).to_pylist()])
        classes = np.stack([lengths / 10, 1 - lengths / 10], axis=1)
        return classes[:, 0], classes


def test_equal_texts_are_scored_once_and_originals_alone_get_no_classes():
    CountingHandler.seen.clear()
    FOUND.clear()
    batch = pa.RecordBatch.from_pydict(
        {
            "example_id": list("1234"),
            "comment_text": ["a", "bb", "a", "cccc"],
            "counterfactual.comment_text": ["bb", "bb", "ddd", "cccc"],
        }
    )
    models = [ModelSpec(name="m")]
    handlers = {"m": CountingHandler(ModelSpec(name="m"), ("comment_text",))}
    with beam.Pipeline(FnApiRunner()) as pipeline:
        source = pipeline | beam.Create([batch]).with_output_types(pa.RecordBatch)
        outputs = source | ScorePairs(models, DataSpec(), handlers, with_classes=True)
        _ = outputs[SCORED] | "Keep" >> beam.Map(keep)
    assert CountingHandler.seen == [4]
    (scored,) = FOUND
    before, after = class_scores(scored, "m")
    np.testing.assert_allclose(before, [[0.1, 0.9], [0.2, 0.8], [0.1, 0.9], [0.4, 0.6]])
    np.testing.assert_allclose(after, [[0.2, 0.8], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]])
    np.testing.assert_array_equal(after[:, 0], scored["counterfactual.score.m"].to_numpy())


def test_a_pair_with_a_class_score_that_is_no_number_is_left_out():
    def lists(values):
        return pa.array(values, pa.list_(pa.float64()))

    good = lists([[0.1, 0.9]] * 4)
    batch = pa.RecordBatch.from_pydict(
        {
            "id": list("abcd"),
            "score.m": [0.1] * 4,
            "counterfactual.score.m": [0.1] * 4,
            "classes.m": lists([[0.1, 0.9], [0.1, float("nan")], None, [0.1, 0.9]]),
            "counterfactual.classes.m": lists([[0.1, 0.9]] * 3 + [[None, 0.5]]),
        }
    )
    scales = {"m": "probability"}
    assert check_scores(batch, scales, "id").good.num_rows == 4, "nothing reads them"
    checked = check_scores(batch, scales, "id", with_classes=True)
    rejects = checked.rejects
    assert checked.good["id"].to_pylist() == ["a"]
    assert [(r.record, r.reason) for r in rejects] == [
        ("b", "score_not_a_number"),
        ("c", "score_missing"),
        ("d", "score_not_a_number"),
    ]
    assert "counterfactual a class score NaN" in rejects[2].detail
    fixed = batch.set_column(3, "classes.m", good.cast(pa.list_(pa.float64(), 2)))
    remaining = check_scores(fixed, scales, "id", with_classes=True).good
    assert remaining["id"].to_pylist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("outputs", "name", "words"),
    [
        (np.ones((4, 1)), "", "shape \\(4, 1\\)"),
        (np.ones(4), "", "one unit for each class"),
        ({"score": np.ones((4, 1)), "pair": np.ones((4, 2))}, "score", "shape \\(4, 1\\)"),
        ({"pair": np.ones((4, 2))}, "other:1", "'other:1' is not an output"),
    ],
)
def test_outputs_without_classes_are_refused_with_the_field_and_the_cure(outputs, name, words):
    with pytest.raises(ConfigurationError, match=rf"models\[m\]\.output_name.*{words}"):
        classes_of(outputs, 4, model="m", output=name)


def test_classes_are_the_units_of_the_output_that_has_the_score():
    outputs = {"score": np.ones((4, 1)), "pair": np.arange(8.0).reshape(4, 2)}
    np.testing.assert_array_equal(
        classes_of(outputs, 4, model="m", output="pair:1"), outputs["pair"]
    )
    np.testing.assert_array_equal(
        classes_of(outputs["pair"], 4, model="m", output=":0"), outputs["pair"]
    )
