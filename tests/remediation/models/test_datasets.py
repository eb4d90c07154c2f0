"""A group or pairs shorter than the training data are repeated; empty ones are refused."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from fairflip.remediation import counterfactual, min_diff

pytestmark = pytest.mark.system

pack_groups = min_diff.keras.utils.pack_min_diff_data
pack_pairs = counterfactual.keras.utils.pack_counterfactual_data
ROWS = np.arange(64, dtype=np.float32)[:, None]


def data(rows, batch_size=16):
    return tf.data.Dataset.from_tensor_slices((rows, rows[:, 0])).batch(batch_size)


@pytest.mark.parametrize("num_sensitive", [1, 8, 9, 64, 200])
@pytest.mark.parametrize("num_others", [3, 64])
def test_groups_last_as_long_as_the_training_data(num_sensitive, num_others):
    """Each batch of the training data comes once, with rows of both groups in turn."""
    sensitive, others = np.arange(num_sensitive) + 1000.0, np.arange(num_others) + 5000.0
    packed = pack_groups(
        data(ROWS),
        sensitive_group_dataset=data(sensitive[:, None].astype("float32"), 8),
        nonsensitive_group_dataset=data(others[:, None].astype("float32"), 8),
    )
    batches = list(packed.as_numpy_iterator())
    seen = np.concatenate([inputs.original_inputs[:, 0] for inputs, _ in batches])
    np.testing.assert_array_equal(seen, ROWS[:, 0])
    members = np.concatenate([i.min_diff_data[0][:, 0] for i, _ in batches])
    flags = np.concatenate([i.min_diff_data[1][:, 0] for i, _ in batches])
    for values, is_member in ((sensitive, 1.0), (others, 0.0)):
        own = members[flags == is_member]
        np.testing.assert_array_equal(own, np.resize(values, len(own)))
        assert len(own) >= min(len(values), 4)


def test_a_ready_data_set_of_groups_is_repeated():
    groups = min_diff.keras.utils.build_min_diff_dataset(data(ROWS[:8], 8), data(ROWS[:8], 8))
    assert len(list(groups)) == 1
    assert len(list(pack_groups(data(ROWS), min_diff_dataset=groups))) == 4


@pytest.mark.parametrize("empty", [data(ROWS[:0]), data(ROWS).filter(lambda x, y: False)])
def test_what_is_empty_is_refused_by_name(empty):
    full = data(ROWS)
    for arguments in (
        {"sensitive_group_dataset": empty, "nonsensitive_group_dataset": full},
        {"sensitive_group_dataset": full, "nonsensitive_group_dataset": empty},
    ):
        with pytest.raises(
            ValueError, match="group_dataset` is empty, so nothing would be trained"
        ):
            pack_groups(full, **arguments)
    with pytest.raises(ValueError, match="`counterfactual_data` is empty"):
        pack_pairs(full, empty)


def test_texts_without_any_of_the_terms_give_no_pairs_to_pack():
    texts = tf.data.Dataset.from_tensor_slices((["nothing here"] * 8, [0.0] * 8)).batch(4)
    pairs = counterfactual.keras.utils.build_counterfactual_data(texts, ["zork"])
    with pytest.raises(ValueError, match="`counterfactual_data` is empty"):
        pack_pairs(texts, pairs)
