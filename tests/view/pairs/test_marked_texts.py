"""What is marked in two texts that are shown as one."""

from __future__ import annotations

import pytest

from fairflip.view.pairs import marked_texts


@pytest.mark.parametrize(
    ("original", "counterfactual"),
    [
        ("she is kind", "he is kind"),
        ("", "new"),
        ("gone", ""),
        ("no change", "no change"),
        ("line\none two", "line\ntwo"),
        ("שלום she", "שלום he"),
    ],
)
def test_marked_changes_give_both_texts_back(original, counterfactual):
    changes = marked_texts.mark_changes(original, counterfactual)
    assert "".join(text for kind, text in changes if kind != "added") == original
    assert "".join(text for kind, text in changes if kind != "removed") == counterfactual


def test_only_the_changed_word_is_marked():
    changes = marked_texts.mark_changes("the gay man, the man", "the man, the man")
    assert [text.strip() for kind, text in changes if kind != "same"] == ["gay"]
