"""What a report says beside a number that rests on little, or is none.

Two things make an interval's confidence level doubtful, and they read differently. A
slice with few originals tells nothing. A large slice with few flips, or none, tells a
good deal: its interval is short, and rather too wide than too narrow.

A flip rate at the matched threshold is a number only where that threshold gave the
model about the baseline's positive rate; elsewhere no view shows it.
"""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.protos.positive_rates import is_near
from fairflip.view.words import numbers
from fairflip.view.words.numbers import Estimate

TOO_FEW, FEW_FLIPS, NO_FLIP, ALL_FLIP = "too few to say", "few flips", "no flip seen", "all flip"
FEW_WITHOUT = "nearly all flip"
NOT_MATCHED = "not matched"
TOO_FEW_TO_MATCH = "too few to match"
#: The same as a verdict on a candidate.
UNMATCHED = "could not be matched"


def rate_note(
    part: report_pb2.SliceReport,
    at: report_pb2.ThresholdReport,
    flips: int | None = None,
    base: int | None = None,
) -> str:
    """What stands beside a flip rate; "" where its interval can be taken as it is.

    Args:
      part: the slice.
      at: the slice at the threshold.
      flips: of the rate, if of one direction; default: all flips.
      base: what the rate is over; default: the slice's pairs.
    """
    if not (part.too_few_to_say or at.too_few_to_say):
        return ""
    flips = at.flip_count if flips is None else flips
    base = part.num_pairs if base is None else base
    if part.has_few_originals or not base:
        return TOO_FEW
    if not flips:
        return NO_FLIP
    if flips == base:
        return ALL_FLIP
    return FEW_FLIPS if 2 * flips <= base else FEW_WITHOUT


def change_note(part: report_pb2.SliceReport | None, at: report_pb2.ThresholdComparison) -> str:
    """What stands beside a difference of two flip rates; "" where nothing need.

    Args:
      part: the slice, of either model.
      at: the comparison at the threshold.
    """
    if not at.too_few_to_say:
        return ""
    return FEW_FLIPS if part is not None and not part.has_few_originals else TOO_FEW


def direction(at: report_pb2.ThresholdComparison, level: float) -> str:
    """Whether "fewer" or "more" flips are shown; else "not shown".

    Shown by the interval, and by the p-value adjusted for the tests of other slices.
    """
    difference = numbers.estimate(at, "flip_rate_difference")
    if not difference.excludes_zero or at.p_value_adjusted > 1.0 - level:
        return "not shown"
    return "fewer" if difference.value < 0 else "more"


def change_verdict(
    part: report_pb2.SliceReport | None, at: report_pb2.ThresholdComparison, level: float
) -> str:
    """What may be said of a change in flips: "fewer", "more", "not shown", or why nothing may.

    Decided by the interval, and by the p-value adjusted for the other slices' tests. A slice
    with few originals is `TOO_FEW`; a change that rests on few flips is `FEW_FLIPS`.
    """
    note = change_note(part, at)
    if note == TOO_FEW or not numbers.estimate(at, "flip_rate_difference").is_known:
        return TOO_FEW
    shown = direction(at, level)
    return note if note and shown != "not shown" else shown


def why_unmatched(part: report_pb2.SliceReport) -> str:
    """Why flips at the matched threshold compare nothing: `NOT_MATCHED`, `TOO_FEW_TO_MATCH`.

    "" where that threshold gave the model about the baseline's positive rate, and where
    nothing was matched: then there is no flip rate to mistake for one.
    """
    matched = part.matched
    if not is_near(matched.positive_rate, matched.baseline_positive_rate):
        return NOT_MATCHED
    return TOO_FEW_TO_MATCH if matched.too_few_to_match else ""


def is_matched(part: report_pb2.SliceReport) -> bool:
    """Whether flips at the matched threshold can be compared with the baseline's."""
    return not why_unmatched(part)


def matched_rate(part: report_pb2.SliceReport) -> Estimate:
    """The flip rate at the matched threshold; unknown where the model was not matched."""
    if not part.HasField("matched") or not is_matched(part):
        return Estimate()
    return numbers.estimate(part.matched, "flip_rate")


def matched_text(part: report_pb2.SliceReport) -> str:
    """That rate as percent, or why there is none: as in `why_unmatched`, or a dash."""
    return why_unmatched(part) or numbers.percent(matched_rate(part).value)
