"""Versions: this package's, and those of others. Reading this file imports nothing."""

__version__ = "0.1.0.dev0"


def installed_version(package: str) -> str:
    """The version of a distribution such as ``pyarrow``; "" where it is not installed."""
    import importlib.metadata

    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
