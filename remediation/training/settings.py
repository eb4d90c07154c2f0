"""What one retraining step is to do: a `RemediationSpec` with its defaults, checked."""

from __future__ import annotations

import dataclasses

from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.checks import Problems, check_field
from fairflip.protos.forms.config_fields import fill_defaults
from fairflip.protos.forms.remediation_choices import (
    AT_INFERENCE,
    DEFAULT_LOSSES,
    PAIRINGS,
    SCHEDULES,
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """A `RemediationSpec` with its defaults filled in."""

    technique: str
    loss: str
    loss_weight: float
    control_weight: float
    epochs: int
    batch_size: int
    learning_rate: float | None
    from_scratch: bool
    negative_originals_only: bool
    patience: int
    min_diff_group: str
    pairing: str
    learning_rate_schedule: str
    lora_rank: int
    seed: int


def settings_of(spec: config_pb2.RemediationSpec, seed: int) -> Settings:
    """The spec with defaults, checked.

    Raises:
        ConfigurationError: Listing every mistake found.
    """
    full = config_pb2.RemediationSpec()
    full.CopyFrom(spec)
    fill_defaults(full)
    problems = Problems()
    for field in full.DESCRIPTOR.fields:
        check_field(full, field.name, "", problems, "remediation")
    technique = full.technique
    if technique in AT_INFERENCE:
        problems.append(
            f"remediation.technique is {technique!r}, which trains nothing; ask the model through "
            f"fairflip.{'averaged' if technique == 'averaging' else 'blinded'}."
        )
    if len(full.loss_weights) > 1:
        problems.append(
            f"remediation.loss_weights has {len(full.loss_weights)} values, which is a sweep; "
            "give one to train one model."
        )
    if len(full.control_weights) > 1:
        problems.append(
            f"remediation.control_weights has {len(full.control_weights)} values, which is a "
            "sweep; give one to train one model."
        )
    if technique == "mindiff" and ":" not in spec.min_diff_group:
        problems.append(
            f"remediation.min_diff_group is {spec.min_diff_group!r}; MinDiff needs a slicing "
            'feature and a group, such as "religion:muslim".'
        )
    if problems:
        raise ConfigurationError(problems)
    return Settings(
        technique=technique,
        loss=full.loss or DEFAULT_LOSSES.get(technique, ""),
        loss_weight=full.loss_weights[0],
        control_weight=full.control_weights[0] if technique == "clp" else 0.0,
        epochs=full.epochs,
        batch_size=full.batch_size,
        learning_rate=full.learning_rate if full.HasField("learning_rate") else None,
        from_scratch=full.from_scratch,
        negative_originals_only=full.negative_originals_only,
        patience=full.early_stopping_patience,
        min_diff_group=full.min_diff_group,
        pairing=full.pairing or PAIRINGS[0],
        learning_rate_schedule=full.learning_rate_schedule or SCHEDULES[0],
        lora_rank=full.lora_rank,
        seed=seed,
    )
