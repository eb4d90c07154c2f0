"""Losses in the course of training: plain Python."""

__all__ = ["learning_curves"]
