"""Commands start without packages that Beam and Keras import just in case."""

import gc
import json
import os
import subprocess
import sys
import weakref

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from google.protobuf import json_format
from scipy import special

from fairflip._version import __version__
from fairflip.pipeline.cli import spared_imports
from fairflip.pipeline.run import submitted
from fairflip.pipeline.storage import run_folder
from fairflip.pipeline.storage.manifest import write_manifest
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import report_to_json
from fairflip.protos.report_pb2 import RunReport

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
    actual: dict = {"__name__": asker}
    sys.modules.pop(MODULE, None)
    exec(f"import {MODULE}\nvalue = {MODULE}.VALUE", actual)
    return actual["value"]


@pytest.mark.usefixtures("_module")
def test_only_those_who_ask_just_in_case_get_nothing():
    with spared_imports.spared_imports():
        with pytest.raises(ModuleNotFoundError, match=MODULE) as refused:
            ask("spared.asker.part")
        assert ask("user.model") == 3
    assert refused.value.name == MODULE
    assert ask("spared.asker.part") == 3


def test_nothing_of_it_stays_behind(monkeypatch):
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
    finders, thresholds = list(sys.meta_path), gc.get_threshold()

    def command() -> None:
        with spared_imports.spared_imports():
            assert gc.get_threshold() != thresholds
            assert os.environ["OPENBLAS_THREAD_TIMEOUT"] == "18"
            assert len(sys.meta_path) == len(finders) + 4
            raise RuntimeError("of the command")

    with pytest.raises(RuntimeError, match="of the command"):
        command()
    assert sys.meta_path == finders
    assert "OPENBLAS_THREAD_TIMEOUT" not in os.environ
    assert gc.get_threshold() == thresholds


def test_what_was_said_of_threads_stays(monkeypatch):
    monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", "20")
    with spared_imports.spared_imports():
        assert os.environ["OPENBLAS_THREAD_TIMEOUT"] == "20"
    assert os.environ["OPENBLAS_THREAD_TIMEOUT"] == "20"


def test_what_a_command_made_is_not_looked_through_at_its_end_but_later():
    looks = []

    class Garbage:
        pass

    gc.collect()
    gc.callbacks.append(lambda phase, told: looks.append(phase))
    try:
        with spared_imports.spared_imports(little=True):
            many = [[number] for number in range(50_000)]
            garbage = Garbage()
            garbage.itself, gone = garbage, weakref.ref(garbage)
            del garbage
        more = [[number] for number in range(100)]
        assert not looks
    finally:
        gc.callbacks.pop()
    assert gone() is not None
    gc.collect()
    assert gone() is None
    assert len(many + more) == 50_100


@pytest.mark.system
def test_beam_and_keras_do_without_what_they_are_spared():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.usefixtures("_module")
def test_what_is_loaded_later_is_there_when_it_is_used(monkeypatch, tmp_path):
    (tmp_path / f"{MODULE}.py").write_text("import sys\nsys.loaded_later = True\nVALUE = 3\n")
    monkeypatch.setattr(spared_imports, "SPARED", {})
    monkeypatch.setattr(spared_imports, "LATER", {MODULE: ("eager.asker",)})
    monkeypatch.setattr(sys, "loaded_later", False, raising=False)
    eager = {"__name__": "eager.asker"}
    with spared_imports.spared_imports():
        exec(f"import {MODULE}", eager)
        assert not sys.loaded_later
    assert eager[MODULE].VALUE == 3
    assert sys.loaded_later
    monkeypatch.setattr(sys, "loaded_later", False)
    with spared_imports.spared_imports():
        assert ask("user.model") == 3


ARTISTS = """
import sys
from fairflip.pipeline.cli.spared_imports import spared_imports
with spared_imports():
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
    line = Line2D([0], [0])
    line.set(lw=3, color="red")
    Figure(figsize=(2, 1)).add_subplot().set(xlim=(0, 4))
    try:
        line.set(no_such_property=1)
    except AttributeError as error:
        print(error)
print(line.get_linewidth(), "linewidth" in (Line2D.set.__doc__ or ""))

class Mine(Artist):  # as others make them afterwards
    def set_mine(self, value):
        pass

print("mine" in Mine.set.__doc__)
"""


