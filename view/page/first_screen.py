"""What stands on the first screen beside the verdict: what was asked, three pairs, a command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig, RemediationSpec
from fairflip.protos.errors import InputError
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.forms.json_form import config_from_json
from fairflip.view.page import originals_needed
from fairflip.view.pairs import totals
from fairflip.view.pairs.flipped_pairs import FlippedPair, FlippedPairs
from fairflip.view.words import numbers, verdict_light
from fairflip.view.words.report_index import OVERALL, ReportIndex
from fairflip.view.words.verdict_light import Judgement

_NUM_PAIRS = 3
#: Characters of a text that stay before and after a change, and between two.
_BEFORE, _AFTER, _BETWEEN = 60, 90, 40
_MOST_CATEGORIES = 8
_BLIND = "Identity that no term of the list names, or that is only implied, is not seen."


@dataclass(frozen=True)
class FirstScreen:
    """What a reader sees before scrolling, besides the verdict's own words.

    Attributes:
      asked: the list, the method and the categories, in a sentence.
      blind_spots: what such a run cannot see.
      needed: how many more originals would show what this run could not; "" if none would.
      command: what to run next; "" where there is nothing to run.
      pairs: at most three flipped pairs, cut to what is around their change.
      flips: of each of them the model, how its score moves, and which way the decision changes.
      no_pairs: why there are none; "" where there are some.
    """

    asked: str
    blind_spots: str
    needed: str
    command: str
    pairs: tuple[FlippedPair, ...]
    flips: tuple[tuple[str, str, str], ...]
    no_pairs: str


def first_screen(
    index: ReportIndex, judgement: Judgement, flips: FlippedPairs | None, config_file: str = ""
) -> FirstScreen:
    """Gathers the first screen of a report.

    Args:
      index: of the report.
      judgement: of its last model.
      flips: the flipped pairs that may be shown; None where none may.
      config_file: the run's own configuration, which a next command begins with.
    """
    report = index.report
    config = own_config(report)
    matched = totals.matched_threshold(index, judgement.model, OVERALL)
    first = index.first_threshold or 0.0
    at = first if matched is None else matched
    pairs = () if flips is None else three_pairs(flips.identity_flips, judgement.model, at)
    why = ""
    if not pairs:
        why = "The texts were left out of this page." if flips is None else "No pair flips."
    return FirstScreen(
        asked=report.edits.sentence or _asked(report, config),
        blind_spots=report.edits.blind_spots or (_BLIND if report.models else ""),
        needed=originals_needed.sentence(index, judgement),
        command=whole_command(judgement, config, config_file),
        pairs=tuple(pairs),
        flips=tuple(_flip_of(pair, judgement.model, at, first) for pair in pairs),
        no_pairs=why,
    )


def three_pairs(shown: Sequence[FlippedPair], model: str, threshold: float) -> list[FlippedPair]:
    """Three pairs that a model flips where it is judged; of different terms where there are.

    Where it flips none of those shown, pairs that another model flips.
    """
    flipped = [pair for pair in shown if _way(pair, model, threshold)]
    chosen: list[FlippedPair] = []
    for is_new in (_has_new_term, _is_another_text):
        for pair in flipped or shown:
            if len(chosen) < _NUM_PAIRS and is_new(pair, chosen):
                chosen.append(pair)
    return chosen


def excerpt(changes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The changed words with some of what stands around them."""
    parts = []
    for place, (kind, text) in enumerate(changes):
        is_first, is_last = place == 0, place == len(changes) - 1
        before = 0 if is_first else _AFTER if is_last else _BETWEEN
        after = 0 if is_last else _BEFORE if is_first else _BETWEEN
        if kind == "same" and len(text) > before + after + 3:
            text = text[:before] + "…" + (text[-after:] if after else "")
        parts.append((kind, text))
    return parts


def whole_command(judgement: Judgement, config: PipelineConfig, config_file: str) -> str:
    """The verdict's command with this run's folder and configuration in it.

    A smaller weight is half of this run's. A part that only the reader knows stays "…".
    """
    folder = config.output.output_dir
    words = (judgement.command or _usual_command(judgement, config)).split()
    if words and words[0].startswith("--"):
        words = ["fairflip", "evaluate", *words]
    if words[1:2] == ["evaluate"] and any(model.HasField("train") for model in config.models):
        words[1] = "run"  # which alone trains
    own = ["OUT" if folder == "" else shlex.quote(folder)]
    words = [part for word in words for part in (own if word == "OUT" else [word])]
    if words[-2:] == ["--loss_weight", "…"]:
        weights = config.remediation.loss_weights or [default_of(RemediationSpec, "loss_weights")]
        words[-1] = f"{min(weights) / 2:g}"
    can_run_again = (
        config_file
        and folder
        and not any(model.function.startswith("fairflip.") for model in config.models)
    )
    needs_a_value = len(words) > 1 and words[-1] == "…" and words[-2].startswith("--")
    if can_run_again and words[1:2] in (["evaluate"], ["run"]) and not needs_a_value:
        again = ["--config", shlex.quote(config_file)]
        again += ["--output_dir", shlex.quote(f"{folder.rstrip('/')}_next")]
        words = [*(word for word in words if word != "…"), *again]
    return " ".join(words)


