"""Scores from a service's answers: a JSON pointer, then a pattern, words or a number."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from fairflip.protos.forms.checks import Problems
from fairflip.protos.service_pb2 import Answer, Service

_BY_NAME = re.compile(r"\[([^=\]]+)=(.*)\]\Z", re.DOTALL)
_EACH = "*"
#: In a pointer: the name of the output that is read.
OUTPUT = "{{output}}"


class UnreadableAnswerError(Exception):
    """An answer without a score that can be read; says why, and nothing of the answer."""


def scores_in(content: bytes, answer: Answer, num_texts: int) -> list[float | str]:
    """The score of each text of a call, or why there is none.

    Args:
        content: The body of the service's answer.
        answer: Where the scores are.
        num_texts: Texts of the call.

    Returns:
        [num_texts] finite numbers, and sentences for those that cannot be read.
    """
    try:
        whole = json.loads(content)
        values = list(_values(whole, _parts(answer.pointer)))
    except (ValueError, RecursionError):
        return ["the answer is no JSON"] * num_texts
    except UnreadableAnswerError as error:
        return [str(error)] * num_texts
    if len(values) != num_texts:
        return [f"the answer has {len(values)} scores for {num_texts} texts"] * num_texts
    return [_score_or_reason(value, answer) for value in values]


def of_output(answer: Answer, output: str) -> Answer:
    """Where an answer's score is, of one of the outputs that a pointer with {{output}} reads."""
    chosen = Answer()
    chosen.CopyFrom(answer)
    escaped = output.replace("~", "~0").replace("/", "~1")
    chosen.pointer = answer.pointer.replace(OUTPUT, escaped)
    return chosen


def _score_or_reason(value: Any, answer: Answer) -> float | str:
    try:
        if isinstance(value, Exception):
            raise value
        return _score(value, answer)
    except UnreadableAnswerError as error:
        return str(error)


def _score(value: Any, answer: Answer) -> float:
    if answer.label_probabilities:
        return _expected_score(value, answer)
    if answer.pattern:
        match = re.search(answer.pattern, value if isinstance(value, str) else json.dumps(value))
        if match is None:
            raise UnreadableAnswerError("answer.pattern finds nothing")
        value = match[1] if match.re.groups else match[0]
    if answer.labels:
        word = _plain(value if isinstance(value, str) else json.dumps(value))
        for label in answer.labels:
            if _plain(label.label) == word:
                return label.score
        raise UnreadableAnswerError("the answer is none of answer.labels")
    number = _number(value)
    number = (
        math.exp(min(number, 700.0)) if answer.log_probability else number / (answer.divide_by or 1)
    )
    if not math.isfinite(number):
        raise UnreadableAnswerError("the answer is no finite number")
    return number


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UnreadableAnswerError("the answer is no number") from None


def _expected_score(tokens: Any, answer: Answer) -> float:
    """The mean of the labels' scores, weighted by the probability of each label.

    A label is spelt by several tokens ("Yes", " yes"), whose probabilities add up. One that is not
    among the tokens listed is less likely than all of them, and counts as impossible.
    """
    scores = {_plain(label.label): label.score for label in answer.labels}
    probabilities = dict.fromkeys(scores, 0.0)
    for token, logarithm in _tokens(tokens):
        label = _plain(token)
        if label in probabilities:
            probabilities[label] += math.exp(min(_number(logarithm), 0.0))
    whole = sum(probabilities.values())
    if not whole:
        raise UnreadableAnswerError("none of answer.labels is among the tokens")
    if not math.isfinite(whole):
        raise UnreadableAnswerError("the answer is no finite number")
    return sum(scores[label] * probabilities[label] for label in scores) / whole


def _tokens(value: Any) -> Iterator[tuple[str, Any]]:
    """Tokens with the logarithms of their probabilities, as services list them."""
    if isinstance(value, dict):
        yield from value.items()
        return
    if not isinstance(value, list):
        raise UnreadableAnswerError("answer.pointer finds no list of tokens")
    for element in value:
        if not (isinstance(element, dict) and {"token", "logprob"} <= element.keys()):
            raise UnreadableAnswerError("answer.pointer finds no list of tokens")
        yield str(element["token"]), element["logprob"]


def _plain(word: str) -> str:
    return word.strip(" \t\r\n.\"'*`!").casefold()


def _parts(pointer: str) -> list[str]:
    """The parts of a JSON pointer (RFC 6901); a part in brackets may hold slashes."""
    parts = re.findall(r"/(\[[^\]]*\]|[^/]*)", pointer)
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _values(value: Any, parts: list[str]) -> Iterator[Any]:
    """What a pointer points at; with *, one value an element, an exception where it has none."""
    for place, part in enumerate(parts):
        if part == _EACH:
            if not isinstance(value, list):
                raise UnreadableAnswerError("answer.pointer finds no list")
            for element in value:
                try:
                    yield from _values(element, parts[place + 1 :])
                except UnreadableAnswerError as error:
                    yield error
            return
        value = _step(value, part)
    yield value


def _step(value: Any, part: str) -> Any:
    by_name = _BY_NAME.match(part)
    if isinstance(value, list):
        if by_name:
            for element in value:
                if isinstance(element, dict) and str(element.get(by_name[1])) == by_name[2]:
                    return element
        elif part.isdigit() and int(part) < len(value):
            return value[int(part)]
    elif isinstance(value, dict) and part in value:
        return value[part]
    raise UnreadableAnswerError("answer.pointer finds nothing")


def check(service: Service, problems: Problems) -> None:
    """Whether the pointer and the pattern can be read."""
    answer = service.answer
    if answer.pointer and not answer.pointer.startswith("/"):
        problems.add("answer.pointer", "does not begin with /", "write it like '/score'")
    num_lists = _parts(answer.pointer).count(_EACH)
    if num_lists > 1:
        problems.add("answer.pointer", "has more than one *", "keep one")
    if service.texts_per_call > 1 and not num_lists:
        problems.add(
            "answer.pointer", "has no *, and a call has several texts", "write * for each text"
        )
    if answer.label_probabilities:
        _check_label_probabilities(answer, problems)
    try:
        if re.compile(answer.pattern).groups > 1:
            problems.add(
                "answer.pattern", "has more than one group", "keep one; write others as (?:…)"
            )
    except re.error as error:
        problems.add("answer.pattern", f"is no regular expression ({error})", "mend it")


def _check_label_probabilities(answer: Answer, problems: Problems) -> None:
    """Whether there is more than one label, and nothing that would read tokens otherwise."""
    if len({_plain(label.label) for label in answer.labels}) < 2:
        problems.add(
            "answer.label_probabilities",
            "has fewer than two answer.labels to choose from",
            "give them, such as 'yes' with score 1 and 'no' with score 0",
        )
    for name in ("pattern", "log_probability"):
        if getattr(answer, name):
            problems.add(f"answer.{name}", "stands beside label_probabilities", "leave one out")
