"""Hooks of the documentation's build: API pages from docstrings, and the notebooks as pages.

mkdocs calls the functions `on_...` here (`hooks:` in mkdocs.yml). For each public
module of the package and each notebook one page is made while the site is built and
never written to `docs/`, so that no page can be stale. The docstrings are read from the sources,
which are not imported: a folder of links gives the repository's rooms the shape of
the installed package.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import griffe
from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = "fairflip"
#: Where the links are; mkdocs.yml names it as mkdocstrings' search path.
LINKS = ROOT / "build" / "docs_links"
ROOMS = ("protos", "text", "metrics", "remediation", "view", "pipeline")
#: Docstrings of generated code say nothing; docs/reference/ has the messages.
LEFT_OUT = ("_pb2",)
API = "api"
NOTEBOOKS = ROOT / "examples" / "notebooks"
_INTRODUCTION = """\
Every public name, from the docstrings. Few are needed to use `fairflip`: `evaluate`,
`remediate`, `run` and `Result` below, the [metrics](metrics/index.md) in a TFMA
`EvalConfig`, `CounterfactualModel` and `MinDiffModel` of [remediation](remediation/index.md),
and [the widget](view/index.md). The rest is what these are made of.

| room | duty |
|---|---|
"""


@dataclasses.dataclass(frozen=True)
class Page:
    """A module's page: its dotted name, its file in the site, and its Markdown."""

    module: str
    uri: str
    markdown: str


def link_package(folder: pathlib.Path = LINKS) -> pathlib.Path:
    """Makes `folder`/fairflip of links to the rooms, as setup.py maps them; returns `folder`."""
    package = folder / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    wanted = {source.name: source for source in (ROOT / "api").glob("*.py")}
    wanted |= {room: ROOT / room for room in ROOMS}
    for old in package.iterdir():
        if old.name not in wanted:
            old.unlink(missing_ok=True)
    # Links that are there stay: two builds at a time use the same ones.
    for name, source in wanted.items():
        link = package / name
        if not link.is_symlink() or link.readlink() != source:
            made = folder / f".{name}.{os.getpid()}"
            made.symlink_to(source, target_is_directory=source.is_dir())
            made.replace(link)
    return folder


@functools.cache
def load_package() -> griffe.Module:
    """The package's objects and docstrings, read and not imported."""
    link_package()
    loaded = griffe.load(
        PACKAGE,
        search_paths=[LINKS],
        allow_inspection=False,
        extensions=griffe.load_extensions(str(ROOT / "tools" / "documentation_comments.py")),
    )
    if not isinstance(loaded, griffe.Module):
        raise TypeError(f"{PACKAGE} is no module but {loaded.kind}")
    return loaded


def public_modules(module: griffe.Module) -> Iterator[griffe.Module]:
    """A module, the folders below it, and of their modules the doors; a package comes first."""
    yield module
    doors = set(map(str, module.exports or ()))
    for name, member in sorted(module.modules.items()):
        if member.is_alias or name.startswith("_") or name.endswith(LEFT_OUT):
            continue
        if _is_package(member) or name in doors:
            yield from public_modules(member)


def own_names(module: griffe.Module) -> list[str]:
    """Public classes, functions and constants that a module defines."""
    return [
        name
        for name, member in module.members.items()
        if not member.is_alias and not member.is_module and _is_public(module, name, member)
    ]


def exported_names(module: griffe.Module) -> dict[str, griffe.Object]:
    """Names that a module exports and another one defines: name -> the object."""
    objects: dict[str, griffe.Object] = {}
    for name in map(str, module.exports or ()):
        member = module.members.get(name)
        if member is not None and member.is_alias:
            target = member.final_target  # type: ignore[union-attr]
            if target.path.startswith(f"{PACKAGE}."):
                objects[name] = target
    return objects


def _is_public(module: griffe.Module, name: str, member: griffe.Object) -> bool:
    if module.exports is not None and name in map(str, module.exports):
        return True
    return not name.startswith("_")


def _first_sentence(item: griffe.Object | griffe.Alias) -> str:
    text = " ".join(item.docstring.value.split("\n\n")[0].split()) if item.docstring else ""
    return text.replace("|", "\\|")


def page_uri(module: griffe.Module) -> str:
    """`fairflip.metrics.tfma.flip_rate` -> `api/metrics/flip_rate.md`; packages are `index.md`."""
    below = module.path.split(".")[1:]
    return (
        "/".join([API, *below, "index.md"])
        if _is_package(module)
        else ("/".join([API, *below]) + ".md")
    )


def _is_package(module: griffe.Module) -> bool:
    return module.path == PACKAGE or module.is_package or module.is_subpackage


