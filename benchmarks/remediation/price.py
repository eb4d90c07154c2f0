"""What CLP reaches on real text, and what it costs.

    python -m benchmarks.remediation.price [--data FOLDER] [--dev]
        [davidson cad edos edos_anew tutorial held_out]

Each data set: a small baseline, trained until the development split's AUC no longer
rises; the CLP tutorial's 50 terms removed at word boundaries, and two controls a pair:
other words removed; one epoch from the baseline, three seeds. Flips are those of the test
split's pairs at the threshold where the model is positive as often as the baseline at 0.5,
the excess is over those of their controls there. Baselines, losses, weights
and learning rates were chosen on the development split (`--dev` prints its figures).
Another number of threads adds up in another order, so that figures of another machine
differ within the spread of the seeds. edos_anew: edos with other rows to train and to
measure on.
Prints Markdown tables and, without names, the figures with the floors that the project
sets itself (`results()`). Runs are kept in build/remediation_price/ and not repeated.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.real_text import (
    ROOT,
    at_least,
    convolution_with_dropout,
    data_folder,
    evaluation_split,
    flags_of,
    splits_of,
)
from fairflip.protos.config_pb2 import GeneratorSpec, RemediationSpec
from fairflip.protos.report_pb2 import Sweep, SweepPoint
from fairflip.remediation.sweep.price import SweepSetting, price_table
from fairflip.text.controls.draw import DEFAULT_NUM_CONTROLS

WORK = ROOT / "build" / "remediation_price"
NUM_SEEDS = 3
KL, MSE = "pairwise_symmetric_kl", "pairwise_mse"
MSE_ON_LOGITS, DECISION = "pairwise_mse_on_logits", "pairwise_decision"
VARIANTS = {
    "tutorial": "trained in the tutorial's way",
    "held_out": "half of the terms held out",
}
GROUPS = ("gender", "sexual_orientation", "religion", "race", "disability")


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A real data set and how it is trained on.

    Attributes:
        file: Its Parquet file.
        sequence_length: Words read of a text.
        baseline_epochs: Epochs of the baseline.
        learning_rate: At the start of the one epoch from the baseline.
        curve: Losses and weights of the CLP curve, beside MSE at weight 1.
        floor: The one whose figures are held against the floors.
        has_convolution: The baseline reads words in order, by one convolution with
            dropout, and batches are of 128. Else it reads the mean of its word
            embeddings, and batches are of 32.
        is_split_anew: Training and evaluation rows are divided anew.
    """

    file: str
    sequence_length: int
    baseline_epochs: int
    learning_rate: float
    curve: tuple[tuple[str, float], ...]
    floor: tuple[str, float]
    has_convolution: bool = False
    is_split_anew: bool = False

    @property
    def settings(self) -> list[SweepSetting]:
        """What is compared with, MSE at weight 1, and the curve."""
        return [
            SweepSetting("plain"),
            SweepSetting("augmentation"),
            SweepSetting("clp", MSE, 1.0),
            *(SweepSetting("clp", *loss_and_weight) for loss_and_weight in self.curve),
        ]

    @property
    def spec(self) -> RemediationSpec:
        """What all runs share: a rate that falls along a cosine, pairs beside every batch."""
        return RemediationSpec(
            epochs=1,
            batch_size=128 if self.has_convolution else 32,
            learning_rate=self.learning_rate,
            learning_rate_schedule="cosine",
            pairing="packed",
            num_seeds=NUM_SEEDS,
        )

    @property
    def tutorial_spec(self) -> RemediationSpec:
        """The same in the tutorial's way: a constant rate, each pair once."""
        spec = RemediationSpec()
        spec.CopyFrom(self.spec)
        spec.learning_rate_schedule, spec.pairing = "constant", "aligned"
        return spec


