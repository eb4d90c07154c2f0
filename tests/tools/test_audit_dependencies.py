"""The audit of the lock, against a small database and against none."""

from __future__ import annotations

import http.server
import importlib.util
import json
import threading

import pytest


@pytest.fixture
def audit(repository):
    path = repository / "tools" / "audit_dependencies.py"
    spec = importlib.util.spec_from_file_location("audit_dependencies", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def database():
    """An OSV database that knows one fault, and what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.extend(body["queries"])
            bad = {("leaky", "1.0")}
            results = [
                {"vulns": [{"id": "OSV-1"}]} if (q["package"]["name"], q["version"]) in bad else {}
                for q in body["queries"]
            ]
            answer = json.dumps({"results": results}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer if self.path == "/good" else b"[]")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_every_pin_of_the_lock_is_read(audit, repository):
    lock = (repository / "requirements.lock").read_text()
    actual = audit.pins(lock)
    assert ("tensorflow-model-analysis", "0.52.0") in actual
    assert len(actual) == len(
        {line.split(" ;")[0] for line in lock.splitlines() if "==" in line.split(" ;")[0]}
    )


def test_a_known_fault_fails_and_is_named(audit, database, tmp_path, capsys):
    address, asked = database
    lock = tmp_path / "lock"
    lock.write_text("leaky==1.0 ; python_version < '4'\n    # via x\nsound==2.0\n")
    assert audit.main([f"--lock={lock}", f"--database={address}/good"]) == 1
    assert "leaky==1.0: OSV-1" in capsys.readouterr().out
    assert [q["package"]["name"] for q in asked] == ["leaky", "sound"]
    lock.write_text("sound==2.0\n")
    assert audit.main([f"--lock={lock}", f"--database={address}/good"]) == 0


@pytest.mark.parametrize("path", ["", "/other"])
def test_without_a_database_it_says_that_nothing_was_audited(
    audit, database, path, tmp_path, capsys
):
    lock = tmp_path / "lock"
    lock.write_text("sound==2.0\n")
    address = f"{database[0]}{path}" if path else "http://127.0.0.1:1/none"
    assert audit.main([f"--lock={lock}", f"--database={address}"]) == 0
    assert "NOT DONE for 1 pinned versions" in capsys.readouterr().out
    assert audit.main([f"--lock={lock}", f"--database={address}", "--strict"]) == 2
