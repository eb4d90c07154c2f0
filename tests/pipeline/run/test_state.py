"""Interrupted runs go on, with the result of an undisturbed one; directories have one owner."""

from __future__ import annotations

import errno
import pathlib
import signal
import subprocess
import sys

import pytest

from fairflip._version import __version__
from fairflip.pipeline.run import state as run_state
from fairflip.pipeline.run.state import config_fingerprint, open_run
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import verify_manifest
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError

STEPS = ("pair", "score", "report")


class Killed(BaseException):
    """As if the process ended here."""


def a_config(folder: pathlib.Path, **changes) -> PipelineConfig:
    return PipelineConfig(output={"output_dir": str(folder), **changes})


def do_run(folder: pathlib.Path, seed: int = 0, inputs=None, **changes) -> list[str]:
    """Three steps, each made of what the one before wrote; returns those that ran."""
    ran: list[str] = []
    config = a_config(folder, **changes)
    config.seed = seed
    with open_run(config, "run") as state:

        def write(name: str, content: str) -> None:
            with filesystem.create_atomically(str(folder / name)) as file:
                file.write(content.encode())

        def pair() -> list[str]:
            ran.append("pair")
            for shard in "ab":
                write(f"pairs/{shard}", f"{seed}{shard}{inputs}")
            return ["pairs/a", "pairs/b"]

        def score() -> list[str]:
            ran.append("score")
            text = (folder / "pairs/a").read_text() + (folder / "pairs/b").read_text()
            write("scored", text.upper())
            return ["scored"]

        def report() -> list[str]:
            ran.append("report")
            write("run_report.json", (folder / "scored").read_text() * 2)
            return ["run_report.json"]

        for action in (pair, score, report):
            state.run_step(action.__name__, action, inputs={"data": str(inputs)})
        state.finish()
        assert state.is_complete()
    return ran


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """Everything a reader sees, without the lock's note of who held it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


@pytest.fixture
def undisturbed(tmp_path) -> dict[str, bytes]:
    do_run(tmp_path / "undisturbed")
    return contents(tmp_path / "undisturbed")


def test_a_run_is_complete_and_a_second_does_nothing(tmp_path):
    out = tmp_path / "out"
    assert do_run(out) == list(STEPS)
    assert verify_manifest(str(out), __version__) == []
    before = contents(out)
    assert do_run(out) == []
    assert contents(out) == before


def _count_calls(monkeypatch, owner, name, after=None):
    """Counts calls; at number `after` (from 0), raises instead of, or right after, doing it."""
    real, calls = getattr(owner, name), []

    def counted(*args, **keywords):
        calls.append(name)
        if after is not None and len(calls) - 1 == after[0]:
            if after[1] == "after":
                real(*args, **keywords)
            raise after[2]
        return real(*args, **keywords)

    monkeypatch.setattr(owner, name, counted)
    return calls


def _number_of(tmp_path, call: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        calls = _count_calls(patch, filesystem.os, call)
        do_run(tmp_path / f"counted-{call}")
    return len(calls)


@pytest.mark.parametrize("call", ["replace", "fsync"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "fault", [Killed(), OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "I/O")]
)
def test_a_fault_at_each_write(tmp_path, undisturbed, call, moment, fault):
    """Whatever write fails: no complete-looking directory, and a rerun has the same result."""
    number = _number_of(tmp_path, call)
    assert number == 9, "config, 2 pairs, scored, report, 3 markers, manifest"
    for place in range(number):
        out = tmp_path / f"out{place}"
        with pytest.MonkeyPatch.context() as patch:
            _count_calls(patch, filesystem.os, call, (place, moment, fault))
            is_full = isinstance(fault, OSError) and fault.errno == errno.ENOSPC
            expected = InputError if is_full else type(fault)
            with pytest.raises(expected) as caught:
                do_run(out)
            if is_full:
                assert "No space left on device" in str(caught.value)
        finished = call == "replace" and moment == "after" and place == number - 1
        assert bool(verify_manifest(str(out), __version__)) != finished
        ran = do_run(out)
        assert contents(out) == undisturbed, (place, ran)
        assert len(ran) <= 3
        if place >= 4:
            assert "pair" not in ran, "a finished step is not done again"


@pytest.mark.system
def test_a_process_killed_in_a_step_leaves_its_lock_to_no_one(tmp_path):
    out = tmp_path / "out"
    code = (
        "import sys, time\n"
        "from fairflip.pipeline.run.state import open_run\n"
        "from fairflip.protos.config_pb2 import PipelineConfig\n"
        "config = PipelineConfig(output={'output_dir': sys.argv[1]})\n"
        "with open_run(config, 'run') as state:\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(120)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(InputError, match=rf"another run \(process {process.pid} on "):
            do_run(out)
        with pytest.raises(InputError, match="another run"):
            do_run(out, overwrite=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert do_run(out) == list(STEPS)


def test_two_runs_in_one_process_refuse_too(tmp_path):
    with (
        open_run(a_config(tmp_path), "run"),
        pytest.raises(InputError, match="give another --output_dir"),
        open_run(a_config(tmp_path), "run"),
    ):
        raise AssertionError("not reached")
    with open_run(a_config(tmp_path), "run"):
        assert (tmp_path / "details" / "state" / "lock").exists()


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"no_text": True}, {"command": "evaluate"}, {"version": "0.0.1"}]
)
def test_another_configuration_command_or_version_is_refused(tmp_path, change):
    do_run(tmp_path)
    before = contents(tmp_path)
    config = a_config(tmp_path, **{k: v for k, v in change.items() if k == "no_text"})
    config.seed = change.get("seed", 0)
    command, version = change.get("command", "run"), change.get("version", __version__)
    with (
        pytest.raises(InputError, match="--overwrite"),
        open_run(config, command, version),
    ):
        raise AssertionError("not reached")
    assert contents(tmp_path) == before, "a refused run changes nothing"
    config.output.overwrite = True
    with open_run(config, command, version) as state:
        assert not state.is_complete(), "at once, before anything is written"
        assert state.run_step("pair", lambda: ["scored"])


def test_where_it_is_written_is_no_part_of_what_is_run(tmp_path):
    one, two = a_config(tmp_path / "one"), a_config(tmp_path / "two", overwrite=True)
    assert config_fingerprint(one) == config_fingerprint(two)
    two.evaluation.thresholds.append(0.5)
    assert config_fingerprint(one) != config_fingerprint(two)


def test_overwriting_with_another_seed(tmp_path, undisturbed):
    do_run(tmp_path / "out", seed=3)
    assert do_run(tmp_path / "out", overwrite=True) == list(STEPS)
    assert contents(tmp_path / "out") == undisturbed
    assert do_run(tmp_path / "out", overwrite=True) == [], "it is this run's now"


def test_a_directory_with_a_report_of_unknown_origin_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "run_report.json").write_text("{}")
    with pytest.raises(InputError, match="--overwrite"):
        do_run(tmp_path)
    (tmp_path / "run_report.json").unlink()
    assert do_run(tmp_path) == list(STEPS), "other files are no one's business"


def put(folder: pathlib.Path, *names: str) -> set[str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("some text")
    return set(names)


USERS_OWN = (
    *("train.tfrecord.0", "labels.json.1", "scores.partial.csv", "details/figures/a.json.2"),
    *("models/best.partial.keras", "models/m/checkpoint/a.partial.npz", "pairs/p.tfrecord.3"),
    *("models/m/sweep/notes.txt", "models/tfrecord.0"),
)


def test_a_run_removes_no_file_of_the_users(tmp_path):
    """Refused, let in by --overwrite, and started again: what no run made stays."""
    mine = put(tmp_path, *USERS_OWN, "tfma/mine/metrics", "steps/1/notes", "rejects/a.jsonl")
    with pytest.raises(InputError, match="--overwrite"):
        do_run(tmp_path)
    assert mine <= set(contents(tmp_path))
    do_run(tmp_path, overwrite=True)
    do_run(tmp_path, seed=1, overwrite=True)
    remaining = set(contents(tmp_path))
    assert set(USERS_OWN) - {"models/m/checkpoint/a.partial.npz"} <= remaining


@pytest.mark.parametrize("name", ["tfma/mine/metrics", "details/steps/mine", "rejects/mine.jsonl"])
def test_a_foreign_folder_that_a_run_would_delete_is_refused(tmp_path, name):
    put(tmp_path, name)
    with pytest.raises(InputError, match="no run has been there"):
        do_run(tmp_path)
    assert (tmp_path / name).exists()
    assert do_run(tmp_path, overwrite=True) == list(STEPS)


def test_a_try_that_failed_early_does_not_ask_for_overwrite(tmp_path):
    """Its folders are known as ours, since the directory was claimed before."""
    with open_run(a_config(tmp_path), "run"):
        put(tmp_path, "tfma/m/metrics", "steps/baseline/x", "rejects/a.jsonl")
    assert do_run(tmp_path, seed=1) == list(STEPS)
    assert not (tmp_path / "details" / "steps").exists()


def test_temporary_files_of_a_killed_run_are_removed_where_it_makes_them(tmp_path):
    do_run(tmp_path)
    left = put(
        tmp_path,
        *(".run_report.json.abcdefg1.part", "pairs/.a.abcdefg1.part"),
        *("models/m/checkpoint/a.partial.npz", "models/m/sweep/x.partial.keras"),
        *("tfma/m/eval_config.json.41", "details/steps/baseline/tfma/m/metrics.tfrecord.7"),
        "pairs/beam-temp-x/a.parquet",
    )
    do_run(tmp_path)
    assert not left & set(contents(tmp_path))


def test_what_another_run_left_to_go_on_from_is_gone(tmp_path):
    """Sweep, checkpoints and text of a run that was stopped are no one's to take over."""
    do_run(tmp_path)
    left = put(
        tmp_path,
        *(
            "details/steps/sweep.binpb",
            "details/steps/baseline/scored_pairs/a.parquet",
            "details/coverage.json",
        ),
        *("models/m/sweep/sweep_runs.json", "models/m/sweep/plain_1.keras"),
        *("models/m/checkpoint/state.json", "models/m/checkpoint/epoch_1.npz"),
    )
    remaining = put(tmp_path, "models/m/model.keras", "pairs/pairs-00000-of-00001.parquet")
    do_run(tmp_path)
    assert left <= set(contents(tmp_path)), "the same run goes on from them"
    with pytest.raises(InputError, match="--overwrite"):
        do_run(tmp_path, no_text=True)
    assert left <= set(contents(tmp_path))
    do_run(tmp_path, no_text=True, overwrite=True)
    actual = set(contents(tmp_path))
    assert not left & actual
    assert remaining <= actual


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda out: (out / "scored").write_text("altered"), ["score"]),
        (lambda out: (out / "scored").unlink(), ["score"]),
        (lambda out: (out / "pairs/b").write_text(""), ["pair"]),
        (lambda out: (out / "details/state/steps/pair.json").write_text("{"), ["pair"]),
        (lambda out: (out / "details/state/steps/report.json").unlink(), ["report"]),
        (lambda out: (out / "details" / "manifest.json").unlink(), []),
    ],
)
def test_what_was_altered_is_made_again_and_only_that(tmp_path, undisturbed, damage, expected):
    do_run(tmp_path / "out")
    damage(tmp_path / "out")
    assert do_run(tmp_path / "out") == expected
    assert contents(tmp_path / "out") == undisturbed


