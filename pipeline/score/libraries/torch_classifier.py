"""A Hugging Face classifier as a function of texts: a pipeline, or a model and its tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fairflip.pipeline.score.libraries.probabilities import probabilities

#: Most texts that go through a model at once: they are padded to one length.
BATCH_SIZE = 32
#: Tokenizers that know no greatest length say an astronomic one.
_NO_LENGTH = 1_000_000


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


def of_model(model: Any, tokenizer: Any) -> tuple[Callable[[Any], Any], tuple[str, ...]]:
    """A classifier with its tokenizer as a function of texts, and its labels.

    The scores are probabilities where the model's configuration does not say "regression";
    see `probabilities`. Texts longer than the model takes are cut.
    """
    import torch

    config = model.config
    labels = tuple(str(config.id2label[i]) for i in range(config.num_labels))
    longest = greatest_length(config, tokenizer)

    def score(texts: list[str]) -> np.ndarray:
        encoded = tokenizer(
            texts,
            # A tokenizer without a padding token takes one text at a time.
            padding=len(texts) > 1,
            truncation=longest is not None,
            max_length=longest,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = model(**encoded.to(model.device)).logits
        return probabilities(logits.float().cpu().numpy(), getattr(config, "problem_type", None))

    batch_size = BATCH_SIZE if getattr(tokenizer, "pad_token", None) is not None else 1
    model.eval()
    return (lambda texts: by_length(texts, score, batch_size)), labels


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
