"""Modules of torch with a tokenizer, or any function that makes their input, as models."""

from __future__ import annotations

import re
import threading
import time

import numpy as np
import pytest

from fairflip.pipeline.score.handlers.functions import function_of, handler_of
from fairflip.protos.errors import ConfigurationError


@pytest.fixture(scope="module")
def module():
    """A score from word IDs, with a dropout that evaluating must switch off."""
    import torch

    class BagOfWords(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(50, 8, padding_idx=0)
            self.dropout = torch.nn.Dropout(0.5)
            self.last = torch.nn.Linear(8, 1)

        def forward(self, ids, mask=None):
            mask = (ids > 0).float() if mask is None else mask
            mean = (self.embedding(ids) * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            return torch.sigmoid(self.last(self.dropout(mean)))

    torch.manual_seed(3)
    return BagOfWords()


def ids_of(texts):
    import torch

    rows = [[len(word) for word in text.split()] for text in texts]
    longest = max(map(len, rows))
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


def by_hand(module, texts) -> list[float]:
    """One text after the other, by NumPy, from the weights."""
    weights = {name: value.detach().numpy() for name, value in module.state_dict().items()}
    scores = []
    for text in texts:
        mean = weights["embedding.weight"][[len(word) for word in text.split()]].mean(0)
        logit = weights["last.weight"][0] @ mean + weights["last.bias"][0]
        scores.append(1 / (1 + np.exp(-logit)))
    return scores


def with_mask(texts):
    ids = ids_of(texts)
    return ids, (ids > 0).float()


def named(texts):
    return dict(zip(("ids", "mask"), with_mask(texts), strict=True))


@pytest.mark.parametrize("encode", [ids_of, with_mask, named])
def test_a_function_gives_one_tensor_several_or_named_ones(module, comments, encode):
    function, labels = function_of((module, encode), "m")
    texts = list(comments["text"][:90])
    assert labels == ()
    answer = function(texts)
    assert answer.shape == (90, 1)
    np.testing.assert_allclose(answer[:, 0], by_hand(module, texts), rtol=0, atol=1e-6)


def test_it_is_evaluated_as_it_is_given(module, comments):
    import fairflip

    frame = comments.drop(columns="id")
    result = fairflip.evaluate(
        frame, text="text", label="label", model=(module, ids_of), controls=0, thresholds=[0.45]
    )
    pairs = result.pairs.to_pandas()
    for side in ("", "counterfactual."):
        expected = by_hand(module, pairs[f"{side}text"])
        np.testing.assert_allclose(pairs[f"{side}score.model"], expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            lambda module: module,
            "takes no list of texts (TypeError); give it as (module, function)",
        ),
        (lambda module: (module, "words"), "beside the module stands str, which cannot be called"),
        (lambda module: (module, lambda texts: ids_of(texts[:1])), "gives 1 rows for 3 texts"),
    ],
)
def test_what_cannot_be_asked_is_said(module, model, words):
    import pyarrow as pa

    batch = pa.RecordBatch.from_pydict({"text": ["a b", "she", "he said so"]})

    def ask() -> None:
        handler = handler_of(model(module), "m")
        list(handler.run_inference([batch], handler.load_model()))

    with pytest.raises(ConfigurationError, match=re.escape(words)):
        ask()


def test_threads_of_a_worker_use_a_tokenizer_one_after_the_other(tiny, monkeypatch):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(tiny)
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    at_once, most = [], []

    class Watched:
        model_max_length, pad_token = tokenizer.model_max_length, tokenizer.pad_token

        def __call__(self, *arguments, **named):
            at_once.append(1)
            most.append(len(at_once))
            time.sleep(0.01)
            try:
                return tokenizer(*arguments, **named)
            finally:
                at_once.pop()

    function, _ = function_of((model, Watched()), "m")
    threads = [threading.Thread(target=function, args=(["she", "he said"] * 20,)) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 4
    assert max(most) == 1
