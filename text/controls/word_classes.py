"""English function words and negations, and which words of a text stand by themselves.

At like frequency a content word carries far more of a label than a function word does, so
a pronoun is compared with other function words.
"""

from __future__ import annotations

import re

from fairflip.text.matcher import APOSTROPHES


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: A control must not turn a sentence into its opposite.
NEGATIONS = _words(
    """not no never nor none nobody nothing nowhere neither without cannot hardly barely scarcely
    aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shant
    shouldnt wasnt werent wont wouldnt nope nah"""
)

#: Closed classes: pronouns, determiners, prepositions, conjunctions, auxiliaries, and the
#: adverbs that mostly hold a sentence together.
FUNCTION_WORDS = _words(
    """i me my mine myself we us our ours ourselves you your yours yourself yourselves u ur he
    him his himself she her hers herself it its itself they them their theirs themselves
    themself one ones oneself who whom whose which what whatever whoever whichever that this
    these those a an the some any each every all both either few many much more most other
    another such several enough lot lots less least own same someone somebody something
    somewhere anyone anybody anything anywhere everyone everybody everything everywhere about
    above across after against along among amongst around as at before behind below beneath
    beside besides between beyond by despite down during except for from in inside into like
    near of off on onto out outside over past per since than through throughout to toward
    towards under until up upon via with within and but or so yet because cause cuz bc if
    unless while whereas although though whether am is are was were be been being have has had
    having do does did doing done can could will would shall should may might must ought gonna
    gotta wanna let lets im ive ill id youre youve youll youd hes shes theyre theyve weve
    thats theres whats there here where when why how then now once ever always often sometimes
    again already still just only even also too very quite rather almost really well however
    instead maybe perhaps else anyway away back together yes yeah ok okay oh first last next
    two three"""
)

# A word between white space, brackets, quotes and stops. So no part of a contraction, a web
# address, an @name, a hashtag, a masked or a hyphenated word is one.
#: What may stand before such a word, beside white space, and behind it before white space.
SIGNS_BEFORE, CLOSING_SIGNS = '("“‘[', ".,!?;:…)]\"'”’"
_BEFORE = rf"(?<![^\s{re.escape(SIGNS_BEFORE)}])"
_AFTER = rf"(?=[{re.escape(CLOSING_SIGNS)}]*(?:\s|$))"
_STANDING_WORD = re.compile(rf"{_BEFORE}[^\W\d_]{{2,}}{_AFTER}")
# The capital, or a letter beyond ASCII that may be one, comes before the look behind: faster.
_CAPITALISED = re.compile(rf"[^\Wa-z\d_](?<![^\s{re.escape(SIGNS_BEFORE)}].)[^\W\d_]+{_AFTER}")
#: A capital behind one of these is the sentence's, with opening signs and so many places between.
SENTENCE_ENDS = ".!?…:\n\r\u2028\u2029"
OPENING_SIGNS = ' \t\xa0"“‘([*_-–—•>' + APOSTROPHES
LOOK_BACK = 40


def standing_words(text: str) -> list[str]:
    """The words of two letters or more that are a word and no part of something else."""
    return _STANDING_WORD.findall(text)


def names_in(text: str) -> set[str]:
    """The standing words with a capital inside of a sentence, as a name has in English."""
    names: set[str] = set()
    if text.isascii() and text.islower():
        return names
    if not text.isupper():
        for match in _CAPITALISED.finditer(text):
            word = match.group()
            if word.islower():  # no capital but a letter beyond ASCII
                continue
            if word[1:].islower():
                start = match.start()
                before = text[max(0, start - LOOK_BACK) : start].rstrip(OPENING_SIGNS)
                if not before or before[-1] in SENTENCE_ENDS:
                    continue
            names.add(word)
    return names
