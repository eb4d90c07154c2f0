"""The examples of docs/pairs.md are run."""

from __future__ import annotations

import doctest


def test_examples_of_the_page(repository):
    result = doctest.testfile(str(repository / "docs" / "pairs.md"), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0
