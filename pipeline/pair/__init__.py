"""Originals and counterfactuals to audited pairs, by example ID."""

__all__ = ["admit", "columns", "controls", "join", "settle", "shard_files", "shards", "transforms"]
