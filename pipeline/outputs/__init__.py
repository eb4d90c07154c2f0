"""The outputs of models that a run reports on: their names, and which are counted together."""

__all__ = ["eval_configs", "families", "labelled", "naming"]
