"""Control edits: the same edit as a pair's, made to words that name no identity.

A flip rate says that decisions change; what other edits of that size change says whether
it is about identity. Here are how often words are, which words an edit touched, and the
drawing of others like them: pair by pair, and the same of thousands of pairs at once.
"""

__all__ = ["draw", "edited_words", "frequencies", "many_draws", "word_classes"]
