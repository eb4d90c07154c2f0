"""What a file says of a service is checked whole; secrets stay in the environment."""

from __future__ import annotations

import pytest

from fairflip.pipeline.score.services.description import (
    host_of,
    identity_of,
    load_service,
    with_environment,
)
from fairflip.protos.errors import ConfigurationError

GOOD = """
url: https://scores.example/v1?key=${KEY_OF_TEST}
headers: [{name: X-Token, value: "t ${TOKEN_OF_TEST}"}]
request: '{"text": {{text}}}'
answer: {pointer: /score}
"""


def load(tmp_path, text, name="service.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return load_service(str(path))


def test_defaults_and_formats(tmp_path):
    service = load(tmp_path, GOOD)
    assert (service.method, service.concurrency, service.max_retries) == ("POST", 4, 8)
    assert not service.HasField("calls_per_second")
    textproto = """
    url: "https://scores.example/v1?key=${KEY_OF_TEST}"
    headers { name: "X-Token" value: "t ${TOKEN_OF_TEST}" }
    request: '{"text": {{text}}}'
    answer { pointer: "/score" }
    """
    assert load(tmp_path, textproto, "service.textproto") == service


def test_secrets_come_from_the_environment_and_are_shown_nowhere(tmp_path, monkeypatch):
    service = load(tmp_path, GOOD)
    monkeypatch.setenv("KEY_OF_TEST", "abc")
    monkeypatch.delenv("TOKEN_OF_TEST", raising=False)
    with pytest.raises(ConfigurationError, match="variable TOKEN_OF_TEST is not set"):
        with_environment(service, "m")
    monkeypatch.setenv("TOKEN_OF_TEST", "secret")
    url, headers = with_environment(service, "m")
    assert (url, headers) == ("https://scores.example/v1?key=abc", {"X-Token": "t secret"})
    assert "secret" not in str(service) + identity_of(service) + host_of(service)
    monkeypatch.setenv("TOKEN_OF_TEST", "sec\r\nret")
    with pytest.raises(ConfigurationError, match="has a line break") as raised:
        with_environment(service, "m")
    assert "sec" not in str(raised.value).replace("service", "")


def test_manners_make_no_other_model_and_questions_do(tmp_path):
    identity = identity_of(load(tmp_path, GOOD))
    assert identity_of(load(tmp_path, GOOD + "concurrency: 9\ntimeout_seconds: 3\n")) == identity
    assert identity_of(load(tmp_path, GOOD.replace("/score", "/other"))) != identity
    assert identity_of(load(tmp_path, GOOD.replace('"text"', '"comment"'))) != identity


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("https://scores.example", "http://scores.example", "without encryption; use https://"),
        ("https://scores.example", "ftp://scores.example", "does not begin with https://"),
        ("https://scores.example", "https://me:pw@scores.example", "holds a name or password"),
        ("X-Token", "X Token", "headers[0].name: holds a character"),
        ("answer", "concurrency: 0\nanswer", "concurrency: 0 is out of range"),
        ("answer", "repeat: 3\nanswer", "repeat"),
        ("url", "method: GET\nurl", "method: 'GET'"),
    ],
)
def test_mistakes_have_the_files_name_and_a_cure(tmp_path, old, new, mistake):
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, GOOD.replace(old, new))
    assert mistake in str(raised.value)
    assert "pw" not in str(raised.value).replace("password", "")


def test_on_this_machine_nothing_must_be_encrypted(tmp_path):
    assert load(tmp_path, GOOD.replace("https://scores.example", "http://127.0.0.1:80"))
