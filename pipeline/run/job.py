"""One command under way: its configuration, its progress, its clock."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fairflip.pipeline.run.cautions import cautions
from fairflip.pipeline.run.inputs_in_memory import with_stable_names
from fairflip.pipeline.run.progress import Progress
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import printable
from fairflip.protos.forms.json_form import config_to_json
from fairflip.protos.report_pb2 import RunReport

if TYPE_CHECKING:
    from fairflip.pipeline.run.read_inputs import ReadInputs

#: Training says how far it is this often, in seconds.
NOTE_SECONDS = 5.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a command leaves behind: the report, and a remediated model if it made one."""

    report: RunReport
    model: Any = None


@dataclasses.dataclass
class Job:
    """One command under way.

    Attributes:
        config: Complete and valid.
        beam_flags: What is Beam's of the command line.
        progress: Where it says what it is doing.
    """

    config: PipelineConfig
    beam_flags: Sequence[str]
    progress: Progress

    def __post_init__(self) -> None:
        self.started = datetime.now(timezone.utc)
        self._clock = time.monotonic()
        self._last_note = self._clock

    @property
    def output_dir(self) -> str:
        """The run's folder."""
        return self.config.output.output_dir

    @property
    def seconds(self) -> float:
        """Wall-clock seconds so far."""
        return time.monotonic() - self._clock

    @functools.cached_property
    def read_inputs(self) -> ReadInputs:
        """The run's files with their fingerprints, taken at the first look: before reading."""
        from fairflip.pipeline.run.read_inputs import ReadInputs

        return ReadInputs(self.config)

    def options(self) -> Any:
        """Beam's options, made on demand since they import Beam."""
        from fairflip.pipeline.beam.options import beam_options

        return beam_options(self.beam_flags)

    def folder(self, *names: str) -> str:
        """A folder or file below the run's folder."""
        return filesystem.join(self.output_dir, *names)

    def training_note(self, share: float, text: str) -> None:
        """Progress of training, as the remediation room reports it; not every step of it."""
        now = time.monotonic()
        if now - self._last_note >= NOTE_SECONDS or share >= 1.0:
            self._last_note = now
            self.progress.say(f"  {share:4.0%} {text}")

    def say_cautions(self, report: RunReport) -> None:
        """Says what the report's numbers must be read with."""
        for sentence in cautions(report):
            self.progress.say(printable(sentence))

    def describe(self, report: RunReport, models: Sequence[ModelSpec]) -> None:
        """Fills edits and provenance: everything that determines the numbers, and the times."""
        from fairflip.pipeline.run.edits_made import edits_of
        from fairflip.pipeline.run.provenance import describe_run

        table = report.table_edits if report.HasField("table_edits") else None
        report.edits.CopyFrom(edits_of(with_stable_names(self.config), table))
        report.provenance.CopyFrom(
            describe_run(
                with_models(self.config, models),
                config_to_json(with_stable_names(self.config)),
                self.read_inputs.data,
                self.read_inputs.models,
            )
        )
        report.provenance.started = self.started.isoformat(timespec="seconds")
        report.provenance.seconds = round(self.seconds, 3)
        for name, seconds in self.progress.step_seconds.items():
            report.provenance.step_seconds[name] = round(seconds, 3)


def with_models(config: PipelineConfig, models: Sequence[ModelSpec]) -> PipelineConfig:
    """A copy of the configuration with other models."""
    changed = PipelineConfig()
    changed.CopyFrom(config)
    del changed.models[:]
    changed.models.extend(models)
    return changed
