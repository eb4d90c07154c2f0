"""Downloads from a loopback server that breaks off, changes and damages files."""

from __future__ import annotations

import base64
import hashlib
import http.server
import threading

import pytest

from fairflip.pipeline.cli.download import DATASETS, MAX_FILE_BYTES, download
from fairflip.protos.errors import ConfigurationError, InputError

NAMES = tuple(DATASETS["civil_comments"].files)


class Server:
    """Serves `contents`; each GET sends at most `cut_after` bytes and then hangs up."""

    def __init__(self):
        self.contents = {name: bytes(range(256)) * (40 + i) for i, name in enumerate(NAMES)}
        self.cut_after: int | None = None
        self.requests: list[tuple[str, str, str | None]] = []
        self.ranges = True
        self.wrong_content: bytes | None = None
        self.announced: int | None = None
        self.elsewhere = ""
        self.authorizations: set[str | None] = set()
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def answer(self, with_body: bool):
                name = self.path.rsplit("/", 1)[1]
                wanted = self.headers.get("Range")
                outer.requests.append((self.command, name, wanted))
                outer.authorizations.add(self.headers.get("Authorization"))
                body = outer.wrong_content or outer.contents.get(name)
                if outer.elsewhere:
                    self.send_response(302)
                    self.send_header("Location", outer.elsewhere)
                    self.end_headers()
                    return
                if body is None or outer.status != 200:
                    self.send_error(404 if body is None else outer.status)
                    return
                start = 0
                if wanted and outer.ranges:
                    start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                    self.send_response(206)
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(outer.announced or len(body) - start))
                self.send_header("ETag", hashlib.sha256(body).hexdigest())
                self.end_headers()
                if with_body:
                    self.wfile.write(body[start:][: outer.cut_after])
                self.close_connection = True

            def do_HEAD(self):
                self.answer(False)

            def do_GET(self):
                self.answer(True)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/data"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()


def fetch(server, folder, **kwargs):
    kwargs.setdefault("wait_seconds", 0.001)
    kwargs.setdefault(
        "sha256", {n: hashlib.sha256(c).hexdigest() for n, c in server.contents.items()}
    )
    return download("civil_comments", str(folder), server.url, **kwargs)


def test_files_arrive_whole_and_progress_ends_at_the_size(server, tmp_path):
    seen = []
    paths = fetch(server, tmp_path, progress=lambda *report: seen.append(report))
    assert [path.rsplit("/", 1)[1] for path in paths] == list(NAMES)
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == server.contents[name]
        size = len(server.contents[name])
        assert (name, size, size) in seen
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)


def test_a_line_that_breaks_again_and_again_is_resumed_not_restarted(server, tmp_path):
    server.cut_after = 3000
    fetch(server, tmp_path, num_attempts=2)
    assert (tmp_path / NAMES[0]).read_bytes() == server.contents[NAMES[0]]
    starts = [wanted for method, name, wanted in server.requests if method == "GET"][:4]
    assert starts == [None, "bytes=3000-", "bytes=6000-", "bytes=9000-"]


def test_a_part_of_an_earlier_call_is_continued(server, tmp_path):
    server.cut_after = 1000
    with pytest.raises(InputError, match=r"kept in .*\.part"):
        fetch(server, tmp_path, num_attempts=1)
    assert not (tmp_path / NAMES[0]).exists()
    assert (tmp_path / (NAMES[0] + ".part")).stat().st_size == 1000
    server.cut_after = None
    server.requests.clear()
    fetch(server, tmp_path)
    assert ("GET", NAMES[0], "bytes=1000-") in server.requests
    assert (tmp_path / NAMES[0]).read_bytes() == server.contents[NAMES[0]]


def test_a_part_of_another_version_is_thrown_away(server, tmp_path):
    server.cut_after = 1000
    with pytest.raises(InputError):
        fetch(server, tmp_path, num_attempts=1)
    server.contents[NAMES[0]] = b"another version" * 500
    server.cut_after = None
    fetch(server, tmp_path)
    assert (tmp_path / NAMES[0]).read_bytes() == server.contents[NAMES[0]]


