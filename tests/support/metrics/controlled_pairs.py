"""Random scored pairs with controls: `random_pairs`, and what other words would change."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from support.metrics.scored_pairs import random_pairs

TERMS = np.array(["women", "men", "gay", "muslim", "she"])
WORDS = np.array([f"word{i}" for i in range(25)])


def controlled_pairs(
    num_originals: int,
    models: tuple[str, ...] = ("base", "new"),
    seed: int = 0,
    swaps: bool = True,
    templates: int = 0,
    same_group: bool = False,
    **options,
) -> pa.Table:
    """Pairs of which some have up to three controls, which stand behind those of an original.

    Args:
        num_originals: Originals.
        models: Models.
        seed: Of the draw.
        swaps: Whether words are replaced; else they are removed.
        templates: If given, a column `template` with so many values.
        same_group: Whether half of the pairs have a swap within one group, beside and behind
            the controls; all other rows are the same.
        options: Of `random_pairs`.
    """
    rng, own_rng = np.random.default_rng(seed + 1), np.random.default_rng(seed + 2)
    pairs = random_pairs(num_originals, models, seed, **options).to_pylist()
    rows: list[dict] = []
    by_original: dict[str, list[dict]] = {}
    for row in pairs:
        by_original.setdefault(row["example_id"], []).append(row)
    for own in by_original.values():
        template = f"t{rng.integers(max(templates, 1))}"
        controls = []
        for index, pair in enumerate(own):
            terms = rng.choice(TERMS, rng.integers(1, 3), replace=False).tolist()
            pair.update(
                edit="identity",
                control_kind=None,
                control_of=None,
                counterfactual_index=index,
                term=terms,
                replacement=[f"other {term}" if swaps else "" for term in terms],
            )
            if templates:
                pair["template"] = template
            for _ in range(rng.integers(0, 4)):
                words = rng.choice(WORDS, rng.integers(1, 3), replace=False).tolist()
                control = {
                    **pair,
                    "edit": "control",
                    "control_kind": "other_word",
                    "control_of": index,
                    "term": words,
                    "replacement": [f"new {word}" if swaps else "" for word in words],
                }
                for model in models:
                    number = int(words[0].removeprefix("word"))
                    moved = pair[f"score.{model}"] + rng.normal(0, 0.02 + number / 80)
                    control[f"counterfactual.score.{model}"] = float(np.clip(moved, 0, 1))
                controls.append(control)
        for index, pair in enumerate(own if same_group else []):
            if own_rng.random() < 0.5:
                swap = {**pair, "edit": "control", "control_kind": "same_group"}
                swap |= {"control_of": index, "replacement": [f"near {t}" for t in pair["term"]]}
                for model in models:
                    moved = pair[f"score.{model}"] + own_rng.normal(0, 0.2)
                    swap[f"counterfactual.score.{model}"] = float(np.clip(moved, 0, 1))
                controls.append(swap)
        for number, control in enumerate(controls, start=len(own)):
            control["counterfactual_index"] = number
        rows += own + controls
    table = pa.Table.from_pylist(rows)
    for name in ("control_of", "counterfactual_index"):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].cast(pa.int32()))
    return table
