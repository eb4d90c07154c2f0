"""Human pairs of every Romance language are reproduced, on this project's and on public ones."""

from __future__ import annotations

import pytest

from benchmarks.pairs import languages

ROMANCE = sorted(languages.LANGUAGES.keys() - {"german"})


@pytest.mark.parametrize("from_female", [False, True])
@pytest.mark.parametrize("part", ["development", "held_out"])
@pytest.mark.parametrize("language", ROMANCE)
def test_human_pairs_are_reproduced(language, part, from_female):
    pairs = languages.own_pairs(language, part)
    assert len(pairs) >= 60
    actual = languages.outcomes(language, pairs, from_female)
    assert actual.reproduced >= languages.LEAST_REPRODUCED[language][from_female]
    assert actual.exact >= languages.LEAST_EXACT


@pytest.mark.parametrize("of_one_person", [False, True])
@pytest.mark.parametrize("from_female", [False, True])
@pytest.mark.parametrize("language", ROMANCE)
def test_what_is_issued_of_templates_is_exact(real_data, language, from_female, of_one_person):
    pairs = languages.hatecheck_pairs(real_data, language, of_one_person)
    actual = languages.outcomes(language, pairs, from_female)
    assert actual.reproduced >= languages.LEAST_REPRODUCED[language][from_female]
    assert actual.exact >= languages.LEAST_EXACT
