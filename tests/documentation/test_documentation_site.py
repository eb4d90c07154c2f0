"""The built site: no warning, no broken link or anchor, nothing from outside, every public name."""

from __future__ import annotations

import ast
import functools
import html.parser
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

from support import ROOT

pytestmark = pytest.mark.system

#: Elements that load what they name; an `a` only points to it.
LOADING = {
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("iframe", "src"),
    ("source", "src"),
}
POINTING = {*LOADING, ("a", "href")}
ROOMS = ("protos", "text", "metrics", "remediation", "view", "pipeline")
_CSS_LOADS = re.compile(r"url\(\s*['\"]?(?!data:|#)([^)'\"]+)|@import\s+['\"]([^'\"]+)")


class Page(html.parser.HTMLParser):
    """The links and anchors of one page."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.anchors: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.anchors.add(given["id"])
        if tag == "a" and given.get("name"):
            self.anchors.add(given["name"])
        for element, attribute in POINTING:
            value = given.get(attribute)
            if tag == element and value is not None:
                self.links.append((tag, given.get("rel") or "", value))


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[pathlib.Path, subprocess.CompletedProcess]:
    """The site, built as `make docs` builds it, and what the build said."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    return folder, done


@pytest.fixture(scope="module")
def site(built) -> dict[str, Page]:
    folder, done = built
    assert done.returncode == 0, done.stderr[-3000:]
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }


def test_the_build_says_nothing_to_mend(built):
    _, done = built
    assert done.returncode == 0, done.stderr[-3000:]
    assert [line for line in done.stderr.splitlines() if line.startswith(("WARN", "ERR"))] == []


def test_internal_links_and_anchors_lead_somewhere(built, site):
    folder, _ = built
    broken, checked = [], 0
    for name, page in site.items():
        if name == "404.html":  # its links are absolute, for a server
            continue
        for _, _, link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            here = pathlib.PurePosixPath(name)
            target = (
                os.path.normpath(here.parent / urllib.parse.unquote(parts.path))
                if parts.path
                else name
            )
            anchor = urllib.parse.unquote(parts.fragment)
            if not (folder / target).is_file():
                broken.append(f"{name}: {link}")
            elif target in site and anchor not in site[target].anchors:
                broken.append(f"{name}: {link} (no such anchor)")
    assert broken == []
    assert checked > 10_000


def test_no_page_loads_anything_from_outside(built, site):
    folder, _ = built
    loaded = [
        f"{name}: {link}"
        for name, page in site.items()
        for tag, rel, link in page.links
        if (tag == "link" and rel not in {"canonical", "next", "prev"}) or tag not in {"a", "link"}
        if urllib.parse.urlsplit(link).netloc
    ]
    assert loaded == []
    sheets = list(folder.rglob("*.css"))
    assert sheets
    named = [
        f"{path.name}: {actual[0] or actual[1]}"
        for path in sheets
        for actual in _CSS_LOADS.findall(path.read_text(encoding="utf-8"))
    ]
    assert [name for name in named if "//" in name] == []


def modules() -> dict[str, pathlib.Path]:
    """Folders of the package and their doors by dotted name, from the sources alone.

    A folder's doors are the modules that its ``__all__`` lists: what other folders, and so
    users, may import.
    """
    actual = {"fairflip": ROOT / "api" / "__init__.py"}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_folder = parts[-1] == "__init__"
            parts = parts[:-1] if is_folder else parts
            if not is_folder and path.stem not in public_names(path.with_name("__init__.py")):
                continue
            if not any(p.startswith("_") for p in parts) and not parts[-1].endswith("_pb2"):
                actual[".".join(("fairflip", *parts))] = path
    return actual


@functools.cache
def public_names(path: pathlib.Path) -> list[str]:
    """What a module defines at its top without an underscore, and what `__all__` names."""
    names: list[str] = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
            if "__all__" in names and ast.unparse(node.targets[0]) == "__all__":
                names += ast.literal_eval(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return sorted({n for n in names if not n.startswith("_")})


def test_api_pages_cover_every_public_name(site):
    anchors = set().union(*(page.anchors for name, page in site.items() if name.startswith("api/")))
    wanted = {
        f"{module}.{name}"
        for module, path in modules().items()
        for name in public_names(path)
        if not name.endswith("_pb2")  # made from the .proto files, which have pages of their own
    }
    assert sorted(wanted - anchors - set(modules())) == []
    assert len(wanted) > 800


def test_every_module_has_a_page(site):
    missing = [
        module
        for module in modules()
        if not {
            "/".join(["api", *module.split(".")[1:]]) + ".html",
            "/".join(["api", *module.split(".")[1:], "index.html"]),
        }
        & set(site)
    ]
    assert missing == []


def test_the_search_index_holds_pages_and_names(built):
    folder, _ = built
    index = (folder / "search" / "search_index.json").read_text(encoding="utf-8")
    for wanted in (
        "matched threshold",
        "CounterfactualModel",
        "FlipRate",
        "--negative_originals_only",
    ):
        assert wanted in index
