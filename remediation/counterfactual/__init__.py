"""Counterfactual Logit Pairing: the loss of a pair is added to the training loss.

Garg, Perot, Limtiaco, Taly, Chi, Beutel: Counterfactual Fairness in Text
Classification through Robustness (AIES 2019).
"""

from fairflip.remediation.counterfactual import keras, losses

__all__ = ["keras", "losses"]
