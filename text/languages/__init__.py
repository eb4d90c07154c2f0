"""Swaps in languages with grammatical gender, and which language a text is in.

A noun takes its article, its adjectives and the pronouns that mean it along. What cannot be
made sure from the words alone is refused, with a reason, and never half swapped.
"""

__all__ = ["exchanges", "guess", "refusals", "tokens"]
