"""Every command and code block of README, CONTRIBUTING and docs/ runs, page by page.

Pages share one process, so that TensorFlow is imported once: a plain `fairflip …`
goes through the command line's `main`, all else through bash.
"""

from __future__ import annotations

import argparse
import contextlib
import doctest
import functools
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from google.protobuf import json_format, text_format

from fairflip.pipeline import cli
from fairflip.pipeline.config.settings import load_config
from fairflip.pipeline.score.services.description import load_service
from fairflip.protos import audit_pb2, config_pb2, limits_pb2
from support import ROOT
from support.documents import docs_folder
from support.documents.markdown_blocks import (
    CONFIGURATION,
    DOCTEST,
    PYTHON,
    SHELL,
    Block,
    blocks_of,
    pages,
    shell_commands,
)

pytestmark = pytest.mark.system

#: Languages of blocks that only show something: file trees, output, data, images of formats.
SHOWN = ("text", "csv", "json", "xml", "dockerfile", "toml")
#: Blocks that cannot run in a test. A larger number wants a better reason than a mark.
MOST_NOT_RUN = 21
_PLAIN = re.compile(r"[|;<>&`$]")


def page_names() -> list[str]:
    return [page.relative_to(ROOT).as_posix() for page in pages() if blocks_of(page)]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> pathlib.Path:
    return docs_folder.prepare(tmp_path_factory.mktemp("docs") / "prepared")


@contextlib.contextmanager
def import_path(folder: str):
    """Modules of a page's own are found, and forgotten afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - known:
            if getattr(sys.modules[name], "__file__", None) and str(
                sys.modules[name].__file__
            ).startswith(folder):
                del sys.modules[name]


def run_fairflip(arguments: list[str], python_path: bool) -> int:
    with import_path(os.getcwd()) if python_path else contextlib.nullcontext():
        return cli.main(arguments)


def run_command(command: str) -> int:
    words = shlex.split(command)
    python_path = words[0] == "PYTHONPATH=."
    if words[python_path:][0] == "fairflip" and not _PLAIN.search(command.replace("'", "")):
        return run_fairflip(words[python_path + 1 :], python_path)
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(done.stdout, done.stderr, file=sys.stderr)
    return done.returncode


def run_shell(block: Block) -> None:
    commands = shell_commands(block)
    assert commands, f"{block.place}: a block without a command"
    expected = [0] * (len(commands) - 1) + [int(block.mark("exit code") or 0)]
    for command, code in zip(commands, expected, strict=True):
        assert run_command(command) == code, f"{block.place}: {command}"


def run_doctest(block: Block, names: dict) -> None:
    test = doctest.DocTestParser().get_doctest(
        block.text + "\n", names, block.place, None, block.line
    )
    assert test.examples, f"{block.place}: no example"
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, clear_globs=False)
    assert result.failed == 0, block.place
    names.update(test.globs)


def check_configuration(block: Block) -> None:
    """A configuration or limits that can be read: every field in it exists."""
    if block.language == "yaml":
        import yaml

        loaded = yaml.safe_load(block.text)
        if "request" in loaded:
            pathlib.Path("checked.yaml").write_text(block.text)
            assert load_service("checked.yaml").ByteSize() > 0, block.place
            return
        message = limits_pb2.Limits() if "limits" in loaded else None
        if message is None:
            pathlib.Path("checked.yaml").write_text(block.text)
            assert load_config("checked.yaml").ByteSize() > 0, block.place
            return
        as_limits = {
            **loaded,
            "limits": [
                {
                    k: v if not isinstance(v, str) or k not in {"slices", "models"} else [v]
                    for k, v in limit.items()
                }
                for limit in loaded["limits"]
            ],
        }
        json_format.ParseDict(as_limits, message)
        return
    kinds = {
        "PipelineConfig": config_pb2.PipelineConfig,
        "Limits": limits_pb2.Limits,
        "Scenarios": audit_pb2.Scenarios,
    }
    named = re.search(r"proto-message: (?:fairflip|tensorflow_model_analysis)\.(\w+)", block.text)
    assert named, f"{block.place}: a textproto block begins with `# proto-message: …`"
    if named[1] == "EvalConfig":
        from tensorflow_model_analysis.proto import config_pb2 as tfma_config

        message = tfma_config.EvalConfig()
    else:
        message = kinds[named[1]]()
    text_format.Parse(block.text, message)
    assert message.ByteSize() > 0, block.place


def run_block(block: Block, names: dict) -> None:
    # What needs other packages runs in tests/models.
    if block.mark("not run") or block.mark("needs"):
        return
    if block.mark("file"):
        path = pathlib.Path(block.mark("file"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text + "\n", encoding="utf-8")
    if block.language in CONFIGURATION:
        check_configuration(block)
    elif block.language in SHELL:
        run_shell(block)
    elif block.language in DOCTEST or block.text.startswith(">>> "):
        run_doctest(block, names)
    elif block.language in PYTHON and not block.mark("file"):
        exec(compile(block.text, block.place, "exec"), names)


@pytest.mark.parametrize("page", page_names())
def test_blocks_of_the_page_run(page, prepared, tmp_path, monkeypatch):
    blocks = blocks_of(ROOT / page)
    folder = tmp_path / "page"
    if any(b.language in SHELL + PYTHON and not b.mark("not run") for b in blocks):
        shutil.copytree(prepared, folder)
    else:
        folder.mkdir()
    monkeypatch.chdir(folder)
    names: dict = {"__name__": "__main__"}
    for block in blocks:
        run_block(block, names)


@pytest.mark.parametrize("page", page_names())
def test_every_block_has_a_known_language(page):
    known = (*SHELL, *PYTHON, *DOCTEST, *CONFIGURATION, *SHOWN)
    wrong = [b.place for b in blocks_of(ROOT / page) if b.language not in known]
    assert wrong == [], f"name the language after the fence: one of {', '.join(known)}"


def not_run() -> list[Block]:
    return [b for page in pages() for b in blocks_of(page) if b.mark("not run")]


def test_few_blocks_are_not_run_and_each_says_why():
    blocks = not_run()
    assert 0 < len(blocks) <= MOST_NOT_RUN
    assert [b.place for b in blocks if len(b.mark("not run").split()) < 3] == []


def commands_in_shell_blocks() -> list[tuple[str, str]]:
    return [
        (block.place, command)
        for page in pages()
        for block in blocks_of(page)
        if block.language in SHELL
        for command in shell_commands(block)
    ]


def test_flags_and_targets_of_all_commands_exist(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    wrong = []
    for place, command in commands_in_shell_blocks():
        words = shlex.split(command, comments=True)
        names = [pathlib.PurePosixPath(word).name for word in words]
        if "make" in names:
            asked = [w for w in words[names.index("make") + 1 :] if re.fullmatch(r"[a-z]+", w)]
            wrong += [f"{place}: make {target}" for target in asked if target not in targets]
        if "fairflip" in names and names[0] != "ssh-keygen":
            wrong += [
                f"{place}: {flag}" for flag in unknown_flags(words[names.index("fairflip") + 1 :])
            ]
        if "python" in names:
            scripts = [
                w
                for w in words
                if w.endswith(".py")
                and "/" in w
                and w.split("/")[0] in {"tools", "examples", "benchmarks", "tests"}
            ]
            scripts += [f"{w.replace('.', '/')}.py" for w in words if w.startswith("benchmarks.")]
            wrong += [
                f"{place}: {script}" for script in scripts if not (repository / script).is_file()
            ]
    assert wrong == []


def test_every_benchmark_that_the_text_names_exists(repository):
    names = {
        (page.name, name)
        for page in pages()
        for name in re.findall(r"\bbenchmarks[./][a-z_./]*[a-z]", page.read_text(encoding="utf-8"))
    }
    assert len(names) > 20
    paths = {
        (page, name): repository / name.removesuffix(".py").replace(".", "/")
        for page, name in names
    }
    assert [
        key
        for key, path in paths.items()
        if not (path.with_suffix(".py").is_file() or path.is_dir())
    ] == []


def unknown_flags(arguments: list[str]) -> list[str]:
    """Flags after `fairflip` that neither the command nor Beam has."""
    command, *rest = arguments
    if command.startswith("-"):
        return [] if command in {"--version", "--help"} else [command]
    if command not in cli.COMMANDS:
        return [command]
    known = set(cli.command_parser(command)._option_string_actions)
    flags = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return [flag for flag in flags if flag not in known and flag not in beam_flags()]


def prose_of(page: pathlib.Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


@functools.cache
def beam_flags() -> frozenset[str]:
    """Every flag of Beam's pipeline options, and of the job options that we add to them."""
    from apache_beam.options import pipeline_options

    from fairflip.pipeline.beam import job_time_limit

    assert job_time_limit.__name__
    parser = argparse.ArgumentParser(conflict_handler="resolve", allow_abbrev=False)
    waiting = list(pipeline_options.PipelineOptions.__subclasses__())
    while waiting:
        options = waiting.pop()
        waiting += options.__subclasses__()
        if "_add_argparse_args" in vars(options):
            options._add_argparse_args(parser)
    return frozenset(parser._option_string_actions)


