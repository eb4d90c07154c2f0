"""Retrains a Hugging Face classifier in a run, into a folder that `hf:` reads."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from typing import Any

from fairflip.pipeline.score.libraries import files, torch_classifier
from fairflip.pipeline.storage.run_folder import local_work_folder
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.data import TrainingData

#: Below the model's folder in the run: what `save_pretrained` writes.
FOLDER = "huggingface"


def retrain_huggingface(
    config: PipelineConfig,
    baseline: ModelSpec,
    data: TrainingData,
    folder: str,
    say: Callable[[float, str], None],
) -> tuple[Any, Any]:
    """Retrains the model; writes it, its tokenizer and the training record.

    Args:
        config: Of the run.
        baseline: The model to start from, by its folder.
        data: Texts with labels, and pairs.
        folder: Of the remediated model.
        say: Told the share done and a sentence.

    Returns:
        The model and its tokenizer.

    Raises:
        ConfigurationError: The model cannot be loaded, or is none that is retrained here.
        InputError: The data has not what the technique needs.
    """
    from fairflip.remediation.torch import text_classifier

    if config.data.input_features:
        raise ConfigurationError(
            "data.input_features: a Hugging Face model reads the text alone; drop them"
        )
    model, tokenizer = files.load_to_train(baseline)
    retrained = text_classifier.retrain(
        config.remediation,
        data,
        model,
        tokenizer,
        positive=positive_column(baseline, model),
        max_length=torch_classifier.greatest_length(model.config, tokenizer),
        seed=config.seed,
        progress=say,
    )
    with local_work_folder(folder) as local:
        root = pathlib.Path(local)
        root.mkdir(parents=True, exist_ok=True)
        files.save_trained(retrained.model, tokenizer, root / FOLDER)
        text = json.dumps(retrained.record, indent=1, sort_keys=True)
        (root / "training_record.json").write_text(text + "\n", encoding="utf-8")
    return retrained.model, tokenizer


def positive_column(spec: ModelSpec, model: Any) -> int | None:
    """The column of the class that is the score; None where the model has one logit.

    Raises:
        ConfigurationError: The output that is named is none of its labels.
    """
    labels = [str(model.config.id2label[i]) for i in range(model.config.num_labels)]
    output = spec.output_name
    if len(labels) == 1:
        return None
    if not output:
        return 1
    if output in labels:
        return labels.index(output)
    if output.startswith(":") and output[1:].isdigit() and int(output[1:]) < len(labels):
        return int(output[1:])
    raise ConfigurationError(
        f"models[{spec.name}].output_name: {output!r} is none of the labels {', '.join(labels)}"
    )
