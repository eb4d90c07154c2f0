"""What workers and templates are built from agrees with the lock and the command line."""

from __future__ import annotations

import json
import pathlib
import re
import sys

import pytest

from fairflip.pipeline.config.settings import flags_of
from support import ROOT

sys.path.insert(0, str(ROOT / "examples" / "dataflow"))

import launch_template
import make_template


def argument(name: str, file: str = "Dockerfile") -> str:
    [value] = re.findall(rf"^ARG {name}=(\S+)$", (ROOT / file).read_text(), re.MULTILINE)
    return value


def pins(file: str) -> dict[str, list[str]]:
    """Package -> its pins with their environment markers."""
    actual: dict[str, list[str]] = {}
    for line in (ROOT / file).read_text().splitlines():
        if line and line[0].isalnum():
            name = re.split(r"[=\[]", line)[0]
            actual.setdefault(name, []).append(line.replace(" ", "").rstrip("\\"))
    return actual


def test_the_container_has_the_locks_beam_for_its_python():
    python = argument("PYTHON_VERSION")
    assert python in {"3.10", "3.11", "3.12", "3.13"}
    marker = "<" if python == "3.10" else ">="
    [beam] = [pin for pin in pins("requirements/workers.lock")["apache-beam"] if marker in pin]
    assert beam.startswith(f"apache-beam=={argument('BEAM_VERSION')};")
    text = (ROOT / "Dockerfile").read_text()
    assert "FROM apache/beam_python${PYTHON_VERSION}_sdk:${BEAM_VERSION}" in text
    assert re.search(
        r"pip install --no-cache-dir --no-deps --require-hashes -r \S*/workers\.lock", text
    )
    bounds = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', read("pyproject.toml"))
    assert int(bounds[1]) <= int(python.split(".")[1]) < int(bounds[2])


def read(file: str) -> str:
    return (ROOT / file).read_text()


def test_the_container_copies_every_room_and_keeps_beams_entry_point():
    import ast

    [rooms] = [
        ast.literal_eval(node.value)
        for node in ast.parse(read("setup.py")).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "ROOMS"
    ]
    text = read("Dockerfile")
    for room in ("api", *rooms):
        assert f"COPY {room} {room}\n" in text
    assert "ENTRYPOINT" not in text


def test_workers_have_the_versions_of_the_whole_lock():
    whole, workers = pins("requirements.lock"), pins("requirements/workers.lock")
    for name, actual in workers.items():
        versions = {pin.partition(";")[0] for pin in actual}
        assert versions <= {pin.partition(";")[0] for pin in whole[name]}
    assert not {"pytest", "jupyterlab", "mkdocs", "ruff"} & set(workers)
    declared = re.search(r"^dependencies = \[(.*?)^\]", read("pyproject.toml"), re.M | re.S)[1]
    for name in re.findall(r'"([a-z0-9-]+)', declared):
        assert name in workers


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements/workers.lock", "requirements/uv.lock"]
)
def test_every_pin_of_a_lock_carries_hashes_and_no_lock_names_a_host(lock):
    text = read(lock)
    entries = re.findall(
        r"^(\S+)==\S+.*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
    )
    assert {name.partition("[")[0] for name, _ in entries} == set(pins(lock))
    assert len(entries) == len(re.findall(r"^\S+==", text, re.M))
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links", text)


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "tools/check_install.py", "README.md"])
def test_every_install_from_a_lock_asks_for_its_hashes(file):
    """Each command that installs from a lock, its continued lines joined."""
    commands = re.sub(r"\\\n\s*(?:&& )?", " ", read(file)).splitlines()
    installs = [c for c in commands if re.search(r"install.*\.lock", c)]
    assert all("--require-hashes" in command for command in installs), installs
    assert installs


def test_every_parameter_of_the_template_is_a_flag():
    metadata = json.loads(read("examples/dataflow/metadata.json"))
    assert metadata == make_template.metadata(), "run examples/dataflow/make_template.py again"
    from apache_beam.options.pipeline_options import PipelineOptions

    known = {flag.name for flag in flags_of("evaluate")}
    beam = set(PipelineOptions([]).get_all_options())
    names = [parameter["name"] for parameter in metadata["parameters"]]
    assert len(set(names)) == len(names)
    for name in names:
        assert name in (beam if name in make_template.BEAM_PARAMETERS else known)
        assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]*", name)  # Dataflow's rule
    assert [p["name"] for p in metadata["parameters"] if not p["isOptional"]] == ["output_dir"]


def test_the_specification_names_image_and_language():
    specification = make_template.specification("r/p/fairflip-template:1")
    assert specification["image"] == "r/p/fairflip-template:1"
    assert specification["sdkInfo"] == {"language": "PYTHON"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (["--slice=gender;race,religion"], ["--slice=gender", "--slice=race,religion"]),
        (["--threshold=0.3; 0.5"], ["--threshold=0.3", "--threshold=0.5"]),
        (["--no_text=true", "--overwrite=false"], ["--no_text"]),
        (["--terms="], []),
        (["--output_dir=gs://b/a;b"], ["--output_dir=gs://b/a;b"]),  # not repeatable
        (["--project=p", "--experiments=a"], ["--project=p", "--experiments=a"]),
    ],
)
def test_parameters_become_flags(parameters, expected):
    assert launch_template.command_line(parameters) == ["evaluate", *expected]


def test_the_launchers_image_starts_our_launcher():
    text = read("examples/dataflow/Dockerfile")
    [script] = re.findall(r"FLEX_TEMPLATE_PYTHON_PY_FILE=(\S+)", text)
    assert f"COPY {pathlib.PurePath(script).name} {script}" in text
    python = argument("PYTHON", "examples/dataflow/Dockerfile")
    assert python == "python" + argument("PYTHON_VERSION").replace(".", "")
