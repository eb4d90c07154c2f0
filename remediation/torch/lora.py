"""LoRA adapters (Hu et al. 2022) by peft: few weights beside a model's layers are trained."""

from __future__ import annotations

from typing import Any

from fairflip.protos.errors import ConfigurationError

#: Of AdamW, where none is given: ten times that of all weights.
LEARNING_RATE = 2e-4


def with_adapters(model: Any, rank: int) -> Any:
    """A text classifier of Hugging Face whose linear layers W became W + (alpha / rank) B A.

    A `[rank, inputs]` is drawn, B `[outputs, rank]` is 0, so that the scores are the model's at
    first; alpha is twice the rank. A, B and the classification head are trained, nothing else.

    Args:
        model: The classifier; its layers are replaced in place.
        rank: Of the adapters, 1 or more.

    Raises:
        ConfigurationError: peft is not installed, or the model has no layer that takes adapters.
    """
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError as error:
        raise ConfigurationError(
            "remediation.lora_rank: needs peft, which this environment does not have; run "
            "pip install 'fairflip[lora]', or drop --lora_rank"
        ) from error
    settings = LoraConfig(
        task_type=TaskType.SEQ_CLS, r=rank, lora_alpha=2 * rank, target_modules="all-linear"
    )
    try:
        return get_peft_model(model, settings)
    except ValueError as error:
        raise ConfigurationError(
            "remediation.lora_rank: peft finds no linear layer in the model to put an adapter "
            "beside; drop --lora_rank"
        ) from error


def merged(model: Any) -> Any:
    """The model with its adapters added to its weights, of the kind that it was before."""
    return model.merge_and_unload()
