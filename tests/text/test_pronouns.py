"""Which use of a pronoun a swap means: by sentences, by idioms, by public sets, for any text."""

from __future__ import annotations

import collections
import json
import re
from importlib import resources

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.pronoun_model import WEIGHTS_FILE, features_of, pronoun_model
from fairflip.text.english.pronoun_words import AFTER, BEFORE, CLOSED
from fairflip.text.pronouns import choose_pronoun, is_determiner
from fairflip.text.substitution import Substitution

DETERMINERS = """
The baker thanked the driver for her patience.
The farmer met the guard and praised her garden.
The manager could not find the janitor because her shift was over.
The mechanic gave the cashier her keys.
The baker told the lawyer that her bread was ready.
The painter visited the owner because her office needs repainting.
We admired her singing.
The CEO hired her assistant last week.
They rejected her application without reason.
He helped her mother with the groceries.
He found her wallet under the seat.
He told her boss the truth.
He gave her dog a bone.
They left her house at noon.
They got her address from the clerk.
The tutor lost her glasses.
The developer fixed her computer.
The designer presented her sketches to the board.
The guard saw her badge.
The auditor checked her accounts.
The driver damaged her fence.
The agent sold her flat.
They stole her bag.
Her working hours are long.
We waited for her reply.
This is her first day.
At her request we stopped.
He stood by her side.
During her absence we worked.
I like her three cats.
He met her very old aunt.
The chef cooked dinner because her guests were hungry.
They offered the nurse a seat because her feet hurt.
The janitor reminded the accountant that her pay was due.
Everyone appreciates her help.
They enjoyed her talk.
We changed her plan.
The owner accepted her offer.
She made her point.
The janitor kept her umbrella.
They heard her voice.
I left her a note in her locker.
The agent wants her approval.
He asked her opinion.
He told her story to the press.
I bought her car.
They paid her bill.
I brought her guitar back.
The court denied her appeal.
The court granted her petition.
I consider her answer final.
We believed her version.
Help her team win.
They named her street after a poet.
The board chose her design.
He took her seat.
I visited her farm.
They joined her club.
He shares her view.
He stepped on her toe.
We agreed with her conclusion.
They rely on her judgment.
Is this her pen?
He ran her campaign.
He returned her gaze.
We knew her late father.
She left her former employer.
They checked her weekly report.
They met her two sons.
He forgot her last name.
She lost her only child.
We loved her first film.
They painted her more recent house.
We liked her most recent talk.
The tenant called her previous landlord.
We cleaned her dirty shoes.
The crew cleaned her small flat.
They found her lost cat.
I drove her brand new truck.
He got her full name wrong.
We want her honest view.
We called her rich uncle.
She made her wedding dress.
He gave her cleaning supplies away.
The visitor praised her cooking skills.
The barber trimmed her fringe.
The vet treated her parrot.
The waiter dropped her plate and apologised.
The optician adjusted her spectacles.
The dentist pulled her molar.
The florist arranged her bouquet.
The reporter misquoted her remarks.
""".strip().splitlines()
OBJECTS = """
Nobody paid her attention.
They handed her flowers.
We offered her tea and cake.
I owe her money.
He taught her chess.
They wrote her letters for years.
He bought her chocolates.
We found her unconscious.
We found her sleeping.
I saw her leave.
We heard her sing.
He made her laugh.
They let her in.
The cook made her wait.
The noise kept her awake.
They called her crazy.
The news left her speechless.
They named her captain.
They appointed her director.
We chose her as leader.
He visits her daily.
I met her yesterday.
I call her every day.
The clerk thanked her because it helped.
The mechanic greets with the receptionist and asked her about the day.
The lawyer hired the assistant and paid her well.
The cook served her and left.
The farmer knew the guard and liked her.
The baker asked her what she wanted.
The developer argued with her about money.
They blamed her for the delay.
They accused her of theft.
He reminded her to call.
The boss told her to stay.
We begged her not to go.
I want her to win.
The teacher helped her finish.
They drove her home.
They sent her away.
They promoted her quickly.
They fired her without warning.
He loves her dearly.
Everyone respects her greatly.
The guard stopped her politely.
The nurse looked at her closely.
They followed her upstairs.
He followed her outside.
I trust her completely.
The cleaner saw her crying.
We caught her stealing.
I remember her saying so.
They picked her over me.
I gave her two apples.
We gave her nothing.
He gave her everything.
They showed her around.
I believe her now.
We need her here.
Thank her for me.
It was nice of her to call.
It took her hours.
It took her three days.
That cost her dearly.
Luck is with her today.
For her to win is rare.
Ask her nicely.
Tell her hello from us.
They asked her politely to leave.
I heard her laughing.
We made her chairwoman.
The board elected her treasurer.
We watched her swim.
They helped her walk.
He wished her success.
He promised her justice.
The bank denied her credit.
They fed her soup.
I emailed her twice.
We texted her again.
He called her names.
He thinks of her often.
We met her once.
I'll see her tonight.
The driver took her there.
He brought her coffee.
They gave her permission to leave.
Someone told her lies.
They considered her lucky.
He deemed her guilty.
We believed her innocent.
He set her free.
They kept her busy.
It made her happy.
Let her speak.
Let her try.
Make her stop.
Have her call me.
They saw her fall.
""".strip().splitlines()
ENDINGS = {"closed", "open", "none", "ing", "ed", "ly", "plural"}
FRAMES = {"none", "two", "adjective", "infinitive", "somebody", "something"}
HIS = [
    ("His elbow itched.", "Her elbow itched."),
    ("His own idea won.", "Her own idea won."),
    ("I like his every word.", "I like her every word."),
    ("A cousin of his own age came.", "A cousin of her own age came."),
    ("A neighbour of his waved.", "A neighbour of hers waved."),
    ("Two friends of his live here.", "Two friends of hers live here."),
    ("A friend of his mother waved.", "A friend of her father waved."),
    ("Our car and his broke down.", "Our car and hers broke down."),
    ("Our car and his old van broke down.", "Our car and her old van broke down."),
    ("That seat is his too.", "That seat is hers too."),
    ("He left with his back straight.", "She left with her back straight."),
    ("Is it mine or his?", "Is it mine or hers?"),
    ("His was the better plan.", "Hers was the better plan."),
    ("His under-used gift", "Her under-used gift"),
]


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("identity").only(["gender"]))


