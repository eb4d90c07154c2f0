"""Keras models as training needs them: wrapped, copied."""

__all__ = ["model_copies", "wrapped_model"]