DATA_SETS = {
    "davidson": DataSet(
        "davidson_tweets.parquet",
        32,
        4,
        5e-3,
        ((KL, 1.0), (KL, 10.0), (KL, 100.0), (MSE_ON_LOGITS, 1.0), (MSE_ON_LOGITS, 3.0)),
        (MSE_ON_LOGITS, 3.0),
    ),
    "cad": DataSet(
        "cad_reddit_abuse.parquet",
        128,
        7,
        5e-3,
        ((MSE_ON_LOGITS, 1.0),),
        (MSE_ON_LOGITS, 1.0),
    ),
    "edos": DataSet(
        "edos_sexism.parquet",
        64,
        2,
        1e-3,
        (
            (MSE, 3.0),
            (KL, 0.3),
            (KL, 1.0),
            (DECISION, 0.7),
            (DECISION, 1.0),
            (DECISION, 1.5),
            (DECISION, 2.0),
            (DECISION, 4.0),
        ),
        (DECISION, 4.0),
        has_convolution=True,
    ),
}
DATA_SETS["edos_anew"] = dataclasses.replace(
    DATA_SETS["edos"], curve=((DECISION, 0.7), (DECISION, 1.0)), is_split_anew=True
)


@functools.cache
def tables_of(file: str, is_split_anew: bool = False) -> dict[str, tuple[pa.Table, pa.Table]]:
    """Examples and their pairs by split; those that figures are of have their controls."""
    from fairflip.pipeline.generate.batch import make_generator
    from fairflip.pipeline.generate.control_transforms import table_with_controls
    from fairflip.pipeline.generate.transforms import generate_table
    from fairflip.pipeline.pair.columns import PairColumns

    spec, names = GeneratorSpec(method="ablation", terms="clp_tutorial"), PairColumns(label="label")
    generator = make_generator(spec)
    parts = splits_of(file, is_split_anew)
    texts = [text for part in parts.values() for text in part[names.text].to_pylist()]
    of_splits = {}
    for split, part in parts.items():
        joined, _ = generate_table(part, generator, names)
        pairs = joined.pairs
        if split == evaluation_split():
            pairs = table_with_controls(pairs, texts, DEFAULT_NUM_CONTROLS, spec, names)
        of_splits[split] = part, pairs
    return of_splits


@functools.cache
def baseline_of(name: str) -> Any:
    """The trained baseline, from the work folder if it is there."""
    import keras

    from fairflip.remediation.training.baseline_model import build_text_classifier, train_baseline

    data = DATA_SETS[name]
    kind = "convolution" if data.has_convolution else "mean"
    trained_on = f"_{evaluation_split()}_anew" if data.is_split_anew else ""
    stem = f"{kind}_{data.baseline_epochs}_{data.sequence_length}{trained_on}"
    path = WORK / name / f"{stem}.keras"
    if path.exists():
        return keras.models.load_model(path)
    train, _ = tables_of(data.file, data.is_split_anew)["train"]
    texts = train["comment_text"].to_numpy()
    if data.has_convolution:
        model = convolution_with_dropout(texts, data.sequence_length)
    else:
        model = build_text_classifier(
            texts, sequence_length=data.sequence_length, has_convolutions=False
        )
    labels = train["label"].to_numpy()
    train_baseline(model, texts, labels, epochs=data.baseline_epochs, batch_size=64)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return model


def without_terms(texts: np.ndarray) -> np.ndarray:
    """Texts with the terms removed: what a model sees that is made blind to them."""
    from fairflip.pipeline.generate.term_lists import load_terms
    from fairflip.text.ablation import Ablation

    made = Ablation(load_terms("clp_tutorial")).generate(list(texts))
    pairs = zip(made, texts, strict=True)
    return np.array(
        [candidates[0].text if candidates else text for candidates, text in pairs], object
    )


def terms_held_out() -> list[str]:
    """Every second of the 50 terms."""
    from fairflip.pipeline.generate.term_lists import load_terms

    return [term.text for term in load_terms("clp_tutorial").terms][1::2]


