"""The offline HTML report: one file, no outside request, the verdict first.

`render_files` makes every file as bytes by relative path, for writing to any
file system; `write_report` puts them in a local folder, each in one step.
"""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from fairflip.protos import report_pb2
from fairflip.protos.edits import identity_pairs
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.figures.drawing import Plot
from fairflip.view.figures.report_figures import draw_all
from fairflip.view.outputs import class_tables, sections
from fairflip.view.page import (
    embedding,
    fairness_bundle,
    first_screen,
    generated_page,
    markdown_report,
    model_card,
    payload,
    reject_samples,
    shown_slices,
    threshold_rows,
)
from fairflip.view.page.glossary import GLOSSARY
from fairflip.view.pairs import cells, flipped_pairs, pair_data, parts, scored_rows
from fairflip.view.tables import (
    excess_tables,
    held_out_table,
    review_table,
    run_tables,
    slice_tables,
)
from fairflip.view.tables.score_shift import ScoreShift
from fairflip.view.words import findings, numbers, verdict
from fairflip.view.words.limits_of_numbers import controls_and_excess, limits
from fairflip.view.words.report_index import ReportIndex, indexes_by_output

#: Each of one duty; they stand in the page as one script.
_SCRIPTS = (
    "table_links.js",
    "thresholds.js",
    "tables.js",
    "edges.js",
    "csv.js",
    "words.js",
    "pair_choice.js",
    "pair_cells.js",
    "pair_list.js",
    "pair_filters.js",
)
#: Pairs that stand in the page for readers without JavaScript.
_PLAIN_PAIRS = 20
#: Rows of tables by slice, over all thresholds.
_MAX_TABLE_ROWS = 600
#: A page of so many pairs still opens at once; others stay in the run's files.
MAX_PAIRS = 1000


def write_report(
    report: report_pb2.RunReport,
    output_dir: str | os.PathLike,
    *,
    scored_pairs: pa.Table | str | os.PathLike | Sequence[str] | None = None,
    no_examples: bool = False,
    max_examples: int = MAX_PAIRS,
    text_feature: str = "comment_text",
    id_feature: str = "example_id",
    rejects_dir: str | os.PathLike | None = None,
) -> Path:
    """Writes report.html, and report.md, model_card.md and figures/ below details/, in a folder.

    Args:
      report: what the run found. Missing parts are left out of the page.
      output_dir: a local folder; made if it is not there.
      scored_pairs: a table, or a folder or pattern of Parquet files; for the
        flipped pairs to read and the plot of scores.
      no_examples: leave the flipped pairs out entirely.
      max_examples: how many flipped pairs at most.
      text_feature: column with the original's text.
      id_feature: column with the original's ID.
      rejects_dir: folder of the run's rejects, to name the first of them.

    Returns:
      The path of report.html. Each file appears whole or not at all.
    """
    folder = Path(output_dir)
    files = render_files(
        report,
        scored_pairs=scored_pairs,
        no_examples=no_examples,
        max_examples=max_examples,
        text_feature=text_feature,
        id_feature=id_feature,
        rejects_dir=rejects_dir,
    )
    for name, content in files.items():
        _write_whole(folder / name, content)
    return folder / "report.html"


def render_files(
    report: report_pb2.RunReport,
    *,
    scored_pairs: pa.Table | str | os.PathLike | Sequence[str] | None = None,
    no_examples: bool = False,
    max_examples: int = MAX_PAIRS,
    text_feature: str = "comment_text",
    id_feature: str = "example_id",
    rejects_dir: str | os.PathLike | None = None,
    config_file: str = "",
    curve: Sequence[report_pb2.ModelReport] = (),
) -> dict[str, bytes]:
    """The same files as bytes by relative path: the page, report.md, model_card.md, the figures.

    The arguments are those of `write_report`, and `config_file`, the run's own configuration,
    which the next command begins with; `curve`, its models at more thresholds than the report
    keeps, for the slider.
    """
    whole, outputs = shown_slices.shown(report, sections.judged_first(indexes_by_output(report)))
    # Of several outputs the page is about that by which the run is judged.
    index, facts = outputs[0]
    report = index.report
    shift, pairs = None, None
    config = first_screen.own_config(whole)
    if scored_pairs is not None and index.first_threshold is not None:
        shift = ScoreShift()
        indexes = [each for each, _ in outputs]
        pairs = pair_data.choose(
            _counting(scored_pairs, cells.features_of(report), shift, index.models),
            whole,
            indexes,
            config,
            max_pairs=0 if no_examples else max_examples,
            text_feature=text_feature,
            id_feature=id_feature,
            others_from=scored_pairs,
        )
        if no_examples:
            pairs = None
    plots = draw_all(report, index, shift)
    page = _render_page(
        report,
        index,
        facts,
        plots=plots,
        pairs=pairs,
        pair_parts=parts.parts_of(whole, config),
        screen=first_screen.first_screen(index, facts.judgement, pairs, config_file),
        thresholds=threshold_rows.by_threshold(index, [c for c in curve if c.name in index.models]),
        outputs=outputs,
        whole=whole,
        rejects=reject_samples.of_folder(rejects_dir) if rejects_dir is not None else [],
    )
    files = {
        "report.html": page.encode("utf-8", errors="replace"),
    }
    document = markdown_report.render(whole, *(outputs[0] if len(outputs) == 1 else ()))
    files["details/report.md"] = document.encode("utf-8", errors="replace")
    if index.models:
        card = model_card.render(whole)
        files["details/model_card.md"] = card.encode("utf-8", errors="replace")
    for plot in plots:
        files[f"details/figures/{plot.name}.svg"] = plot.svg
        files[f"details/figures/{plot.name}.png"] = plot.png
    return files


