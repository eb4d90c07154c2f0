"""The edits of `fairflip.text.plain_edits`, in TensorFlow: the same texts."""

from __future__ import annotations

import tensorflow as tf

from fairflip.remediation.in_graph.matching import (
    Finder,
    Numbers,
    Parts,
    begins_with_capital,
    covered,
    later,
    matches,
    parts_of,
    pieces_of,
)
from fairflip.text.plain_edits.edits import FACTOR, SUMMAND
from fairflip.text.plain_edits.removal import REPAIRS
from fairflip.text.plain_edits.table import (
    CAPITAL as CAPITAL_CASE,
)
from fairflip.text.plain_edits.table import (
    CAPITAL_INSIDE,
    CAPITALS,
    CAPITALS_IN_CAPITALS,
    EACH_CAPITAL,
    LOWER,
    PRIME,
    EditTable,
)
from fairflip.text.plain_edits.tokens import (
    BEGINS_FIRST_SENTENCE,
    BEGINS_SENTENCE,
    CAPITAL,
    END,
    GAP,
    GAP_AN,
    SMALL,
    SOFT,
    START,
)
from fairflip.text.pronouns import AFTER_HER_ALONE, AFTER_HIS_ALONE


class GraphEdits:
    """The tensor operations of a table.

    Args:
        table: Of a list of terms.
    """

    def __init__(self, table: EditTable):
        self._table = table
        self._finder = Finder(table)
        self._most_words = int(table.num_words.max())
        self._after_her, self._after_his = (
            Numbers(sorted(AFTER_HER_ALONE)),
            Numbers(sorted(AFTER_HIS_ALONE)),
        )
        self._num_exchanges = len(table.exchange_category)
        self._forms = table.forms.reshape(-1)

    def removed(self, texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Texts without their terms, of those that hold one.

        Args:
            texts: `[n]`.

        Returns:
            The row of each in `texts`, int64 `[m]` ascending, and the texts `[m]`.
        """
        row, parts, entry = self._entries_in(texts)
        entry = entry[..., 0]
        begins = (entry >= 0) & tf.gather(self._table.is_term, tf.maximum(entry, 0))
        has_any = tf.where(tf.reduce_any(begins, axis=1))[:, 0]
        row, parts = tf.gather(row, has_any), parts.rows(has_any)
        entry, begins = tf.gather(entry, has_any), tf.gather(begins, has_any)
        gap = tf.where(tf.gather(self._table.takes_an, tf.maximum(entry, 0)), GAP_AN, GAP)
        made = START + self._together(parts, entry, begins, gap) + END
        for pattern, new in REPAIRS:
            made = tf.strings.regex_replace(made, pattern, new)
        return row, made

    def swapped(self, texts: tf.Tensor, number: int) -> tuple[tf.Tensor, tf.Tensor]:
        """At most `number` counterfactuals of each text.

        Args:
            texts: `[n]`.
            number: At least 1.

        Returns:
            The row of each in `texts`, int64 `[m]` ascending, and the texts `[m]`.
        """
        table = self._table
        row, parts, entry = self._entries_in(texts)
        text, exchange, variant = self._chosen(parts, entry, number)
        parts, entry = parts.rows(text), tf.gather(entry, text)
        category = tf.gather(table.exchange_category, exchange)
        entry = tf.gather(entry, category, axis=2, batch_dims=1)
        codes = entry * self._num_exchanges + exchange[:, None]
        option = tf.minimum(
            tf.searchsorted(table.option_codes, tf.reshape(codes, [-1])),
            len(table.option_codes) - 1,
        )
        option = tf.reshape(option, tf.shape(codes))
        begins = (entry >= 0) & (tf.gather(table.option_codes, option) == codes)
        swap = self._swaps(parts, entry, option, variant)
        words = tf.gather(self._forms, swap * 12 + self._form(parts, entry, swap))
        parts = self._with_articles(parts, entry, begins, swap)
        return tf.gather(row, text), self._together(parts, entry, begins, words)

    def _entries_in(self, texts: tf.Tensor) -> tuple[tf.Tensor, Parts, tf.Tensor]:
        """Rows that may hold an entry, their parts, and entries `[rows, words, categories]`."""
        pieces = pieces_of(texts)
        row = tf.where(self._finder.may_hold_any(pieces))[:, 0]
        parts = parts_of(tf.gather(pieces, row))
        return row, parts, self._finder.entries(parts)

    def _together(
        self, parts: Parts, entry: tf.Tensor, begins: tf.Tensor, new: tf.Tensor
    ) -> tf.Tensor:
        """Texts with new words in the place of entries."""
        inside = covered(begins, self._sizes(entry), self._most_words)
        words = tf.where(begins, new, tf.where(inside, "", parts.words))
        separators = tf.where(inside & ~begins, "", parts.separators[:, :-1])
        pieces = tf.strings.reduce_join(tf.strings.join([separators, words]), axis=1)
        return tf.strings.join([pieces, parts.separators[:, -1]])

    def _sizes(self, entry: tf.Tensor) -> tf.Tensor:
        return tf.gather(self._table.num_words, tf.maximum(entry, 0))

    def _chosen(
        self, parts: Parts, entry: tf.Tensor, number: int
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Row, exchange and variant of each counterfactual, sorted by row."""
        table, num_exchanges = self._table, self._num_exchanges
        places = tf.where(entry >= 0)
        of_place = tf.gather_nd(entry, places)
        first = tf.gather(table.option_starts, of_place)
        num_options = tf.gather(table.option_starts, of_place + 1) - first
        place = tf.repeat(tf.range(tf.shape(of_place)[0]), num_options)
        option = _within(num_options) + tf.gather(first, place)
        code = tf.gather(places[:, 0], place) * num_exchanges + tf.gather(
            table.option_exchange, option
        )
        codes, position = tf.unique(code, tf.int64)
        num_variants = tf.math.unsorted_segment_max(
            tf.gather(table.num_swaps, option), position, tf.shape(codes)[0]
        )
        code = tf.repeat(codes, num_variants)
        variant = _within(num_variants)
        text, exchange = code // num_exchanges, code % num_exchanges
        value = tf.gather(self._hash(parts, entry), text)
        factor = tf.gather(table.exchange_factor, exchange)
        rank = (value * factor + tf.gather(table.exchange_summand, exchange)) % PRIME
        # By text, then variant, then rank; of equal ranks the first exchange.
        order = tf.argsort(exchange, stable=True)
        key = text * 2**41 + tf.minimum(variant, 2**10 - 1) * 2**31 + rank
        order = tf.gather(order, tf.argsort(tf.gather(key, order), stable=True))
        text = tf.gather(text, order)
        position = tf.range(tf.shape(text)[0]) - tf.searchsorted(text, text)
        chosen = tf.boolean_mask(order, position < number)
        return (
            tf.boolean_mask(text, position < number),
            tf.gather(exchange, chosen),
            tf.gather(variant, chosen),
        )

    def _hash(self, parts: Parts, entry: tf.Tensor) -> tf.Tensor:
        """A number below `PRIME` of the words that are in no entry, int64 `[n]`."""
        inside = tf.zeros_like(parts.is_word)
        for category in range(self._table.num_categories):
            one = entry[..., category]
            inside |= covered(one >= 0, self._sizes(one), self._most_words)
        words = tf.where(inside | ~parts.is_word, "", tf.strings.join([parts.lowered, " "]))
        codes = tf.strings.unicode_decode(tf.strings.reduce_join(words, axis=1), "UTF-8")
        weights = ((_within(codes.row_lengths()) + 1) * FACTOR + SUMMAND) % PRIME
        products = tf.cast(codes.flat_values, tf.int64) * weights % PRIME
        return tf.math.unsorted_segment_sum(products, codes.value_rowids(), codes.nrows()) % PRIME

    def _swaps(
        self, parts: Parts, entry: tf.Tensor, option: tf.Tensor, variant: tf.Tensor
    ) -> tf.Tensor:
        """The swap of each option `[n, words]`; of pronouns that which fits."""
        table = self._table
        last = tf.gather(table.num_swaps, option) - 1
        swap = tf.gather(table.option_swap, option) + tf.minimum(variant[:, None], last)
        # Pronouns are one word.
        soft = matches(SOFT, parts.separators[:, 1:]) & later(parts.is_word, 1, False)
        after = later(parts.lowered, 1, "")
        pronoun = tf.gather(table.pronoun, option)
        ends = tf.where(pronoun == 1, self._after_her.of(after), self._after_his.of(after)) >= 0
        stands_alone = (pronoun > 0) & (~soft | ends)
        return tf.where(stands_alone, tf.gather(table.alone_swap, option), swap)

    def _form(self, parts: Parts, entry: tf.Tensor, swap: tf.Tensor) -> tf.Tensor:
        """Which of its forms a swap has, `[n, words]`: twice the case, and hyphens."""
        table, words = self._table, parts.words
        sizes = self._sizes(entry)
        small = matches(f"(?s:.*)[{SMALL}](?s:.*)", words)
        large = matches(f"(?s:.*)[{CAPITAL}](?s:.*)", words)
        first = begins_with_capital(words)
        any_small, any_large, all_first = small, large, first
        spaces = hyphens = tf.ones_like(first)
        for step in range(1, self._most_words):
            is_in = sizes > step
            any_small |= is_in & later(small, step, False)
            any_large |= is_in & later(large, step, False)
            all_first &= ~is_in | later(first, step, False)
            sign = later(parts.signs[:, 1:], step - 1, "")
            spaces &= ~is_in | (sign == " ")
            hyphens &= ~is_in | (sign == "-")
        is_long = (sizes > 1) | (tf.strings.length(words, "UTF8_CHAR") > 1)
        shouts = ~tf.reduce_any(small, axis=1, keepdims=True)
        case = tf.where(
            self._are_inside_sentences(parts, sizes, first), CAPITAL_INSIDE, CAPITAL_CASE
        )
        case = tf.where((sizes > 1) & spaces & all_first, EACH_CAPITAL, case)
        case = tf.where(first, case, LOWER)
        in_capitals = tf.where(shouts, CAPITALS_IN_CAPITALS, CAPITALS)
        case = tf.where(is_long & ~any_small & any_large, in_capitals, case)
        same = tf.gather(table.num_spaces, tf.maximum(entry, 0)) == tf.gather(
            table.swap_spaces, swap
        )
        hyphens &= same & (sizes > 1) & (tf.gather(table.swap_spaces, swap) > 0)
        return tf.cast(case, tf.int64) * 2 + tf.cast(hyphens, tf.int64)

    def _are_inside_sentences(self, parts: Parts, sizes: tf.Tensor, first: tf.Tensor) -> tf.Tensor:
        before = parts.separators[:, :-1]
        begins = tf.concat(
            [
                matches(BEGINS_FIRST_SENTENCE, before[:, :1]),
                matches(BEGINS_SENTENCE, before[:, 1:]),
            ],
            axis=1,
        )
        no_capital = tf.ones_like(begins)
        for step in range(1, self._most_words + 1):
            sign = later(parts.signs[:, 1:], step - 1, "")
            near = ((sign == "") | (sign == " ")) & later(parts.is_word, step, False)
            no_capital = tf.where(sizes == step, ~(near & later(first, step, False)), no_capital)
        return ~begins & no_capital

    def _with_articles(
        self, parts: Parts, entry: tf.Tensor, begins: tf.Tensor, swap: tf.Tensor
    ) -> Parts:
        """Parts whose articles before swaps follow the sound of the new word."""
        table = self._table
        wanted = later(begins & tf.gather(table.swap_takes_an, swap), 1, False)
        before = later(begins, 1, False) & (later(parts.signs[:, :-1], 1, "") == " ")
        old = later(tf.gather(table.takes_an, tf.maximum(entry, 0)), 1, False)
        is_an = parts.lowered == "an"
        is_article = (is_an | (parts.lowered == "a")) & before & (old == is_an)
        is_article &= ~matches("(?s:.*)['’-]", parts.separators[:, :-1])
        next_word = later(parts.words, 1, "")
        loud = (parts.words == "A") & ~matches(f"(?s:.+)[{SMALL}](?s:.*)", next_word)
        loud &= tf.strings.length(next_word, "UTF8_CHAR") > 1
        with_n = tf.strings.join([parts.words, tf.where(loud, "N", "n")])
        words = tf.where(is_article & ~is_an & wanted, with_n, parts.words)
        without_n = tf.strings.regex_replace(words, "[nN]$", "")
        words = tf.where(is_article & is_an & ~wanted, without_n, words)
        return Parts(words, parts.lowered, parts.separators, parts.signs, parts.is_word)


def _within(lengths: tf.Tensor) -> tf.Tensor:
    """0, 1, … in each of some runs, int64."""
    lengths = tf.cast(lengths, tf.int64)
    starts = tf.cumsum(lengths, exclusive=True)
    return tf.range(tf.reduce_sum(lengths)) - tf.repeat(starts, lengths)
