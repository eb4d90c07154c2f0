"""A sweep's finished runs, so that a sweep that was stopped goes on where it stood."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import pathlib
from typing import TYPE_CHECKING, Any

from fairflip.remediation.sweep.price import SweepSetting
from fairflip.remediation.sweep.score_metrics import PricePoint
from fairflip.remediation.training.step import RemediationResult

if TYPE_CHECKING:
    import keras

RUNS_FILE = "sweep_runs.json"


class RunKeeper:
    """Numbers of finished runs, and the models that may be chosen.

    A run is known by its setting, its seed and the key of all else that determines
    it; its model's file bears the same name, so that no record can ever stand beside
    another run's model.

    Args:
        folder: Where runs are kept; None: in memory, for one sweep.
        key: Equal for equal work: spec, threshold, baseline and data.
    """

    def __init__(self, folder: str | pathlib.Path | None, key: str):
        self._folder = pathlib.Path(folder) if folder is not None else None
        self._key = key
        self._models: dict[str, RemediationResult] = {}
        self._records: dict[str, Any] = {}
        if self._folder and (self._folder / RUNS_FILE).is_file():
            self._records = json.loads((self._folder / RUNS_FILE).read_text(encoding="utf-8"))

    def find(self, setting: SweepSetting, seed: int, with_model: bool) -> PricePoint | None:
        """The numbers of a finished run; None where it is to be done.

        Args:
            setting: The run's.
            seed: The run's.
            with_model: Its model is needed too.
        """
        name = self._name(setting.name, seed)
        record = self._records.get(name)
        if record is None or (with_model and not self._file(name).is_file()):
            return None
        # A run that an older version kept has its time in the record alone.
        seconds = {"seconds": record["record"].get("seconds", math.nan)}
        return PricePoint(**{**seconds, **record["point"]})

    def keep(
        self,
        setting: SweepSetting,
        seed: int,
        point: PricePoint,
        result: RemediationResult,
        with_model: bool,
    ) -> None:
        """Keeps a run's numbers and, if asked, its model; the model first."""
        name = self._name(setting.name, seed)
        if self._folder is None:
            if with_model:
                self._models[name] = result
            return
        from fairflip.remediation.models.atomic_files import replace_file

        self._folder.mkdir(parents=True, exist_ok=True)
        if with_model:
            replace_file(self._file(name), result.model.save)
        self._records[name] = {"point": dataclasses.asdict(point), "record": result.record}
        text = json.dumps(self._records, indent=1)
        replace_file(self._folder / RUNS_FILE, lambda path: path.write_text(text, encoding="utf-8"))

    def model_of(self, setting_name: str, seed: int, baseline: keras.Model) -> RemediationResult:
        """A model that was kept, with its own record.

        Args:
            setting_name: The setting's.
            seed: The run's.
            baseline: The model it was retrained from.
        """
        name = self._name(setting_name, seed)
        if self._folder is None:
            return self._models[name]
        from fairflip.remediation.models import model_copies

        record = self._records[name]["record"]
        model = model_copies.load_copy(self._file(name), baseline)
        return RemediationResult(model, record, record.get("seconds", math.nan))

    def _name(self, setting_name: str, seed: int) -> str:
        return f"{setting_name} {seed} {self._key}"

    def _file(self, name: str) -> pathlib.Path:
        assert self._folder is not None
        setting_and_seed, _, _ = name.rpartition(" ")
        short = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self._folder / f"{setting_and_seed.replace(' ', '_')}_{short}.keras"
