"""Images as records have them: encoded bytes, paths of files, and files that are records."""

__all__ = ["cells", "files"]
