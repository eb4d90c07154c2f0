"""`fairflip benchmark`: evaluations on public sets, one after another, and one table of them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from fairflip.pipeline.config.output_folder import add_output_dir
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import quote

DEFAULT_OUTPUT_DIR = "fairflip_benchmark"
#: Flags of `evaluate` that a set decides.
_DECIDED = frozenset(
    {"pairs", "examples", "counterfactuals", "id_feature", "text_feature", "label_feature"}
    | {"cluster_feature", "output_dir", "slice", "controls", "overwrite", "limits", "reference"}
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The command's own flags, beside those of `evaluate` for models."""
    parser.add_argument("benchmarked", nargs="?", metavar="MODEL", help="as --model takes it")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME",
        help="hatecheck (default), mhc_german, mhc_spanish, mhc_french, mhc_italian, "
        "mhc_portuguese, cad_imdb, templates, winobias, winogender or panda; repeatable",
    )
    parser.add_argument(
        "--data_dir",
        default="",
        metavar="DIR",
        help="folder with the sets' files; default: benchmark/ in the folder of FAIRFLIP_DATA",
    )
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="fetch files that are not in --data_dir, where their SHA-256 is known here",
    )
    parser.add_argument(
        "--accept_licence",
        action="append",
        default=[],
        metavar="NAME",
        help="hatecheck_predictions: show published predictions, for evaluation only; repeatable",
    )
    add_output_dir(parser, DEFAULT_OUTPUT_DIR)


def is_offered(flag: str) -> bool:
    """Whether a flag of `evaluate` is one of `benchmark`, too."""
    return flag not in _DECIDED


def execute(flags: argparse.Namespace, beam_flags: Sequence[str]) -> int:
    """Runs the command; returns the exit code.

    Raises:
        ConfigurationError: A set or a licence is unknown, or there is no model.
        InputError: A set's file is not what it should be.
    """
    from fairflip.pipeline.benchmark import command, rows, sets, tables

    wanted = sets.chosen(flags.set)
    unknown = [name for name in flags.accept_licence if name not in sets.CONSENT]
    if unknown:
        raise ConfigurationError(
            f"--accept_licence: {quote(unknown[0])} needs no consent or is unknown; "
            f"there is {', '.join(sets.CONSENT)}"
        )
    given = list(flags.given)
    if flags.benchmarked:
        given.insert(0, ("model", f"model={flags.benchmarked}"))
    accepts = sets.PUBLISHED in flags.accept_licence
    has_model = any(name in ("model", "score", "handler") for name, _ in given) or flags.config
    needs_files = any(one.files for one in wanted)
    folder = sets.data_folder(flags.data_dir, flags.fetch) if needs_files else ""
    if flags.fetch:
        _fetch([one for one in wanted if sets.is_missing(one, folder)], folder)
    files = [(one, sets.file_of(one, folder)) for one in wanted]
    evaluated, notes = [], []
    for one, path in files:
        pairs = tables.pairs_of(one, path)
        published = [name for name in one.published if name in pairs.column_names]
        if published and not accepts:
            notes.append(
                f"{one.title}: published predictions of {', '.join(published)} are left out. "
                f"{sets.CONSENT[sets.PUBLISHED]} --accept_licence {sets.PUBLISHED} shows them."
            )
            published = []
        if not has_model and not published:
            raise ConfigurationError(
                f"--set {one.name}: there is no model; name one (fairflip benchmark hf:FOLDER), "
                f"or show published predictions (--accept_licence {sets.PUBLISHED})"
            )
        file = command.write_pairs(one, pairs, flags.output_dir)
        settings = [
            ("pairs", file),
            ("id_feature", tables.ID),
            ("text_feature", tables.TEXT),
            ("controls", "0"),
            ("output_dir", os.path.join(flags.output_dir, one.name)),
            ("overwrite", ""),
        ]
        settings += [("cluster_feature", one.cluster)] if one.cluster else []
        has_labels = tables.LABEL in pairs.column_names
        settings += [("label_feature", tables.LABEL)] if has_labels else []
        settings += [("slice", tables.TARGET)] if tables.TARGET in pairs.column_names else []
        has_groups = columns.GROUP in pairs.column_names
        settings += [("slice", "counterfactual_group")] if has_groups else []
        scores = [("score", f"{name}={name}") for name in published]
        report, scored = _evaluated(flags, [*given, *scores, *settings], beam_flags)
        evaluated.append(rows.set_of(one, report, pairs, scored, published, one.name))
    failed = False
    for one in evaluated:
        for model in rows.never_changes(one):
            failed = True
            notes.append(
                f"{one.title}: {model} never changes its decision, where every change is right: "
                "it fails."
            )
    command.write(evaluated, notes, flags.output_dir)
    return 1 if failed else 0


def _fetch(missing: Sequence[Any], folder: str) -> None:
    """Fetches the files of sets whose content is known here.

    Raises:
        ConfigurationError: Nothing here says what a set's file must hold.
    """
    from fairflip.pipeline.cli import download

    for one in missing:
        known = download.DATASETS.get(one.name)
        if known is None or not all(known.files.values()):
            by_hand = f" (fairflip download {one.name} --sha256 FILE=HEX)" if known else ""
            raise ConfigurationError(
                f"--fetch: nothing here says what the file of --set {one.name} must hold; fetch it "
                f"from {one.address}{by_hand} and lay it into {quote(folder)}"
            )
        print(f"{one.title}: {one.licence}, {one.address}")
        for path in download.download(one.name, folder):
            print(f"{download.sha256_of(path)}  {path}")


def _evaluated(flags: argparse.Namespace, given: list, beam_flags: Sequence[str]):
    """The report and the scored pairs of an evaluation."""
    from fairflip.pipeline.cli.spared_imports import spared_imports
    from fairflip.pipeline.config import settings

    config = settings.configure("evaluate", flags.config, given)
    with spared_imports():
        from fairflip.pipeline.cli import commands
        from fairflip.pipeline.compare.finished_runs import open_run

        outcome = commands.perform("evaluate", config, beam_flags, quiet=flags.quiet)
        return outcome.report, open_run(config.output.output_dir).scored_pairs()