def render_generated(
    report: report_pb2.RunReport,
    pairs: Sequence[tuple[str, Sequence[str], tuple[tuple[str, str], ...]]],
    output_dir: str,
) -> str:
    """The page of a run that made pairs and scored none.

    Args:
      report: with pairing, coverage and edits.
      pairs: (the original's ID, terms, changes as `mark_changes` gives them) of some.
      output_dir: of the run, for the next command.
    """
    pattern = shlex.quote(f"{output_dir.rstrip('/')}/pairs/*.parquet")
    command = f"fairflip evaluate --pairs {pattern} --model NAME=PATH"
    to_read = [generated_page.PairToRead(id, tuple(terms), marks) for id, terms, marks in pairs]
    return generated_page.render(report, to_read, command)


def _counting(
    scored_pairs: scored_rows.Source, features: Sequence[str], shift: ScoreShift, models: list[str]
) -> Iterator[pa.RecordBatch]:
    """Scored pairs without images, of which what the plot needs is counted as they pass."""
    images = scored_rows.image_names(scored_pairs, cells.columns_of(features))
    for batch in scored_rows.scored_batches(scored_pairs, with_controls=True, without=images):
        shift.add(identity_pairs(batch), models)
        yield batch


def _render_page(
    report: report_pb2.RunReport,
    index: ReportIndex,
    facts: findings.Findings,
    *,
    plots: list[Plot],
    pairs: flipped_pairs.FlippedPairs | None,
    pair_parts: Sequence[parts.Part],
    screen: first_screen.FirstScreen,
    thresholds: dict[str, Any] | None,
    outputs: list[tuple[ReportIndex, findings.Findings]],
    whole: report_pb2.RunReport,
    rejects: list[dict[str, str]],
) -> str:
    shown_thresholds = _thresholds_with_tables(index)
    tables_of_excess = [
        excess_tables.excess_matched(index),
        *(excess_tables.excess_by_slice(index, value) for value in shown_thresholds),
    ]
    directions_table = excess_tables.group_directions(report)
    flip_tables = [slice_tables.flips_by_direction(index, value) for value in shown_thresholds]
    scores_table = slice_tables.scores_by_slice(index)
    withheld_table = held_out_table.held_out(index)
    labels_table = run_tables.label_judgements(report)
    terms_table = run_tables.terms(report, index)
    sweep_table = run_tables.sweep(report)
    scripts = "\n".join(map(embedding.template_text, _SCRIPTS))
    script = f'(() => {{\n"use strict";\n{scripts}}})();'
    component = embedding.embed_in_report(
        payload.from_report(whole), fairness_bundle.installed_bundle()
    )
    transitions = class_tables.transition_tables(index)
    # Anchor, title, and whether the page has the section; in the order of the page.
    contents = [
        ("outputs", "Outputs", len(outputs) > 1),
        ("verdict", "Verdict", True),
        ("excess", "Controls", bool(index.models)),
        ("thresholds", "Thresholds", thresholds is not None),
        ("directions", "Directions", directions_table is not None),
        ("flips", "Flips", bool(flip_tables)),
        ("withheld", "Withheld terms", withheld_table is not None),
        ("labels", "Calibration and groups", labels_table is not None),
        ("transitions", "Classes", bool(transitions)),
        ("plots", "Plots", bool(plots)),
        ("scores", "Scores", bool(scores_table.rows)),
        ("terms", "Terms", terms_table is not None),
        ("sweep", "Sweep", sweep_table is not None),
        ("review", "Review", bool(report.review.reviewers)),
        ("pairs", "Flipped pairs", pairs is not None),
        ("audit", "Pairs and rejects", True),
        ("provenance", "Provenance", True),
        ("limits", "Limits", True),
        ("words", "Words", True),
        ("fairness-indicators", "Fairness Indicators", True),
    ]
    return (
        embedding.environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            findings=facts,
            models={model.name for model in whole.models},
            is_argmax=index.is_argmax,
            transitions=transitions,
            output=index.output,
            outputs_table=sections.overview_table(outputs) if len(outputs) > 1 else None,
            other_outputs=sections.sections(outputs),
            overview=findings.overview({i.output: one.judgement for i, one in outputs}),
            n=numbers,
            contents=[(anchor, title) for anchor, title, there in contents if there],
            style=embedding.template_text("report.css"),
            script=script,
            content_security_policy=embedding.content_security_policy([script, *component.scripts]),
            excess_tables=[table for table in tables_of_excess if table is not None],
            controls_cure=verdict.how_to_get_controls(edit_of(report)),
            directions_table=directions_table,
            flip_tables=flip_tables,
            plots=plots,
            scores_table=scores_table,
            examples_table=slice_tables.examples_by_slice(index),
            withheld_table=withheld_table,
            labels_table=labels_table,
            terms_table=terms_table,
            sweep_table=sweep_table,
            review_sentence=review_table.sentence_of(report.review),
            review_tables=review_table.all_tables(report.review),
            pairs=pairs,
            pair_data=_pair_data(pairs, [each for each, _ in outputs], pair_parts),
            undamaged_pairs="".join(index.with_undamaged([])),
            has_labels=pairs is not None and pairs.has_labels,
            plain_pairs=pairs.identity_flips[:_PLAIN_PAIRS] if pairs is not None else (),
            anchor=pair_data.anchor,
            glossary=GLOSSARY,
            has_all_thresholds=shown_thresholds == index.thresholds,
            threshold_header=threshold_rows.header(index),
            num_between=threshold_rows.num_between(thresholds),
            threshold_data=embedding.script_json(thresholds, is_data=True) if thresholds else "",
            screen=screen,
            excerpt=first_screen.excerpt,
            audit=run_tables.pair_audit(report),
            reject_samples=rejects,
            provenance=_provenance(report),
            config=_pretty_json(report.provenance.config),
            limits=limits(edit_of(report)),
            about_controls=controls_and_excess(edit_of(report)),
            component=component.html,
            version=report.provenance.versions.get("fairflip", ""),
        )
    )


