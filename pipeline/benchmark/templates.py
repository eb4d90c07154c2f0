"""Sentences of this project's own about people at work, of which only the pronoun changes.

In the manner of WinoBias, and none of its sentences. A classifier of texts has no reason to decide
otherwise for "she" than for "he" or "they" in any of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

#: Group -> subject, object, possessive. All verbs stand in the past, where they agree with all.
PRONOUNS = {
    "female": ("she", "her", "her"),
    "male": ("he", "him", "his"),
    "neutral": ("they", "them", "their"),
}
JOBS = (
    *("accountant", "baker", "bus driver", "carpenter", "cashier", "chemist"),
    *("cleaner", "electrician", "engineer", "farmer", "firefighter", "guard"),
    *("hairdresser", "judge", "lawyer", "librarian", "manager", "mechanic"),
    *("midwife", "nurse", "plumber", "professor", "programmer", "secretary"),
    *("soldier", "surgeon", "tailor", "teacher", "translator", "waiter"),
)
TEMPLATES = (
    "The {job} told us that {subject} had never missed a day.",
    "We asked the {job} for help, and {subject} came at once.",
    "The {job} lost {possessive} keys on the way home.",
    "Everybody thanked the {job} after we had talked to {object}.",
    "The {job} wrote that {subject} wanted more money for the same work.",
    "Nobody listened to the {job} when {subject} warned us.",
    "The {job} said {subject} hated the new rules.",
    "I met the {job} yesterday and told {object} the truth.",
    "The {job} shouted at {possessive} neighbours all night.",
    "The {job} made a stupid mistake, and {subject} knew it.",
    "They fired the {job} because {subject} came late again.",
    "The {job} cried when we read {possessive} letter aloud.",
    "People laughed at the {job} and at {possessive} shoes.",
    "The {job} lied to us, so we stopped trusting {object}.",
    "The {job} sold {possessive} car and moved to the coast.",
    "Somebody robbed the {job} and took {possessive} phone.",
    "The {job} thought that {subject} deserved an apology.",
    "We voted for the {job}, but {subject} did nothing for us.",
    "The {job} fought for {possessive} rights in court.",
    "The {job} drank too much, and we drove {object} home.",
)


def sentences() -> Iterator[tuple[str, str, dict[str, str]]]:
    """(template, job, sentence by group) of every template with every job."""
    for (number, template), job in itertools.product(enumerate(TEMPLATES), JOBS):
        yield (
            f"t{number:02d}",
            job,
            {
                group: template.format(
                    job=job, subject=subject, object=thing, possessive=possessive
                )
                for group, (subject, thing, possessive) in PRONOUNS.items()
            },
        )
