"""French swaps: elision, agreement, pronouns, groups, own lists, what is left alone."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("L'acteur dort.", "L'actrice dort."),
        ("L’acteur dort.", "L’actrice dort."),
        ("L'HOMME DORT.", "LA FEMME DORT."),
        ("Le héros dort.", "L'héroïne dort."),
        ("L'héroïne dort.", "Le héros dort."),
        ("la maison de l'homme", "la maison de la femme"),
        ("la maison du voisin", "la maison de la voisine"),
        ("la maison de la voisine", "la maison du voisin"),
        ("Je parle à l'avocat.", "Je parle à l'avocate."),
        ("Je parle au directeur.", "Je parle à la directrice."),
        ("Je parle à la directrice.", "Je parle au directeur."),
        ("Cet homme est mon ami.", "Cette femme est mon amie."),
        ("Ma voisine est mon ancienne élève.", "Mon voisin est mon ancien élève."),
        ("Un bel acteur et un vieil ami", "Une belle actrice et une vieille amie"),
        ("Une belle actrice et une vieille amie", "Un bel acteur et un vieil ami"),
        ("Il y a beaucoup d'hommes.", "Il y a beaucoup de femmes."),
        ("Plus d'hommes que de femmes", "Plus de femmes que d'hommes"),
        ("Je sais qu'il vient.", "Je sais qu'elle vient."),
        ("S'ils viennent, je pars.", "Si elles viennent, je pars."),
        ("Si elle vient, je pars.", "S'il vient, je pars."),
        ("Les voisins sont heureux et fiers.", "Les voisines sont heureuses et fières."),
        ("Les voisins ont été élus.", "Les voisines ont été élues."),
        ("Le voisin a mangé une pomme.", "La voisine a mangé une pomme."),
        ("Elle s'est lavé les mains.", "Il s'est lavé les mains."),
        ("Il s'est levé.", "Elle s'est levée."),
        ("J'ai vu la voisine et je l'ai saluée.", "J'ai vu le voisin et je l'ai salué."),
        ("Les acteurs que j'ai vus dorment.", "Les actrices que j'ai vues dorment."),
        ("Mon mari est médecin.", "Ma femme est médecin."),
        ("Sa fille est rousse.", "Son fils est roux."),
        ("La fille du boulanger est là.", "Le fils de la boulangère est là."),
        ("Une jeune fille attend.", "Un jeune homme attend."),
        ("Le monsieur est sourd.", "La dame est sourde."),
        ("Monsieur Dupont est sourd.", "Madame Dupont est sourde."),
        ("M. Dupont est sourd.", "Mme Dupont est sourde."),
        ("Un Français est entré.", "Une Française est entrée."),
        ("Les Français sont fiers.", "Les Françaises sont fières."),
        ("La lettre est pour elle.", "La lettre est pour lui."),
        ("Je lui parle.", None),
        ("Il est tard.", None),
        ("Il est clair que la voisine est folle.", "Il est clair que le voisin est fou."),
        ("C'est beau, dit la voisine.", "C'est beau, dit le voisin."),
        ("L'un des voisins est parti.", "L'une des voisines est partie."),
        ("Les hommes et les femmes sont égaux.", "Les femmes et les hommes sont égaux."),
        ("Mon père et mon oncle sont venus.", "Ma mère et ma tante sont venues."),
        ("Elle et lui sont mariés.", "Lui et elle sont mariés."),
        ("La fille que le garçon a vue dort.", "Le garçon que la fille a vu dort."),
        ("Le livre qu'il a écrit est bon.", "Le livre qu'elle a écrit est bon."),
        ("Vous êtes beau, monsieur.", "Vous êtes belle, madame."),
        ("Elle se fait vieille.", "Il se fait vieux."),
        ("Les voisins se disent contents.", "Les voisines se disent contentes."),
        ("Ce sont de vieilles amies.", "Ce sont de vieux amis."),
        ("La police cherche une femme armée.", "La police cherche un homme armé."),
        ("Une fois arrivée, la princesse dort.", "[unsure_agreement]"),
        ("Il a deux sœurs.", "Elle a deux frères."),
        ("Il est cassé, disent les voisines.", "[unsure_pronoun]"),
        ("Il parle français avec un Français.", "Elle parle français avec une Française."),
        ("La femme la plus riche est française.", "L'homme le plus riche est français."),
        ("Cette femme est une menteuse.", "Cet homme est un menteur."),
        ("Mes voisins sont de vrais bavards.", "Mes voisines sont de vraies bavardes."),
        ("Mes voisines sont de grosses erreurs.", "Mes voisins sont de grosses erreurs."),
        ("L'élève est punie.", "L'élève est puni."),
        ("Les élèves dorment.", None),
        ("Marie est mariée et blessée.", None),
        ("La personne âgée dort.", None),
        ("La maison voisine est vide.", None),
        ("La princesse, fatiguée, dort.", "Le prince, fatigué, dort."),
        ("Le chien de la princesse, fatiguée, dort.", "[unsure_agreement]"),
        ("Fatiguée, la princesse dort.", "[unsure_agreement]"),
        ("Personne n'est venu, dit le voisin.", "Personne n'est venu, dit la voisine."),
        ("J'ai vu une amie venue de loin.", "J'ai vu un ami venu de loin."),
        ("La mariée était en blanc.", "Le marié était en blanc."),
        ("Cette vieille dame dort.", "Ce vieux monsieur dort."),
        ("Ce vieux monsieur dort.", "Cette vieille dame dort."),
        ("Cher monsieur, bonsoir.", "Chère madame, bonsoir."),
        ("Les voisines sont de vraies canailles.", "[unsure_agreement]"),
        ("Les voisins sont fatigué.", "[unsure_agreement]"),
        ("Le voisins dort.", "[unsure_form]"),
        ("C'est une espèce de fils.", "[unsure_form]"),
        ("Le voisin a un chien. Il est gentil.", "[unsure_pronoun]"),
        ("La voisine a une table, je la vois.", "[unsure_pronoun]"),
        ("Il est sûr que la voisine part.", "[unsure_pronoun]"),
    ],
)
def test_swaps_of_gender(french, text, wanted):
    assert french(text) == wanted


@pytest.mark.parametrize(
    ("text", "category", "wanted"),
    [
        ("Le juif priait.", "religion", "Le musulman priait."),
        ("la famille de la juive", "religion", "la famille de la chrétienne"),
        ("cet athée", "religion", "ce juif"),
        ("beaucoup de juifs", "religion", "beaucoup de musulmans"),
        ("Un Allemand chante.", "nationality", "Un Français chante."),
        ("L'Algérienne chante.", "nationality", "La Française chante."),
        ("Un vieil Algérien chante.", "nationality", "Un vieux Français chante."),
        ("les femmes noires", "race", "les femmes blanches"),
        ("Je vois les gays.", "sexual_orientation", "Je vois les hétéros."),
        ("Il est homosexuel.", "sexual_orientation", "Il est hétérosexuel."),
        ("Les personnes handicapées votent.", "disability", "Les personnes valides votent."),
        ("Les personnes âgées votent.", "age", "Les jeunes personnes votent."),
    ],
)
def test_groups_keep_gender_and_number(text, category, wanted):
    swap = make_generator(GeneratorSpec(method="substitution", language="fr"))
    made = [one for one in swap.generate([text])[0] if category in one.categories]
    assert wanted in [one.text for one in made]


def test_groups_of_things_are_left_alone():
    swap = make_generator(GeneratorSpec(method="substitution", terms="identity_fr"))
    assert swap.generate(["un vin français et une voiture noire"])[0] == []


def test_a_list_of_ones_own_is_found_behind_elided_words(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(
        "term,group,category,swap,form\n"
        "agent,male,gender,agente,m\n"
        "agente,female,gender,agent,f\n"
        "interne,common_gender,gender,,mf\n",
        "utf-8",
    )
    spec = GeneratorSpec(method="substitution", terms=str(path), language="fr")
    texts = ["L'agent est venu.", "J'ai parlé d'agents fatigués.", "Cet interne et qu'une agente"]
    assert [made[0].text for made in make_generator(spec).generate(texts)] == [
        "L'agente est venue.",
        "J'ai parlé d'agentes fatiguées.",
        "Cette interne et qu'un agent",
    ]
