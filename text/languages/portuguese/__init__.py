"""Portuguese: articles and their contractions, adjectives and participles agree with the noun."""

__all__ = ["substitution"]
