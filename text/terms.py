"""Lists of identity terms: what each term stands for, and the CSV they are written in.

A list is a CSV with the columns ``term,group,category,swap`` (only ``term`` is
required) and, optionally, ``form`` and ``sources``:

* ``swap`` names the counterparts, several split by a bar. The counterpart may
  be outside the list. ``*`` means each other group of the category: one term of
  the same ``form`` per group, the first that the list has.
* ``form`` says which terms can stand in each other's place in a sentence
  ("adjective", "plural noun", "name of the religion").
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.text.letter_case import has_dotless_i, lower
from fairflip.text.scripts.segmenters import Segmenter, segmenter_of
from fairflip.text.scripts.unspaced import one_character_terms

COLUMNS = ("term", "group", "category", "swap", "form", "sources")
EACH_OTHER_GROUP = "*"
#: Forms of terms that are names of persons.
FIRST_NAME_FORMS = frozenset({"female first name", "male first name"})
LAST_NAME_FORM = "last name"


@dataclasses.dataclass(frozen=True)
class Term:
    """One identity term."""

    text: str
    group: str = ""  # the identity group it names, such as "female"
    category: str = ""  # the sensitive attribute, such as "gender"
    swaps: tuple[str, ...] = ()  # counterparts; ("*",): each other group
    form: str = ""  # terms of one form can replace each other
    sources: str = ""

    @property
    def is_first_name(self) -> bool:
        """Whether it is a person's first name, which is a term only with its capital."""
        return self.form in FIRST_NAME_FORMS

    @property
    def is_last_name(self) -> bool:
        """Whether it is a family's name, which is a term only with its capital."""
        return self.form == LAST_NAME_FORM

    @property
    def is_name(self) -> bool:
        """Whether it is a person's first or last name."""
        return self.is_first_name or self.is_last_name


