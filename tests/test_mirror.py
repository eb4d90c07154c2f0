"""A test stands in the folder that mirrors its module's, under its module's name.

`tests/pipeline/read/test_files.py` and `test_files_<topic>.py` test
`pipeline/read/files.py`. Folders of their own hold what tests no single module.
"""

from __future__ import annotations

import pytest

from support import TESTS

ROOMS = ("api", "metrics", "pipeline", "protos", "remediation", "text", "view")
#: What is tested across the modules of a folder.
ACROSS = {
    "remediation/test_losses.py",
    "remediation/test_losses_by_numpy.py",
    "remediation/test_losses_on_backends.py",
    "remediation/test_parity_with_tfmr.py",
    "text/test_properties.py",
    "text/test_properties_made_texts.py",
}
FILES = sorted(
    path.relative_to(TESTS).as_posix() for room in ROOMS for path in (TESTS / room).rglob("*.py")
)


@pytest.mark.parametrize("name", FILES)
def test_a_test_has_the_name_of_its_module(repository, name):
    if name in ACROSS or name.endswith("/conftest.py"):
        return
    folder, _, file = name.rpartition("/")
    modules = [path.stem.lstrip("_") for path in (repository / folder).rglob("*.py")]
    named = file.removeprefix("test_").removesuffix(".py")
    assert any(f"{named}_".startswith(f"{module}_") for module in modules if module), (
        f"no module of {folder}/ is called like tests/{name}"
    )


def test_folders_and_files_stay_small():
    """As those of the package: at most 15 modules a folder, 400 lines a file."""
    folders: dict[str, int] = {}
    for path in TESTS.rglob("*.py"):
        name = path.relative_to(TESTS).as_posix()
        folder = path.parent.relative_to(TESTS).as_posix()
        folders[folder] = folders.get(folder, 0) + 1
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, name
    assert {name: number for name, number in folders.items() if number > 15} == {}


def test_what_is_stated_exists():
    assert set(FILES) >= ACROSS
