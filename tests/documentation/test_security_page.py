"""What docs/security.md promises and no other test holds."""

from __future__ import annotations

import ast
import io
import json
import pathlib
import re
import zipfile

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.coders import coders
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline import cli
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError, InputError, UserError
from support import ROOT
from support.configurations import parse_config

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

ROOMS = ("api", "metrics", "pipeline", "protos", "remediation", "text", "view")
SOURCES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if not path.name.endswith("_pb2.py")
)

# --- the sources -------------------------------------------------------------

#: Modules that run what they read.
FORBIDDEN_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "subprocess"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
FORBIDDEN_NAMES = {"read_pickle", "extractall", "enable_unsafe_deserialization", "to_csv"}
#: The one place that opens a pickle: an estimator, where --allow_custom_code was given.
OPENS_PICKLES = {"pipeline/score/libraries/sklearn_file.py": {"joblib"}}
#: The one place that starts a program: ssh-keygen, by a list of arguments, to check a signature.
STARTS_PROGRAMS = {"pipeline/audit/signature.py": {"subprocess"}}
#: Import by a name from the configuration, each documented as code that the user names, or by a
#: constant.
IMPORT_BY_NAME = {
    "metrics/evaluator/eval_configs.py",  # one name, a constant beside the call
    *("api/__init__.py", "metrics/__init__.py", "view/__init__.py", "metrics/tfma/registration.py"),
    *(
        "pipeline/score/model_files/checks.py",
        "pipeline/generate/edits/functions.py",
        "remediation/training/own_trainer.py",
    ),
}


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def faults_of(path: pathlib.Path) -> list[str]:
    """What of a source file would run, unpack or fetch what it read."""
    name = path.relative_to(ROOT).as_posix()
    actual = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            allowed = OPENS_PICKLES.get(name, set()) | STARTS_PROGRAMS.get(name, set())
            forbidden = FORBIDDEN_MODULES - allowed
            actual += [m for m in modules if m.split(".")[0] in forbidden]
            if any(m.startswith("urllib.request") for m in modules):
                actual += [] if name == "pipeline/cli/download.py" else ["urllib.request"]
        if not isinstance(node, ast.Call):
            continue
        call = _dotted(node.func)
        keywords = {k.arg: ast.unparse(k.value) for k in node.keywords}
        last = call.rsplit(".", 1)[-1]
        if call in FORBIDDEN_CALLS or last in FORBIDDEN_NAMES:
            actual.append(call)
        if re.fullmatch(r"yaml\.(unsafe_|full_)?load(_all)?", call):
            actual.append(call)
        if call.startswith("yaml.") and keywords.get("Loader") not in (None, "yaml.SafeLoader"):
            actual.append(f"{call} with {keywords['Loader']}")
        if call in {"np.load", "numpy.load"} and keywords.get("allow_pickle") != "False":
            actual.append(call)
        if last == "load_model" and keywords.get("safe_mode") == "False":
            actual.append(call)
        if call == "importlib.import_module" and name not in IMPORT_BY_NAME:
            actual.append(call)
        if keywords.get("shell") == "True":
            actual.append(f"{call} in a shell")
    return actual


def test_no_source_runs_unpickles_or_unpacks_what_it_reads():
    assert len(SOURCES) > 100
    assert {str(p): faults_of(p) for p in SOURCES if faults_of(p)} == {}


@pytest.mark.parametrize(
    "line",
    [
        *("import pickle", "from cloudpickle import loads", "eval(x)", "yaml.load(x)"),
        *("np.load(x)", "np.load(x, allow_pickle=True)", "archive.extractall(y)"),
        *("yaml.compose(x, Loader=yaml.Loader)", "f(x, shell=True)"),
        *("import urllib.request", "importlib.import_module(x)", "keras.load_model(x, safe_mode=False)"),
    ],
)  # fmt: skip
def test_the_check_of_the_sources_finds(tmp_path, monkeypatch, line):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "pipeline" / "bad.py"
    path.parent.mkdir()
    path.write_text(line + "\n")
    assert faults_of(path)


# --- a run on hostile data -----------------------------------------------------

