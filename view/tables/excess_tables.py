"""Tables of what controls add: the excess by slice, and who gains when the word changes."""

from __future__ import annotations

from collections.abc import Callable

from fairflip.protos import report_pb2
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.tables.cells import MATCHED, NOTHING, Cell, Table, rate_cell
from fairflip.view.tables.slice_tables import slice_cell
from fairflip.view.words import evidence, excess, numbers, verdict
from fairflip.view.words.excess import Excess
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import ReportIndex

#: Where flips and controls are counted: at a threshold, or at the matched one.
Place = report_pb2.ThresholdReport | report_pb2.MatchedThreshold

#: The pairs that the numbers of a column are of.
_LEADS = {
    "Pairs": "pairs",
    "Identity flips": "flips",
    "Control flips": "control_flips",
    "Excess, points": "all_flips",
    "Over words": "all_flips",
    "Without top term": "all_flips",
    "Swaps within one group": "same_group_flips",
    "Change of control flips": "control_changed",
    "Change of excess": "all_changed",
    "To positive": "negative_to_positive",
    "To negative": "positive_to_negative",
    "Net, points": "flips",
    "Score change": "pairs",
}


def excess_by_slice(index: ReportIndex, threshold: float) -> Table | None:
    """Identity and control flips side by side at one threshold, and the excess.

    A row for each slice and model, so that one column holds what compares: the excess with
    the interval about these terms; the interval over words with what may be said; the excess
    without the term that moves it most; for candidates, what changed against the baseline.
    None where no pair has a control.
    """
    shown = numbers.threshold(threshold)
    return _excess_table(
        index,
        f"excess-{shown}".replace(".", "-"),
        f"Flips beside those of controls{index.at_threshold(threshold)}",
        lambda model, name: index.at(model, name, threshold),
        lambda model, name: index.comparison_at(model, name, threshold),
        threshold=shown,
    )


def excess_matched(index: ReportIndex) -> Table | None:
    """The same where each candidate says yes as often as the baseline; None without candidates."""
    if not index.candidates or index.first_threshold is None or index.is_argmax:
        return None
    first = index.first_threshold

    def at(model: str, name: str) -> Place | None:
        if model == index.baseline:
            return index.at(model, name, first)
        part = index.slice(model, name)
        if part is None or not part.HasField("matched") or not evidence.is_matched(part):
            return None
        return part.matched

    def change(model: str, name: str) -> report_pb2.ThresholdComparison | None:
        comparison = index.comparison(model, name)
        return comparison.matched if comparison and comparison.HasField("matched") else None

    title = "Flips beside those of controls at the baseline's positive rate"
    return _excess_table(index, "excess-matched", title, at, change, threshold=MATCHED)


def _excess_table(
    index: ReportIndex,
    name: str,
    caption: str,
    at: Callable[[str, str], Place | None],
    change: Callable[[str, str], report_pb2.ThresholdComparison | None],
    threshold: str,
) -> Table | None:
    """A row for each slice and model of which `at` is known."""
    rows, is_any_known = [], False
    with_same_group = any(
        place is not None and excess.excess_at(part, place).same_group_rate.is_known
        for slice_name in index.rows
        for model in index.models
        if (part := index.slice(model, slice_name)) is not None
        for place in (at(model, slice_name),)
    )
    several, of_words = len(index.models) > 1, edit_of(index.report).is_of_words
    for slice_name in index.rows:
        for model in index.models:
            part, place = index.slice(model, slice_name), at(model, slice_name)
            if part is None or place is None:
                continue
            rates = excess.excess_at(part, place)
            is_any_known |= rates.rate.is_known
            head = slice_cell(index, slice_name)
            # What a slice of the data's own column is of stands in the table of flips.
            note = head.note if head.query else ""
            row = [Cell(head.text, note, query=head.query), *([Cell(model)] if several else [])]
            row += [
                _pairs(part),
                rate_cell(rates.flip_rate),
                rate_cell(rates.control_rate),
                excess_cell(rates),
                # Columns and parts of images are no sample, as words are.
                *([over_words_cell(rates), top_term_cell(rates)] if of_words else []),
            ]
            if with_same_group:
                row.append(rate_cell(rates.same_group_rate))
            if index.candidates:
                is_baseline = model == index.baseline
                row += _changes(None if is_baseline else change(model, slice_name))
            rows.append(tuple(row))
    if not is_any_known:
        return None
    header = (
        "Slice",
        *(["Model"] if several else []),
        "Pairs",
        "Identity flips",
        "Control flips",
        "Excess, points",
        *(["Over words", "Without top term"] if of_words else []),
        *(["Swaps within one group"] if with_same_group else []),
        *(["Change of control flips", "Change of excess"] if index.candidates else []),
    )
    return Table(
        name=name,
        caption=caption,
        groups=(),
        header=header,
        rows=tuple(rows),
        rows_are="slice",
        leads_to=tuple(_LEADS.get(title, "") for title in header),
        model=index.only_model,
        threshold=threshold,
    )


