"""Files to batches of good records, and rejects.

A new file format is a module beside `csv_files`, named in `formats`.
"""

__all__ = ["cells", "columns", "files", "formats", "judge", "layout", "raw", "transforms"]
