"""What CLP and MinDiff reach on real text, and what they cost.

    python benchmarks/remediation_price.py [--data FOLDER] [davidson cad edos mindiff]

Each data set: a baseline as in the CLP tutorial (embedding, three convolutions
with pooling, a dense layer, a sigmoid), the tutorial's 50 terms removed at word
boundaries, one epoch from the baseline, three seeds. Flips are those of the test
split's pairs at the threshold where the model is positive as often as the
baseline at 0.5. Prints Markdown tables; `results()` gives the figures with the
floors the project sets itself. Runs are kept in build/remediation_price/ and not
repeated.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import os
import pathlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fairflip.protos.config_pb2 import GeneratorSpec, RemediationSpec
from fairflip.protos.report_pb2 import Sweep, SweepPoint
from fairflip.remediation.price import SweepSetting, price_table

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "remediation_price"
NUM_SEEDS = 3
KL, MSE = "pairwise_symmetric_kl", "pairwise_mse"
MSE_ON_LOGITS = "pairwise_mse_on_logits"


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A real data set and how it is trained on.

    Attributes:
        file: Its Parquet file.
        sequence_length: Words read of a text.
        baseline_epochs: Epochs of the baseline.
        batch_size: Of the one epoch from the baseline.
        learning_rate: Of it.
        curve: Losses and weights of the CLP curve.
        floor: The one whose figures are held against the floors.
    """

    file: str
    sequence_length: int
    baseline_epochs: int
    batch_size: int
    learning_rate: float
    curve: tuple[tuple[str, float], ...]
    floor: tuple[str, float]

    @property
    def settings(self) -> list[SweepSetting]:
        """Baselines, MSE at weight 1, and the curve."""
        return [
            SweepSetting("plain"),
            SweepSetting("augmentation"),
            SweepSetting("clp", MSE, 1.0),
            *(SweepSetting("clp", *loss_and_weight) for loss_and_weight in self.curve),
        ]


DATA_SETS = {
    "davidson": DataSet(
        "davidson_tweets.parquet",
        48,
        4,
        32,
        2e-3,
        ((KL, 10.0), (KL, 40.0), (MSE_ON_LOGITS, 0.3)),
        (KL, 10.0),
    ),
    "cad": DataSet(
        "cad_reddit_abuse.parquet",
        128,
        5,
        32,
        2e-3,
        ((MSE_ON_LOGITS, 3.0), (MSE_ON_LOGITS, 6.0)),
        (MSE_ON_LOGITS, 6.0),
    ),
    "edos": DataSet(
        "edos_sexism.parquet",
        64,
        2,
        128,
        1e-3,
        ((KL, 1.0), (KL, 10.0), (MSE_ON_LOGITS, 0.3)),
        (MSE_ON_LOGITS, 0.3),
    ),
}


def data_folder() -> pathlib.Path:
    """Where the data is: FAIRFLIP_DATA, or the shared folder beside the repository."""
    return pathlib.Path(os.environ.get("FAIRFLIP_DATA", ROOT.parent / "shared" / "data"))


def tables_of(file: str) -> dict[str, tuple[pa.Table, pa.Table]]:
    """Examples and their pairs by split."""
    from fairflip.pipeline.generate import generate_table, make_generator
    from fairflip.pipeline.pair_columns import PairColumns

    table = pq.read_table(data_folder() / file)
    ids = table["id"].cast(pa.string())
    table = table.set_column(table.column_names.index("id"), "example_id", ids)
    generator = make_generator(GeneratorSpec(method="ablation", terms="clp_tutorial"))
    found = {}
    for split in ("train", "test"):
        part = table.filter(pc.equal(table["split"], split))
        joined, _ = generate_table(part, generator, PairColumns(label="label"))
        found[split] = part, joined.pairs
    return found


def baseline_of(name: str, data: DataSet, train: pa.Table) -> Any:
    """The trained baseline, from the work folder if it is there."""
    import keras

    from fairflip.remediation.baseline_model import build_text_classifier, train_baseline

    path = WORK / name / "baseline.keras"
    if path.exists():
        return keras.models.load_model(path)
    texts = train["comment_text"].to_numpy()
    model = build_text_classifier(texts, sequence_length=data.sequence_length)
    train_baseline(model, texts, train["label"].to_numpy(), epochs=data.baseline_epochs)
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return model


@functools.cache
def price(name: str) -> Sweep:
    """The sweep of one data set."""
    from fairflip.remediation.sweep import evaluation_data_from_tables, sweep
    from fairflip.remediation.training_data import training_data_from_tables

    data = DATA_SETS[name]
    tables = tables_of(data.file)
    baseline = baseline_of(name, data, tables["train"][0])
    spec = RemediationSpec(
        batch_size=data.batch_size,
        learning_rate=data.learning_rate,
        num_seeds=NUM_SEEDS,
        epochs=1,
    )
    found = sweep(
        spec,
        training_data_from_tables(*tables["train"], label_feature="label"),
        baseline,
        evaluation_data_from_tables(*tables["test"], label_feature="label"),
        settings=data.settings,
        output_dir=WORK / name,
        progress=lambda share, text: print(f"  {name} {share:.0%} {text}", flush=True),
    )
    return found.sweep


