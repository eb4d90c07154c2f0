"""Sums that show that no record was lost: what came into a stage is what left it.

Each stage counts what comes in and what goes out by itself, in its own place, so
that the sums are checks and no definitions. They are held together twice: within
a stage, and between a stage and the one that hands on to it.
"""

from __future__ import annotations

from collections.abc import Iterable

from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.protos.forms.messages import count_of
from fairflip.protos.report_pb2 import RecordSum, RunReport

#: ((stage, input, field of `RecordSum`), number): what the graph adds up.
Counted = tuple[tuple[str, str, str], int]

READ, PAIR, SCORE, TRAIN = "read", "pair", "score", "train"
NUM_IN, NUM_KEPT = "num_in", "num_kept"
NUM_REJECTED = "num_rejected"

EXAMPLES, COUNTERFACTUALS, PAIRS = "examples", "counterfactuals", "pairs"
GENERATED = "generated counterfactuals"
#: What is scored: pairs, and originals that have no counterfactual. The second
#: evaluation of a run reads what the first one scored.
UNMATCHED_ORIGINALS, SCORED_PAIRS = "unmatched originals", "scored pairs"
SCORED_UNMATCHED_ORIGINALS = f"scored {UNMATCHED_ORIGINALS}"
#: Controls of pairs are scored with them and counted apart, under names of their own.
CONTROLS_OF = {PAIRS: "controls", SCORED_PAIRS: "scored controls"}

#: The stages in whose name the rejects of a sum's stage stand in the report.
_REJECT_STAGES = {READ: ("read",), PAIR: ("pair", "generate"), SCORE: ("score",)}
_STAGE_ORDER = (READ, PAIR, SCORE, TRAIN)


class LostRecordsError(RuntimeError):
    """A sum over the records does not hold: a fault of the run, never of the input."""


def counted(stage: str, input_name: str, **numbers: int) -> list[Counted]:
    """Numbers of one batch, as the graph adds them up."""
    return [((stage, input_name, field), number) for field, number in numbers.items()]


def build_sums(counts: Iterable[Counted], audit: PairingAudit | None) -> list[RecordSum]:
    """The sums of a run, in the order of the flow.

    Args:
        counts: All counts; those of one key are added up.
        audit: Of pairing; None where an earlier step paired.
    """
    sums: dict[tuple[str, str], RecordSum] = {}
    for (stage, name, field), number in counts:
        entry = sums.setdefault((stage, name), RecordSum(stage=stage, input=name))
        setattr(entry, field, getattr(entry, field) + number)
    if audit is not None:
        originals = PAIRS if (READ, PAIRS) in sums else EXAMPLES
        others = COUNTERFACTUALS if (READ, COUNTERFACTUALS) in sums else GENERATED
        for entry in _of_pairing(audit, originals, others):
            sums[entry.stage, entry.input] = entry
    return sorted(sums.values(), key=lambda e: (_STAGE_ORDER.index(e.stage), e.input))


def num_records_read(sums: Iterable[RecordSum]) -> int:
    """Records of all inputs that were judged; a filter passes over the others."""
    return sum(entry.num_in - entry.num_filtered for entry in sums if entry.stage == READ)


def _of_pairing(audit: PairingAudit, originals: str, others: str) -> Iterable[RecordSum]:
    yield RecordSum(
        stage=PAIR,
        input=originals,
        num_in=audit.num_records_read,
        num_kept=audit.num_records_admitted,
        num_rejected=audit.num_duplicate_ids + audit.num_rejected_originals,
    )
    # Ready-made pairs are one record each: their other side is not counted twice.
    yield RecordSum(
        stage=PAIR,
        input=f"{PAIRS}, their counterfactuals" if originals == PAIRS else others,
        num_in=audit.num_counterfactuals,
        num_kept=audit.num_pairs,
        num_rejected=audit.num_unmatched_counterfactuals
        + audit.num_identical_pairs
        + audit.num_duplicate_counterfactual_ids
        + audit.num_rejected_counterfactuals,
    )


def broken_sums(report: RunReport) -> list[str]:
    """A sentence for each sum of a report that does not hold."""
    broken = []
    by_place = {(entry.stage, entry.input): entry for entry in report.sums}
    for entry in report.sums:
        out = entry.num_kept + entry.num_rejected + entry.num_filtered
        if entry.num_in != out:
            broken.append(
                f"{entry.stage} {entry.input}: {entry.num_in:,} came in and {out:,} are accounted "
                f"for ({entry.num_kept:,} kept, {entry.num_rejected:,} rejected, "
                f"{entry.num_filtered:,} filtered)"
            )
    paired = any(entry.stage == PAIR for entry in report.sums)
    pairing = report.pairing
    for place, handed_on in (
        ((PAIR, EXAMPLES), _kept(by_place, READ, EXAMPLES)),
        ((PAIR, PAIRS), _kept(by_place, READ, PAIRS)),
        ((PAIR, COUNTERFACTUALS), _kept(by_place, READ, COUNTERFACTUALS)),
        ((SCORE, PAIRS), pairing.num_pairs if paired else None),
        ((SCORE, UNMATCHED_ORIGINALS), pairing.num_unmatched_originals if paired else None),
        ((SCORE, SCORED_PAIRS), _kept(by_place, SCORE, PAIRS)),
        ((SCORE, SCORED_UNMATCHED_ORIGINALS), _kept(by_place, SCORE, UNMATCHED_ORIGINALS)),
        ((SCORE, CONTROLS_OF[PAIRS]), pairing.num_control_pairs if paired else None),
        (
            (SCORE, CONTROLS_OF[SCORED_PAIRS]),
            _kept(by_place, SCORE, CONTROLS_OF[PAIRS]),
        ),
    ):
        entry = by_place.get(place)
        came_in = entry.num_in if entry is not None else 0
        # What no batch reached has no sum; that is well only where nothing was to come.
        is_due = entry is not None or (place == (SCORE, PAIRS) and len(report.models))
        if is_due and handed_on is not None and came_in != handed_on:
            broken.append(
                f"{' '.join(place)}: {handed_on:,} were handed on and {came_in:,} came in"
            )
    for stage, names in _REJECT_STAGES.items():
        rejected = sum(entry.num_rejected for entry in report.sums if entry.stage == stage)
        listed = sum(reject.count for reject in report.rejects if reject.stage in names)
        if report.sums and rejected != listed:
            broken.append(f"{stage}: {rejected:,} were rejected and {listed:,} are listed")
    return broken


def _kept(by_place: dict[tuple[str, str], RecordSum], stage: str, name: str) -> int | None:
    entry = by_place.get((stage, name))
    return None if entry is None else entry.num_kept


def refuse_lost_records(report: RunReport) -> None:
    """Stops a run whose sums do not hold.

    Raises:
        LostRecordsError: With every sum that does not.
    """
    broken = broken_sums(report)
    if broken:
        raise LostRecordsError(f"records were lost or made up: {'; '.join(broken)}")


def describe_sums(report: RunReport) -> str:
    """The sums of reading in one sentence; "" where nothing was read."""
    read = [entry for entry in report.sums if entry.stage == READ]
    if not read:
        return ""
    total = sum(entry.num_in for entry in read)
    good = sum(entry.num_kept for entry in read)
    rejected = sum(entry.num_rejected for entry in read)
    filtered = sum(entry.num_filtered for entry in read)
    parts = f"{good:,} good + {rejected:,} left out"
    if filtered:
        parts += f" + {filtered:,} filtered out"
    return (
        f"{count_of(total, 'record')} read = {parts}; all {len(report.sums)} sums of the run hold"
    )
