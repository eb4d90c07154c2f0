"""The plots of scores: their cells are seen on any ground."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from fairflip.view.figures.scores import score_shift_plot
from fairflip.view.tables.score_shift import ScoreShift
from fairflip.view.words.report_index import ReportIndex
from support import random_reports


def test_a_cell_with_one_pair_is_no_fainter_than_a_third():
    table = random_reports.scored_pairs(3000, ("mine",))
    shift = ScoreShift()
    for batch in table.to_batches():
        shift.add(batch, ["mine"])
    plot = score_shift_plot(ReportIndex(random_reports.report(table, ("mine",))), shift)
    image = re.search(r"data:image/png;base64,([^\"]+)", plot.inline).group(1)
    alpha = np.asarray(Image.open(io.BytesIO(base64.b64decode(image))).convert("RGBA"))[..., 3]
    seen = alpha[alpha > 0]
    assert (alpha == 0).any()
    assert seen.min() >= 0.3 * 255
    assert seen.max() > 2 * seen.min()
