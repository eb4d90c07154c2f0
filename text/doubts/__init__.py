"""Doubts about pairs of texts that were written elsewhere, by people or by other programs.

Which words differ, and what speaks against them as an original and its counterfactual: of two
strings in Python, of thousands in NumPy where what is alike is to be looked at once. Nothing here
looks at a model, a score or a label.
"""

__all__ = [
    "changed_tokens",
    "changed_windows",
    "grammar_faults",
    "numbers",
    "pair_doubts",
    "possible_faults",
    "white_space",
    "window_keys",
]
