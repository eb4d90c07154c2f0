"""French adjectives and participles that are common beside people, by their masculine singular."""

from __future__ import annotations

from fairflip.text.languages.tokens import word_set

#: Feminines that no rule of `forms.feminine_of` gives.
FEMININES = {
    "beau": "belle",
    "nouveau": "nouvelle",
    "jumeau": "jumelle",
    "vieux": "vieille",
    "fou": "folle",
    "mou": "molle",
    "doux": "douce",
    "faux": "fausse",
    "roux": "rousse",
    "jaloux": "jalouse",
    "blanc": "blanche",
    "franc": "franche",
    "sec": "sèche",
    "public": "publique",
    "turc": "turque",
    "grec": "grecque",
    "laïc": "laïque",
    "long": "longue",
    "oblong": "oblongue",
    "frais": "fraîche",
    "tiers": "tierce",
    "gros": "grosse",
    "gras": "grasse",
    "bas": "basse",
    "las": "lasse",
    "épais": "épaisse",
    "métis": "métisse",
    "favori": "favorite",
    "coi": "coite",
    "aigu": "aiguë",
    "ambigu": "ambiguë",
    "bénin": "bénigne",
    "malin": "maligne",
    "gentil": "gentille",
    "nul": "nulle",
    "sot": "sotte",
    "vieillot": "vieillotte",
    "pâlot": "pâlotte",
    "paysan": "paysanne",
    "complet": "complète",
    "incomplet": "incomplète",
    "concret": "concrète",
    "discret": "discrète",
    "indiscret": "indiscrète",
    "inquiet": "inquiète",
    "secret": "secrète",
    "désuet": "désuète",
    "replet": "replète",
    "prêt": "prête",
    "absous": "absoute",
    "dissous": "dissoute",
    "dû": "due",
    "hébreu": "hébraïque",
    "traître": "traîtresse",
    "maître": "maîtresse",
    "vengeur": "vengeresse",
    "enchanteur": "enchanteresse",
    "pécheur": "pécheresse",
    "tout*": "toute*",
    "vif": "vive",
    "bref": "brève",
}
#: Those in -eur and -teur whose feminine is in -eure, and in -teuse.
IN_EURE = word_set(
    """meilleur supérieur inférieur antérieur postérieur extérieur intérieur ultérieur majeur
    mineur professeur ingénieur docteur gouverneur procureur prieur entrepreneur possesseur
    successeur prédécesseur défenseur assesseur censeur agresseur confesseur"""
)
IN_TEUSE = word_set("visiteur profiteur recruteur sauteur dompteur bruiteur disputeur")
#: Of the others in -teur, whose feminine is in -teuse, those with one in -trice.
IN_TRICE = word_set("inventeur détenteur supporteur exécuteur")
#: Before a vowel, beside their other masculine form.
SHORT = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil", "fou": "fol", "mou": "mol"}
#: Masculine singulars; "-e" words, which have one form for both genders, are no part of it.
ADJECTIVES = word_set(
    """né lent sortant entrant perdant gagnant débutant errant ambulant brûlant bouillant croissant
    décroissant alarmant angoissant apaisant appétissant assommant attristant aveuglant
    bluffant bouleversant captivant choquant cinglant clignotant collant complaisant
    consentant contrariant convaincant coupant croustillant débordant déchirant dégradant
    délirant déprimant déroutant désarmant éblouissant écrasant écœurant édifiant
    embarrassant éminent émouvant enivrant enrageant entraînant envahissant étincelant
    étouffant éclatant excitant exigeant existant exubérant flagrant flamboyant florissant
    foudroyant frappant fringant frustrant galant glaçant grandissant grimaçant grinçant
    hallucinant handicapant hilarant horripilant impressionnant inconstant indulgent
    insignifiant insouciant intrigant irritant itinérant jaillissant larmoyant lassant
    levant luisant malfaisant manquant motivant naissant navrant négligent nuisant obsédant
    offensant parlant pensant perçant persévérant pesant piquant plaisant planant poignant
    pressant prévenant prévoyant provocant puant ravissant rampant rasant rassurant rebutant
    reluisant remuant resplendissant ressemblant restant riant ronflant roulant saillant
    saisissant saignant sanglant séduisant stimulant stressant stupéfiant surprenant tentant
    titubant tombant tonitruant traînant tremblant troublant trébuchant valorisant verdoyant
    vexant volant voyant abondant ardent antécédent concurrent conscient inconscient
    contingent convergent décadent déficient dolent efficient équivalent évident fervent
    fluorescent fréquent imminent impertinent impotent inhérent intermittent latent opulent
    pénitent pertinent proéminent récurrent réticent strident succulent turbulent véhément
    virulent pétulant cadet aîné benjamin puîné préféré dodu bourru velu membru feuillu
    accueilli recueilli cueilli assailli bouilli franchi surgi rétabli ébloui évanoui
    épanoui adouci endurci éclairci raccourci élargi ralenti garanti averti réparti assorti
    consenti investi travesti abasourdi alourdi agrandi approfondi brandi refroidi assagi
    rougi jauni terni finaud rajeuni fourni dégarni soutenu contenu entretenu maintenu
    prévenu intervenu parvenu convenu subvenu éperdu mordu suspendu dépendu étendu prétendu
    sous-entendu surpris entrepris désappris éconduit introduit enduit recuit circonscrit
    prescrit proscrit souscrit admis transmis compromis démis émis grand petit beau joli
    laid gros gras fort court long haut bas bon mauvais meilleur vieux nouveau récent ancien
    premier second dernier prochain seul certain divers vrai faux franc gentil méchant sot
    idiot fou mou dur doux malin rusé intelligent brillant savant ignorant compétent
    incompétent patient impatient prudent imprudent violent cruel brutal génial loyal
    déloyal social asocial égal inégal normal anormal légal illégal moral immoral amical
    cordial jovial vital banal fatal final royal original local national international
    régional rural mondial global général spécial principal capital marginal médical mental
    content mécontent heureux malheureux joyeux furieux curieux sérieux nerveux anxieux
    soucieux ambitieux courageux généreux paresseux orgueilleux prétentieux jaloux amoureux
    affectueux respectueux silencieux mystérieux religieux pieux studieux dangereux odieux
    haineux honteux hideux affreux monstrueux merveilleux fabuleux précieux délicieux fameux
    nombreux peureux rancunier vaniteux avantageux capricieux consciencieux fougueux
    chaleureux talentueux vertueux vicieux crasseux boiteux galeux pouilleux miteux teigneux
    venimeux nauséeux gracieux majestueux somptueux malicieux astucieux ingénieux sportif
    actif passif agressif créatif impulsif positif négatif naïf vif bref attentif inattentif
    maladif pensif plaintif craintif fautif abusif excessif expressif possessif émotif
    primitif juif veuf neuf sauf fugitif captif oisif tardif fier cher léger étranger entier
    familier particulier régulier irrégulier singulier altier grossier hospitalier ouvrier
    policier princier financier réel irréel naturel actuel habituel éventuel personnel
    professionnel exceptionnel sensationnel criminel mortel éternel rationnel irrationnel
    spirituel intellectuel sexuel homosexuel hétérosexuel bisexuel transsexuel sensuel
    visuel manuel ponctuel officiel essentiel superficiel partiel tel nul pareil vermeil
    breton mignon grognon bouffon glouton fripon polisson félon muet coquet fluet complet
    incomplet discret indiscret inquiet secret net simplet prêt menteur rêveur moqueur
    flatteur trompeur travailleur voleur tricheur tapageur rieur farceur râleur profiteur
    bagarreur crâneur charmeur séducteur destructeur créateur novateur protecteur
    provocateur conservateur libérateur manipulateur dominateur accusateur admirateur
    supérieur inférieur majeur mineur extérieur intérieur vengeur charmant élégant amusant
    intéressant passionnant étonnant ennuyant fascinant fatigant dégoûtant repoussant
    répugnant révoltant puissant impuissant méprisant arrogant insolent innocent présent
    absent urgent dément permanent différent indifférent excellent éloquent souriant
    rayonnant vivant mourant survivant obéissant désobéissant reconnaissant bienveillant
    malveillant encombrant gênant inquiétant menaçant effrayant terrifiant énervant agaçant
    épuisant décevant touchant attachant dévoué important constant distant hésitant méfiant
    confiant vaillant vigilant militant suffisant compatissant tolérant intolérant
    accueillant abject parfait imparfait distinct strict direct indirect correct incorrect
    suspect exact abrupt prompt abstrait concret instruit cuit réduit détruit conduit
    construit traduit produit séduit écrit inscrit décrit interdit maudit dit fait satisfait
    insatisfait mort ouvert couvert découvert offert souffert expert vert désert mis remis
    promis soumis permis omis commis pris appris compris incompris épris assis acquis
    conquis requis sis clos exclu inclus perclus reclus confus diffus obtus intrus vu revu
    prévu imprévu lu élu réélu cru su connu inconnu reconnu méconnu vécu vaincu convaincu
    reçu déçu aperçu perçu venu revenu devenu survenu tenu retenu détenu obtenu vêtu dévêtu
    battu abattu combattu perdu vendu rendu pendu tendu détendu attendu inattendu entendu
    défendu tordu fondu confondu répondu descendu disparu apparu couru parcouru secouru mû
    ému dû pu cousu rompu corrompu interrompu bu barbu chevelu têtu pointu cornu bossu
    ventru moustachu joufflu trapu charnu nu foutu fichu résolu absolu dissolu dépourvu
    pourvu goulu exigu aigu ambigu parti sorti rentré fini défini indéfini puni impuni banni
    béni choisi rempli accompli vieilli grandi nourri pourri guéri chéri trahi envahi haï
    obéi réussi réfléchi irréfléchi établi abruti affaibli enrichi blanchi saisi subi servi
    suivi poursuivi senti ressenti endormi menti démenti converti inverti démuni muni uni
    réuni désuni hardi étourdi engourdi poli impoli favori hagard gai bleu noir clair obscur
    sûr pur impur mûr futur amer civil incivil vil subtil viril puéril espagnol fol mol rond
    profond blond vagabond fécond moribond nauséabond friand gourmand allemand normand
    flamand chaud froid lourd sourd gourd bavard vantard fêtard fuyard pleurnichard richard
    vieillard veinard ringard rustaud lourdaud noiraud badaud nigaud costaud anglais
    français irlandais écossais portugais hollandais polonais japonais libanais sénégalais
    camerounais congolais gabonais thaïlandais néerlandais islandais finlandais marseillais
    lyonnais bordelais antillais rwandais soudanais chinois danois suédois hongrois
    bourgeois québécois algérois grivois sournois courtois discourtois matois narquois
    américain africain mexicain cubain marocain roumain dominicain romain humain inhumain
    sain malsain vain hautain mondain lointain contemporain souverain républicain vilain
    haïtien italien algérien tunisien égyptien syrien iranien irakien israélien palestinien
    jordanien brésilien canadien australien autrichien norvégien ukrainien bosnien chilien
    péruvien colombien bolivien vénézuélien indien pakistanais malien nigérien nigérian
    ghanéen kényan éthiopien européen coréen vietnamien cambodgien laotien parisien alsacien
    chrétien luthérien quotidien païen citoyen moyen mitoyen persan catalan occitan
    castillan afghan musulman paysan artisan courtisan partisan latin argentin philippin
    féminin masculin divin voisin coquin taquin libertin mesquin câlin félin clandestin
    blondin enfantin bénin opportun commun brun défunt turc grec blanc sec public laïc métis
    épais niais frais dispos gris las ras ravi ahuri blotti nanti pervers tiers adroit
    maladroit étroit droit gaucher droitier huppé petit-bourgeois intact compact délicat
    ingrat scélérat plat mat lauréat béat estudiantin dévot bigot manchot cagot falot
    bigarré éteint peint craint contraint atteint restreint feint joint conjoint plaint
    ceint saint cocu poilu crépu malvenu bienvenu désolant insultant déshonorant humiliant
    ordurier soûlard poltron marrant tordant bidon retors aguicheur allumeur total partial
    impartial initial spatial glacial martial bestial colossal infernal maternel paternel
    fraternel vénal bancal natal naval rival féodal radical clérical syndical tropical
    oriental occidental sentimental végétal digital conjugal frugal suppléant suivant
    précédent dissident résident convalescent agonisant handicapé défavorisé privilégié
    retraité réfugié déporté exilé délaissé rejeté"""
)
#: Participles in -té, which look like the many nouns in -té.
IN_TE = word_set(
    """invité excité habité hérité mérité évité quitté cité récité hésité visité limité imité agité
    irrité débité exploité traité maltraité profité endetté acheté jeté rejeté projeté
    arrêté prêté apprêté entêté fêté embêté inquiété respecté affecté infecté détecté
    suspecté délecté objecté injecté insulté consulté révolté récolté adulé exalté adopté
    accepté excepté compté raconté dompté adapté tenté contenté mécontenté attenté patenté
    orienté désorienté tourmenté fréquenté violenté déjanté éreinté teinté pointé monté
    démonté remonté surmonté affronté éhonté emprunté planté implanté chanté enchanté
    désenchanté hanté vanté épouvanté présenté représenté inventé éventé exempté porté
    apporté emporté supporté déporté exporté transporté rapporté reporté écarté alerté
    concerté déconcerté déserté flirté heurté écourté resté testé détesté contesté protesté
    attristé assisté persisté existé listé insisté regretté fouetté confronté posté riposté
    ajouté dégoûté écouté douté redouté goûté coûté envoûté dérouté disputé réputé amputé
    député imputé exécuté persécuté discuté recruté débuté culbuté sauté flatté gratté raté
    pirate boité alité cohabité ressuscité félicité sollicité nécessité édité médité
    prémédité accrédité discrédité précipité dépité cuité retraité abrité futé affûté rebuté
    sculpté manifesté infesté lesté dépisté intercepté décrété interprété embouté cravaté
    éclaté dilaté constaté frustré"""
)
