"""Names, idioms, verbs and exclamations are left alone; the same words for people are not."""

from __future__ import annotations

import pathlib
import random

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.english.phrases import fixed_phrases
from fairflip.text.finder import TermFinder, finder_of
from fairflip.text.matcher import words_of
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms
from fairflip.text.words import Beginnings

LEFT_ALONE = [
    # Names of people, brands and works.
    "Christian Slater signed autographs.",
    "We watched Christian Eriksen score.",
    "Boy George sang and Lady Gaga danced.",
    "A poster of Wonder Woman hung there.",
    "The Beach Boys played in Reno.",
    "They flew with American Airlines.",
    "A donation went to the Boy Scouts.",
    "Lehman Brothers went under.",
    "A bust of Queen Victoria was sold.",
    "We ate at Burger King.",
    "I read Mrs. Dalloway twice.",
    "She-Ra is a cartoon.",
    "The French Open starts today.",
    "Old Trafford was full.",
    "Mother Teresa lived in Calcutta.",
    "It is by Hans Christian Andersen.",
    # Idioms and things.
    "Her pleas fell on deaf ears.".replace("Her", "The"),
    "Reboot the host machine.",
    "Black Friday and Uncle Sam.",
    "uncle sam wants you",
    "It is a mother tongue, not a sister city.",
    "French fries with a Danish pastry.",
    "A witch hunt, in layman's terms.",
    "That is man-made.",
    "Comments are disabled on this page.",
    "Ask in plain English.",
    # Verbs and exclamations.
    "We will host the dinner.",
    "They want to man the phones.",
    "Man, that was close.",
    "Thanks for that, man!",
    "I miss you, and miss the rain.",
]
CHANGED = [
    ("The host poured tea.", "The hostess poured tea."),
    ("A man sat by the phones.", "A woman sat by the phones."),
    ("My uncle met Sam.", "My aunt met Sam."),
    ("Miss Ortega and Mr. Bell spoke.", "Mr Ortega and Mrs. Bell spoke."),
    ("Yes, Sir.", "Yes, Madam."),
    ("Thanks Mom for the soup.", "Thanks Dad for the soup."),
    ("Actress and author alike.", "Actor and author alike."),
    ("The queen waved.", "The king waved."),
    ("Those boys will sing.", "Those girls will sing."),
    ("Muslim Man Helps Stranded Travellers Reach Home", "Muslim Woman Helps Stranded Travellers"),
]


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("identity"))


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_names_and_idioms_are_left_alone(swap, text):
    assert [made.text for made in swap.generate([text])[0]] == []


@pytest.mark.parametrize(("text", "expected"), CHANGED)
def test_people_are_not(swap, text, expected):
    assert any(made.text.startswith(expected) for made in swap.generate([text])[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Christian nurses met Muslim nurses.", "Muslim nurses met Christian nurses."),
        ("The Christian Americans prayed.", "The Muslim Americans prayed."),
        ("I know a Christian. Anna knows none.", "I know a Muslim. Anna knows none."),
    ],
)
def test_adjectives_of_peoples_are_no_names(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]


@pytest.mark.parametrize(
    ("file", "number", "most"),
    # No list was grown by the unseen ones, which miss the bound of the others.
    [
        ("names_and_idioms.txt", 1500, 0.02),
        ("names_and_idioms_unseen.txt", 200, 0.04),
        ("names_and_idioms_sayings.txt", 280, 0.19),
        ("names_and_idioms_fresh.txt", 300, 0.02),
    ],
)
def test_few_names_and_idioms_are_changed(swap, file, number, most):
    sentences = pathlib.Path(__file__).with_name(file).read_text("utf-8").splitlines()
    assert len(set(sentences)) == len(sentences) > number
    made = swap.generate(sentences)
    # The sentences are not shown, so that nobody grows a list by the unseen ones.
    num_changed = sum(map(bool, made))
    assert num_changed <= most * len(sentences)


@pytest.mark.parametrize(
    "text",
    [
        "They played Dance of a Woman.",  # a title joined by small words
        "Band of Sons was on.",
        "Three Daughters is a play.",
        "We heard Women Just Know.",
        "They saw Boy 7.",
        "Marquis de Ville wrote it.",
        "Robert the German ruled.",
        "The Polish-American War ended.",
        "The Luck of the Swedes was a film.",
        "The Nigerian sandbird sang.",
        "They have a Cuban spinach there.",
        "The Norwegian krone fell.",
    ],
)
def test_titles_bynames_and_things_are_left_alone(swap, text):
    assert swap.generate([text])[0] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A friend of a woman came.", "A friend of a man came."),
        ("My Muslim American friend came.", "My Christian American friend came."),
        ("Three Muslim Women came.", "Three Muslim Men came."),
        ("Muslim Women Protest Against New Dress Code Again", "Muslim Men Protest Against"),
        ("Thanks to the Germans it works.", "Thanks to the Americans it works."),
        ("I told Mom so.", "I told Dad so."),
        ("They met Black Women there.", "They met White Women there."),
    ],
)
def test_capitals_of_people_are_swapped(swap, text, expected):
    assert any(made.text.startswith(expected) for made in swap.generate([text])[0])