@pytest.mark.system
def test_artists_draw_alike_without_the_help_that_is_spared_them():
    done = subprocess.run(
        [sys.executable, "-c", ARTISTS], capture_output=True, text=True, timeout=60, check=True
    )
    refused, drawn, helped = done.stdout.strip().splitlines()
    assert "no_such_property" in refused
    assert drawn == "3.0 False"
    assert helped == "True"


HELPED = """
import sys
from fairflip.pipeline.cli.spared_imports import HELP, spared_imports
with spared_imports():
    import matplotlib.figure, pyarrow.compute as pc, scipy.special as special
print(special.ndtri(0.975), pc.round(2.567, ndigits=2))
print("Array API" in special.logsumexp.__doc__, "ndigits" in pc.round.__doc__)
for name, parts in HELP.items():
    for part in parts:
        owner = sys.modules[name]
        for attribute in part.split("."):
            owner = getattr(owner, attribute)
        assert "spared_imports" not in owner.__module__, (name, part)
"""


@pytest.mark.system
def test_libraries_compute_alike_without_the_help_that_is_spared_them():
    done = subprocess.run(
        [sys.executable, "-c", HELPED], capture_output=True, text=True, timeout=60, check=True
    )
    computed, helped = done.stdout.strip().splitlines()
    assert computed == f"{special.ndtri(0.975)} {pc.round(2.567, ndigits=2)}"
    assert helped == "False False"


COMPARED = """
import sys
from fairflip.pipeline.cli.spared_imports import spared_imports
if "spared" in sys.argv:
    with spared_imports(little=True):
        import apache_beam.typehints.typehints as hints
    assert not any(name.startswith("beartype") for name in sys.modules)
else:
    import apache_beam.typehints.typehints as hints
pairs = [(bool, int), (int, str), (3, int), (int, 3), (dict, "no type")]
print([hints.is_consistent_with(*pair) for pair in pairs])
import beartype
assert beartype.beartype and beartype is sys.modules["beartype"]
"""


@pytest.mark.system
def test_beam_compares_types_as_with_beartype_which_is_imported_for_it_then():
    done = [
        subprocess.run(
            [sys.executable, "-c", COMPARED, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for words in (["spared"], ["not"])
    ]
    assert done[0] == done[1] == "[True, False, False, False, False]\n"


AT_THE_END = """
import gc, os, sys, weakref
from fairflip.pipeline.cli.spared_imports import spared_imports
if "spared" in sys.argv:
    for _ in range(2):
        with spared_imports():
            pass

class Told:
    def __del__(self):
        os.write(1, b"looked at")

told = Told()
told.itself = told  # garbage that nothing but a look for garbage finds
del told
import atexit
atexit.register(os.write, 1, b"ended, ")
"""


@pytest.mark.system
@pytest.mark.parametrize(
    ("words", "told"), [(["spared"], "ended, "), (["not"], "ended, looked at")]
)
def test_nobody_looks_for_garbage_when_a_command_ends(words, told):
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == told


LITTLE = {
    "data": {"pairs": ["pairs.parquet"]},
    "models": [{"name": "m", "score_feature": "risk"}],
    "output": {"output_dir": "out"},
}


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        ({"data": {"pairs": ["gs://bucket/pairs.parquet"]}}, []),
        ({"output": {"output_dir": "gs://bucket/out"}}, []),
        ({"models": [{"name": "m", "function": "mine:score"}]}, []),
        ({"models": [*LITTLE["models"], {"name": "n", "path": "n.keras"}]}, []),
        ({"models": [{"name": "m", "score_feature": "risk", "import_module": ["mine"]}]}, []),
        ({"models": []}, []),
        ({"generator": {"function": "mine:generate"}}, []),
        ({"evaluation": {"eval_config": "mine.textproto"}}, []),
        ({"output": {"output_dir": "out", "tfma_result": "true"}}, []),
        ({}, ["--runner=DirectRunner"]),
    ],
)
def test_a_command_that_may_need_more_is_spared_less(more, flags):
    config = json_format.ParseDict({**LITTLE, **more}, PipelineConfig())
    assert not spared_imports.needs_little(config, flags)
    assert spared_imports.needs_little(json_format.ParseDict(LITTLE, PipelineConfig()), [])