def points_of(message: Sweep) -> dict[str, SweepPoint]:
    """Points by name."""
    return {point.name: point for point in message.points}


def reduction(point: SweepPoint, baseline: SweepPoint) -> float:
    """The share of the baseline's flips that is gone."""
    return 1.0 - point.matched_flip_rate.value / baseline.matched_flip_rate.value


@functools.cache
def min_diff_gaps() -> dict[str, tuple[float, float]]:
    """False positive rate gap and AUC of the baseline, plain training, and MinDiff.

    On edos_sexism, texts naming women or girls against all others; a group whose
    false positive rate the baseline raises. Means over the seeds, at 0.5. MinDiff is
    held against equally long plain training, which raises the gap further.
    """
    from fairflip.remediation import model_inputs, score_metrics
    from fairflip.remediation.training_data import in_group, training_data_from_tables
    from fairflip.remediation.training_step import remediate

    data = DATA_SETS["edos"]
    tables = tables_of(data.file)
    baseline = baseline_of("edos", data, tables["train"][0])
    train = training_data_from_tables(tables["train"][0], label_feature="label", slices=["gender"])
    test = tables["test"][0]
    texts, labels = test["comment_text"].to_numpy(), test["label"].to_numpy()
    member = in_group(test["gender"], "female")

    def measured(model: Any) -> tuple[float, float]:
        scores = model_inputs.score(model, texts)
        wrong = (scores > 0.5) & (labels == 0)
        rates = [wrong[m].sum() / (labels[m] == 0).sum() for m in (member, ~member)]
        return float(abs(rates[0] - rates[1])), score_metrics.roc_auc(scores, labels)

    found = {"baseline": [measured(baseline)], "plain": [], "mindiff": []}
    for technique in ("plain", "mindiff"):
        for seed in range(NUM_SEEDS):
            spec = RemediationSpec(
                technique=technique,
                min_diff_group="gender:female",
                batch_size=data.batch_size,
                learning_rate=data.learning_rate,
            )
            if technique == "mindiff":
                spec.loss, spec.loss_weights[:] = "mmd", [MIN_DIFF_WEIGHT]
            found[technique].append(measured(remediate(spec, train, baseline, seed=seed).model))
    means = {key: np.mean(values, axis=0) for key, values in found.items()}
    return {key: (float(gap), float(auc)) for key, (gap, auc) in means.items()}


MIN_DIFF_WEIGHT = 40.0


def _floor(name: str, value: float, bound: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 4),
        "bound": f">= {bound:g}",
        "holds": value >= bound,
    }


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
        rows.append(
            _floor(
                f"remediation.{name}.flips_gone", reduction(point, points["baseline"]), flips_floor
            )
        )
        difference = point.auc.value - points[reference].auc.value
        rows.append(_floor(f"remediation.{name}.auc_against_{reference}", difference, auc_floor))
    points = points_of(price("edos"))
    curve = [points[SweepSetting("clp", *point).name] for point in DATA_SETS["edos"].curve]
    for other in ("augmentation", f"clp {MSE} 1"):
        dominated = any(
            p.matched_flip_rate.value <= points[other].matched_flip_rate.value
            and p.auc.value >= points[other].auc.value
            for p in curve
        )
        rows.append(_floor(f"remediation.edos.curve_dominates.{other}", float(dominated), 1.0))
    gaps = min_diff_gaps()
    rows.append(
        _floor("remediation.mindiff.gap_gone", 1 - gaps["mindiff"][0] / gaps["plain"][0], 2 / 3)
    )
    rows.append(_floor("remediation.mindiff.auc", gaps["mindiff"][1] - gaps["plain"][1], -0.01))
    return rows


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="davidson, cad, edos, mindiff; none: all")
    parser.add_argument("--data", help="folder of the data sets")
    flags = parser.parse_args()
    if flags.data:
        os.environ["FAIRFLIP_DATA"] = flags.data
    for name in flags.names or [*DATA_SETS, "mindiff"]:
        if name == "mindiff":
            print("\n| edos_sexism, gender:female | FPR gap | AUC |\n|---|---|---|")
            for key, (gap, auc) in min_diff_gaps().items():
                print(f"| {key} | {gap:.4f} | {auc:.4f} |")
            continue
        message = price(name)
        print(f"\n{name}: {DATA_SETS[name]}\n\n{price_table(message)}\n\nchosen: {message.chosen}")
        points = points_of(message)
        for point in message.points:
            print(f"  {point.name}: flips {-reduction(point, points['baseline']):+.0%}")


if __name__ == "__main__":
    main()