def _markdown(module: griffe.Module) -> str:
    lines = [f"# `{module.path}`", ""]
    if module.path == PACKAGE:
        lines += [_INTRODUCTION.rstrip("\n")]
        for room in ROOMS:
            lines.append(f"| [{room}]({room}/index.md) | {_first_sentence(module[room])} |")
        lines.append("")
    own = own_names(module)
    lines += [
        f"::: {module.path}",
        "    options:",
        "      show_root_heading: false",
        "      show_root_toc_entry: false",
        f"      members: {own!r}" if own else "      members: false",
        "",
    ]
    exported = exported_names(module)
    # What a folder exports of a module without a page of its own stands on the folder's page.
    home_is_private = {n: t for n, t in exported.items() if t.module.path not in _page_paths()}
    for name in home_is_private:
        lines += [f"::: {module.path}.{name}", "    options:", "      heading_level: 2", ""]
    elsewhere = {n: t for n, t in exported.items() if n not in home_is_private}
    if elsewhere:
        lines += ["## Exported", "", "| name | what it is |", "|---|---|"]
        lines += [
            f'| <span id="{module.path}.{name}"></span>[`{name}`][{target.path}] '
            f"| {_first_sentence(target)} |"
            for name, target in elsewhere.items()
            if not target.is_module
        ]
        lines += [
            f'| <span id="{module.path}.{name}"></span>'
            f"[`{name}`]({_relative(module, target)}) | {_first_sentence(target)} |"
            for name, target in elsewhere.items()
            if target.is_module
        ]
        lines.append("")
    inside = (
        []
        if module.path == PACKAGE
        else [m for m in module.modules.values() if m.path in _page_paths()]
    )
    if inside:
        lines += ["## Modules", "", "| module | what it is |", "|---|---|"]
        lines += [
            f"| [`{m.name}`]({_relative(module, m)}) | {_first_sentence(m)} |" for m in inside
        ]
        lines.append("")
    return "\n".join(lines)


def _relative(module: griffe.Module, target: griffe.Object) -> str:
    start = pathlib.PurePosixPath(page_uri(module)).parent
    end = pathlib.PurePosixPath(page_uri(target))  # type: ignore[arg-type]
    ups = 0
    while not end.is_relative_to(start):
        start, ups = start.parent, ups + 1
    return "../" * ups + end.relative_to(start).as_posix()


@functools.cache
def _page_paths() -> frozenset[str]:
    return frozenset(module.path for module in public_modules(load_package()))


@functools.cache
def api_pages() -> tuple[Page, ...]:
    """One page per public module, in the order of the rooms."""
    return tuple(
        Page(module.path, page_uri(module), _markdown(module))
        for module in public_modules(load_package())
    )


def _navigation() -> list[Any]:
    """The API's part of the navigation: a list of rooms, each with its modules."""
    pages = {page.module: page.uri for page in api_pages()}
    entries: list[Any] = [pages[PACKAGE]]
    for room in ROOMS:
        inside = [uri for name, uri in pages.items() if name.startswith(f"{PACKAGE}.{room}.")]
        entries.append({room: [pages[f"{PACKAGE}.{room}"], *inside]})
    return entries


def _notebook_markdown(path: pathlib.Path) -> str:
    """A notebook's text and code, as a page; notebooks are kept without outputs."""
    parts = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        parts.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join(parts) + "\n"


@functools.cache
def notebook_pages() -> tuple[Page, ...]:
    """One page per notebook of examples/notebooks."""
    return tuple(
        Page(path.stem, f"notebooks/{path.stem}.md", _notebook_markdown(path))
        for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    )


def _decisions() -> list[str]:
    return [f"decisions/{path.name}" for path in sorted((ROOT / "docs/decisions").glob("*.md"))]


def _made_by_hook(entry: Any) -> Any:
    """An entry of the navigation, with what this module makes put in its place."""
    made: dict[str, Callable[[], list[Any]]] = {
        "API": _navigation,
        "Decisions": _decisions,
        "Notebooks": lambda: ["notebooks.md", *(page.uri for page in notebook_pages())],
    }
    if not isinstance(entry, dict):
        return entry
    return {
        title: made[title]()
        if title in made
        else [_made_by_hook(part) for part in below]
        if isinstance(below, list)
        else below
        for title, below in entry.items()
    }


def on_startup(**_: Any) -> None:
    """Makes the links before mkdocstrings looks for its search path."""
    link_package()


def on_config(config: Any) -> Any:
    """Puts lists of pages where the navigation says `API`, `Notebooks` and `Decisions`."""
    config.nav = [_made_by_hook(entry) for entry in config.nav]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages that are made while the site is built."""
    for page in (*api_pages(), *notebook_pages()):
        files.append(File.generated(config, page.uri, content=page.markdown))
    return files
