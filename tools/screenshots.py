"""Makes the README's pictures from a finished run: ``python tools/screenshots.py``.

Opens the run's own report.html and its Fairness Indicators in a headless
Chromium, without any network, and writes PNG files of less than 300 kB.
Flipped pairs stay closed: pictures of text are not for a README.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))
import report_browser

MAX_BYTES = 300_000
BARS = "fairness-bounded-value-bar-chart #bar-chart rect:visible"


def main(arguments: list[str] | None = None) -> int:
    """Writes the pictures and prints their paths."""
    images = report_browser.ROOT / "docs" / "images"
    chosen = report_browser.parser(__doc__, images).parse_args(arguments)
    prepared = report_browser.prepared(chosen)
    if prepared is None:
        return 2
    for name, picture in take(*prepared).items():
        path = chosen.to / f"{name}.png"
        path.write_bytes(shrink(picture))
        print(f"{path} {path.stat().st_size / 1000:.0f} kB")
    return 0


def take(report: Path, browser: str) -> dict[str, bytes]:
    """Screenshots by name."""
    from playwright.sync_api import Page

    def section(anchor: str) -> Callable[[Page], bytes]:
        def shoot(page: Page) -> bytes:
            report_browser.uncover(page)
            return page.locator(f"#{anchor}").screenshot()

        return shoot

    def top(page: Page) -> bytes:
        return page.screenshot(clip={"x": 0, "y": 0, "width": 1180, "height": 760})

    def component(page: Page) -> bytes:
        report_browser.uncover(page)
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
    with report_browser.started(browser) as instance:
        for name, (scheme, shoot) in wanted.items():
            with report_browser.opened(instance, report, 1180, 1400, scheme) as page:
                pictures[name] = shoot(page)
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
