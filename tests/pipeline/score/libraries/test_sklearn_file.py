"""A pickle is told from a skops file by its content, and never opened unasked."""

from __future__ import annotations

import pickle
import zipfile

import pytest

from fairflip.pipeline.score.libraries import extras, sklearn_file
from fairflip.protos.errors import ConfigurationError


class _Loud:
    """Whoever loads a pickle of it runs `print`."""

    def __reduce__(self):
        return (print, ("a pickle was loaded",))


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.setitem(extras.MODULES, "sklearn", ())


@pytest.mark.parametrize("name", ["model.skops", "model.joblib", "model.pkl"])
def test_a_pickle_is_refused_under_any_name(tmp_path, capsys, name):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(_Loud()))
    assert not sklearn_file.is_skops(str(path))
    with pytest.raises(ConfigurationError, match=r"is a pickle.*--allow_custom_code"):
        sklearn_file.check(str(path), "models[m].sklearn_file", allow_custom_code=False)
    sklearn_file.check(str(path), "models[m].sklearn_file", allow_custom_code=True)
    assert "a pickle was loaded" not in capsys.readouterr().out


def test_an_archive_with_a_schema_is_of_skops(tmp_path):
    with zipfile.ZipFile(tmp_path / "m", "w") as archive:
        archive.writestr("schema.json", "{}")
    assert sklearn_file.is_skops(str(tmp_path / "m"))
    with zipfile.ZipFile(tmp_path / "other", "w") as archive:
        archive.writestr("data", "")
    assert not sklearn_file.is_skops(str(tmp_path / "other"))
