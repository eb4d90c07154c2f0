"""Bias scenarios against a run: each holds, is broken, or is not shown by what was measured."""

from __future__ import annotations

from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, check_limits
from fairflip.pipeline.storage.file_heads import read_head
from fairflip.protos.audit_pb2 import Scenario, ScenarioResult, Scenarios
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.checks import Problems, check_duplicates, check_field
from fairflip.protos.forms.messages import read_message
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import RunReport

HOLDS, BROKEN, NO_EVIDENCE = "holds", "broken", "no_evidence"
#: What a scenario should say besides its measure.
_PARTS = (
    "group_at_risk",
    "hazard",
    "reason_for_threshold",
    "mitigation",
    "trigger",
    "owner",
)


def load_scenarios(path: str) -> Scenarios:
    """Reads a file of scenarios: textproto, JSON or YAML.

    Raises:
        ConfigurationError: With all mistakes in the file.
    """
    scenarios = read_message(path, Scenarios, "--scenarios", read_head)
    problems = Problems()
    if not scenarios.scenarios:
        problems.add("scenarios", "no scenario is given", "give one")
    for field in scenarios.DESCRIPTOR.fields:
        check_field(scenarios, field.name, "", problems)
    check_duplicates("scenarios.name", [one.name for one in scenarios.scenarios], problems)
    if problems:
        raise ConfigurationError([f"{path}: {problem}" for problem in problems])
    return scenarios


def judged(scenario: Scenario, report: RunReport) -> ScenarioResult:
    """One scenario against a run.

    A limit that matches nothing in the run is no mistake here: it is what the run does not show.
    """
    result = ScenarioResult(scenario=scenario)
    if not scenario.limit.metric:
        result.verdict, result.reason = NO_EVIDENCE, "the scenario names no measure"
        return result
    limit = Limits(limits=[scenario.limit])
    limit.limits[0].name = scenario.name
    try:
        checks = [one for one in check_limits(report, limit) if one.name == scenario.name]
    except ConfigurationError as error:
        result.verdict, result.reason = NO_EVIDENCE, "; ".join(error.problems)
        return result
    result.checks.extend(checks)
    verdicts = {one.verdict for one in checks}
    if FAIL in verdicts:
        result.verdict = BROKEN
    elif NOT_ENOUGH_EVIDENCE in verdicts:
        result.verdict = NOT_ENOUGH_EVIDENCE
    else:
        result.verdict = HOLDS
    return result


def unsaid(scenario: Scenario) -> list[str]:
    """The parts of a scenario that nobody filled in."""
    return [name.replace("_", " ") for name in _PARTS if not getattr(scenario, name)]