def test_every_flag_that_the_text_names_exists():
    known = {
        flag
        for command in cli.COMMANDS
        for flag in cli.command_parser(command)._option_string_actions
    }
    known |= beam_flags() | {"--version", "--help"}
    wrong = {
        f"{page.name}: {flag}"
        for page in pages()
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z0-9_-]*", prose_of(page))
        if flag not in known
    }
    # Of benchmarks, and of pip.
    allowed = {
        *(
            "intervals.md: --draws",
            "intervals.md: --classes",
            "review.md: --draws",
            "flips.md: --same_group",
        ),
        *("pairs.md: --write", "security.md: --require-hashes"),
    }
    assert wrong <= allowed, sorted(wrong - allowed)


def test_every_command_and_flag_is_in_the_reference(repository):
    page = (repository / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for command in cli.COMMANDS:
        section = page.split(f"\n## {command}\n")[1].split("\n## ")[0]
        for action in cli.command_parser(command)._actions:
            name = action.option_strings[-1] if action.option_strings else action.dest
            assert f"`{name}" in section or name == "--help", f"{command}: {name}"


def test_no_code_hides_in_indented_blocks():
    """They would not be run: code stands between fences."""
    hidden = [
        f"{page.name}: {line.strip()}"
        for page in pages()
        for line in re.findall(
            r"\n\n( {4}(?:from|import|python|fairflip|make|pip) .*)", prose_of(page)
        )
    ]
    assert hidden == []
