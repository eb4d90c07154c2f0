"""Originals and counterfactuals to audited pairs, by example ID."""

__all__ = ["columns", "join", "shard_files", "shards", "transforms"]
