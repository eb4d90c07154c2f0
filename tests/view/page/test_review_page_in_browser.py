"""People answer on the review page in a real Chromium, go on later, and save a sheet."""

from __future__ import annotations

import pytest

from fairflip.pipeline.review.sheet import Answer, read_answers
from fairflip.protos.report_pb2 import Review
from fairflip.view.page.review_page import render_review

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>window.owned=1</script><img src=x onerror=window.owned=1>"
KEYS = ("00aa", "00bb", "00cc")


@pytest.fixture
def address(tmp_path) -> str:
    texts = [
        (KEYS[0], "she is kind", "he is kind"),
        (KEYS[1], f"{HOSTILE} women", f"{HOSTILE} men"),
        (KEYS[2], "a <b>third</b> one", "a <b>fourth</b> one"),
    ]
    path = tmp_path / "review.html"
    path.write_text(render_review(texts, Review(keys=KEYS)), encoding="utf-8")
    return path.as_uri()


def save(page, folder) -> str:
    with page.expect_download() as download:
        page.locator("#save").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return str(path)


def test_keys_answer_the_browser_remembers_and_the_sheet_comes_back(
    address, tmp_path, context, watch
):
    page = context.new_page()
    page.goto(address)
    assert page.locator("#progress").inner_text() == "0 of 3 judged"
    page.locator("#reviewer").fill("Ann, =1+1")
    page.locator(".pair .text").first.click()
    for key in "yy":
        page.keyboard.press(key)
    page.keyboard.press("n")
    assert page.locator("#progress").inner_text() == "2 of 3 judged"
    assert page.locator(".current").get_attribute("data-key") == KEYS[2]
    page.reload()
    assert page.locator("#progress").inner_text() == "2 of 3 judged"
    page.locator(".pair").nth(2).locator("[data-question=valid] [value=yes]").click()
    page.locator(".pair").nth(2).locator("[data-question=same_decision] [value=no]").click()
    page.locator(".pair").nth(2).locator("[data-note]").fill('=cmd, "quoted"')
    sheet = save(page, tmp_path)
    answers = read_answers(sheet, KEYS)
    assert answers.reviewer == "Ann, =1+1"
    assert answers.by_key == {
        KEYS[0]: Answer(True, True),
        KEYS[1]: Answer(False, None),
        KEYS[2]: Answer(True, False),
    }
    with open(sheet, encoding="utf-8") as file:
        assert "'=cmd" in file.read()
    assert page.evaluate("window.owned") is None
    assert (watch.outside, watch.errors) == ([], [])


def test_a_saved_sheet_is_read_back_by_the_page(address, tmp_path, context):
    sheet = tmp_path / "ann.csv"
    sheet.write_text(
        'key,valid,same_decision,note,reviewer\r\n00bb,yes,no,"a ""b"", c",Ann\r\nzz,yes,yes,,Ann\r\n',
        encoding="utf-8",
    )
    page = context.new_page()
    page.goto(address)
    page.locator("#load").set_input_files(str(sheet))
    page.wait_for_function("document.getElementById('progress').textContent.startsWith('1 of 3')")
    assert page.locator("#reviewer").input_value() == "Ann"
    assert page.locator(".pair").nth(1).locator("[data-note]").input_value() == 'a "b", c'
    pressed = page.locator(".pair").nth(1).locator("[aria-pressed=true]").all_inner_texts()
    assert pressed == ["yes", "no"]
