"""The command line: flags to a configuration, configuration to a command, errors to exit codes.

A thin layer. Nothing heavy is imported before a command has a valid
configuration, so that ``--help`` and mistakes are answered at once.

Exit codes: 0 good; 1 the gate failed; 2 bad configuration or input; 3 the run
broke.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fairflip._version import __version__
from fairflip.pipeline.cli import benchmark_sets
from fairflip.pipeline.cli.faults import memory_sentence
from fairflip.pipeline.warehouse import command as warehouse_command
from fairflip.protos.errors import ConfigurationError, UserError, printable

if TYPE_CHECKING:
    from fairflip.protos.config_pb2 import PipelineConfig

EXIT_GOOD, EXIT_GATE_FAILED, EXIT_BAD_INPUT, EXIT_BROKE = 0, 1, 2, 3

#: Command -> what it does, in the order of the help text.
COMMANDS = {
    "generate": "examples -> counterfactual pairs",
    "evaluate": "pairs + one or more models -> result and report",
    "remediate": "train examples + pairs + model -> remediated model",
    "run": "evaluate -> remediate -> evaluate both, side by side",
    "sweep": "remediate with several techniques, losses and weights -> what each costs",
    "report": "rebuild report.html from a run",
    "gate": "check a run against limits",
    "compare": "two runs on the same pairs: what got better, worse, and by how much",
    "review": "a sample of a run's pairs for people to judge; their answers back into its rates",
    "benchmark": "a model on public counterfactual sets, beside published predictions",
    "terms": "expand a list of terms by words of your own texts that are used like them",
    "audit": "a run before people who did not see it: scenarios, gaps, signature, impact ratios",
    "sql": "pairs in a warehouse: a query that counts them there, and the report of its answer",
    "export": "a run's numbers for spreadsheets, warehouses, monitoring and experiment trackers",
    "download": "fetch a public data set, such as civil_comments",
    "metrics": "list the metrics, and which are unavailable here",
}
#: Commands that take the flags of another one and are checked as it is.
_CONFIGURED_AS = {"benchmark": "evaluate", "sql": "evaluate", "sweep": "run"}
#: Commands whose first argument may be the run's directory, without a flag.
_OF_A_RUN = ("report", "gate")
_SHOW_TRACEBACK = "FAIRFLIP_TRACEBACK"
#: Where `download` puts a data set that nobody names a folder for.
_DOWNLOADS = "build/DATASET"


def _quiet_libraries() -> None:
    """Silences what other libraries print; settings that the user made stay."""
    # TensorFlow's start-up notes would hide our own lines.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # Beam and abseil warn about what a user cannot change, and log tracebacks of workers.
    # The end of the run says in one sentence what they mean.
    if not os.environ.get(_SHOW_TRACEBACK):
        logging.getLogger().setLevel(logging.CRITICAL)


class _Remember(argparse.Action):
    """Keeps flags in the order in which they were given, as (name, value)."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        given = list(getattr(namespace, "given", None) or [])
        given.append((self.dest, "" if values is None or values == [] else str(values)))
        namespace.given = given


