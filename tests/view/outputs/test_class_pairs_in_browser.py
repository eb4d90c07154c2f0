"""Numbers of models that decide by argmax lead to their pairs in a real Chromium."""

from __future__ import annotations

import glob
import re
from urllib.parse import parse_qs

import numpy as np
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from support.outputs.data import write_examples
from support.pages.pair_list import count, opened

pytestmark = [pytest.mark.browser, pytest.mark.system]

MODELS = ("first", "second")
TOP = 2


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    flags = [
        "evaluate",
        f"--examples={write_examples(folder, 300)}",
        "--model=first=py:support.outputs.models:five",
        "--model=second=py:support.outputs.models:five_calmer",
        "--decision=first=argmax",
        "--decision=second=argmax",
        "--label_feature=cls",
        "--slice=gender",
        f"--top_k={TOP}",
        "--controls=1",
        "--page_pairs=5000",
        f"--output_dir={folder / 'out'}",
        "--quiet",
    ]
    assert cli.main(flags) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def rows(run):
    """The identity pairs."""
    made = [row for file in glob.glob(f"{run}/scored_pairs/*.parquet") for row in pq_rows(file)]
    return [row for row in made if row["edit"] == "identity"]


def pq_rows(file):
    return pq.read_table(file).to_pylist()


@pytest.fixture(scope="module")
def page(run, browser):
    with opened(browser, (run / "report.html").as_uri()) as made:
        made.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        made.wait_for_timeout(200)
        yield made


def in_page(page) -> set[tuple[str, int]]:
    """All identity pairs of the page, as their IDs with both classes of the first model."""
    return page.evaluate(
        """() => JSON.parse(document.getElementById("pair-data").textContent).pairs
          .filter((pair) => pair[9] === "identity").length"""
    )


def top(scores) -> frozenset[int]:
    return frozenset(np.argsort(-np.array(scores), kind="stable")[:TOP].tolist())


def test_each_count_and_share_of_a_transition_leads_to_its_pairs(page, rows):
    assert in_page(page) > 100
    links = page.evaluate(
        """() => [...document.querySelectorAll("table.transitions td a.to-pairs")].map((link) =>
          [link.getAttribute("href"), link.textContent])"""
    )
    changes = {True: 0, False: 0}
    for address, shown in links:
        query = parse_qs(address.removeprefix("#pairs?"))
        model, (source, target) = query["model"][0], query["classes"][0].split(" → ")
        wanted = sum(
            (row[f"class.{model}"], row[f"counterfactual.class.{model}"]) == (source, target)
            for row in rows
        )
        assert int(shown.replace(",", "")) == wanted
        actual = count(page, address)
        changes[source != target] += 1
        # The page holds all that change, and of the others some.
        assert actual == wanted if source != target else actual <= wanted
    assert changes[True] > 10
    assert changes[False] > 4


def test_accuracy_and_changes_among_the_greatest_scores_lead_to_their_pairs(page, rows):
    headers = page.locator("#table-scores thead tr").last.locator("th").all_inner_texts()
    links = page.evaluate(
        """() => [...document.querySelector("#table-scores tbody tr").cells].map((cell) =>
          cell.querySelector("a.to-pairs")?.getAttribute("href") ?? "")"""
    )
    assert len(headers) == len(links)
    tops = [one for one in links if "outcome=top" in one]
    right = [one for one in links if "answer=right" in one]
    assert (len(tops), len(right)) == (2, 2)
    shown = page.evaluate(
        """() => JSON.parse(document.getElementById("pair-data").textContent).pairs
          .filter((pair) => pair[9] === "identity").map((pair) => [pair[8], pair[10]])"""
    )
    for number, model in enumerate(MODELS):
        classes = [(scores[number][2], label) for scores, label in shown]
        wanted = sum(one == label for one, label in classes)
        assert count(page, right[number]) == wanted > 0
        sides = (f"classes.{model}", f"counterfactual.classes.{model}")
        changed = sum(top(row[sides[0]]) != top(row[sides[1]]) for row in rows)
        # Those that change no class are a sample, as all pairs that do not flip.
        assert 0 < count(page, tops[number]) <= changed


def test_numbers_of_a_slice_lead_to_pairs_of_the_slice(page, rows):
    links = page.evaluate(
        """() => [...document.querySelectorAll("#flips td a.to-pairs")].map((link) =>
          [link.getAttribute("href"), link.closest("tr").cells[0].innerText.split("\\n")[0],
           link.parentElement.querySelector("small")?.textContent ?? ""])"""
    )
    read = 0
    for address, name, note in links:
        number = re.search(r"^([\d,]+)/", note, re.MULTILINE)
        if number is None:
            continue
        model = parse_qs(address.removeprefix("#pairs?"))["model"][0]
        inside = [
            row
            for row in rows
            if name == "Overall" or name in [f"gender:{one}" for one in row["gender"]]
        ]
        if name != "Overall" and not name.startswith("gender:"):
            continue
        flips = sum(row[f"class.{model}"] != row[f"counterfactual.class.{model}"] for row in inside)
        assert count(page, address) == flips == int(number.group(1).replace(",", ""))
        read += 1
    assert read == 3 * 2
