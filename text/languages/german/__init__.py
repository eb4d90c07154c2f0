"""German: four cases, three genders, and what may be told from the words of a sentence."""

__all__ = ["substitution"]