def command_parser(command: str) -> argparse.ArgumentParser:
    """The parser of one of `COMMANDS`, from which help and reference are made."""
    if command in _PARSERS:
        return _PARSERS[command]()
    from fairflip.pipeline.config.settings import flags_of

    parser = argparse.ArgumentParser(
        prog=f"fairflip {command}",
        description=COMMANDS[command],
        allow_abbrev=False,
        epilog="Other flags are passed on to Beam: --runner=DataflowRunner --project=...",
    )
    parser.set_defaults(given=[])
    parser.add_argument("--config", metavar="FILE", help="PipelineConfig: textproto, JSON or YAML")
    parser.add_argument(
        "--dry_run", action="store_true", help="check everything and say what would be done"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    if command in _OF_A_RUN:
        parser.add_argument(
            "run",
            nargs="?",
            action=_Remember,
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="the output directory of a finished run, as --run",
        )
    if command == "benchmark":
        benchmark_sets.add_flags(parser)
    if command == "sql":
        warehouse_command.add_flags(parser)
    flags = flags_of(_CONFIGURED_AS.get(command, command))
    offered = {"benchmark": benchmark_sets.is_offered, "sql": warehouse_command.is_offered}
    is_offered = offered.get(command, bool)
    _add_flags(parser, [flag for flag in flags if is_offered(flag.name)])
    return parser


def _add_flags(parser: argparse.ArgumentParser, flags: Sequence[Any]) -> None:
    """Adds the flags of fields of the configuration."""
    for flag in flags:
        parser.add_argument(
            f"--{flag.name}",
            dest=flag.name,
            action=_Remember,
            nargs=0 if flag.is_switch else None,
            metavar=None if flag.is_switch else flag.metavar,
            default=argparse.SUPPRESS,
            help=flag.help_text.replace("%", "%%"),
        )


def _parse(
    command: str, argv: Sequence[str]
) -> tuple[PipelineConfig, argparse.Namespace, list[str]]:
    """Flags -> a complete, valid configuration, and what is Beam's."""
    from fairflip.pipeline.beam.options import check_beam_flags
    from fairflip.pipeline.config import settings

    namespace, beam_flags = command_parser(command).parse_known_args(list(argv))
    known = {flag.name for flag in settings.FLAGS} | {"config", "dry_run", "quiet"}
    check_beam_flags(command, beam_flags, known)
    config = settings.configure(
        _CONFIGURED_AS.get(command, command), namespace.config, namespace.given
    )
    return config, namespace, beam_flags


def _download_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.cli import download
    from fairflip.pipeline.config.output_folder import add_output_dir

    parser = argparse.ArgumentParser(prog="fairflip download", description=COMMANDS["download"])
    parser.add_argument("dataset", choices=sorted(download.DATASETS), help="which data set")
    add_output_dir(parser, _DOWNLOADS, "where its files are put")
    parser.add_argument(
        "--base_url", default="", metavar="URL", help="fetch from this address instead"
    )
    parser.add_argument(
        "--sha256",
        action="append",
        default=[],
        metavar="FILE=HEX",
        help="what a file must hold; repeatable",
    )
    parser.add_argument(
        "--unpinned",
        action="store_true",
        help="take files whose SHA-256 nobody says, and print what they have",
    )
    return parser


def _metrics_parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog="fairflip metrics", description=COMMANDS["metrics"])


def _compare_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.cli.compare_runs import parser

    return parser(COMMANDS["compare"])


def _review_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.review import flags

    return flags.parser(COMMANDS["review"])


def _terms_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.cli.terms_command import parser

    return parser(COMMANDS["terms"], _add_flags)


def _audit_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.cli import audit_run

    return audit_run.parser(COMMANDS["audit"])


def _export_parser() -> argparse.ArgumentParser:
    from fairflip.pipeline.cli import export_run

    return export_run.parser(COMMANDS["export"])


#: Commands without a configuration, and their parsers.
_PARSERS = {
    "audit": _audit_parser,
    "compare": _compare_parser,
    "download": _download_parser,
    "export": _export_parser,
    "metrics": _metrics_parser,
    "review": _review_parser,
    "terms": _terms_parser,
}


def _download(argv: Sequence[str]) -> int:
    from fairflip.pipeline.cli import download
    from fairflip.pipeline.run.progress import Progress

    flags = command_parser("download").parse_args(list(argv))
    progress = Progress()
    folder = f"build/{flags.dataset}" if flags.output_dir == _DOWNLOADS else flags.output_dir
    pins = dict(pin.partition("=")[::2] for pin in flags.sha256)
    for path in download.download(
        flags.dataset,
        folder,
        flags.base_url,
        progress=progress.byte_note,
        sha256=pins,
        unpinned=flags.unpinned,
    ):
        print(f"{download.sha256_of(path)}  {path}")
    return EXIT_GOOD


def _metrics(argv: Sequence[str]) -> int:
    command_parser("metrics").parse_args(list(argv))
    from fairflip.pipeline.cli.metric_listing import format_metrics

    print(format_metrics())
    return EXIT_GOOD


def _review(argv: Sequence[str]) -> int:
    flags = command_parser("review").parse_args(list(argv))
    from fairflip.pipeline.review.command import review

    for line in review(flags):
        print(line)
    return EXIT_GOOD


