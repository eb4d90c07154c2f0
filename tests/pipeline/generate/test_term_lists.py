"""Term lists: the built-in ones carry sources; malformed ones are named by line."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import BUILT_IN, load_terms
from fairflip.protos.errors import InputError
from fairflip.text.matcher import Matcher
from fairflip.text.terms import TermList, normalised, parse_terms


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_lists_are_sourced_and_consistent(name):
    terms = load_terms(name)
    assert all(term.sources for term in terms.terms)
    assert all(term.group and term.category for term in terms.terms)
    assert "leaves out" in terms.note
    assert "pejorative" in terms.note
    assert len(terms.by_text) == len(terms)
    # Every term is found as a whole: none is shadowed by how it is written.
    matcher = Matcher([term.text for term in terms.terms])
    for number, term in enumerate(terms.terms):
        assert [(m.term, m.start, m.end) for m in matcher.find(term.text)] == [
            (number, 0, len(term.text))
        ]


def test_the_tutorials_list_has_its_fifty_terms():
    terms = load_terms("clp_tutorial")
    assert len(terms) == 50
    assert {"aunt", "grannie", "hubbies", "women"} <= {term.text for term in terms.terms}
    assert "Apache License 2.0" in terms.note


def test_the_wider_list_covers_eight_attributes_with_a_way_back():
    terms = load_terms("identity")
    assert terms.categories == (
        "gender", "sexual_orientation", "religion", "race", "disability", "age",
        "socioeconomic_class", "nationality",
    )  # fmt: skip
    starred = [term for term in terms.terms if term.swaps == ("*",)]
    for term in starred:
        others = {t.group for t in starred if (t.category, t.form) == (term.category, term.form)}
        assert len(others) > 1, f"{term.text} has nothing to change into"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: the header '' has no column 'term'"),
        ("word,group\nx,y\n", "line 1: the header 'word,group' has no column 'term'"),
        ("term,group\n,x\n", "line 2: 'term' is ''"),
        ("term,group\nx,y\n...,z\n", "line 3: 'term' is '...', which holds no letter"),
        ("term,group\nx,y,z\n", "line 2: 3 fields for 2 columns, the last 'z'"),
        ("term,swap\nHe,HE\n", "line 2: 'swap' is 'He', the term itself"),
        ("term,group\nx,a\nX,b\n", "line 3: 'X' is in group 'b' here and in 'a' above"),
        ("term,swap\nx,*\n", "line 2: 'swap' is '\\*' but group or category is empty"),
        ("term,group,category,swap\nx,g,c,*|y\n", "use either \\*"),
        ('term\n"x\n', "not valid CSV"),
        ("term\n", "holds no terms"),
    ],
)
def test_malformed_rows_name_file_line_value_and_cure(content, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_terms(content, "mine.csv")
    assert "mine.csv" in str(caught.value)


def test_rows_of_one_term_add_their_swaps_and_order_of_columns_is_free():
    terms = parse_terms("swap,note,term,group\ngal,,guy,male\ngirl,,Guy,male\n\n", "x.csv")
    assert [(t.text, t.group, t.swaps) for t in terms.terms] == [("guy", "male", ("gal", "girl"))]


def test_files_are_read_from_any_file_system(tmp_path):
    path = tmp_path / "terms.csv"
    path.write_bytes("\ufeffterm,group\r\nlatiné,latino\r\n".encode())
    assert [term.text for term in load_terms(str(path)).terms] == ["latiné"]
    path.write_bytes(b"term\nok\n\xff\n")
    with pytest.raises(InputError, match=r"terms\.csv, line 3: byte 0xff is not UTF-8"):
        load_terms(str(path))


def test_only_some_categories():
    terms = parse_terms("term,category\na,x\nb,y\n", "t.csv")
    assert [term.text for term in terms.only(["y"]).terms] == ["b"]
    assert terms.only([]) is terms
    assert isinstance(terms.only(["x"]), TermList)


def test_normalised_text_ignores_case_composition_and_kinds_of_signs():
    assert normalised("MA’AM") == "ma'am"
    assert normalised("Cafe\u0301") == normalised("CAFÉ")
    assert normalised("non‑binary") == "non-binary"
