"""How many more originals would show what a run could not."""

from __future__ import annotations

import math

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json
from fairflip.view.words import excess, numbers, verdict_light
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import OVERALL, ReportIndex
from fairflip.view.words.verdict_light import Judgement

#: The excess, as a share of decisions, that a run should be able to see.
_WORTH_SEEING = 0.01
#: Nobody collects more; the sentence then says that the effect is too small to be seen.
_MOST = 10_000_000


def sentence(index: ReportIndex, judgement: Judgement) -> str:
    """What more originals would bring; "" where the answer does not wait for originals.

    An interval is about 1/sqrt(n) as wide: from n originals with reach r to reach w it takes
    n (r / w)**2 of them. More terms, and not more originals, narrow the interval that takes
    terms as a sample.

    Args:
      index: of the report.
      judgement: of its last model.
    """
    part = index.slice(judgement.model, OVERALL)
    rates = judgement.rates
    if part is None or rates is None or not part.num_originals:
        return ""
    if judgement.light == verdict_light.CANNOT_TELL:
        return _for_an_answer(index.report, part)
    if judgement.light == verdict_light.ACT:
        return ""
    most = verdict_light.MOST_FLIPS
    if rates.flip_rate.value < most < rates.flip_rate.upper:
        needed = _scaled(
            part.num_originals,
            rates.flip_rate.upper - rates.flip_rate.value,
            most - rates.flip_rate.value,
        )
        return _more(
            f"That at most {numbers.percent(most)} of decisions change", needed, part.num_originals
        )
    if rates.standing == excess.ALIKE and _reach(rates.rate) > _WORTH_SEEING:
        needed = _scaled(part.num_originals, _reach(rates.rate), _WORTH_SEEING)
        return _more(
            f"An excess of {numbers.plain_points(_WORTH_SEEING)} points", needed, part.num_originals
        )
    return ""


def _for_an_answer(report: report_pb2.RunReport, part: report_pb2.SliceReport) -> str:
    """What a run needs that has too few originals to say anything."""
    if not part.has_few_originals:
        return ""
    least = max(verdict_light.LEAST_ORIGINALS, _asked_for(report))
    units = part.num_clusters or part.num_originals
    even = min(part.num_independent or units, units)
    needed = math.ceil(least * units / even) if even > 0 else least
    unit = "original" if units == part.num_originals else "cluster"
    if needed <= units:
        return ""
    return (
        f"{numbers.count_of(needed - units, f'more {unit}')} like these "
        f"({numbers.count(needed)} in all) are the least for an answer."
    )


def _asked_for(report: report_pb2.RunReport) -> int:
    try:
        return config_from_json(report.provenance.config or "{}").evaluation.min_slice_size
    except InputError:  # of another version
        return 0


def _reach(rate: Estimate) -> float:
    return (rate.upper - rate.lower) / 2 if rate.has_interval else math.nan


def _scaled(num_originals: int, reach: float, wanted: float) -> int:
    share = (reach / wanted) ** 2 if wanted > 0 else math.inf
    return math.ceil(num_originals * share) if share < _MOST else _MOST


def _more(what: str, needed: int, there: int) -> str:
    if needed <= there:
        return ""
    if needed >= _MOST:
        return f"{what} would not show with any number of originals that can be had."
    shown = int(float(f"{needed:.2g}"))
    return (
        f"{what} would show with about {numbers.count(shown)} originals; this run has "
        f"{numbers.count(there)}."
    )
