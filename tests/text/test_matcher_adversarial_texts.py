"""Hand-written texts that term matching gets wrong easily; each is a test.

Term removal in the Counterfactual Logit Pairing tutorial matched inside words, lost
lines and left double spaces: none of that may happen here.
"""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.matcher import Matcher
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms

TERMS = [
    "he", "she", "her", "his", "him", "man", "woman", "women", "king", "queen", "gay", "aunt",
    "african american", "non-binary", "ma'am", "Mr.", "latiné", "girl", "african", "people of color",
    "👩", "größe", "мать",
]  # fmt: skip

FOUND = [
    # Never inside a word.
    ("the there then cheese", []),
    ("Sheila cashed her check", ["her"]),
    ("hers shed ashes", []),
    ("history this chisel", []),
    ("human mankind Manchester woman's", ["woman"]),
    ("he2 2he he_man man_he", []),
    ("HE-man", ["HE", "man"]),
    ("womankind and womanly women", ["women"]),
    ("gayle gays gay", ["gay"]),
    ("aunts aunty taunt aunt", ["aunt"]),
    ("kingdom joking king", ["king"]),
    ("hé hè ĥe", []),
    ("he\u0301 h\u0301e", []),
    ("he\u0308lp", []),
    ("schéhe", []),
    ("größen Größe GRÖSSE", ["Größe", "GRÖSSE"]),
    ("матери мать МАТЬ", ["мать", "МАТЬ"]),
    ("latiné Latiné latine\u0301 latine", ["latiné", "Latiné", "latine\u0301"]),
    ("(wo)man (s)he s/he", []),
    ("w*man wom*n m@n", []),
    ("wo*man he$ he$$o", ["he"]),
    ("he'eia o'he", []),
    ("rock'n'he", []),
    ("heʻe", []),
    # Addresses and names are left alone.
    ("https://example.org/women/king", []),
    ("see http://he.example/she?her=1 now", []),
    ("www.king.example", []),
    ("women.com and man.org", []),
    ("mail king@example.org or queen@man.edu", []),
    ("@king and @he_man", []),
    ("r/women /r/woman u/king /u/queen", []),
    ("or/women", ["women"]),
    # Boundaries that are boundaries.
    ("he,she;her:his.him!man?woman", ["he", "she", "her", "his", "him", "man", "woman"]),
    ("(he) [she] {her} <his>", ["he", "she", "her", "his"]),
    ("\"he\" 'she' “her” ‘his’ «him»", ["he", "she", "her", "his", "him"]),
    ("*he* **she** _her_ ~~his~~ `him`", ["he", "she", "her", "his", "him"]),
    ("he/she his/her", ["he", "she", "his", "her"]),
    ("he—she he–her he…his", ["he", "she", "he", "her", "he", "his"]),
    ("#king #women", ["king", "women"]),
    ("he\nshe\r\nher\this", ["he", "she", "her", "his"]),
    ("he\u2028she\u00a0her\u3000his", ["he", "she", "her", "his"]),
    ("he🙂she👍🏽her", ["he", "she", "her"]),
    ("🙂he", ["he"]),
    ("he's he’s heʼs he'll he'd", ["he"] * 5),
    ("HE'S She’ll", ["HE", "She"]),
    ("woman's women's king's", ["woman", "women", "king"]),
    ("the women' rights", ["women"]),
    ("ex-woman anti-gay gay-friendly", ["woman", "gay", "gay"]),
    ("he.she", ["he", "she"]),
    ("I saw him.Then he left", ["him", "he"]),
    ("he:she", ["he", "she"]),
    ("man+woman=2", ["man", "woman"]),
    ("100%he", ["he"]),
    # Case.
    ("HE He hE he", ["HE", "He", "hE", "he"]),
    ("AFRICAN American", ["AFRICAN American"]),
    # Several words: longest first, over hyphens and lines.
    ("african american african", ["african american", "african"]),
    ("African-American African‑American", ["African-American", "African‑American"]),
    ("African\nAmerican", ["African\nAmerican"]),
    ("African  American", ["African  American"]),
    ("African, American", ["African"]),
    ("african africa american", ["african"]),
    ("people of color", ["people of color"]),
    ("people of colorado", []),
    ("people of people of color", ["people of color"]),
    ("non-binary Non‑Binary NON-BINARY", ["non-binary", "Non‑Binary", "NON-BINARY"]),
    ("nonbinary non binary", []),
    ("ma'am Ma’am maam", ["ma'am", "Ma’am"]),
    ("Mr. King mr Mr.X", ["Mr.", "King", "Mr."]),
    # Pictures.
    ("👩 x👩y", ["👩", "👩"]),
    ("👩🏽 👩‍💻 👩‍👩‍👧", []),
    ("", []),
    (" \n\t ", []),
    ("...!?", []),
    ("\ud800 he", ["he"]),
    ("he" * 50, []),
]  # fmt: skip

