"""Korean particles and the Arabic article: terms are found with them, and particles agree."""

from __future__ import annotations

import pytest

from fairflip.text.ablation import Ablation
from fairflip.text.matcher import Matcher
from fairflip.text.plain_edits.table import refusal_of
from fairflip.text.scripts.unspaced import AttachedTerms, with_particle
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms

KOREAN = parse_terms(
    "term,group,category,swap\n무슬림,muslim,religion,불교도|기독교인\n기독교인,christian,religion,무슬림\n"
    "불교도,buddhist,religion,무슬림\n여자,female,gender,남편\n남편,male,gender,여자\n서울,a,city,부산\n",
    "ko.csv",
)
ARABIC = parse_terms(
    "term,group,category,swap\nمسلم,muslim,religion,مسيحي\nمسيحي,christian,religion,مسلم\n",
    "ar.csv",
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("무슬림은 기도한다.", "불교도는 기도한다."),
        ("불교도는 기도한다.", "무슬림은 기도한다."),
        ("무슬림이 왔다.", "불교도가 왔다."),
        ("불교도를 보았다.", "무슬림을 보았다."),
        ("불교도와 함께", "무슬림과 함께"),
        ("불교도에게 주었다.", "무슬림에게 주었다."),
        ("불교도의 책", "무슬림의 책"),
        ("불교도들은 기도한다.", "무슬림들은 기도한다."),
        ("불교도에게는 없다.", "무슬림에게는 없다."),
        ("불교도라고 했다.", "무슬림이라고 했다."),
        ("불교도로 살았다.", "무슬림으로 살았다."),
        ("불교도 기도한다.", "무슬림 기도한다."),
        ("여자는 갔다.", "남편은 갔다."),
    ],
)
def test_particles_follow_the_last_sound_of_the_new_word(text, wanted):
    made = Substitution(KOREAN).generate([text])[0]
    assert wanted in [one.text for one in made]


@pytest.mark.parametrize(
    "text", ["서울역은 멀다.", "비무슬림은", "무슬림학교", "https://무슬림은.kr"]
)
def test_longer_words_are_left_alone(text):
    assert Matcher([term.text for term in KOREAN.terms]).find(text) == []


def test_a_final_rieul_takes_the_short_form_of_one_particle_alone():
    assert with_particle("도시으로", 2, "서울") == (4, "서울로")
    assert with_particle("도시는", 2, "서울") == (3, "서울은")
    assert with_particle("도시는", 2, "Seoul") == (2, "Seoul")
    assert with_particle("도시 는", 2, "서울") == (2, "서울")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("المسلم يصلي", "المسيحي يصلي"),
        ("والمسلم يصلي", "والمسيحي يصلي"),
        ("للمسلم بيت", "للمسيحي بيت"),
        ("مسلم يصلي", "مسيحي يصلي"),
    ],
)
def test_an_arabic_noun_keeps_its_article(text, wanted):
    assert Substitution(ARABIC).generate([text])[0][0].text == wanted


@pytest.mark.parametrize("text", ["المسلمون", "استسلم", "سالمسلم"])
def test_other_arabic_words_are_left_alone(text):
    assert Substitution(ARABIC).generate([text])[0] == []


def test_lists_of_other_scripts_look_for_nothing_attached():
    assert not AttachedTerms(["muslim", "她", "ж"]).are_any
    assert AttachedTerms(["무슬림"]).find("무슬림 무슬림은") == [(4, 7, 0)]


def test_ablation_finds_them_too():
    made = Ablation(KOREAN).generate(["그 무슬림은 왔다. 불교도들에게 그 남편은"])[0]
    assert [one.text for one in made] == ["그 왔다. 그"]
    assert made[0].terms == ("무슬림", "불교도", "남편")


def test_edits_in_a_graph_refuse_such_lists():
    assert "such as '무슬림'" in refusal_of(KOREAN, "ablation")
    assert "such as 'مسلم'" in refusal_of(ARABIC, "ablation")
