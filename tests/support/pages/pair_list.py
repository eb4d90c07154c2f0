"""A report's page in a browser, and its list of pairs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """The page at an address in a window of 1400 pixels, until the block ends."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def count(page: Any, query: str) -> int:
    """How many pairs the list shows for "model=m&direction=any", or a link's "#pairs?model=m"."""
    address = f"#pairs?{query.removeprefix('#pairs?')}"
    page.evaluate("address => { location.hash = address; }", address)
    page.wait_for_timeout(200)
    return int(re.match(r"[\d,]+", output_of(page)).group().replace(",", ""))


def output_of(page: Any) -> str:
    """What the list says of how many there are."""
    return page.locator("#pair-count").inner_text()
