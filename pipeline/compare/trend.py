"""The runs of a folder in the order of their start: what their reports say, side by side."""

from __future__ import annotations

import os

from fairflip._version import __version__
from fairflip.pipeline.compare.finished_runs import FinishedRun, open_run
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import MANIFEST
from fairflip.protos.comparison_pb2 import TrendPoint, TrendReport
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.messages import quote


def trend_of(folder: str) -> TrendReport:
    """What the finished runs below a folder say, the oldest first.

    Args:
        folder: A local folder; its runs lie in it or in folders of it, at any depth.

    Returns:
        A point for each run, model and slice, at the run's first threshold. Folders whose run
        is not complete or was altered are named with the reason.

    Raises:
        ConfigurationError: The folder is not local, or holds no run.
    """
    runs, left_out = runs_below(folder)
    report = TrendReport(versions={"fairflip": __version__}, left_out=left_out)
    for run in runs:
        described = run.described()
        for model in run.report.models:
            for part in model.slices:
                if not part.thresholds:
                    continue
                at = part.thresholds[0]
                point = TrendPoint(
                    run=described,
                    model=model.name,
                    slice=part.slice,
                    num_pairs=part.num_pairs,
                    num_originals=part.num_originals,
                    threshold=at.threshold,
                    flip_rate=at.flip_rate,
                    ctf_gap=part.ctf_gap,
                    positive_rate=at.positive_rate,
                    light=run.report.verdict.light,
                )
                if at.HasField("excess_flip_rate"):
                    point.excess_flip_rate.CopyFrom(at.excess_flip_rate)
                if part.HasField("auc"):
                    point.auc = part.auc
                report.points.append(point)
    return report


def runs_below(folder: str) -> tuple[list[FinishedRun], list[str]]:
    """The finished runs below a local folder, the oldest first.

    Returns:
        The runs, each called by its path below the folder; and for each folder whose run is not
        complete or was altered, a sentence.

    Raises:
        ConfigurationError: The folder is not local, or holds no run.
    """
    if not filesystem.is_local(folder) or not os.path.isdir(folder):
        raise ConfigurationError(
            f"{quote(folder)} is no folder of this machine; copy the runs to one"
        )
    runs: list[FinishedRun] = []
    left_out: list[str] = []
    for place, folders, _ in os.walk(folder):
        folders.sort()
        if not os.path.isfile(os.path.join(place, *MANIFEST.split("/"))):
            continue
        folders.clear()  # what lies in a run is the run's own
        name = os.path.relpath(place, folder).replace(os.sep, "/")
        try:
            runs.append(open_run(place, name))
        except InputError as error:
            left_out.append(f"{name}: {error}")
    if not runs:
        reasons = f" ({'; '.join(left_out)})" if left_out else ""
        raise ConfigurationError(
            f"{quote(folder)} holds no finished run{reasons}; name the folder around the runs' "
            "output directories"
        )
    runs.sort(key=lambda run: (run.report.provenance.started, run.folder))
    return runs, left_out