@pytest.mark.parametrize(
    "text",
    [
        "We learn Dutch.",
        "It was translated from Dutch into German.",
        "They wrote a letter in Polish.",
        "Our language was Turkish.",
        "Your Dutch is good.",
        "An Indian pale ale stood there.",
    ],
)
def test_languages_and_kinds_of_things_are_no_people(swap, text):
    assert swap.generate([text])[0] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She is Dutch.", "She is Nigerian."),
        ("Your Dutch cousin is good.", "Your Nigerian cousin is good."),
        ("We teach Dutch children.", "We teach Nigerian children."),
        ("They believe in Germans.", "They believe in Indians."),
        ("An Israeli microphone seller sang.", "A Mexican microphone seller sang."),
        ("Those Russians satellites sang.", "Those Germans satellites sang."),
    ],
)
def test_people_beside_a_word_of_languages_are_swapped(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A German baker sang.", "An American baker sang."),
        ("The Nigerian family moved in.", "The American family moved in."),
        ("Those Germans sang.", "Those Indians sang."),
        ("The Prince of that tale slept.", "The Princess of that tale slept."),
        ("Our Queen slept.", "Our King slept."),
    ],
)
def test_nationalities_and_ranks_of_people_are_swapped(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]


@pytest.mark.parametrize(
    "text",
    ["A German keyboard.", "The Turkish rug is red.", "Prince sang.", "African violets bloom."],
)
def test_things_species_and_bare_ranks_are_not(swap, text):
    assert swap.generate([text]) == [[]]


def test_removal_leaves_them_alone_too():
    remove = Ablation(load_terms("identity"))
    assert remove.generate(["Uncle Sam fell on deaf ears."]) == [[]]
    (made,) = remove.generate(["Uncle Sam met my uncle."])[0]
    assert made.text == "Uncle Sam met my."


def test_a_phrase_that_is_listed_is_a_term():
    mine = parse_terms("term,swap\nuncle sam,aunt samantha\n", "mine.csv")
    assert [m.text for m in Substitution(mine).generate(["Uncle Sam waved"])[0]] == [
        "Aunt Samantha waved"
    ]


def test_lists_of_other_languages_have_no_english_rules():
    terms = parse_terms("term,swap\nman,vrouw\n", "nl.csv").terms
    text = "Man, that is man-made."
    assert not TermFinder(terms).find(text)
    assert [m.start for m in TermFinder(terms, language="nl").find(text)] == [0, 13]


def test_a_phrase_without_its_capitals_hides_no_other():
    finder = TermFinder(load_terms("identity").terms)
    assert not finder.find("The Prodigal Son is a parable.")
    assert not finder.find("It is the prodigal son of cakes.")
    (match,) = finder.find("It is the son of cakes.")
    assert match.start == 10


def test_fixed_phrases_are_told_once_and_hold_capitals_where_needed():
    phrases = [phrase.text.casefold() for phrase in fixed_phrases()]
    assert len(set(phrases)) == len(phrases) > 1000
    finder = TermFinder(load_terms("identity").terms)
    assert not finder.find("The Sisters of Mercy toured.")
    assert finder.find("the sisters of mercy toured")


def test_one_look_at_each_word_tells_where_terms_and_phrases_may_begin():
    terms, draw = load_terms("identity"), random.Random(4)
    finders = [finder_of(terms.only([category])) for category in terms.categories]
    beginnings = Beginnings(finders)
    phrases = [phrase.text for phrase in fixed_phrases() if " " in phrase.text]
    listed = [term.text for term in terms.terms]
    num_fixed = num_found = 0
    for _ in range(3000):
        parts = [draw.choice(draw.choice([phrases, listed, ["the", "of", "a"]])) for _ in range(3)]
        text = " ".join(parts)
        words = words_of(text)
        looked_at = beginnings.read(words)
        for number, finder in enumerate(finders):
            expected = finder.read(words_of(text))
            num_fixed += not expected[1]
            num_found += bool(expected[0])
            if number in looked_at:
                assert finder.read(words) == expected
            else:
                assert expected[0] == []
    assert num_fixed > 2000
    assert num_found > 2000


def test_what_may_begin_longer_is_told_with_the_words_of_what_was_found():
    finder = finder_of(parse_terms("term\nred man\nred man choir\nblue\n", "colours"))
    words = words_of("Red man, blue, red man choir, red choir")
    Beginnings([finder]).read(words)
    matches = finder.read(words)[0]
    assert finder.may_begin_longer(words, matches) == {0: 2, 3: 3}
    assert finder.may_begin_longer(words, matches[1:2]) == {0: 1, 3: 1}
