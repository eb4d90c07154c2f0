"""What images mean for a configuration, and what can be wrong with it."""

from __future__ import annotations

import os

from fairflip.protos.columns import IMAGE_EXTENSIONS, IMAGE_FEATURE, IMAGES
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.checks import Problems
from fairflip.protos.forms.messages import quote
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.forms.run_edits import ATTRIBUTE

#: Rows of a batch where nobody gives a number: images are large.
_ROWS = 128
_CHANNELS = 3
#: Pairs on the page where nobody gives a number: each costs some 7 kB.
_PAGE_PAIRS = 200


def complete_images(config: PipelineConfig) -> None:
    """What follows from images, in place: they are features, and there is no text.

    Without a function that makes controls there are none.
    """
    data, generator = config.data, config.generator
    if not data.image_features and _are_files_of_images(config):
        data.image_features.append(IMAGE_FEATURE)
    if not data.image_features:
        return
    data.without_text = True
    data.input_features.extend(n for n in data.image_features if n not in data.input_features)
    for model in config.models:
        model.image_channels = model.image_channels or _CHANNELS
    if not config.output.HasField("page_pairs"):
        config.output.page_pairs = _PAGE_PAIRS
    if not config.evaluation.HasField("batch_size"):
        config.evaluation.batch_size = _ROWS
    if not generator.control_function and not generator.HasField("controls"):
        generator.controls = 0


def _are_files_of_images(config: PipelineConfig) -> bool:
    """Whether the originals are files that each hold an image."""
    data = config.data
    if data.format:
        return data.format == IMAGES
    extensions = {os.path.splitext(pattern.lower())[1] for pattern in data.examples}
    return bool(extensions) and extensions <= set(IMAGE_EXTENSIONS)


def check_images(config: PipelineConfig, command: str, problems: Problems) -> None:
    """Images come in pairs, controls by a function, and nothing asks for a text."""
    data, generator = config.data, config.generator
    for index, model in enumerate(config.models):
        if model.image_channels == 2:
            problems.add(
                f"models[{index}].image_channels", "2 is no number of channels", "give 1, 3 or 4"
            )
    if not data.image_features:
        if generator.control_function:
            problems.add(
                "generator.control_function",
                f"{quote(generator.control_function)} is given, and there are no images",
                "name their column (--image_feature NAME), or drop it",
            )
        return
    if generator.method == ATTRIBUTE or command == "generate":
        cure = "give ready-made pairs (--pairs), or --counterfactuals beside --examples"
        problems.add("data.image_features", "no images are generated here", cure)
    elif data.examples and not data.counterfactuals:
        problems.add(
            "data.counterfactuals",
            "the images on the other side are missing",
            "give --counterfactuals, or records that hold both sides (--pairs)",
        )
    if data.text_feature:
        problems.add(
            "data.text_feature",
            f"{quote(data.text_feature)} is given beside images",
            "name it as a feature (--input_feature), or leave it out",
        )
    if generator.controls and not generator.control_function:
        problems.add(
            "generator.controls",
            f"{generator.controls} are asked for, and images have none by themselves",
            "give --control_function MODULE:FUNCTION, or --controls 0",
        )
    if config.train_baseline:
        problems.add(
            "train_baseline",
            "the built-in classifier reads a text, and an image has none",
            "give a model of your own (--model NAME=PATH)",
        )
    if command in ("run", "remediate"):
        _check_retraining(config, problems)


def _check_retraining(config: PipelineConfig, problems: Problems) -> None:
    remediation = config.remediation
    if remediation.technique in AT_INFERENCE:
        problems.add(
            "remediation.technique",
            f"{quote(remediation.technique)} asks about other texts, and an image has none",
            "give --technique clp",
        )
    if any(remediation.control_weights):
        problems.add(
            "remediation.control_weights",
            "controls of images are not trained on",
            "leave --control_weight out",
        )
