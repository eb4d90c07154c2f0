"""Scikit-learn estimators from a file: skops, and pickles (joblib) where that was allowed."""

from __future__ import annotations

import zipfile
from typing import Any

from fairflip.pipeline.score.libraries import extras
from fairflip.protos.errors import ConfigurationError

EXTRA = "sklearn"
_MAX_TYPES_NAMED = 5


def is_skops(path: str) -> bool:
    """Whether a local file is of skops: an archive with its schema. Others are pickles."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "schema.json" in archive.namelist()


def check(path: str, field: str, allow_custom_code: bool, shown: str = "") -> None:
    """Looks at a local file before anything of it is loaded.

    Args:
        path: The file.
        field: The configuration's name of the setting, for messages.
        allow_custom_code: Whether the file may run code of its own.
        shown: The file's name in messages, where that is not `path`.

    Raises:
        ConfigurationError: It is a pickle, or holds types that skops does not know.
    """
    shown = shown or path
    if not is_skops(path):
        extras.require(EXTRA, field, also=("joblib",))
        if not allow_custom_code:
            raise ConfigurationError(
                f"{field}: {shown!r} is a pickle, which can run any code when it is loaded; save "
                "the estimator with skops.io.dump, or, if you trust the file, give "
                "--allow_custom_code (models.allow_custom_code)"
            )
        return
    extras.require(EXTRA, field)
    unknown = _untrusted_types(path, field, shown)
    if unknown and not allow_custom_code:
        more = f" and {len(unknown) - _MAX_TYPES_NAMED} more" * (len(unknown) > _MAX_TYPES_NAMED)
        raise ConfigurationError(
            f"{field}: {shown!r} holds types that are not known to run no code of their own "
            f"({', '.join(unknown[:_MAX_TYPES_NAMED])}{more}); if you trust the file, give "
            "--allow_custom_code (models.allow_custom_code)"
        )


def load(path: str, field: str, allow_custom_code: bool) -> Any:
    """The estimator of a local file.

    Raises:
        ConfigurationError: It cannot be loaded, or not without code of its own.
    """
    check(path, field, allow_custom_code)
    try:
        if is_skops(path):
            import skops.io

            return skops.io.load(path, trusted=_untrusted_types(path, field, path))
        import joblib

        return joblib.load(path)
    except ConfigurationError:
        raise
    except Exception as error:  # a pickle raises whatever its code raises
        raise ConfigurationError(
            f"{field}: {path!r} cannot be loaded ({type(error).__name__}: {error}); load it with "
            "the versions that wrote it, and save it anew with skops.io.dump"
        ) from error


def _untrusted_types(path: str, field: str, shown: str) -> list[str]:
    import skops.io

    try:
        return sorted(skops.io.get_untrusted_types(file=path))
    except Exception as error:  # of a damaged archive: KeyError, JSON's, zipfile's and others
        raise ConfigurationError(
            f"{field}: {shown!r} is damaged ({type(error).__name__}); save it anew with "
            "skops.io.dump"
        ) from error
