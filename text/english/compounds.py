"""Words for people that are part of the name of a thing: ``king crab``, ``mother of pearl``."""

from __future__ import annotations

import re

from fairflip.text.english.nouns import (
    LIVING,
    OTHER_THINGS,
    PLURAL,
    VERBS_TOO,
    in_all_forms,
    kind_of_thing,
)
from fairflip.text.english.pronoun_words import GIVE, KIN, MASS


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Nouns of people that stand before those of things as well: "widow bird", "guy rope".
HEADS = _words(
    """man woman boy girl lady king queen prince princess lord mother father brother sister son
    daughter uncle aunt grandfather grandmother grandma grandpa granny wife husband widow bride
    groom knight monk nun priest witch wizard emperor empress duke duchess baron mummy papa mama
    daddy mom dad abbot maiden bachelor hero host steward tailor belle beau cowboy gal guy dude
    chick mermaid goddess dame madam usher fisherman patriarch landlord countess widower"""
)
#: Of these a thing may be one: "king of the road", "mother of all bargains".
_RULERS = _words(
    """mother mothers father fathers grandmother grandfather granddaddy daddy mama godmother
    godfather king kings queen queens lord lords prince princes princess emperor empress duke baron
    knight knights wizard wizards"""
)
#: The pieces of games.
_PIECES = _words("king kings queen queens knight knights")
_NO_PEOPLE = (*OTHER_THINGS, "quantity", "shape")
_STATES = ("attribute", "feeling", "motive", "relation", "state")
# A plural may be a verb, but for those of animals and plants: "the girl films".
_THINGS_BESIDE = frozenset(
    [*_NO_PEOPLE, *LIVING, "artifact" + VERBS_TOO]
    + [kind + end for kind in LIVING for end in (VERBS_TOO, PLURAL)]
)
_RULED = in_all_forms((*LIVING, *_NO_PEOPLE, *_STATES))
# Of these somebody is mother, king or knight.
_RULED_BY_PEOPLE = _words(
    """baby babies child children country house household home castle land tale story play book film
    movie novel song scene drama comedy episode"""
)
_NEXT = re.compile(r"[ \xa0-]([a-z]+)(?![^\W_]|['’])")
_JOINS = frozenset(" \xa0-‐‑")
_OWN = _words("my your his her our their")
_ARTICLES = _OWN | {"the", "this", "that", "each", "every", "another"}
_BEFORE = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_REACH = 40
_NUM_BEFORE = 5
_OF = re.compile(r"[ \xa0]of(?: (?:all|the|a|an|modern|our))*[ \xa0]([a-z]+)(?![^\W_]|['’])")
# "Mother-of-thousands", but "mother-in-law".
_OF_NAME = re.compile(r"[-‐‑](?:of|in|o|o['’])[-‐‑](?!law)|[-‐‑]o['’]|[ \xa0]o['’][ \xa0]")
_GAME = re.compile(
    r"(?<![^\W_])(?:chess|checkmate|stalemate|pawns?|rooks?|castling|castle on|castled|en passant"
    r"|fianchetto|mate in|endgames?"
    r"|spades|aces?|royal flush|poker|blackjack|solitaire|cribbage|pinochle|deck of cards|trumps"
    r"|(?:king|queen|jack|ten)s? (?:and|or|of) (?:clubs|hearts|diamonds))(?![^\W_])",
    re.IGNORECASE,
)

# Hosts of parasites and of programs, queens of bees.
_HOSTS = _words("host queen queens")
_ABOUT_HOSTS = re.compile(
    r"(?<![^\W_])(?:parasit\w*|virus(?:es)?|viral|bacteri\w+|fung(?:us|i|al)|pathogen\w*|larvae?"
    r"|tapeworms?|symbio\w+|commensal\w*|ticks?|fleas?|lice|mistletoe|dodder|cuckoos?|cowbirds?"
    r"|graft\w*|antigens?|plasmids?|servers?|ssh|ping(?:s|ed)?|docker|containers?|kernel|ports?"
    r"|localhost|hostnames?|dns|vms?|virtual machines?|hypervisors?|subnets?|firewalls?|daemons?"
    r"|uptime|reboot\w*|playbooks?|ansible|kubernetes|routers?|packets?)(?![^\W_])",
    re.IGNORECASE,
)
_ABOUT_BEES = re.compile(
    r"(?<![^\W_])(?:bees?|honeybees?|hives?|drones?|beekeep\w+|apiar\w+|brood|swarm\w*|ants?|termites?"
    r"|wasps?|hornets?|larvae?|royal jelly)(?![^\W_])",
    re.IGNORECASE,
)
_AROUND = 80


def is_of_compound(text: str, start: int, end: int, word: str) -> bool:
    """Whether a noun of people is part of the name of a thing, or a piece of a game.

    Args:
        text: The text.
        start: Where the noun begins, in characters.
        end: Where it ends.
        word: The noun in lower case.
    """
    if word in _PIECES and _GAME.search(text) is not None:
        return True
    if word in _HOSTS and _is_host(text, start, end, word):
        return True
    if text[end : end + 1] not in _JOINS:
        return False
    if word in HEADS and _is_beside_thing(text, start, end, word):
        return True
    if _OF_NAME.match(text, end) is not None:
        return True
    return word in _RULERS and _is_of_ruler(text, end)


def _is_host(text: str, start: int, end: int, word: str) -> bool:
    """Whether words around say that a host is one of parasites or programs, a queen one of bees."""
    about = _ABOUT_HOSTS if word == "host" else _ABOUT_BEES
    return about.search(text, max(0, start - _AROUND), end + _AROUND) is not None


def _is_of_ruler(text: str, end: int) -> bool:
    """Whether what follows says of what thing a thing is the mother or the king."""
    ruled = _OF.match(text, end)
    if ruled is None or ruled.group(1) in _RULED_BY_PEOPLE:
        return False
    return kind_of_thing(ruled.group(1)) in _RULED


def _is_beside_thing(text: str, start: int, end: int, word: str) -> bool:
    """Whether the noun of a thing follows: "a king crab", but "gave the king food"."""
    thing = _NEXT.match(text, end)
    if thing is None or kind_of_thing(thing.group(1)) not in _THINGS_BESIDE:
        return False
    before = [one.lower() for one in _BEFORE.findall(text, max(0, start - _REACH), start)]
    article = before[-1] if before else ""
    if word in KIN and article in _OWN:  # "my mom food"
        return False
    noun = thing.group(1)
    if article in ("a", "an"):
        is_given = noun in MASS or noun.endswith("s")
    else:
        is_given = article in _ARTICLES or article.endswith(("'s", "’s"))
    return not is_given or GIVE.isdisjoint(before[-_NUM_BEFORE:])


#: What a text may find that a name of a thing or a piece of a game begins with.
LOOKED_AT = HEADS | _RULERS | _PIECES | _HOSTS