def excess_cell(rates: Excess) -> Cell:
    """An excess in points over its interval about these terms."""
    return points_cell(rates.rate)


def over_words_cell(rates: Excess) -> Cell:
    """The interval that takes terms as a sample of words, over what may be said by it."""
    if rates.is_too_wide:
        return Cell(numbers.MISSING, excess.TOO_FEW_TERMS)
    if not (interval := rates.over_words_text):
        return NOTHING
    tone = "worse" if rates.standing == excess.MORE else ""
    notes = (rates.standing if rates.is_known else "", rates.sample_note)
    return Cell(interval, "\n".join(filter(None, notes)), tone)


def top_term_cell(rates: Excess) -> Cell:
    """The excess without the term that moves it most, in points, over that term."""
    return Cell(numbers.points(rates.without_top_term), rates.top_term)


def group_directions(report: report_pb2.RunReport) -> Table | None:
    """From which group to which, how decisions and scores move; None without groups."""
    models = [model for model in report.models if model.group_directions]
    if not models:
        return None
    ways = dict.fromkeys(_ends(way) for model in models for way in model.group_directions)
    several = len(models) > 1
    rows = []
    for source, target in ways:
        for model in models:
            way = _way_of(model, source, target)
            if way is None:
                continue
            title = Cell(f"{source or 'no group'} → {target or 'removed'}")
            rows.append(
                (
                    title,
                    *([Cell(model.name)] if several else []),
                    Cell(numbers.count(way.num_pairs)),
                    Cell(numbers.count(way.negative_to_positive_count)),
                    Cell(numbers.count(way.positive_to_negative_count)),
                    points_cell(numbers.estimate(way, "net_flip_rate")),
                    _signed_cell(numbers.estimate(way, "mean_score_change")),
                )
            )
    header = (
        "From → to",
        *(["Model"] if several else []),
        "Pairs",
        "To positive",
        "To negative",
        "Net, points",
        "Score change",
    )
    return Table(
        name="group-directions",
        caption="Who gains when the word changes, at the first threshold",
        groups=(),
        header=header,
        rows=tuple(rows),
        rows_are="way",
        leads_to=tuple(_LEADS.get(title, "") for title in header),
        model="" if several else models[0].name,
    )


def _ends(way: report_pb2.GroupDirection) -> tuple[str, str]:
    """From which group to which; `from` is a word of Python's own."""
    return getattr(way, "from"), way.to


def _way_of(
    model: report_pb2.ModelReport, source: str, target: str
) -> report_pb2.GroupDirection | None:
    return next((way for way in model.group_directions if _ends(way) == (source, target)), None)


def _pairs(part: report_pb2.SliceReport) -> Cell:
    without = part.num_pairs_without_control
    note = f"{numbers.count(without)} without control" if without else ""
    return Cell(numbers.count(part.num_pairs), note)


def _changes(at: report_pb2.ThresholdComparison | None) -> list[Cell]:
    """Against the baseline: control flips, and the excess with its interval over words."""
    if at is None:
        return [NOTHING, NOTHING]
    controls = numbers.estimate(at, "control_flip_rate_difference")
    difference = numbers.estimate(at, "excess_flip_rate_difference")
    words = numbers.bounds(at, "excess_difference_over_words", difference.value)
    interval = numbers.points_interval(words)
    over_words = f"{interval} over words" if interval else ""
    if excess.says_nothing(words):
        over_words = excess.TOO_FEW_TERMS
    # Control flips that rise make an excess fall: nothing got better by that.
    is_jumpier = verdict.is_rise(controls)
    tone = "" if not words.excludes_zero else "worse" if words.value > 0 else "better"
    return [
        Cell(
            numbers.points(controls.value),
            numbers.points_interval(controls),
            "worse" if is_jumpier else "",
        ),
        Cell(
            numbers.points(difference.value),
            over_words,
            "" if is_jumpier and tone == "better" else tone,
        ),
    ]


def points_cell(difference: Estimate) -> Cell:
    """A difference in points over its interval."""
    return Cell(numbers.points(difference.value), numbers.points_interval(difference))


def _signed_cell(change: Estimate) -> Cell:
    text = numbers.decimal(change.value)
    if change.value > 0 and float(text):
        text = f"+{text}"
    if not change.has_interval:
        return Cell(text)
    return Cell(text, f"{numbers.decimal(change.lower)} to {numbers.decimal(change.upper)}")
