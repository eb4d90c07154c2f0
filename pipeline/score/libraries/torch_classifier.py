"""A classifier of torch as a function of texts: a pipeline, or a model and its tokenizer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.pipeline.score.libraries.probabilities import probabilities
from fairflip.protos.errors import ConfigurationError

#: Most texts that go through a model at once: they are padded to one length.
BATCH_SIZE = 32
#: Tokenizers that know no greatest length say an astronomic one.
_NO_LENGTH = 1_000_000
#: A fast tokenizer keeps in itself how the last call padded and cut, and a worker's threads
#: share it with the model.
_TOKENIZING = threading.Lock()


def by_length(
    texts: Sequence[str], score: Callable[[list[str]], np.ndarray], batch_size: int = BATCH_SIZE
) -> np.ndarray:
    """Scores texts of like length together, since padding costs what text does.

    Args:
        texts: n texts, at least one.
        score: From at most `batch_size` texts to numbers [their number, K].
        batch_size: Most texts of one call.

    Returns:
        float64 [n, K], in the order of `texts`.
    """
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    sorted_scores = np.concatenate([score([texts[i] for i in rows]) for rows in batches])
    result = np.empty(sorted_scores.shape)
    result[order] = sorted_scores
    return result


def is_module(model: Any) -> bool:
    """Whether something is a module of torch; torch is not imported for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(model, torch.nn.Module)


def of_model(model: Any, tokenizer: Any) -> tuple[Callable[[Any], Any], tuple[str, ...]]:
    """A module of torch with what makes its input, as a function of texts, and its labels.

    Args:
        model: A classifier of Hugging Face, or any module.
        tokenizer: A tokenizer of Hugging Face; or a function from a list of texts to a tensor, to
            a tuple of tensors or to a mapping of them by argument; None: the module takes texts.

    The scores of a Hugging Face classifier are probabilities where its configuration does not say
    "regression" (see `probabilities`), and texts longer than it takes are cut. Those of another
    module are what it gives.
    """
    import torch

    config: Any = getattr(model, "config", None)
    is_classifier = hasattr(config, "num_labels") and hasattr(config, "id2label")
    labels = (
        tuple(str(config.id2label[i]) for i in range(config.num_labels)) if is_classifier else ()
    )
    is_tokenizer = hasattr(tokenizer, "model_max_length")
    encode = _encoder(config, tokenizer) if is_tokenizer else tokenizer

    def score(texts: list[str]) -> np.ndarray:
        given = texts if encode is None else encode(texts)
        try:
            with torch.inference_mode():
                answer = _called(model, given)
        except Exception as error:
            if encode is not None:
                raise
            raise ConfigurationError(
                f"{type(model).__name__} takes no list of texts ({type(error).__name__}); give it "
                "as (module, function), the function from a list of texts to its tensors"
            ) from error
        numbers = getattr(answer, "logits", answer).detach().float().cpu().numpy()
        if len(numbers) != len(texts):
            raise ConfigurationError(
                f"{type(model).__name__} gives {len(numbers)} rows for {len(texts)} texts; it "
                "must give one for each, in their order"
            )
        if not is_classifier:
            return numbers
        return probabilities(numbers, getattr(config, "problem_type", None))

    takes_one = is_tokenizer and getattr(tokenizer, "pad_token", None) is None
    model.eval()
    return (lambda texts: by_length(texts, score, 1 if takes_one else BATCH_SIZE)), labels


def _encoder(config: Any, tokenizer: Any) -> Callable[[list[str]], Any]:
    """A Hugging Face tokenizer as a function from texts to what the model takes."""
    longest = greatest_length(config, tokenizer)

    def encode(texts: list[str]) -> Any:
        with _TOKENIZING:
            return tokenizer(
                texts,
                # A tokenizer without a padding token takes one text at a time.
                padding=len(texts) > 1,
                truncation=longest is not None,
                max_length=longest,
                return_tensors="pt",
            )

    return encode


def _called(model: Any, given: Any) -> Any:
    """What a module answers to a tensor, to several, to named ones, or to texts."""
    device = next((parameter.device for parameter in model.parameters()), None)

    def on_device(value: Any) -> Any:
        return value.to(device) if device is not None and hasattr(value, "to") else value

    if isinstance(given, Mapping):
        return model(**{name: on_device(value) for name, value in given.items()})
    if isinstance(given, tuple):
        return model(*map(on_device, given))
    return model(on_device(given))


def of_pipeline(pipeline: Any) -> tuple[Callable[[Any], Any], tuple[str, ...]]:
    """A text classification pipeline as a function of texts, and its labels.

    It runs as its owner made it, but gives all labels, where it would give the best alone,
    and cuts texts longer than its model takes, at which it would break.
    """
    config = pipeline.model.config
    labels = tuple(str(config.id2label[i]) for i in sorted(config.id2label))
    longest = greatest_length(config, pipeline.tokenizer)
    cut = {"truncation": True, "max_length": longest} if longest else {}
    size = BATCH_SIZE if getattr(pipeline.tokenizer, "pad_token", None) is not None else 1
    numbers = {label: number for number, label in enumerate(labels)}

    def score(texts: list[str]) -> np.ndarray:
        result = np.empty((len(texts), len(labels)))
        for row, answer in enumerate(pipeline(texts, top_k=None, batch_size=size, **cut)):
            for entry in answer:
                result[row, numbers[entry["label"]]] = entry["score"]
        return result

    return (lambda texts: by_length(texts, score)), labels


def greatest_length(config: Any, tokenizer: Any) -> int | None:
    """Most tokens that a model takes; None where nothing says so."""
    longest = getattr(tokenizer, "model_max_length", None)
    if isinstance(longest, int) and longest < _NO_LENGTH:
        return longest
    positions = getattr(config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    # Models of RoBERTa's kind number positions from behind the padding token's ID.
    is_shifted = "roberta" in str(getattr(config, "model_type", ""))
    return positions - (int(config.pad_token_id or 0) + 1 if is_shifted else 0)
