"""The page of terms has what the lists have, and counts what is found."""

from __future__ import annotations

import importlib.util

import pytest

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.text.terms import parse_terms


@pytest.fixture(scope="module")
def terms_page(repository):
    spec = importlib.util.spec_from_file_location(
        "terms_page", repository / "tools" / "terms_page.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_the_terms_of_the_lists(terms_page):
    written = terms_page.without_counts(terms_page.PAGE.read_text("utf-8"))
    assert written == terms_page.without_counts(terms_page.page([]))
    for name in BUILT_IN:
        assert f"## `{name}`: {len(load_terms(name)):,} terms" in terms_page.PAGE.read_text("utf-8")


def test_counts_are_of_texts_with_the_term_itself(terms_page):
    terms = parse_terms("term,group,category\naunt,f,g\ngreat aunt,f,g\nuncle,m,g\n", "t.csv")
    texts = ["My aunt and her aunt.", "A great aunt.", "Uncle Sam", "an uncle", "flaunt"]
    assert terms_page.counts_of(terms, texts) == {"aunt": 1, "great aunt": 1, "uncle": 1}


def test_every_source_is_named_in_the_notice(repository, terms_page):
    notice = (repository / "NOTICE").read_text("utf-8")
    for name in BUILT_IN:
        for term in load_terms(name).terms:
            for source in term.sources.split("|"):
                assert source == "own" or f"- {source}:" in notice
                assert source in terms_page.SOURCES
