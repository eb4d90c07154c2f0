"""Keras models as training needs them: wrapped, copied; their files and data sets."""

__all__ = ["atomic_files", "datasets", "model_copies", "wrapped_model"]
