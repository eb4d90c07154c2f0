"""ONNX models: texts in, or token IDs by the `tokenizer.json` beside the file; onnxruntime.

What a graph's outputs mean is told by what lies beside it and by its own names:

* one output is the score, or one score for each class;
* of scikit-learn's converters `probabilities` is it, not the label;
* of a transformer's export `logits` is it. They become probabilities as `config.json` beside
  the file says; without one, several become those of classes by a softmax, and one stays what
  it is, for `score_scale`.
"""

from __future__ import annotations

import json
import os
import pathlib
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.pipeline.score.libraries import extras
from fairflip.pipeline.score.libraries.probabilities import labels_of, probabilities
from fairflip.pipeline.score.libraries.torch_classifier import (
    BATCH_SIZE,
    by_length,
    greatest_length,
)
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import ALL

EXTRA = "onnx"
TOKENIZER, TOKENIZER_CONFIG, CONFIG = "tokenizer.json", "tokenizer_config.json", "config.json"
LOGITS = "logits"
#: What token inputs are called, and which field of an encoding they are.
_TOKEN_INPUTS = {
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
_INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
#: What scikit-learn's converters call the decision, and the scores behind it.
_DECISIONS, _SCORES = {"label", "output_label"}, {"probabilities", "output_probability"}
#: Tokens of a text that are read where neither tokenizer nor configuration says how many.
_DEFAULT_TOKENS = 512


def neighbours(path: str) -> list[str]:
    """The files beside a local ONNX file that belong to it: tokenizer, configuration, weights."""
    file = pathlib.Path(path)
    names = {TOKENIZER, TOKENIZER_CONFIG, CONFIG}
    return sorted(
        other.as_posix()
        for other in file.parent.iterdir()
        if other != file
        and other.is_file()
        and (other.name in names or other.name.startswith((file.name, f"{file.stem}.onnx")))
    )


def check(path: str, field: str) -> None:
    """Looks whether a local file can be a model, and whether what runs it is installed.

    Raises:
        ConfigurationError: It is no file, or a package is missing.
    """
    is_of_tokens = (pathlib.Path(path).parent / TOKENIZER).is_file()
    extras.require(EXTRA, field, also=("tokenizers",) if is_of_tokens else ())
    if not os.path.isfile(path):
        raise ConfigurationError(f"{field}: {path!r} is no file; give an .onnx file")


def load(
    path: str, field: str, outputs: Sequence[str]
) -> tuple[Callable[[Any], Any], tuple[str, ...], tuple[str, ...]]:
    """The model of a local file as a function of texts.

    Args:
        path: The file.
        field: The configuration's name of the setting, for messages.
        outputs: Which of its outputs or labels are the scores: "NAME" or "NAME:INDEX" of an
            output, a label, ":INDEX", or "" or "*" as the only one.

    Returns:
        The function, the labels of its columns where they are known, and what remains of
        `outputs` to be chosen among these.

    Raises:
        ConfigurationError: It cannot be loaded, or takes what is neither texts nor tokens.
    """
    import onnxruntime

    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    there = onnxruntime.get_available_providers()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    try:
        session = onnxruntime.InferenceSession(
            path, options, providers=[name for name in wanted if name in there]
        )
    except Exception as error:  # onnxruntime's errors share no class but this
        raise ConfigurationError(
            f"{field}: {path!r} cannot be loaded ({str(error).splitlines()[0][:200]}); export it "
            "anew, for this version of onnxruntime"
        ) from error
    config = _json_beside(path, CONFIG, field)
    names, outputs = _scored_outputs([each.name for each in session.get_outputs()], outputs, field)
    inputs = session.get_inputs()
    if [each.type for each in inputs] == ["tensor(string)"]:
        [given] = inputs
        shape = (-1, 1) if len(given.shape) == 2 else (-1,)

        def score(texts: Sequence[str]) -> Any:
            values = np.array(texts, dtype=object).reshape(shape)
            return _joined(session.run(names, {given.name: values}), names, config)

        function: Callable[[Any], Any] = score
    else:
        tokens = _Tokens(path, inputs, config, field)

        def score_tokens(texts: Sequence[str]) -> np.ndarray:
            answers = session.run(names, tokens.of(texts))
            return np.asarray(_joined(answers, names, config)).reshape(len(texts), -1)

        def function(texts: Sequence[str]) -> np.ndarray:
            return by_length(texts, score_tokens, tokens.batch_size)

    shapes = {each.name: list(each.shape) for each in session.get_outputs()}
    if len(names) == 1:
        return function, _labels(config, shapes[names[0]][-1:]), outputs
    return function, _unit_names(names, shapes, field), outputs


class _Tokens:
    """Token inputs of texts, by the tokenizer beside the model.

    Args:
        path: The model's file.
        inputs: onnxruntime's descriptions of its inputs.
        config: Its `config.json`; {} without one.
        field: The configuration's name of the setting, for messages.
    """

    def __init__(self, path: str, inputs: Sequence[Any], config: Mapping[str, Any], field: str):
        file = pathlib.Path(path).parent / TOKENIZER
        described = ", ".join(f"{each.name}: {each.type}" for each in inputs)
        if any(each.name not in _TOKEN_INPUTS or each.type not in _INTEGERS for each in inputs):
            raise ConfigurationError(
                f"{field}: {path!r} takes {described}; give a model that takes texts (one input of "
                f"tensor(string)), or token IDs ({', '.join(_TOKEN_INPUTS)})"
            )
        if not file.is_file():
            raise ConfigurationError(
                f"{field}: {path!r} takes token IDs, and no {TOKENIZER} lies beside it; save the "
                "tokenizer in its folder"
            )
        from tokenizers import Tokenizer

        self._inputs = {each.name: _INTEGERS[each.type] for each in inputs}
        self._tokenizer = Tokenizer.from_file(str(file))
        padding = self._tokenizer.padding or {}
        self._pads = {"ids": int(config.get("pad_token_id") or padding.get("pad_id", 0))}
        [rows, length] = next(each.shape for each in inputs if each.name == "input_ids")
        #: Without a mask, padding would be read as text.
        can_pad = "attention_mask" in self._inputs
        self.batch_size = BATCH_SIZE if can_pad else 1
        if isinstance(rows, int):
            if rows != 1:
                raise ConfigurationError(
                    f"{field}: {path!r} takes batches of exactly {rows} texts; export it with a "
                    "batch of any size"
                )
            self.batch_size = 1
        self._length = length if isinstance(length, int) else 0
        tokenizer_length = _json_beside(path, TOKENIZER_CONFIG, field).get("model_max_length")
        longest = self._length or greatest_length(
            types.SimpleNamespace(**{"pad_token_id": 0, **config}),
            types.SimpleNamespace(model_max_length=tokenizer_length),
        )
        own = (self._tokenizer.truncation or {}).get("max_length", _DEFAULT_TOKENS)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=longest or own)

    def of(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """The inputs of some texts, each [n, tokens of the longest]."""
        encodings = self._tokenizer.encode_batch(list(texts))
        length = self._length or max(1, *(len(each.ids) for each in encodings))
        arrays = {}
        for name, dtype in self._inputs.items():
            part = _TOKEN_INPUTS[name]
            array = np.full((len(texts), length), self._pads.get(part, 0), dtype)
            for row, encoding in enumerate(encodings):
                values = getattr(encoding, part)
                array[row, : len(values)] = values
            arrays[name] = array
        return arrays


def _scored_output(names: Sequence[str], output: str, field: str) -> tuple[str, str]:
    """Which output of a graph holds the score, and what remains to be chosen in it."""
    asked, colon, index = output.partition(":")
    if asked in names:
        return asked, colon + index
    if LOGITS in names:
        return LOGITS, output
    without_decision = [name for name in names if name not in _DECISIONS]
    named_scores = [name for name in names if name in _SCORES]
    for choice in (names, without_decision, named_scores):
        if len(choice) == 1:
            return choice[0], output
    raise ConfigurationError(
        f"{field.rpartition('.')[0]}.output_name: the model has the outputs {', '.join(names)}; "
        "say which is the score, as NAME or NAME:INDEX"
    )


def _scored_outputs(
    names: Sequence[str], outputs: Sequence[str], field: str
) -> tuple[list[str], tuple[str, ...]]:
    """The same of several: the graph's outputs that hold scores, and what remains to be chosen."""
    if len(outputs) == 1 and outputs[0] != ALL:
        name, output = _scored_output(names, outputs[0], field)
        return [name], (output,)
    heads = list(dict.fromkeys(output.partition(":")[0] for output in outputs))
    if all(head in names for head in heads):
        if len(heads) > 1:
            return heads, tuple(outputs)
        return heads, tuple(output.removeprefix(heads[0]) for output in outputs)
    try:
        return [_scored_output(names, "", field)[0]], tuple(outputs)
    except ConfigurationError:
        if list(outputs) != [ALL]:
            raise
        return [name for name in names if name not in _DECISIONS], tuple(outputs)


def _unit_names(
    names: Sequence[str], shapes: Mapping[str, Sequence[Any]], field: str
) -> tuple[str, ...]:
    """What the columns of several outputs side by side are called, as `output_name` names them."""
    units: list[str] = []
    for name in names:
        width = shapes[name][1] if len(shapes[name]) == 2 else 1
        if len(shapes[name]) > 2 or not isinstance(width, int):
            raise ConfigurationError(
                f"{field}: its output {name!r} has the shape {list(shapes[name])}; expected is "
                "one number for each text, or a fixed number of them"
            )
        units += [name] if width == 1 else [f"{name}:{unit}" for unit in range(width)]
    return tuple(units)


def _joined(answers: Sequence[Any], names: Sequence[str], config: Mapping[str, Any]) -> Any:
    """What outputs say; of several, side by side."""
    if len(names) == 1:
        return _scores(answers[0], names[0], config)
    columns = [_scores(answer, name, config) for answer, name in zip(answers, names, strict=True)]
    return np.concatenate([np.asarray(each).reshape(len(each), -1) for each in columns], axis=1)


def _scores(answer: Any, name: str, config: Mapping[str, Any]) -> Any:
    """What an output says, with logits made probabilities where it is known how."""
    if not isinstance(answer, np.ndarray) or name != LOGITS or answer.ndim != 2:
        return answer
    if not config and answer.shape[1] == 1:
        return answer
    return probabilities(answer, config.get("problem_type"))


def _labels(config: Mapping[str, Any], width: Sequence[Any]) -> tuple[str, ...]:
    labels = labels_of(config)
    if not labels and config and width and isinstance(width[0], int) and width[0] > 1:
        # transformers writes no labels that it can make up.
        return tuple(f"LABEL_{unit}" for unit in range(width[0]))
    return labels


def _json_beside(path: str, name: str, field: str) -> dict[str, Any]:
    """A JSON object beside a model's file; {} where there is none."""
    file = pathlib.Path(path).parent / name
    if not file.is_file():
        return {}
    try:
        settings = json.loads(file.read_bytes())
    except ValueError as error:
        raise ConfigurationError(f"{field}: {str(file)!r} is no JSON; save it anew") from error
    return settings if isinstance(settings, dict) else {}
