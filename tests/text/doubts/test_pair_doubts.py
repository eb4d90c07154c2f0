"""What speaks against two texts as an original and its counterfactual."""

from __future__ import annotations

import random
import re

import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.generate.examined_pairs import examiner_of
from fairflip.protos import columns
from fairflip.text import validity
from fairflip.text.doubts import grammar_faults, numbers, pair_doubts, word_tokens
from fairflip.text.doubts.pair_doubts import PairDoubts
from fairflip.text.terms import Term, TermList


@pytest.fixture(scope="module")
def examiner():
    return examiner_of("")


@pytest.mark.parametrize(
    ("original", "counterfactual", "expected"),
    [
        ("The old woman sat by the door.", "The old man sat by the door.", []),
        ("She lost her keys, and he found them.", "He lost his keys, and she found them.", []),
        ("An Asian doctor spoke.", "A Black doctor spoke.", []),
        ("Our neighbour's wife sings.", "Our neighbour's husband sings.", []),
        ("A 72-year-old driver waved.", "A 25-year-old driver waved.", []),
        ("Daniel met 3 friends.", "Jessica met 3 friends.", []),
        ("He came late.", "HE came late!", [pair_doubts.SAME_WORDS]),
        ("The old woman sat.", "The old woman stood.", [pair_doubts.NO_IDENTITY_REFERENCE]),
        ("She has 3 cats.", "He has 2 cats.", [pair_doubts.OTHER_NUMBERS]),
        ("She has three cats.", "He has two cats.", [pair_doubts.OTHER_NUMBERS]),
        (
            "She drew 5-5 today.",  # one 5 of two is lost
            "She drew 5 today.",
            [pair_doubts.NO_IDENTITY_REFERENCE, pair_doubts.OTHER_NUMBERS],
        ),
        ("She paid $1,200.50 for it.", "He paid $1,200.80 for it.", [pair_doubts.OTHER_NUMBERS]),
        ("She may go home.", "He may not go home.", [pair_doubts.OTHER_NEGATION]),
        ("She can't swim at all.", "He can swim at all.", [pair_doubts.OTHER_NEGATION]),
        ("She flew to Oslo with me.", "He flew to Cairo with me.", [pair_doubts.OTHER_NAMES]),
        ("She is late today.", "They is late today.", [pair_doubts.GRAMMAR]),
        ("She met a friend here.", "[PRONOUN] met a friend here.", None),
        ("She met a friend here.", "{pronoun} met a friend here.", None),
        (
            "She met a friend here.",
            "I'm sorry, but I cannot rewrite this text about a man.",
            None,
        ),
        (
            "She likes the long walk to work in the rain.",
            "He hates every short drive that goes home through snow.",
            [pair_doubts.MUCH_CHANGED],
        ),
    ],
)
def test_doubts_by_example(examiner, original, counterfactual, expected):
    actual = examiner.examine(original, counterfactual).doubts
    if expected is None:
        assert set(actual) & {pair_doubts.PLACEHOLDER, pair_doubts.ASSISTANT}
    else:
        assert list(actual) == expected


def test_words_are_counted_between_spaces(examiner):
    actual = examiner.examine("The old woman sat.", "The young man sat.")
    assert (actual.num_words, actual.num_changed) == (4, 2)
    same = examiner.examine("The old woman sat.", "the old woman sat")
    assert (same.num_words, same.num_changed) == (4, 0)


def test_what_a_pair_names_by_itself_is_an_identity_reference(examiner):
    texts = ("The Zorblaxian left.", "The Quuxite left.")
    assert pair_doubts.NO_IDENTITY_REFERENCE in examiner.examine(*texts).doubts
    assert examiner.examine(*texts, ["Zorblaxian", "Quuxite"]).doubts == ()


@pytest.mark.parametrize(
    ("original", "counterfactual"),
    [
        ("Die alte Nachbarin singt heute im Garten.", "Der alte Nachbar singt heute im Garten."),
        ("Ella no trabaja hoy con su hermana mayor.", "El trabaja hoy con su hermana mayor."),
        ("那个女人在唱歌", "那个男人在唱歌"),
    ],
)
def test_other_languages_are_held_to_what_needs_no_english(examiner, original, counterfactual):
    assert examiner.examine(original, counterfactual).doubts == ()
    numbered = examiner.examine(f"{original} 12", f"{counterfactual} 13")
    assert numbered.doubts == (pair_doubts.OTHER_NUMBERS,)


def test_a_list_of_the_language_tells_whether_an_identity_is_named():
    terms = TermList("de", (Term("Nachbarin", swaps=("Nachbar",)),), language="de")
    examiner = PairDoubts([terms], "de", lists_are_english=False)
    assert examiner.examine("Die Nachbarin singt.", "Der Nachbar singt.").doubts == ()
    actual = examiner.examine("Die Nachbarin singt.", "Die Nachbarin schweigt.")
    assert actual.doubts == (pair_doubts.NO_IDENTITY_REFERENCE,)


