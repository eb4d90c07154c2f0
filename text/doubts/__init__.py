"""Doubts about pairs of texts that were written elsewhere, by people or by other programs.

Pure Python over two strings: which words differ, and what speaks against them as an original
and its counterfactual. Nothing here looks at a model, a score or a label.
"""

__all__ = ["grammar_faults", "pair_doubts"]
