"""The body of a call: a service's request with texts in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from fairflip.protos.forms.checks import Problems
from fairflip.protos.service_pb2 import Service

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def body_of(service: Service, texts: Sequence[str]) -> bytes:
    """The JSON of one call, in UTF-8.

    Args:
        service: A checked description.
        texts: One, unless its request has {{texts}}.
    """
    first = texts[0]
    # A text that holds {{prompt}} or the like stays as it is: places are filled in one pass.
    prompt = _PLACE.sub(lambda match: first if match[1] == "text" else match[0], service.prompt)
    values = {"text": first, "prompt": prompt, "texts": list(texts)}
    filled = _PLACE.sub(
        lambda match: json.dumps(values[match[1]], ensure_ascii=False), service.request
    )
    return filled.encode("utf-8")


def check(service: Service, problems: Problems) -> None:
    """Whether the request is JSON with a place for texts, and only known places."""
    places = set(_PLACE.findall(service.request))
    known = {"text", "texts"} | ({"prompt"} if service.prompt else set())
    for place in sorted(places - known):
        cure = "give the prompt" if place == "prompt" else "write {{text}}, {{texts}} or {{prompt}}"
        problems.add("request", f"has a place for {place!r}, which there is not", cure)
    for place in sorted(set(_PLACE.findall(service.prompt)) - {"text"}):
        problems.add("prompt", f"has a place for {place!r}, which there is not", "write {{text}}")
    if service.prompt and "text" not in _PLACE.findall(service.prompt):
        problems.add("prompt", "has no place for the text", "write {{text}} where it goes")
    if service.prompt and "prompt" not in places:
        problems.add("request", "has no place for the prompt", "write {{prompt}} where it goes")
    if service.request and not places & {"text", "texts", "prompt"}:
        problems.add("request", "has no place for a text", "write {{text}} where it goes")
    if "texts" in places and places & {"text", "prompt"}:
        problems.add("request", "has places for one text and for several", "keep one of them")
    if service.texts_per_call > 1 and "texts" not in places:
        problems.add(
            "texts_per_call",
            "is above 1, and the request has no {{texts}}",
            "write {{texts}} in it",
        )
    if places <= known and service.request:
        try:
            json.loads(body_of(service, ["a text"]))
        except ValueError as error:
            problems.add(
                "request",
                f"is no JSON once texts are in it ({error})",
                "mend it; places stand without quotation marks around them",
            )
