"""Commands start without packages that Beam and Keras import just in case."""

import gc
import subprocess
import sys

import pytest

from fairflip.pipeline.cli import spared_imports

MODULE = "asked_for_just_in_case"
PROGRAM = """
import sys
from fairflip.pipeline.cli.spared_imports import SPARED, spared_imports
with spared_imports():
    import apache_beam, keras
    import keras.src.wrappers.sklearn_wrapper
missing = [name for name in SPARED if name in sys.modules]
assert not missing, missing
assert apache_beam.Map and keras.models.load_model
import IPython, matplotlib.pyplot, sklearn  # others get them, and so does everybody afterwards
"""


@pytest.fixture
def _module(tmp_path, monkeypatch):
    (tmp_path / f"{MODULE}.py").write_text("VALUE = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(spared_imports, "SPARED", {MODULE: ("spared.asker",)})
    yield
    sys.modules.pop(MODULE, None)


def ask(asker: str) -> int:
    """What a module of that name gets that asks for `MODULE`."""
    found: dict = {"__name__": asker}
    sys.modules.pop(MODULE, None)
    exec(f"import {MODULE}\nvalue = {MODULE}.VALUE", found)
    return found["value"]


@pytest.mark.usefixtures("_module")
def test_only_those_who_ask_just_in_case_get_nothing():
    with spared_imports.spared_imports():
        with pytest.raises(ModuleNotFoundError, match=MODULE) as refused:
            ask("spared.asker.part")
        assert ask("user.model") == 3
    assert refused.value.name == MODULE
    assert ask("spared.asker.part") == 3


def test_nothing_of_it_stays_behind():
    finders, thresholds = list(sys.meta_path), gc.get_threshold()

    def command() -> None:
        with spared_imports.spared_imports():
            assert gc.get_threshold() != thresholds
            assert len(sys.meta_path) == len(finders) + 1
            raise RuntimeError("of the command")

    with pytest.raises(RuntimeError, match="of the command"):
        command()
    assert sys.meta_path == finders
    assert gc.get_threshold() == thresholds


def test_beam_and_keras_do_without_what_they_are_spared():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
