"""French: words hang on the next sound, and the other gender of an adjective follows its ending."""

__all__ = ["substitution"]
