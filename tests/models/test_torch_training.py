"""Retraining a Hugging Face classifier: each technique, against direct computations, and in a run."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pytest

import fairflip
from fairflip.protos.config_pb2 import RemediationSpec
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.training.data import TrainingData
from support.recount import read_folder
from support.remediation import pair_loss_values as values

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.models


def loaded(folder):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    return AutoModelForSequenceClassification.from_pretrained(folder), tokenizer


@pytest.fixture(scope="module")
def data(comments):
    texts = np.array(comments["text"], object)
    rows = np.flatnonzero([text.startswith(("she ", "he ")) for text in texts])
    swap = {"she": "he", "he": "she"}
    changed = [" ".join([swap[t.split()[0]], *t.split()[1:]]) for t in texts[rows]]
    controls = [f"{text} indeed" for text in texts[rows[::2]]]
    return TrainingData(
        inputs=texts,
        labels=np.asarray(comments["label"]),
        counterfactual_inputs=np.array(changed, object),
        counterfactual_rows=rows,
        control_inputs=np.array(controls, object),
        control_rows=rows[::2],
        groups={"who": pa.array([text.split()[0] for text in texts])},
    )


def retrained(folder, data, **spec):
    from fairflip.remediation.torch.text_classifier import retrain

    model, tokenizer = loaded(folder)
    spec = RemediationSpec(
        **{"technique": "clp", "loss": "pairwise_mse", "learning_rate": 1e-3, **spec}
    )
    return retrain(spec, data, model, tokenizer, max_length=24, seed=3)


def scores(model, tokenizer, texts):
    with torch.inference_mode():
        encoded = tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        return torch.softmax(model.eval()(**encoded).logits, -1).numpy()


def test_the_losses_of_a_step_are_those_of_a_direct_computation(tiny, data):
    """One batch of all rows, nothing dropped out: the losses before the step, by NumPy."""
    model, tokenizer = loaded(tiny)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    from fairflip.remediation.torch.text_classifier import retrain

    before = [scores(model, tokenizer, part) for part in (data.inputs, data.counterfactual_inputs)]
    control = scores(model, tokenizer, data.control_inputs)
    spec = RemediationSpec(
        technique="clp", loss="pairwise_mse", loss_weights=[2.0], control_weights=[0.5],
        batch_size=1000,
    )  # fmt: skip
    history = retrain(spec, data, model, tokenizer, max_length=24).record["history"]
    p = before[0]
    original = -np.log(p[np.arange(len(p)), data.labels]).mean()
    pairs = values._mean((p[data.counterfactual_rows] - before[1]) ** 2, 1.0)
    controls = values._mean((p[data.control_rows] - control) ** 2, 1.0)
    assert history["original_loss"][0] == pytest.approx(original, rel=1e-4)
    assert history["counterfactual_loss"][0] == pytest.approx(pairs, rel=1e-4)
    assert history["control_loss"][0] == pytest.approx(controls, rel=1e-4)
    total = original + 2.0 * (pairs + 0.5 * controls)
    assert history["loss"][0] == pytest.approx(total, rel=1e-4)


def gaps_of(made, tokenizer, data):
    """Of each retrained model, how far the scores of both sides of its pairs are apart."""
    return [
        np.abs(
            scores(one.model, tokenizer, data.inputs[data.counterfactual_rows])
            - scores(one.model, tokenizer, data.counterfactual_inputs)
        ).mean()
        for one in made
    ]


def test_clp_brings_both_sides_together_and_is_the_same_again(tiny, data):
    made = [retrained(tiny, data, loss_weights=[weight], epochs=3) for weight in (0.0, 30.0, 30.0)]
    _, tokenizer = loaded(tiny)
    gaps = gaps_of(made, tokenizer, data)
    assert gaps[1] < 0.5 * gaps[0]
    assert made[1].record["history"] == made[2].record["history"]
    assert made[1].record["num_pairs"] == data.num_pairs
    assert "control_loss" not in made[1].record["history"]


def test_label_1_means_the_column_that_is_the_score(tiny, data):
    from fairflip.remediation.torch.text_classifier import retrain

    spec = RemediationSpec(technique="plain", epochs=6, learning_rate=3e-3)
    for positive in (0, 1):
        model, tokenizer = loaded(tiny)
        retrain(spec, data, model, tokenizer, positive=positive, max_length=24)
        actual = scores(model, tokenizer, data.inputs)[:, positive]
        assert actual[data.labels == 1].mean() > actual[data.labels == 0].mean() + 0.15


def test_min_diff_lowers_the_distance_of_both_groups(tiny, data):
    """Comments about her are labelled 1 more often: the gap is of those that are labelled 0."""
    is_she = np.array(data.groups["who"].to_pylist()) == "she"
    labels = np.where(is_she & (np.arange(len(is_she)) // 3 % 2 == 0), 1, data.labels)
    biased = dataclasses.replace(data, labels=labels)
    gaps = []
    for weight in (0.0, 20.0):
        made = retrained(
            tiny, biased, technique="mindiff", loss="mmd", min_diff_group="who:she",
            loss_weights=[weight], epochs=4,
        )  # fmt: skip
        risk = scores(made.model, loaded(tiny)[1], data.inputs)[labels == 0, 1]
        about_her = is_she[labels == 0]
        gaps.append(risk[about_her].mean() - risk[~about_her].mean())
    assert gaps[0] > 0.03
    assert abs(gaps[1]) < 0.5 * gaps[0]


def test_what_is_not_done_here_says_so(tiny, data):
    model, tokenizer = loaded(tiny)
    model.config.num_labels = 3
    from fairflip.remediation.torch.text_classifier import retrain

    spec = RemediationSpec(technique="clp", early_stopping_patience=1, from_scratch=True)
    with pytest.raises(ConfigurationError) as raised:
        retrain(spec, data, model, tokenizer)
    assert len(raised.value.problems) == 3
    model.config.num_labels = 2
    none = TrainingData(data.inputs, data.labels)
    with pytest.raises(InputError, match="no pairs"):
        retrain(RemediationSpec(technique="clp"), none, model, tokenizer)


def test_adapters_and_head_alone_are_trained_and_merged(tiny, data):
    """LoRA: fewer weights; the embeddings stay; what is left is a plain model with other scores."""
    made = [
        retrained(tiny, data, loss_weights=[weight], lora_rank=4, epochs=4, learning_rate=1e-2)
        for weight in (0.0, 30.0, 30.0)
    ]
    before, tokenizer = loaded(tiny)
    gaps = gaps_of(made, tokenizer, data)
    assert gaps[1] < 0.6 * gaps[0]
    assert made[1].record["history"] == made[2].record["history"]
    assert made[1].record["num_weights_trained"] < sum(p.numel() for p in before.parameters()) / 2
    after, old = made[1].model.state_dict(), before.state_dict()
    assert list(after) == list(old)
    changed = {name for name in old if not torch.equal(after[name], old[name])}
    assert changed == {
        name
        for name in old
        if name.startswith("classifier.")
        or (name.endswith("weight") and old[name].dim() == 2 and "embedding" not in name)
    }


def test_no_adapters_without_peft(tiny, data, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'fairflip\[lora\]'"):
        retrained(tiny, data, lora_rank=4)


def test_the_trainer_adds_the_pair_loss_of_a_batch(tiny, data):
    """The mixin over a base with the `Trainer`'s contract (which needs accelerate to be made)."""
    from fairflip.remediation.torch.trainer import PairedCollator, PairedTrainerMixin

    class Base:
        def __init__(self, model):
            self.model = model

        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            outputs = model(**inputs)
            return (outputs.loss, outputs) if return_outputs else outputs.loss

    class Paired(PairedTrainerMixin, Base):
        pass

    model, tokenizer = loaded(tiny)
    model.eval()
    rows = [{**tokenizer(data.inputs[i]), "labels": int(data.labels[i])} for i in range(12)]
    pairs = {3: "he wrote: what a lovely day", 7: "she"}
    for number, text in pairs.items():
        rows[number]["counterfactual"] = tokenizer(text)
    batch = PairedCollator(tokenizer)(rows)
    trainer = Paired(model, pair_loss="pairwise_absolute_difference", pair_loss_weight=3.0)
    loss, outputs = trainer.compute_loss(model, batch, return_outputs=True, num_items_in_batch=12)
    p = scores(model, tokenizer, data.inputs[:12])
    q = np.concatenate([scores(model, tokenizer, [text]) for text in pairs.values()])
    gap = np.abs(p[list(pairs)] - q).mean(1).mean()
    assert float(loss) == pytest.approx(float(outputs.loss) + 3.0 * gap, rel=1e-5)
    without = PairedCollator(tokenizer)([dict(row, counterfactual=None) for row in rows])
    assert float(trainer.compute_loss(model, without)) == pytest.approx(float(outputs.loss))