def _pair_data(
    pairs: flipped_pairs.FlippedPairs | None,
    indexes: Sequence[ReportIndex],
    pair_parts: Sequence[parts.Part],
) -> str:
    if pairs is None or not pairs.shown:
        return ""
    return embedding.script_json(pair_data.of_page(pairs, indexes, pair_parts), is_data=True)


def _thresholds_with_tables(index: ReportIndex) -> list[float]:
    """The thresholds that have tables of their own; of a large run the first.

    The others are on the slider, whose numbers take a tenth of the room.
    """
    rows = len(index.slices) * len(index.models) * len(index.thresholds)
    return index.thresholds if rows <= _MAX_TABLE_ROWS else index.thresholds[:1]


def _provenance(report: report_pb2.RunReport) -> list[tuple[str, str]]:
    provenance = report.provenance
    entries = [
        ("Started", provenance.started),
        ("Took", f"{provenance.seconds:,.1f} s" if provenance.seconds else ""),
        ("Seed", str(provenance.seed)),
        ("Pair set (SHA-256)", report.pairing.pair_set_sha256),
        (
            "Intervals",
            " ".join(
                filter(
                    None,
                    (
                        numbers.level(provenance.confidence_level)
                        if provenance.confidence_level
                        else "",
                        provenance.interval_method,
                    ),
                )
            ),
        ),
    ]
    entries += [
        (f"Model {name}", value) for name, value in sorted(provenance.model_fingerprints.items())
    ]
    entries += [
        (f"Data {name}", value) for name, value in sorted(provenance.data_fingerprints.items())
    ]
    versions = ", ".join(f"{name} {value}" for name, value in sorted(provenance.versions.items()))
    entries.append(("Versions", versions))
    steps = ", ".join(
        f"{name} {seconds:,.1f} s" for name, seconds in sorted(provenance.step_seconds.items())
    )
    entries.append(("Steps", steps))
    return [(title, value) for title, value in entries if value]


def _pretty_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
