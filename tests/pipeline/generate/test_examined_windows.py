"""Pairs that are examined by what differs have the marks of reading both texts whole."""

from __future__ import annotations

import itertools
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.generate import examined_windows
from fairflip.pipeline.generate.examined_originals import see_originals
from fairflip.pipeline.generate.examined_pairs import examined, examiner_of
from fairflip.pipeline.generate.examined_windows import see_windows
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.protos import columns
from fairflip.text.doubts import pair_doubts
from fairflip.text.doubts.pair_doubts import PairDoubts
from fairflip.text.terms import Term, TermList

NAMES = PairColumns()
WORDS = """she he He the a an An and or of with at is are have They man men women Muslim woman three
12 2,000 not can't Anna Oslo [NAME] {name} ___ is. (and ’s '' year-old 20 Years months old had had
``` I'm sorry, but these each men. . the, and, Then of. İstanbul ſhe als noch word12 here the
rewritten text 2nd 2s 7 07 7 12 99 3.5 v2 x100y unable 那个女人 nbsp\u00a0word tab\tword line\nword I'm
2slgbtq boys' girl's dog cat ran sat home friend very not never Berlin ______ i12 24/7"""


def random_rows(number: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """Texts with some changes each; words and spaces of all sorts, texts short and long."""
    rng = random.Random(seed)
    words = WORDS.split(" ")

    def written(of: list[str]) -> str:
        text = "".join(
            word + (" " if rng.random() < 0.97 else rng.choice(("  ", "\n", "\t", " \u00a0")))
            for word in of
        )
        return text if rng.random() < 0.05 else text.rstrip(" ")

    rows = []
    for original in range(number):
        old = rng.choices(words, k=rng.choice((0, 1, 3, 5, 8, 12, 30)))
        text = written(old)
        for _ in range(rng.randrange(1, 4)):
            new = text
            for _ in range(rng.randrange(3)):
                parts = new.split(" ")
                start = rng.randrange(len(parts) + 1)
                put_in = rng.choices(words, k=rng.randrange(3))
                parts[start : start + rng.randrange(3)] = put_in
                new = " ".join(parts)
            rows.append((f"id{original}", text, new if rng.random() < 0.9 else new.swapcase()))
    return rows


def one_by_one(rows, examiner, named=None):
    """Marks and counts by whole texts, in Python."""
    marks, num_words, num_changed = [], 0, 0
    for _, group in itertools.groupby(range(len(rows)), key=lambda row: rows[row][0]):
        of_group, seen = list(group), set()
        for row in of_group:
            one = examiner.examine(*rows[row][1:], () if named is None else named[row])
            num_words += one.num_words
            num_changed += one.num_changed
            doubts = list(one.doubts)
            words = examiner.words_alike(rows[row][2])
            if words in seen:
                doubts.append(pair_doubts.NEAR_DUPLICATE)
            seen.add(words)
            marks.append(doubts or [columns.NO_DOUBT])
    return marks, num_words, num_changed


def batch_of(rows, **more) -> pa.RecordBatch:
    ids, texts, changed = zip(*rows, strict=True)
    return pa.record_batch(
        {"example_id": ids, "comment_text": texts, "counterfactual.comment_text": changed, **more}
    )


def assert_alike(rows, make_examiner, named=None, **more):
    batch, audit = examined(batch_of(rows, **more), make_examiner(), NAMES)
    marks, num_words, num_changed = one_by_one(rows, make_examiner(), named)
    actual = batch[columns.DOUBTS].to_pylist()
    # Places alone: texts of real data are not to be shown.
    assert [row for row in range(len(rows)) if actual[row] != marks[row]] == []
    assert (audit.num_examined_words, audit.num_changed_words) == (num_words, num_changed)
    assert audit.num_by_doubt == tuple(
        sum(name in one for one in marks) for name in columns.DOUBT_MEANINGS
    )


@pytest.mark.parametrize("language", ["", "en", "de"])
def test_marks_are_those_of_whole_texts(language):
    assert_alike(random_rows(4_000), lambda: examiner_of("", language))


def test_the_random_pairs_hold_each_doubt_and_both_ways():
    rows = random_rows(4_000)
    examiner = examiner_of("")
    batch, audit = examined(batch_of(rows), examiner, NAMES)
    assert min(audit.num_by_doubt) > 0
    texts = [
        batch[name].slice(0, 2_000) for name in ("comment_text", "counterfactual.comment_text")
    ]
    seen = see_windows(*texts, None, see_originals(texts[0]), examiner)
    assert 0.1 < (seen.list_of < 0).mean() < 0.7


def test_what_pairs_name_counts_among_windows_too():
    rows = random_rows(1_500, seed=1)
    rng = random.Random(2)
    named = [rng.choices(["dog", "Oslo", "12", "a cat", ""], k=rng.randrange(3)) for _ in rows]
    assert_alike(rows, lambda: examiner_of(""), named, term=pa.array(named, pa.list_(pa.string())))


def test_a_number_that_names_an_identity_is_not_like_another():
    terms = TermList("mine", (Term("over 70", swaps=("under 30",)), Term("woman", swaps=("man",))))
    rows = [
        (f"{n}", f"Those of {n} years or more left.", f"Those of {n + 1} years or more left.")
        for n in range(90)
    ]
    rows += [(f"b{n}", f"Room {n} is small.", f"Room {n + 1} is small.") for n in range(90)]
    assert_alike(rows, lambda: PairDoubts([terms]))


def test_pairs_that_differ_in_numbers_alone_are_examined_once(monkeypatch):
    rows = [(f"{n}", f"She has {n} cats.", f"He has {n + 1} cats.") for n in range(300)]
    examiner = examiner_of("")
    asked = []
    look = PairDoubts.examine_change

    def counted(self, *arguments):
        asked.append(arguments)
        return look(self, *arguments)

    monkeypatch.setattr(PairDoubts, "examine_change", counted)
    batch, _ = examined(batch_of(rows), examiner, NAMES)
    assert batch[columns.DOUBTS].to_pylist() == [[pair_doubts.OTHER_NUMBERS]] * 300
    assert len(asked) == 1
    examined(batch_of(rows), examiner, NAMES)
    assert len(asked) == 1


def test_what_is_known_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(examined_windows, "_MOST_KEPT", 50)
    examiner = examiner_of("")
    examined(batch_of(random_rows(300)), examiner, NAMES)
    assert 0 < len(examiner.changes) <= 50
    assert 0 < len(examiner.worse_windows) <= 50
    monkeypatch.undo()
    monkeypatch.setattr(examined_windows, "_MOST_KEPT", 50)
    assert_alike(random_rows(300), lambda: examiner_of(""))


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_few_pairs_and_slices_of_batches(size):
    rows = random_rows(20, seed=3)
    whole = batch_of(rows)
    part, audit = examined(whole.slice(5, size), examiner_of(""), NAMES)
    assert part[columns.DOUBTS].to_pylist() == (
        one_by_one(rows[5 : 5 + size], examiner_of(""))[0] if size else []
    )
    assert audit.num_examined_pairs == size


def test_marks_of_real_pairs_are_those_of_whole_texts(real_data):
    table = pq.read_table(real_data / "benchmark" / "hatecheck_pairs.parquet").slice(0, 3_000)
    names = ("example_id", "comment_text", "counterfactual.comment_text")
    rows = sorted(zip(*(map(str, table[name].to_pylist()) for name in names), strict=True))
    assert_alike(rows, lambda: examiner_of(""))


@pytest.mark.parametrize(
    "pairs",
    [
        # A number of four digits is no age.
        [
            ("A 72-year-old waved.", "A 25-year-old waved."),
            ("A 7200-year-old.", "A 2500-year-old."),
        ],
        [
            ("Those of 72-year-old", "Those of 25-year-old"),
            ("Those of 7200-year-old", "Those of 2500-year-old"),
        ],
        # Behind the first number so few letters stand that the pattern reaches over them.
        [
            ("She saw but", "She saw i'm sorry 1,2,3 but."),
            ("She saw but", f"She saw i'm sorry {','.join(['1' * 9, '2' * 9, '3' * 9])} but."),
        ],
    ],
)
def test_how_long_a_number_is_counts_where_it_is_looked_at(pairs):
    rows = [(str(number), *pair) for number, pair in enumerate(pairs)]
    examiner = examiner_of("")
    first, second = (examiner.examine(*pair).doubts for pair in pairs[-2:])
    assert first != second
    assert_alike(rows, lambda: examiner_of(""))


def test_a_double_is_found_beside_one_that_is_read_whole():
    text = "The old woman sat by the door."
    rows = [
        ("a", text, text.replace("woman", "man")),
        ("a", text, text.replace("woman", "\tman")),
        ("b", text, text.replace("woman", "man")),
    ]
    batch, _ = examined(batch_of(rows), examiner_of(""), NAMES)
    assert [pair_doubts.NEAR_DUPLICATE in one for one in batch[columns.DOUBTS].to_pylist()] == [
        False,
        True,
        False,
    ]
    assert_alike(rows, lambda: examiner_of(""))
