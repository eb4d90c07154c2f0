"""CLP, LoRA and averaging on a fine-tuned small transformer, judged as `remedies.py` judges.

    .venv-models/bin/python -m benchmarks.remediation.transformer [--data FOLDER] [--dev]

To be run in the environment of `make models`. all-MiniLM-L6-v2 is trained as a classifier on
800 texts of the training split of `edos_sexism`, drawn by a fixed seed: three epochs, learning
rate 1e-4, texts cut at 32 tokens. From there one epoch with each remedy at half that rate, along a
cosine; CLP with symmetric KL at weight 1, pairs that remove the known terms (`lists.divided`).
Figures are of 600 texts of the test split and their pairs; flips at the threshold where the
model is positive as often as the baseline at 0.5. Prints a Markdown table, mean over three seeds
with the smallest and largest. Finished runs are kept in build/transformer/ and not repeated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.real_text import ROOT, evaluation_split, flags_of
from benchmarks.remediation import lists
from benchmarks.remediation.minilm_vectors import model_folder
from fairflip.metrics.flips.decisions import flips, is_positive, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.protos.config_pb2 import RemediationSpec
from fairflip.text.ablation import Ablation

NAME = "edos"
NUM_TRAINED, NUM_EVALUATED, MOST_TOKENS = 800, 600, 32
BASELINE_EPOCHS, LEARNING_RATE = 3, 1e-4
SEEDS = (0, 1, 2)
LOSS, WEIGHT = "pairwise_symmetric_kl", 1.0
WORK = ROOT / "build" / "transformer"
RETRAINED = {"plain": {}, "clp": {}, "clp, LoRA": {"lora_rank": 8, "learning_rate": 5e-4}}
COLUMNS = ("trained", "withheld", "controls", "excess", "auc", "positive", "calls", "cpu seconds")


def subset(split: str, number: int) -> pa.Table:
    """Rows of a split, drawn once."""
    table = lists.tables_of(NAME)[split]
    drawn = np.random.default_rng(0).permutation(table.num_rows)[:number]
    return table.take(pa.array(np.sort(drawn)))


def pairs_of(table: pa.Table, seed: int, which: str) -> pa.Table:
    """Pairs of a table's texts that remove known or withheld terms, or controls of the former."""
    from fairflip.pipeline.generate.control_transforms import table_with_controls
    from fairflip.pipeline.generate.transforms import generate_table
    from fairflip.pipeline.pair.columns import PairColumns
    from fairflip.protos.config_pb2 import GeneratorSpec
    from fairflip.protos.edits import control_mask

    names = PairColumns(label="label")
    terms = lists.divided(seed)[which == "withheld"]
    joined, _ = generate_table(table, Ablation(terms), names)
    if which != "controls":
        return joined.pairs
    texts = list(lists.texts_of(NAME, "train")[:4000])
    spec = GeneratorSpec(terms="identity")
    made = table_with_controls(joined.pairs, texts, 1, spec, names, seed)
    return made.filter(pa.array(control_mask(made)))


def scores_of(model: Any, tokenizer: Any, texts: Sequence[str]) -> np.ndarray:
    """Probabilities of label 1, each distinct text once, those of like length together."""
    import torch

    distinct, position = np.unique(np.array(texts, object), return_inverse=True)
    order = np.argsort([len(text) for text in distinct])
    scores = np.zeros(len(distinct))
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            encoded = tokenizer(
                list(distinct[rows]),
                padding=True,
                truncation=True,
                max_length=MOST_TOKENS,
                return_tensors="pt",
            )
            scores[rows] = torch.softmax(model(**encoded).logits, -1)[:, 1].numpy()
    return scores[position]


def measured(score: Any, seed: int, target: float | None) -> dict[str, float]:
    """The figures of a function from texts to scores; without a target it is the baseline."""
    table = subset(evaluation_split(), NUM_EVALUATED)
    sides = {}
    for which in ("trained", "withheld", "controls"):
        pairs = pairs_of(table, seed, which)
        changed = pairs["counterfactual.comment_text"].to_pylist()
        sides[which] = pairs["comment_text"].to_pylist(), changed
    texts = table["comment_text"].to_pylist()
    flat = [*texts, *(t for o, c in sides.values() for t in (*o, *c))]
    of_text = dict(zip(flat, score(flat), strict=True))
    own = np.array([of_text[text] for text in texts])
    threshold = 0.5 if target is None else matched_threshold(own, None, target, 0.5)
    figures = {
        "auc": roc_auc(own, table["label"].to_numpy()),
        "positive": share(is_positive(own, 0.5)),
    }
    for which, (originals, changed) in sides.items():
        both = (np.array([of_text[t] for t in side]) for side in (originals, changed))
        figures[which] = share(flips(*both, threshold))
        figures[f"num_{which}"] = len(originals)
    figures["excess"] = figures["trained"] - figures["controls"]
    return figures


