"""The page of a run on a table, in a real Chromium: cells as cells, hostile ones as text."""

from __future__ import annotations

import pytest

import fairflip
from support.tables import applicants, flips, score

pytestmark = pytest.mark.browser

HOSTILE = "<img src=http://outside.invalid/x onerror=window.owned=1>"
TABLE = applicants(200).assign(note=HOSTILE)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fairflip.evaluate(
        TABLE, model=score, attribute="gender", attribute_values=["female", "male"],
        linked=[{"column": "title", "values": ["Mr:Mrs"]}], id="applicant_id", label="approved",
        output_dir=tmp_path_factory.mktemp("run") / "out",
    )  # fmt: skip


def test_changed_cells_stand_beside_the_other_cells_of_their_record(run, context, watch):
    page = context.new_page()
    page.goto(f"file://{run.output_dir}/report.html")
    page.locator("#pairs summary").first.click()
    expected = flips(TABLE)
    flipped = expected["negative_to_positive"] | expected["positive_to_negative"]
    records = TABLE.set_index("applicant_id")
    page.locator("table.cells").first.wait_for()
    items = page.locator("#pairs .pair-list > .pair").all()
    assert len(items) > 10
    for item in items[:10]:
        id = item.locator(".facts").inner_text().split("ID ")[1].split()[0]
        assert id in flipped
        record = records.loc[id]
        titles = item.locator(".cells th").all_inner_texts()
        values = dict(zip(titles, item.locator(".cells td").all_inner_texts(), strict=True))
        other = {"female": "male", "male": "female"}[record["gender"]]
        assert titles[0] == "gender"
        assert values["gender"] == f"{record['gender']} → {other}"
        assert values["age"] == str(record["age"])
        assert values["note"] == HOSTILE
        changed = item.locator(".cells td.changed")
        assert changed.count() == (1 if record["title"] == "Dr" else 2)
        assert item.locator("del").first.inner_text() == record["gender"]
    assert page.evaluate("window.owned") is None
    assert (watch.outside, watch.errors) == ([], [])
    # Controls say that other cells changed.
    page.locator("#pair-form select[name=edit]").select_option("control")
    page.locator("#pairs .pair .edit").first.wait_for()
    assert "control: other cells" in page.locator("#pairs .pair .edit").first.inner_text()


def test_a_frame_of_flipped_pairs_has_both_values_of_changed_cells(run):
    frame = run.flipped(5)
    records = TABLE.set_index("applicant_id").loc[frame["applicant_id"]]
    assert frame["gender"].tolist() == records["gender"].tolist()
    assert (frame["counterfactual.gender"] != frame["gender"]).all()
    assert frame["age"].tolist() == [str(age) for age in records["age"]]
