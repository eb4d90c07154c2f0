"""Which of the numbers that a model gives for a record is the score."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.protos.errors import ConfigurationError

_MAX_LABELS_NAMED = 12
#: Pairs of labels of which the second says yes.
_ZERO_ONE = (
    *(("0", "1"), ("0.0", "1.0"), ("-1", "1"), ("-1.0", "1.0")),
    *(("False", "True"), ("LABEL_0", "LABEL_1")),
)


def choose_label(names: Sequence[str], output: str, model: str, are_classes: bool = True) -> str:
    """The label that is asked for, or where none is, the only one or that of class 1.

    Args:
        names: What the numbers stand for, in their order.
        output: A label, or ":INDEX"; "": none is asked for.
        model: Its name.
        are_classes: Whether one of them holds for each record, and no other.

    Raises:
        ConfigurationError: It is none of them, or a choice must be made.
    """
    if output.startswith(":") and output[1:].isdigit() and int(output[1:]) < len(names):
        return names[int(output[1:])]
    if output in names:
        return output
    if not output and len(names) == 1:
        return names[0]
    if not output and are_classes and tuple(names) in _ZERO_ONE:
        return names[1]
    shown = ", ".join(repr(name) for name in names[:_MAX_LABELS_NAMED])
    more = f" and {len(names) - _MAX_LABELS_NAMED} more" if len(names) > _MAX_LABELS_NAMED else ""
    asked = f"{output!r} is none of them; " if output else ""
    raise ConfigurationError(
        f"models[{model}].output_name: the model gives {len(names)} numbers for each record "
        f"({shown}{more}); {asked}say which is the score, by name or as :INDEX "
        f"(--output {model}=NAME)"
    )
