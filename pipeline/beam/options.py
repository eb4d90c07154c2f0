"""Flags that are Beam's: checked for misspelt ones of ours, and made into options.

With no runner named Beam 2.77 tries to download one; local runs use the
in-process FnApiRunner instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from fairflip.pipeline.beam import dataflow_options
from fairflip.protos.errors import ConfigurationError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

LOCAL_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
_PROCESSES = "multi_processing"
#: Runners that mean "here": DirectRunner would look for a runner to download.
_LOCAL_NAMES = frozenset({"", "DirectRunner", "FnApiRunner", "direct", "local", LOCAL_RUNNER})


def check_beam_flags(command: str, flags: Sequence[str], known: Collection[str]) -> None:
    """Refuses words that cannot be Beam's flags: stray values and misspelt flags of ours.

    Args:
        command: The command they were given to, for the message.
        flags: What the command's own parser did not know.
        known: Names of all flags of fairflip, without dashes.

    Raises:
        ConfigurationError: With one problem per such word.
    """
    problems = []
    takes_value = False
    for word in flags:
        if not word.startswith("--"):
            if not takes_value:
                problems.append(f"{word!r} is neither a flag nor the value of one")
            takes_value = False
            continue
        name, equals, _ = word[2:].partition("=")
        takes_value = not equals
        if name in known:
            problems.append(f"--{name} is not a flag of `fairflip {command}`")
        elif near := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
            problems.append(f"unknown flag --{name}; did you mean --{near[0]}?")
    if problems:
        raise ConfigurationError(problems)


def beam_options(flags: Sequence[str]) -> PipelineOptions:
    """Beam's pipeline options, with a local runner that needs no download as default.

    Raises:
        ConfigurationError: For a flag that Beam does not know either.
    """
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import (
        DirectOptions,
        SetupOptions,
        StandardOptions,
    )

    from fairflip.pipeline.beam import job_time_limit  # noqa: F401 (registers its flag)
    from fairflip.pipeline.beam.kept_views import KeptViewsOptions

    _refuse_unknown(flags)
    options = KeptViewsOptions(list(flags))
    standard = options.view_as(StandardOptions)
    if (standard.runner or "") in _LOCAL_NAMES:
        standard.runner = LOCAL_RUNNER
        direct = options.view_as(DirectOptions)
        if direct.direct_num_workers == 0:
            direct.direct_num_workers = 1
    # Nothing of a main module is needed on workers, and none may be pickled.
    options.view_as(SetupOptions).save_main_session = False
    if dataflow_options.is_dataflow(options):
        _require_gcp()
        dataflow_options.set_defaults(options)
    # Also before there is a pipeline, files are opened with the credentials that flags name.
    FileSystems.set_options(options)
    return options


def _require_gcp() -> None:
    try:
        from apache_beam.runners.dataflow.internal import apiclient  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            "--runner=DataflowRunner needs Google Cloud's clients; "
            "install them with pip install 'fairflip[gcp]'"
        ) from error


def is_local(options: PipelineOptions) -> bool:
    """Whether the job runs in this process or its children."""
    from apache_beam.options.pipeline_options import StandardOptions

    return options.view_as(StandardOptions).runner == LOCAL_RUNNER


def is_in_this_process(options: PipelineOptions) -> bool:
    """Whether all workers are threads of this process."""
    from apache_beam.options.pipeline_options import DirectOptions

    return is_local(options) and options.view_as(DirectOptions).direct_running_mode != _PROCESSES


def _refuse_unknown(flags: Sequence[str]) -> None:
    import argparse

    from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

    parser = _BeamArgumentParser(add_help=False, allow_abbrev=False)
    classes: list[Any] = [PipelineOptions, *PipelineOptions.__subclasses__()]
    for cls in classes:
        cls._add_argparse_args(parser)
    try:
        _, unknown = parser.parse_known_args(list(flags))
    except (SystemExit, argparse.ArgumentError) as error:
        raise ConfigurationError(f"Beam refuses the flags {' '.join(flags)}") from error
    names = [word.partition("=")[0] for word in unknown if word.startswith("--")]
    if names:
        raise ConfigurationError(
            [f"unknown flag {name}: neither fairflip nor Beam has it" for name in names]
        )
