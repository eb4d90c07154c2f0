"""Pictures of a whole report to look at: ``python tools/page_views.py --run OUT --to FOLDER``.

Opens a finished run's report.html in a headless Chromium, without any network, at three
widths, light and dark: the first screen as a reader sees it, and each section whole.
The pairs stay closed unless ``--with_pairs`` is given: their texts may offend.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import report_browser

#: A laptop, a large screen, a phone: width and height of the window.
WINDOWS = {1400: 1000, 1920: 1080, 390: 844}
SCHEMES = ("light", "dark")


def main(arguments: list[str] | None = None) -> int:
    """Writes the pictures and prints their paths."""
    parser = report_browser.parser(__doc__, report_browser.ROOT / "build" / "page_views")
    parser.add_argument("--width", type=int, action="append", choices=list(WINDOWS))
    parser.add_argument("--section", action="append", help="only these, by their anchor")
    parser.add_argument("--with_pairs", action="store_true", help="open the flipped pairs")
    chosen = parser.parse_args(arguments)
    prepared = report_browser.prepared(chosen)
    if prepared is None:
        return 2
    report, browser = prepared
    with report_browser.started(browser) as instance:
        for width in chosen.width or WINDOWS:
            for scheme in SCHEMES:
                size = width, WINDOWS[width]
                with report_browser.opened(instance, report, *size, scheme) as page:
                    prefix = chosen.to / f"{width}_{scheme}"
                    for path in _take(page, prefix, chosen.section, chosen.with_pairs):
                        print(path)
    return 0


def _take(page: Any, prefix: Path, sections: list[str] | None, with_pairs: bool) -> list[Path]:
    """The first screen and each section of one page."""
    if with_pairs:
        page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    paths = [Path(f"{prefix}_first_screen.png")]
    page.screenshot(path=paths[0])
    report_browser.uncover(page)
    anchors = page.evaluate("[...document.querySelectorAll('main section')].map((s) => s.id)")
    for anchor in anchors:
        if sections and anchor not in sections:
            continue
        path = Path(f"{prefix}_{anchor}.png")
        page.locator(f"#{anchor}").screenshot(path=path)
        paths.append(path)
    return paths


if __name__ == "__main__":
    raise SystemExit(main())