def test_drawing_a_finished_run_needs_little(tmp_path):
    config = PipelineConfig()
    config.output.output_dir = str(tmp_path)
    assert spared_imports.needs_little(config, [], "report")
    assert not spared_imports.needs_little(config, [])
    submitted.note(config)
    (tmp_path / run_folder.SUMMARY).write_bytes(b"")
    assert submitted.is_waiting(str(tmp_path))
    assert not spared_imports.needs_little(config, [], "report")
    config.output.output_dir = "gs://bucket/run"
    assert not spared_imports.needs_little(config, [], "report")


SCORES = """
import sys
from fairflip.pipeline.cli import main
from fairflip.pipeline.cli.spared_imports import SPARED, SPARED_OF_LITTLE
assert main(sys.argv[1:]) == 0
heavy = ("tensorflow", "tensorflow_model_analysis", "keras", "google.cloud.storage")
print([name for name in (*SPARED, *SPARED_OF_LITTLE, *heavy) if name in sys.modules])
import pandas as pd, pyarrow as pa  # whoever needs it afterwards gets it whole
print(pa.Table.from_pandas(pd.DataFrame({"a": [1.0, float("nan")]}))["a"].null_count)
"""


@pytest.mark.system
def test_scores_in_local_files_are_evaluated_without_clouds_pandas_and_tensorflow(tmp_path):
    texts = [f"a man says {i}" for i in range(30)]
    pairs = {
        "example_id": [str(i) for i in range(30)],
        "comment_text": texts,
        "counterfactual.comment_text": [text.replace("man", "woman") for text in texts],
        "risk": [i / 30 for i in range(30)],
        "counterfactual.risk": [(29 - i) / 30 for i in range(30)],
    }
    pq.write_table(pa.table(pairs), tmp_path / "pairs.parquet")
    evaluate = ["evaluate", "--pairs=pairs.parquet", "--score=m=risk", "--output_dir=out"]
    for command in (evaluate, ["report", "--run=out"]):
        done = subprocess.run(
            [sys.executable, "-c", SCORES, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.splitlines()[-2:] == ["[]", "1"]


LIGHT_COMMANDS = """
import json, sys
from fairflip.pipeline.cli import COMMANDS, main
run, limits = sys.argv[1:]
heavy = ("tensorflow", "apache_beam", "tensorflow_model_analysis", "keras")
calls = [["--help"], *([command, "--help"] for command in COMMANDS)]
calls += [["evaluate", "--threshold=2"], ["run", "--no_such_flag=1"]]
calls += [["gate", f"--run={run}", f"--limits={limits}"], ["report", f"--run={run}"]]
codes = {" ".join(call[:2]): main(call) for call in calls}
print()
print(json.dumps([codes, [name for name in heavy if name in sys.modules]]))
"""


@pytest.mark.system
def test_help_mistakes_gate_and_report_start_neither_tensorflow_nor_beam(tmp_path):
    report = RunReport()
    metrics = report.models.add(name="m").slices.add(slice="Overall", num_pairs=12, num_originals=9)
    metrics.thresholds.add(threshold=0.5, flip_count=3).flip_rate.value = 0.25
    run, limits = tmp_path / "run", tmp_path / "limits.yaml"
    (run / "tfma" / "m").mkdir(parents=True)
    (run / "tfma" / "m" / "validations.tfrecord").write_bytes(b"only TFMA can read this")
    (run / "run_report.json").write_text(report_to_json(report))
    write_manifest(str(run), ["run_report.json"], __version__)
    limits.write_text("limits: [{metric: flip_rate, max: 0.2}]")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT_COMMANDS, str(run), str(limits)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    codes, heavy = json.loads(done.stdout.splitlines()[-1])
    assert not heavy
    assert codes.pop("evaluate --threshold=2") == codes.pop("run --no_such_flag=1") == 2
    assert codes.pop(f"gate --run={run}") == 1, "a quarter flips, above the limit"
    assert set(codes.values()) == {0}, codes
    assert (run / "report.html").stat().st_size > 10_000
