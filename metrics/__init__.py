"""Counterfactual flip metrics: what a flip is and how it is counted."""
