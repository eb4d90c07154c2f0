"""`CounterfactualModel` and the forms of data it trains on."""

from fairflip.remediation.counterfactual.keras import models, utils
from fairflip.remediation.counterfactual.keras.counterfactual_model import CounterfactualModel
from fairflip.remediation.counterfactual.keras.paired_inputs import AlignedInputs, align

__all__ = ["AlignedInputs", "CounterfactualModel", "align", "models", "utils"]
