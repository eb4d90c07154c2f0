"""`fairflip evaluate --runner=DataflowRunner`, submitted to a service on loopback and run there.

The service is `cloud.py`: it keeps what was submitted and runs the uploaded pipeline
in the environment of the installed wheel, with all files in a storage emulator. Not
the real service: its scheduling, autoscaling and permissions are not tried here.
"""

from __future__ import annotations

import getpass
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tarfile

import pytest

from support import ROOT, TESTS
from support.distributed.lonely_network import environment, tail
from support.distributed.portable_service import UV, stop
from support.distributed.room_files import room_files
from support.distributed.small_evaluation import THRESHOLDS, arguments, flips, read_parts

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SECRET = "wkn3-a-secret-of-the-launcher-77"
STAGES = (
    "ReadExamples/ReadParts",
    "ReadCounterfactuals/ReadParts",
    "JoinPairs/JoinShards",
    "WritePairs/WriteShards",
    "ScorePairs/RunModel[keras]",
    "ScorePairs/TakeScores[given]",
    "ScorePairs/CheckScores",
    "ScoreExamples/RunModel[keras]",
    "WriteScoredPairs/WriteShards",
    "SummarizeModels/ReportModels/ComputeStatistics/AccumulateBatches",
    "SummarizeModels/WriteTfmaResults",
    "SummarizeModels/ReportModels/CountFilesAgain/CountAgain/CountLargeSlices",
    "SummarizeModels/ReportModels/BuildModelReports",
    "SortRejects/AllRejects",
    "WriteRejects/WriteFile",
    "SummarizePairing/BuildPairingReport",
    "WriteSummary/WriteSummaryFile",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> pathlib.Path:
    """A copy of the repository with all that a checkout has beside our code."""
    folder = tmp_path_factory.mktemp("checkout") / "repository"
    ignored = shutil.ignore_patterns(".git", ".venv*", "build", "*.egg-info", "__pycache__", "site")
    shutil.copytree(ROOT, folder, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def submitted(network, launcher, worker_bin, data, checkout, tmp_path_factory):
    """The cloud's folder after one evaluation whose data and results are on gs://."""
    folder = tmp_path_factory.mktemp("cloud")
    model = folder / "model.keras"
    cloud = network.start(
        [
            *(sys.executable, TESTS / "support" / "distributed" / "cloud.py"),
            *(folder, worker_bin / "python"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(GOOGLE_CLOUD_PROJECT="a-project", NO_GCE_CHECK="true"),
    )
    try:
        storage, service = json.loads(cloud.stdout.readline())
        run = arguments(
            "gs://bucket/in",
            "gs://bucket/out",
            "--runner=DataflowRunner",
            "--project=a-project",
            "--region=europe-west1",
            "--temp_location=gs://bucket/temp",
            "--setup_file=./setup.py",
            "--max_num_workers=7",
            f"--dataflow_endpoint={service}",
            "--no_auth",
            models=("--model=keras=gs://bucket/in/model.keras", "--score=given=given"),
        )
        [ended] = launcher.run(
            [run],
            model,
            upload={
                "gs://bucket/in/model.keras": str(model),
                **{f"gs://bucket/in/{path.name}": str(path) for path in data.iterdir()},
            },
            place=checkout,
            STORAGE_EMULATOR_HOST=storage,
            GOOGLE_CLOUD_PROJECT="a-project",
            NO_GCE_CHECK="true",
            A_TOKEN=SECRET,
        )
        assert ended.code == 0, ended.stderr + tail(folder / "job-1.log")
    finally:
        stop(cloud)
    return folder


@pytest.fixture(scope="module")
def job(submitted) -> dict:
    """The job as the service received it."""
    return json.loads((submitted / "job-1.json").read_text())


def bucket(folder: pathlib.Path) -> pathlib.Path:
    """Where the emulator keeps the bucket's objects."""
    actual = [path for path in (folder / "objects").rglob("bucket") if (path / "out").is_dir()]
    [there] = [path for path in actual if "softdelete" not in str(path)]
    return there


def staged(folder: pathlib.Path) -> pathlib.Path:
    """The folder of what was staged for the workers."""
    [pipeline] = bucket(folder).rglob("pipeline.pb")
    return pipeline.parent


def test_the_job_asks_for_machines_scaling_and_a_container(job):
    [pool] = job["environment"]["workerPools"]
    assert pool["machineType"] == "n2-standard-4"
    assert pool["diskSizeGb"] == 50
    assert pool["numThreadsPerWorker"] == 2
    assert pool["autoscalingSettings"] == {
        "algorithm": 2,  # AUTOSCALING_ALGORITHM_BASIC
        "maxNumWorkers": 7,  # a flag wins over the default of 20
    }
    [image] = pool["sdkHarnessContainerImages"]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"beam_python{version}_sdk" in image["containerImage"]
    assert "use_runner_v2" in job["environment"]["experiments"]
    assert re.fullmatch(r"fairflip-\d{8}-\d{6}-[0-9a-f]{4}", job["name"])
    options = job["environment"]["sdkPipelineOptions"]["options"]
    assert not options.get("save_main_session")


def test_the_stages_have_their_names(submitted):
    from apache_beam.portability.api import beam_runner_api_pb2

    pipeline = beam_runner_api_pb2.Pipeline.FromString(
        (staged(submitted) / "pipeline.pb").read_bytes()
    )
    names = {transform.unique_name for transform in pipeline.components.transforms.values()}
    assert [stage for stage in STAGES if stage not in names] == []


def test_the_staged_package_is_our_code_alone_and_imports(submitted, tmp_path):
    [package] = staged(submitted).glob("*.tar.gz")
    with tarfile.open(package) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    files = [name for name in names if name.endswith(".py")]
    assert set(files) == {"setup.py", *room_files(".py")}
    python = tmp_path / "empty" / "bin" / "python"
    install = [UV, "pip", "install", "--quiet", "--python", python, "--no-build-isolation"]
    lock = (ROOT / "requirements.lock").read_text()
    [setuptools] = re.findall(r"^setuptools==\S+", lock, re.MULTILINE)
    for command in (
        [UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "empty"],
        [*install, setuptools],
        [*install, "--no-deps", package],
        # What the light modules import.
        [*install, *re.findall(r"^(?:protobuf|pyyaml)==[^\s;]+", lock, re.MULTILINE)[-2:]],
    ):
        done = subprocess.run(command, capture_output=True, text=True, env=environment())
        assert done.returncode == 0, done.stderr
    code = "import fairflip, fairflip.protos.errors, fairflip.pipeline.cli.command_line as c; print(c.__file__)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd="/")
    assert str(tmp_path) in done.stdout, done.stderr


def everything_uploaded(folder: pathlib.Path):
    """(name, bytes) of the job and of all that was staged, archives unpacked."""
    yield "job", (folder / "job-1.json").read_bytes()
    for path in staged(folder).rglob("*"):
        if not path.is_file():
            continue
        if not path.name.endswith(".tar.gz"):
            yield path.name, path.read_bytes()
            continue
        # What is compressed is searched unpacked only: among its own bytes a short word,
        # such as a host of two letters and a dot, is found by chance in some runs.
        yield path.name, path.name.encode()
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                content = archive.extractfile(member).read() if member.isfile() else b""
                yield f"{path.name}:{member.name}", content


def test_no_local_path_no_test_module_and_no_secret_is_uploaded(submitted, checkout, data):
    here = {
        *(str(ROOT), str(checkout), str(data), str(pathlib.Path.home()) + "/", sys.prefix),
        *(os.path.dirname(os.__file__), "site-packages", "/tmp/"),
    }
    private = {SECRET, socket.gethostname() + "."}
    modules = {"small_evaluation", "NotForWorkers", "test_dataflow", "lonely_network"}
    if getpass.getuser() != "root":
        private.add(getpass.getuser())
    pickled = re.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")
    checked = 0
    for name, content in everything_uploaded(submitted):
        assert not re.search(r"(^|/)tests?/|(^|/)test_", name), name
        is_source = ".tar.gz:" in name
        for word in here | private | modules:
            if is_source and word in {"site-packages", "/tmp/"}:
                continue  # documentation may speak of them
            assert word.encode() not in content, (name, word)
            checked += 1
        if not is_source:
            for blob in pickled.findall(content):
                for word in here | private | modules:
                    assert word.encode() not in _decoded(blob), (name, word)
    assert checked > 100


def _decoded(blob: bytes) -> bytes:
    """A base64 text as Beam's pickler makes them, decompressed where it is compressed."""
    import base64
    import bz2
    import zlib

    try:
        content = base64.b64decode(blob + b"=" * (-len(blob) % 4))
    except ValueError:
        return b""
    for decompress in (bz2.decompress, zlib.decompress):
        try:
            return decompress(content)
        except (OSError, ValueError, zlib.error):
            continue
    return content


def test_results_are_whole_on_cloud_storage(submitted):
    import tensorflow_model_analysis as tfma

    out = bucket(submitted) / "out"
    report = json.loads((out / "run_report.json").read_text())
    table = read_parts(out / "scored_pairs")
    for model in report["models"]:
        [overall] = [s for s in model["slices"] if s["slice"] == "Overall"]
        for threshold, at in zip(THRESHOLDS, overall["thresholds"], strict=True):
            assert at["flip_count"] == flips(table, model["name"], threshold) > 0
        result = tfma.load_eval_result(str(out / "tfma" / model["name"]))
        actual = dict(result.slicing_metrics)[()][""][""]
        at = overall["thresholds"][1]
        assert actual["flip_rate/overall@0.5"]["boundedValue"]["value"] == pytest.approx(
            at["flip_rate"]["value"], abs=1e-9
        )
    assert b"<html" in (out / "report.html").read_bytes()[:2000]
    manifest = json.loads((out / "details" / "manifest.json").read_text())
    assert {"run_report.json", "report.html"} <= set(manifest["files"])
    assert (out / "rejects" / "score-00000-of-00001.jsonl").is_file()
    assert report["provenance"]["model_fingerprints"]["keras"]
    # The emulator keeps the folders of deleted objects.
    files = [p for p in out.rglob("*") if p.is_file()]
    left = [p for p in files if "beam-temp" in str(p) or p.name.endswith(".part")]
    assert left == []
