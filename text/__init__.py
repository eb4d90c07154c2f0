"""Texts without their identity terms: what both the pipeline and training data need.

Pure Python over strings; the one matcher, the one list of repairs, the one removal.
"""
