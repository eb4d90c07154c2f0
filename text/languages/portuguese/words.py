"""Closed classes of Portuguese words, and adjectives that are common beside people."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.tongues import Tongues
from fairflip.text.languages.tokens import word_set

#: Masculine and feminine of articles in the singular, with the preposition that some hold.
ARTICLES = {
    "o": "a",
    "do": "da",
    "no": "na",
    "ao": "à",
    "pelo": "pela",
    "um": "uma",
    "num": "numa",
    "dum": "duma",
    "algum": "alguma",
    "nenhum": "nenhuma",
    "meu": "minha",
    "teu": "tua",
    "seu": "sua",
    "bom": "boa",
    "mau": "má",
}
PLURAL_ARTICLES = {
    "os": "as",
    "dos": "das",
    "nos": "nas",
    "aos": "às",
    "pelos": "pelas",
    "uns": "umas",
    "nuns": "numas",
    "alguns": "algumas",
    "nenhuns": "nenhumas",
    "meus": "minhas",
    "teus": "tuas",
    "seus": "suas",
    "dois": "duas",
    "ambos": "ambas",
    "bons": "boas",
    "maus": "más",
}
CONTRACTIONS = word_set(
    """do da dos das no na nos nas ao à aos às pelo pela pelos pelas num numa nuns numas dum duma
    dele dela deles delas nele nela neles nelas"""
)
_DEMONSTRATIVES = {"este": "esta", "esse": "essa", "aquele": "aquela"}
for _masculine, _feminine in _DEMONSTRATIVES.items():
    for _preposition in ("", "d", "n"):
        ARTICLES[_preposition + _masculine] = _preposition + _feminine
        PLURAL_ARTICLES[f"{_preposition}{_masculine}s"] = f"{_preposition}{_feminine}s"
        if _preposition:
            CONTRACTIONS |= {
                _preposition + form for one in (_masculine, _feminine) for form in (one, f"{one}s")
            }
ARTICLES["àquele"] = "àquela"
PLURAL_ARTICLES["àqueles"] = "àquelas"
_LIKE_ADJECTIVES = word_set(
    """outro doutro noutro todo nosso vosso certo próprio mesmo primeiro segundo terceiro último
    único"""
)
#: In the singular they are adverbs as well: "muito alto".
_IN_THE_PLURAL = word_set("muito pouco tanto quanto vário numeroso diverso determinado")
ARTICLES |= {word: f"{word[:-1]}a" for word in _LIKE_ADJECTIVES}
PLURAL_ARTICLES |= {f"{word}s": f"{word[:-1]}as" for word in _LIKE_ADJECTIVES | _IN_THE_PLURAL}
#: Before a noun whatever its gender.
INVARIANT = word_set(
    """cada qual quais qualquer quaisquer grande grandes melhor melhores pior piores maior
    maiores menor menores três quatro cinco seis sete oito nove dez onze doze quinze vinte trinta
    quarenta cinquenta cem mil bastante bastantes tal tais ex demais simples jovem jovens
    excelente excelentes ilustre célebre eminente enorme triste pobre pobres nobre mais menos"""
)
PREPOSITIONS = word_set(
    """a ante após até com contra de desde em entre para pra perante por segundo sem sob sobre
    como do da dos das no na nos nas ao à aos às pelo pela pelos pelas num numa durante mediante"""
)
COPULAS = word_set(
    """sou és é somos são era eras éramos eram fui foste foi fomos foram serei serás será seremos
    serão seria seriam seja sejam sejamos for forem fosse fossem ser serem sendo sido estou estás
    está estamos estão estava estavas estávamos estavam estive esteve estivemos estiveram estará
    estarão estaria estariam esteja estejam estiver estivesse estar estarem estando estado tá tô
    parece parecem parecia pareciam pareceu pareceram fica ficam ficava ficavam ficou ficaram
    ficar ficado fique fiquem continua continuam continuava continuou permanece permanecem
    permaneceu permaneceram sente sentem sentia sentiam sentiu sentiram anda andam andava torna
    tornam tornou tornaram acabou acabaram virou"""
)
#: Verbs beside which an adjective says how somebody does it: "vive sozinha".
SECONDARY = word_set(
    """vive vivem vivia viviam viver viveu mora moram morava chega chegam chegou chegaram sai saem
    saiu saíram viaja viajam viajou trabalha trabalham trabalhava voltou voltaram regressou morreu
    morreram dorme dormiu nasceu nasceram entrou entraram caiu caíram corre fugiu fugiram caminha
    caminhava foi sorri sorriu olhou ouviu respondeu"""
)
#: Those that say how somebody is, and never who.
OF_STATE = word_set(
    """estou estás está estamos estão estava estavas estávamos estavam estive esteve estivemos
    estiveram estará estarão estaria estariam esteja estejam estiver estivesse estar estando
    estado tá tô"""
)
#: Verbs of the third person that no other word sounds like.
SINGULAR_VERBS = word_set("é era será seria foi está deve deveria pode poderia tem tinha")
PLURAL_VERBS = word_set(
    """são eram serão seriam foram estão devem deveriam podem poderiam têm tinham"""
)
HAVE = word_set(
    """tenho tens tem temos têm tinha tinhas tínhamos tinham tive teve tivemos tiveram tenha tenham
    tivesse tivessem terá terão teria teriam ter tendo haver houve havia"""
)
ADVERBS = word_set(
    """muito mais menos tão bastante demasiado algo pouco quase sempre nunca já ainda também
    tampouco tudo não realmente bem mal hoje ontem agora só somente apenas assim nada meio super"""
)
JOINS = word_set("e ou nem mas")
#: End as adjectives do and are none.
NO_ADJECTIVES = word_set(
    """como quando mas logo tanto quanto segundo nunca agora até para contra nada fora onde sobre
    então antes depois enquanto longe talvez além menos mais jamais abaixo acima dentro todavia
    exemplo caso muito pouco algo tudo cada claro junto meio isto isso aquilo o a os as uma outra
    outro casa coisa vida hora dia ano tempo trabalho mundo cargo tarde cedo ainda embora apenas
    parasita parasitas idiota idiotas praga pragas ameaça ameaças coisas pessoa pessoas gente lixo
    escória vergonha doença câncer vítima vítimas problema problemas animais humano humana"""
)
#: Adjectives by their masculine singular.
ADJECTIVES = word_set(
    """alto baixo gordo magro bonito lindo belo feio rico velho novo antigo pequeno louco tonto
    esperto sábio sério simpático antipático carinhoso ciumento orgulhoso famoso generoso nervoso
    preguiçoso curioso furioso silencioso valioso perigoso poderoso religioso estudioso ambicioso
    mentiroso vaidoso enfermo cego surdo mudo manco loiro moreno ruivo branco negro
    amarelo vermelho escuro claro cansado exausto casado solteiro divorciado viúvo separado
    apaixonado preocupado irritado assustado satisfeito farto cheio vazio bêbado sóbrio
    morto vivo ferido perdido sozinho seguro inseguro pronto preparado disposto acostumado
    interessado educado honesto desonesto honrado bondoso malvado sincero verdadeiro falso correto
    incorreto justo injusto digno indigno culto inculto experto novato veterano maduro imaturo raro
    estranho esquisito próximo querido amado odiado respeitado admirado conhecido desconhecido
    reconhecido esquecido abandonado demitido contratado eleito nomeado detido preso acusado
    condenado absolvido julgado assassinado atacado agredido violado estuprado sequestrado expulso
    internado operado curado tratado criado nascido aposentado desempregado parado ocupado ocioso
    ativo passivo agressivo criativo impulsivo atrativo positivo negativo esportivo tímido decidido
    indeciso tranquilo inquieto relaxado estressado deprimido ansioso romântico dramático histérico
    fanático polêmico cômico irônico cínico crítico político médico científico técnico prático
    lógico católico judaico islâmico cigano africano asiático americano latino hispano italiano
    russo grego turco sírio indiano coreano sueco suíço austríaco húngaro tcheco búlgaro ucraniano
    romeno egípcio palestino estrangeiro alheio bruto bobo burro ancião idoso vizinho urbano
    modesto soberbo discreto indiscreto cauto astuto ingênuo terno duro mole delgado robusto
    moribundo grávido refugiado exilado deslocado armado uniformizado disfarçado vestido
    descalço distinto anônimo titulado licenciado qualificado adulto necessitado privilegiado
    dotado rápido lento maravilhoso fantástico magnífico estupendo fabuloso esplêndido horroroso
    asqueroso nojento odioso espantoso pesado afetuoso respeitoso calado reservado aberto fechado
    extrovertido introvertido distraído concentrado atento cuidadoso descuidado organizado limpo
    sujo imundo puro impuro bendito maldito suspeito procurado desaparecido encontrado resgatado
    salvo protegido ameaçado discriminado marginalizado excluído oprimido explorado escravizado
    liberto autorizado obrigado forçado convencido enganado confundido surpreso emocionado comovido
    envergonhado arrependido ofendido humilhado insultado traído vingativo rancoroso invejoso
    ganancioso avarento fino grosseiro obsceno estúpido válido inválido apto inepto capacitado
    completo inteiro brasileiro argentino peruano boliviano chileno colombiano cubano mexicano
    venezuelano angolano moçambicano haitiano muçulmano evangélico primitivo violento ridículo
    tolo atrasado perfeito lindo repulsivo nojento desumano selvático nativo fraco
    sensato insensato cheiroso fedorento doido maluco tarado safado grato ingrato noturno diurno
    exposto morto queimado pago gasto aceito expulso suspenso benquisto malquisto"""
)
#: Nouns of persons of one gender whoever is meant.
EPICENE = word_set(
    """pessoa pessoas gente vítima vítimas criança crianças bebê bebês criatura membro membros
    personagem indivíduo testemunha anjo família"""
)
#: Nouns that mostly name a field, a language or a thing.
MOSTLY_THINGS = word_set(
    """política políticas música músicas química física matemática técnica técnicas mecânica
    crítica críticas prática carteira carteiras cômica acadêmica botânica gramática costureira
    polícia câmara pedreira porteira ré mágica corredor corredores contador contadores presa
    criada escrivã perita diversa pintora latina"""
)
INVARIANT_ADJECTIVES = word_set(
    """jovem jovens amável amáveis valente valentes triste tristes alegre alegres grande grandes
    pobre pobres forte fortes inteligente inteligentes feliz felizes maior maiores elegante
    elegantes importante importantes gay gays homossexual homossexuais trans socialista comunista
    otimista débil débeis hábil profissional profissionais local locais nacional nacionais
    internacional rural rurais canadense estadunidense árabe árabes doente doentes simples gentil
    gentis competente competentes"""
)
#: Verbs with a person that no ending tells; none is a noun behind an article as well.
FINITE_WORDS = word_set(
    """vi viu vimos viram conheço conhece conhecem quero quer querem amo amam odeio odeia odeiam
    vejo vê veem admiro tenho tem têm trouxe fez fizeram disse disseram vou vai vão posso pode podem
    podemos devo deve devem faço faz fazem ponho põe põem sei sabe sabem sigo segue seguem encontro
    encontra mato matou dou deu deram pus pôs acho acha acham"""
)
#: What tells the language of a people from one of it.
TONGUES = Tongues(
    names=word_set(
        """português alemão francês inglês italiano espanhol russo polonês ucraniano romeno turco
        chinês japonês catalão grego holandês sueco dinamarquês norueguês finlandês húngaro tcheco
        búlgaro sérvio croata coreano vietnamita persa hindi"""
    ),
    prepositions=word_set("em"),
    possessives=word_set("meu teu seu nosso vosso"),
    verbs=re.compile(
        "(?:fal|aprend|estud|ensin|entend|domin|tradu[zç]|pronunci|arranh|aperfeiço|pratic|esquec"
        "|sabe|saber|sei$|gost|ador|escrev|custa)"
    ),
    signs=word_set(
        """língua línguas idioma idiomas dialeto aula aulas curso cursos gramática vocabulário
        palavra palavras pronúncia declinações casos verbos sílabas tradução tradutor tradutora
        domínio conhecimentos noções nível prova origem variante professor professora soa
        soam latim"""
    ),
    qualities=word_set(
        """difícil fácil falado escrito moderno antigo padrão medieval coloquial perfeito fluente
        correto oficial complicado sonoro obrigatório melodioso básico"""
    ),
    towards=word_set("com ao"),
    reflexive=word_set("se"),
)
