"""A run's report.html in a headless Chromium without any network, for tools that take pictures."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")


def parser(about: str, to: Path) -> argparse.ArgumentParser:
    """`--run` and `--to` with their defaults, which all such tools have."""
    made = argparse.ArgumentParser(description=about.splitlines()[0])
    made.add_argument("--run", type=Path, default=ROOT / "build" / "demo", help="a run's folder")
    made.add_argument("--to", type=Path, default=to)
    return made


def prepared(chosen: argparse.Namespace) -> tuple[Path, str] | None:
    """The report and the browser; None, with the reason on standard error, if one is missing."""
    report = chosen.run / "report.html"
    if not report.is_file():
        print(f"{report} is not there; run `make demo` first, or give --run", file=sys.stderr)
        return None
    browser = os.environ.get("FAIRFLIP_CHROMIUM") or shutil.which("chromium")
    if browser is None:
        print("no Chromium; run tools/install_browser.sh", file=sys.stderr)
        return None
    chosen.to.mkdir(parents=True, exist_ok=True)
    return report, browser


@contextlib.contextmanager
def started(browser: str) -> Iterator[Any]:
    """The browser, until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=browser, args=list(_FLAGS))
        yield instance
        instance.close()


def uncover(page: Any) -> None:
    """Lets the contents bar scroll away: where it sticks to the top, it covers what is below it."""
    page.add_style_tag(content="nav{position:static!important}")


@contextlib.contextmanager
def opened(instance: Any, report: Path, width: int, height: int, scheme: str) -> Iterator[Any]:
    """The report as a page of a window of that size, "light" or "dark"."""
    context = instance.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    page.goto(report.resolve().as_uri())
    yield page
    context.close()