@functools.cache
def price(name: str, variant: str = "") -> Sweep:
    """The sweep of one data set.

    Args:
        name: The data set.
        variant: "": the curve with what it is compared with. "held_out": half of the
            terms are not trained on, and of the curve only the loss and weight of the
            floor. "tutorial": what the curve is compared with, trained in the
            tutorial's way from the same baseline.
    """
    from fairflip.remediation.sweep.sweep import evaluation_data_from_tables, sweep
    from fairflip.remediation.training.tables import training_data_from_tables

    data = DATA_SETS[name]
    tables = tables_of(data.file, data.is_split_anew)
    held_out = terms_held_out() if variant == "held_out" else []
    settings = {
        "": data.settings,
        "held_out": [*data.settings[:2], SweepSetting("clp", *data.floor)],
        "tutorial": data.settings[:3],
    }[variant]
    swept = sweep(
        data.tutorial_spec if variant == "tutorial" else data.spec,
        training_data_from_tables(*tables["train"], label_feature="label", held_out_terms=held_out),
        baseline_of(name),
        evaluation_data_from_tables(
            *tables[evaluation_split()],
            label_feature="label",
            slices=GROUPS,
            held_out_terms=held_out,
        ),
        settings=settings,
        blind=without_terms,
        output_dir=WORK / name / f"{evaluation_split()}_{variant}".rstrip("_"),
        progress=lambda share, text: print(f"  {name} {share:.0%} {text}", flush=True),
    )
    return swept.sweep


def points_of(message: Sweep) -> dict[str, SweepPoint]:
    """Points by name."""
    return {point.name: point for point in message.points}


def reduction(point: SweepPoint, baseline: SweepPoint) -> float:
    """The share of the baseline's flips that is gone."""
    return 1.0 - point.matched_flip_rate.value / baseline.matched_flip_rate.value


def dominates(point: SweepPoint, other: SweepPoint) -> bool:
    """Whether a point has fewer flips and a higher AUC, in the mean over seeds."""
    return (
        not point.collapsed
        and point.matched_flip_rate.value < other.matched_flip_rate.value
        and point.auc.value > other.auc.value
    )


def results() -> list[dict[str, Any]]:
    """The figures and their floors; none where the data is not there."""
    if not data_folder().is_dir():
        return []
    rows = []
    for name, flips_floor, reference, auc_floor in (
        ("davidson", 0.80, "baseline", -0.003),
        ("cad", 0.65, "plain", -0.005),
    ):
        points = points_of(price(name))
        point = points[SweepSetting("clp", *DATA_SETS[name].floor).name]
        gone = reduction(point, points["baseline"])
        rows.append(at_least(f"remediation.{name}.flips_gone", gone, flips_floor))
        difference = point.auc.value - points[reference].auc.value
        rows.append(at_least(f"remediation.{name}.auc_against_{reference}", difference, auc_floor))
    for name, variant in (("edos", ""), ("edos", "tutorial"), ("edos_anew", "")):
        points = points_of(price(name))
        curve = [points[SweepSetting("clp", *point).name] for point in DATA_SETS[name].curve]
        others = points_of(price(name, variant))
        for other in ("augmentation", f"clp {MSE} 1"):
            title = " ".join(filter(None, [f"remediation.{name}.curve_dominates", variant, other]))
            dominated = any(dominates(point, others[other]) for point in curve)
            rows.append(at_least(title, float(dominated), 1.0))
    return rows


def print_price(message: Sweep) -> None:
    """Prints a sweep's table, the choice, and the share of flips that is gone."""
    print(f"\n{price_table(message)}\n\nchosen: {message.chosen or 'none'}")
    baseline = points_of(message)["baseline"]
    for point in message.points:
        print(f"  {point.name}: flips {-reduction(point, baseline):+.0%}")


def main() -> None:
    """Prints the tables."""
    flags = flags_of(__doc__.splitlines()[0], "davidson, cad, edos, edos_anew, tutorial, held_out")
    for name in flags.names or [*DATA_SETS, "tutorial", "held_out"]:
        if name in DATA_SETS:
            print(f"\n{name}: {DATA_SETS[name]}")
            print_price(price(name))
            continue
        for data_set in ("edos",) if name == "tutorial" else ("davidson", "cad"):
            print(f"\n{data_set}, {VARIANTS[name]}")
            print_price(price(data_set, name))
    for row in results() if not flags.names else []:
        print(f"{row['name']}: {row['value']}, bound {row['bound']}, holds: {row['holds']}")


if __name__ == "__main__":
    main()
