"""The component is taken from the installed wheel and corrected only if known."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fairflip.view.page import embedding, fairness_bundle


def test_installed_bundle_is_the_known_one_and_corrected():
    bundle = fairness_bundle.installed_bundle()
    assert bundle.sha256 == fairness_bundle.KNOWN_SHA256
    assert bundle.is_corrected
    assert bundle.note == ""
    assert gzip.decompress(bundle.compressed).decode() == bundle.script
    for correction in fairness_bundle.CORRECTIONS:
        assert correction.new in bundle.script


def test_unknown_bundle_is_left_alone_and_says_so():
    content = b"var a = 1;"
    bundle = fairness_bundle.correct(content)
    assert bundle.script == content.decode()
    assert not bundle.is_corrected
    assert bundle.sha256 == hashlib.sha256(content).hexdigest()
    assert "0.52" in bundle.note
    payload = {"models": ["m"], "slices": ["Overall"], "metrics": [], "values": {"m": [[]]}}
    assert "corrections are known for" in embedding.embed_in_report(payload, bundle).html


def test_correction_that_does_not_fit_is_loud(monkeypatch):
    content = b"abc abc"
    monkeypatch.setattr(fairness_bundle, "KNOWN_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(
        fairness_bundle, "CORRECTIONS", (fairness_bundle.Correction("fault", "abc", "d"),)
    )
    with pytest.raises(RuntimeError, match="fits 2 places"):
        fairness_bundle.correct(content)


def test_missing_bundle_is_a_note_on_the_page(monkeypatch):
    fairness_bundle.installed_bundle.cache_clear()
    monkeypatch.setattr(fairness_bundle, "_FILE", Path("static") / "gone.js")
    bundle = fairness_bundle.installed_bundle()
    fairness_bundle.installed_bundle.cache_clear()
    assert not bundle.is_present
    embedded = embedding.embed_in_report(
        {"models": [], "slices": [], "metrics": [], "values": {}}, bundle
    )
    assert "gone.js" in embedded.html
    assert embedded.scripts == ()
    assert "<script" not in embedded.html


@pytest.mark.system
def test_report_and_table_import_neither_tensorflow_nor_beam():
    code = (
        "import sys, fairflip.view.page.html_report, fairflip.view.terminal.summary_table;"
        "from fairflip.view.page import fairness_bundle; fairness_bundle.installed_bundle();"
        "print([m for m in ('tensorflow', 'apache_beam', 'tensorflow_model_analysis', 'keras',"
        " 'anywidget') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_nothing_of_the_bundle_is_kept_in_the_repository(repository):
    ours = [path for path in (repository / "view").rglob("*") if path.is_file()]
    assert ours
    assert max(path.stat().st_size for path in ours if path.suffix in (".js", ".j2")) < 20_000