def retrained(technique: str, folder: str, seed: int, **fields: Any) -> tuple[Any, Any, float]:
    """Trains the classifier of a folder on the subset; model, tokenizer and CPU seconds."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from fairflip.remediation.torch.text_classifier import retrain
    from fairflip.remediation.training.tables import training_data_from_tables

    spec = RemediationSpec(
        technique=technique, learning_rate_schedule="cosine", batch_size=16, epochs=1
    )
    spec.MergeFrom(RemediationSpec(**fields))
    table = subset("train", NUM_TRAINED)
    pairs = None
    if technique == "clp":
        spec.loss = LOSS
        spec.loss_weights.append(WEIGHT)
        pairs = pairs_of(table, seed, "trained")
    data = training_data_from_tables(table, pairs, label_feature="label")
    import torch

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
    started = time.process_time()
    made = retrain(spec, data, model, tokenizer, max_length=MOST_TOKENS, seed=seed)
    return made.model, tokenizer, time.process_time() - started


def stored(remedy: str, seed: int, make: Any) -> dict[str, float]:
    """The figures of a run, from the work folder if they are there."""
    path = WORK / evaluation_split() / f"{remedy.replace(', ', '_')}_{seed}.json"
    if not path.exists():
        figures = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures) + "\n")
        print(f"  {remedy} {seed}: {figures['cpu seconds']:.0f} CPU-s", flush=True)
    return json.loads(path.read_text())


def figures_of(seed: int) -> dict[str, dict[str, float]]:
    """The figures of every remedy with one division of the list."""
    from fairflip.remediation.sweep.at_inference import calls_per_text, mean_scores

    folder = WORK / "baseline"
    if not (folder / "model.safetensors").exists():
        model, tokenizer, seconds = retrained(
            "plain", model_folder(), 0, epochs=BASELINE_EPOCHS, learning_rate=LEARNING_RATE
        )
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        print(f"  baseline: {seconds:.0f} CPU-s", flush=True)
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)

    def score(texts: Sequence[str]) -> np.ndarray:
        return scores_of(model, tokenizer, texts)

    rows = {
        "baseline": stored(
            "baseline", seed, lambda: {**measured(score, seed, None), "cpu seconds": 0.0}
        )
    }
    target = rows["baseline"]["positive"]
    without = Ablation(lists.divided(seed)[0])

    def asked(texts: Sequence[str]) -> list[list[str]]:
        made = without.generate(texts)
        return [
            [t, *(c.text for c in m if c.text.strip())] for t, m in zip(texts, made, strict=True)
        ]

    def averaged() -> dict[str, float]:
        figures = measured(
            lambda texts: mean_scores(score, asked, np.array(texts, object)), seed, target
        )
        texts = subset(evaluation_split(), NUM_EVALUATED)["comment_text"].to_numpy()
        return {**figures, "calls": calls_per_text(asked, texts), "cpu seconds": 0.0}

    rows["averaging"] = stored("averaging", seed, averaged)
    for remedy, fields in RETRAINED.items():

        def make(remedy: str = remedy, fields: dict[str, Any] = fields) -> dict[str, float]:
            options = {"learning_rate": LEARNING_RATE / 2, **fields}
            model, tokenizer, seconds = retrained(
                remedy.split(",")[0], str(folder), seed, **options
            )
            figures = measured(lambda texts: scores_of(model, tokenizer, texts), seed, target)
            return {**figures, "calls": 1.0, "cpu seconds": seconds}

        rows[remedy] = stored(remedy, seed, make)
    return rows


def main() -> None:
    """Prints the table."""
    flags_of(__doc__.splitlines()[0])
    by_seed = [figures_of(seed) for seed in SEEDS]
    first = by_seed[0]["baseline"]
    print(", ".join(f"{first[f'num_{w}']} {w}" for w in ("trained", "withheld", "controls")))
    print("| remedy | " + " | ".join(COLUMNS) + " |\n" + "|---" * (len(COLUMNS) + 1) + "|")
    for remedy in by_seed[0]:
        cells = []
        for column in COLUMNS:
            values = [rows[remedy].get(column, float("nan")) for rows in by_seed]
            digits = {"calls": 2, "cpu seconds": 0}.get(column, 4)
            text = f"{np.mean(values):.{digits}f}"
            if digits == 4 and max(values) > min(values):
                text += f" ({min(values):.4f} to {max(values):.4f})"
            cells.append("–" if np.isnan(values).any() else text.replace("-", "−"))
        print(f"| {remedy} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
