"""What is put right where words were removed, as replacements that Python and RE2 read alike.

A graph makes them one after the other on a text between `START` and `END`, in which a `GAP`
stands for each removed word, or a `GAP_AN` where "an" would stand before that.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from fairflip.text.plain_edits.tokens import END, GAP, GAP_AN, LETTERS, START

_H = " \t\u00a0"  # spaces within a line
_G = f"[{GAP}{GAP_AN}]"
_APOSTROPHE = "['’ʼ‘＇]"
_OPENS = f"[{START}\\n\\r(\\[{{“«]"
_CLOSES = f"[{END}\\n\\r,.;:!?…)\\]}}”»%]"

#: Pattern and replacement, in their order.
REPAIRS: Sequence[tuple[str, str]] = (
    # What hangs on a removed word: "she's", "women's".
    (f"({_G}){_APOSTROPHE}(?:[sSdmDM]|ll|LL|ve|VE|re|RE)([^{LETTERS}])", r"\1\2"),
    (f"({_G})(?:[{_H}/‐‑-]*{_G})+", r"\1"),
    (f'\\(({_G})\\)|\\[({_G})\\]|"({_G})"|“({_G})”|\\*({_G})\\*', r"\1\2\3\4\5"),
    (f"([{LETTERS}])[-‐‑/]({_G})", r"\1\2"),
    (f"({_G})[-‐‑/]([{LETTERS}])", r"\1\2"),
    (f"#({_G})", r"\1"),
    # "a woman artist" → "an artist", "an Asian doctor" → "a doctor".
    (
        f"([^{LETTERS}_'’-][aA])([{_H}]+{GAP}[{_H}]*(?:[aeiAEI]|[oO][^nN]|[uU][^nNsS]))",
        r"\1n\2",
    ),
    (
        f"([^{LETTERS}_'’-][aA])[nN]([{_H}]+{GAP_AN}[{_H}]*[b-df-gj-np-tv-zB-DF-GJ-NP-TV-Z])",
        r"\1\2",
    ),
    (f"({_OPENS})[{_H}]*{_G}[{_H}]*", r"\1"),
    (f"[{_H}]*{_G}[{_H}]*({_CLOSES})", r"\1"),
    (f"[{_H}]+{_G}[{_H}]*|{_G}[{_H}]+", " "),
    (_G, ""),
    (f"{START}[{_H}]*[,;:]+[{_H}]*", START),
    (f"[{START}{END}]", ""),
)


@functools.cache
def _repairs() -> list[tuple[re.Pattern[str], str]]:
    """`REPAIRS`, compiled where a text is first repaired."""
    return [(re.compile(pattern), new) for pattern, new in REPAIRS]


def repaired(text: str) -> str:
    """A text with gaps, between its marks, as it reads without them."""
    for pattern, new in _repairs():
        text = pattern.sub(new, text)
    return text