def _terms(argv: Sequence[str]) -> int:
    flags = command_parser("terms").parse_args(list(argv))
    from fairflip.pipeline.cli.terms_command import run

    run(flags)
    return EXIT_GOOD


def _dispatch(command: str, argv: Sequence[str]) -> int:
    if command == "terms":
        return _terms(argv)
    if command == "download":
        return _download(argv)
    if command == "metrics":
        return _metrics(argv)
    if command == "audit":
        from fairflip.pipeline.cli import audit_run

        return audit_run.execute(command_parser(command).parse_args(list(argv)))
    if command == "export":
        from fairflip.pipeline.cli import export_run

        return export_run.execute(command_parser(command).parse_args(list(argv)))
    if command == "compare":
        from fairflip.pipeline.cli import compare_runs

        return compare_runs.execute(command_parser(command).parse_args(list(argv)))
    if command == "review":
        return _review(argv)
    if command == "benchmark":
        namespace, beam_flags = command_parser(command).parse_known_args(list(argv))
        return benchmark_sets.execute(namespace, beam_flags)
    if command == "sql":
        return warehouse_command.execute(command_parser(command).parse_args(list(argv)))
    config, namespace, beam_flags = _parse(command, argv)
    from fairflip.pipeline.cli.spared_imports import needs_little, spared_imports

    with spared_imports(little=needs_little(config, beam_flags, command)):
        from fairflip.pipeline.cli import commands

        return commands.execute(
            command, config, beam_flags, dry_run=namespace.dry_run, quiet=namespace.quiet
        )


def _help() -> str:
    lines = [
        "usage: fairflip COMMAND [flags]",
        "",
        "Does a classifier change its decision when only an identity reference changes?",
        "",
        "commands:",
        *(f"  {name:<10} {purpose}" for name, purpose in COMMANDS.items()),
        "",
        "`fairflip COMMAND --help` lists a command's flags; --version prints the version.",
    ]
    return "\n".join(lines)


def _say_error(text: str) -> None:
    print(f"fairflip: error: {text}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The arguments; those of the process unless given.

    Returns:
        The exit code: 0 good, 1 gate failed, 2 bad configuration or input, 3 broke.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(_help())
        return EXIT_GOOD if arguments else EXIT_BAD_INPUT
    if arguments[0] == "--version":
        print(f"fairflip {__version__}")
        return EXIT_GOOD
    command = arguments[0]
    if command not in COMMANDS:
        import difflib

        near = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        _say_error(f"unknown command {command!r}{hint} Commands: {', '.join(COMMANDS)}.")
        return EXIT_BAD_INPUT
    _quiet_libraries()
    try:
        return _dispatch(command, arguments[1:])
    except SystemExit as stop:  # argparse: 0 after --help, 2 after a mistake
        return int(stop.code or 0)
    except ConfigurationError as error:
        for problem in error.problems:
            _say_error(problem)
        return EXIT_BAD_INPUT
    except UserError as error:
        _say_error(str(error))
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        return _say_interrupted()
    except BrokenPipeError:  # who read the output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKE
    except Exception as error:
        return _explain_fault(error)


def _say_interrupted() -> int:
    _say_error("interrupted; the same command goes on where it stopped")
    return EXIT_BROKE


def _explain_fault(error: Exception) -> int:
    """Says why a run broke, and gives the exit code.

    Where bad input is the reason, Beam has wrapped the error of the worker that met it.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            _say_error(str(cause))
            return EXIT_BAD_INPUT
        if isinstance(cause, KeyboardInterrupt):
            return _say_interrupted()
        if shortage := memory_sentence(cause):
            _say_error(f"the run broke: {shortage}")
            return EXIT_BROKE
        cause = cause.__cause__ or cause.__context__
    if os.environ.get(_SHOW_TRACEBACK):
        traceback.print_exception(error)
    # An unexpected error may quote the data: one line, shortened, nothing a terminal obeys.
    first_line = printable(" ".join(str(error).strip().splitlines()[:1]))[:300]
    # What a worker said names its own class.
    name = "" if error.__class__ is RuntimeError else f"{type(error).__name__}: "
    _say_error(f"the run broke: {name}{first_line} (set {_SHOW_TRACEBACK}=1 for the whole story)")
    return EXIT_BROKE
