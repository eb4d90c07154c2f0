"""How often counterfactuals, pronouns and doubts are right, by pairs that people wrote."""
