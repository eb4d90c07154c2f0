"""What all tests share: quiet TensorFlow, where the real data is, and what a unit test is."""

from __future__ import annotations

import contextlib
import gc
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import pytest
from hypothesis import settings

from support import ROOT
from support.fuzz.fuzz_settings import NUM_EXAMPLES
from support.unit.blank_plots import blank_plots, looks_at_plots
from support.unit.guard import APART, SYSTEM_MARKS, UnitGuard, is_system_file, process_group
from support.unit.quick_beam import QuickBeam

GUARD = UnitGuard()
QUICK_BEAM = QuickBeam()
# A loaded machine is slow, and no test is about that.
settings.register_profile("unhurried", deadline=None, max_examples=NUM_EXAMPLES)
settings.load_profile("unhurried")


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    """What is not even imported.

    That is files of system tests where `-m "not system"` is given, since it takes TensorFlow, and
    those that need other packages than the lock has, but where their mark is asked for.
    """
    for mark, folder in APART.items():
        if collection_path == folder:
            return config.option.markexpr != mark or None
    if config.option.markexpr == "not system" and collection_path.name.startswith("test_"):
        return is_system_file(collection_path) or None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    GUARD.no_tensorflow = collector.config.option.markexpr == "not system"
    try:
        return (yield)
    finally:
        GUARD.no_tensorflow = False


def pytest_collection_finish() -> None:
    # What is there now stays until the end; it is not looked through for garbage again and again,
    # and what tests make is, once in 100,000 objects instead of 700.
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = {path: is_system_file(path) for path in {item.path for item in items}}
    for item in items:
        if files[item.path] or any(item.get_closest_marker(name) for name in SYSTEM_MARKS):
            item.add_marker("system")
        for mark, folder in APART.items():
            if folder in item.path.parents:
                item.add_marker(mark)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Which tests share a process: those of one group, by `process_group`.

    The marks `xdist_group` would say so too, but xdist 3.8 loses them on pytest 9.2: each test was
    a group of its own, and what a file or folder makes once was made in every process.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return process_group(ROOT / nodeid.partition("::")[0])

    return Groups(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    is_unit = item.get_closest_marker("system") is None
    GUARD.no_tensorflow = GUARD.no_process = is_unit
    GUARD.broken.clear()
    QUICK_BEAM.set_for(item)
    is_blank = is_unit and not looks_at_plots(item)
    try:
        with blank_plots() if is_blank else contextlib.nullcontext():
            return (yield)
    finally:
        GUARD.no_tensorflow = GUARD.no_process = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    result = yield
    assert not GUARD.broken, f"{GUARD.broken}: mark the test pytest.mark.system"
    return result


@pytest.fixture(scope="session")
def repository() -> pathlib.Path:
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> pathlib.Path:
    """The folder of real labelled text, which is never copied into the repository."""
    folder = pathlib.Path(os.environ.get("FAIRFLIP_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}; set FAIRFLIP_DATA to its folder")
    return folder
