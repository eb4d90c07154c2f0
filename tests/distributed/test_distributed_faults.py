"""Lost workers, failing bundles, truncated files, full disks: right numbers or a clear failure.

A local runner does not start lost work again, as Dataflow does; so a fault ends the
run with one sentence, nothing half-written is left, and the same command started
again gives the right numbers. That work done twice counts once is in test_parity.
"""

from __future__ import annotations

import pathlib
import shutil
import signal

import pytest

from support import TESTS
from support.distributed.faulty_handlers import scores
from support.distributed.portable_service import portable_service, stop
from support.distributed.small_evaluation import (
    THRESHOLDS,
    arguments,
    assert_no_result,
    read_parts,
    read_report,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

GIVEN = ("--score=given=given",)
TWO_PROCESSES = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")


def handler(name: str) -> tuple[str, ...]:
    return (f"--handler=m=support.distributed.faulty_handlers:{name}",)


def assert_right_numbers(output_dir: pathlib.Path) -> None:
    """The report equals a direct count with the handlers' known scores."""
    table = read_parts(output_dir / "scored_pairs")
    report = read_report(output_dir)
    original = scores(table["comment_text"].to_pylist())
    changed = scores(table["counterfactual.comment_text"].to_pylist())
    [overall] = [s for s in report["models"][0]["slices"] if s["slice"] == "Overall"]
    assert overall["num_pairs"] == report["pairing"]["num_pairs"] == table.num_rows > 800
    for threshold, at in zip(THRESHOLDS, overall["thresholds"], strict=True):
        expected = int(((original > threshold) != (changed > threshold)).sum())
        assert at["flip_count"] == expected > 0
    assert (output_dir / "details" / "manifest.json").is_file()


def assert_one_sentence(ended, code: int, *words: str) -> None:
    assert ended.code == code, ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    for word in words:
        assert word in ended.stderr


@pytest.fixture(scope="module")
def truncated(data, tmp_path_factory) -> pathlib.Path:
    """The data in two files, of which the second was cut off."""
    folder = tmp_path_factory.mktemp("truncated")
    for path in data.iterdir():
        shutil.copy(path, folder)
    whole = (data / "examples.parquet").read_bytes()
    (folder / "examples-2.parquet").write_bytes(whole[: len(whole) // 2])
    return folder


def with_both_files(run: list[str], folder: pathlib.Path) -> list[str]:
    return [f"--examples={folder}/examples*.parquet" if "--examples=" in a else a for a in run]


@pytest.fixture(scope="module")
def in_memory(network, launcher, data, truncated, tmp_path_factory):
    """Name -> how the runs of one launcher ended, in memory and in two processes."""
    folder = tmp_path_factory.mktemp("in_memory")
    tiny = network.small_disk(folder / "tiny", 60)
    narrow = network.small_disk(folder / "narrow", 700)
    runs = {
        name: arguments(str(data), str(folder / place), *flags, models=models)
        for name, place, flags, models in (
            ("fails", "twice", (), handler("FailsTwice")),
            ("fails again", "twice", (), handler("FailsTwice")),
            ("works", "twice", (), handler("FailsTwice")),
            ("full for a worker", "tiny/out", (), GIVEN),
            ("full at the end", "narrow/out", (), GIVEN),
            ("truncated", "truncated", (), GIVEN),
        )
    }
    runs["truncated"] = with_both_files(runs["truncated"], truncated)
    mark = folder / "mark"
    actual = launcher.run(list(runs.values()), PYTHONPATH=str(TESTS), FAULT_MARK=str(mark))
    return folder, dict(zip(runs, actual, strict=True)), {"tiny": tiny, "narrow": narrow}


def test_a_bundle_that_fails_twice(in_memory):
    folder, ended, _ = in_memory
    for name in ("fails", "fails again"):
        assert_one_sentence(ended[name], 3, "this handler fails twice", "models[m]")
    assert ended["works"].code == 0, ended["works"].stderr
    assert_right_numbers(folder / "twice")


def test_a_disk_that_is_full_for_a_worker(in_memory):
    _, ended, disks = in_memory
    assert_one_sentence(ended["full for a worker"], 2, "No space left on device", "make room")
    assert_no_result(disks["tiny"] / "out")


def test_a_disk_that_is_full_at_the_final_write(in_memory):
    _, ended, disks = in_memory
    assert_one_sentence(ended["full at the end"], 2, "No space left on device", "make room")
    assert (disks["narrow"] / "out" / "scored_pairs").is_dir()  # the job itself had room
    assert_no_result(disks["narrow"] / "out")


def test_a_truncated_file_found_in_memory(in_memory):
    folder, ended, _ = in_memory
    assert_one_sentence(ended["truncated"], 2, "examples-2.parquet")
    assert_no_result(folder / "truncated")


def test_a_lost_worker_of_several(launcher, data, tmp_path):
    mark = tmp_path / "mark"
    run = arguments(str(data), str(tmp_path / "out"), *TWO_PROCESSES, models=handler("DiesOnce"))
    again = [a for a in run if a not in TWO_PROCESSES]
    lost, done = launcher.run([run, again], PYTHONPATH=str(TESTS), FAULT_MARK=str(mark))
    assert_one_sentence(lost, 3, "a worker process was lost")
    assert mark.read_text() == "failed\n"
    assert done.code == 0, done.stderr
    assert_right_numbers(tmp_path / "out")


def test_a_launcher_that_is_killed_in_the_middle(launcher, data, tmp_path):
    """In memory the launcher is the worker."""
    mark, out = tmp_path / "mark", tmp_path / "out"
    run = arguments(str(data), str(out), models=handler("DiesOnce"))
    process, _ = launcher.start([run], PYTHONPATH=str(TESTS), FAULT_MARK=str(mark))
    try:
        assert process.wait(timeout=400) in (-signal.SIGKILL, 128 + signal.SIGKILL)
    finally:
        stop(process)
    assert not (out / "details" / "manifest.json").exists()
    assert not (out / "run_report.json").exists()
    [done] = launcher.run([run], PYTHONPATH=str(TESTS), FAULT_MARK=str(mark))
    assert done.code == 0, done.stderr
    assert_right_numbers(out)
    assert [p for p in out.rglob("*") if "beam-temp" in p.name] == []


def test_faults_on_the_portable_runner(network, launcher, worker_bin, data, truncated, tmp_path):
    """A worker in an environment of its own: what it says comes back as text."""
    mark = tmp_path / "mark"
    mark.write_text("failed\n")  # it has failed once before: a run is spared
    tiny = network.small_disk(tmp_path / "tiny", 60)
    with portable_service(
        network, worker_bin, tmp_path / "service", worker_path=str(TESTS), FAULT_MARK=str(mark)
    ) as portable:
        runs = {
            name: arguments(str(data), str(tmp_path / place), *portable, models=models)
            for name, place, models in (
                ("fails again", "out", handler("FailsTwice")),
                ("works", "out", handler("FailsTwice")),
                ("truncated", "truncated", GIVEN),
                ("full", "tiny/out", GIVEN),
            )
        }
        runs["truncated"] = with_both_files(runs["truncated"], truncated)
        actual = launcher.run(list(runs.values()), PYTHONPATH=str(TESTS), FAULT_MARK="unused")
        ended = dict(zip(runs, actual, strict=True))
    assert_one_sentence(ended["fails again"], 3, "this handler fails twice")
    assert ended["works"].code == 0, ended["works"].stderr
    assert_right_numbers(tmp_path / "out")
    assert_one_sentence(ended["truncated"], 2, "examples-2.parquet")
    assert_no_result(tmp_path / "truncated")
    assert_one_sentence(ended["full"], 2, "No space left on device")
    assert_no_result(tiny / "out")


def test_a_lost_portable_worker(network, launcher, worker_bin, data, tmp_path):
    """Beam's job service hears of it where data is under way; else the time limit ends the job."""
    with portable_service(
        network,
        worker_bin,
        tmp_path / "service",
        worker_path=str(TESTS),
        FAULT_MARK=str(tmp_path / "mark"),
    ) as portable:
        limited = (*portable, "--max_job_minutes=4")
        run = arguments(str(data), str(tmp_path / "out"), *limited, models=handler("DiesOnce"))
        [lost] = launcher.run([run], PYTHONPATH=str(TESTS), FAULT_MARK="unused")
    assert_one_sentence(lost, 3)
    assert "a worker process was lost" in lost.stderr or "--max_job_minutes" in lost.stderr
    assert (tmp_path / "mark").read_text() == "failed\n"
    assert_no_result(tmp_path / "out")
