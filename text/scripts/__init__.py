"""What is known of scripts whose words have no space on both sides, whatever list is in use.

Where a term may stand inside of a run of letters, what may be joined to it, and where a segmenter
says that words end.
"""

__all__ = ["segmenters", "unspaced"]
