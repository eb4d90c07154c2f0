"""Keras 3 remediation: Counterfactual Logit Pairing and MinDiff."""
