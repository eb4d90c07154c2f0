"""The report in a real Chromium: how long filters of 5,000 flipped pairs take, and its size.

A filter is set as a reader sets it; the time ends when the browser has laid the page out
and painted it. Needs a Chromium (tools/install_browser.sh); without one there are no times.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))

from fairflip.view.page import html_report
from support import random_reports

NUM_PAIRS = 5_000
#: Milliseconds in which an answer feels immediate.
MOST_MILLISECONDS = 200
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
_TIMED = """async ([name, value]) => {
  const control = document.getElementById("pair-form").elements.namedItem(name);
  const painted = () => new Promise((done) =>
    requestAnimationFrame(() => setTimeout(done)));
  await painted();
  const start = performance.now();
  if (control.type === "checkbox") control.checked = true;
  else control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  await painted();
  return performance.now() - start;
}"""
CHOICES = (
    ("model", "remediated"),
    ("direction", "negative_to_positive"),
    ("change", "still"),
    ("change", ""),
    ("slice", "gender:female"),
    ("term", "she"),
    ("search", "neighbour, number 1"),
    ("search", ""),
    ("threshold", "0.25"),
    ("sort", "id"),
    ("apart", True),
    ("model", ""),
)


def filter_times() -> dict[str, float]:
    """Milliseconds by filter, the median of five runs."""
    from playwright.sync_api import sync_playwright

    browser = os.environ.get("FAIRFLIP_CHROMIUM") or shutil.which("chromium")
    if browser is None:
        return {}
    table = random_reports.scored_pairs(5 * NUM_PAIRS)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = html_report.write_report(
            random_reports.report(table), folder, scored_pairs=table, max_examples=NUM_PAIRS
        )
        instance = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = instance.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(path.as_uri())
        page.locator("details.pairs > summary").click()
        held = page.evaluate("JSON.parse(document.getElementById('pair-data').textContent).pairs")
        assert len(held) == NUM_PAIRS
        for _ in range(5):
            for name, value in CHOICES:
                key = f"{name}={value}"
                times.setdefault(key, []).append(page.evaluate(_TIMED, [name, value]))
        instance.close()
    return {key: statistics.median(runs) for key, runs in times.items()}


def results() -> list[dict]:
    """The slowest filter against its ceiling."""
    times = filter_times()
    for name, milliseconds in times.items():
        print(f"{name}: {milliseconds:.0f} ms")
    if not times:
        return []
    slowest = max(times.values())
    return [
        {
            "name": f"report: slowest filter of {NUM_PAIRS:,} pairs, milliseconds",
            "value": round(slowest, 1),
            "bound": MOST_MILLISECONDS,
            "holds": slowest <= MOST_MILLISECONDS,
        }
    ]


if __name__ == "__main__":
    for row in results():
        print(row)
