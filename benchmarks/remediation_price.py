"""What CLP reaches on real text, and what it costs.

    python benchmarks/remediation_price.py [--data FOLDER] [--dev]
        [davidson cad edos held_out]

Each data set: a small baseline, trained until the development split's AUC no longer
rises; the CLP tutorial's 50 terms removed at word boundaries; one epoch from the
baseline, three seeds. Flips are those of the test split's pairs at the threshold
where the model is positive as often as the baseline at 0.5. Losses, weights and
learning rates of the Twitter and Reddit data were chosen on the development split
(`--dev` prints its figures). Prints Markdown tables; `results()` gives the figures with the
floors the project sets itself. Runs are kept in build/remediation_price/ and not
repeated.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import numpy as np
import pyarrow as pa
from real_text import ROOT, at_least, data_folder, evaluation_split, flags_of, splits_of

from fairflip.protos.config_pb2 import GeneratorSpec, RemediationSpec
from fairflip.protos.report_pb2 import Sweep, SweepPoint
from fairflip.remediation.price import SweepSetting, price_table

WORK = ROOT / "build" / "remediation_price"
NUM_SEEDS = 3
KL, MSE = "pairwise_symmetric_kl", "pairwise_mse"
MSE_ON_LOGITS = "pairwise_mse_on_logits"
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
        has_convolutions: The baseline is the tutorial's, with convolutions, trained
            and retrained in the plain way: large batches, a constant learning rate,
            each pair once. Else it reads the mean of its word embeddings, the
            learning rate falls along a cosine, and pairs are packed, so that they
            repeat within the epoch.
    """

    file: str
    sequence_length: int
    baseline_epochs: int
    learning_rate: float
    curve: tuple[tuple[str, float], ...]
    floor: tuple[str, float]
    has_convolutions: bool = False

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
        """What all runs share."""
        return RemediationSpec(
            epochs=1,
            batch_size=128 if self.has_convolutions else 32,
            learning_rate=self.learning_rate,
            learning_rate_schedule="constant" if self.has_convolutions else "cosine",
            pairing="aligned" if self.has_convolutions else "packed",
            num_seeds=NUM_SEEDS,
        )


DATA_SETS = {
    "davidson": DataSet(
        "davidson_tweets.parquet",
        32,
        4,
        5e-3,
        ((KL, 1.0), (KL, 10.0), (KL, 100.0), (MSE_ON_LOGITS, 1.0)),
        (MSE_ON_LOGITS, 1.0),
    ),
    "cad": DataSet(
        "cad_reddit_abuse.parquet",
        128,
        7,
        5e-3,
        ((KL, 1.0), (KL, 10.0), (MSE_ON_LOGITS, 0.1), (MSE_ON_LOGITS, 1.0)),
        (MSE_ON_LOGITS, 1.0),
    ),
    "edos": DataSet(
        "edos_sexism.parquet",
        64,
        2,
        1e-3,
        ((KL, 1.0), (KL, 10.0), (MSE_ON_LOGITS, 0.3)),
        (KL, 10.0),
        has_convolutions=True,
    ),
}


@functools.cache
def tables_of(file: str) -> dict[str, tuple[pa.Table, pa.Table]]:
    """Examples and their pairs by split."""
    from fairflip.pipeline.generate import generate_table, make_generator
    from fairflip.pipeline.pair_columns import PairColumns

    generator = make_generator(GeneratorSpec(method="ablation", terms="clp_tutorial"))
    found = {}
    for split, part in splits_of(file).items():
        joined, _ = generate_table(part, generator, PairColumns(label="label"))
        found[split] = part, joined.pairs
    return found


