"""What people said of a sample of the pairs, and what it makes of the rates."""

from __future__ import annotations

from fairflip.protos.report_pb2 import Review, ReviewStratum
from fairflip.view.tables.cells import NOTHING, Cell, Table, decimal_cell, rate_cell
from fairflip.view.words import numbers

_RATES = (
    ("flip rate", "flip_rate"),
    ("control flip rate", "control_flip_rate"),
    ("excess over controls, points", "excess_flip_rate"),
)
_QUESTIONS = {"valid": "is the pair valid", "same_decision": "should the decision be the same"}


def corrected_rates(review: Review) -> Table:
    """Each rate as the run found it, and over the pairs that are valid and of one decision."""
    rows = []
    for title, field in _RATES:
        if not review.HasField(field):
            continue
        cell = _excess_cell if field == "excess_flip_rate" else rate_cell
        corrected = numbers.estimate(review, f"corrected_{field}")
        rows.append(
            (
                Cell(title),
                cell(numbers.estimate(review, field)),
                cell(corrected) if corrected.is_known else NOTHING,
            )
        )
    return Table(
        name="review-rates",
        caption=f"{review.model} at threshold {numbers.threshold(review.threshold)}",
        groups=(),
        header=("Rate", "All pairs", "Valid pairs whose decision should stay"),
        rows=tuple(rows),
    )


def judged_strata(review: Review) -> Table:
    """How many pairs of each kind were judged, and what was said of them."""
    rows = []
    for stratum in review.strata:
        kind = "controls" if stratum.is_control else "identity pairs"
        rows.append(
            (
                Cell(f"{kind} that {'flip' if stratum.flips else 'do not flip'}"),
                Cell(numbers.count(stratum.num_pairs), query=_pairs_of(review, stratum)),
                Cell(numbers.count(stratum.num_judged)),
                _share(stratum.num_valid, stratum.num_judged),
                _share(stratum.num_valid_and_same, stratum.num_judged),
            )
        )
    return Table(
        name="review-strata",
        caption="What was judged",
        groups=(),
        header=("Pairs", "In the run", "Judged", "Valid", "Valid, one decision"),
        rows=tuple(rows),
    )


def _pairs_of(review: Review, stratum: ReviewStratum) -> tuple[tuple[str, str], ...]:
    return (
        ("model", review.model),
        ("edit", "control" if stratum.is_control else "identity"),
        ("outcome", "flips" if stratum.flips else "none"),
        ("threshold", numbers.threshold(review.threshold)),
    )


def agreement_of_reviewers(review: Review) -> Table | None:
    """How far each two reviewers agree; None for one reviewer."""
    if not review.agreements:
        return None
    rows = tuple(
        (
            Cell(f"{one.first} and {one.second}", _QUESTIONS.get(one.question, one.question)),
            Cell(numbers.count(one.num_pairs)),
            Cell(numbers.percent(one.share_agreeing)),
            decimal_cell(numbers.estimate(one, "kappa")),
        )
        for one in review.agreements
    )
    return Table(
        name="review-agreement",
        caption="Agreement of reviewers",
        groups=(),
        header=("Reviewers", "Pairs", "Agree", "Cohen's kappa"),
        rows=rows,
    )


def all_tables(review: Review) -> list[Table]:
    """All tables of a review; none where nobody was asked."""
    if not review.reviewers:
        return []
    agreement = agreement_of_reviewers(review)
    return [corrected_rates(review), judged_strata(review), *([agreement] if agreement else [])]


def sentence_of(review: Review) -> str:
    """The corrected rates, or why there are none, in words."""
    judged = sum(stratum.num_judged for stratum in review.strata)
    people = numbers.count_of(len(review.reviewers), "reviewer")
    begin = f"{people} judged {numbers.count_of(judged, 'pair')} of {review.model}"
    if review.too_few_to_say:
        return f"{begin}: too few of those that flip, or of those that do not, to correct a rate."
    raw = numbers.estimate(review, "flip_rate")
    corrected = numbers.estimate(review, "corrected_flip_rate")
    text = (
        f"{begin}. Of the pairs that are valid and whose decision should stay the same, "
        f"{numbers.percent(corrected.value)} flip ({numbers.percent_interval(corrected)}); "
        f"of all pairs, {numbers.percent(raw.value)}."
    )
    excess = numbers.estimate(review, "corrected_excess_flip_rate")
    if excess.is_known:
        text += (
            f" The excess over controls is {numbers.points(excess.value)} points "
            f"({numbers.plain_points_interval(excess)}), corrected the same way."
        )
    return text


def describe_review(review: Review) -> list[str]:
    """The sentence, what was judged and the agreement, a line each, for a terminal."""
    lines = [sentence_of(review)]
    tables = (judged_strata(review), agreement_of_reviewers(review))
    for table in tables:
        for row in table.rows if table else ():
            cells = [
                f"{title.lower()} {cell.text}{f' ({cell.note})' if cell.note else ''}"
                for title, cell in zip(table.header[1:] if table else (), row[1:], strict=True)
            ]
            name = f"{row[0].text}{f', {row[0].note}' if row[0].note else ''}"
            lines.append(f"{name}: {', '.join(cells)}")
    return lines


def _share(part: float, whole: int) -> Cell:
    return Cell(numbers.percent(part / whole)) if whole else NOTHING


def _excess_cell(excess: numbers.Estimate) -> Cell:
    return Cell(numbers.points(excess.value), numbers.plain_points_interval(excess))
