"""What a Dataflow job of ours needs beyond Beam's own defaults, and what it must not have.

Every default gives way to a flag. They bound the memory of a worker: Dataflow starts
one Python process per core, each process loads the models once and works on
`WORKER_THREADS` bundles at a time (docs/dataflow.md has the arithmetic).
"""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Any

from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import FILE_SOURCES

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

RUNNER = "DataflowRunner"
#: 4 cores and 16 GB: four processes with TensorFlow and a model, 4 GB each.
MACHINE_TYPE = "n2-standard-4"
#: Container image, models and shuffled shards that spill.
DISK_SIZE_GB = 50
#: Bundles that one process works on at a time; Dataflow's own default is 12.
WORKER_THREADS = 2
#: Enough for 10^8 pairs in minutes, and a bound on what a mistake costs.
MAX_NUM_WORKERS = 20


def is_dataflow(options: PipelineOptions) -> bool:
    """Whether the job is submitted to a Dataflow service."""
    from apache_beam.options.pipeline_options import StandardOptions

    runner = options.view_as(StandardOptions).runner or ""
    return runner.rsplit(".", 1)[-1] == RUNNER


def only_submits(options: PipelineOptions) -> bool:
    """Whether the launcher leaves once the job is submitted, as a Flex Template's does."""
    from apache_beam.options.pipeline_options import GoogleCloudOptions

    return bool(options.view_as(GoogleCloudOptions).template_location)


def set_defaults(options: PipelineOptions) -> None:
    """Fills in what no flag says: machine, scaling, threads, disk, name, and our code.

    Raises:
        ConfigurationError: Something has no default, such as the project.
    """
    from apache_beam.options.pipeline_options import (
        DebugOptions,
        GoogleCloudOptions,
        SetupOptions,
        WorkerOptions,
    )

    cloud, setup = options.view_as(GoogleCloudOptions), options.view_as(SetupOptions)
    worker, debug = options.view_as(WorkerOptions), options.view_as(DebugOptions)
    problems = _missing(cloud)
    _default(worker, "machine_type", MACHINE_TYPE)
    _default(worker, "disk_size_gb", DISK_SIZE_GB)
    _default(debug, "number_of_worker_harness_threads", WORKER_THREADS)
    _default(worker, "autoscaling_algorithm", "THROUGHPUT_BASED")
    if worker.autoscaling_algorithm != "NONE":
        _default(worker, "max_num_workers", max(MAX_NUM_WORKERS, worker.num_workers or 0))
    # The list of all that is installed here, and where, is of no use to workers.
    debug.add_experiment("disable_logging_submission_environment")
    # Beam's own default would carry the name of the user's account.
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    _default(cloud, "job_name", f"fairflip-{stamp}-{secrets.token_hex(2)}")
    if setup.setup_file:
        if not os.path.isfile(setup.setup_file):
            problems.append(f"--setup_file: {setup.setup_file!r} does not exist; check the path")
        setup.setup_file = _relative(setup.setup_file)
    elif not worker.sdk_container_image and not setup.extra_packages:
        checkout = checkout_setup_file()
        if checkout:
            setup.setup_file = _relative(checkout)
        else:
            problems.append(
                "workers do not have fairflip: give --sdk_container_image=IMAGE (docs/dataflow.md "
                "says how to build one), or --setup_file=./setup.py from a checkout"
            )
    if problems:
        raise ConfigurationError(problems)


def _default(view: Any, name: str, value: Any) -> None:
    if not getattr(view, name):
        setattr(view, name, value)


def _missing(cloud: Any) -> list[str]:
    problems = []
    if not cloud.project:
        problems.append("--project is missing: the Google Cloud project that pays for the job")
    if not cloud.region:
        problems.append("--region is missing: where the workers run, such as europe-west1")
    for name in ("temp_location", "staging_location"):
        given = getattr(cloud, name)
        if given and filesystem.is_local(given):
            problems.append(f"--{name}: {given!r} is on this machine; give a gs:// folder")
    if not cloud.temp_location:
        problems.append("--temp_location is missing: a gs:// folder for temporary files")
    return problems


def checkout_setup_file() -> str:
    """setup.py of the checkout that this package is imported from; empty for an installed one."""
    import fairflip

    root = os.path.dirname(os.path.dirname(os.path.abspath(fairflip.__file__)))
    path = os.path.join(root, "setup.py")
    return path if os.path.isfile(path) and os.path.isdir(os.path.join(root, "api")) else ""


def _relative(path: str) -> str:
    """The path from the current folder: options are sent to the service as they are."""
    relative = os.path.relpath(path)
    # Beam changes into the folder of the file, which needs a name.
    return relative if os.path.dirname(relative) else os.path.join(os.curdir, relative)


def refuse_local_paths(config: PipelineConfig) -> None:
    """Finds what workers elsewhere could not read or write.

    Raises:
        ConfigurationError: Names every such path.
    """
    data = config.data
    named = [
        (f"data.{field}", path)
        for field in ("examples", "counterfactuals", "pairs")
        for path in getattr(data, field)
    ]
    named += [
        (f"models[{model.name}].{field}", getattr(model, field))
        for model in config.models
        for field in FILE_SOURCES
        if getattr(model, field)
    ]
    if config.generator.terms and os.path.splitext(config.generator.terms)[1]:
        named.append(("generator.terms", config.generator.terms))
    named.append(("output.output_dir", config.output.output_dir))
    if config.evaluation.score_cache:
        raise ConfigurationError(
            "evaluation.score_cache: a folder of this machine is out of the reach of Dataflow's "
            "workers; leave it out, or run here"
        )
    problems = [
        f"{field}: {path!r} is on this machine, where Dataflow's workers cannot reach it; "
        "give a gs:// path"
        for field, path in named
        if filesystem.is_local(path)
    ]
    if problems:
        raise ConfigurationError(problems)
