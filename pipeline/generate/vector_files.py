"""Word vectors from a file, or from the token embeddings of a Hugging Face model."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import ConfigurationError
from fairflip.text.expansion.given_vectors import parse_vectors

MODEL_PREFIX = "hf:"
_MODULES = ("torch", "transformers", "safetensors")


def read_vectors(source: str, words: Collection[str], field: str) -> dict[str, np.ndarray]:
    """Vectors of words, by word; words that the source has not are left out.

    Args:
        source: A file of lines "word number number ...", or `hf:FOLDER`.
        words: In lower case.
        field: The setting, for messages.

    Raises:
        ConfigurationError: The source is not there or cannot be loaded, or packages are missing.
        InputError: The file holds something else.
    """
    if source.startswith(MODEL_PREFIX):
        return embeddings_of_model(source.removeprefix(MODEL_PREFIX), list(words), field)
    if not filesystem.exists(source):
        raise ConfigurationError(
            f"{field}: {source!r} is no file; give a file of vectors, or hf:FOLDER"
        )
    with filesystem.open_stream(source) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="\n")
        return parse_vectors(lines, set(words), source)


def embeddings_of_model(folder: str, words: Sequence[str], field: str) -> dict[str, np.ndarray]:
    """The mean input embedding of a word's pieces, less that of the vocabulary.

    Args:
        folder: A local folder of `save_pretrained`; no code of it is run.
        words: Words.
        field: The setting, for messages.

    Raises:
        ConfigurationError: It cannot be loaded, or the extra is not installed.
    """
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise ConfigurationError(
            f"{field}: needs {', '.join(_MODULES)}, which this environment does not have; run "
            "pip install 'fairflip[huggingface]'"
        ) from error
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        model = AutoModel.from_pretrained(folder, use_safetensors=True, **options)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ConfigurationError(
            f"{field}: {folder!r} cannot be loaded as a Hugging Face model; give a folder of "
            "save_pretrained with model.safetensors and a tokenizer"
        ) from error
    table = model.get_input_embeddings().weight.detach().double().numpy()
    mean = table.mean(0)
    pieces = tokenizer(list(words), add_special_tokens=False)["input_ids"] if words else []
    return {
        word: table[numbers].mean(0) - mean
        for word, numbers in zip(words, pieces, strict=True)
        if numbers and tokenizer.unk_token_id not in numbers
    }
