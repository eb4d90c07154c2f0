"""Peoples, whose nouns have a capital in French: "un Français", "les Italiennes"."""

from __future__ import annotations

from fairflip.text.languages.french.forms import feminine_of, plural_of
from fairflip.text.languages.tokens import word_set

_PEOPLES = word_set(
    """français anglais irlandais écossais gallois portugais hollandais polonais japonais libanais
    sénégalais camerounais congolais gabonais ivoirien thaïlandais néerlandais islandais
    finlandais rwandais soudanais chinois danois suédois hongrois québécois pakistanais
    américain africain mexicain cubain marocain roumain dominicain haïtien italien algérien
    tunisien égyptien syrien iranien irakien israélien palestinien jordanien brésilien
    canadien australien autrichien norvégien ukrainien bosnien chilien péruvien colombien
    bolivien vénézuélien indien malien nigérien nigérian ghanéen éthiopien européen coréen
    vietnamien cambodgien laotien parisien afghan argentin philippin turc grec espagnol
    allemand flamand breton catalan juif musulman chrétien noir blanc russe belge suisse
    bulgare serbe croate tchèque arabe asiatique kurde slave maghrébin antillais lituanien
    estonien géorgien arménien saoudien yéménite équatorien uruguayen paraguayen tzigane rom"""
)
#: All their forms, in lower case.
NATIONS = frozenset(
    form
    for people in _PEOPLES
    for one in (people, feminine_of(people))
    for form in (one, plural_of(one))
)
