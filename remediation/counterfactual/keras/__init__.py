"""`CounterfactualModel` and the forms of data it trains on.

`utils` and `models` are the names under which TensorFlow Model Remediation had
them, so that code written for it runs with the import changed.
"""

from fairflip.remediation.counterfactual.keras import counterfactual_model as models
from fairflip.remediation.counterfactual.keras import paired_inputs as utils
from fairflip.remediation.counterfactual.keras.counterfactual_model import CounterfactualModel
from fairflip.remediation.counterfactual.keras.paired_inputs import AlignedInputs, align

__all__ = ["AlignedInputs", "CounterfactualModel", "align", "models", "utils"]
