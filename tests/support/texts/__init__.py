"""Texts that are put together from known parts, and what an edit must make of them."""
