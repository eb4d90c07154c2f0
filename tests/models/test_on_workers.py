"""The same models in two processes, on a worker of the wheel and the locks alone, and on Dataflow.

No GPU and no real Dataflow: the service is `support/distributed/cloud.py`, which keeps what was
submitted and runs the uploaded pipeline in the worker's environment.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from support import TESTS, transformer_zoo
from support.distributed.counting_service import score_of
from support.distributed.launcher import Launcher
from support.distributed.lonely_network import LonelyNetwork, NoNamespaces, environment, tail
from support.distributed.models_worker import make_models_worker
from support.distributed.portable_service import portable_service, stop
from support.distributed.small_evaluation import (
    assert_same_report,
    flips,
    read_parts,
    read_report,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

TOKEN = {"SCORING_TOKEN": "a-secret-of-workers-83", "OMP_WAIT_POLICY": "PASSIVE"}
MODELS = ("estimator", "folder", "graph", "service")
#: Scores of one transformer in batches of other texts differ in the last digits of float32.
TOLERANCE = 1e-5
RUNNERS = {
    "in_memory": (),
    "multi_processing": ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
}
GPU = (
    "--machine_type=g2-standard-4",
    "--dataflow_service_options=worker_accelerator=type:nvidia-l4;count:1;install-nvidia-driver",
    "--experiments=no_use_multiple_sdk_containers",
    "--sdk_container_image=a-registry/fairflip-models:1",
)


@pytest.fixture(scope="module")
def network():
    try:
        lonely = LonelyNetwork()
    except NoNamespaces as reason:
        pytest.skip(f"no network namespace can be made here: {reason}")
    with lonely:
        yield lonely


@pytest.fixture(scope="module")
def worker_bin(tmp_path_factory) -> pathlib.Path:
    return make_models_worker(tmp_path_factory.mktemp("models_worker"))


@pytest.fixture(scope="module")
def launcher(network, tmp_path_factory) -> Launcher:
    return Launcher(network, tmp_path_factory.mktemp("launcher"), sys.executable)


@pytest.fixture(scope="module")
def service(network):
    """The service's process and its description."""
    script = TESTS / "support" / "distributed" / "counting_service.py"
    process = network.start(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    lines = iter(process.stdout.readline, "---\n")
    yield process, "".join(lines)
    stop(process)


@pytest.fixture(scope="module")
def files(service, comments, tmp_path_factory) -> pathlib.Path:
    """The comments in row groups, and every model."""
    import skops.io
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    folder = tmp_path_factory.mktemp("files")
    comments.to_parquet(folder / "comments.parquet", row_group_size=40, index=False)
    estimator = make_pipeline(TfidfVectorizer(token_pattern="[a-zA-Z]+"), LogisticRegression())
    skops.io.dump(estimator.fit(comments["text"], comments["label"]), folder / "model.skops")
    transformer_zoo.save_tiny(folder / "classifier")
    transformer_zoo.export_onnx(folder / "classifier", folder / "exported")
    (folder / "service.yaml").write_text(service[1])
    return folder


def arguments(files: str, output_dir: str, *beam_flags: str) -> list[str]:
    return [
        "evaluate",
        f"--examples={files}/comments.parquet",
        *("--id_feature=id", "--text_feature=text", "--label_feature=label"),
        *("--terms=identity", "--controls=0", "--slice=counterfactual_group"),
        f"--model=estimator=sklearn:{files}/model.skops",
        f"--model=folder=hf:{files}/classifier",
        f"--model=graph=onnx:{files}/exported/model.onnx",
        f"--model=service=http:{files}/service.yaml",
        *("--output=folder=rude", "--output=graph=rude", "--allow_remote"),
        *(f"--output_dir={output_dir}", "--tfma_result=false", "--quiet", *beam_flags),
    ]


def asked_since(service) -> dict[str, int]:
    process, _ = service
    process.stdin.write("\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


@pytest.fixture(scope="module")
def outputs(network, launcher, worker_bin, service, files, tmp_path_factory):
    """Runner -> the evaluation's folder, and how often each text was asked of the service."""
    folder = tmp_path_factory.mktemp("on_workers")
    asked = {}
    with portable_service(network, worker_bin, folder / "service", **TOKEN) as portable:
        for name, flags in {**RUNNERS, "portable": portable}.items():
            run = arguments(str(files), str(folder / name), *flags)
            [ended] = launcher.run([run], **TOKEN)
            assert ended.code == 0, (name, ended.stderr, tail(folder / "service" / "pool.log"))
            asked[name] = asked_since(service)
    return {name: (folder / name, texts) for name, texts in asked.items()}


def texts_of(table) -> set[str]:
    return {*table["text"].to_pylist(), *table["counterfactual.text"].to_pylist()}


@pytest.mark.parametrize("runner", ["multi_processing", "portable"])
def test_scores_and_report_are_those_of_one_process(outputs, runner):
    expected, _ = outputs["in_memory"]
    folder, _ = outputs[runner]
    table, others = read_parts(expected / "scored_pairs"), read_parts(folder / "scored_pairs")
    assert others.num_rows == table.num_rows > 200
    for model in MODELS:
        tolerance = 0 if model in ("estimator", "service") else TOLERANCE
        for side in ("score", "counterfactual.score"):
            column = f"{side}.{model}"
            np.testing.assert_allclose(others[column], table[column], rtol=0, atol=tolerance)
    compared = assert_same_report(read_report(folder), read_report(expected), TOLERANCE)
    assert compared > 1000


@pytest.mark.parametrize("runner", [*RUNNERS, "portable"])
def test_scores_are_the_models_own_and_counts_those_of_the_scores(outputs, files, runner):
    import skops.io

    folder, _ = outputs[runner]
    table = read_parts(folder / "scored_pairs")
    estimator = skops.io.load(files / "model.skops", trusted=[])
    for side in ("", "counterfactual."):
        texts = table[f"{side}text"].to_pylist()
        expected = estimator.predict_proba(texts)[:, 1]
        np.testing.assert_allclose(table[f"{side}score.estimator"], expected, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(
            table[f"{side}score.service"], [score_of(text) for text in texts]
        )
        np.testing.assert_allclose(
            table[f"{side}score.folder"], table[f"{side}score.graph"], rtol=0, atol=TOLERANCE
        )
    for model in read_report(folder)["models"]:
        [overall] = [part for part in model["slices"] if part["slice"] == "Overall"]
        assert overall["thresholds"][0]["flip_count"] == flips(table, model["name"], 0.5)


def test_the_service_is_asked_once_for_a_text_in_each_process(outputs):
    for runner, most in (("in_memory", 1), ("multi_processing", 2), ("portable", 1)):
        folder, asked = outputs[runner]
        assert asked.keys() >= texts_of(read_parts(folder / "scored_pairs"))
        assert max(asked.values()) <= most, runner


def test_a_model_is_loaded_once_in_a_process(outputs):
    for runner, most in (("in_memory", 4), ("multi_processing", 8), ("portable", 4)):
        folder, _ = outputs[runner]
        counters = json.loads((folder / "details" / "work" / "counters.json").read_text())
        assert 4 <= counters["models_loaded"] <= most, runner


@pytest.fixture(scope="module")
def submitted(network, launcher, worker_bin, service, files, outputs, tmp_path_factory):
    """The cloud's folder after one submission with GPUs, whose files all lie on gs://."""
    folder = tmp_path_factory.mktemp("cloud")
    cloud_of = [TESTS / "support" / "distributed" / "cloud.py", folder, worker_bin / "python"]
    here = {"GOOGLE_CLOUD_PROJECT": "a-project", "NO_GCE_CHECK": "true"}
    cloud = network.start(
        [sys.executable, *cloud_of],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(**here, **TOKEN),
    )
    try:
        storage, dataflow = json.loads(cloud.stdout.readline())
        run = arguments(
            "gs://bucket/in",
            "gs://bucket/out",
            *("--runner=DataflowRunner", "--project=a-project", "--region=europe-west1"),
            *("--temp_location=gs://bucket/temp", f"--dataflow_endpoint={dataflow}", "--no_auth"),
            *GPU,
        )
        paths = [path for path in files.rglob("*") if path.is_file()]
        upload = {f"gs://bucket/in/{path.relative_to(files)}": str(path) for path in paths}
        [ended] = launcher.run([run], upload=upload, STORAGE_EMULATOR_HOST=storage, **here, **TOKEN)
        assert ended.code == 0, ended.stderr + tail(folder / "job-1.log")
    finally:
        stop(cloud)
    return folder


def test_a_submission_asks_for_gpus_and_one_process_a_machine(submitted):
    job = json.loads((submitted / "job-1.json").read_text())
    environment_of_job = job["environment"]
    assert GPU[1].partition("=")[2] in environment_of_job["serviceOptions"]
    assert "no_use_multiple_sdk_containers" in environment_of_job["experiments"]
    [pool] = environment_of_job["workerPools"]
    assert pool["machineType"] == "g2-standard-4"
    [image] = pool["sdkHarnessContainerImages"]
    assert image["containerImage"] == "a-registry/fairflip-models:1"


def test_a_submission_gives_the_scores_of_one_process(submitted, outputs):
    [out] = [
        path
        for path in (submitted / "objects").rglob("out")
        if (path / "run_report.json").is_file() and "softdelete" not in str(path)
    ]
    table = read_parts(out / "scored_pairs")
    expected = read_parts(outputs["in_memory"][0] / "scored_pairs")
    assert table["text"] == expected["text"]
    for column in (name for name in expected.column_names if "score." in name):
        np.testing.assert_allclose(table[column], expected[column], rtol=0, atol=TOLERANCE)


def test_no_secret_and_no_weight_is_uploaded_with_the_job(submitted, files):
    assert TOKEN["SCORING_TOKEN"] not in (submitted / "job-1.json").read_text()
    staged = [path for path in (submitted / "objects").rglob("pipeline.pb") if path.is_file()]
    assert staged
    weights = (files / "classifier" / "model.safetensors").stat().st_size
    for path in staged:
        content = path.read_bytes()
        assert TOKEN["SCORING_TOKEN"].encode() not in content
        assert str(files).encode() not in content
        assert len(content) < weights + 1_000_000
