"""The report in short, word for word."""

from __future__ import annotations

import dataclasses
import itertools

from fairflip.view.page import markdown_report
from fairflip.view.words import findings
from fairflip.view.words.report_index import ReportIndex
from support import control_reports

GOLDEN = r"""
## after: removing identity terms changes 4.5 points more decisions than removing other words.

**Act.** after at the baseline's positive rate: removing identity terms changes 2.0% of decisions, removing other words like them 3.0%: 4.5 points more (1.5 to 7.5, terms taken as a sample). “women” carries most of it: without it 1.0. Against before: identity flips −5.0 points (−6.0 to −4.0), control flips +0.20 points (−0.30 to +0.70), excess −5.2 points (−9.0 to −1.1, terms taken as a sample). The excess over other words lies above 0 (1.5 to 7.5 points), even with the terms taken as a sample of words.

Next: Read the flipped pairs of “women”; then retrain with pairs, and see whether the excess falls while control flips do not rise. `fairflip run --technique clp …`

Flips fell from 7.0% to 2.0% of 1,000 pairs; at the baseline's positive rate, to 2.0%.

- before changes its decision (score above 0.5) on 70 of 1,000 pairs: 7.0% (95% interval 5.0–9.0%); 0 from negative to positive, 0 from positive to negative.
- before on controls: 3.0% (1.0–5.0%); excess 4.0 points, 2.0 to 6.0 for these terms, 0 to 8.0 with the terms taken as a sample of words (7.0 effective terms); 1.0 without “women”.
- after changes its decision (score above 0.5) on 20 of 1,000 pairs: 2.0% (95% interval 1.0–3.0%); 0 from negative to positive, 0 from positive to negative.
- after on controls: 3.0% (1.0–5.0%); excess 4.5 points, 3.5 to 5.5 for these terms, 1.5 to 7.5 with the terms taken as a sample of words (7.0 effective terms); 1.0 without “women”.
- after against before: −5.0 percentage points (−6.0 to −4.0).
- At threshold 0, where after says yes about as often as the baseline (30.0%), it flips 2.0% (1.0–3.0%), −5.0 points (−6.0 to −4.0) against the baseline; its controls flip 3.0% (1.0–5.0%) there, an excess of 4.5 points (1.5 to 7.5 over words).
- Share of originals called positive: before 30.0%, after 30.0%.
- The data has no labels, so there is no AUC.

**Gate**

- not enough evidence: few\_flips 2 of 3

| Slice | Pairs | before flips | after flips | change |
| --- | ---: | ---: | ---: | ---: |
| Overall | 1,000 | 7.0% (5.0–9.0% · 70/1,000) | 2.0% (1.0–3.0% · 20/1,000) | −5.0 (−6.0 to −4.0 · adjusted p 0.001 · fewer) |

**Flips beside those of controls at the baseline's positive rate**

| Slice | Model | Pairs | Identity flips | Control flips | Excess, points | Over words | Without top term | Change of control flips | Change of excess |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| Overall | before | 1,000 | 7.0% (5.0–9.0%) | 3.0% (1.0–5.0%) | +4.0 (+2.0 to +6.0) | 0 to 8.0 (more, for these terms) | +1.0 (women) | – | – |
| Overall | after | 1,000 | 2.0% (1.0–3.0%) | 3.0% (1.0–5.0%) | +4.5 (+3.5 to +5.5) | 1.5 to 7.5 (more than other words) | +1.0 (women) | +0.20 (−0.30 to +0.70) | −5.2 (−9.0 to −1.1 over words) |

Pair set: records read 900, originals 0, counterfactuals 0, pairs 1,000, unmatched originals (no counterfactual) 0, unmatched counterfactuals (no original) 0, example ids seen more than once 0, pairs with two equal sides, left out 0.
SHA-256 `ab12`.

The same model on both texts of each pair; see report.html for all of it.
"""


def test_every_byte_of_a_report_of_two_models():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    report.gate.add(name="few_flips", verdict="not_enough_evidence", message="2 of 3")
    report.pairing.pair_set_sha256 = "ab12"
    assert "\n" + markdown_report.render(report) == GOLDEN


def test_outputs_stand_below_how_all_of_them_stand():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    for model, output in zip(report.models, ("insult", "threat"), strict=True):
        model.model, model.output, model.is_baseline = "mine", output, True
    lines = markdown_report.render(report).splitlines()
    assert [line for line in lines if line.startswith("# ")][1:] == ["# insult", "# threat"]
    assert sum(line.startswith("## ") for line in lines) == 2
    assert sum(line.startswith("Pair set: ") for line in lines) == 1
    assert not any(before == line == "" for before, line in itertools.pairwise(lines))


def test_what_the_caller_found_already_is_not_found_again():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    index = ReportIndex(report)
    facts = dataclasses.replace(findings.find(report, index), change="Found before")
    assert "\nFound before\n" in markdown_report.render(report, index, facts)
    assert "Found before" not in markdown_report.render(report)
