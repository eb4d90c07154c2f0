"""What an audit of a run found, as a page for those who did not see the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fairflip.protos.audit_pb2 import AuditReport, ImpactRow, Scenario, ScenarioResult
from fairflip.view.runs.pages import Page, Section
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import numbers

NO_ADVICE = (
    "This table is no legal advice. It says where a reader of these texts may look, not what they "
    "demand of whom, nor that they are met."
)
#: What the rows were held to, and when.
READ = (
    "Section numbers and words were compared with public copies on 29 November 2026: MEASURE 2.11 "
    "and 6 RCNY 5-301(d) with their whole text, Annex IV and the other rules of New York City with "
    "excerpts and summaries, the dates of the AI Act and California's rules with summaries alone. "
    "Texts change; the source decides."
)


class Rule(NamedTuple):
    """A text that asks for evidence, and where a run's may be looked for."""

    text: str
    in_force: str
    speaks_of: str
    here: str
    source: str


_AI_ACT = "Regulation (EU) 2024/1689 (AI Act), Annex IV"
_AI_ACT_FROM = (
    "for high-risk systems of Annex III from 2 December 2027 (moved from 2 August 2026 by the "
    "Digital Omnibus on AI, which the Council adopted on 29 June 2026)"
)
_AI_ACT_AT = "https://eur-lex.europa.eu/eli/reg/2024/1689/oj"
_NEW_YORK = "New York City Local Law 144 of 2021, 6 RCNY"
_NEW_YORK_FROM = "enforced since 5 July 2023"
_NEW_YORK_AT = "https://rules.cityofnewyork.us/rule/automated-employment-decision-tools-2/"
_CALIFORNIA_AT = "https://calcivilrights.ca.gov/civilrightscouncil/"
RULES = (
    Rule(
        f"{_AI_ACT}, point 2(g)",
        _AI_ACT_FROM,
        "validation and testing procedures and data; metrics of accuracy and of potentially "
        "discriminatory impacts; test logs and reports dated and signed by the responsible persons",
        "flip rates with intervals, error rates by slice; provenance; the signature over the "
        "manifest",
        _AI_ACT_AT,
    ),
    Rule(
        f"{_AI_ACT}, point 3",
        _AI_ACT_FROM,
        "capabilities and limitations, degrees of accuracy for specific persons or groups; "
        "foreseeable unintended outcomes and sources of risks of discrimination",
        "slices of report.html; scenarios; what was not measured",
        _AI_ACT_AT,
    ),
    Rule(
        f"{_AI_ACT}, point 4",
        _AI_ACT_FROM,
        "why the performance metrics are appropriate for the system",
        "each scenario's reason for its threshold; nothing else here says it",
        _AI_ACT_AT,
    ),
    Rule(
        "NIST AI RMF 1.0 (NIST AI 100-1), MEASURE 2.11",
        "voluntary, January 2023",
        "fairness and bias, as identified in the MAP function, are evaluated and results are "
        "documented",
        "scenarios, as far as they are those of MAP; the run, this audit, the log over runs",
        "https://doi.org/10.6028/NIST.AI.100-1",
    ),
    Rule(
        f"{_NEW_YORK} 5-300, 5-301",
        _NEW_YORK_FROM,
        "selection rates, or scoring rates above the median of the full sample, and impact ratios "
        "by sex, race or ethnicity, and both crossed; how many are of unknown category; an "
        "independent auditor may leave categories of less than 2 % of the data out of the ratios, "
        "with a reason and their number and rate",
        "the impact-ratio table, if slices are the categories and the decision is selection",
        _NEW_YORK_AT,
    ),
    Rule(
        f"{_NEW_YORK} 5-302, 5-303",
        _NEW_YORK_FROM,
        "historical data of the tool, or test data with the reason and how they were made; date, "
        "data, numbers, rates and ratios published",
        "provenance says which files were read, not whether they are the tool's history",
        _NEW_YORK_AT,
    ),
    Rule(
        "California, 2 CCR 11009(f)",
        "since 1 October 2025",
        "evidence of anti-bias testing, or its lack, counts in a claim or defence: quality, "
        "efficacy, recency and scope, results, and the response to them",
        "scenarios with owners, dates of runs, findings and responses in the log",
        _CALIFORNIA_AT,
    ),
    Rule(
        "California, 2 CCR 11013(c)",
        "since 1 October 2025",
        "records, with automated-decision system data, are kept for four years",
        "the run's folder with its manifest, if somebody keeps it",
        _CALIFORNIA_AT,
    ),
)
_WORDS = {
    "holds": ("holds", "better"),
    "broken": ("BROKEN", "worse"),
    "not_enough_evidence": ("not enough evidence", "worse"),
    "no_evidence": ("NO EVIDENCE in this run", "worse"),
}


