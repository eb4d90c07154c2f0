"""Text classifiers of Hugging Face's transformers from a folder, or from the local cache.

Nothing is fetched: a name that is no folder is looked for in the cache alone. No code that
comes with a model is run, and no pickle is read, unless that was allowed.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from fairflip.pipeline.score.libraries import extras
from fairflip.pipeline.score.libraries.probabilities import labels_of
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import ConfigurationError

EXTRA = "huggingface"
#: A name on Hugging Face's hub: "owner/model", or "model".
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_HEAD = "ForSequenceClassification"


def folder_of(source: str, field: str) -> str:
    """The folder of a model: the one named, or where the cache holds that model.

    Args:
        source: A folder on any Beam filesystem, or a hub's name of a model.
        field: The configuration's name of the setting, for messages.

    Raises:
        ConfigurationError: There is no such folder, and no such model in the cache.
    """
    if not filesystem.is_local(source) or os.path.isdir(source):
        return source
    if not os.path.exists(source) and _HUB_NAME.fullmatch(source):
        extras.require(EXTRA, field)
        from huggingface_hub import snapshot_download

        with contextlib.suppress(OSError, ValueError):  # those of a model that is not there
            return snapshot_download(source, local_files_only=True)
        raise ConfigurationError(
            f"{field}: {source!r} is neither a folder nor a model in Hugging Face's cache, and "
            f"nothing is fetched here; run hf download {source}, or give its folder"
        )
    raise ConfigurationError(
        f"{field}: {source!r} is no folder; give the folder of save_pretrained"
    )


def check(source: str, field: str, allow_custom_code: bool) -> tuple[str, ...]:
    """Looks at a folder before anything of it is loaded.

    Returns:
        The labels of its numbers; () where its configuration names none.

    Raises:
        ConfigurationError: It holds no text classifier, or one that runs code of its own.
    """
    extras.require(EXTRA, field)
    folder = folder_of(source, field)
    config = _config_of(folder, source, field)
    heads = [str(name) for name in config.get("architectures") or ()]
    if not any(name.endswith(_HEAD) for name in heads):
        raise ConfigurationError(
            f"{field}: {source!r} has no classifier head (architectures: "
            f"{', '.join(heads) or 'none'}); give a model that was trained to classify texts, one "
            f"saved from a class ...{_HEAD}"
        )
    try:
        labels = labels_of(config)
    except (ValueError, TypeError, AttributeError):
        labels = ()  # what is wrong with them is said when they are loaded
    if allow_custom_code:
        return labels
    cure = "if you trust the model, give --allow_custom_code (models.allow_custom_code)"
    if config.get("auto_map"):
        raise ConfigurationError(
            f"{field}: {source!r} comes with code of its own, which runs when it is loaded; {cure}"
        )
    names = _file_names(folder)
    if any(name.endswith(".safetensors") for name in names):
        return labels
    if pickles := [name for name in names if name.endswith((".bin", ".pt", ".pth"))]:
        raise ConfigurationError(
            f"{field}: the weights of {source!r} are a pickle ({pickles[0]}), which can run code "
            f"when it is loaded; save them anew with save_pretrained, as safetensors, or, {cure}"
        )
    raise ConfigurationError(
        f"{field}: {source!r} holds no weights (*.safetensors); save the model there with "
        "save_pretrained"
    )


def load(
    folder: str, field: str, allow_custom_code: bool
) -> tuple[Callable[[Any], Any], tuple[str, ...]]:
    """The classifier of a local folder as a function of texts, and its labels.

    Raises:
        ConfigurationError: It cannot be loaded, or lacks weights of its head.
    """
    model, tokenizer = load_classifier(folder, field, allow_custom_code)
    from fairflip.pipeline.score.libraries.torch_classifier import of_model

    return of_model(model, tokenizer)


def load_classifier(folder: str, field: str, allow_custom_code: bool) -> tuple[Any, Any]:
    """The classifier of a local folder and its tokenizer.

    It lies on the GPU where torch sees one.

    Raises:
        ConfigurationError: It cannot be loaded, or lacks weights of its head.
    """
    # Read when torch is first imported. Threads that wait by spinning take the cores from others:
    # on two busy cores 240 texts took 25 seconds, and 2 where waiting threads sleep.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    safe = {} if allow_custom_code else {"use_safetensors": True}
    options = {"local_files_only": True, "trust_remote_code": allow_custom_code}
    try:
        with _without_notes():
            tokenizer = AutoTokenizer.from_pretrained(folder, **options)
            model, loaded = AutoModelForSequenceClassification.from_pretrained(
                folder, output_loading_info=True, **safe, **options
            )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ConfigurationError(
            f"{field}: {folder!r} cannot be loaded ({_first_line(error)}); save model and "
            "tokenizer there with save_pretrained"
        ) from error
    if missing := sorted(map(str, loaded.get("missing_keys") or ())):
        raise ConfigurationError(
            f"{field}: {folder!r} lacks weights ({missing[0]}), which would be drawn at random; "
            "save the whole model with save_pretrained"
        )
    return model.to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def save_classifier(model: Any, tokenizer: Any, folder: pathlib.Path) -> None:
    """Writes a classifier with its tokenizer as a folder that `load` reads."""
    with _without_notes():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _config_of(folder: str, source: str, field: str) -> dict[str, Any]:
    path = filesystem.join(folder, "config.json")
    if not filesystem.exists(path):
        raise ConfigurationError(
            f"{field}: {source!r} has no config.json; give the folder of save_pretrained"
        )
    try:
        config = json.loads(filesystem.read_bytes(path))
    except ValueError as error:
        raise ConfigurationError(f"{field}: {path!r} is no JSON; save the model anew") from error
    if not isinstance(config, dict):
        raise ConfigurationError(f"{field}: {path!r} is no JSON object; save the model anew")
    return config


def _file_names(folder: str) -> list[str]:
    if filesystem.is_local(folder):
        return sorted(path.name for path in pathlib.Path(folder).iterdir())
    entries = filesystem.match([filesystem.join(folder.rstrip("/"), "*")])
    return sorted(entry.path.rsplit("/", 1)[-1] for entry in entries)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """Within it transformers draws no progress bars and notes no missing weights: we say so."""
    from transformers.utils import logging

    before, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if had_bars:
            logging.enable_progress_bar()
