"""Means over what is asked in the place of a text, and their price."""

from __future__ import annotations

import numpy as np

from fairflip.remediation.sweep.at_inference import calls_per_text, mean_scores


def test_means_are_over_what_is_asked_and_each_text_is_scored_once():
    scored = []

    def score(texts):
        scored.extend(texts)
        return np.array([len(text) for text in texts])

    def asked(texts):
        return [[text, text + "!!"] if "a" in text else [text] for text in texts]

    texts = np.array(["a", "bb", "a", "ccca"], object)
    np.testing.assert_allclose(mean_scores(score, asked, texts), [2, 2, 2, 5])
    assert sorted(scored) == sorted(set(scored))
    assert calls_per_text(asked, texts) == 7 / 4
    assert len(mean_scores(score, asked, texts[:0])) == 0
