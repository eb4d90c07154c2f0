"""How many records a run may leave out: the meaning of `EvaluationSpec.max_rejects`."""

from __future__ import annotations

from fairflip.protos.config_pb2 import EvaluationSpec

#: Without `max_rejects`: so many faulty records of an input never stop a run, ...
ALLOWED_NUMBER = 10
#: ... and neither does this share of them.
ALLOWED_SHARE = 0.05


def allowed_rejects(evaluation: EvaluationSpec, number: int) -> float:
    """The most of `number` records that may be left out.

    `max_rejects` below 1 is a share, otherwise a count.
    """
    if not evaluation.HasField("max_rejects"):
        return max(float(ALLOWED_NUMBER), ALLOWED_SHARE * number)
    limit = evaluation.max_rejects
    return limit * number if limit < 1 else limit
