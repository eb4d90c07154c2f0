"""The folder in which the commands of README and docs run: small data, a small model."""

from __future__ import annotations

import pathlib
import shutil
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from support import ROOT

sys.path.insert(0, str(ROOT / "examples"))


def own_table(num_comments: int, seed: int) -> pa.Table:
    """The demo's comments as a user's own table: id, text, label, gender."""
    import make_demo_data

    made = make_demo_data.make_comments(num_comments, seed=seed)
    gender = [row[0] if row else "" for row in made["gender"].to_pylist()]
    return pa.table(
        {
            "id": made["example_id"],
            "text": made["comment_text"],
            "label": pa.array(made["toxicity"].to_numpy().astype(int)),
            "gender": pa.array(gender),
        }
    )


def write_model(texts: np.ndarray, labels: np.ndarray, path: pathlib.Path) -> None:
    """A text classifier as the README assumes one: `model.keras`, text in, score out."""
    from fairflip.remediation.training import baseline_model

    model = baseline_model.build_text_classifier(
        texts,
        vocabulary_size=500,
        sequence_length=30,
        embedding_size=16,
        filters=16,
        learning_rate=5e-3,
        text_feature="text",
    )
    baseline_model.train_baseline(model, texts, labels, epochs=4)
    model.save(path)


def with_indicators(table: pa.Table) -> pa.Table:
    """The same with one column per group, each a share of annotators, as Civil Comments has it."""
    gender = np.array(table["gender"].to_pylist())
    for group in ("female", "male"):
        table = table.append_column(group, pa.array((gender == group).astype(float)))
    return table.drop_columns("gender")


def swapped(table: pa.Table) -> pa.Table:
    """Ready-made counterfactuals of those texts that name a woman."""
    rows = [row for row in table.to_pylist() if " woman" in row["text"]]
    return pa.table(
        {
            "id": [row["id"] for row in rows],
            "text": [row["text"].replace(" woman", " man") for row in rows],
            "group": ["female" for _ in rows],
        }
    )


def prepare(folder: pathlib.Path) -> pathlib.Path:
    """Writes all of it, with the repository's examples and tools; returns the folder."""
    import make_demo_data

    (folder / "data").mkdir(parents=True)
    train, test = own_table(2000, seed=1), own_table(600, seed=2)
    pa_csv.write_csv(train, folder / "train.csv")
    pa_csv.write_csv(test, folder / "comments.csv")
    pa_csv.write_csv(swapped(test), folder / "counterfactuals.csv")
    pa_csv.write_csv(with_indicators(test), folder / "annotated.csv")
    demo = make_demo_data.make_comments(1500, seed=3)
    make_demo_data.write_splits(demo, folder / "data", "csv")
    write_model(
        train["text"].to_numpy(zero_copy_only=False),
        train["label"].to_numpy(),
        folder / "model.keras",
    )
    for name in ("examples", "tools"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "notebooks")
        )
    return folder
