"""Any text is a configuration or a ConfigurationError, never a crash."""

from __future__ import annotations

import json

from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.config.checks import COMMANDS
from fairflip.pipeline.config.settings import load_config, validate, with_defaults
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.json_form import config_from_json, config_to_json
from fairflip.protos.forms.messages import field_paths
from fairflip.protos.limits_pb2 import Limits
from support.configurations import parse_config, parse_limits
from support.fuzz.fuzz_settings import fuzz

FORMATS = st.sampled_from(["textproto", "json", "yaml"])
NAMES = st.sampled_from(
    sorted({path.rsplit(".", 1)[-1] for path in field_paths(PipelineConfig.DESCRIPTOR)})
)
TOKENS = st.one_of(
    NAMES,
    st.sampled_from(
        [*"{}[]<>:;,#-&*?|!%@`'\"\\\n\t ", "0.5", "nan", "-inf", "1e999", "0x1F", "true", "null", "~", "<<", "---", "!!python/object:os.x",
           '"a"', "'\\x41'", "\\u0000", "&a", "*a", "2020-99-99", "0o7", "9" * 30, "\x00", "\u2028", "é"]
    ),
    st.text(max_size=6),
)  # fmt: skip
TEXTS = st.lists(TOKENS, max_size=40).map("".join) | st.lists(TOKENS, max_size=30).map(" ".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def settle(call, *args):
    """The result, or None where it was refused in sentences without control characters."""
    try:
        return call(*args)
    except ConfigurationError as error:
        problems = error.problems
    assert problems
    for problem in problems:
        assert problem.strip()
        assert len(problem) < 2000
        assert problem.isprintable(), ascii(problem)
    return None


def check(config: PipelineConfig) -> None:
    """What was read can be completed, validated and written in each form."""
    full = with_defaults(config)
    for command in COMMANDS:
        settle(validate, full, command)
    assert config_from_json(config_to_json(full)).SerializeToString(
        deterministic=True
    ) == full.SerializeToString(deterministic=True)
    again = parse_config(text_format.MessageToString(config), "textproto")
    assert again.SerializeToString(deterministic=True) == config.SerializeToString(
        deterministic=True
    )


@fuzz
@given(TEXTS, FORMATS)
def test_any_text(text, file_format):
    config = settle(parse_config, text, file_format)
    if config is not None:
        check(config)


@fuzz
@given(st.dictionaries(NAMES | st.text(max_size=5), TREES, max_size=4))
def test_any_tree_as_json_yaml_and_mapping(tree):
    text = json.dumps(tree)
    config = settle(parse_config, text, "json")
    if config is not None:
        check(config)
    settle(parse_config, text, "yaml")
    settle(load_config, None, tree)


@fuzz
@given(st.binary(max_size=200))
def test_any_file(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(content)
    settle(load_config, str(path))


@fuzz
@given(TEXTS | st.dictionaries(NAMES, TREES, max_size=3).map(json.dumps), FORMATS)
def test_any_limits(text, file_format):
    actual = settle(parse_limits, text.replace("slices", "limits"), file_format)
    assert actual is None or isinstance(actual, Limits)


@fuzz
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "metric": st.sampled_from(["flip_rate", "auc", "rejects", "sweep.auc"]) | st.text(max_size=8),
            "max": st.floats(),
            "min": st.floats(),
            "slices": st.lists(st.text(max_size=5), max_size=3),
            "thresholds": st.lists(st.floats(), max_size=3),
            "bound": st.sampled_from(["point", "interval", "lower", "x"]),
            "relative_to_baseline": st.sampled_from(["difference", "ratio", "x"]),
            "gap_over": st.text(max_size=5),
        },
    )
)  # fmt: skip
def test_any_limit_against_a_report(limit):
    from fairflip.pipeline.gate.verdict import check_limits
    from fairflip.protos.report_pb2 import RunReport

    report = RunReport()
    report.models.add(name="m").slices.add(slice="Overall", num_originals=3, auc=0.5)
    limits = settle(parse_limits, json.dumps({"limits": [limit]}, allow_nan=True), "json")
    if limits is not None:
        results = settle(check_limits, report, limits)
        assert results is None or results
