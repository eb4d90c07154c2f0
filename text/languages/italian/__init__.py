"""Italian: articles hang on the next sound, participles on the subject."""

__all__ = ["substitution"]
