"""Classes of English words that tell what a pronoun beside them is.

Closed classes and a few hundred frequent words, written down by hand. Other words count only by
their endings.
"""

from __future__ import annotations


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words that mostly hold a sentence together: they are features by themselves.
CLOSED = _words(
    """i me my mine myself we us our ours ourselves you your yours yourself yourselves u ur he
    him his himself she her hers herself it its itself they them their theirs themselves one who
    whom whose which what that this these those a an the some any each every all both either few
    many much more most other another such several enough own same someone somebody something
    anyone anybody anything everyone everybody everything nothing none no not never about above
    across after against along among around as at before behind below beside besides between
    beyond by despite down during except for from in inside into like near of off on onto out
    outside over past per since than through till to toward towards under until up upon via with
    within without and but or nor so yet because cause if unless while whereas although though
    whether am is are was were be been being have has had having do does did doing done can could
    will would shall should may might must let lets here there when where why how then now once
    ever always often sometimes again already still just only even also too very quite rather
    almost really instead maybe perhaps else anyway away back together yes no first last next two
    three less least better best worse worst well enough lol lmao please later soon tonight today
    tomorrow yesterday alone aside apart"""
)
#: Give somebody something: a second object may follow the pronoun.
GIVE = _words(
    """give gives gave given giving lend lends lent lending send sends sent sending ask asks asked
    asking tell tells told telling wish wishes wished wishing offer offers offered offering show
    shows showed shown showing teach teaches taught teaching buy buys bought buying bring brings
    brought bringing pay pays paid paying owe owes owed owing cost costs promise promises promised
    deny denies denied grant grants granted hand hands handed pass passes passed write writes wrote
    written writing sell sells sold cook cooked make makes made get gets got getting order ordered
    earn earned win wins won feed fed guarantee guaranteed spare spared charge charged assign
    assigned award awarded text texted email emailed mail mailed loan loaned fetch fetched pour
    poured save saved deal dealt serve served"""
)
#: Of these a thing that can be counted, in the plural, is given more often than owned.
SURELY_GIVE = _words(
    """give gives gave giving lend lends lent lending send sends sent sending ask asks asked asking
    tell tells told telling wish wishes wished wishing offer offers offered offering teach teaches
    taught teaching owe owes owed owing pay pays paid paying hand hands handed promise promises
    promised deny denies denied grant grants granted buy buys bought write writes wrote feed fed
    bring brings brought award awarded email emailed loan loaned bake baked knit knitted fetch
    fetched pour poured"""
)
#: See or make somebody do something.
SEE = _words(
    """let lets letting make makes made making help helps helped helping see sees saw seen seeing
    watch watches watched watching hear hears heard hearing have has had having feel feels felt
    notice noticed noticing bid observe observed"""
)
#: Make or find somebody so.
TURN = _words(
    """make makes made making keep keeps kept keeping find finds found finding call calls called
    calling consider considers considered drive drives drove driving turn turned render rendered
    deem deemed get gets got getting want wants wanted leave leaves left leaving think thinks
    thought prove proved declare declared label labeled labelled believe believed hold held catch
    caught imagine"""
)
#: Choose somebody as something.
ELECT = _words(
    """elect elects elected electing appoint appoints appointed name names named naming crown
    crowned make made makes making vote voted choose chose chosen call calls called nickname
    nicknamed declare declared pronounce pronounced dub dubbed consider considered"""
)
SURELY_ELECT = _words(
    """elect elects elected electing appoint appoints appointed appointing crown crowned dub dubbed
    name named naming choose chose chosen voted made declared pronounced"""
)
#: Tell or want somebody to do something.
TELL = _words(
    """tell tells told telling ask asks asked asking teach taught show shows showed want wants
    wanted wanting need needs needed like liked love loved expect expected allow allowed force
    forced get got order ordered beg begged urge urged"""
)
#: People and animals that somebody has.
KIN = _words(
    """mother father mom mum dad brother sister son daughter husband wife boyfriend girlfriend
    friend friends family parents parent kid kids child children baby babies boss coworkers
    coworker colleagues colleague neighbor neighbors neighbour neighbours aunt uncle cousin cousins
    grandma grandpa grandmother grandfather ex sons daughters brothers sisters fans followers
    clients client students student patients patient customers customer dog cat pets dogs cats man
    men people teacher doctor lawyer mothers fathers team staff employees supervisor mate mates
    roommate bf gf mama daddy"""
)
#: Things that somebody has.
OWNED = _words(
    """face hair eyes head hand hands body mouth voice name life house home car phone job work back
    dress shirt clothes room heart mind age legs leg arm arms feet foot skin lips nose neck chest
    smile book books story stories opinion opinions career office door bag bed desk keys way"""
)
#: Things that are given, and have no plural or only one.
MASS = _words(
    """money luck food advice information help water milk tea coffee wine beer support permission
    credit hope joy pleasure grief trouble time space room love attention respect justice hell
    stuff cash questions flowers emails messages texts letters directions instructions cake
    chocolate chocolates bread breakfast lunch dinner access feedback props life crap power points
    goodbye hello success happiness soup lies kindness compassion
    mercy nothing strength courage peace comfort medicine"""
)
#: Adjectives that say how somebody is.
PREDICATE = _words(
    """asleep awake alive alone afraid aware unaware ashamed available responsible guilty happy sad
    angry mad crazy sick safe dead free ready busy nervous uncomfortable comfortable jealous proud
    unconscious pregnant naked drunk sober attractive hot gross annoying funny cute ugly stupid
    beautiful fat pretty dumb wrong right insane selfish lazy ridiculous boring interesting amusing
    irresistible speechless breathless helpless hopeless useless famous rich poor sexy special
    different invisible accountable absent unwell ill missing intact hostage captive prisoner"""
)
#: Adjectives that stand before no noun.
NEVER_BEFORE_NOUN = _words(
    "asleep awake alive alike afraid aware unaware ashamed speechless unconscious absent unwell ill"
)
#: Verbs that are hardly ever nouns.
VERBS = _words(
    """go do be get know see cry leave speak come die feel think say take make eat sit become keep
    stay realize understand believe lose forget happen suffer grow find pay wait sing learn laugh
    begin choose decide breathe tell write read carry build buy sell bring hear meet win wear throw
    catch hide hold pick put set shut sleep spend steal swim teach wake apply prepare finish solve
    pass enter realise explain avoid admit accept achieve bleed blame enjoy fix follow fail earn
    gain improve join manage organize recover relax remember remove repair replace survive transfer
    tie trust vote"""
)
#: Verbs that are nouns as well.
VERBS_AND_NOUNS = _words(
    """dance move work call help run walk talk play fight drive sleep laugh cry smile drink try
    start end fall turn hit kick fly climb swing paint cook cut jump shout scream pack plan search
    return study succeed visit wash watch wonder cover deal rest type drop ride cheat practice look
    stand"""
)
#: Of these, actions that people are watched at.
ACTIONS = _words(
    """dance move run walk talk play fight drive sleep laugh cry smile drink try start fall fly
    climb swing paint cook jump shout scream pack study succeed wash ride practice stand"""
)
ADVERBS = _words(
    """often daily weekly twice somewhere anywhere everywhere home abroad upstairs downstairs
    outside inside overseas nearby forever regularly yesterday online immediately tonight anymore
    personally directly privately publicly badly dearly deeply gently quickly slowly politely
    kindly straight"""
)
ROLES = _words(
    """president chair chairman chairwoman chairperson captain leader queen king mayor senator
    director head chief manager secretary treasurer governor minister chancellor ceo boss partner
    judge ambassador mvp champion winner valedictorian editor principal dean speaker commander
    prisoner hostage heir spokesperson coach referee"""
)
PERIODS = _words(
    """week month year night time morning summer winter day days weeks months years times hours
    minutes sunday monday friday saturday weekend"""
)
CHATTER = _words(
    """lmao lol omg smh tho bruh bro rn tbh wtf fr af asap plz pls irl http https rt xd haha hahaha
    lmfao ffs nah yea yeah yep yo ya ok okay ur u im ill ive dont doesnt didnt cant wont aint gonna
    gotta wanna thats whats hes shes theyre btw imo imho fyi idk bc cuz cause coz n w wit da dat
    dis dem yall imma ima finna tryna bout til cus cos becuz bcuz deadass ngl lowkey frfr foh gtfo
    stfu omfg jk asf asl ugh oof welp wow duh heh hehe hahah ahaha lolz tbfh ftw fwiw iirc afaik
    nvm ty thx dawg mane cmon ay ayy aye yessir nope hmm huh uh um eh ew eww meh bleh dammit lmaoo
    lmfaoo havent hasnt wasnt werent isnt arent couldnt wouldnt shouldnt youre youve weve theyve
    heres theres lets gon boutta thou dho 2day 2night tonite dnt cnt kno wen wat wats wut nd tf"""
)
#: Words that count or order nouns.
COUNTING = _words(
    """two three four five six seven eight nine ten many few own very same only most more whole
    first last next second third usual entire final"""
)
#: Things that can be counted, or had: a pronoun before them is a determiner, as a rule.
THINGS = _words(
    """accent account act action activity address affair agenda agent aim airport alarm album
    ambition anger animal ankle answer anthem anxiety apartment apology appeal appearance
    appetite apple application appointment approach approval apron area argument army art
    article aspect asset assistant attempt attitude attorney authority autograph award axe
    background backpack badge baggage bail bakery balance balcony ball band bank bar barn base
    basement basket bath bathroom battery battle beach bean beard beast beauty bedroom behalf
    behavior behaviour belief bell belly belongings belt bench benefit bet bias bicycle bike
    bill biography bird birth birthday blanket blessing blog blood boat bond bone bonus boot
    bottle boundary bowl box brain brake branch brand breast breath bride bridge briefcase
    brilliance broker brush bucket budget building bullet bunch burden bus business butter
    button cabin cabinet cable cage calendar camera camp campaign cane cap capacity card care
    cart case castle caution ceiling cell century ceremony chain challenge chance channel
    chapter character charity charm chart chicken childhood chin choice church cigarette city
    claim class classroom clinic clock closet cloth clothing club clue coat code coin collar
    college color colour column comb comment company competence complaint computer concern
    condition conduct confidence conscience consent contact contract contribution control
    conversation cookie copy corner costume couch country course court courtyard cow craft crew
    crib crime crisis crop crowd crown crush cup curiosity custody custom damage danger data
    date deadline death debt decision decor deed defeat defence defense degree demand demeanor
    denial department design desire destiny detail device devotion diagnosis diary diet dignity
    dilemma diploma direction disease disguise dish display district doll dollar donor doubt
    draft drama drawer drawing dream driver duty ear earring ease edge education effect effort
    egg ego elbow election email emotion employee employer enemy energy engine entrance entry
    envelope envy error escape essay estate event evidence evil example excuse exercise exit
    expense experience expert eye fabric fact factory failure faith fame fan fantasy farm
    fashion fate fault favor favour fear feature fee feeling fence field figure file film
    finding finger fire fish fist flag flat flavor fleet flesh flight floor flower focus folder
    force forehead forest form fortune frame freedom fridge friendship front fruit frustration
    fun function fund funeral furniture future game garage garden gate gaze gear gender genius
    gift glass glove goal gown grace grade grammar grandson grave grip ground group growth guard
    guess guest guidance guide guilt guitar gun gym habit half hallway hammer handbag handle
    handwriting harm hat hatred headline health heaven heel height helmet heritage hobby hole
    holiday homework honesty honor honour horse hospital hotel hotline hour household housing
    humor humour hunger hut idea ideal identity illness image impact income influence initiative
    injury innocence input instinct insurance intellect intelligence intent intention interest
    interview intuition invoice island issue item jacket jail jaw jealousy jeep jewelry joke
    journal journey judgement judgment juice jury key kindness kingdom kit kitchen knee knife
    knowledge label labor labour lack ladder lake lamp land language lap laptop laughter law
    lawn lawsuit lead leadership league leather lecture legacy legend lesson letter level
    library licence license lie lifestyle light limit line link lion list litter loan location
    lock locker logic loss lot lottery lover loyalty luggage lung lyrics machine magazine magic
    mail makeup manner manuscript map mark market marriage mask master match material matter
    meal meaning meat medal meeting membership memory mental menu mercy mess message metal
    method middle mile mindset minute mirror misery mission mistake mobile mode model modesty
    moment monster mood moon moral mortgage motion motivation motive mouse movement movie muscle
    museum music mystery nail nap nation nature need neighborhood nerve nest network news
    newspaper niece nightmare note notebook novel number nurse oath object opponent option order
    organ origin outfit outlook output outrage oven owner pace package page pain painting pair
    palace palm pants paper parade pardon part party passion passport password path patience
    pattern paycheck payment peer pen penalty pencil pension perfume period permit person
    persona personality perspective pet phase photo phrase picture pie piece pig pillow pilot
    pin pipe pitch place plane planet plant plate platform plea pledge plot pocket poem poetry
    point policy politics pool portrait position post poster pot potential pound praise prayer
    preference presence present pressure price pride prison privacy privilege prize problem
    process product profession professor profile profit program progress project promise proof
    property proposal prose protest psyche pulse punishment pupil purchase purpose purse
    question queue race radio rage rain range rank rate reaction reader reality rear reason
    receipt recipe record recovery refusal regard region regret relief religion remark rent
    reply report reputation request research response restaurant result resume retreat revenge
    review revolver reward rhythm rib rice rifle ring risk ritual rival river road robe rock
    role roof root rope route routine rule sack sadness safety sail salad salary sale sample
    sanity scale scandal scar scarf scene schedule scheme school science score screen script sea
    seat secret section security self sense sentence series service sex shadow shape share shed
    shell shelter shield shift ship shoe shop shot shoulder show shower side sight sign
    signature silence sin sir site situation size skill skirt skull slave sleeve slogan smell
    smoke soap society sock sofa software soil song soul sound source spark speech speed spell
    spine spirit sponsor spot stage stair stance standard star state statement station statue
    status step stick stomach stone store stove strategy stream street stress strike structure
    struggle style subject sugar suit suitcase sum sun surgeon surgery surname survival sword
    symbol system table tail talent tank tape target task taste tax taxi teaching tear technique
    telephone temper temple tent tenure term territory test testimony text theme theory therapy
    thing thirst thought threat throat throne thumb ticket timing tip title toast toe toilet
    tone tongue tool tooth top topic touch tour town toy trace track trade tradition tragedy
    trail train training trap trash travel treasure treatment tree trial tribe trick trip troop
    truck truth tube tutor twin umbrella uniform unit university use vacation value van vase
    vehicle venue verdict version victim victory video view village violence violin virtue
    vision vocabulary wage waist wall wallet war wardrobe warmth warning wealth weapon wedding
    weight welfare wheel whim window wing wisdom wish witness womb word world worry worth wound
    wrist writing wrongdoing yacht yard youth zone"""
)
#: Who may be one of several: "a friend of his".
HUMAN = _words(
    """friend friends colleague colleagues cousin cousins neighbour neighbours neighbor neighbors
    pal pals mate mates buddy student students fan fans relative relatives uncle uncles client
    clients patient patients acquaintance acquaintances associate associates coworker coworkers
    brother brothers sister sisters son sons daughter daughters boss teacher classmate classmates
    roommate partner partners rival rivals aunt aunts nephew niece child children ex mentor"""
)
#: Verbs that may follow "a friend of his".
THIRD_PERSON = _words(
    """lives works says thinks knows wants runs owns plays makes goes comes needs calls says tells
    teaches writes drives hates loves likes keeps sells said told came went got made saw knew took
    gave found left sat ran wrote met won lost died hurt broke kept began live work say think know
    want run come go"""
)
#: Verbs that may follow "my leg and his".
FINITE = _words("hurt hurts broke breaks match matches differ differs works failed ran runs won")
#: The classes of the word before, and of the word after.
BEFORE = {"give": GIVE, "see": SEE, "turn": TURN, "elect": ELECT, "tell": TELL}
AFTER = {
    "kin": KIN, "owned": OWNED, "mass": MASS, "predicate": PREDICATE, "verb": VERBS,
    "verb_noun": VERBS_AND_NOUNS, "adverb": ADVERBS, "role": ROLES, "period": PERIODS,
    "chatter": CHATTER, "counting": COUNTING, "thing": THINGS,
}  # fmt: skip
#: Nouns and adjectives that end as adverbs do.
NO_ADVERBS = _words(
    """family only lovely early daily ugly silly friendly elderly belly ally bully jelly italy
    assembly anomaly supply reply weekly monthly yearly lonely lively holy curly homely costly
    deadly motherly fatherly sisterly brotherly cowardly worldly bubbly smelly july sly fly likely
    unlikely billy sally molly kelly emily lily hilly wooly orderly masterly timely untimely
    worldly ghastly scholarly stately leisurely butterfly monopoly melancholy"""
)
PREPOSITIONS = _words(
    """of for in on at about from by into after before during without against under behind beside
    between to through upon onto despite"""
)
#: Words that begin no noun phrase, so that "her" before them stands alone.
AFTER_HER_ALONE = frozenset(CLOSED | ADVERBS | PERIODS | NEVER_BEFORE_NOUN) - {"own"}