def _usual_command(judgement: Judgement, config: PipelineConfig) -> str:
    """What runs next where the verdict names no command: the reader reads pairs first."""
    excess = judgement.rates
    if judgement.light == verdict_light.CANNOT_TELL:
        return "fairflip evaluate …" if excess is not None else ""
    # All pairs of a table edit one term, its column.
    slices = "counterfactual_group" if config.data.without_text else "counterfactual_term"
    if slices not in config.evaluation.slices:
        return f"fairflip evaluate --slice {slices} …"
    return "fairflip run --technique clp …"


def _has_new_term(pair: FlippedPair, chosen: Sequence[FlippedPair]) -> bool:
    return all(pair.term != other.term for other in chosen)


def _is_another_text(pair: FlippedPair, chosen: Sequence[FlippedPair]) -> bool:
    return all(pair.example_id != other.example_id for other in chosen)


def own_config(report: report_pb2.RunReport) -> PipelineConfig:
    """A run's configuration; an empty one where the report holds none that can be read."""
    try:
        return config_from_json(report.provenance.config or "{}")
    except InputError:  # of another version
        return PipelineConfig()


def _asked(report: report_pb2.RunReport, config: PipelineConfig) -> str:
    """List, method and categories, for a report that does not say them itself."""
    pairs: dict[str, int] = {}
    for term in report.term_coverage:
        pairs[term.category] = pairs.get(term.category, 0) + term.num_pairs
    pairs.pop("", None)
    names = sorted(pairs, key=lambda name: (-pairs[name], name))
    more = f" and {len(names) - _MOST_CATEGORIES} more" if len(names) > _MOST_CATEGORIES else ""
    categories = (
        f" Categories: {', '.join(names[:_MOST_CATEGORIES]).replace('_', ' ')}{more}."
        if names
        else ""
    )
    data, generator = config.data, config.generator
    if data.pairs or data.counterfactuals or not data.examples:
        return f"Pairs came ready-made.{categories}" if report.models else ""
    if generator.function:
        return f"Pairs were made by {generator.function}.{categories}"
    how = {"ablation": "by removal", "substitution": "by swapping"}.get(generator.method, "")
    return f"Terms of the list {generator.terms or 'clp_tutorial'}, {how}.{categories}"


_WAYS = {
    "negative_to_positive": "negative to positive",
    "positive_to_negative": "positive to negative",
    "class": "another class",
    "": "",
}


def _way(pair: FlippedPair, model: str, threshold: float) -> str:
    """Which way a model's decision changes at a threshold; "" where it does not."""
    scores = pair.scores.get(model)
    if scores is None or scores.original_class:
        return scores.flip if scores is not None else ""
    before, after = scores.original > threshold, scores.counterfactual > threshold
    if before == after:
        return ""
    return "negative_to_positive" if after else "positive_to_negative"


def _flip_of(
    pair: FlippedPair, judged: str, threshold: float, first: float
) -> tuple[str, str, str]:
    """Model, how its score moves, and which way: of the judged model, or of one that flips."""
    way = _way(pair, judged, threshold)
    if way:
        at_threshold = (
            "" if threshold == first else f" at threshold {numbers.short_threshold(threshold)}"
        )
        return judged, _moved(pair, judged), f"{_WAYS[way]}{at_threshold}"
    model = next((name for name in pair.scores if _way(pair, name, first)), judged)
    return model, _moved(pair, model), _WAYS[_way(pair, model, first)]


def _moved(pair: FlippedPair, model: str) -> str:
    """How a model's score moves on a pair, in words: "0.61 → 0.32"."""
    scores = pair.scores.get(model)
    if scores is None:
        return ""
    before, after = (
        numbers.decimal(scores.original, 2),
        numbers.decimal(scores.counterfactual, 2),
    )
    if scores.original_class:
        return f"{scores.original_class} {before} → {scores.counterfactual_class} {after}"
    return f"{before} → {after}"
