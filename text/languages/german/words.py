"""Closed classes of German words that tell what a noun phrase does in its sentence."""

from __future__ import annotations

from fairflip.text.languages.tokens import word_set

ACCUSATIVE = word_set("für ohne gegen durch um wider per pro bis betreffend")
DATIVE = word_set(
    """mit von bei nach aus zu seit gegenüber außer samt nebst binnen entgegen gemäß laut dank
    zufolge zuliebe"""
)
GENITIVE = word_set(
    """wegen trotz während statt anstatt anstelle aufgrund infolge mithilfe seitens zugunsten
    zulasten angesichts bezüglich hinsichtlich innerhalb außerhalb oberhalb unterhalb jenseits
    diesseits anlässlich namens"""
)
TWO_WAY = word_set("in an auf über unter vor hinter neben zwischen")
PREPOSITIONS = ACCUSATIVE | DATIVE | GENITIVE | TWO_WAY
#: These begin a clause whose verb stands last.
SUBORDINATORS = word_set(
    """dass daß weil wenn ob obwohl obgleich obschon als nachdem bevor ehe während damit falls
    sobald solange sofern sooft seit seitdem bis indem wie wo warum wieso weshalb wann wohin woher
    worauf womit worüber wofür wovon woran sodass da"""
)
JOINS = word_set("und oder aber denn sondern sowie doch bzw beziehungsweise")
#: Words that can be nothing but a subject.
SUBJECTS = word_set("ich du er wir man wer niemand jemand jedermann keiner jeder")
COPULA = word_set(
    """bin bist ist sind seid war warst waren wart sei seist seien wäre wärst wären gewesen
    bleibe bleibst bleibt bleiben blieb blieben geblieben heiße heißt heißen hieß hießen scheint
    schien geworden wurde wurdest wurden wird"""
)
SINGULAR_COPULA = word_set(
    """bin bist ist war warst sei wäre wird wirst wurde werde würde bleibt blieb heißt hieß
    scheint schien will kann soll muss möchte wollte konnte sollte musste könnte durfte darf mag"""
)
PLURAL_VERBS = word_set(
    """sind waren seien wären werden wurden würden haben hatten hätten können konnten könnten
    wollen wollten sollen sollten müssen mussten müssten dürfen durften dürften mögen mochten
    möchten bleiben blieben gehen gingen kommen kamen machen machten"""
)
WERDEN = word_set("werde wirst wird werden würde würdest würden")
# Verbs whose person stands in the dative.
DATIVE_STEMS = tuple(
    sorted(
        word_set(
            """helf hilf half geholf dank gedank gefall gefiel gehör folg gefolg vertrau glaub
            geglaub schad geschad zuhör zugehör zustimm antwort geantwort begegn gratulier
            gehorch misstrau ähnel ähnlich widersprech widerspr fehl gefehl nütz verzeih verzieh
            droh gedroh dien gedien gelang geling traue traut traute genüg passier leid einfall
            einfiel kündig ausweich gleich imponier"""
        )
    )
)
# Verbs that take a thing and the person who gets it.
GIVING_STEMS = tuple(
    sorted(
        word_set(
            """geb gib gab gegeb schenk geschenk schick geschick zeig gezeig erzähl sag gesag bring
            brach gebrach erklär schreib schrieb geschrieb les gelies leih lieh gelieh geliehen
            verkauf kauf gekauf empfehl empfahl empfohl biet bot gebot angebot reich gereich
            überreich versprech versprach versproch wünsch gewünsch nehm nahm nimm genomm koch
            gekoch mach liefer stahl stehl stiehl gestohl verbot verbiet erlaub verweiger
            mitteil übergab übergeb zahl gezahl bezahl vermiet vererb widm verdank"""
        )
    )
)
#: First words of a request.
IMPERATIVES = word_set(
    """frag frage ruf rufe nimm hol hole such suche schau besuch besuche lass lasst grüß grüße lies
    sieh hör höre triff bring bringe zeig zeige stell stelle schick schicke vergiss unterstütz
    unterstütze respektiere respektier beachte wähl wähle lern lerne küss liebe denk stopp stoppt
    verhaftet rettet schützt befreit kennt fragt ruft nehmt holt sucht"""
)
#: Nouns of time, which stand in the accusative and are no subject.
TIMES = word_set(
    """tag woche monat jahr morgen abend nacht mittag stunde minute sekunde montag dienstag
    mittwoch donnerstag freitag samstag sonntag sonnabend sommer winter herbst frühling mal
    wochenende nachmittag vormittag zeit weile tage wochen monate jahre stunden minuten"""
)
QUANTITIES = word_set(
    """zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig
    hundert tausend viele vielen vieler wenige wenigen weniger einige einigen einiger mehrere
    mehreren mehrerer etliche etlichen etlicher alle allen aller beide beiden beider sämtliche
    sämtlichen manche manchen mehr genug lauter paar andere anderen anderer solche solchen"""
)
INTENSIFIERS = word_set(
    """sehr ganz so besonders ziemlich zu noch immer recht äußerst wirklich etwas völlig bereits
    schon erst gerade einst damals stets oft heute politisch geistig körperlich psychisch"""
)
# End as an adjective does and are none.
NO_ADJECTIVES = word_set(
    """aber oder unter über hinter neben gegen wegen zwischen außer immer wieder gestern heute
    morgen gerne lange ohne sondern jeder jede jedes jedem jeden keine keiner keinen keinem alle
    allen aller ihnen ihrer ihre ihren ihrem seine seiner seinen seinem deren denen dessen wer
    wenn denn dann wann eben sehen gehen kommen haben hatte hatten habe hätte hätten sein waren
    ware wäre wären werde werden wurde wurden würde würden bleibe bleiben kann können könnte
    könnten konnte konnten möchte möchten will wollen wollte wollten soll sollen sollte sollten muss
    müssen müsste mussten musste dürfen darf durfte dürfte mag mögen kenne kennen kannte kannten
    sehe sah sagen sagte sagten sage glaube finde fand hier dort nur nie selber einer eine einen
    einem eines warte warten bitte bitten frage fragte fragten liebe liebte traf treffe treffen
    suche suchen suchte suchten brauche brauchen wohne wohnen danke danken helfen hilfe besuche
    besuchen rufe rufen nenne nennen heiße heißen neben entweder weder mehrere viele wenige einige
    beide welche welcher welchen welchem manche mancher solche solcher später leider vorher nachher
    unser unsere unserer unserem unseren euer eure eurer mitten drinnen draußen drüben inzwischen
    hinten vorne unten oben innen außen zusammen indessen trotzdem außerdem zudem seitdem nachdem
    indem bevor ehe obwohl solange bisher daher woher hinüber herunter hinunter gegenüber"""
)
#: Persons whose word has one gender whoever is meant.
EPICENE = {
    "m": word_set(
        "mensch gast flüchtling star lehrling häftling säugling liebling mitmensch engel"
    ),
    "f": word_set(
        "person geisel waise leiche wache fachkraft lehrkraft führungskraft figur berühmtheit"
    ),
    "n": word_set("kind mitglied opfer baby genie individuum kleinkind enkelkind geschwister"),
}
#: Words that begin a sentence with a capital and are no noun.
ADVERBS = word_set(
    """gestern heute morgen bald dann danach später früher manchmal oft immer nie hier dort da auch
    nur sogar vielleicht plötzlich leider zuerst schließlich endlich damals neulich jetzt nun so
    trotzdem deshalb daher deswegen außerdem natürlich klar typisch warum wann wo wie wieso
    weshalb woher wohin noch schon fast kaum eben gerade drinnen draußen oben unten abends
    morgens mittags nachts sonntags montags dienstags mittwochs donnerstags freitags samstags
    vorher zuvor kürzlich inzwischen einmal zweimal niemals bisher übrigens jedenfalls immerhin
    sicher bestimmt zufällig hoffentlich anschließend seitdem dabei dafür darum vorgestern
    übermorgen wieder"""
)
