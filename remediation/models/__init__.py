"""Keras models that are wrapped, copied and cleaned for training."""