def test_a_server_without_ranges_starts_over(server, tmp_path):
    server.cut_after = 1000
    with pytest.raises(InputError):
        fetch(server, tmp_path, num_attempts=1)
    server.cut_after, server.ranges = None, False
    fetch(server, tmp_path)
    assert (tmp_path / NAMES[0]).read_bytes() == server.contents[NAMES[0]]


def test_what_is_there_with_its_content_is_not_asked_for_again(server, tmp_path):
    fetch(server, tmp_path)
    server.requests.clear()
    fetch(server, tmp_path)
    assert server.requests == []
    # Of the right size, but with other content: fetched again.
    (tmp_path / NAMES[0]).write_bytes(bytes(len(server.contents[NAMES[0]])))
    fetch(server, tmp_path)
    assert {name for _, name, _ in server.requests} == {NAMES[0]}
    assert (tmp_path / NAMES[0]).read_bytes() == server.contents[NAMES[0]]


def test_other_content_than_expected_is_refused_and_not_kept(server, tmp_path):
    server.wrong_content = bytes(len(server.contents[NAMES[0]]))
    with pytest.raises(InputError, match=r"SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}: it was damaged"):
        fetch(server, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_whose_content_nobody_knows_need_a_word(server, tmp_path):
    with pytest.raises(ConfigurationError, match=rf"--sha256 {NAMES[0]}=HEX.*--unpinned"):
        fetch(server, tmp_path, sha256={})
    with pytest.raises(ConfigurationError, match=rf"--sha256 {NAMES[1]}=HEX"):
        fetch(server, tmp_path, sha256={NAMES[0]: "0" * 64})
    with pytest.raises(ConfigurationError, match=r"'other\.csv' is no file of civil_comments"):
        fetch(server, tmp_path, sha256={"other.csv": "0" * 64})
    assert server.requests == []
    fetch(server, tmp_path, sha256={}, unpinned=True)
    server.requests.clear()
    fetch(server, tmp_path, sha256={}, unpinned=True)
    assert {method for method, _, _ in server.requests} == {"HEAD"}


def test_a_file_that_is_too_large_is_refused_before_it_comes(server, tmp_path):
    server.announced = MAX_FILE_BYTES + 1
    with pytest.raises(InputError, match="more than"):
        fetch(server, tmp_path)
    assert [method for method, _, _ in server.requests] == ["HEAD"]


def test_a_server_cannot_send_elsewhere_without_encryption(server, tmp_path):
    server.elsewhere = "http://example.org/secret?token=abc"
    with pytest.raises(ConfigurationError, match=r"'http://example\.org/secret' is no web address"):
        fetch(server, tmp_path)


def test_a_password_is_sent_and_never_shown(server, tmp_path, capfd):
    server.url = server.url.replace("http://", "http://me:hush%21@")
    fetch(server, tmp_path)
    assert server.authorizations == {"Basic " + base64.b64encode(b"me:hush!").decode()}
    output = []
    for change in ({"status": 503}, {"status": 403}, {"announced": 1 << 40}):
        for name, value in change.items():
            setattr(server, name, value)
        with pytest.raises(InputError) as caught:
            fetch(server, tmp_path / "other", num_attempts=1)
        output.append(str(caught.value))
        server.status, server.announced = 200, None
    with pytest.raises(ConfigurationError) as caught:
        download("civil_comments", str(tmp_path), "ftp://me:hush%21@host/?key=hush%21")
    output += [str(caught.value), *capfd.readouterr()]
    assert all("hush" not in text for text in output)


def test_a_missing_file_is_said_at_once(server, tmp_path):
    del server.contents[NAMES[0]]
    with pytest.raises(InputError, match="404"):
        fetch(server, tmp_path, unpinned=True)
    assert len(server.requests) == 1


def test_a_busy_server_is_asked_again(server, tmp_path):
    server.status = 503
    with pytest.raises(InputError, match="cannot be fetched"):
        fetch(server, tmp_path, num_attempts=3)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("dataset", "url", "message"),
    [
        ("nonsense", "", "civil_comments"),
        ("civil_comments", "file:///etc/", "https://"),
        ("civil_comments", "http://example.org/", "https://"),
        ("civil_comments", "https:///x", "https://"),
    ],
)
def test_wrong_names_and_addresses_are_refused(tmp_path, dataset, url, message):
    with pytest.raises(ConfigurationError, match=message):
        download(dataset, str(tmp_path), url)