@dataclasses.dataclass(frozen=True)
class TermList:
    """A named list of terms, no two of which are equal when case is ignored."""

    name: str
    terms: tuple[Term, ...]
    note: str = ""  # sources, and what the list leaves out
    language: str = ""  # such as "en" or "tr"; "" where it is not known
    segmenter: Segmenter | None = None  # what tells words that no space parts

    def __post_init__(self):
        if not self.terms:
            raise InputError(f"term list {self.name!r} holds no terms; give at least one row.")

    def __len__(self) -> int:
        return len(self.terms)

    @functools.cached_property
    def by_text(self) -> dict[str, Term]:
        """The terms by their normalised text (see `normalised`)."""
        return {normalised(term.text): term for term in self.terms}

    @functools.cached_property
    def has_dotless_i(self) -> bool:
        """Whether ``I`` is the capital of ``ı``: by the language, else by the list's letters."""
        return has_dotless_i(self.language, (term.text for term in self.terms))

    @property
    def found_alone(self) -> list[str]:
        """Terms of one character that are found only where no other letter stands beside them."""
        return one_character_terms([term.text for term in self.terms], self.segmenter)

    @property
    def keys(self) -> dict[str, tuple[str, str, str]]:
        """Text, group and category of each term, by its text as listed."""
        return {term.text: (term.text, term.group, term.category) for term in self.terms}

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories in the order of the list."""
        return tuple(dict.fromkeys(term.category for term in self.terms))

    def only(self, categories: Sequence[str]) -> TermList:
        """The terms of some categories; all of them when none is named."""
        if not categories:
            return self
        unknown = [c for c in categories if c not in self.categories]
        if unknown:
            raise ConfigurationError(
                f"generator.categories: {unknown[0]!r} is not in term list {self.name!r}; "
                f"choose among {', '.join(filter(None, self.categories)) or 'none'}."
            )
        chosen = tuple(term for term in self.terms if term.category in set(categories))
        return dataclasses.replace(self, terms=chosen)

    def segmented_by(self, name: str, language: str = "") -> TermList:
        """The list with a segmenter, which knows all of its words.

        Args:
            name: See `fairflip.text.scripts.segmenters`.
            language: That of the list, such as "zh"; "" for what the list says.

        Raises:
            ConfigurationError: The segmenter is unknown, not installed, or cuts none of the terms.
        """
        texts = [term.text for term in self.terms]
        segmenter = segmenter_of(name, texts, language or self.language, self.name)
        return dataclasses.replace(self, segmenter=segmenter)

    def without(self, texts: Collection[str]) -> TermList:
        """The list without some terms, given in their normalised form."""
        others = tuple(term for term in self.terms if normalised(term.text) not in texts)
        return dataclasses.replace(self, terms=others)


def normalised(text: str, dotless_i: bool = False) -> str:
    """The form in which texts and terms are compared.

    Case folded, composed (NFC), curly apostrophes and hyphens made plain. With `dotless_i`,
    as in Turkish, ``I`` folds to ``ı`` and ``İ`` to ``i``.
    """
    folded = (lower(text, True) if dotless_i else text).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded)
        folded = re.sub("[’ʼ‘＇]", "'", folded)
        folded = re.sub("[‐‑]", "-", folded)
    return folded


def plain_terms(texts: Iterable[str], name: str) -> TermList:
    """A list of bare terms, equal ones (see `normalised`) once; `name` is what errors call it."""
    terms: dict[str, Term] = {}
    for position, text in enumerate(texts):
        place = f"{name}[{position}]"
        _add(terms, _row(["term"], [text], place), place)
    return TermList(name=name, terms=tuple(terms.values()))


def parse_terms(content: str, name: str) -> TermList:
    """Reads the text of a term CSV; `name` is what errors call it."""
    lines = csv.reader(io.StringIO(content.removeprefix("\ufeff")), strict=True)
    terms: dict[str, Term] = {}
    try:
        header = [field.strip() for field in next(lines, [])]
        if "term" not in header:
            raise InputError(
                f"{name}, line 1: the header {','.join(header)[:80]!r} has no column 'term'; "
                f"write {','.join(COLUMNS[:4])}."
            )
        for fields in lines:
            if any(field.strip() for field in fields):
                place = f"{name}, line {lines.line_num}"
                _add(terms, _row(header, fields, place), place)
    except csv.Error as error:
        raise InputError(
            f"{name}, line {lines.line_num}: not valid CSV ({error}); quote fields that hold "
            'a comma or a quote, and double the quotes inside ("").'
        ) from error
    return TermList(name=name, terms=tuple(terms.values()))


def _row(header: list[str], fields: list[str], place: str) -> Term:
    if len(fields) > len(header):
        raise InputError(
            f"{place}: {len(fields)} fields for {len(header)} columns, the last "
            f"{fields[-1][:40]!r}; quote fields that hold a comma."
        )
    row = {column: field.strip() for column, field in zip(header, fields, strict=False)}
    text = row.get("term", "")
    if not text:
        raise InputError(f"{place}: 'term' is {text!r}; give the word or phrase, or drop the row.")
    if not any(unicodedata.category(c)[0] in "LNS" for c in text):
        raise InputError(
            f"{place}: 'term' is {text[:40]!r}, which holds no letter, digit or symbol; "
            "give a word, a phrase or an emoji."
        )
    swaps = tuple(dict.fromkeys(filter(None, map(str.strip, row.get("swap", "").split("|")))))
    if EACH_OTHER_GROUP in swaps and len(swaps) > 1:
        raise InputError(
            f"{place}: 'swap' is {row['swap'][:40]!r}; use either * (each other group) or "
            "named counterparts."
        )
    if EACH_OTHER_GROUP in swaps and not (row.get("group") and row.get("category")):
        raise InputError(f"{place}: 'swap' is '*' but group or category is empty; fill in both.")
    if normalised(text) in map(normalised, swaps):
        raise InputError(
            f"{place}: 'swap' is {text[:40]!r}, the term itself; name another term or leave "
            "it empty."
        )
    return Term(
        text=text,
        group=row.get("group", ""),
        category=row.get("category", ""),
        swaps=swaps,
        form=row.get("form", ""),
        sources=row.get("sources", ""),
    )


def _add(terms: dict[str, Term], term: Term, place: str) -> None:
    key = normalised(term.text)
    earlier = terms.get(key)
    if earlier is None:
        terms[key] = term
        return
    if (earlier.group, earlier.category) != (term.group, term.category):
        raise InputError(
            f"{place}: {term.text[:40]!r} is in group {term.group!r} here "
            f"and in {earlier.group!r} above; keep one of the rows."
        )
    swaps = tuple(dict.fromkeys(earlier.swaps + term.swaps))
    terms[key] = dataclasses.replace(earlier, swaps=swaps)
