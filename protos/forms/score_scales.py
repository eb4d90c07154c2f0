"""What a model's scores are: the values of `ModelSpec.score_scale`.

* `PROBABILITY`: numbers from 0 to 1; any other is a fault.
* `LOGIT`: any finite number, of which a sigmoid makes a probability when it is read.
* `ANY`: any finite number, taken as it is.
"""

from __future__ import annotations

from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.forms.config_fields import choices

PROBABILITY, LOGIT, ANY = choices(ModelSpec, "score_scale")


def scale_of(model: ModelSpec) -> str:
    """The scale of a model's scores; `PROBABILITY` where it names none."""
    return model.score_scale or PROBABILITY
