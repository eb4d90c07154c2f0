"""Rejects of one step beside those of a later one, in the order of their lines."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.records import sorted_lines
from fairflip.pipeline.records.reject_files import carry_rejects
from fairflip.pipeline.records.rejected_record import RejectedRecord

NAME = "score-00000-of-00001.jsonl"


def written(folder, records):
    lines = sorted(record.to_json() for record in records)
    (folder / "rejects").mkdir(parents=True)
    (folder / "rejects" / NAME).write_text("".join(line + "\n" for line in lines))


def record(number):
    # The content comes first in a line, so that without it the order is another.
    return RejectedRecord("score", "why", "", str(number), "", {"text": f"secret {9 - number}"})


@pytest.mark.parametrize("most_characters", [0, 150, 1 << 20])
@pytest.mark.parametrize("no_text", [False, True])
@pytest.mark.parametrize("own", [(), (1, 4)])
def test_a_later_step_has_the_rejects_of_both_in_order(
    tmp_path, monkeypatch, own, no_text, most_characters
):
    monkeypatch.setattr(sorted_lines, "MOST_CHARACTERS", most_characters)
    earlier, later = tmp_path / "earlier", tmp_path / "later"
    written(earlier, map(record, (0, 2, 3)))
    if own:
        written(later, map(record, own))
    carry_rejects(str(earlier), str(later), no_text)
    text = (later / "rejects" / NAME).read_text()
    lines = text.splitlines()
    assert text.endswith("\n")
    assert lines == sorted(lines)
    numbers = sorted(json.loads(line)["record"] for line in lines)
    assert numbers == sorted(map(str, (0, 2, 3, *own)))
    assert ("secret" in text) != no_text
