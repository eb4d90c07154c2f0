"""Calls are made again where that may help, at the pace allowed, and say nothing secret."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from fairflip.pipeline.score.services import client
from fairflip.pipeline.score.services.client import CallFailedError, Pace, ServiceClient, seconds_of
from fairflip.pipeline.score.services.description import load_service
from fairflip.pipeline.score.services.templates import body_of
from fairflip.protos.errors import ConfigurationError, InputError
from support.scoring_service import scoring_service

SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("SCORING_TOKEN", SECRET)
    monkeypatch.setattr(client, "_FIRST_WAIT", 0.01)
    with scoring_service(lambda text: 0.5) as running:
        yield running


def made(service, tmp_path, more="", **settings):
    path = tmp_path / "service.yaml"
    path.write_text(service.description(**settings) + more)
    described = load_service(str(path))
    return ServiceClient(described, "m"), body_of(described, ["a comment"])


def call(pair):
    return pair[0].call(pair[1], threading.Event())


def test_headers_and_address_hold_what_the_environment_says(service, tmp_path):
    assert call(made(service, tmp_path)) == b'{"scores": {"toxic": 0.5}}'
    assert service.headers["Authorization"] == f"Bearer {SECRET}"
    assert service.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("fault", ["408", "425", "429", "500", "502", "503", "late", "broken"])
def test_what_may_pass_is_tried_again(service, tmp_path, fault):
    service.fault_of = lambda number: fault if number < 2 else ""
    assert call(made(service, tmp_path, timeout=0.3))
    assert service.statuses == {fault: 2, "200": 1}


def test_after_all_tries_the_reason_is_told(service, tmp_path):
    service.fault_of = lambda number: "503"
    with pytest.raises(CallFailedError, match="status 503") as raised:
        call(made(service, tmp_path, "max_retries: 2\n"))
    assert not raised.value.is_refused
    assert service.statuses == {"503": 3}


@pytest.mark.parametrize("fault", ["400", "413", "422"])
def test_a_text_that_is_refused_is_not_tried_again(service, tmp_path, fault):
    service.fault_of = lambda number: fault
    with pytest.raises(CallFailedError) as raised:
        call(made(service, tmp_path))
    assert raised.value.is_refused
    assert service.asked.total() == 1


@pytest.mark.parametrize("fault", ["301", "401", "403", "404", "405"])
def test_what_no_call_will_change_stops_the_run(service, tmp_path, fault, caplog):
    service.fault_of = lambda number: fault
    caplog.set_level(logging.DEBUG)
    with pytest.raises(InputError, match=f"it answered {fault}") as raised:
        call(made(service, tmp_path))
    assert SECRET not in str(raised.value) + caplog.text
    assert service.asked.total() == 1


def test_nobody_there(service, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    pair = made(service, tmp_path, "max_retries: 1\n")
    pair[0]._url = pair[0]._url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(CallFailedError, match="no connection"):
        call(pair)
    assert SECRET not in caplog.text


def test_retry_after_holds_all_calls_back(service, tmp_path):
    service.retry_after = "1"
    service.fault_of = lambda number: "429" if number == 0 else ""
    pair = made(service, tmp_path)
    started = time.monotonic()
    call(pair)
    assert time.monotonic() - started >= 0.95
    service.retry_after, service.fault_of = "1000", lambda number: "429"
    with pytest.raises(InputError, match="asks to wait for 1000 seconds"):
        call(pair)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("3", 3), ("0.5", 0.5), ("-1", 0), ("", 0), ("soon", 0), ("nan", 0), ("inf", float("inf"))],
)
def test_seconds_of_retry_after(value, seconds):
    assert seconds_of(value) == seconds


def test_dates_of_retry_after():
    import email.utils

    assert 58 < seconds_of(email.utils.formatdate(time.time() + 60, usegmt=True)) <= 60
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_calls_begin_at_the_pace_that_is_allowed():
    pace = Pace(10)
    waits = [pace.seconds_to_wait() for _ in range(4)]
    assert waits == pytest.approx([0, 0.1, 0.2, 0.3], abs=0.02)
    pace.pause(5)
    assert pace.seconds_to_wait() == pytest.approx(5, abs=0.05)
    assert [Pace(0).seconds_to_wait() for _ in range(3)] == [0, 0, 0]


def test_a_run_that_stops_does_not_wait(service, tmp_path):
    stopped = threading.Event()
    stopped.set()
    caller, body = made(service, tmp_path)
    with pytest.raises(CallFailedError, match="the run stopped"):
        caller.call(body, stopped)
    assert service.asked.total() == 0


def test_without_the_client_the_cure_is_said(service, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'fairflip\[http\]'"):
        made(service, tmp_path)