@pytest.mark.parametrize("text", DETERMINERS)
def test_before_its_noun(text):
    actual = list(re.finditer(r"\bher\b", text, re.IGNORECASE))[-1]
    assert is_determiner(text, *actual.span())
    assert choose_pronoun(("him", "his"), text, *actual.span(), is_determiner) == "his"


@pytest.mark.parametrize("text", OBJECTS)
def test_alone(text):
    actual = re.search(r"\bher\b", text, re.IGNORECASE)
    assert not is_determiner(text, *actual.span())


@pytest.mark.parametrize(("text", "expected"), HIS)
def test_his_is_her_or_hers(swap, text, expected):
    assert [made.text for made in swap.generate([text])[0]] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tell him and her brother.", "Tell her and his sister."),
        ("They invited him and her mother.", "They invited her and his father."),
        ("It was between him and her boss.", "It was between her and his boss."),
        ("We drove him and her to work.", "We drove her and him to work."),
        ("It belongs to him and her alike.", "It belongs to her and him alike."),
        ("They asked him or her.", "They asked her or him."),
        ("Help him or her succeed.", "Help her or him succeed."),
        ("It is for him or her family.", "It is for her or his family."),
        ("We called him/her yesterday.", "We called her/him yesterday."),
        ("Tell her and his sister.", "Tell him and her brother."),
        ("It is between her and his boss.", "It is between him and her boss."),
        ("I read his and her book.", "I read her and his book."),
        ("I saw her and her brother.", "I saw him and his sister."),
    ],
)
def test_joined_pronouns_are_each_read_as_if_alone(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]