def test_a_run_retrains_a_folder_and_leaves_one_that_is_read(tiny, comments, tmp_path):
    fields = {
        "id": "id", "text": "text", "label": "label", "terms": "identity", "controls": 0,
    }  # fmt: skip
    run = fairflip.run(
        comments,
        {"tiny": f"hf:{tiny}"},
        train_examples=comments,
        technique="clp",
        loss_weights=[5.0],
        epochs=2,
        learning_rate=1e-3,
        output="rude",
        output_dir=str(tmp_path / "run"),
        **fields,
    )
    baseline, remediated = run.report.models
    gaps = [model.slices[0].ctf_gap.value for model in (baseline, remediated)]
    assert gaps[1] < gaps[0]
    folder = pathlib.Path(run.output_dir) / "models" / "remediated"
    record = json.loads((folder / "training_record.json").read_text())
    assert record["num_pairs"] > 0
    assert len(record["history"]["counterfactual_loss"]) == 2
    curves = {curve.quantity: list(curve.values) for curve in run.report.learning_curves}
    assert curves["counterfactual_loss"] == record["curves"]["counterfactual_loss"]
    assert (pathlib.Path(run.output_dir) / "details" / "figures" / "learning_curves.png").is_file()
    again = fairflip.evaluate(
        comments, {"again": f"hf:{folder / 'huggingface'}"}, output="rude", **fields
    )
    assert again.report.models[0].slices[0].ctf_gap.value == pytest.approx(gaps[1], abs=1e-6)
    with pytest.raises(ConfigurationError, match="sweep retrains Keras models alone"):
        fairflip.run(
            comments, {"tiny": f"hf:{tiny}"}, train_examples=comments, loss_weights=[1, 2], **fields
        )