SECRET = "Zorblax"
HOSTILE = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>|`x`[a](javascript:1)\u202e"


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory):
    """An evaluation without text of records that want to be seen, obeyed and run."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = [
        {
            "example_id": f"id{i} {HOSTILE}" if i % 7 == 0 else f"id{i}",
            "comment_text": "" if i == 3 else f"she said {SECRET} {i} {HOSTILE}",
            "counterfactual.comment_text": f"he said {SECRET} {i} {HOSTILE}",
            "toxicity": f"=cmd|' /C {SECRET}'!A0" if i == 5 else i % 2,
            "score": f"{SECRET}" if i == 8 else 0.9 if i % 3 else 0.1,
            "counterfactual.score": 0.2,
            "gender": [HOSTILE if i % 2 else "=1+1"],
        }
        for i in range(90)
    ]
    lines = [json.dumps(row) for row in rows] + [f"not json {SECRET}", f'{{"example_id": "{SECRET}']
    (folder / "pairs.jsonl").write_text("\n".join(lines))
    return folder


def evaluate(folder: pathlib.Path, *flags: str) -> int:
    return cli.main(
        [
            *("evaluate", f"--pairs={folder / 'pairs.jsonl'}", "--score=m=score"),
            *("--slice=gender", f"--output_dir={folder / 'out'}", "--overwrite", *flags),
        ]
    )


def test_no_text_of_the_data_is_logged_or_printed(hostile_run, capfd, caplog):
    with caplog.at_level("DEBUG"):
        assert evaluate(hostile_run) == 0
    output = capfd.readouterr()
    for text in (output.out, output.err, caplog.text):
        assert SECRET not in text
    # Slice names are shown, with what a terminal would obey written out.
    assert "\\x1b[2J" in output.out
    for text in (output.out, output.err):
        assert all(char.isprintable() or char == "\n" for char in text)


def test_without_text_no_file_of_the_run_holds_any(hostile_run, capfd):
    assert evaluate(hostile_run, "--no_text", "--quiet") == 0
    capfd.readouterr()
    files = [path for path in (hostile_run / "out").rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in files)
    assert any(path.parent.name == "rejects" for path in files)
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            assert "comment_text" not in table.schema.names
            content += repr(table.to_pydict()).encode()
        assert SECRET.encode() not in content, path


def test_without_text_no_other_text_that_a_model_reads_is_written(tmp_path, capfd):
    """Numbers, slicing features and IDs stay; a title, a list of tags and their other sides go."""
    rows = [
        {
            "example_id": f"id{i}",
            "body": f"she said {SECRET} {i}",
            "counterfactual.body": f"he said {SECRET} {i}",
            "title": f"{SECRET} of {i}",
            "counterfactual.title": f"{SECRET} of his {i}",
            "tags": [SECRET, f"t{i}"],
            "age": i,
            "gender": ["female"],
            "toxicity": i % 2,
            "score": 0.9 if i % 3 else 0.1,
            "counterfactual.score": 0.2,
        }
        for i in range(90)
    ]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    flags = [f"--input_feature={name}" for name in ("title", "body", "tags", "age", "gender")]
    assert evaluate(tmp_path, "--text_feature=body", *flags, "--no_text", "--quiet") == 0
    capfd.readouterr()
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} >= {"pairs", "scored_pairs"}
    for path in files:
        content = path.read_bytes()
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            assert {"example_id", "age", "gender"} <= set(table.schema.names)
            content = repr(table.to_pydict()).encode()
        assert SECRET.encode() not in content, path


#: Types of the values that Beam pickled while it was watched.
PICKLED: set[str] = set()


class WatchedPickle(coders.PickleCoder):
    """Beam's fallback for values without a coder, which notes what it is given."""

    def _create_impl(self):
        impl = super()._create_impl()

        def encode(value):
            PICKLED.add(f"{type(value).__module__}.{type(value).__name__}")
            return impl.encode(value)

        return coders.coder_impl.CallbackCoderImpl(encode, impl.decode)


def untyped(value):
    return UserError(str(value))


