"""A finished run as it lies in its folder: its report, its configuration, its scored pairs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import REPORT, read_whole, shard_paths, verify_manifest
from fairflip.pipeline.storage.run_folder import SCORED_PAIRS
from fairflip.protos.comparison_pb2 import ComparedRun
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json, report_from_json
from fairflip.protos.forms.messages import quote
from fairflip.protos.report_pb2 import RunReport


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """One run.

    Attributes:
        name: Its folder's, made unique among the runs that are compared.
        folder: Local, or on a Beam filesystem.
        report: As the run left it.
        config: What it was to do, defaults filled in.
    """

    name: str
    folder: str
    report: RunReport
    config: PipelineConfig

    @property
    def models(self) -> list[str]:
        """The names of its models, in the report's order."""
        return [model.name for model in self.report.models]

    def spec_of(self, model: str) -> ModelSpec:
        """The configuration of one of its models; an empty one of a model that it trained."""
        named = [spec for spec in self.config.models if spec.name == model]
        return named[0] if named else ModelSpec(name=model)

    def classes_of(self, model: str) -> tuple[str, ...]:
        """The classes of a model that decides by argmax; none of one that has a threshold."""
        entry = next(one for one in self.report.models if one.name == model)
        return tuple(entry.classes)

    @property
    def hides_texts(self) -> bool:
        """Whether no text of the run may be shown."""
        return self.config.output.no_text or self.config.output.no_examples

    def scored_pairs(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Its scored pairs and their controls.

        Args:
            columns: Only those of them that there are; None: all.

        Raises:
            InputError: The run left none.
        """
        table = self.table_of(SCORED_PAIRS, columns)
        if table is None:
            raise InputError(
                f"{quote(self.folder)} holds no {SCORED_PAIRS}/*.parquet of its own; compare runs "
                "of `evaluate` or `run`"
            )
        return table

    def table_of(self, name: str, columns: Sequence[str] | None = None) -> pa.Table | None:
        """All rows of one of its folders, such as "scored_examples"; None where there are none."""
        tables = []
        for path in shard_paths(self.folder, name):
            with filesystem.open_raw(path) as file:
                parquet = pq.ParquetFile(file)
                there = parquet.schema_arrow.names
                wanted = there if columns is None else [name for name in columns if name in there]
                tables.append(parquet.read(wanted))
        return pa.concat_tables(tables, promote_options="permissive") if tables else None

    def described(self) -> ComparedRun:
        """The run as a report names it."""
        provenance, pairing = self.report.provenance, self.report.pairing
        return ComparedRun(
            name=self.name,
            folder=self.folder,
            started=provenance.started,
            version=provenance.versions.get("fairflip", ""),
            pair_set_sha256=pairing.pair_set_sha256,
            control_set_sha256=pairing.control_set_sha256,
            num_pairs=pairing.num_pairs,
            model_fingerprints=provenance.model_fingerprints,
        )


def open_run(folder: str, name: str = "") -> FinishedRun:
    """Reads a run that is complete and whose numbers nobody altered.

    Args:
        folder: The run's output directory.
        name: What to call it; unless given, as its folder is called.

    Raises:
        InputError: The run is not complete, was altered, or scored nothing.
    """
    problems = verify_manifest(folder, folders=[SCORED_PAIRS])
    if problems:
        raise InputError("; ".join(problems))
    report = report_from_json(read_whole(filesystem.join(folder, REPORT)))
    if not report.provenance.config:
        raise InputError(f"{quote(folder)}: the report does not say how it was made; run again")
    if not report.models:
        raise InputError(
            f"{quote(folder)} has no model: it is no run of `evaluate` or `run`; name one that is"
        )
    config = config_from_json(report.provenance.config)
    return FinishedRun(name or name_of(folder), folder, report, config)


def open_runs(folders: Sequence[str]) -> list[FinishedRun]:
    """Several runs, each under a name of its own.

    Raises:
        InputError: As in `open_run`; or a folder is named twice.
    """
    if len({_place(folder) for folder in folders}) < len(folders):
        raise InputError("a run is named twice; name each folder once")
    names = [name_of(folder) for folder in folders]
    unique: list[str] = []
    for index, name in enumerate(names):
        is_alone = names.count(name) == 1
        unique.append(name if is_alone else f"{name}#{names[: index + 1].count(name)}")
    return [open_run(folder, name) for folder, name in zip(folders, unique, strict=True)]


def name_of(folder: str) -> str:
    """What a run's folder is called, without the folders around it."""
    path = os.path.abspath(folder) if filesystem.is_local(folder) else folder
    return path.rstrip("/").rsplit("/", 1)[-1] or folder


def _place(folder: str) -> str:
    return os.path.realpath(folder) if filesystem.is_local(folder) else folder.rstrip("/")
