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
    "remediation/test_losses_on_backends.py",
    "remediation/test_parity_with_tfmr.py",
    "text/test_properties.py",
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


def test_what_is_stated_exists():
    assert set(FILES) >= ACROSS
