"""Says at the end how many inputs were fuzzed."""

from __future__ import annotations

from support.fuzz.fuzz_settings import COUNTS


def pytest_terminal_summary(terminalreporter) -> None:
    if COUNTS:
        each = ", ".join(f"{name} {number:,}" for name, number in sorted(COUNTS.items()))
        terminalreporter.write_line(f"fuzzed: {sum(COUNTS.values()):,} inputs ({each})")
