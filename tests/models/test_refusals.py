"""What cannot be evaluated is one sentence with a cure, and exit code 2, before data is scored."""

from __future__ import annotations

import json
import shutil

import pytest

from fairflip.pipeline.cli import main
from support import transformer_zoo


@pytest.fixture
def refusal(comments, tmp_path, capsys):
    """The one sentence by which the command line refuses a model."""
    comments.to_csv(tmp_path / "comments.csv", index=False)

    def refused(*flags: str) -> str:
        code = main(
            [
                "evaluate",
                f"--examples={tmp_path / 'comments.csv'}",
                *("--id_feature=id", "--text_feature=text", "--label_feature=label", "--quiet"),
                *(f"--output_dir={tmp_path / 'out'}", *flags),
            ]
        )
        output = capsys.readouterr().err
        assert code == 2, output
        assert "Traceback" not in output
        [line] = [line for line in output.splitlines() if line.startswith("fairflip: error")]
        return line

    return refused


def test_a_folder_without_a_classifier_head(refusal):
    output = refusal(f"--model=m=hf:{transformer_zoo.minilm_folder()}")
    assert "no classifier head (architectures: BertModel)" in output


def test_a_hub_name_that_is_not_in_the_cache_is_not_fetched(refusal, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    output = refusal("--model=m=hf:nobody/no-such-model")
    assert "nothing is fetched here; run hf download nobody/no-such-model" in output


def test_a_head_without_weights(refusal, tmp_path):
    folder = tmp_path / "headless"
    shutil.copytree(transformer_zoo.minilm_folder(), folder)
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["BertForSequenceClassification"]
    (folder / "config.json").write_text(json.dumps(config))
    assert "lacks weights (classifier.bias)" in refusal(f"--model=m=hf:{folder}")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ((), "gives 2 numbers for each record ('fine', 'rude'); say which is the score"),
        (("--output=m=toxic",), "'toxic' is none of them"),
        (("--output=:7",), "':7' is none of them"),
        (("--output=n=rude",), "names no model"),
    ],
)
def test_an_open_or_a_wrong_choice_names_the_choices(refusal, tiny, output, words):
    assert words in refusal(f"--model=m=hf:{tiny}", *output)


def test_pickled_weights_and_code_of_ones_own(refusal, tiny, tmp_path):
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = tmp_path / "pickled"
    shutil.copytree(tiny, folder)
    model = AutoModelForSequenceClassification.from_pretrained(tiny)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    output = refusal(f"--model=m=hf:{folder}", "--output=rude")
    assert "(pytorch_model.bin)" in output
    assert "--allow_custom_code" in output
    arguments = [f"--model=m=hf:{folder}", "--output=rude", "--allow_custom_code"]
    with pytest.raises(AssertionError):  # it runs
        refusal(*arguments)


def test_a_pickled_estimator_and_types_that_skops_does_not_know(refusal, comments, tmp_path):
    import joblib
    import skops.io
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model.fit(comments["text"], comments["label"])
    joblib.dump(model, tmp_path / "model.joblib")
    output = refusal(f"--model=m=sklearn:{tmp_path / 'model.joblib'}")
    assert "is a pickle" in output
    assert "skops.io.dump" in output
    assert "--allow_custom_code" in output
    model.steps[0][1].set_params(preprocessor=shutil.copy)  # a function of another package
    skops.io.dump(model, tmp_path / "model.skops")
    output = refusal(f"--model=m=sklearn:{tmp_path / 'model.skops'}")
    assert "shutil.copy" in output
    skops.io.dump({"a": 1}, tmp_path / "dictionary.skops")
    output = refusal(f"--model=m=sklearn:{tmp_path / 'dictionary.skops'}")
    assert "holds dict, which is no model" in output


def test_graphs_that_take_neither_texts_nor_tokens(refusal, tiny, tmp_path):
    import onnx
    from onnx import TensorProto, helper

    given = helper.make_tensor_value_info("image", TensorProto.FLOAT, [None, 3])
    answer = helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 3])
    graph = helper.make_graph(
        [helper.make_node("Identity", ["image"], ["p"])], "g", [given], [answer]
    )
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), tmp_path / "g.onnx")
    assert "takes image: tensor(float)" in refusal(f"--model=m=onnx:{tmp_path / 'g.onnx'}")
    (tmp_path / "broken.onnx").write_bytes(b"no graph")
    assert "cannot be loaded" in refusal(f"--model=m=onnx:{tmp_path / 'broken.onnx'}")
    exported = transformer_zoo.export_onnx(tiny, tmp_path / "exported")
    (exported.parent / "tokenizer.json").unlink()
    assert "no tokenizer.json lies beside it" in refusal(f"--model=m=onnx:{exported}")