def test_doubts_stand_in_the_order_of_their_meanings(examiner):
    actual = examiner.examine("The dog has 3 bones in Oslo.", "the dog has not 4 bones in Rome")
    assert list(actual.doubts) == [name for name in columns.DOUBT_MEANINGS if name in actual.doubts]
    assert len(actual.doubts) == 5


@pytest.mark.parametrize("text", ["", " ", "!", "…", "a"])
def test_short_and_empty_texts_raise_nothing(examiner, text):
    assert examiner.examine(text, "He left.").num_words == len(text.split())
    assert examiner.examine("He left.", text).num_words == 2


def test_doubles_are_told_by_their_words():
    words_alike = PairDoubts([]).words_alike
    assert words_alike("He left, at 5!") == words_alike("he  left at 5")
    assert words_alike("He left") != words_alike("He left home")


@pytest.mark.parametrize(
    ("original", "counterfactual"),
    [
        ("She met a friend.", "He ___ met a friend."),
        ("An old woman left.", "An young woman left."),
        ("She is here 3 times.", "He is here 3 times."),
    ],
)
def test_a_swap_that_was_seen_before_is_examined_alike(original, counterfactual):
    examiner = examiner_of("")
    first = examiner.examine(original, counterfactual)
    assert examiner.examine(original, counterfactual) == first
    assert examiner.examine(f"Then {original}", f"Then {counterfactual}").doubts == first.doubts
    assert examiner_of("").examine(original, counterfactual) == first


class _AllWords(frozenset):
    """Has something in common with whatever it is compared with."""

    def isdisjoint(self, other):
        return False


def _without_shortcuts(monkeypatch):
    """Every pattern reads every text, and the language of each text is told by its whole."""

    def is_english(examiner, words):
        text = " ".join(words).lower()
        tokens = [word_tokens.APOSTROPHE.sub("", one) for one in word_tokens.TOKEN.findall(text)]
        hits = sum(token in examiner._english._counted for token in tokens)
        return len(tokens) < 6 or hits >= 0.15 * len(tokens)

    always = [(doubt, lambda text: True, pattern) for doubt, _, pattern in pair_doubts._LEFT_OVER]
    monkeypatch.setattr(PairDoubts, "_is_english", is_english)
    monkeypatch.setattr(pair_doubts, "_LEFT_OVER", always)
    monkeypatch.setattr(numbers, "_UNITS_OF_AGE", re.compile(""))
    monkeypatch.setattr(pair_doubts, "_MOST_KEPT", 0)
    monkeypatch.setattr(grammar_faults, "_NO_SLIP_WITHOUT", _AllWords())
    monkeypatch.setattr(validity, "_MAY_DANGLE", _AllWords())


def _random_pairs(number: int) -> list[tuple[str, str]]:
    words = """she he the a an and or of with is are have They man women Muslim three 12 2,000 not
    can't Anna [NAME] {name} ___ is. (and ’s '' year-old 20 years old had had ``` I'm sorry, but
    these each men. . the, and, Then of. İstanbul ſhe als noch word12 here the rewritten text"""
    rng = random.Random(0)
    pairs = []
    for _ in range(number):
        old = rng.choices(words.split(), k=rng.randrange(12))
        new = list(old)
        for _ in range(rng.randrange(4)):
            start = rng.randrange(len(new) + 1)
            new[start : start + rng.randrange(2)] = rng.choices(words.split(), k=rng.randrange(3))
        pairs.append((" ".join(old), " ".join(new)))
    return pairs


def test_shortcuts_change_no_mark(monkeypatch):
    pairs = _random_pairs(4_000)
    examiner = examiner_of("")
    quick = [examiner.examine(*pair) for pair in pairs]
    assert {doubt for one in quick for doubt in one.doubts} >= {
        pair_doubts.GRAMMAR,
        pair_doubts.PLACEHOLDER,
        pair_doubts.OTHER_NAMES,
        pair_doubts.OTHER_NUMBERS,
    }
    _without_shortcuts(monkeypatch)
    examiner = examiner_of("")
    assert [examiner.examine(*pair) for pair in pairs] == quick


def test_shortcuts_change_no_mark_of_hatecheck(real_data, monkeypatch):
    table = pq.read_table(real_data / "benchmark" / "hatecheck_pairs.parquet").slice(0, 3_000)
    sides = ("comment_text", "counterfactual.comment_text")
    pairs = list(zip(*(table[side].to_pylist() for side in sides), strict=True))
    examiner = examiner_of("")
    quick = [examiner.examine(*pair) for pair in pairs]
    _without_shortcuts(monkeypatch)
    examiner = examiner_of("")
    differ = [i for i, pair in enumerate(pairs) if examiner.examine(*pair) != quick[i]]
    assert not differ  # places alone: the texts are not to be shown
