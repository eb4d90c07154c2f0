"""Closed classes of French words, and words that look like what they are not."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.tongues import Tongues
from fairflip.text.languages.tokens import word_set

#: Begin with an h that is a consonant for what stands before: "le héros". Also those of "y", "o".
ASPIRATED = word_set(
    """héros hérault haine haineux haineuse haineuses hargneux hargneuse hargneuses harceleur
    harceleuse harceleurs harceleuses harcelé harcelée harcelés harcelées hardi hardie
    hardis hardies haut haute hauts hautes hautain hautaine hautains hautaines hagard
    hagarde hagards hagardes haï haïe haïs haïes hideux hideuse hideuses honteux honteuse
    honteuses honni honnie hongrois hongroise hongroises hollandais hollandaise hollandaises
    huguenot huguenote huguenots huguenotes handicapé handicapée handicapés handicapées
    handballeur handballeuse hockeyeur hockeyeuse hacker hackeur hackeuse hooligan hooligans
    hippie hippies hippy harki harkis hussard hussarde hussards hurleur hurleuse hurleurs
    hurleuses heurté heurtée heurtés heurtées hors huit huitième hautboïste harpiste
    harpistes haché hissé hérissé houspillé hué huée hobereau hors-la-loi husky hun hune
    huns hunes hutu hutus onze onzième oui"""
)
#: Before a noun whatever its gender.
INVARIANT = word_set(
    """deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt
    trente quarante cinquante soixante cent cents mille jeune jeunes autre autres même mêmes
    célèbre célèbres brave braves pauvre pauvres simple simples illustre illustres riche
    riches énorme énormes propre propres double honnête honnêtes digne dignes véritable
    véritables sale sales ex vulgaire vulgaires quelque quelconque moindre pire pires
    ignoble ignobles triste tristes misérable misérables fidèle fidèles humble humbles
    habile habiles aimable aimables noble nobles vague"""
)
PREPOSITIONS = word_set(
    """à de en dans par pour sur sous avec sans chez contre entre vers selon envers malgré depuis
    pendant durant devant derrière dès jusque après avant parmi hormis sauf outre du des au
    aux"""
)
COPULAS = word_set(
    """suis es est sommes êtes sont étais était étions étiez étaient fus fut fûmes furent serai
    seras sera serons serez seront serais serait serions seriez seraient sois soit soyons
    soyez soient fût fussent être étant été semble sembles semblent semblait semblaient
    sembla semblèrent sembler semblera paraît parait paraissent paraissait paraissaient
    parut parurent paraître devient deviens deviennent devenait devenaient devint devinrent
    devenir deviendra deviendront deviendrait reste restes restent restait restaient resta
    restèrent rester restera demeure demeurent demeurait demeura demeurer"""
)
HAVE = word_set(
    """ai as a avons avez ont avais avait avions aviez avaient eus eut eurent aurai auras aura
    aurons aurez auront aurais aurait aurions auriez auraient aie aies ait ayons ayez aient
    eût avoir ayant eu"""
)
#: Verbs beside which an adjective says how somebody does it: "vit seule".
SECONDARY = word_set(
    """vit vivent vivait vivaient vécut vivre meurt meurent mourut mourir arrive arrivent arriva
    arriver part partent partit rentre rentrent rentra rentrer revient reviennent revint
    dort dorment dormait naît naissent naquit naître sent sentent sentait sentaient sentit
    sentir trouve trouvent trouvait trouver croit croient montre montrent montrait montra
    montrer tombe tombent tomba tomber marche marchent travaille travaillent voyage voyagent
    déclare déclarent déclara finit finissent finir tient tiennent tenait considère
    considèrent sourit passe passer passent disent disaient"""
)
ADVERBS = word_set(
    """très plus moins aussi si trop assez bien mal peu pas jamais toujours encore déjà presque
    souvent parfois aujourd'hui hier demain maintenant ici là vraiment tellement tant tout
    même seulement juste plutôt surtout donc alors enfin ensuite puis aussitôt bientôt tard
    tôt autant davantage guère point certes pourtant cependant d'habitude également que ne
    ainsi"""
)
JOINS = word_set("et ou ni mais")
CLAUSE_WORDS = word_set(
    """et ou mais car donc ni quand si lorsque puisque quoique où pourquoi tandis alors comment"""
)
#: What a verb follows.
SUBJECTS = word_set("je tu il on ils ne me te se")
#: Words of these endings that are no adjectives or participles.
NO_ADJECTIVES = word_set(
    """que ce ces cela ça rien tout tous toute toutes quand mais donc alors pourquoi comment plus
    moins trop assez beaucoup peu pas point jamais toujours encore déjà ici là bien mal hier
    demain maintenant souvent parfois vraiment tant autant pourtant cependant pendant avant
    devant durant suivant selon dans sans chez vers sur sous par pour contre entre depuis
    après malgré et ou ni car si comme lui elle elles eux moi toi soi nous vous ils il on je
    tu me te se ne le la les leur leurs un une des du de au aux mon ton son ma ta sa mes tes
    ses notre votre nos vos est sont était étaient été être ont avait avaient avoir eu temps
    fois jour jours enfant enfants éléphant restaurant courant habitant argent talent vent
    cent accent moment gouvernement parlement vêtement appartement événement bâtiment
    sentiment mouvement argument document instrument jugement logement groupement café cafés
    marché marchés péché côté côtés pré clé clés blé degré congé thé dé quai cliché procédé
    résumé énoncé traité comité fée idée idées année années journée soirée matinée
    pensées durée musée lycée trophée épée poupée fumée marée vallée allée cheminée poignée
    dizaine corvée assemblée tournée randonnée bouchée gorgée santé bonté volonté beauté
    liberté fierté pauvreté propreté saleté cité société vérité qualité quantité réalité
    unité identité communauté nouveauté loyauté cruauté royauté pitié amitié moitié inimitié
    vie vies maladie maladies folie envie copie scie pluie énergie patrie rue rues avenue
    bienvenue statue vertu vertus menu jeu feu lieu milieu dieu cheveu cheveux mari maris
    abri cri souci midi samedi lundi mardi mercredi jeudi vendredi merci ainsi aussi parmi
    demi pari défi oubli ennui appui individu individus tissu écu parti partis bois mois
    poids corps pays cas bras dos repas choix voix croix prix paix noix toux animal animaux
    maux journal journaux hôpital tribunal cheval chevaux capital canal métal sort sport
    port part art endroit toit nuit bruit esprit profit crédit lit habit petit-déjeuner
    fruit sujet objet projet effet billet intérêt forêt arrêt mot pot complot robot lot bout
    goût coût but début debout partout surtout doute août train pain main bain vin matin
    jardin chemin besoin soin coin loin foin bassin moulin dessin destin chagrin raisin
    venin poison maison raison saison prison leçon façon chanson don nom nombre monde poste
    reste suite cause chose choses tête faute honte ordure ordures raclure raclures racaille
    racailles vermine merde merdes peste pourriture pourritures fléau fardeau cancer cafard
    cafards parasite parasites déchet déchets monstre monstres tas cauchemar êtres bienfait
    cadeau trésor erreur horreur honneur bonheur malheur peur coeur cœur fleur fleurs odeur
    couleur chaleur valeur douleur sœur soeur heure heures moteur ordinateur ascenseur
    espèce bande genre sorte pu su plu lors envers travers dessus dessous dedans dehors fin
    fins sien tien mien combien lien chien chiens quotidien moyen maintien soutien terrain
    refrain grain sens ans gens personne personnes victime victimes mi ci puis avis mépris
    tapis paradis pardon attention danger foyer papier métier quartier janvier février hiver
    mer fer ver enfer nez allez avez êtes avec sac lac truc parc porc choc échec banc fond
    pied nord bord accord regard retard hasard renard égard départ quart canard poignard
    placard standard hangar dollar bar or cor tort tiers hors concours secours cours
    discours parcours ours velours amour amours humour tambour tour tours four carrefour
    retour séjour mur soir espoir miroir devoir pouvoir savoir vouloir voir fallu falloir"""
)
#: Verbs that are participles, too, behind an auxiliary alone.
LIKE_PARTICIPLES = word_set(
    """dit fait écrit décrit inscrit conduit produit traduit séduit détruit construit réduit
    interdit maudit peint craint joint atteint contraint éteint restreint feint cuit tue"""
)
#: Nouns that are participles, too, where no article stands before.
NOUN_PARTICIPLES = word_set(
    """armée armées arrivée arrivées entrée entrées partie parties tenue venue vue vues revenue
    montée sortie sorties rentrée pensée passé passée crue mise mises prise prises allée allées
    couvert"""
)
#: Nouns that end as infinitives do.
LIKE_INFINITIVES = word_set(
    """maître traître hêtre mer hiver fer enfer ver cancer boucher boulanger berger étranger
    passager messager danger verger horloger cocher rocher plancher archer porcher vacher
    clocher bûcher dîner déjeuner souper goûter baiser leader manager cher fier hier amer
    léger ménager soir espoir miroir couloir noir trottoir tiroir pouvoir devoir savoir
    souvenir avenir désir plaisir loisir martyr cuir tir air chair pair éclair hacker
    rappeur supporter reporter designer youtuber influencer gangster joker poker laser foyer
    loyer noyer écuyer écolier policier"""
)
INFINITIVES_IN_IER = word_set(
    """oublier crier prier remercier étudier apprécier humilier justifier vérifier confier défier
    marier photographier copier nier plier lier envier supplier expier trier publier
    identifier qualifier crucifier pacifier châtier"""
)
EPICENE = word_set(
    """personne personnes gens victime victimes individu individus membre membres personnage
    personnages être êtres ange anges bébé bébés témoin témoins famille foule vedette star
    sentinelle recrue créature créatures animal monstre"""
)
INVARIANT_ADJECTIVES = word_set(
    """jeune jeunes riche riches pauvre pauvres triste tristes célèbre célèbres aimable aimables
    sympathique sympathiques timide timides honnête honnêtes malhonnête malhonnêtes stupide
    stupides bête bêtes ridicule ridicules incroyable incroyables malade malades faible
    faibles capable capables incapable incapables responsable responsables coupable
    coupables calme calmes russe russes belge belges suisse suisses arabe arabes asiatique
    asiatiques catholique catholiques politique politiques économique utile utiles inutile
    inutiles drôle drôles étrange étranges bizarre bizarres sensible sensibles agréable
    agréables désagréable désagréables terrible terribles horrible horribles ignoble
    ignobles magnifique magnifiques modeste modestes adulte adultes célibataire célibataires
    unique uniques rare rares sévère sévères sobre sobres ivre ivres libre libres pâle pâles
    propre propres sale sales raciste racistes sexiste sexistes communiste communistes
    socialiste socialistes homo gay gays trans aveugle aveugles chauve chauves mince minces
    maigre maigres svelte tchèque tchèques bulgare bulgares serbe serbes croate croates
    athée athées bouddhiste bouddhistes vulgaire vulgaires imbécile imbéciles débile débiles
    minable minables misérable misérables insupportable insupportables détestable
    détestables méprisable méprisables adorable adorables formidable formidables remarquable
    remarquables dégueulasse dégueulasses"""
)
#: Verbs with a person that no ending tells.
FINITE_WORDS = word_set(
    """vois voit voient vis vit connais connaît connaissent déteste détestes détestent aime aimes
    aiment veux veut veulent peux peut peuvent dois doit doivent sais sait savent hais hait
    haïssent admire admirent aide aident rencontre rencontrent appelle appellent dis dit
    disent fais fait font vais vas va vont mets met mettent suis suivent suit tue tues tuent
    prends prend prennent tiens tient tiennent remercie remercient respecte respectent
    écoute écoutent regarde regardent parle parles parlent attend attendent comprend
    comprennent invite invitent salue saluent cherche cherchent adore adorent méprise
    méprisent traite traitent insulte rend rendent laisse laissent"""
)
#: What only a person does, behind a pronoun.
OF_PERSONS = word_set(
    """dit disait pense pensent pensait croit croient croyait veut veulent voulait sait savent
    savait parle parlent parlait parla rit sourit pleure pleurent pleurait aime aiment
    aimait déteste détestent mange mangent boit boivent dort dorment lit lisent écrit
    écrivent chante chantent danse dansent travaille travaillent cuisine étudie étudient
    rêve rêvent espère espèrent regrette répond répondit répondent demande demandent raconte
    racontent écoute écoutent refuse refusent accepte acceptent mérite méritent s'habille
    habite habitent vit vivent comprend comprennent ment mentent adore adorent se promène
    épouse voyage voyagent ignore ignorent agissent agit conduit téléphone crie crient
    insulte insultent préfère préfèrent
    trouve trouvent aimerait aimeraient voudrait voudraient préférerait admire admirent respecte
    respectent méprise méprisent hait haïssent craint craignent"""
)
#: The same behind "a" and "ont".
DONE_BY_PERSONS = word_set(
    """dit pensé voulu su parlé ri pleuré aimé détesté mangé bu dormi lu écrit chanté dansé
    travaillé étudié rêvé espéré regretté répondu demandé raconté écouté refusé accepté épousé
    menti crié téléphoné insulté préféré compris oublié invité rencontré embrassé"""
)
MODALS = word_set("doit doivent devrait devraient devait peut pourrait pouvait va allait")
#: Behind the "il" that means nobody.
IMPERSONAL = word_set(
    """faut fallait faudra faudrait fallut pleut pleuvait pleuvra neige neigeait gèle importe
    convient conviendrait"""
)
#: The same where what follows it is what happens or is there: "il arrive que", "il existe des".
IMPERSONAL_BEFORE = word_set(
    """suffit suffisait existe existait agit agissait vaut vaudrait manque manquait paraît arrive
    semble semblait reste restait"""
)
#: Adjectives that "il est" says of a clause: "il est clair que".
OF_CLAUSES = word_set(
    """important difficile facile possible impossible nécessaire évident clair vrai faux inutile
    utile interdit temps normal anormal étrange rare bon mauvais préférable dommage probable
    improbable essentiel inacceptable dangereux honteux juste injuste regrettable scandaleux
    logique illogique naturel inévitable indispensable urgent courant fréquent tard tôt
    permis défendu prévu question midi minuit apparent obligatoire recommandé dur simple
    ridicule absurde incroyable inadmissible souhaitable"""
)
#: What it says of a clause and of a person: "il est sûr que".
OF_BOTH = word_set("curieux triste certain sûr")
#: More than one word, which are read as one adverb.
PHRASES = {
    "à": (("à", "ce", "point"), ("à", "peine"), ("à", "la", "fois")),
    "tout": (("tout", "à", "fait"), ("tout", "de", "suite")),
    "un": (("un", "peu"),),
    "de": (("de", "loin"), ("de", "nouveau"), ("de", "plus")),
    "en": (("en", "fait"), ("en", "effet"), ("en", "général"), ("en", "plus")),
    "sans": (("sans", "doute"),),
    "du": (("du", "tout"),),
    "par": (("par", "hasard"), ("par", "exemple")),
}
#: Common verbs of the third person, of which a noun of the other number is no subject.
SINGULAR_VERBS = word_set(
    """est était sera serait a avait aura doit devrait peut pourrait veut va fait dit sait semble
    devient reste vient prend met vit mérite pense croit"""
)
PLURAL_VERBS = word_set(
    """sont étaient seront seraient ont avaient auront doivent devraient peuvent pourraient veulent
    vont font disent savent semblent deviennent restent viennent prennent mettent vivent méritent
    pensent croient"""
)
#: What tells the language of a people from one of it.
TONGUES = Tongues(
    names=word_set(
        """français anglais allemand espagnol italien portugais russe polonais ukrainien roumain
        turc chinois japonais grec arabe néerlandais suédois danois norvégien finlandais hongrois
        tchèque bulgare serbe croate coréen vietnamien persan breton catalan kurde"""
    ),
    prepositions=word_set("en"),
    possessives=word_set("mon mon' ton ton' son son' notre votre leur"),
    verbs=re.compile(
        "(?:parl|appren|appri|étudi|enseign|compr[ei]|maîtris|tradu|prononc|baragouin|perfectionn"
        "|pratiqu|oubli|sait$|sais$|savo|savai|écri[tsv])"
    ),
    signs=word_set(
        """langue langues idiome dialecte leçon leçons cours grammaire vocabulaire mot mots
        prononciation déclinaisons verbes syllabes traduction traducteur traductrice maîtrise
        connaissance notions niveau examen origine variante prof professeur professeure
        enseignant enseignante sonne sonnent latin"""
    ),
    qualities=word_set(
        """difficile facile parlé écrit moderne ancien standard médiéval familier parfait courant
        correct officiel compliqué obligatoire mélodieux scolaire"""
    ),
    towards=word_set("avec à au aux"),
    reflexive=word_set("se"),
)
