"""Run reports with controls: what a verdict is given on, field by field."""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.json_form import config_to_json

#: An excess, or a difference: value, lower and upper end.
Triple = tuple[float, float, float]


def interval(value: float, lower: float, upper: float) -> report_pb2.Interval:
    return report_pb2.Interval(value=value, lower=lower, upper=upper)


def add_controls(
    part: report_pb2.SliceReport,
    *,
    control: float = 0.03,
    excess: Triple = (0.04, 0.02, 0.06),
    over_words: tuple[float, float] | None = None,
    without_top_term: float = 0.01,
    top_term: str = "women",
) -> None:
    """Gives a slice the fields of controls, at every threshold and at the matched one.

    The interval over words is 2 points wider on both sides unless it is given.
    """
    part.num_control_pairs = 2 * part.num_pairs
    part.effective_terms = 7.0
    lower, upper = over_words or (excess[1] - 0.02, excess[2] + 0.02)
    for at in [*part.thresholds, part.matched]:
        at.control_flip_rate.CopyFrom(interval(control, max(0.0, control - 0.02), control + 0.02))
        at.excess_flip_rate.CopyFrom(interval(*excess))
        at.excess_over_words.lower, at.excess_over_words.upper = lower, upper
        at.excess_without_top_term, at.top_term = without_top_term, top_term


def one_model(
    *,
    flip_rate: Triple = (0.07, 0.05, 0.09),
    num_originals: int = 900,
    num_pairs: int = 1000,
    positive_rate: float = 0.3,
    name: str = "mine",
    method: str = "ablation",
    **controls,
) -> report_pb2.RunReport:
    """A report of one model on all pairs; without keywords of `add_controls`, no controls."""
    report = report_pb2.RunReport()
    report.provenance.config = config(method)
    report.provenance.confidence_level = 0.95
    report.pairing.num_records_read, report.pairing.num_pairs = num_originals, num_pairs
    add_model(report, name, flip_rate, num_originals, num_pairs, positive_rate)
    if controls:
        add_controls(report.models[0].slices[0], **controls)
    return report


def two_models(
    *,
    flips: Triple = (-0.05, -0.06, -0.04),
    controls_changed: Triple = (0.002, -0.003, 0.007),
    excess_changed: Triple = (-0.052, -0.08, -0.021),
    candidate: Triple = (0.02, 0.01, 0.03),
    **controls,
) -> report_pb2.RunReport:
    """Baseline and candidate with controls, compared at the matched threshold."""
    report = one_model(name="before", control=0.03)
    add_model(report, "after", candidate, 900, 1000, 0.3)
    add_controls(report.models[1].slices[0], **controls)
    report.models[1].slices[0].matched.flip_rate.CopyFrom(interval(*candidate))
    comparison = report.comparisons.add(baseline="before", candidate="after")
    entry = comparison.slices.add(slice="Overall")
    for at in (entry.thresholds.add(threshold=0.5), entry.matched):
        at.threshold, at.p_value, at.p_value_adjusted = 0.5, 0.001, 0.001
        at.flip_rate_difference.CopyFrom(interval(*flips))
        at.control_flip_rate_difference.CopyFrom(interval(*controls_changed))
        at.excess_flip_rate_difference.CopyFrom(interval(*excess_changed))
        at.excess_difference_over_words.lower = excess_changed[1] - 0.01
        at.excess_difference_over_words.upper = excess_changed[2] + 0.01
    return report


def add_model(
    report: report_pb2.RunReport,
    name: str,
    flip_rate: Triple,
    num_originals: int,
    num_pairs: int,
    positive_rate: float,
) -> None:
    model = report.models.add(name=name, is_baseline=not report.models)
    part = model.slices.add(slice="Overall", num_pairs=num_pairs, num_originals=num_originals)
    part.positive_rate = positive_rate
    part.matched.positive_rate = part.matched.baseline_positive_rate = positive_rate
    part.matched.flip_rate.CopyFrom(interval(*flip_rate))
    part.ctf_gap.CopyFrom(interval(0.04, 0.03, 0.05))
    at = part.thresholds.add(threshold=0.5, flip_count=round(num_pairs * flip_rate[0]))
    at.flip_rate.CopyFrom(interval(*flip_rate))
    at.positive_count = round(positive_rate * num_pairs)
    at.negative_count = num_pairs - at.positive_count
    at.positive_rate = at.counterfactual_positive_rate = positive_rate


def config(method: str = "ablation", *, score_feature: str = "") -> str:
    """A configuration as a report keeps it; `method` "" is of texts that came in pairs."""
    made = PipelineConfig()
    made.generator.method = method or "ablation"
    (made.data.examples if method else made.data.pairs).append("texts.csv")
    made.models.add(name="mine", score_feature=score_feature)
    return config_to_json(made)


def add_held_out(
    report: report_pb2.RunReport,
    *,
    flips: Triple = (-0.002, -0.03, 0.026),
    matched: Triple = (0.003, -0.025, 0.031),
    p_value: float = 0.8,
) -> None:
    """Gives both models of a report 80 pairs of withheld terms, and their comparison."""
    for model, rate in zip(report.models, ((0.131, 0.08, 0.2), (0.129, 0.08, 0.2)), strict=True):
        part = model.held_out
        part.slice, part.num_pairs, part.num_originals = "held_out_terms", 80, 64
        part.ctf_gap.CopyFrom(interval(0.0625, 0.05, 0.08))
        part.thresholds.add(threshold=0.5, flip_count=10).flip_rate.CopyFrom(interval(*rate))
        part.matched.flip_rate.CopyFrom(interval(0.134, 0.08, 0.21))
        part.matched.threshold = 0.4
        part.matched.positive_rate = part.matched.baseline_positive_rate = 0.3
    compared = report.comparisons[0].held_out
    for at, difference in (
        (compared.thresholds.add(threshold=0.5), flips),
        (compared.matched, matched),
    ):
        at.flip_rate_difference.CopyFrom(interval(*difference))
        at.p_value = at.p_value_adjusted = p_value


def with_controls_everywhere(report: report_pb2.RunReport) -> report_pb2.RunReport:
    """Any report with controls in every slice and comparison, and with directions of groups."""
    for number, model in enumerate(report.models):
        for place, part in enumerate(model.slices):
            rate = part.thresholds[0].flip_rate.value
            excess = round(rate - 0.02 - 0.01 * place, 4)
            add_controls(
                part,
                control=0.02 + 0.01 * place,
                excess=(excess, excess - 0.02, excess + 0.02),
                over_words=(excess - 0.05, excess + 0.06),
            )
            part.num_pairs_without_control = place
            part.thresholds[0].originals_with_flip.CopyFrom(part.thresholds[0].flip_rate)
        for source, target in (("female", "male"), ("male", "female"), ("female", "")):
            way = model.group_directions.add(to=target, num_pairs=120 + number)
            setattr(way, "from", source)
            way.negative_to_positive_count, way.positive_to_negative_count = 3, 11
            way.net_flip_rate.CopyFrom(interval(-0.067, -0.11, -0.02))
            way.mean_score_change.CopyFrom(interval(-0.031, -0.05, -0.012))
    for comparison in report.comparisons:
        for entry in comparison.slices:
            for at in [*entry.thresholds, entry.matched]:
                at.control_flip_rate_difference.CopyFrom(interval(0.002, -0.004, 0.009))
                at.excess_flip_rate_difference.CopyFrom(interval(-0.05, -0.07, -0.03))
                at.excess_difference_over_words.lower = -0.09
                at.excess_difference_over_words.upper = -0.01
    return report