def page(report: AuditReport, unsaid: Callable[[Scenario], list[str]]) -> Page:
    """The page of an audit.

    Args:
        report: From `pipeline.audit`.
        unsaid: The parts of a scenario that nobody filled in.
    """
    sections = [_trust(report)]
    if report.scenarios:
        sections.append(_scenarios(report, unsaid))
    sections.append(Section("What was not measured", items=tuple(report.not_measured)))
    if report.impact:
        sections.append(_impact(report))
    if report.log:
        sections.append(_log(report))
    sections.append(_rules())
    return Page(
        kicker=f"Audit of run {report.run.name}",
        title=headline(report),
        lead=(
            f"Run of {report.run.started or 'unknown date'} on "
            f"{numbers.count_of(report.run.num_pairs, 'pair')}, pair set "
            f"{report.run.pair_set_sha256[:12] or numbers.MISSING}, fairflip "
            f"{report.run.version or numbers.MISSING}.",
        ),
        tone="fine" if is_in_order(report) else "act",
        sections=tuple(sections),
    )


def is_in_order(report: AuditReport) -> bool:
    """Whether the run is unaltered, no signature is wrong, and every scenario holds."""
    return (
        not report.integrity_problems
        and report.signature.status != "invalid"
        and all(one.verdict == "holds" for one in report.scenarios)
    )


def headline(report: AuditReport) -> str:
    """What the audit says, in one sentence."""
    if report.integrity_problems:
        return "The run was altered or is not complete"
    if report.signature.status == "invalid":
        return "The signature is not of this run"
    if not report.scenarios:
        return "The run is as it was written; no scenario was asked about"
    held = sum(one.verdict == "holds" for one in report.scenarios)
    absent = sum(one.verdict == "no_evidence" for one in report.scenarios)
    text = f"{held} of {numbers.count_of(len(report.scenarios), 'scenario')} hold"
    return f"{text}; {absent} without evidence" if absent else text


def _trust(report: AuditReport) -> Section:
    files = tuple(report.integrity_problems) or (
        "Every file is as the run wrote it, by the SHA-256 of its manifest.",
    )
    return Section("Who vouches for it", items=(*files, report.signature.message))


def _scenarios(report: AuditReport, unsaid: Callable[[Scenario], list[str]]) -> Section:
    rows, items = [], []
    for one in report.scenarios:
        scenario, (word, tone) = one.scenario, _WORDS[one.verdict]
        rows.append(
            (
                Cell(scenario.name, scenario.hazard),
                Cell(scenario.group_at_risk or numbers.MISSING),
                Cell(_measure(scenario), scenario.reason_for_threshold),
                Cell(word, tone=tone),
                Cell(scenario.mitigation or numbers.MISSING),
                Cell(scenario.trigger or numbers.MISSING),
                Cell(scenario.owner or numbers.MISSING),
            )
        )
        items += _said(one)
        if missing := unsaid(scenario):
            items.append(f"{scenario.name}: nobody said {', '.join(missing)}.")
    table = Table(
        name="scenarios",
        caption="Scenarios against this run",
        groups=(),
        header=(
            "Scenario",
            "At risk",
            "Measure",
            "Verdict",
            "Mitigation",
            "Measured again",
            "Owner",
        ),
        rows=tuple(rows),
    )
    return Section("Scenarios", tables=(table,), items=tuple(items))


