"""Stops a run that left out everything, or more records than the configuration allows."""

from __future__ import annotations

import collections
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from fairflip.pipeline.records import record_sums
from fairflip.pipeline.records.record_sums import PAIR, READ, SCORE
from fairflip.pipeline.records.reject_files import reject_files
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.storage import filesystem
from fairflip.protos.allowed_rejects import ALLOWED_SHARE, allowed_rejects
from fairflip.protos.config_pb2 import DataSpec, EvaluationSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import count_of, quote
from fairflip.protos.report_pb2 import RecordSum, RejectCount, RunReport

#: What a training example without a label is: of no use there, and no fault.
MISSING_LABEL = "missing_label"

_DOES = {record_sums.READ: "read", record_sums.SCORE: "scored", record_sums.TRAIN: "read"}
#: Rejects looked at to learn the commonest reason and what was said of it.
MOST_REJECTS = 100_000

_INPUTS = {
    record_sums.EXAMPLES: "examples",
    record_sums.COUNTERFACTUALS: "counterfactuals",
    record_sums.PAIRS: "pairs",
}


def refuse_too_many_rejects(
    evaluation: EvaluationSpec, report: RunReport, about_scores: str = ""
) -> None:
    """Compares what was left out with `max_rejects`.

    Args:
        evaluation: `max_rejects` is held against all that was left out for whatever
            reason. Unset, only records count that could not be read or scored, input by
            input: more than ten and more than 5 % of them are too many.
        report: With `rejects`, `sums` and `pairing`.
        about_scores: What there is to say about scores, where they are at fault.

    Raises:
        InputError: More was left out; the message names count, limit and reasons.
    """
    if not evaluation.HasField("max_rejects"):
        for entry in report.sums:
            # Controls without scores make an excess impossible, and nothing wrong.
            if entry.stage in _DOES and entry.input not in record_sums.CONTROLS_OF.values():
                _refuse_faulty(entry, report.rejects, about_scores)
        return
    read = report.pairing.num_records_read
    _hold_to(evaluation, report.rejects, read)


def refuse_too_many_training_rejects(
    evaluation: EvaluationSpec, reasons: Mapping[str, int], num_read: int
) -> None:
    """The same over the records that were read for training.

    Args:
        evaluation: As above.
        reasons: How many records were left out, by reason.
        num_read: How many there were.

    Raises:
        InputError: As above.
    """
    rejects = [
        RejectCount(stage="read", reason=reason, count=count)
        for reason, count in sorted(reasons.items())
    ]
    if evaluation.HasField("max_rejects"):
        _hold_to(evaluation, rejects, num_read)
        return
    faulty = [each for each in rejects if each.reason not in ("duplicate_id", MISSING_LABEL)]
    entry = RecordSum(
        stage=record_sums.TRAIN,
        input="training examples",
        num_in=num_read,
        num_rejected=sum(each.count for each in faulty),
    )
    _refuse_faulty(entry, faulty, "")


def _hold_to(evaluation: EvaluationSpec, rejects: Collection[RejectCount], num_read: int) -> None:
    left_out = sum(reject.count for reject in rejects)
    if left_out <= allowed_rejects(evaluation, num_read):
        return
    raise InputError(
        f"evaluation.max_rejects: {left_out:,} of {count_of(num_read, 'record')} left out and "
        f"{evaluation.max_rejects:g} is the limit ({_listed(rejects)}); see rejects/, mend the "
        "data or raise the limit"
    )


def _refuse_faulty(entry: RecordSum, rejects: Iterable[RejectCount], about_scores: str) -> None:
    number = entry.num_in - entry.num_filtered
    if entry.num_rejected <= allowed_rejects(EvaluationSpec(), number):
        return
    stage = "read" if entry.stage == record_sums.TRAIN else entry.stage
    reasons = _listed([each for each in rejects if each.stage == stage])
    about = f"; {about_scores}" if about_scores and stage == record_sums.SCORE else ""
    raise InputError(
        f"evaluation.max_rejects: {entry.num_rejected:,} of {number:,} {entry.input} could not be "
        f"{_DOES[entry.stage]}, more than {ALLOWED_SHARE:.0%} ({reasons}){about}; see rejects/, "
        "mend the data, or say with --max_rejects how many may be left out"
    )


def _listed(rejects: Iterable[RejectCount]) -> str:
    return ", ".join(f"{each.count:,} {each.reason} at {each.stage}" for each in rejects)


