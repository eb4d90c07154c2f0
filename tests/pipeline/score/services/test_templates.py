"""Any text arrives as it is, whatever it holds."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.score.services.templates import body_of, check
from fairflip.protos.forms.checks import Problems
from fairflip.protos.service_pb2 import Service

HOSTILE = ['a "quoted"\nline\\', "größer 日本 \u2028", "{{prompt}} {{text}}", "", '","x":"y']


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_in_a_request_and_in_a_prompt(text):
    service = Service(
        request='{"m": "judge", "ask": {{ prompt }}, "text": {{text}}}', prompt="Is <{{text}}> it?"
    )
    body = json.loads(body_of(service, [text]))
    assert body == {"m": "judge", "ask": f"Is <{text}> it?", "text": text}


def test_several_texts_in_a_request():
    service = Service(request='{"instances": {{texts}}}', texts_per_call=5)
    assert json.loads(body_of(service, HOSTILE)) == {"instances": HOSTILE}


@pytest.mark.parametrize(
    ("service", "mistake"),
    [
        (Service(request="{}"), "request: has no place for a text"),
        (Service(request='{"a": {{comment}}}'), "request: has a place for 'comment'"),
        (Service(request='{"a": {{prompt}}}'), "request: has a place for 'prompt'"),
        (Service(request='{"a": "{{text}}"}'), "request: is no JSON once texts are in it"),
        (Service(request='{"a": {{text}}, "b": {{texts}}}'), "request: has places for one"),
        (Service(request="[{{prompt}}]", prompt="Is it?"), "prompt: has no place for the text"),
        (Service(request="[{{text}}]", prompt="{{text}}?"), "request: has no place for the prompt"),
        (Service(request="[{{text}}]", texts_per_call=2), "texts_per_call: is above 1"),
    ],
)
def test_mistakes_of_a_description(service, mistake):
    problems = Problems()
    check(service, problems)
    assert any(problem.startswith(mistake) for problem in problems), problems
