"""Closed classes of Spanish words, and adjectives that are common beside people."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.tongues import Tongues
from fairflip.text.languages.tokens import word_set

#: Masculine and feminine of articles and of what stands in their place.
DETERMINERS = {
    "el": "la",
    "los": "las",
    "un": "una",
    "unos": "unas",
    "este": "esta",
    "estos": "estas",
    "ese": "esa",
    "esos": "esas",
    "aquel": "aquella",
    "aquellos": "aquellas",
    "algún": "alguna",
    "ningún": "ninguna",
    "primer": "primera",
    "tercer": "tercera",
    "buen": "buena",
    "mal": "mala",
    "del": "de la",
    "al": "a la",
}
_LIKE_ADJECTIVES = word_set(
    """otro mucho poco todo vario nuestro vuestro cierto ambo demasiado cuanto cuánto tanto alguno
    ninguno uno propio mismo medio doscientos trescientos cuatrocientos quinientos primero
    segundo tercero último único mío tuyo suyo"""
)
DETERMINERS |= {
    word + ending: word[:-1] + "a" + ending
    for word in _LIKE_ADJECTIVES
    if word.endswith("o")
    for ending in ("", "s")
}
#: Before a noun whatever its gender.
INVARIANT = word_set(
    """mi mis tu tus su sus cada qué cual cualquier cuál gran grandes mejor mejores peor peores
    mayor mayores menor menores dos tres cuatro cinco seis siete ocho nueve diez once doce
    quince veinte treinta cuarenta cincuenta cien mil bastante bastantes tal tales ex demás
    simple simples joven jóvenes excelente excelentes ilustre célebre eminente enorme triste
    dulce pobre pobres noble"""
)
PREPOSITIONS = word_set(
    """a ante bajo con contra de del al desde durante en entre hacia hasta mediante para por según
    sin sobre tras"""
)
COPULAS = word_set(
    """soy eres es somos sois son era eras éramos eran fui fuiste fue fuimos fueron seré serás será
    seremos serán sería serías serían sea seas sean fuera fueras fueran fuese ser siendo sido
    estoy estás está estamos están estaba estabas estaban estuve estuvo estuvieron estará
    estarán estaría estarían esté estén estuviera estuvieran estar estando estado parece parecen
    parecía parecían pareció parecieron queda quedan quedó quedaron quedaba quedaban quedar
    quedado siente sienten sentía sentían sintió sintieron sigue siguen seguía seguían siguió
    vuelve volvió vuelven volvieron pone puso ponen pusieron mantiene mantuvo resulta resultó
    resultaron permanece permaneció anda andaba andan iba iban va van muestra acabó acabaron
    terminó terminaron"""
)
#: Verbs beside which an adjective says how somebody does it: "vive sola", "llegó cansado".
SECONDARY = word_set(
    """vive viven vivía vivían vivir vivió llega llegan llegó llegaron sale salen salió salieron
    viaja viajan viajaba viajaban viajó trabaja trabajan trabajaba regresó regresaron volvió
    murió murieron duerme durmió come nació nacieron entró entraron cayó cayeron corre huyó
    huyeron camina caminaba caminó juega jugaba cena va fue sonríe sonrió miró escuchó respondió
    contestó"""
)
#: Those that say how somebody is, and never who.
OF_STATE = word_set(
    """estoy estás está estamos están estaba estabas estaban estuve estuvo estuvieron estará
    estarán estaría estarían esté estén estuviera estuvieran estar estando estado"""
)
ADVERBS = word_set(
    """muy más menos tan bastante demasiado algo poco casi siempre nunca ya aún todavía también
    tampoco no realmente totalmente completamente políticamente siempre bien mal hoy ayer ahora
    sólo solamente un nada así"""
)
JOINS = word_set("y e o u ni pero")
#: End as adjectives do and are none.
NO_ADJECTIVES = word_set(
    """como cuando pero luego pronto tanto cuanto según nunca ahora hasta para contra nada fuera
    cerca donde sobre bajo entonces antes después mientras apenas lejos quizás además menos más
    jamás abajo arriba dentro todavía acaso embargo ejemplo caso mucho poco algo todo cada hola
    gracias claro hacia junto dentro medio esto eso aquello ello lo la los las una uno otra otro
    casa cosa vida hora día año tiempo trabajo mundo nada luego cargo tarde temprano"""
)
#: Adjectives by their masculine singular.
ADJECTIVES = word_set(
    """alto bajo gordo flaco guapo feo bonito lindo bello hermoso rico viejo nuevo antiguo pequeño
    bueno malo loco tonto listo sabio necio serio simpático antipático amistoso cariñoso celoso
    orgulloso famoso generoso nervioso perezoso curioso furioso silencioso valioso peligroso
    poderoso exitoso religioso estudioso ambicioso mentiroso tramposo vanidoso enfermo sano
    ciego sordo mudo cojo manco calvo rubio moreno pelirrojo castaño blanco negro amarillo rojo
    oscuro claro cansado agotado casado soltero divorciado viudo separado enamorado preocupado
    enfadado enojado asustado aburrido contento descontento satisfecho harto lleno vacío
    borracho sobrio dormido despierto muerto vivo herido perdido solo junto seguro inseguro
    listo preparado dispuesto acostumbrado interesado educado maleducado honesto deshonesto
    honrado bondadoso malvado sincero verdadero falso correcto incorrecto justo injusto digno
    indigno culto inculto experto novato veterano maduro inmaduro raro extraño único último
    próximo primero segundo tercero propio mismo querido amado odiado respetado admirado
    conocido desconocido reconocido olvidado abandonado despedido contratado elegido nombrado
    detenido arrestado acusado condenado absuelto juzgado asesinado atacado agredido violado
    secuestrado expulsado ingresado operado curado tratado educado criado nacido jubilado
    retirado desempleado parado ocupado ocioso activo pasivo agresivo creativo impulsivo
    atractivo positivo negativo deportivo tímido atrevido decidido indeciso tranquilo inquieto
    relajado estresado deprimido ansioso romántico dramático histérico fanático simpático
    polémico cómico irónico cínico crítico público político médico científico técnico práctico
    lógico católico judío cristiano ateo islámico gitano europeo africano asiático americano
    latino hispano mexicano cubano colombiano venezolano peruano boliviano ecuatoriano chileno
    argentino uruguayo paraguayo brasileño italiano rumano ruso polaco griego turco sirio chino
    filipino indio coreano noruego sueco suizo austriaco húngaro checo búlgaro ucraniano egipcio
    palestino afgano gallego vasco madrileño extranjero ajeno propio bruto bobo inhumano anciano
    lejano cercano vecino urbano rústico campesino modesto orgulloso soberbio discreto
    indiscreto cauto astuto ingenuo tierno duro blando delgado esbelto robusto corpulento
    moribundo embarazado discapacitado minusválido refugiado exiliado desplazado indocumentado
    armado uniformado disfrazado vestido desnudo descalzo distinguido famoso anónimo titulado
    licenciado cualificado adulto necesitado afortunado desafortunado privilegiado dotado ciego
    rápido lento diestro zurdo maravilloso fantástico magnífico estupendo fabuloso espléndido
    horroroso asqueroso odioso espantoso pesado cariñoso afectuoso respetuoso irrespetuoso
    callado reservado abierto cerrado extrovertido introvertido distraído concentrado atento
    cuidadoso descuidado ordenado desordenado limpio sucio puro impuro santo bendito maldito
    condenado sospechoso buscado desaparecido encontrado rescatado salvado protegido amenazado
    discriminado marginado excluido oprimido explotado esclavizado liberado autorizado obligado
    forzado convencido equivocado confundido sorprendido emocionado conmovido avergonzado
    arrepentido ofendido humillado insultado engañado traicionado vengativo rencoroso celoso
    envidioso codicioso avaro tacaño generoso adinerado millonario fino grosero obsceno estúpido
    válido inválido apto inepto capacitado incapacitado completo entero medio nato
    puertorriqueño dominicano hondureño salvadoreño guatemalteco panameño menudo diminuto
    gigantesco atlético musculoso bronceado pálido enfermizo"""
)
#: Nouns of persons of one gender whoever is meant.
EPICENE = word_set(
    """persona personas gente víctima víctimas bebé criatura miembro miembros personaje ángel
    familia"""
)
#: Feminine nouns that mostly name a field or a thing.
MOSTLY_THINGS = word_set(
    """política políticas música químicas química física matemática matemáticas informática técnica
    técnicas mecánica crítica críticas práctica lógica cartera carteras china judías cómica
    académica física botánica gramática frutera papelera costurera guía guías guardia policía
    cámara consulta secretaría dirección americana americanas conserva pista"""
)
#: Verbs of the third person that no other word sounds like.
SINGULAR_VERBS = word_set("es era será sería fue está debe debería puede podría ha había tiene")
PLURAL_VERBS = word_set(
    """son eran serán serían fueron están deben deberían pueden podrían han habían tienen"""
)
#: Auxiliaries beside which a participle has no gender.
HAVE = word_set(
    """he has ha hemos han había habías habíamos habían haya hayan hubo hubiera habrá habrán habría
    habrían haber habiendo hubiese"""
)
#: Verbs with a person that no ending tells.
FINITE_WORDS = word_set(
    """vi vio vimos vieron conozco conoce conocen quiero quiere quieren amo ama aman veo ve ven
    llamo llama llaman odio odia admiro admira ayudo ayuda busco busca espero espera miro mira
    invito invita respeto respeta recuerdo recuerda necesito necesita tiene tengo trajo hizo
    puso dijo voy vas va vamos van puedo puedes puede pueden podemos debo debe deben tengo
    tienen hago hacen pongo ponen dejan contrata despide acusa detiene besa abraza sigue
    encuentra deja dejo mata mató"""
)
INVARIANT_ADJECTIVES = word_set(
    """joven jóvenes amable amables valiente valientes triste tristes alegre alegres grande grandes
    pobre pobres fuerte fuertes inteligente inteligentes feliz felices mayor mayores menor
    menores elegante elegantes importante importantes gay gais homosexual homosexuales trans
    socialista comunista optimista débil débiles hábil hábiles profesional profesionales local
    locales nacional nacionales internacional rural rurales canadiense estadounidense árabe
    árabes"""
)
#: What tells the language of a people from one of it.
TONGUES = Tongues(
    names=word_set(
        """español alemán francés inglés italiano portugués ruso polaco ucraniano rumano turco
        chino japonés catalán griego holandés sueco danés noruego finlandés húngaro checo búlgaro
        serbio croata coreano vietnamita persa hindi"""
    ),
    prepositions=word_set("en"),
    possessives=word_set("mi tu su nuestro vuestro"),
    verbs=re.compile(
        "(?:habl|aprend|estudi|enseñ|entend|entiend|domin|tradu[cjz]|pronunci|chapurre|perfeccion"
        "|practic|olvid|sabe|saber|sé$|gust|encant|escrib|cuest|costar)"
    ),
    signs=word_set(
        """lengua lenguas idioma idiomas dialecto clase clases curso cursos gramática vocabulario
        palabra palabras pronunciación declinaciones casos verbos sílabas traducción traductor
        traductora dominio conocimientos nociones nivel examen origen variante profesor profesora
        suena suenan latín"""
    ),
    qualities=word_set(
        """difícil fácil hablado escrito moderno antiguo estándar medieval coloquial perfecto fluido
        correcto oficial complicado sonoro obligatorio melodioso básico"""
    ),
    towards=word_set("con al"),
    reflexive=word_set("se"),
)
