"""Averaging with the full list on real text: flips of swaps and of removals, AUC, calls.

    python -m benchmarks.remediation.full_list [--data FOLDER] [--dev]

The baselines of `price.py`, averaged over a text and its counterfactuals by the built-in list
`identity`, as `fairflip run --technique averaging` does it (at most four of a text). Flips are
those of all pairs of the evaluation split that the same list makes, by the same kind of change, at
the threshold where the averaged model is positive as often as the baseline at 0.5. Nothing is
trained, so that there are no seeds. Prints a Markdown table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.real_text import data_folder, evaluation_split, flags_of
from benchmarks.remediation import lists
from benchmarks.remediation.price import baseline_of
from fairflip.metrics.flips.decisions import flips, is_positive, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.pipeline.generate import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec, InferenceRemedy


def row_of(name: str, method: str) -> str:
    """A row of the table."""
    from fairflip.remediation.sweep.at_inference import calls_per_text, mean_scores
    from fairflip.remediation.training import model_inputs

    model = baseline_of(name)

    def score(texts: Sequence[str]) -> np.ndarray:
        given = model_inputs.score(model, np.array(texts, object))
        return np.asarray(given, np.float64).reshape(-1)

    remedy = InferenceRemedy(technique="averaging", method=method, terms="identity")
    asked = TextsToAsk(remedy).of

    def averaged(texts: Sequence[str]) -> np.ndarray:
        return mean_scores(score, asked, np.array(texts, object))

    texts = list(lists.texts_of(name, evaluation_split()))
    labels = lists.tables_of(name)[evaluation_split()]["label"].to_numpy()
    made = make_generator(GeneratorSpec(method=method, terms="identity")).generate(texts)
    pairs = [
        (number, one.text)
        for number, of_text in enumerate(made)
        for one in of_text
        if not one.refused and one.text.strip()
    ]
    rows, changed = np.array([row for row, _ in pairs]), [text for _, text in pairs]
    before, after = score(texts), averaged(texts)
    threshold = matched_threshold(after, None, share(is_positive(before, 0.5)), 0.5)
    old = share(flips(before[rows], score(changed), 0.5))
    new = share(flips(after[rows], averaged(changed), threshold))
    aucs = [roc_auc(scores, labels) for scores in (before, after)]
    calls = calls_per_text(asked, np.array(texts, object))
    return (
        f"| {name} | {method} | {len(pairs):,} | {old:.4f} | {new:.4f} | {new / old - 1:+.0%} | "
        f"{aucs[0]:.4f} | {aucs[1] - aucs[0]:+.4f} | {calls:.2f} |"
    ).replace("-", "−")


def main() -> None:
    """Prints the table."""
    flags_of(__doc__.splitlines()[0])
    if not data_folder().is_dir():
        print("the data is not there; give --data FOLDER")
        return
    print("| data | pairs by | pairs | flips | averaged | change | AUC | of averaging | calls |")
    print("|---" * 9 + "|")
    for name in ("davidson", "cad", "edos"):
        for method in ("substitution", "ablation"):
            print(row_of(name, method), flush=True)


if __name__ == "__main__":
    main()
