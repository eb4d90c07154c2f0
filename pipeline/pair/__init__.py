"""Originals and counterfactuals to audited pairs."""
