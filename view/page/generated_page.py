"""The page of `fairflip generate`: how pairs were made, twenty of them to read, and what next."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from fairflip.protos import report_pb2
from fairflip.view.page import embedding
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import numbers

_MOST_TERMS = 200


@dataclass(frozen=True)
class PairToRead:
    """One pair of the sample.

    Attributes:
      example_id: the original's ID.
      terms: what was changed.
      changes: both texts as one, as `mark_changes` gives them.
    """

    example_id: str
    terms: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]


def render(report: report_pb2.RunReport, pairs: Sequence[PairToRead], command: str) -> str:
    """The page, for a run without models.

    Args:
      report: with pairing, coverage and edits.
      pairs: at most twenty; none where the run hides its texts.
      command: what to run next.
    """
    script = embedding.template_text("edges.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    pairing = report.pairing
    return (
        embedding.environment()
        .get_template("generated.html.j2")
        .render(
            headline=f"{numbers.count_of(pairing.num_pairs, 'pair')} of "
            f"{numbers.count_of(pairing.num_originals, 'original')}",
            edits=report.edits,
            pairing=pairing,
            pairs=pairs,
            table=_terms(report),
            command=command,
            rejects=[
                f"{numbers.count(reject.count)} left out at {reject.stage}: "
                f"{reject.reason.replace('_', ' ')}"
                for reject in report.rejects
            ],
            n=numbers,
            style=embedding.template_text("report.css"),
            script=script,
            content_security_policy=(
                f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )


def _terms(report: report_pb2.RunReport) -> Table:
    """What was changed how often, the most frequent first."""
    terms = sorted(report.term_coverage, key=lambda one: (-one.num_pairs, one.term))
    rows = [
        (
            Cell(one.term),
            Cell(one.group.replace("_", " ")),
            Cell(one.category.replace("_", " ")),
            Cell(numbers.count(one.num_originals)),
            Cell(numbers.count(one.num_pairs)),
            Cell(numbers.count(one.num_rejected)),
        )
        for one in terms[:_MOST_TERMS]
    ]
    left = len(terms) - len(rows)
    return Table(
        name="terms",
        caption="Terms changed, most pairs first" + (f" ({left:,} more not shown)" if left else ""),
        groups=(),
        header=("Term", "Group", "Category", "Originals", "Pairs", "Left out"),
        rows=tuple(rows),
    )
