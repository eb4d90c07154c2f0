"""What controls make of a flip rate: its excess, and what may be said of it.

Two intervals answer two questions. That of `Excess.rate` is about these terms in this
model; `Excess.over_words` takes the terms as a sample of words, and alone says whether
identity words are unlike others.
"""

from __future__ import annotations

from dataclasses import dataclass

from fairflip.protos import report_pb2
from fairflip.view.words import numbers
from fairflip.view.words.numbers import Estimate

#: What may be said; the values are shown beside an excess.
MORE, THESE_TERMS = "more than other words", "more, for these terms"
FEWER, ALIKE = "fewer than other words", "not distinguishable"
NO_CONTROLS = "no controls"
#: What stands in place of an interval over words that spans 100 points or more.
TOO_FEW_TERMS = "too few terms to say"
#: The same in a sentence, of a single one: a term, or an attribute of a table.
ONE_ALONE = "one {} alone: says nothing of others"

#: A term carries most of an excess that is half or less without it.
_MOST = 0.5


@dataclass(frozen=True)
class Excess:
    """Flips of pairs beside those of their controls, somewhere in a report.

    Attributes:
      flip_rate: of all pairs.
      control_rate: of the controls.
      rate: the excess, with the interval about these terms.
      over_words: the same with the interval that takes terms as a sample of words.
      without_top_term: the excess of the pairs that do not edit `top_term`; NaN where
        that is not known.
      num_without_control: pairs for which no control could be drawn.
      num_originals_sampled: of how many originals what depends on words is made, where these
        are a sample; 0: of all.
      same_group_rate: of swaps within one group, beside controls and never among them.
    """

    flip_rate: Estimate
    control_rate: Estimate
    rate: Estimate
    over_words: Estimate
    without_top_term: float
    top_term: str
    effective_terms: float
    num_pairs: int
    num_without_control: int
    same_group_rate: Estimate
    num_originals_sampled: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there is an excess with both of its intervals."""
        return self.rate.is_known and self.rate.has_interval and self.over_words.has_interval

    @property
    def is_too_wide(self) -> bool:
        """Whether the interval over words leaves everything open: a span of 100 points or more.

        One term alone is a sample of one word, and nothing can be said of words in general.
        """
        return says_nothing(self.over_words)

    @property
    def is_of_one_term(self) -> bool:
        """Whether one term, or one attribute of a table, is all there is, and says nothing."""
        return self.is_too_wide and self.has_one_term

    @property
    def has_one_term(self) -> bool:
        """Whether all pairs change one term, or one attribute of a table."""
        return 0 < self.effective_terms < 1 + 1e-9

    @property
    def over_words_text(self) -> str:
        """The interval over words in points; "" where there is none, or it says nothing."""
        return "" if self.is_too_wide else numbers.plain_points_interval(self.over_words)

    @property
    def share_covered(self) -> float:
        """The share of pairs that have a control."""
        return 1 - self.num_without_control / self.num_pairs if self.num_pairs else float("nan")

    @property
    def sample_note(self) -> str:
        """What the interval over words comes from, where that is no more than a sample."""
        if not self.num_originals_sampled:
            return ""
        return f"from a sample of {numbers.count(self.num_originals_sampled)} originals"

    @property
    def covers_most(self) -> bool:
        """Whether at least half of the pairs have a control."""
        return self.is_known and 2 * self.num_without_control <= self.num_pairs

    @property
    def standing(self) -> str:
        """Which of the five things may be said."""
        if not self.is_known:
            return NO_CONTROLS
        if self.over_words.lower > 0:
            return MORE
        if self.rate.lower > 0:
            return THESE_TERMS
        return FEWER if self.rate.upper < 0 else ALIKE

    @property
    def rests_on_top_term(self) -> bool:
        """Whether the top term carries most of an excess above 0."""
        return bool(self.top_term) and self.without_top_term <= _MOST * self.rate.value


def says_nothing(over_words: Estimate) -> bool:
    """Whether an interval over words, of an excess or of its change, leaves everything open."""
    return over_words.has_interval and over_words.upper - over_words.lower >= 1.0


def excess_at(
    part: report_pb2.SliceReport,
    at: report_pb2.ThresholdReport | report_pb2.MatchedThreshold,
) -> Excess:
    """The excess of a slice at one of its thresholds, or at the matched one."""
    rate = numbers.estimate(at, "excess_flip_rate")
    return Excess(
        flip_rate=numbers.estimate(at, "flip_rate"),
        control_rate=numbers.estimate(at, "control_flip_rate"),
        rate=rate,
        over_words=numbers.bounds(at, "excess_over_words", rate.value),
        without_top_term=numbers.optional(at, "excess_without_top_term"),
        top_term=at.top_term,
        effective_terms=part.effective_terms,
        num_pairs=part.num_pairs,
        num_without_control=part.num_pairs_without_control,
        same_group_rate=(
            numbers.estimate(at, "same_group_flip_rate")
            if isinstance(at, report_pb2.ThresholdReport)
            else Estimate()
        ),
        num_originals_sampled=part.num_originals_sampled_for_words,
    )


def has_controls(report: report_pb2.RunReport) -> bool:
    """Whether any number of the report is read against controls."""
    return any(
        at.HasField("excess_flip_rate")
        for model in report.models
        for part in model.slices
        for at in part.thresholds
    )
