"""What a run's numbers cannot say, and what its controls are: on the page and the model card."""

from __future__ import annotations

from fairflip.protos.forms.run_edits import IMAGES, TABLE, TEXTS, Edit

_DISAGREEMENT = (
    "It is not the disagreement of two models, nor of a prediction with its label; tutorials that "
    "call those flip rates measure something else."
)
_ALWAYS_THE_SAME = (
    "A model that always gives the same answer never flips. Read the positive rate and the "
    "flips at the baseline's positive rate beside every flip rate."
)
_LIMITS = {
    TEXTS: (
        f"A flip compares one model with itself on two texts. {_DISAGREEMENT}",
        "Flips are read against controls, the same edit made to other words. An excess over them "
        "of 0 or less is no evidence of fairness: words that carry the label are among the "
        "controls, and a model that leans on them hides what it does with identity.",
        _ALWAYS_THE_SAME,
        "Only identity terms that the pairs change are seen. Names, dialect and everything that "
        "points to a group in other words are not.",
        "Some flips are right: a text about a group may mean something else about another one. "
        "Pairs can be marked so and are then kept out of the rates.",
    ),
    TABLE: (
        f"A flip compares one model with itself on two records. {_DISAGREEMENT}",
        "Flips are read against controls, which change other columns of the record. An excess over "
        "them of 0 or less is no evidence of fairness: other columns may well decide.",
        _ALWAYS_THE_SAME,
        "Only the columns that the pairs change are seen. A model may know the group from others.",
        "Some flips are right: a column may bear on the decision. Pairs can be marked so and are "
        "then kept out of the rates.",
    ),
    IMAGES: (
        f"A flip compares one model with itself on two images. {_DISAGREEMENT}",
        "Flips are read against controls, edits of the same image elsewhere. An excess over them "
        "of 0 or less is no evidence of fairness: other parts of an image may well decide.",
        _ALWAYS_THE_SAME,
        "Only what the pairs change is seen, with every trace that the edit left in the image.",
        "Some flips are right: what was changed may bear on the decision. Pairs can be marked so "
        "and are then kept out of the rates.",
    ),
}
_CONTROLS = {
    TEXTS: "A control is the same edit made to another word of the same text, a word that names no "
    "identity and is about as common.",
    TABLE: "A control changes as many other columns of the same record, to the values of another "
    "record.",
    IMAGES: "A control is an edit of the same image elsewhere, by the function that the run names.",
}
_INTERVALS = {
    TEXTS: "Of its two intervals the first is about these very terms; the second takes the terms "
    "as a sample of words, and says whether identity words are unlike others.",
    TABLE: "Its interval is about {}: one choice of columns is no sample of columns.",
    IMAGES: "Its interval is about {}: they are no sample of what could be changed.",
}


def limits(edit: Edit) -> tuple[str, ...]:
    """What the numbers of a run cannot say, a sentence or two for each."""
    return _LIMITS[edit.edited]


def controls_and_excess(edit: Edit) -> str:
    """What controls are, what excess over them is, and what its intervals are about."""
    return (
        f"{_CONTROLS[edit.edited]} The excess is the flips of pairs less those of their controls, "
        f"in percentage points. {_INTERVALS[edit.edited].format(edit.these)} An excess of 0 or "
        "less is no evidence of fairness."
    )
