"""What the words of a report mean; shown where they stand, and in a list of their own."""

from __future__ import annotations

from markupsafe import Markup, escape

from fairflip.view.words import numbers

_CONTROL_FLIPS = (
    "Decisions that change when the same edit is made to other words, which name no identity "
    "and are about as common."
)
_EXCESS = (
    "Flips of pairs less those of their controls, in percentage points; the interval is about "
    "these very terms."
)
_OVER_WORDS = (
    "The interval of the excess that takes the terms as a sample of words. Above 0: identity "
    "words are unlike others."
)
_WITHOUT_TOP_TERM = "The excess of the pairs that do not edit the term that moves it most."
_WITHIN_GROUP = "A woman for a lady: flips that have no other group to blame."
_CTF_GAP = (
    "Counterfactual token fairness gap: the mean of |score of the original - score of the "
    "counterfactual|, whatever the threshold."
)
_CLASS_DISTANCE = (
    "Half the sum of the absolute differences of both sides' class scores (total variation): 0 to "
    "1 for probabilities."
)
_MATCHED = (
    "at the threshold where the model says yes as often as the baseline does, so that saying no "
    "to everything does not look fair."
)

#: In the spelling of the page, without regard to case.
GLOSSARY = {
    "Slice": "The pairs whose original, or whose change, has one value of one feature.",
    "Model": "What scores the texts, by its name in this run.",
    "Output": "One of the scores that a model gives for a text; each is counted by itself.",
    "Verdict": "Act, look, fine or cannot tell: one rule for all runs, the same in every view.",
    "Pairs": "An original and its counterfactual; an original counts once for each.",
    "Originals": "Distinct texts, records or images before any change.",
    "Examples": "Scored originals, each once, whether they have a counterfactual or not.",
    "interval": (
        "What the data allow: of 100 such runs some 95 (or the level that stands here) would have "
        "the true rate in theirs. The pairs of one original count as one draw."
    ),
    "any flip": "Pairs whose decision changes, of all pairs. A decision is score > threshold.",
    "Flips": "Pairs whose decision changes; below the rate its interval and their number.",
    "flip rate": "Pairs whose decision changes, of all pairs. A decision is score > threshold.",
    "negative to positive": "The original was called negative, the counterfactual positive.",
    "positive to negative": "The original was called positive, the counterfactual negative.",
    "Identity flips": "Pairs whose decision changes when an identity reference is edited.",
    "Control flips": _CONTROL_FLIPS,
    "controls flip": _CONTROL_FLIPS,
    "controls there": f"{_CONTROL_FLIPS} Counted {_MATCHED}",
    "Excess, points": _EXCESS,
    "excess": _EXCESS,
    "excess, these terms": _EXCESS,
    "excess over controls, points": _EXCESS,
    "Over words": _OVER_WORDS,
    "excess, terms as a sample of words": _OVER_WORDS,
    "excess there, terms as a sample": f"{_OVER_WORDS} Counted {_MATCHED}",
    "Without top term": _WITHOUT_TOP_TERM,
    "without": _WITHOUT_TOP_TERM,
    "Swaps within one group": _WITHIN_GROUP,
    "swaps within one group flip": _WITHIN_GROUP,
    "score change (CTF gap)": _CTF_GAP,
    "mean score change": _CTF_GAP,
    "CTF gap": _CTF_GAP,
    "distance of class scores": _CLASS_DISTANCE,
    "distance of class scores (total variation)": _CLASS_DISTANCE,
    "change among the greatest scores": (
        "Pairs of which the set of the classes with the greatest scores changes."
    ),
    "positive rate": "The share of originals that the model calls positive.",
    "called positive": "The share of originals that the model calls positive.",
    "flips at the baseline's positive rate": f"Flips {_MATCHED}",
    "at the baseline's positive rate": f"Flips {_MATCHED}",
    "Matched flip rate": f"Flips {_MATCHED}",
    "at the fixed threshold": "At the run's first threshold, the same for every model.",
    "AUC": "The chance that a positive example has a higher score than a negative one.",
    "accuracy": "The share of originals whose decision is their label.",
    "false positive rate": "Of originals with a negative label, those called positive.",
    "false negative rate": "Of originals with a positive label, those called negative.",
    "From → to": "The group that the original names, and the one that the counterfactual names.",
    "To positive": "Flips from a negative original to a positive counterfactual.",
    "To negative": "Flips from a positive original to a negative counterfactual.",
    "Net, points": "Flips to positive less flips to negative, of all such pairs.",
    "Score change": "The mean of the counterfactual's score less the original's.",
    "Term": "The word or phrase that names an identity and was removed or swapped.",
    "Group": "Whom the term names.",
    "Category": "What kind of identity the group is of.",
    "Left out": "Counterfactuals of this term that were rejected; see Pairs and rejects.",
    "change": "Candidate less baseline, in percentage points.",
    "Change there": f"Candidate less baseline, in percentage points, {_MATCHED}",
    "Change of control flips": (
        "Control flips of the candidate less those of the baseline, in points. A rise says that "
        "the candidate changes its decision more often whatever word is edited."
    ),
    "Change of excess": "The candidate's excess less the baseline's, in points.",
    "originals with any flip": "Of originals that have a pair, those of which any pair flips.",
    "clusters with any flip": (
        "Of what is drawn together (authors, threads, templates), those of which any pair flips."
    ),
    "asked again, decided differently": (
        "The noise floor: how often the model decides differently on the very same text. Those "
        "texts are no pairs, and not kept."
    ),
    "smallest change that could be seen": "With so many originals a smaller one need not show.",
    "without damaged grammar": (
        "The flip rate without the pairs whose edit left a text that nobody would write, such as "
        "“is an and a nurse”; in brackets how many these are."
    ),
    "Setting": "A technique with its loss and weight, trained once for each seed.",
    "Technique": "How a model was retrained, or asked differently, to flip less.",
    "Loss": "How far apart the two scores of a pair are, as training sees it.",
    "Weight": "How much the pair loss counts beside the model's own.",
    "Seeds": "How many trainings the mean is over.",
    "Calls a text": "How often the model is asked for one text.",
    "Training, s": "Seconds that training took, mean over seeds; none where nothing was trained.",
    "… held-out terms": "The same over pairs of terms that no setting was trained on.",
    "Worst TPR gap": "The largest distance of a slice's true positive rate from that of all.",
    "Worst TNR gap": "The largest distance of a slice's true negative rate from that of all.",
    "Judged": "Pairs that people looked at.",
    "Valid": "Both texts are sound, and nothing but the marked words differs.",
    "Valid, one decision": "Valid, and a fair classifier should decide the same for both.",
    "Cohen's kappa": "How far reviewers agree beyond chance: 0 by chance alone, 1 in full.",
    "Controls": "The same edit made to other words of the same text: two for a pair, or fewer.",
    "Stage": "The step of the run.",
    "Came in": "Records that a stage was given: the sum of the three columns that follow.",
    "Went on": "Records that it handed to the next stage.",
    "Left out here": "Records that could not be used; the table of rejects says why.",
    "Filtered out": "Records that the configuration left out on purpose.",
}
_BY_WORD = {word.casefold(): meaning for word, meaning in GLOSSARY.items()}


def explained(word: str) -> Markup:
    """A word, escaped, with what it means on hover, if it is one of the page's own."""
    meaning = _BY_WORD.get(word.casefold())
    shown = escape(numbers.directed(word))
    if meaning is None:
        return Markup(shown)
    return Markup('<abbr title="{}">{}</abbr>').format(meaning, shown)
