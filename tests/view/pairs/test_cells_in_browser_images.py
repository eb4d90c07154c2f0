"""The page of a run on images, in a real Chromium: both sides, and a frame around what changed."""

from __future__ import annotations

import numpy as np
import pytest

import fairflip
from support.images import pictures, table

pytestmark = pytest.mark.browser

MADE = pictures(60, seed=3, size=32)
AFTER = MADE.before.copy()
AFTER[:, 8:16, 16:32] = 255 - AFTER[:, 8:16, 16:32]


def score(images):
    """Brightness of the part that is changed."""
    return np.asarray(images)[:, 8:16, 16:32].mean(axis=(1, 2, 3)) / 255


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    pairs = table(MADE._replace(after=AFTER))
    return fairflip.evaluate(
        pairs=pairs, model=score, image_features=["image"], id="id", label="label",
        thresholds=[0.45], output_dir=tmp_path_factory.mktemp("run") / "out",
    )  # fmt: skip


def test_flipped_pairs_are_pictures_side_by_side_with_the_changed_area_marked(run, context, watch):
    page = context.new_page()
    page.goto(f"file://{run.output_dir}/report.html")
    page.locator("#pairs summary").first.click()
    page.locator("table.cells").first.wait_for()
    flipped = (score(MADE.before) > 0.45) != (score(AFTER) > 0.45)
    items = page.locator("#pairs .pair-list > .pair")
    assert items.count() == min(flipped.sum(), items.count()) > 5
    item = items.first
    id = item.locator(".facts").inner_text().split("ID ")[1].split()[0]
    row = MADE.ids.index(id)
    assert flipped[row]
    images = item.locator(".pictures img")
    assert images.count() == 2
    # What Chromium shows is what the pictures were made of, but for JPEG's losses.
    script = """(image) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
    }"""
    for place, sides in enumerate((MADE.before, AFTER)):
        data = np.array(images.nth(place).evaluate(script)).reshape(32, 32, 4)[:, :, :3]
        assert np.abs(data - sides[row].astype(int)).mean() < 20
    area = item.locator(".area").first.evaluate("(box) => ({...box.style}, box.style.cssText)")
    assert "left: 50%; top: 25%; width: 50%; height: 25%" in area
    box, image = item.locator(".area").first.bounding_box(), images.first.bounding_box()
    assert box["x"] - image["x"] == pytest.approx(image["width"] / 2, abs=1)
    assert box["y"] - image["y"] == pytest.approx(image["height"] / 4, abs=1)
    assert (watch.outside, watch.errors) == ([], [])


def test_without_scripts_both_sides_are_there(run, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{run.output_dir}/report.html")
    page.locator("#pairs summary").first.click()
    images = page.locator("#pairs .pair").first.locator("img.small")
    assert images.count() == 2
    assert images.first.get_attribute("src").startswith("data:image/jpeg;base64,")
    context.close()


def test_a_frame_of_flipped_pairs_has_both_pictures(run):
    frame = run.flipped(3)
    for side in ("image", "counterfactual.image"):
        assert frame[side].str.startswith("data:image/jpeg;base64,").all()
