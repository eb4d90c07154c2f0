"""What a Dataflow job gets without a flag, and that a flag always wins."""

from __future__ import annotations

import os

import pytest
from apache_beam.options.pipeline_options import (
    DebugOptions,
    GoogleCloudOptions,
    SetupOptions,
    StandardOptions,
    WorkerOptions,
)

from fairflip.pipeline.beam import dataflow_options
from fairflip.pipeline.beam.options import LOCAL_RUNNER, beam_options
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError

REQUIRED = (
    "--runner=DataflowRunner",
    "--project=p",
    "--region=europe-west1",
    "--temp_location=gs://b/t",
)


def test_defaults_bound_machines_memory_and_cost():
    options = beam_options([*REQUIRED, "--sdk_container_image=r/i:1"])
    worker, debug = options.view_as(WorkerOptions), options.view_as(DebugOptions)
    assert worker.machine_type == "n2-standard-4"
    assert worker.disk_size_gb == 50
    assert worker.autoscaling_algorithm == "THROUGHPUT_BASED"
    assert worker.max_num_workers == 20
    assert debug.number_of_worker_harness_threads == 2
    assert debug.experiments == ["disable_logging_submission_environment"]
    assert options.view_as(SetupOptions).save_main_session is False
    assert options.view_as(SetupOptions).setup_file is None  # the container has our code
    assert options.view_as(GoogleCloudOptions).job_name.startswith("fairflip-")


@pytest.mark.parametrize(
    ("flag", "view", "name", "value"),
    [
        ("--worker_machine_type=m1-ultramem-40", WorkerOptions, "machine_type", "m1-ultramem-40"),
        ("--machine_type=e2-standard-2", WorkerOptions, "machine_type", "e2-standard-2"),
        ("--disk_size_gb=200", WorkerOptions, "disk_size_gb", 200),
        ("--autoscaling_algorithm=NONE", WorkerOptions, "autoscaling_algorithm", "NONE"),
        ("--autoscaling_algorithm=NONE", WorkerOptions, "max_num_workers", None),
        ("--max_num_workers=500", WorkerOptions, "max_num_workers", 500),
        ("--num_workers=64", WorkerOptions, "max_num_workers", 64),
        (
            "--number_of_worker_harness_threads=9",
            DebugOptions,
            "number_of_worker_harness_threads",
            9,
        ),
        ("--job_name=mine", GoogleCloudOptions, "job_name", "mine"),
        ("--experiments=shuffle_mode=service", DebugOptions, "experiments", None),
    ],
)
def test_a_flag_wins(flag, view, name, value):
    options = beam_options([*REQUIRED, "--sdk_container_image=r/i:1", flag])
    actual = getattr(options.view_as(view), name)
    if name == "experiments":
        assert "shuffle_mode=service" in actual
    else:
        assert actual == value


def test_from_a_checkout_our_code_is_sent_by_a_relative_path():
    options = beam_options(REQUIRED)
    setup_file = options.view_as(SetupOptions).setup_file
    assert not os.path.isabs(setup_file)
    assert os.path.isfile(setup_file)
    assert os.path.dirname(setup_file)  # Beam changes into it
    given = beam_options([*REQUIRED, f"--setup_file={os.path.abspath(setup_file)}"])
    assert given.view_as(SetupOptions).setup_file == setup_file


def test_a_setup_file_that_is_not_there_is_refused():
    with pytest.raises(ConfigurationError, match=r"nowhere/setup\.py"):
        beam_options([*REQUIRED, "--setup_file=nowhere/setup.py"])


def test_an_installed_package_needs_a_container(monkeypatch):
    monkeypatch.setattr(dataflow_options, "checkout_setup_file", lambda: "")
    with pytest.raises(ConfigurationError, match="sdk_container_image"):
        beam_options(REQUIRED)
    assert beam_options([*REQUIRED, "--extra_package=gs://b/fairflip.tar.gz"])


def test_all_that_is_missing_is_said_at_once():
    with pytest.raises(ConfigurationError) as error:
        beam_options(["--runner=DataflowRunner", "--staging_location=here/staging"])
    text = str(error.value)
    for word in ("--project", "--region", "--temp_location", "--staging_location"):
        assert word in text
    assert len(error.value.problems) == 4


def test_the_main_session_is_never_sent():
    options = beam_options([*REQUIRED, "--sdk_container_image=r/i:1", "--save_main_session"])
    assert options.view_as(SetupOptions).save_main_session is False


@pytest.mark.parametrize("runner", ["DirectRunner", "", "FnApiRunner", "local"])
def test_local_runners_never_look_for_a_download(runner):
    options = beam_options([f"--runner={runner}"] if runner else [])
    assert options.view_as(StandardOptions).runner == LOCAL_RUNNER
    assert not dataflow_options.is_dataflow(options)


def test_local_paths_are_refused_by_name():
    config = PipelineConfig()
    config.data.examples.append("gs://b/examples.parquet")
    config.data.counterfactuals.append("here/counterfactuals.parquet")
    config.models.append(ModelSpec(name="m", path="/models/m.keras"))
    config.generator.terms = "terms.csv"
    config.output.output_dir = "out"
    with pytest.raises(ConfigurationError) as error:
        dataflow_options.refuse_local_paths(config)
    named = [problem.partition(":")[0] for problem in error.value.problems]
    assert named == [
        "data.counterfactuals",
        "models[m].path",
        "generator.terms",
        "output.output_dir",
    ]
    config.data.counterfactuals[0] = "gs://b/counterfactuals.parquet"
    config.models[0].path = "gs://b/m.keras"
    config.generator.terms = "identity"
    config.output.output_dir = "gs://b/out"
    dataflow_options.refuse_local_paths(config)
