"""Closed classes of Italian words, and adjectives that are common beside people."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.tongues import Tongues
from fairflip.text.languages.tokens import word_set

#: Before a noun whatever its gender.
INVARIANT = word_set(
    """ogni qualche qualsiasi qualunque loro due tre quattro cinque sei sette otto nove dieci undici
    dodici quindici venti trenta quaranta cinquanta cento mille gran grande grandi miglior migliore
    migliori peggior peggiore peggiori maggior maggiore maggiori minor minore minori tale tali quale
    quali più meno ex giovane giovani eccellente eccellenti illustre celebre enorme triste semplice
    abbastanza"""
)
PREPOSITIONS = word_set(
    """a ad di da in con su per tra fra come senza contro verso dopo prima sotto sopra dietro
    davanti     durante secondo presso del dello della dell' dei degli delle al allo alla all' ai
    agli alle dal
    dallo dalla dall' dai dagli dalle nel nello nella nell' nei negli nelle sul sullo sulla sull'
    sui
    sugli sulle col coi d'"""
)
COPULAS = word_set(
    """sono sei è siamo siete era eri eravamo eravate erano ero fui fosti fu fummo furono sarò sarai
    sarà saremo sarete saranno sarei saresti sarebbe saremmo sarebbero sia siano siate fossi fosse
    fossero essere essendo sembra sembrano sembrava sembravano sembrò sembrare pare paiono pareva
    diventa diventano diventava diventò diventarono diventare divenne divennero rimane rimangono
    rimaneva rimase rimasero rimanere resta restano restava restò restarono restare risulta
    risultano appare appaiono apparve viene vengono veniva venivano venne vennero venga vengano
    venisse venissero
    verrà verranno verrebbe verrebbero sentirsi"""
)
#: Verbs beside which an adjective says how somebody does it: "vive sola".
SECONDARY = word_set(
    """vive vivono viveva vivevano vivere visse arriva arrivano arrivò parte partono torna tornano
    tornò cammina camminava muore morì dorme nasce nacque entra entrò cade cadde sorride rispose
    lavora lavorano sta stanno stava stavano sente sentono sentiva"""
)
#: Those that say how somebody is, and never who.
OF_STATE = word_set("sta stanno stava stavano")
#: Verbs of the third person that no other word sounds like.
SINGULAR_VERBS = word_set(
    "è era sarà sarebbe fu ha aveva deve dovrebbe può potrebbe vuole va viene"
)
PLURAL_VERBS = word_set(
    """erano saranno sarebbero furono hanno avevano devono dovrebbero possono potrebbero vogliono
    vanno vengono"""
)
HAVE = word_set(
    """ho hai ha abbiamo avete hanno avevo avevi aveva avevamo avevate avevano ebbi ebbe ebbero avrò
    avrai avrà avremo avranno avrei avrebbe avrebbero abbia abbiano avessi avesse avessero avere
    aver avendo avuto"""
)
ADVERBS = word_set(
    """così molto più meno tanto poco troppo abbastanza quasi sempre mai già ancora anche pure non
    davvero proprio solo soltanto assai piuttosto ormai oggi ieri ora adesso bene male tutto
    talmente però invece ben"""
)
JOINS = word_set("e ed o od né ma")
#: End as adjectives do and are none.
NO_ADJECTIVES = word_set(
    """come quando ma però poi quanto quanti secondo mai ora ancora sempre contro niente nulla dove
    sopra allora prima dopo mentre forse inoltre meno giù dentro caso poco molto tanto troppo tutto
    cosa cose vita vite casa case ora ore giorno giorni giornata giornate serata anno anni tempo
    lavoro mondo strada data città partita partite salita uscita entrata mercato mercati stato
    risultato risultati prato gelato cioccolato significato passato reato reati sindacato
    certificato
    fiato peccato partito partiti vestito vestiti marito mariti invito appetito dito lato lati
    feccia spazzatura merda peste piaga parassita parassiti parassite animali animale esseri
    persona persone gente vittima vittime problema problemi vergogna minaccia cancro
    malattia sempre visita nascita crescita risata telefonata passeggiata occhiata mattinata questo
    questa quello quella dato dati soldato soldati deputato deputati
    candidato candidati avvocato avvocati impiegato impiegati moda metà terra guerra parola
    parole prezzo posto colpa causa schifo libro stata fatto"""
)
#: Adjectives by their masculine singular.
ADJECTIVES = word_set(
    """alto basso grasso magro bello brutto carino ricco vecchio nuovo antico piccolo buono cattivo
    pazzo matto sciocco saggio serio simpatico antipatico affettuoso geloso orgoglioso famoso
    generoso nervoso pigro curioso furioso silenzioso prezioso pericoloso religioso studioso
    ambizioso bugiardo vanitoso malato sano cieco sordo muto zoppo calvo biondo moreno rosso castano
    bianco nero giallo scuro chiaro stanco esausto sposato celibe nubile divorziato vedovo separato
    innamorato preoccupato arrabbiato spaventato annoiato contento scontento soddisfatto stufo pieno
    vuoto ubriaco sobrio addormentato sveglio morto vivo ferito perso sicuro insicuro pronto
    preparato disposto abituato interessato educato maleducato onesto disonesto onorato malvagio
    sincero vero falso corretto scorretto giusto ingiusto degno indegno colto incolto esperto
    veterano maturo immaturo raro strano ultimo prossimo primo secondo terzo stesso caro amato
    odiato rispettato ammirato conosciuto sconosciuto riconosciuto dimenticato abbandonato
    licenziato assunto eletto nominato arrestato accusato condannato assolto giudicato assassinato
    attaccato aggredito stuprato rapito espulso ricoverato operato guarito trattato cresciuto nato
    disoccupato fermo occupato attivo passivo aggressivo creativo impulsivo positivo negativo
    sportivo timido deciso indeciso tranquillo inquieto rilassato stressato depresso ansioso
    romantico drammatico isterico fanatico polemico comico ironico cinico critico politico medico
    scientifico tecnico pratico logico cattolico ebraico cristiano ateo islamico europeo africano
    asiatico americano latino messicano cubano italiano rumeno russo polacco greco turco siriano
    coreano indiano svizzero austriaco ceco bulgaro ucraino egiziano afghano tedesco spagnolo
    marocchino tunisino algerino brasiliano argentino peruviano cileno colombiano straniero altrui
    rozzo anziano lontano vicino urbano modesto superbo discreto indiscreto cauto astuto ingenuo
    tenero duro delicato robusto moribondo incinto armato vestito nudo scalzo distinto anonimo
    laureato qualificato adulto bisognoso fortunato sfortunato privilegiato dotato rapido lento
    meraviglioso fantastico magnifico stupendo favoloso splendido orribile schifoso disgustoso
    odioso spaventoso pesante rispettoso zitto riservato aperto chiuso estroverso introverso
    distratto concentrato attento ordinato disordinato pulito sporco lurido puro impuro benedetto
    maledetto sospetto ricercato scomparso trovato salvato protetto minacciato discriminato
    emarginato escluso oppresso sfruttato liberato autorizzato obbligato costretto convinto confuso
    sorpreso commosso offeso umiliato insultato ingannato tradito vendicativo invidioso avido avaro
    fine grezzo osceno stupido valido invalido adatto completo intero musulmano ebreo evangelico
    primitivo violento ridicolo perfetto repulsivo disumano fastidioso pagato ammesso sospeso visto
    preso messo ucciso bruciato rinchiuso impiccato sepolto chiesto scelto punito distrutto corrotto
    venuto andato arrivato partito tornato entrato uscito caduto salito sceso rimasto diventato
    apparso stato seduto sdraiato vissuto scappato fuggito bravo gentilissimo assurdo cretino
    umano disumano scemo tonto solo idoneo patetico sommo egiziano albino analfabeta goffo malsano
    nauseato"""
)
EPICENE = word_set(
    """persona persone gente vittima vittime bambolotto creatura creature membro membri personaggio
    personaggi angelo famiglia individuo"""
)
#: Nouns that mostly name a field or a thing.
MOSTLY_THINGS = word_set(
    """politica politiche musica fisica chimica matematica tecnica tecniche meccanica critica
    critiche storica comica idraulica cittadina cittadine ferita ferite latina muta principi conti
    sportiva domestica"""
)
INVARIANT_ADJECTIVES = word_set(
    """giovane giovani gentile gentili grande grandi triste tristi forte forti intelligente
    intelligenti felice felici importante importanti elegante eleganti gay omosessuale omosessuali
    trans socialista socialisti comunista comunisti debole deboli abile abili locale locali
    nazionale nazionali rurale rurali canadese canadesi francese francesi inglese inglesi cinese
    cinesi giapponese giapponesi portoghese portoghesi albanese albanesi semplice semplici umile
    umili normale normali orribile orribili terribile terribili inutile inutili disabile disabili
    ignorante ignoranti incredibile incredibili uguale uguali capace capaci incapace incapaci
    responsabile responsabili inferiore inferiori superiore superiori ripugnante ripugnanti
    repellente repellenti deludente deludenti violente nauseante nauseanti rivoltante rivoltanti
    migliore migliori peggiore peggiori tale tali simile simili diverse facile facili difficile
    difficili amabile amabili adorabile adorabili spregevole spregevoli deplorevole deplorevoli
    imbecille imbecilli demente dementi idiota"""
)
#: Verbs with a person that no ending tells; none is a noun behind an article as well.
FINITE_WORDS = word_set(
    """vedo vedi vede vediamo vedono vidi vide conosco conosce conoscono odio odia odiano amo ama
    amano voglio vuole vogliono so sa sanno ho ha hanno ammiro ammira aiuto aiuta incontro
    incontrai chiamo trovo trovano tengo tiene tengono disse dissero fece fecero do dà diede
    vado va vanno posso può possono devo deve devono faccio fa fanno metto mette mettono seguo
    segue seguono uccido uccide uccise dico dice dicono ringrazio ringraziò"""
)
#: What tells the language of a people from one of it.
TONGUES = Tongues(
    names=word_set(
        """italiano tedesco francese inglese spagnolo portoghese russo polacco ucraino rumeno turco
        cinese giapponese albanese greco olandese svedese danese norvegese finlandese ungherese
        ceco bulgaro serbo croato coreano vietnamita persiano hindi"""
    ),
    prepositions=word_set("in"),
    possessives=word_set("mio tuo suo nostro vostro"),
    verbs=re.compile(
        "(?:parl|impar|studi|insegn|capisc|capi[rt]|domin|padroneggi|tradu[cs]|tradott|pronunc"
        "|mastic|perfezion|pratic|dimentic|sa$|so$|sape|piac|scriv|scritt)"
    ),
    signs=word_set(
        """lingua lingue idioma dialetto lezione lezioni corso corsi grammatica vocabolario parola
        parole pronuncia declinazioni casi verbi sillabe traduzione traduttore traduttrice
        padronanza conoscenza nozioni livello esame origine variante professore professoressa
        insegnante suona suonano latino"""
    ),
    qualities=word_set(
        """difficile facile parlato scritto moderno antico standard medievale colloquiale perfetto
        fluente corretto ufficiale complicato sonoro obbligatorio melodioso scolastico"""
    ),
    towards=word_set("con al all' allo"),
    reflexive=word_set("si"),
)