ABLATED = [
    ("plan_a gay apple", "plan_a apple"),
    ("_a gay apple_", "_an apple_"),
    ("cafe\u0301a gay apple", "cafe\u0301a apple"),
    ("He is a doctor.", "is a doctor."),
    ("I like her.", "I like."),
    ("I like her very much", "I like very much"),
    ("She said he left", "said left"),
    ("  he  ", ""),
    ("He, however, left.", "however, left."),
    ("My friend, her, came.", "My friend, came."),
    ("I like them, her.", "I like them."),
    ("Hello. She. Bye.", "Hello. Bye."),
    ("She!!! Why", "Why"),
    ("Is it her?", "Is it?"),
    ("Tell her: go", "Tell: go"),
    ("He's nice and he’ll stay", "nice and stay"),
    ("he 's nice", "nice"),
    ("the woman's hat", "the hat"),
    ("the queens' hats", "the hats"),
    ('call it "her" now', "call it now"),
    ("(she) came", "came"),
    ("we (and she) came", "we (and) came"),
    ("“He came”", "“came”"),
    ("'she came'", "'came'"),
    ("*she* ran, **he** hid", "ran, hid"),
    ("_she_ ran", "ran"),
    ("my ex-wife left", "my ex left"),
    ("my mother-in-law is here", "my in-law is here"),
    ("an anti-gay law", "an anti law"),
    ("a gay-friendly bar", "a friendly bar"),
    ("she/he is", "is"),
    ("women/children", "women/children".removeprefix("women/")),
    ("children/women", "children"),
    ("a gay artist", "an artist"),
    ("A gay artist", "An artist"),
    ("A GAY ARTIST", "AN ARTIST"),
    ("a lesbian", "a"),
    ("an uncle tall as me", "a tall as me"),
    ("a uncle tall as me", "a tall as me"),
    ("#women march", "march"),
    ("friends—her—came", "friends—came"),
    ("love her :)", "love :)"),
    ("one\nhe\ntwo", "one\n\ntwo"),
    ("one\nhe two", "one\ntwo"),
    ("one he\ntwo", "one\ntwo"),
    ("one\n\nShe, two", "one\n\ntwo"),
    ("- he\n- she\n", "-\n-\n"),
    ("one\r\nhe\r\ntwo", "one\r\n\r\ntwo"),
    ("a\the\tb", "a b"),
    ("Ask  him  why", "Ask why"),
    ("keep  double spaces, he said", "keep  double spaces, said"),
    ("sister sister sister", ""),
    ("he and she", "and"),
    ("HE IS LOUD", "IS LOUD"),
    ("tell him/her to go", "tell to go"),
    ("😀 she 😀", "😀 😀"),
    ("😀she😀", "😀😀"),
    ("the heir's and the heir’s", "the and the"),
]

