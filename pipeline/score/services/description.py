"""What a file says of a scoring service, checked before anything is sent."""

from __future__ import annotations

import hashlib
import json
import os
import re
from urllib.parse import urlsplit

from fairflip.pipeline.score.services import answers, templates
from fairflip.pipeline.storage.file_heads import read_head
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.checks import Problems, check_field
from fairflip.protos.forms.config_fields import fill_defaults
from fairflip.protos.forms.messages import quote, read_message
from fairflip.protos.service_pb2 import Service

#: Hosts of this machine, to which nothing needs to be encrypted.
_HERE = ("localhost", "127.0.0.1", "::1")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
#: What determines no answer: how a service is asked, not what.
_MANNERS = (
    *("concurrency", "calls_per_second", "timeout_seconds", "max_retries"),
    *("max_wait_seconds", "max_failed_share"),
)


def load_service(path: str) -> Service:
    """Reads a service's description: textproto, JSON or YAML; with its defaults.

    Raises:
        ConfigurationError: With all mistakes in the file.
    """
    service = read_message(path, Service, "http:", read_head)
    fill_defaults(service)
    problems = problems_of(service)
    if problems:
        raise ConfigurationError([f"{path}: {problem}" for problem in problems])
    return service


def problems_of(service: Service) -> list[str]:
    """All that is wrong with a description, without looking at the environment."""
    problems = Problems()
    for field in service.DESCRIPTOR.fields:
        check_field(service, field.name, "", problems)
    address = urlsplit(service.url)
    if service.url and address.scheme not in ("http", "https"):
        problems.add("url", "does not begin with https://", "give the service's whole address")
    elif address.scheme == "http" and address.hostname not in _HERE:
        problems.add(
            "url",
            f"sends texts to {quote(address.hostname or '')} without encryption",
            "use https://",
        )
    if address.username or address.password:
        problems.add("url", "holds a name or password", "send them in a header, as ${NAME}")
    for index, header in enumerate(service.headers):
        if re.search(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]", header.name):
            problems.add(f"headers[{index}].name", "holds a character that no name has", "mend it")
    templates.check(service, problems)
    answers.check(service, problems)
    return problems


def host_of(service: Service) -> str:
    """Whom texts are sent to, as it may be shown: no path, no query, no password."""
    return urlsplit(service.url).hostname or ""


def is_here(service: Service) -> bool:
    """Whether the service is on this machine."""
    return host_of(service) in _HERE


def with_environment(service: Service, model: str) -> tuple[str, dict[str, str]]:
    """The address and the headers with the environment's values in them.

    Raises:
        ConfigurationError: A variable is not set.
    """
    missing: list[str] = []

    def filled(text: str) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] not in os.environ:
                missing.append(match[1])
            return os.environ.get(match[1], "")

        return _VARIABLE.sub(value, text)

    url = filled(service.url)
    headers = {header.name: filled(header.value) for header in service.headers}
    if missing:
        raise ConfigurationError(
            f"models[{model}].service: the environment variable {missing[0]} is not set; set it "
            "where the run is started"
        )
    if any(re.search(r"[\r\n\0]", value) for value in headers.values()):
        raise ConfigurationError(
            f"models[{model}].service: the value of a header has a line break; mend the variable"
        )
    return url, headers


def identity_of(service: Service) -> str:
    """Equal for descriptions that ask the same question of the same service.

    Values of headers and of the environment do not count, and cannot be read from it.
    """
    asked = Service()
    asked.CopyFrom(service)
    for name in _MANNERS:
        asked.ClearField(name)
    content = asked.SerializeToString(deterministic=True)
    return json.dumps(["service", hashlib.sha256(content).hexdigest()])
