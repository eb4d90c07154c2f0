"""Somebody's Beam handler, called as RunInference calls it: batches, keys, functions around it."""

__all__ = ["beam_calls", "call_limits"]
