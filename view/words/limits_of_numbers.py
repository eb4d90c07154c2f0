"""What the numbers of a run do not say: one list for the page, the card and the docs."""

from __future__ import annotations

#: What no rate over pairs can show; said on every report.
LIMITS = (
    "A low flip rate is one property, not fairness: a model can treat both texts of a pair "
    "alike and still be wrong more often about one group.",
    "A flip compares one model with itself on two texts. It is not the disagreement of two "
    "models, nor of a prediction with its label; tutorials that call those flip rates measure "
    "something else.",
    "Flips are read against controls, the same edit made to other words. An excess over them of 0 "
    "or less is no evidence of fairness: words that carry the label are among the controls, and a "
    "model that leans on them hides what it does with identity.",
    "A model that always gives the same answer never flips. Read the positive rate and the "
    "flips at the baseline's positive rate beside every flip rate.",
    "Only identity terms that the pairs change are seen. Names, dialect and everything that "
    "points to a group in other words are not.",
    "Some flips are right: a text about a group may mean something else about another one. "
    "Pairs can be marked so and are then kept out of the rates.",
    "The intervals are about drawing other texts from the same source. They do not cover "
    "wrong labels, odd counterfactuals or a source unlike the one the model will meet.",
    "Rates of two runs compare only if both used the same pair set; compare its fingerprint.",
)