def test_the_file_of_weights_is_small_and_holds_no_word_of_an_open_class():
    content = resources.files("fairflip.text.english").joinpath(WEIGHTS_FILE).read_bytes()
    assert len(content) < 200_000
    names = " ".join(json.loads(content)["weights"].values()).split(" ")
    assert len(set(names)) == len(names) > 2000
    for name in names:
        if re.fullmatch(r"(?:before|after2?):(?:BEGIN|END|\W|o|)", name):
            continue
        for part in re.split("[&|]", name):
            by_itself = re.fullmatch(r"[pw][12]=(.+)|a:=(.+)", part)
            if by_itself:
                word = by_itself.group(1) or by_itself.group(2)
                assert word in CLOSED or len(word.lstrip("*")) <= 2, name
            elif ending := re.fullmatch(r"[pw][12]-(.+)", part):
                assert len(ending.group(1)) <= 3 or ending.group(1) in CLOSED, name
            elif group := re.fullmatch("([ab]):([a-z_]+)", part):
                assert group.group(2) in {*BEFORE, *AFTER, *ENDINGS}, name
            elif place := re.fullmatch("(?:k[23]?|k1|n2?):=(.+)", part):
                assert place.group(1) in CLOSED, name
            elif frames := re.fullmatch("f:(.+)", part):
                assert {*frames.group(1).split("+")} <= FRAMES, name
            else:
                classes = "(?:k[123]?:[NSVZDGAR]+|n2?:[0-5]|k[123]?:[.?]|n2:[.?])"
                others = "w1(?:hyphen|capital)|[pw][12]#|end|closed|open"
                assert re.fullmatch(f"{classes}|{others}", part), name


def test_a_model_adds_the_weights_of_its_features():
    text = "I saw her leave."
    features = dict.fromkeys(features_of(text, 6, 9))
    model = pronoun_model()
    expected = model.intercept + sum(model.weights.get(name, 0.0) for name in features)
    assert model.score(text, 6, 9) == pytest.approx(expected)
    assert {"p1=*", "p1-w", "b:see", "a:verb|end", "after2:END"} <= set(features)


@given(st.text(max_size=30), st.sampled_from(["her", "HIS", "Her", "his"]), st.text(max_size=30))
def test_any_surroundings_are_survived(before, pronoun, after):
    text = f"{before} {pronoun} {after}"
    start = len(before) + 1
    output = is_determiner(text, start, start + 3)
    assert output is is_determiner(text, start, start + 3)
    assert isinstance(output, bool)


@given(
    st.sampled_from(["thanked", "met", "called", "saw", "hired", "for", "with", "because of"]),
    st.sampled_from(
        [".", "!", ", who laughed.", "; then we left.", " and left.", " because of it."]
    ),
)
def test_before_what_ends_a_clause_it_is_alone(verb, end):
    text = f"They {verb} her{end}"
    start = text.index("her")
    assert not is_determiner(text, start, start + 3)


def test_winobias_by_the_pronoun_of_the_other_form(real_data):
    """Neither trained nor tuned on: the model sees only what English itself tells."""
    rows = pq.read_table(real_data / "benchmark/winobias_dev.parquet").to_pylist()
    forms = collections.defaultdict(list)
    for row in rows:
        forms[row["type"], row["number"]].append(row["sentence"])
    wrong, total = collections.Counter(), collections.Counter()
    for one, other in forms.values():
        for text, counterpart in ((one, other), (other, one)):
            words = list(re.finditer(r"\w+", text))
            for word, gold in zip(words, re.findall(r"\w+", counterpart), strict=False):
                if word.group().lower() == "her" and gold.lower() in ("him", "his"):
                    total[gold] += 1
                    wrong[gold] += is_determiner(text, *word.span()) != (gold.lower() == "his")
    assert total["him"] > 300
    assert wrong["him"] <= 0.035 * total["him"]
    assert wrong["his"] <= 0.025 * total["his"]


def test_winogender_both_ways(real_data, swap):
    table = pq.read_table(real_data / "benchmark/winogender.parquet").to_pylist()
    sentences = {row["sentid"]: row["sentence"] for row in table}
    for name, text in sentences.items():
        for one, other in (("female", "male"), ("male", "female")):
            if f".{one}." in name:
                made = [each.text for each in swap.generate([text])[0]]
                assert sentences[name.replace(f".{one}.", f".{other}.")] in made
