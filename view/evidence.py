"""What a report says beside a number that rests on little: too few pairs, or few flips.

Two things make an interval's confidence level doubtful, and they read differently. A
slice with few originals tells nothing. A large slice with few flips, or none, tells a
good deal: its interval is short, and rather too wide than too narrow.
"""

from __future__ import annotations

from fairflip.protos import report_pb2

TOO_FEW, FEW_FLIPS, NO_FLIP, ALL_FLIP = "too few to say", "few flips", "no flip seen", "all flip"
FEW_WITHOUT = "nearly all flip"


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
