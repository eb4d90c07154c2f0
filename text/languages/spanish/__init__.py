"""Spanish: articles, adjectives and participles agree with the noun in gender and number."""

__all__ = ["substitution"]
