"""The offline page on which people judge pairs: one file, nothing from outside, no server.

Answers stay in the browser until the reviewer saves them as a CSV file, which the page reads
back as well.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from fairflip.protos.report_pb2 import Review
from fairflip.view.page import embedding
from fairflip.view.pairs.marked_texts import mark_changes


def render_review(pairs: Sequence[tuple[str, str, str]], review: Review) -> str:
    """The page.

    Args:
      pairs: (key, original, counterfactual) in the order to judge them.
      review: What the sample was drawn with: the browser keeps answers by it.
    """
    script = embedding.template_text("review.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sample_name = hashlib.sha256("".join(review.keys).encode()).hexdigest()[:16]
    return (
        embedding.environment()
        .get_template("review.html.j2")
        .render(
            pairs=[(key, mark_changes(one, other)) for key, one, other in pairs],
            sample_name=sample_name,
            style=embedding.template_text("report.css") + embedding.template_text("review.css"),
            script=script,
            content_security_policy=(
                f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )
