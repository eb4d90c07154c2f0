r"""What a text must hold to be marked, in patterns that find more than the marks' own, and sooner.

A text in which none is found has none of the slips of `grammar_faults`, or nothing left over. The
patterns are of ASCII and in the syntax that engines have in common that look at each letter once
(RE2, so Arrow): no look around, no reference back. Letters are to be taken in either case.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairflip.text.doubts.window_keys import Keys

_BEFORE, _BEHIND = "(?:^|[^a-z0-9])", "(?:[^a-z0-9]|$)"
_AFTER_NOUN = r" *(?:[.,;:!?]|$|(?:is|are|was|were|who|that|and|or|in|on|at|of)\b)"
_DETERMINERS = "(?:an?|the|my|your|our|their|its"

#: One is found in each text with slips but for doubled words (`may_double`), plurals of "s" or
#: "men".
FAULTS = "|".join(
    [
        f"{_BEFORE}(?:(?:he|she) (?:are|am|have|don't|haven't|aren't)"
        "|(?:they|we) (?:is|was|has|am|does|isn't|wasn't|hasn't|doesn't)"
        f"|(?:are|am|aren't) (?:he|she)){_BEHIND}",
        f"{_BEFORE}(?:with|at|from|by|beside|behind|against) (?:he|she|they|we|i) *(?:[.,;!?]|$)",
        "[a-z0-9] [.,;!?](?: |$)",
        # "An" is said before vowels, few others, and what has no vowel and so is spelt.
        f"{_BEFORE}a (?:[aeiou]|h(?:eir|ono|our)|lgbt|[b-df-hj-np-tv-xz]{{2,}}(?:[^a-z]|$))",
        f"{_BEFORE}an (?:[b-df-hj-np-tv-z]|eu|ewe|ub|uf|uk|un|ur|us|ut|one|onc)",
        f"{_BEFORE}(?:an?|this|each|every|another) [a-z]*(?:men|s){_AFTER_NOUN}",
        f"{_BEFORE}(?:these|those|many|several|few) [a-z]+{_AFTER_NOUN}",
    ]
)
#: One is found in each text with leftovers (`validity.new_fragments`), but for those next.
FRAGMENTS = "|".join(
    [
        rf"\b{_DETERMINERS}|and|or|of|than) *[.,!?;:)\]}}]",
        r"[.!?] *(?:and|or|than|of)\b",
        r"(?:^| )'(?:s|ll|d|ve|re|m)\b",
        rf"\b{_DETERMINERS}|every) +(?:and|or|but|is|are|was|were|of|to|in|at|on|who|that|has|had"
        r"|will|with|from|for|can|could|would|should|because|does|did|do)\b",
        r"[(\[{]",
    ]
)
#: Those at the beginning and at the end of a text. Parts of two texts that begin alike, or end
#: alike, have them in common.
FRAGMENTS_AT_START = r"^(?:and|or|than|of)\b"
FRAGMENTS_AT_END = rf"\b{_DETERMINERS}|and|or|of|than) *$"
#: One is found in what a program left unfinished.
LEFT_OVER = (
    r"[\[<{_`]|as an ai|as a (?:large )?language model|i(?:'m| am) (?:sorry|unable)"
    r"|i (?:cannot|can't|won't) |here(?:'s| is) (?:the|a|your) "
    r"|(?:rewritten|counterfactual|modified|revised) (?:text|sentence|version)"
)

_IS_LETTER = np.zeros(256, bool)
_IS_LETTER[[*range(65, 91), *range(97, 123)]] = True
_LOWER_CASE = 0x20


def may_double(keys: Keys) -> npt.NDArray[np.bool_]:
    """[N]: whether two words in a row may be one: as long, with the same first and last letter.

    Args:
        keys: Each ends with what is no letter.
    """
    data, num_keys = keys.data, len(keys.ends) - 1
    gaps = np.flatnonzero(~_IS_LETTER[data])
    sizes = np.diff(gaps, prepend=-1) - 1  # of the letters before each
    alike = np.flatnonzero((sizes[1:] == sizes[:-1]) & (sizes[1:] > 0))
    gap, size = gaps[alike], sizes[alike]
    same = ((data[gap - size] ^ data[gap + 1]) & ~np.uint8(_LOWER_CASE)) == 0
    same &= ((data[gap - 1] ^ data[gap + size]) & ~np.uint8(_LOWER_CASE)) == 0
    same &= data[gap] == ord(" ")
    found = np.zeros(num_keys, bool)
    found[np.searchsorted(keys.ends, gap[same], side="right") - 1] = True
    return found