def _said(one: ScenarioResult) -> list[str]:
    if one.reason:
        return [f"{one.scenario.name}: {one.reason}."]
    return [f"{one.scenario.name}: {check.message}." for check in one.checks]


def _measure(scenario: Scenario) -> str:
    limit = scenario.limit
    if not limit.metric:
        return numbers.MISSING
    ends = [
        f"{name.replace('_', ' ')} {getattr(limit, name):g}"
        for name in ("max", "min", "not_worse_by")
        if limit.HasField(name)
    ]
    return " ".join([limit.metric, *ends])


def _impact(report: AuditReport) -> Section:
    return Section(
        "Impact ratios",
        (
            f"Of originals, each once. Selected: the {report.selected_decision} decision. The "
            "scoring rate is the share "
            f"{'above' if report.selected_decision == 'positive' else 'below'} the median of all. "
            "A ratio is a group's rate over the highest of the feature's groups; groups of fewer "
            "than 2 % of the known are marked and set no highest rate, so that their own ratio may "
            "be above 1. Those of unknown group are counted and have no ratio. These are rates of "
            "decisions by group, not flips: groups may differ in what they write.",
        ),
        (
            Table(
                name="impact",
                caption="Selection and scoring rates by group",
                groups=(),
                header=(
                    "Group",
                    "Model",
                    "Originals",
                    "Share of known",
                    "Selection rate",
                    "Impact ratio",
                    "Scoring rate",
                    "Impact ratio, scoring",
                ),
                rows=tuple(_impact_row(one) for one in report.impact),
            ),
        ),
    )


def _impact_row(one: ImpactRow) -> tuple[Cell, ...]:
    return (
        Cell(f"{one.feature}: {one.group}", "fewer than 2 %" if one.is_small else ""),
        Cell(one.model),
        Cell(numbers.count(one.num_originals)),
        Cell(numbers.percent(one.share)),
        Cell(numbers.percent(one.selection_rate)),
        Cell(numbers.decimal(one.impact_ratio, 2)),
        Cell(numbers.percent(one.scoring_rate)),
        Cell(numbers.decimal(one.scoring_ratio, 2)),
    )


def _log(report: AuditReport) -> Section:
    rows = []
    for entry in report.log:
        responses = [
            " ".join(filter(None, (one.date, one.response, f"({one.owner})" if one.owner else "")))
            for one in entry.responses
        ]
        needs = entry.light in ("act", "look", "cannot_tell")
        missing = "no response recorded" if needs else numbers.MISSING
        rows.append(
            (
                Cell(entry.run.name, entry.run.started),
                Cell(entry.light.replace("_", " ") or numbers.MISSING),
                Cell(entry.finding or numbers.MISSING),
                Cell(
                    "; ".join(responses) or missing, tone="" if responses or not needs else "worse"
                ),
            )
        )
    return Section(
        "Findings and responses",
        tables=(
            Table(
                name="log",
                caption="Runs, the oldest first",
                groups=(),
                header=("Run", "Verdict", "Finding", "Response"),
                rows=tuple(rows),
            ),
        ),
    )


def _rules() -> Section:
    return Section(
        "Where rules ask for such evidence",
        (NO_ADVICE, READ),
        (
            Table(
                name="rules",
                caption="Texts, what they speak of, and where it may be found here",
                groups=(),
                header=("Text", "In force", "Speaks of", "Here", "Source"),
                rows=tuple(tuple(Cell(part) for part in rule) for rule in RULES),
            ),
        ),
    )
