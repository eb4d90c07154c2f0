"""Runners, workers and their network, all on this machine."""