@pytest.fixture(scope="module")
def watched_run(hostile_run):
    """The evaluation with texts, in which `PICKLED` was filled."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(coders.FastPrimitivesCoder.__init__, "__defaults__", (WatchedPickle(),))
        PICKLED.clear()
        with beam.Pipeline(FnApiRunner()) as pipeline:
            pipeline | beam.Create([1]) | beam.Map(untyped) | beam.Reshuffle()
        assert "fairflip.protos.errors.UserError" in PICKLED, "the watch sees what is pickled"
        PICKLED.clear()
        assert evaluate(hostile_run, "--quiet") == 0
    return hostile_run


def test_names_from_the_data_mean_nothing_in_page_and_markdown(watched_run):
    out = watched_run / "out"
    page, markdown = (out / "report.html").read_text(), (out / "details" / "report.md").read_text()
    assert "alert(1)" in page, "the slice is there, as text"
    assert "<script>alert(1)" not in page
    assert "\x1b" not in page
    for bad in ("<script", "\x1b", "[a](javascript:1)", "\u202e"):
        assert bad not in markdown
    # No table that a spreadsheet opens is written: a cell could begin with "=".
    assert not [p for p in out.rglob("*") if p.suffix in {".csv", ".tsv", ".xls", ".xlsx"}]


def test_no_record_is_pickled_on_its_way_between_workers(watched_run):
    """Beam pickles what has no coder: during a run, no value of a type that holds records."""
    assert PICKLED
    # Sums over slices may be: they hold counts and, at most, some IDs.
    sums = {name for name in PICKLED if name.startswith("fairflip.metrics.")}
    sums |= {"fairflip.pipeline.records.pairing_audit.PairingAudit"}
    holders = ("pyarrow", "pandas", "fairflip", "numpy", "builtins.str", "builtins.dict")
    assert {name for name in PICKLED - sums if name.startswith(holders)} == set()


def test_batches_and_rejects_have_coders_of_their_own():
    from fairflip.pipeline.records.rejected_record import RejectedRecord
    from fairflip.pipeline.records.rejects import RejectedRecordCoder
    from fairflip.pipeline.storage.record_batch_coder import RecordBatchCoder

    registry = beam.coders.registry
    assert isinstance(registry.get_coder(pa.RecordBatch), RecordBatchCoder)
    assert isinstance(registry.get_coder(RejectedRecord), RejectedRecordCoder)


# --- models --------------------------------------------------------------------


def keras_file(path: pathlib.Path, layer: dict, padding: int = 0) -> str:
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(config) + " " * padding)
    path.write_bytes(buffer.getvalue())
    return str(path)


@pytest.mark.system
@pytest.mark.parametrize(
    ("layer", "part"),
    [
        ("Lambda", "Lambda"),
        ("TFSMLayer", "TFSMLayer"),
        ("TorchModuleWrapper", "TorchModuleWrapper"),
        ("StringLookup", "vocabulary from a file"),
    ],
)
def test_layers_that_run_or_read_other_files_are_refused_unless_allowed(tmp_path, layer, part):
    value = {"class_name": layer, "module": "keras.layers", "config": {"vocabulary": "/etc/passwd"}}
    path = keras_file(tmp_path / "x.keras", value)
    with pytest.raises(ConfigurationError, match=part):
        checks.check_model(ModelSpec(name="m", path=path))
    checks.check_model(ModelSpec(name="m", path=path, allow_custom_code=True))


@pytest.mark.system
def test_a_model_file_that_would_fill_the_memory_is_refused(tmp_path):
    path = keras_file(tmp_path / "x.keras", {"class_name": "Dense", "config": {}}, 65 << 20)
    assert pathlib.Path(path).stat().st_size < 1 << 20
    with pytest.raises(ConfigurationError, match="no model's is so large"):
        checks.check_model(ModelSpec(name="m", path=path))


@pytest.mark.system
def test_formats_that_safe_mode_does_not_cover_are_refused(tmp_path):
    from fairflip.remediation.training.saved_model import load_model

    path = tmp_path / "old.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(InputError, match=r"is no \.keras file"):
        load_model(path)


# --- files -----------------------------------------------------------------------


def test_a_remote_folder_cannot_write_outside_of_its_copy(tmp_path, monkeypatch):
    class Store:
        @staticmethod
        def exists(path):
            return False

    entry = filesystem.FileEntry("mem://bucket/model/../../../escaped", 1)
    monkeypatch.setattr(filesystem, "beam_filesystems", lambda: Store)
    monkeypatch.setattr(filesystem, "_lies_below", lambda base: [entry])
    with pytest.raises(InputError, match="lies outside of"):
        filesystem.copy_to_local("mem://bucket/model", str(tmp_path))
    assert list(tmp_path.rglob("escaped")) == []


def test_a_small_compressed_file_cannot_fill_the_memory(tmp_path):
    """A line of JSON that unpacks to more than a record may hold is refused while it is read."""
    import gzip

    from fairflip.pipeline.read.files import read_table
    from fairflip.pipeline.read.layout import RecordLayout
    from fairflip.pipeline.read.raw import MAX_RECORD_BYTES

    path = tmp_path / "x.jsonl.gz"
    first = b'{"id": 1, "text": "x"}\n'
    path.write_bytes(gzip.compress(first + b" " * (MAX_RECORD_BYTES + (8 << 20)), 1))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="longer than"):
        read_table([str(path)], RecordLayout(id="id", texts=("text",), label=None))


def test_aliases_of_a_configuration_cannot_fill_the_memory():
    levels = "\n".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]" for i in range(1, 9))
    with pytest.raises(ConfigurationError):
        parse_config(f"l0: &l0 [x]\n{levels}\n", "yaml")


@pytest.mark.parametrize("error", [UserError, InputError, ConfigurationError])
def test_messages_hold_nothing_that_a_terminal_obeys(error):
    assert str(error(f"no column {HOSTILE!s}")).isprintable()