SWAPPED = [
    ("he and she", ["she and he"]),
    ("He and SHE and hE", ["She and HE and she"]),
    ("He's here, she’ll come", ["She's here, he’ll come"]),
    ("the man's wife", ["the woman's husband"]),
    ("the ladies' room", ["the gentlemen's room"]),
    ("the gentlemen's room", ["the ladies' room"]),
    ("the waitresses' trays", ["the waiters' trays"]),
    ("the waitress's tray", ["the waiter's tray"]),
    ("an uncle and an aunt", ["an aunt and an uncle"]),
    ("a nephew", ["a niece"]),
    ("an actor", ["an actress"]),
    ("a female heir", ["a male heiress"]),
    ("an heiress", ["an heir"]),
    ("A groom", ["A bride"]),
    ("his or her opinion", ["her or his opinion"]),
    ("his/her opinion", ["her/his opinion"]),
    ("him/her", ["her/him"]),
    ("a mother-in-law", ["a father-in-law"]),
    ("ex-wife", ["ex-husband"]),
    ("#girls", ["#boys"]),
    ("girls\nboys", ["boys\ngirls"]),
    ("I saw her.", ["I saw him."]),
    ("I saw her yesterday", ["I saw him yesterday"]),
    ("I read her book", ["I read his book"]),
    ("her own book", ["his own book"]),
    ("give her a book", ["give him a book"]),
    ("tell her that", ["tell him that"]),
    ("let her go", ["let him go"]),
    ("I heard her speak", ["I heard him speak"]),
    ("make her happy", ["make him happy"]),
    ("her happy face", ["his happy face"]),
    ("love her very much", ["love him very much"]),
    ("her very first car", ["his very first car"]),
    ("love her deeply", ["love him deeply"]),
    ("her family", ["his family"]),
    ("took her home", ["took him home"]),
    ("her home", ["his home"]),
    ("saw her last night", ["saw him last night"]),
    ("her last name", ["his last name"]),
    ("her so-called friend", ["his so-called friend"]),
    ("love her so much", ["love him so much"]),
    ("me and her", ["me and him"]),
    ("her and her dog", ["him and his dog"]),
    ("for her birthday", ["for his birthday"]),
    ("a friend of hers", ["a friend of his"]),
    ("a friend of his.", ["a friend of hers."]),
    ("the book is his", ["the book is hers"]),
    ("his is better", ["hers is better"]),
    ("his book", ["her book"]),
    ("tell him", ["tell her"]),
    ("she hurt herself", ["he hurt himself"]),
    ("the theatre", []),
    ("trans woman", ["cis woman"]),
    ("Jewish", ["Christian", "Muslim", "Hindu", "Buddhist", "Atheist", "Sikh"]),
    ("JEWS", ["CHRISTIANS", "MUSLIMS", "HINDUS", "BUDDHISTS", "ATHEISTS", "SIKHS"]),
    ("a deaf man", ["a deaf woman", "a hearing man"]),
    ("Asian people", ["Black people", "White people", "Latino people"]),
    ("a black woman", ["a black man", "a white woman", "an Asian woman", "a Latina woman"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def matcher():
    return Matcher(TERMS)


@pytest.fixture(scope="module")
def ablation():
    identity = load_terms("identity").terms
    known = {term.text for term in identity}
    more = [term for term in load_terms("clp_tutorial").terms if term.text not in known]
    rows = "".join(f'"{t.text}",{t.group},{t.category}\n' for t in [*identity, *more])
    return Ablation(parse_terms("term,group,category\n" + rows, "both lists"))


@pytest.fixture(scope="module")
def substitution():
    return Substitution(load_terms("identity"))


def test_there_are_enough_cases():
    assert len(FOUND) + len(ABLATED) + len(SWAPPED) >= 180
    for cases in (FOUND, ABLATED, SWAPPED):
        texts = [text for text, _ in cases]
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_finds_whole_words_only(matcher, text, expected):
    assert [text[match.start : match.end] for match in matcher.find(text)] == expected


@pytest.mark.parametrize(("text", "expected"), ABLATED)
def test_removes_terms_and_repairs(ablation, text, expected):
    (made,) = ablation.generate([text])[0]
    assert made.text == expected


@pytest.mark.parametrize(("text", "expected"), SWAPPED)
def test_swaps_terms_within_their_category(substitution, text, expected):
    assert [made.text for made in substitution.generate([text])[0]] == expected
