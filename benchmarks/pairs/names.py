"""How many sentences with public names, brands, works and idioms are swapped wrongly.

    python -m benchmarks.pairs.names
    python -m benchmarks.run_all pairs.names

Each sentence holds such a name or phrase and mentions nobody else, so that any swap of it is wrong.
By `names_and_idioms.txt` rules and lists were grown. `names_and_idioms_unseen.txt` was written
after these rules: two rules were led to by it since, and no phrase of a list.
`names_and_idioms_sayings.txt` was written after all lists, and is full of sayings;
`names_and_idioms_fresh.txt` by somebody who had not read the lists: names, brands, works, places,
species, dishes and common phrases. Kinds are of whoever wrote the sentences, so that another
writer's may fare otherwise.
"""

from __future__ import annotations

from benchmarks.figure_rows import print_rows, result
from benchmarks.real_text import ROOT
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.matcher import Matcher
from fairflip.text.substitution import Substitution

NAME = "names"
MOST_CHANGED = 0.02
SETS = {
    "seen": "names_and_idioms.txt",
    "unseen": "names_and_idioms_unseen.txt",
    "unseen, many sayings": "names_and_idioms_sayings.txt",
    "unseen, lists not read": "names_and_idioms_fresh.txt",
}


def measure() -> list[dict]:
    """The share of sentences that are changed, of all and of those that hold a listed word."""
    terms = load_terms("identity")
    swap, matcher = Substitution(terms), Matcher([term.text for term in terms.terms])
    rows = []
    for name, file in SETS.items():
        sentences = (ROOT / "tests" / "text" / file).read_text("utf-8").splitlines()
        num_changed = sum(map(bool, swap.generate(sentences)))
        num_with_word = sum(bool(matcher.find(sentence)) for sentence in sentences)
        for of, number in (("sentences", len(sentences)), ("with a listed word", num_with_word)):
            label = f"{name}: changed of {number:,} {of}"
            bound = f"at most {MOST_CHANGED}" if of == "sentences" else None
            rows.append(result(NAME, label, num_changed / number, bound))
    return rows


def results() -> list[dict]:
    """The figures, for `run_all.py`."""
    return measure()


if __name__ == "__main__":
    print_rows(NAME, __doc__.splitlines()[0], measure)
