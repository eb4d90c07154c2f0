"""Lists of identity terms: where they come from and what each term stands for.

A list is a CSV with the columns ``term,group,category,swap`` (only ``term`` is
required) and, optionally, ``form`` and ``sources``:

* ``swap`` names the counterparts, several split by a bar. The counterpart may
  be outside the list. ``*`` means each other group of the category: one term of
  the same ``form`` per group, the first that the list has.
* ``form`` says which terms can stand in each other's place in a sentence
  ("adjective", "plural noun", "name of the religion").

Two lists are built in. Neither holds pejorative terms, on purpose: a slur has
no neutral counterpart, so a model that scores it differently from any swap is
right to do so, and a removed slur changes what the sentence says. Both are
English, hold no first names, and name some groups with far fewer words than
others; read the coverage per term before comparing groups.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import re
import unicodedata
from collections.abc import Sequence
from importlib import resources

from fairflip.protos.errors import ConfigurationError, InputError

COLUMNS = ("term", "group", "category", "swap", "form", "sources")
EACH_OTHER_GROUP = "*"


@dataclasses.dataclass(frozen=True)
class Term:
    """One identity term."""

    text: str
    group: str = ""  # the identity group it names, such as "female"
    category: str = ""  # the sensitive attribute, such as "gender"
    swaps: tuple[str, ...] = ()  # counterparts; ("*",): each other group
    form: str = ""  # terms of one form can replace each other
    sources: str = ""


@dataclasses.dataclass(frozen=True)
class TermList:
    """A named list of terms, no two of which are equal when case is ignored."""

    name: str
    terms: tuple[Term, ...]
    note: str = ""  # sources, and what the list leaves out

    def __post_init__(self):
        if not self.terms:
            raise InputError(f"term list {self.name!r} holds no terms; give at least one row.")

    def __len__(self) -> int:
        return len(self.terms)

    @functools.cached_property
    def by_text(self) -> dict[str, Term]:
        """The terms by their normalised text (see `normalised`)."""
        return {normalised(term.text): term for term in self.terms}

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
        kept = tuple(term for term in self.terms if term.category in set(categories))
        return dataclasses.replace(self, terms=kept)


@dataclasses.dataclass(frozen=True)
class _BuiltIn:
    file: str
    note: str


BUILT_IN = {
    "clp_tutorial": _BuiltIn(
        "clp_tutorial.csv",
        "The 50 terms of `sensitive_terms_to_remove` in the Counterfactual Logit Pairing "
        "tutorial, docs/counterfactual/guide/counterfactual_keras.ipynb, tensorflow/"
        "model-remediation, Copyright 2022 Google LLC, Apache License 2.0. Groups and swaps "
        "were added here. It leaves out most plurals (men, boys, girls), reflexives "
        "(herself, himself), bisexual and transgender people, and every attribute but "
        "gender and homosexuality; king, queen, lord, knight and prince are titles as "
        "often as genders. It holds no pejorative terms.",
    ),
    "identity": _BuiltIn(
        "identity.csv",
        "A selection over gender, sexual orientation, religion, race and disability, with "
        "the groups of Civil Comments; the column `sources` names the published lists that "
        "hold the term too (the CLP tutorial and Dixon et al. 2018, both Apache 2.0; "
        "HolisticBias, Smith et al. 2022; WinoBias, Zhao et al. 2018, MIT). It leaves out "
        "slurs and pejorative terms, words whose first sense is another one (bare black, "
        "white, straight, blind; king, queen), dated terms, first names, nations, age, body "
        "and class, and terms of languages other than English.",
    ),
}


def normalised(text: str) -> str:
    """The form in which texts and terms are compared.

    Case folded, composed (NFC), curly apostrophes and hyphens made plain.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded)
        folded = re.sub("[’ʼ‘＇]", "'", folded)
        folded = re.sub("[‐‑]", "-", folded)
    return folded


def load_terms(name_or_path: str) -> TermList:
    """Reads a term list.

    Args:
        name_or_path: the name of a built-in list, or the path of a CSV on any
            Beam filesystem.

    Returns:
        The list. Rows that repeat a term of the same group add their swaps to it.

    Raises:
        InputError: a row is malformed. The message names file, line, value, cure.
    """
    if name_or_path in BUILT_IN:
        built_in = BUILT_IN[name_or_path]
        content = _built_in_content(built_in.file)
        return dataclasses.replace(
            parse_terms(content, built_in.file), name=name_or_path, note=built_in.note
        )
    return parse_terms(_file_content(name_or_path), name_or_path)


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
                where = f"{name}, line {lines.line_num}"
                _add(terms, _row(header, fields, where), where)
    except csv.Error as error:
        raise InputError(
            f"{name}, line {lines.line_num}: not valid CSV ({error}); quote fields that hold "
            'a comma or a quote, and double the quotes inside ("").'
        ) from error
    return TermList(name=name, terms=tuple(terms.values()))


def _row(header: list[str], fields: list[str], where: str) -> Term:
    if len(fields) > len(header):
        raise InputError(
            f"{where}: {len(fields)} fields for {len(header)} columns, the last "
            f"{fields[-1][:40]!r}; quote fields that hold a comma."
        )
    row = {column: field.strip() for column, field in zip(header, fields, strict=False)}
    text = row.get("term", "")
    if not text:
        raise InputError(f"{where}: 'term' is {text!r}; give the word or phrase, or drop the row.")
    if not any(unicodedata.category(c)[0] in "LNS" for c in text):
        raise InputError(
            f"{where}: 'term' is {text[:40]!r}, which holds no letter, digit or symbol; "
            "give a word, a phrase or an emoji."
        )
    swaps = tuple(dict.fromkeys(filter(None, map(str.strip, row.get("swap", "").split("|")))))
    if EACH_OTHER_GROUP in swaps and len(swaps) > 1:
        raise InputError(
            f"{where}: 'swap' is {row['swap'][:40]!r}; use either * (each other group) or "
            "named counterparts."
        )
    if EACH_OTHER_GROUP in swaps and not (row.get("group") and row.get("category")):
        raise InputError(f"{where}: 'swap' is '*' but group or category is empty; fill in both.")
    if normalised(text) in map(normalised, swaps):
        raise InputError(
            f"{where}: 'swap' is {text[:40]!r}, the term itself; name another term or leave "
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


def _add(terms: dict[str, Term], term: Term, where: str) -> None:
    key = normalised(term.text)
    earlier = terms.get(key)
    if earlier is None:
        terms[key] = term
        return
    if (earlier.group, earlier.category) != (term.group, term.category):
        raise InputError(
            f"{where}: {term.text[:40]!r} is in group {term.group!r} here "
            f"and in {earlier.group!r} above; keep one of the rows."
        )
    swaps = tuple(dict.fromkeys(earlier.swaps + term.swaps))
    terms[key] = dataclasses.replace(earlier, swaps=swaps)


@functools.cache
def _built_in_content(file: str) -> str:
    return resources.files("fairflip.pipeline.terms").joinpath(file).read_text("utf-8")


def _file_content(path: str) -> str:
    # Here, since importing Beam takes a second that built-in lists need not pay.
    from apache_beam.io.filesystems import FileSystems

    try:
        with FileSystems.open(path) as file:
            data = file.read()
    except Exception as error:  # each filesystem has its own classes
        raise InputError(
            f"term list {path!r} cannot be read ({type(error).__name__}); give a CSV file or one "
            f"of the built-in lists: {', '.join(BUILT_IN)}."
        ) from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is not UTF-8; save the file "
            "as UTF-8."
        ) from error
