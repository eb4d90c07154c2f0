"""A real Chromium for the tests marked `browser`, watched for outside requests."""

from __future__ import annotations

import os
import shutil
from urllib.parse import urlparse

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LOCAL = ("127.0.0.1", "localhost", None, "")


class Watch:
    """What a page asked for and complained about."""

    def __init__(self):
        self.outside: list[str] = []
        self.errors: list[str] = []

    def follow(self, context):
        context.on("request", self._request)
        context.on("console", self._message)
        context.on("weberror", lambda e: self.errors.append(f"{e.error}\n{e.error.stack}"))

    def _message(self, message):
        if message.type == "error":
            self.errors.append(f"{message.text}\n{message.location.get('url', '')}")

    def _request(self, request):
        address = urlparse(request.url)
        if address.scheme not in ("data", "blob", "file") and address.hostname not in LOCAL:
            self.outside.append(request.url)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    actual = os.environ.get("FAIRFLIP_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if actual is None:
        reason = (
            "no Chromium found; run tools/install_browser.sh, or set FAIRFLIP_CHROMIUM to its path"
        )
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return actual


@pytest.fixture(scope="session")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield instance
        instance.close()


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def context(browser, watch):
    made = browser.new_context(viewport={"width": 1400, "height": 1100})
    watch.follow(made)
    yield made
    made.close()
