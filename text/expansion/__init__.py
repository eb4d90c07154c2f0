"""Words of one's own texts that are used as listed identity terms are: candidates for the list.

Word vectors from the texts alone, a classifier that tells the vectors of listed terms from
those of other words, and the words that it takes for terms. A person decides.
"""

__all__ = ["candidates", "given_vectors", "vectors"]
