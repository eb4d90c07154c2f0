"""Beam: read, generate, pair, score, evaluate, write; configuration; the command line."""
