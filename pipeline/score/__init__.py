"""Models to scores, one batch at a time.

A new kind of model is a handler, chosen by `handler_for`.
"""

__all__ = [
    "asked_texts",
    "call_progress",
    "class_sources",
    "off_scale",
    "score_account",
    "second_look",
    "sides",
    "transforms",
]