def test_a_complete_run_is_not_complete_while_a_step_is_done_again(tmp_path):
    do_run(tmp_path)
    (tmp_path / "details/state/steps/pair.json").unlink()

    def die():
        assert not (tmp_path / "details" / "manifest.json").exists()
        raise Killed

    with pytest.raises(Killed), open_run(a_config(tmp_path), "run") as state:
        state.run_step("pair", die, inputs={"data": "None"})
    assert any("not complete" in problem for problem in verify_manifest(str(tmp_path)))


def test_changed_inputs_are_read_again_with_all_that_follows(tmp_path):
    do_run(tmp_path, inputs="one")
    assert do_run(tmp_path, inputs="two") == list(STEPS)
    assert do_run(tmp_path, inputs="two") == []


def test_a_step_after_one_that_came_out_otherwise_runs_again(tmp_path):
    """Killed between the steps of a second run: the old marker of the later step is void."""
    with open_run(a_config(tmp_path), "run") as state:
        (tmp_path / "first").write_text("old")
        (tmp_path / "second").write_text("made of old")
        state.run_step("one", lambda: ["first"])
        state.run_step("two", lambda: ["second"])
    (tmp_path / "first").write_text("other")
    with open_run(a_config(tmp_path), "run") as state:
        assert state.run_step("one", lambda: ["first"])
    with open_run(a_config(tmp_path), "run") as state:
        assert not state.run_step("one", lambda: ["first"])
        assert state.run_step("two", lambda: ["second"])


def test_steps_must_write_what_they_name_and_have_names(tmp_path):
    with open_run(a_config(tmp_path), "run") as state:
        with pytest.raises(InputError, match="'none' is missing"):
            state.run_step("pair", lambda: ["none"])
        assert not (tmp_path / "details/state/steps/pair.json").exists()
        for name in ("", "../x", "a/b", "A"):
            with pytest.raises(ValueError, match="no name for a step"):
                state.run_step(name, lambda: [])


def test_a_read_only_directory_is_refused_in_a_sentence(tmp_path, monkeypatch):
    def refuse(*args, **keywords):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(run_state.os, "makedirs", refuse)
    with pytest.raises(InputError, match=r"cannot be written \(Read-only file system\)"):
        do_run(tmp_path / "out")


def test_an_unreadable_input_is_not_blamed_on_the_output(tmp_path):
    def action():
        raise PermissionError(errno.EACCES, "Permission denied", "/elsewhere/input.csv")

    with pytest.raises(PermissionError), open_run(a_config(tmp_path), "run") as state:
        state.run_step("pair", action)