def refuse_nothing_left(
    config: PipelineConfig, report: RunReport, folders: Sequence[str], about_scores: str = ""
) -> None:
    """Stops a run that read an input of which nothing is left, or that has no pair to count.

    Args:
        config: The run's configuration.
        report: With `sums`, `rejects` and `pairing`.
        folders: Where its rejects lie, one folder for each step so far.
        about_scores: What there is to say about scores, where they are at fault.

    Raises:
        InputError: Which of the stages lost everything, the commonest reason, and a cure.
    """
    by_place = {(entry.stage, entry.input): entry for entry in report.sums}
    for name, field in _INPUTS.items():
        patterns = list(getattr(config.data, field))
        if not patterns:
            continue
        input_field = f"data.{field}"
        entry = by_place.get((READ, name))
        if entry is None or not entry.num_in:
            raise InputError(f"{input_field}: {quote(patterns[0])} holds no records; give some")
        if entry.num_kept:
            continue
        if entry.num_filtered == entry.num_in:
            raise InputError(no_match(input_field, entry.num_in, config.data))
        rejects = _rejects_of(folders, READ, filesystem.match(patterns, input_field))
        raise InputError(f"{input_field}: {all_left_out(entry.num_rejected, rejects)}")
    for name in (record_sums.PAIRS, record_sums.SCORED_PAIRS):
        entry = by_place.get((SCORE, name))
        if entry is not None and entry.num_in and not entry.num_kept:
            rejects = _rejects_of(folders, SCORE)
            why = all_left_out(entry.num_in, rejects, "pair")
            raise InputError("; ".join(filter(None, [f"no pair is left: {why}", about_scores])))
    if any(entry.stage == PAIR for entry in report.sums) and not report.pairing.num_pairs:
        raise InputError(_no_pair(config, report, folders))


def no_match(input_field: str, number: int, data: DataSpec) -> str:
    """The sentence for a filter that passes over every record."""
    rules = " and ".join(f"{quote(rule.column)} = {quote(rule.value)}" for rule in data.filters)
    return (
        f"data.filters: none of {count_of(number, 'record')} of {input_field} has {rules}; "
        "give a value that occurs, or drop the filter"
    )


def all_left_out(number: int, rejects: Iterable[RejectedRecord], record: str = "record") -> str:
    """The sentence for records of which none is left: the commonest reason, and what was said."""
    reasons = collections.Counter((each.reason, each.detail) for each in rejects)
    is_one = number == 1
    which = f"the only {record} was" if is_one else f"all {count_of(number, record)} were"
    start = f"{which} left out"
    if not reasons:
        return start
    (reason, detail), count = min(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    most = "" if is_one else f", {_most(count, sum(reasons.values()))}"
    return f"{start}{most} as {reason}: {detail.rstrip('.')}"


def _most(count: int, total: int) -> str:
    return "each" if count == total else f"{count:,} of them"


def _no_pair(config: PipelineConfig, report: RunReport, folders: Sequence[str]) -> str:
    pairing = report.pairing
    if not pairing.num_counterfactuals:
        if config.data.pairs or config.data.counterfactuals:
            return "no pair is left: no record holds a counterfactual; fill in the counterfactuals"
        return (
            f"no pair is left: none of {count_of(pairing.num_originals, 'original')} has "
            "a counterfactual, for the generator found nothing to change; check "
            f"data.text_feature ({quote(config.data.text_feature)}) and generator.terms "
            f"({quote(config.generator.terms)})"
        )
    rejects = [*_rejects_of(folders, "generate"), *_rejects_of(folders, PAIR)]
    # Originals that pairing leaves out are not what made the counterfactuals go.
    rejects = [each for each in rejects if each.reason != "duplicate_id"]
    why = all_left_out(pairing.num_counterfactuals, rejects, "counterfactual")
    return f"no pair is left: {why}"


def _rejects_of(
    folders: Sequence[str], stage: str, files: Collection[filesystem.FileEntry] = ()
) -> list[RejectedRecord]:
    """The rejects of a stage, of some files or of all."""
    sources = {entry.path for entry in files}
    rejects: list[RejectedRecord] = []
    paths = [
        filesystem.join(folder, *name.split("/"))
        for folder in folders
        for name in reject_files(folder)
        if name.rsplit("/", 1)[-1].startswith(f"{stage}-")
    ]
    for path in paths:
        with filesystem.open_raw(path) as file:
            for line in io.BufferedReader(file, 1 << 16):
                if len(rejects) >= MOST_REJECTS:
                    return rejects
                fields = json.loads(line)
                fields.pop("content", None)
                if not sources or fields["source"] in sources:
                    rejects.append(RejectedRecord(**fields))
    return rejects
