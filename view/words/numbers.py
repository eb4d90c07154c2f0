"""How numbers and foreign text are written for people, the same in every view.

A rate over nothing is an en dash, never 0. Text that came out of data is made
harmless for the place it goes to: HTML is escaped by the templates, terminals
and plots get control and direction-changing characters made visible.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairflip.protos import report_pb2
from fairflip.protos.forms import messages

#: What stands where there is no number.
MISSING = "–"

_NAN = float("nan")
# Control characters but for tab and line breaks, and directional overrides,
# embeddings and isolates.
_STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; NaN where a part is unknown."""

    value: float = _NAN
    lower: float = _NAN
    upper: float = _NAN

    @property
    def is_known(self) -> bool:
        """Whether there is a value at all."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether both ends of the interval are finite."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies wholly on one side of zero."""
        return self.has_interval and (self.lower > 0 or self.upper < 0)


def surely_greatest_first(rate: Estimate) -> tuple[float, float]:
    """A key that sorts by the lower end of the interval, those without one last.

    What was seen once has a large value and an interval that says nothing: by its value it
    would come first.
    """
    lower = -rate.lower if rate.has_interval else math.inf
    return lower, -rate.value if rate.is_known else math.inf


def estimate(message: object, field: str) -> Estimate:
    """The `Interval` in `field` of a proto message; all NaN where it is absent."""
    if not message.HasField(field):  # type: ignore[attr-defined]
        return Estimate()
    interval: report_pb2.Interval = getattr(message, field)
    return Estimate(interval.value, interval.lower, interval.upper)


def bounds(message: object, field: str, value: float) -> Estimate:
    """The `Bounds` in `field` of a proto message around their value; NaN where absent."""
    if not message.HasField(field):  # type: ignore[attr-defined]
        return Estimate(value)
    ends: report_pb2.Bounds = getattr(message, field)
    return Estimate(value, ends.lower, ends.upper)


def in_map(values: Mapping[str, Any], key: str) -> Estimate:
    """The `Interval` of a key of a map field; unknown where it is not there."""
    interval = values.get(key)
    if interval is None:
        return Estimate()
    return Estimate(interval.value, interval.lower, interval.upper)


def optional(message: object, field: str) -> float:
    """An optional double of a proto message; NaN where it is absent."""
    if not message.HasField(field):  # type: ignore[attr-defined]
        return _NAN
    return float(getattr(message, field))


def count(number: int) -> str:
    """An integer with thousands separators: ``12,345``."""
    return f"{int(number):,}"


def count_of(number: int, one: str, many: str = "") -> str:
    """An integer and what it counts: ``1 pair``, ``12,345 pairs``."""
    return messages.count_of(int(number), one, many)


def percent(share: float, *, unit: str = "%") -> str:
    """A share of 1 as percent: two decimals below 1 %, one below 99.95 %.

    >>> percent(0.0904), percent(0.0004), percent(0.0), percent(1.0)
    ('9.0%', '0.04%', '0%', '100%')
    """
    if not math.isfinite(share):
        return MISSING
    return _percent_digits(share) + unit


def level(confidence: float) -> str:
    """A confidence level: ``95%``."""
    return f"{100 * confidence:g}%"


def percent_interval(rate: Estimate) -> str:
    """The interval of a rate: ``7.1–11.2%``; empty where there is none."""
    if not rate.has_interval:
        return ""
    return f"{_percent_digits(rate.lower)}–{_percent_digits(rate.upper)}%"


def points(difference: float) -> str:
    """A difference of two shares in percentage points with its sign: ``−7.0``."""
    if not math.isfinite(difference):
        return MISSING
    digits = _percent_digits(abs(difference))
    if float(digits) == 0:
        return "0"
    return ("−" if difference < 0 else "+") + digits


def plain_points(difference: float) -> str:
    """The same without a plus, for a sentence that says which way: ``4.5``, ``−1.0``."""
    return points(difference).lstrip("+")


def plain_points_interval(difference: Estimate) -> str:
    """An interval in these: ``1.1 to 7.9``; empty where there is none."""
    if not difference.has_interval:
        return ""
    return f"{plain_points(difference.lower)} to {plain_points(difference.upper)}"


def points_interval(difference: Estimate) -> str:
    """The interval of a difference: ``−9.0 to −5.1``; empty where there is none."""
    if not difference.has_interval:
        return ""
    return f"{points(difference.lower)} to {points(difference.upper)}"


def decimal(number: float, digits: int = 3) -> str:
    """A plain number with fixed decimals, such as an AUC: ``0.978``."""
    if not math.isfinite(number):
        return MISSING
    text = f"{number:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def p_value(probability: float) -> str:
    """A p-value: ``0.031`` or ``<0.001``."""
    if not math.isfinite(probability):
        return MISSING
    return "<0.001" if probability < 0.001 else f"{probability:.3f}"


def threshold(value: float) -> str:
    """A threshold in one format everywhere, the shortest that reads back the same.

    >>> threshold(0.5), threshold(0.1 + 0.2)
    ('0.5', '0.30000000000000004')
    """
    return repr(float(value)) if float(value) != int(value) else str(int(value))


def short_threshold(value: float) -> str:
    """A threshold that was searched for, to four significant digits."""
    return f"{value:.4g}" if math.isfinite(value) else MISSING


def directed(text: str) -> str:
    r"""`text` for a page: what reorders or overwrites text is written out.

    Markup isolates names, but an override inside a name could still make it
    read as another one. Joiners, which many scripts need, are kept.
    """
    return _STEERING.sub(lambda match: _escaped(match.group()), text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _percent_digits(share: float) -> str:
    percentage = 100 * share
    size = abs(percentage)
    if size == 0:
        return "0"
    if size < 0.995:
        digits = 2
    elif size < 99.95:
        digits = 1
    else:
        digits = 0
    return f"{percentage:.{digits}f}"


def rate_text(rate: Estimate) -> str:
    """A rate with its interval, where it has one: ``9.0% (7.1–11.2%)``."""
    interval = percent_interval(rate)
    return percent(rate.value) + (f" ({interval})" if interval else "")
