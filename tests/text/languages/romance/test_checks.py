"""Texts are refused where a word that nothing changes may agree with a swapped noun."""

from __future__ import annotations

import pytest

from fairflip.text.languages.romance.checks import check_comparisons, check_nouns, check_rest
from fairflip.text.languages.romance.heads import UNSURE_AGREEMENT, Head
from fairflip.text.languages.spanish.grammar import SPANISH
from fairflip.text.languages.tokens import Refused, tokens_of

TEXTS = {
    check_nouns: ("Ese bobo era un vecino", [Head(1, "m", "s", False, False)], 4),
    check_comparisons: ("Nadie es tan listo como los vecinos", [], 6),
    check_rest: ("Un vecino corrió cansado", [], 1),
}


@pytest.mark.parametrize("check", TEXTS, ids=lambda check: check.__name__)
def test_an_adjective_that_may_agree_is_refused(check):
    text, heads, swapped = TEXTS[check]
    number = "p" if text.endswith("s") else "s"
    tokens, taken = tokens_of(text), {swapped}
    one = Head(swapped, "m", number, True, False)
    arguments = (tokens, [*heads, one])
    rest = (SPANISH,) if check is check_nouns else (taken, SPANISH)
    with pytest.raises(Refused) as refusal:
        check(*arguments, *rest)
    assert refusal.value.reason == UNSURE_AGREEMENT
    feminine = one._replace(gender="f")
    check(tokens, [*heads, feminine], *rest)  # nothing of that gender stands there
