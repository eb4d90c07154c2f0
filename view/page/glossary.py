"""What the words of a report mean; shown where they stand, and in a list of their own."""

from __future__ import annotations

from markupsafe import Markup, escape

from fairflip.view.words import numbers

#: In the spelling of the page, without regard to case.
GLOSSARY = {
    "Slice": "The pairs whose original, or whose change, has one value of one feature.",
    "Pairs": "An original text and its counterfactual; an original counts once for each.",
    "Originals": "Distinct texts before any change.",
    "any flip": "Pairs whose decision changes, of all pairs. A decision is score > threshold.",
    "negative to positive": "The original was called negative, the counterfactual positive.",
    "positive to negative": "The original was called positive, the counterfactual negative.",
    "Identity flips": "Pairs whose decision changes when identity terms are edited.",
    "Control flips": (
        "Decisions that change when the same edit is made to other words, which name no identity "
        "and are about as common."
    ),
    "controls flip": (
        "Decisions that change when the same edit is made to other words, which name no identity "
        "and are about as common."
    ),
    "Excess, points": (
        "Flips of pairs less those of their controls, in percentage points; the interval is about "
        "these very terms."
    ),
    "excess, these terms": (
        "Flips of pairs less those of their controls, in percentage points; the interval is about "
        "these very terms."
    ),
    "Over words": (
        "The interval of the excess that takes the terms as a sample of words. Above 0: identity "
        "words are unlike others."
    ),
    "excess, terms as a sample of words": (
        "The interval of the excess that takes the terms as a sample of words. Above 0: identity "
        "words are unlike others."
    ),
    "Without top term": "The excess of the pairs that do not edit the term that moves it most.",
    "Swaps within one group": "A woman for a lady: flips that have no other group to blame.",
    "score change (CTF gap)": (
        "Counterfactual token fairness gap: the mean of |score of the original - score of the "
        "counterfactual|, whatever the threshold."
    ),
    "mean score change": (
        "Counterfactual token fairness gap: the mean of |score of the original - score of the "
        "counterfactual|, whatever the threshold."
    ),
    "positive rate": "The share of originals that the model calls positive.",
    "called positive": "The share of originals that the model calls positive.",
    "flips at the baseline's positive rate": (
        "Read at the threshold where the model says yes as often as the baseline does, so that "
        "saying no to everything does not look fair."
    ),
    "AUC": "The chance that a positive example has a higher score than a negative one.",
    "accuracy": "The share of originals whose decision is their label.",
    "false positive rate": "Of originals with a negative label, those called positive.",
    "false negative rate": "Of originals with a positive label, those called negative.",
    "Net, points": "Flips to positive less flips to negative, of all such pairs.",
    "Score change": "The mean of the counterfactual's score less the original's.",
    "Left out": "Counterfactuals of this term that were rejected; see Pairs and rejects.",
    "change": "Candidate less baseline, in percentage points.",
    "originals with any flip": "Of originals that have a pair, those of which any pair flips.",
    "asked again, decided differently": (
        "The noise floor: how often the model decides differently on the very same text."
    ),
    "smallest change that could be seen": "With so many originals a smaller one need not show.",
}
_BY_WORD = {word.casefold(): meaning for word, meaning in GLOSSARY.items()}


def explained(word: str) -> Markup:
    """A word, escaped, with what it means on hover, if it is one of the page's own."""
    meaning = _BY_WORD.get(word.casefold())
    shown = escape(numbers.directed(word))
    if meaning is None:
        return Markup(shown)
    return Markup('<abbr title="{}">{}</abbr>').format(meaning, shown)
