"""A pytest plugin: the fixture `fairflip` and a marker of this name gate a model in a test.

Installed with the package, loaded by pytest by itself; without a test that asks for the fixture
it does nothing but name the marker.
"""

from __future__ import annotations

import functools
import io
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fairflip._result import Result

#: A file of limits, or limits as a list of what one file's `limits` would hold.
Limits = str | pathlib.Path | Sequence[Mapping[str, Any]]
_MARKER = (
    "fairflip(limits, reference=None): what a model must hold to where the fixture `fairflip` "
    "evaluates it: a file of limits, or a list such as [{'metric': 'flip_rate', 'max': 0.05}]; "
    "`reference` is the folder of the run that not_worse_by compares with"
)


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def fairflip(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> ModelGate:
    """Evaluates models, and fails the test where they break its limits."""
    marker = request.node.get_closest_marker("fairflip")
    given = _of_marker(*marker.args, **marker.kwargs) if marker else {}
    return ModelGate(tmp_path, request.path.parent, **given)


def _of_marker(limits: Limits | None = None, reference: str | None = None) -> dict[str, Any]:
    return {"limits": limits, "reference": reference}


class ModelGate:
    """The fixture: call it to evaluate a model and hold it to the limits of the test.

    Attributes:
        limits: Those of the marker; None without.
        reference: The folder of the run that `not_worse_by` compares with.
    """

    def __init__(
        self,
        scratch: pathlib.Path,
        folder: pathlib.Path,
        limits: Limits | None = None,
        reference: str | None = None,
    ):
        self.limits, self.reference = limits, reference
        self._scratch, self._folder = scratch, folder
        self._num_runs = 0

    def __call__(self, data: Any = None, models: Any = None, **fields: Any) -> Result:
        """Evaluates as `fairflip.evaluate` does, then holds the run to the limits.

        Returns:
            The result, where all limits hold; else the test fails with every check in words.
        """
        import fairflip as package

        self._num_runs += 1
        fields.setdefault("output_dir", str(self._scratch / f"fairflip_run_{self._num_runs}"))
        result = package.evaluate(data, models, **fields)
        self.check(result)
        return result

    def check(
        self,
        run: str | pathlib.Path | Result,
        limits: Limits | None = None,
        reference: str | pathlib.Path | None = None,
    ) -> None:
        """Fails the test where a finished run breaks its limits.

        Args:
            run: Its folder, or its result.
            limits: In place of those of the marker.
            reference: In place of that of the marker.
        """
        from fairflip.pipeline.compare.command import results_against
        from fairflip.pipeline.gate import command
        from fairflip.protos.config_pb2 import PipelineConfig

        chosen = self.limits if limits is None else limits
        if chosen is None:
            pytest.fail(
                "no limits, so that any model would pass; mark the test with "
                "@pytest.mark.fairflip(limits=...), or give limits=",
                pytrace=False,
            )
        config = PipelineConfig()
        config.output.output_dir = str(getattr(run, "output_dir", run))
        config.evaluation.limits = self._file(chosen)
        against = self.reference if reference is None else reference
        compared = None
        if against is not None:
            folders = [str(self._path(against)), config.output.output_dir]
            compared = functools.partial(results_against, folders)
        lines = io.StringIO()
        if command.check(config, lines, compared):
            pytest.fail(lines.getvalue(), pytrace=False)

    def _file(self, limits: Limits) -> str:
        if isinstance(limits, str | pathlib.Path):
            return str(self._path(limits))
        path = self._scratch / "fairflip_limits.json"
        path.write_text(json.dumps({"limits": [dict(limit) for limit in limits]}))
        return str(path)

    def _path(self, path: str | pathlib.Path) -> pathlib.Path:
        """A path as it is given, or beside the test's file where it is there."""
        beside = self._folder / path
        return beside if beside.exists() else pathlib.Path(path)
