"""The files that a run reads, as they were when it began to: fingerprints, and whether they stayed.

A report names the data that its numbers come from. So fingerprints are taken before
anything is read, and what was read is looked at again afterwards: a file that was replaced
meanwhile stops the run, and the same command reads the new one from the start.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from fairflip.pipeline.run.inputs_in_memory import stable_name
from fairflip.pipeline.run.provenance import fingerprint_data
from fairflip.pipeline.score.libraries.files import scoring_files
from fairflip.pipeline.score.model_files.fingerprint import spec_fingerprint
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.model_specs import is_in_files, sources_of

#: What a file's entry in its filesystem tells of a change: size, times, and which file it is.
_State = tuple[int, ...]


class ReadInputs:
    """The data and models of a run, and their fingerprints from before it read them."""

    def __init__(self, config: PipelineConfig):
        """Takes the fingerprints of all files that determine the run's numbers."""
        data = config.data
        settings = [config.evaluation.eval_config]
        # Which files shape counterfactuals, and which the models' answers to them.
        self.for_evaluation = _given(
            data.examples, data.counterfactuals, data.pairs, [config.generator.terms], settings
        )
        self.for_training = _given(
            data.train_examples,
            data.validation_examples,
            data.counterfactuals,
            [config.generator.terms],
        )
        patterns = sorted({*self.for_evaluation, *self.for_training})
        # The states come first: a file that is replaced while it is hashed is told by them.
        self._states = {pattern: _states(pattern) for pattern in patterns}
        self._by_pattern = {pattern: fingerprint_data([pattern]) for pattern in patterns}
        self._models = {model.name: model for model in config.models if is_in_files(model)}
        self._model_states = {name: _model_states(model) for name, model in self._models.items()}
        self.models = {name: spec_fingerprint(model) for name, model in self._models.items()}

    @property
    def data(self) -> dict[str, str]:
        """Path -> fingerprint of every file of data; names of inputs from memory are stable."""
        taken: dict[str, str] = {}
        for fingerprints in self._by_pattern.values():
            taken.update(fingerprints)
        return {stable_name(path): taken[path] for path in sorted(taken)}

    def refuse_changed(self, patterns: Sequence[str]) -> None:
        """Looks whether what was read is what the fingerprints were taken of.

        Args:
            patterns: `for_evaluation` or `for_training`: what was read since then. The models
                are looked at each time.

        Raises:
            InputError: A file was replaced, added or removed meanwhile.
        """
        for pattern in patterns:
            before = self._by_pattern[pattern]
            if _states(pattern) != self._states[pattern]:
                now = fingerprint_data([pattern])
                for path in sorted({*before, *now}):
                    if before.get(path) != now.get(path):
                        raise InputError(_changed(path))
        for name, model in self._models.items():
            if (
                _model_states(model) != self._model_states[name]
                and spec_fingerprint(model) != self.models[name]
            ):
                [source] = [getattr(model, field) for field in sources_of(model)]
                raise InputError(_changed(source))


def _given(*fields: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(pattern for field in fields for pattern in field if pattern))


def _changed(path: str) -> str:
    return (
        f"{stable_name(path)!r} changed while the run read it; run the same command again, "
        "which reads it anew"
    )


def _model_states(model: ModelSpec) -> dict[str, _State | str]:
    """Path -> state of every file that determines a model's scores."""
    states: dict[str, _State | str] = {}
    for path in scoring_files(model):
        states.update(_states(path))
    return states


def _states(pattern: str) -> dict[str, _State | str]:
    """Path -> state of what a pattern of files matches, or of a folder's files."""
    if not filesystem.is_local(pattern):
        # What a filesystem far away tells of a file is its fingerprint already.
        return dict(fingerprint_data([pattern]))
    if os.path.isdir(pattern):
        paths = [os.path.join(at, name) for at, _, names in os.walk(pattern) for name in names]
    else:
        paths = match_local(pattern)
    return {path: _state(path) for path in paths}


def _state(path: str) -> _State:
    try:
        entry = os.stat(path)
    except OSError:
        return ()
    return (entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns, entry.st_ino)
