"""Early stopping, checkpoints and resuming, as one Keras callback.

A checkpoint is the values of all variables, of model and optimizer, as plain
arrays (nothing pickled), with the state of training as JSON beside it. It is
used again only under the settings that made it, for the same baseline and data.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from fairflip.metrics.curves.learning_curves import curve_of, steps_of
from fairflip.remediation.models.atomic_files import replace_file


def variable_values(variables: list[Any]) -> dict[str, np.ndarray]:
    """Values by position."""
    return {f"{i:05d}": np.asarray(v) for i, v in enumerate(variables)}


def assign_values(variables: list[Any], values: Any) -> bool:
    """Assigns values by position; False, with nothing assigned, if they do not fit."""
    names = [f"{i:05d}" for i in range(len(variables))]
    if sorted(values) != names or any(
        tuple(values[n].shape) != tuple(v.shape) for n, v in zip(names, variables, strict=True)
    ):
        return False
    for name, variable in zip(names, variables, strict=True):
        variable.assign(values[name])
    return True


class TrainingKeeper(keras.callbacks.Callback):
    """Keeps the history and the best weights, stops early, and writes checkpoints.

    Args:
        epochs: Epochs of the whole run.
        patience: Epochs without a lower `val_loss` before training stops; 0: never.
            The best epoch's weights are then put back.
        folder: Where checkpoints are; None: none are written.
        settings: What must be equal for a checkpoint to be used.
        progress: Called with the share done (0 to 1) and a sentence.
        steps: Steps per epoch, for progress within it.
    """

    def __init__(
        self,
        *,
        epochs: int,
        patience: int = 0,
        folder: pathlib.Path | None = None,
        settings: dict[str, Any] | None = None,
        progress: Callable[[float, str], None] | None = None,
        steps: int = 0,
    ):
        super().__init__()
        self.epochs = epochs
        self.patience = patience
        self.folder = folder
        self.settings = settings or {}
        self.progress = progress
        self.steps = steps
        self.history: dict[str, list[float]] = {}
        self.first_epoch = 0
        self.best_epoch: int | None = None
        self.stopped_early = False
        #: Running means within each epoch, step by step.
        self.running: dict[str, list[list[float]]] = {}
        self._best_loss = float("inf")
        self._best: dict[str, np.ndarray] | None = None
        self._epoch = 0

    def restore(self, model: keras.Model) -> int:
        """Puts the last checkpoint's values into a compiled model.

        Returns:
            The epoch to go on with; 0 without a checkpoint under these settings.
        """
        if self.folder is None or not (self.folder / "state.json").is_file():
            return 0
        state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        if state["settings"] != self.settings:
            return 0
        model.optimizer.build(model.trainable_variables)
        with np.load(self.folder / state["values"], allow_pickle=False) as values:
            if not assign_values(self._variables(model), dict(values)):
                return 0
        self.history, self.running = state["history"], state["running"]
        self.first_epoch = state["epoch"]
        self.best_epoch = state["best_epoch"]
        self.stopped_early = state["stopped_early"]
        if self.best_epoch is not None and (self.folder / "best.npz").is_file():
            self._best_loss = self.history["val_loss"][self.best_epoch]
            with np.load(self.folder / "best.npz", allow_pickle=False) as values:
                self._best = dict(values)
        return self.first_epoch

    def curves(self) -> dict[str, list[float]]:
        """The means of each loss over parts of training, as `metrics.curves.learning_curves`."""
        return {
            name: curve_of([value for epoch in epochs for value in steps_of(epoch)])
            for name, epochs in self.running.items()
        }

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the epoch."""
        self._epoch = epoch
        for epochs in self.running.values():
            epochs.append([])

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Notes the losses, and tells progress, about twenty times an epoch."""
        for name, value in (logs or {}).items():
            if name.endswith("loss"):
                self.running.setdefault(name, [[]])[-1].append(float(value))
        every = max(1, self.steps // 20)
        if self.progress and self.steps and (batch + 1) % every == 0:
            done = (self._epoch + (batch + 1) / self.steps) / self.epochs
            self.progress(
                min(done, 1.0),
                f"epoch {self._epoch + 1} of {self.epochs}, step {batch + 1} of {self.steps}",
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keeps the epoch's numbers, decides whether to stop, writes the checkpoint."""
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        loss = (logs or {}).get("val_loss")
        if self.patience and loss is not None:
            if float(loss) < self._best_loss:
                self._best_loss, self.best_epoch = float(loss), epoch
                self._best = variable_values(self.model.variables)
            elif epoch - (self.best_epoch or 0) >= self.patience:
                self.stopped_early = True
                self.model.stop_training = True
        if self.folder is not None:
            self._write(epoch + 1)

    def on_train_end(self, logs: Any = None) -> None:
        """Puts the best epoch's weights back."""
        self.put_back_best(self.model)

    def put_back_best(self, model: keras.Model) -> None:
        """Gives `model` the weights of the best epoch, where early stopping is on."""
        if self._best is not None:
            assign_values(model.variables, self._best)

    def forget(self) -> None:
        """Removes the checkpoints: the work that they would save is done."""
        if self.folder is not None and self.folder.is_dir():
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()

    @staticmethod
    def _variables(model: keras.Model) -> list[Any]:
        return [*model.variables, *model.optimizer.variables]

    def _write(self, epoch: int) -> None:
        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        # The state names its values' file, so that a run that dies between the
        # two files leaves the last whole checkpoint in place.
        name = f"epoch_{epoch}.npz"
        values = variable_values(self._variables(self.model))
        replace_file(self.folder / name, lambda path: np.savez(path, **values))
        if self._best is not None and self.best_epoch == epoch - 1:
            best = self._best
            replace_file(self.folder / "best.npz", lambda path: np.savez(path, **best))
        state = {
            "settings": self.settings,
            "epoch": epoch,
            "values": name,
            "history": self.history,
            "running": self.running,
            "best_epoch": self.best_epoch,
            "stopped_early": self.stopped_early,
        }

        def write(path: pathlib.Path) -> None:
            path.write_text(json.dumps(state), encoding="utf-8")

        replace_file(self.folder / "state.json", write)
        for old in self.folder.glob("epoch_*.npz"):
            if old.name != name:
                old.unlink()
