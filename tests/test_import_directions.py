"""The house's layers, folder by folder, read from the source without importing it.

The picture of the architecture is `support/house/layers.py`.
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
from collections.abc import Iterator

import pytest

from support.house.layers import FOLDERS, FORBIDDEN_OUTSIDE, GROUND

ROOMS = ("api", "protos", "text", "metrics", "remediation", "view", "pipeline")
MAX_MODULES, MAX_LINES, MAX_DOORS = 15, 400, 8
#: Folders whose face is names, not modules: those who use them import from the folder itself.
FACES = {
    "api",
    "metrics",
    "view",
    "remediation/counterfactual",
    "remediation/counterfactual/keras",
    "remediation/counterfactual/losses",
    "remediation/min_diff",
    "remediation/min_diff/keras",
    "remediation/min_diff/losses",
}


@functools.cache
def folder_of(module: str, repository: pathlib.Path) -> str:
    """The folder of a module `fairflip...`, or of the module that a name is imported from."""
    parts = module.split(".")[1:]
    while parts:
        path = repository.joinpath(*parts)
        if path.is_dir():
            return "/".join(parts)
        if path.with_suffix(".py").is_file():
            return "/".join(parts[:-1])
        parts = parts[:-1]
    return "api"


@functools.cache
def imported_modules(path: pathlib.Path) -> frozenset[str]:
    actual: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            actual |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            actual |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(actual)


def modules_of(repository: pathlib.Path) -> Iterator[pathlib.Path]:
    for room in ROOMS:
        for path in (repository / room).rglob("*.py"):
            if "_pb2" not in path.name:
                yield path


def wrong_imports(path: pathlib.Path, folder: str, repository: pathlib.Path) -> list[str]:
    """What a module of a folder imports against the rules."""
    outside = {
        package
        for above, packages in FORBIDDEN_OUTSIDE.items()
        if f"{folder}/".startswith(f"{above}/")
        for package in packages
    }
    wrong = []
    for module in imported_modules(path):
        package = module.split(".")[0]
        if package != "fairflip":
            if any(f"{module}.".startswith(f"{name}.") for name in outside):
                wrong.append(module)
            continue
        target = folder_of(module, repository)
        # The version and the package itself stand above all folders.
        is_root = target == "api" and folder != "api"
        if not is_root and target not in {folder, *GROUND, *FOLDERS[folder]}:
            wrong.append(module)
    return wrong


def test_every_folder_has_its_place(repository):
    actual = {path.parent.relative_to(repository).as_posix() for path in modules_of(repository)}
    assert actual == set(FOLDERS)


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_folder_imports_only_what_the_design_allows(repository, folder):
    paths = sorted((repository / folder).glob("*.py"))
    assert paths, f"no Python files in {folder}/"
    wrong = [
        f"{path.relative_to(repository)} imports {module}"
        for path in paths
        if "_pb2" not in path.name
        for module in wrong_imports(path, folder, repository)
    ]
    assert not wrong, "\n".join(wrong)


@functools.cache
def doors_of(folder: str, repository: pathlib.Path) -> frozenset[str]:
    """The names in the folder's ``__all__``: what other folders may import."""
    tree = ast.parse((repository / folder / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


@pytest.mark.parametrize("folder", sorted(set(FOLDERS) - FACES))
def test_a_folder_has_few_doors_and_each_is_there(repository, folder):
    doors = doors_of(folder, repository)
    written = {name for name in doors if not name.endswith("_pb2")}
    assert len(written) <= MAX_DOORS, sorted(written)
    source = (repository / folder / "__init__.py").read_text(encoding="utf-8")
    for name in doors:
        is_module = (repository / folder / f"{name}.py").is_file()
        assert is_module or re.search(rf"import .*\b{name}\b", source), name


def test_others_come_in_by_the_doors(repository):
    wrong = []
    for path in modules_of(repository):
        folder = path.parent.relative_to(repository).as_posix()
        for module in imported_modules(path):
            if module.split(".")[0] != "fairflip":
                continue
            target = folder_of(module, repository)
            rest = module.removeprefix("fairflip." + target.replace("/", ".")).strip(".")
            door = rest.split(".")[0]
            if target in {folder, "api"} | FACES:
                continue
            if door not in doors_of(target, repository):
                wrong.append(f"{path.relative_to(repository)} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_the_layers_form_no_circle():
    floors: dict[str, int] = {}

    def floor(folder: str, above: tuple[str, ...]) -> int:
        assert folder not in above, " -> ".join((*above, folder))
        if folder not in floors:
            below = (floor(other, (*above, folder)) for other in FOLDERS[folder])
            floors[folder] = 1 + max(below, default=0)
        return floors[folder]

    assert max(floor(folder, ()) for folder in FOLDERS) >= 5


def test_the_rule_would_catch_a_wrong_import(tmp_path, repository):
    bad = tmp_path / "bad.py"
    bad.write_text(
        "from fairflip.pipeline.read import files\nfrom fairflip.protos import columns\n"
        "def late():\n    import apache_beam as beam\n"
    )
    actual = wrong_imports(bad, "metrics/flips", repository)
    assert sorted(actual) == ["apache_beam", "fairflip.pipeline.read.files"]


#: Folders of programs, which are small as those of the package are.
BESIDE_THE_PACKAGE = ("benchmarks", "examples", "tools")


def all_modules(repository: pathlib.Path) -> list[pathlib.Path]:
    """The package's modules and the programs beside it; tests are counted in test_mirror.py."""
    programs = [p for name in BESIDE_THE_PACKAGE for p in (repository / name).rglob("*.py")]
    assert len(programs) > 40
    return [*modules_of(repository), *programs]


def test_no_folder_holds_too_many_modules(repository):
    folders = {path.parent for path in all_modules(repository)}
    counts = {
        folder.relative_to(repository).as_posix(): len(
            [p for p in folder.glob("*.py") if p.name != "__init__.py" and "_pb2" not in p.name]
        )
        for folder in folders
    }
    assert {folder: n for folder, n in counts.items() if n > MAX_MODULES} == {}


def test_no_file_is_too_long(repository):
    lengths = {
        path.relative_to(repository).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in all_modules(repository)
    }
    assert {name: n for name, n in lengths.items() if n > MAX_LINES} == {}