def test_a_run_by_command_trains_adapters_into_a_folder_that_is_read(tiny, comments, tmp_path):
    """Flips of both models are those of their scores, which the folder gives again."""
    from fairflip.pipeline import cli
    from fairflip.pipeline.run.report_files import read_report

    comments.to_csv(tmp_path / "comments.csv", index=False)
    table = f"{tmp_path / 'comments.csv'}"
    arguments = [
        "--examples", table, "--id_feature", "id", "--text_feature", "text",
        "--label_feature", "label", "--output", "rude", "--terms", "identity", "--controls", "0",
    ]  # fmt: skip
    training = [
        "--train_examples", table, "--technique", "clp", "--loss_weight", "10", "--epochs", "2",
        "--learning_rate", "0.01", "--lora_rank", "2",
    ]  # fmt: skip
    out = tmp_path / "run"
    models = ["--model", f"tiny=hf:{tiny}", "--output_dir", str(out)]
    assert cli.main(["run", *arguments, *training, *models]) == 0
    folder = out / "models" / "remediated"
    record = json.loads((folder / "training_record.json").read_text())
    before, tokenizer = loaded(tiny)
    assert record["num_weights_trained"] < sum(p.numel() for p in before.parameters()) / 4
    assert record["num_pairs"] > 0
    report = read_report(str(out))
    after, _ = loaded(folder / "huggingface")
    layers = [model.bert.encoder.layer[0].attention.self.query for model in (before, after)]
    assert not torch.equal(layers[0].weight, layers[1].weight), "the adapters were not merged"
    pairs = read_folder(out / "scored_pairs")
    originals, counterfactuals = (
        pairs[name].to_pylist() for name in ("text", "counterfactual.text")
    )
    for part, model in zip(report.models, (before, after), strict=True):
        p, q = (scores(model, tokenizer, side)[:, 1] for side in (originals, counterfactuals))
        flips = int(((p > 0.5) != (q > 0.5)).sum())
        at = part.slices[0].thresholds[0]
        assert (at.flip_count, part.slices[0].num_pairs) == (flips, len(p))
        assert part.slices[0].ctf_gap.value == pytest.approx(np.abs(p - q).mean(), abs=1e-6)
    assert report.models[0].slices[0].thresholds[0].flip_count > 0
    gaps = [part.slices[0].ctf_gap.value for part in report.models]
    assert gaps[1] < gaps[0]
    # The folder is an ordinary one: no adapters lie in it, and a later command reads it.
    assert not list((folder / "huggingface").glob("adapter*"))
    models = ["--model", f"again=hf:{folder / 'huggingface'}", "--output_dir", str(out) + "_again"]
    assert cli.main(["evaluate", *arguments, *models]) == 0
    (again,) = read_report(f"{out}_again").models
    assert again.slices[0].ctf_gap.value == pytest.approx(gaps[1], abs=1e-6)