@functools.cache
def baseline_of(name: str) -> Any:
    """The trained baseline, from the work folder if it is there."""
    import keras

    from fairflip.remediation.baseline_model import build_text_classifier, train_baseline

    data = DATA_SETS[name]
    path = WORK / name / f"baseline_{data.baseline_epochs}_{data.sequence_length}.keras"
    if path.exists():
        return keras.models.load_model(path)
    train, _ = tables_of(data.file)["train"]
    texts = train["comment_text"].to_numpy()
    model = build_text_classifier(
        texts, sequence_length=data.sequence_length, has_convolutions=data.has_convolutions
    )
    labels = train["label"].to_numpy()
    batch_size = 128 if data.has_convolutions else 64
    train_baseline(model, texts, labels, epochs=data.baseline_epochs, batch_size=batch_size)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return model


def without_terms(texts: np.ndarray) -> np.ndarray:
    """Texts with the terms removed: what a model sees that is made blind to them."""
    from fairflip.pipeline.term_lists import load_terms
    from fairflip.text.ablation import Ablation

    made = Ablation(load_terms("clp_tutorial")).generate(list(texts))
    pairs = zip(made, texts, strict=True)
    return np.array([found[0].text if found else text for found, text in pairs], object)


def terms_held_out() -> list[str]:
    """Every second of the 50 terms."""
    from fairflip.pipeline.term_lists import load_terms

    return [term.text for term in load_terms("clp_tutorial").terms][1::2]


@functools.cache
def price(name: str, *, hold_out: bool = False) -> Sweep:
    """The sweep of one data set; with `hold_out`, half of the terms are not trained on."""
    from fairflip.remediation.sweep import evaluation_data_from_tables, sweep
    from fairflip.remediation.training_data import training_data_from_tables

    data = DATA_SETS[name]
    tables = tables_of(data.file)
    held_out = terms_held_out() if hold_out else []
    curve = [SweepSetting("plain"), SweepSetting("augmentation"), SweepSetting("clp", *data.floor)]
    found = sweep(
        data.spec,
        training_data_from_tables(*tables["train"], label_feature="label", held_out_terms=held_out),
        baseline_of(name),
        evaluation_data_from_tables(
            *tables[evaluation_split()],
            label_feature="label",
            slices=GROUPS,
            held_out_terms=held_out,
        ),
        settings=curve if hold_out else data.settings,
        blind=without_terms,
        output_dir=WORK / name / f"{evaluation_split()}{'_held_out' if hold_out else ''}",
        progress=lambda share, text: print(f"  {name} {share:.0%} {text}", flush=True),
    )
    return found.sweep


def points_of(message: Sweep) -> dict[str, SweepPoint]:
    """Points by name."""
    return {point.name: point for point in message.points}


def reduction(point: SweepPoint, baseline: SweepPoint) -> float:
    """The share of the baseline's flips that is gone."""
    return 1.0 - point.matched_flip_rate.value / baseline.matched_flip_rate.value


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
    points = points_of(price("edos"))
    curve = [points[SweepSetting("clp", *point).name] for point in DATA_SETS["edos"].curve]
    for other in ("augmentation", f"clp {MSE} 1"):
        dominated = any(
            p.matched_flip_rate.value < points[other].matched_flip_rate.value
            and p.auc.value >= points[other].auc.value
            for p in curve
        )
        rows.append(at_least(f"remediation.edos.curve_dominates.{other}", float(dominated), 1.0))
    return rows


def print_price(message: Sweep) -> None:
    """Prints a sweep's table, the choice, and the share of flips that is gone."""
    print(f"\n{price_table(message)}\n\nchosen: {message.chosen or 'none'}")
    baseline = points_of(message)["baseline"]
    for point in message.points:
        print(f"  {point.name}: flips {-reduction(point, baseline):+.0%}")


def main() -> None:
    """Prints the tables."""
    flags = flags_of(__doc__.splitlines()[0], "davidson, cad, edos, held_out; none: all")
    for name in flags.names or [*DATA_SETS, "held_out"]:
        if name == "held_out":
            for data_set in ("davidson", "cad"):
                print(f"\n{data_set}, half of the terms held out")
                print_price(price(data_set, hold_out=True))
        else:
            print(f"\n{name}: {DATA_SETS[name]}")
            print_price(price(name))


if __name__ == "__main__":
    main()
