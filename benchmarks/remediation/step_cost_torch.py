"""What a training step in PyTorch costs with pairs, relative to a plain step.

    .venv-models/bin/python -m benchmarks.remediation.step_cost_torch

To be run in the environment of `make models`. The model is a BERT of two layers with random
weights, batch 32 of 64 tokens; a step is that of `fairflip.remediation.torch`: cross entropy, the
pair loss over the rows that have a counterfactual, AdamW. Steps of all kinds are interleaved, and
CPU time of one thread is counted (of several, waiting for each other counts too), so that the
ratios hold on a busy machine.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

BATCH_SIZE, TOKENS, VOCABULARY = 32, 64, 2_000
ROUNDS, STEPS_A_ROUND = 24, 3
BOUNDS = {"a quarter of rows with counterfactuals": 1.5, "all rows with counterfactuals": 2.0}


def ratios() -> dict[str, float]:
    """CPU seconds of a step of each kind over a plain step's; medians over rounds."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from fairflip.remediation.torch.pair_losses import PairwiseSymmetricKLLoss
    from fairflip.remediation.torch.step import (
        AlignedPairs,
        classification_loss,
        logits_of,
        pair_term,
    )

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model: Any = BertForSequenceClassification(
        BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=512,
        )
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    loss = PairwiseSymmetricKLLoss()

    def texts() -> dict[str, Any]:
        tokens = torch.randint(0, VOCABULARY, (BATCH_SIZE, TOKENS))
        return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}

    inputs, changed = texts(), texts()
    labels = torch.randint(0, 2, (BATCH_SIZE,))
    pairs = {"plain": None}
    for name, every in zip(BOUNDS, (4, 1), strict=True):
        rows = torch.arange(0, BATCH_SIZE, every)
        pairs[name] = AlignedPairs({key: value[rows] for key, value in changed.items()}, rows)

    def step(of_rows: AlignedPairs | None) -> None:
        logits = logits_of(model, inputs)
        total = classification_loss(logits, labels)
        if of_rows is not None:
            total = total + pair_term(model, loss, logits, of_rows)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    spent: dict[str, list[float]] = {name: [] for name in pairs}
    for _ in range(ROUNDS + 1):
        for name, of_rows in pairs.items():
            started = time.process_time()
            for _ in range(STEPS_A_ROUND):
                step(of_rows)
            spent[name].append(time.process_time() - started)
    plain = np.array(spent["plain"][1:])  # the first round warms up
    return {name: float(np.median(np.array(spent[name][1:]) / plain)) for name in BOUNDS}


def main() -> None:
    """Prints the ratios."""
    print("| step | cost over a plain step | at most |\n|---|---|---|")
    for name, value in ratios().items():
        print(f"| {name} | {value:.2f} | {BOUNDS[name]:g} |")


if __name__ == "__main__":
    main()
