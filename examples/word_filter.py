"""A word filter that stands in for your model: from a list of texts to scores between 0 and 1."""


def score(texts: list[str]) -> list[float]:
    """0.9 where a text holds a word of the filter, else 0.2."""
    return [0.9 if "gay" in text or "stupid" in text else 0.2 for text in texts]
