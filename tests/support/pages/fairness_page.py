"""Reads the Fairness Indicators component in a page, and what it must show."""

from __future__ import annotations

BARS = "fairness-bounded-value-bar-chart #bar-chart rect"
ROWS = "fairness-metrics-table .table-row, fairness-metrics-table .baseline-row"


def wait_for_bars(page, timeout: float = 60_000) -> None:
    page.wait_for_selector(f"{BARS}:visible", timeout=timeout)
    page.wait_for_timeout(500)


def select_all_thresholds(page) -> None:
    """Adds every threshold of the first metric to the selected ones."""
    page.evaluate(
        """() => {
          const find = (root, tag) => {
            for (const element of root.querySelectorAll("*")) {
              if (element.localName === tag) return element;
              const inside = element.shadowRoot && find(element.shadowRoot, tag);
              if (inside) return inside;
            }
            return null;
          };
          const summary = find(document, "fairness-metric-summary");
          for (const value of summary.thresholds_) {
            const list = summary.$.thresholdsList;
            if (!summary.selectedThresholds_.includes(value)) list.select(value);
          }
        }"""
    )
    page.wait_for_timeout(500)


def table(page) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the first metric's table."""
    cells = ".table-feature-column, .table-entry"
    first = page.locator("fairness-metrics-table").first
    header = first.locator(".table-head-row").first.locator(cells).all_inner_texts()
    rows = [
        [text.strip() for text in row.locator(cells).all_inner_texts()]
        for row in first.locator(".table-row, .baseline-row").all()
    ]
    return [text.strip() for text in header], rows


def three_decimals(value: float) -> str:
    """As JavaScript writes a number rounded to three decimals."""
    text = f"{int(value * 1000 + 0.5) / 1000:.3f}".rstrip("0").rstrip(".")
    return text or "0"


def expected_table(report, slices: list[str], thresholds: list[float]) -> list[list[str]]:
    """What the table must hold for flip_rate/overall, cell by cell, out of the report."""
    by_slice = [{entry.slice: entry for entry in model.slices} for model in report.models]
    rows = []
    for name in slices:
        row = [name]
        rates = {}
        for threshold in thresholds:
            for position, entries in enumerate(by_slice):
                rate = next(
                    at.flip_rate for at in entries[name].thresholds if at.threshold == threshold
                )
                rates[position, threshold] = rate.value
                row.append(
                    f"{three_decimals(rate.value)} ({three_decimals(rate.lower)}, "
                    f"{three_decimals(rate.upper)})"
                )
        rows.append((row, rates))
    return rows
