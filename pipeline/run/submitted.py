"""A job may outlive its launcher: what is noted so that the run can be completed later.

The launcher of a Flex Template leaves once the job is submitted, and any launcher
can be killed while a service goes on with its job. So `evaluate` leaves its
configuration in the run's folder, and `fairflip report` completes what is there.
"""

from __future__ import annotations

from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import REPORT
from fairflip.pipeline.storage.run_folder import SUMMARY, WORK
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_from_json, config_to_json

#: The configuration of the evaluation under way.
CONFIG = f"{WORK}/config.json"


def _path(output_dir: str, name: str) -> str:
    return filesystem.join(output_dir, *name.split("/"))


def note(config: PipelineConfig) -> None:
    """Leaves the configuration for `noted`, and removes what an earlier evaluation left."""
    output_dir = config.output.output_dir
    for name in (REPORT, SUMMARY):
        filesystem.remove(_path(output_dir, name))
    filesystem.write_text(_path(output_dir, CONFIG), config_to_json(config))


def is_waiting(output_dir: str) -> bool:
    """Whether a job has ended here whose run was not completed."""
    return (
        not filesystem.exists(_path(output_dir, REPORT))
        and filesystem.exists(_path(output_dir, SUMMARY))
        and filesystem.exists(_path(output_dir, CONFIG))
    )


def noted(output_dir: str) -> PipelineConfig:
    """The configuration that `note` left.

    Raises:
        InputError: It was written by another version.
    """
    config = config_from_json(filesystem.read_bytes(_path(output_dir, CONFIG)).decode("utf-8"))
    config.output.output_dir = output_dir
    return config
