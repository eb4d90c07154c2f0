"""Makes the README's pictures from a finished run: ``python tools/screenshots.py``.

Opens the run's own report.html and its Fairness Indicators in a headless
Chromium, without any network, and writes PNG files of less than 300 kB.
Flipped pairs stay closed: pictures of text are not for a README.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
MAX_BYTES = 300_000
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
BARS = "fairness-bounded-value-bar-chart #bar-chart rect:visible"


def main(arguments: list[str] | None = None) -> int:
    """Writes the pictures and prints their paths."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=ROOT / "build" / "demo", help="a run's folder")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "images")
    chosen = parser.parse_args(arguments)
    report = chosen.run / "report.html"
    if not report.is_file():
        print(f"{report} is not there; run `make demo` first, or give --run", file=sys.stderr)
        return 2
    browser = os.environ.get("FAIRFLIP_CHROMIUM") or shutil.which("chromium")
    if browser is None:
        print("no Chromium; run tools/install_browser.sh", file=sys.stderr)
        return 2
    chosen.to.mkdir(parents=True, exist_ok=True)
    for name, picture in take(report, browser).items():
        path = chosen.to / f"{name}.png"
        path.write_bytes(shrink(picture))
        print(f"{path} {path.stat().st_size / 1000:.0f} kB")
    return 0


def take(report: Path, browser: str) -> dict[str, bytes]:
    """Screenshots by name."""
    from playwright.sync_api import Page, sync_playwright

    def section(anchor: str) -> Callable[[Page], bytes]:
        def shoot(page: Page) -> bytes:
            # The contents bar sticks to the top and would cover the picture.
            page.add_style_tag(content="nav{position:static!important}")
            return page.locator(f"#{anchor}").screenshot()

        return shoot

    def top(page: Page) -> bytes:
        return page.screenshot(clip={"x": 0, "y": 0, "width": 1180, "height": 760})

    def component(page: Page) -> bytes:
        page.add_style_tag(content="nav{position:static!important}")
        page.locator("#fairness-host").scroll_into_view_if_needed()
        page.wait_for_selector(BARS, timeout=60_000)
        page.wait_for_timeout(800)
        page.locator(BARS).first.hover()
        return page.locator(".fairness-frame").screenshot()

    wanted: dict[str, tuple[str, Callable[[Page], bytes]]] = {
        "report": ("light", top),
        "report_dark": ("dark", top),
        "report_flips": ("light", section("flips")),
        "report_plots": ("light", section("plots")),
        "fairness_indicators": ("light", component),
    }
    pictures = {}
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        for name, (scheme, shoot) in wanted.items():
            context = instance.new_context(
                viewport={"width": 1180, "height": 1400}, color_scheme=scheme, offline=True
            )
            page = context.new_page()
            page.goto(report.resolve().as_uri())
            pictures[name] = shoot(page)
            context.close()
        instance.close()
    return pictures


def shrink(picture: bytes) -> bytes:
    """The same picture with 256 colours, smaller where that is not enough.

    Raises:
      RuntimeError: it stays above the limit at half its size.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for scale in (1.0, 0.8, 0.65, 0.5):
        size = (round(image.width * scale), round(image.height * scale))
        smaller = image.resize(size, Image.Resampling.LANCZOS).quantize(256)
        file = io.BytesIO()
        smaller.save(file, "PNG", optimize=True)
        if file.tell() < MAX_BYTES:
            return file.getvalue()
    raise RuntimeError(f"a picture of {image.size} stays above {MAX_BYTES} bytes")


if __name__ == "__main__":
    raise SystemExit(main())
