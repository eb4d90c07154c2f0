"""A real transformer scores alike in every form in which its owner may have it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fairflip
from fairflip.pipeline.cli import main
from fairflip.protos.forms.json_form import report_to_json
from support import transformer_zoo

#: Scores of one model in different programs differ in the last digits of float32.
TOLERANCE = 1e-5


def counts_of(model: dict) -> list[dict]:
    """The counts of a model in a report, slice by slice and threshold by threshold."""
    return [
        {name: value for name, value in threshold.items() if name.endswith("count")}
        for part in model["slices"]
        for threshold in part["thresholds"]
    ]


def test_every_form_gives_the_same_scores_and_counts(transformer, comments):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    model = AutoModelForSequenceClassification.from_pretrained(transformer.folder)
    tokenizer = AutoTokenizer.from_pretrained(transformer.folder)

    def by_hand(texts):
        encoded = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.no_grad():
            return torch.softmax(model(**encoded).logits, -1)[:, 1].numpy()

    pairs = fairflip.generate(comments, id="id", text="text", label="label", terms="identity")
    table = pairs.pairs.to_pandas()
    expected = {side: by_hand(list(table[side])) for side in ("text", "counterfactual.text")}
    threshold = transformer_zoo.threshold_with_flips(*expected.values())
    result = fairflip.evaluate(
        table,
        {
            "folder": f"hf:{transformer.folder}",
            "pipeline": pipeline("text-classification", model=model, tokenizer=tokenizer),
            "model_and_tokenizer": (model, tokenizer),
            "onnx": f"onnx:{transformer.onnx}",
            "callable": by_hand,
        },
        output={
            **dict.fromkeys(["folder", "pipeline", "onnx"], "rude"),
            "model_and_tokenizer": ":1",
        },
        id="id",
        text="text",
        label="label",
        slices=["counterfactual_group"],
        thresholds=[threshold],
    )
    scored = result.pairs.to_pandas().sort_values("counterfactual_id")
    by_id = table.assign(**expected).sort_values("counterfactual_id")
    for name in ("folder", "pipeline", "model_and_tokenizer", "onnx", "callable"):
        for prefix in ("", "counterfactual."):
            actual = scored[f"{prefix}score.{name}"]
            np.testing.assert_allclose(actual, by_id[f"{prefix}text"], rtol=0, atol=TOLERANCE)
    first, *others = json.loads(report_to_json(result.report))["models"]
    assert sum(count["flip_count"] for count in counts_of(first)) > 0
    for other in others:
        assert counts_of(other) == counts_of(first)
    assert set(result.report.provenance.model_fingerprints) == {"folder", "onnx"}


def test_the_command_line_gives_the_same_and_names_the_label(tiny, comments, evaluate, tmp_path):
    comments.to_csv(tmp_path / "comments.csv", index=False)
    arguments = [
        "evaluate",
        f"--examples={tmp_path / 'comments.csv'}",
        *("--id_feature=id", "--text_feature=text", "--label_feature=label", "--terms=identity"),
        *(f"--model=m=hf:{tiny}", "--output=m=rude", "--quiet"),
        f"--output_dir={tmp_path / 'out'}",
    ]
    assert main(arguments) == 0
    ours = json.loads((tmp_path / "out" / "run_report.json").read_text())
    theirs = json.loads(report_to_json(evaluate({"m": f"hf:{tiny}"}, output="rude").report))
    assert counts_of(ours["models"][0]) == counts_of(theirs["models"][0])
    fingerprints = [each["provenance"]["model_fingerprints"] for each in (ours, theirs)]
    assert fingerprints[0] == fingerprints[1] != {}


def test_texts_longer_than_the_model_takes_are_cut(tiny):
    from transformers import pipeline

    from fairflip.pipeline.score.handlers.functions import function_of
    from fairflip.pipeline.score.libraries import huggingface

    texts = ["she said it " * 40, "she said", ""]
    from_folder, _ = huggingface.load(str(tiny), "f", allow_custom_code=False)
    from_pipeline, _ = function_of(pipeline("text-classification", model=str(tiny)), "m")
    np.testing.assert_allclose(from_folder(texts), from_pipeline(texts), atol=TOLERANCE)
    cut = from_folder(["she said it " * 8, "x", "y"])
    np.testing.assert_allclose(from_folder(texts)[0], cut[0], atol=TOLERANCE)


@pytest.mark.parametrize(
    "settings",
    [{"problem_type": "multi_label_classification"}, {"problem_type": "regression"}],
)
def test_scores_follow_the_models_own_problem_type(tmp_path, settings):
    from transformers import pipeline

    from fairflip.pipeline.score.libraries import huggingface, onnx_file

    transformer_zoo.save_tiny(tmp_path, {0: "a", 1: "b", 2: "c"}, **settings)
    exported = transformer_zoo.export_onnx(tmp_path, tmp_path / "exported")
    texts = ["she said", "what an idiot, the woman", "he"]
    function, labels = huggingface.load(str(tmp_path), "f", allow_custom_code=False)
    graph, onnx_labels, _ = onnx_file.load(str(exported), "f", ("",))
    told = pipeline("text-classification", model=str(tmp_path))(texts, top_k=None)
    expected = [[{e["label"]: e["score"] for e in row}[label] for label in labels] for row in told]
    assert labels == onnx_labels == ("a", "b", "c")
    np.testing.assert_allclose(function(texts), expected, atol=TOLERANCE)
    np.testing.assert_allclose(graph(texts), expected, atol=TOLERANCE)
