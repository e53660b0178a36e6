"""Names of people in a question: told by the word before them, their form, and lists of given and family names.

The lists are those of Faker in English and Spanish. A capitalised name of two words needs no list; one in small letters,
in capitals throughout, or of one word does. Words that are names and other things too ("will", "grace", "price") count
as names only beside a certain one.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from kb.text.words import fold

Span = tuple[int, int]
_UPPER, _LOWER = "A-ZÁÉÍÓÚÑÜ", "a-záéíóúñü"
_NAME = rf"[{_UPPER}](?:[{_LOWER}]+(?:['’-][{_UPPER}{_LOWER}]+)*|['’][A-Z][{_LOWER}]+|\.)"
_PARTICLES = r"(?:de |la |las |los |del |y |van |von |da )*"
_NAMES = rf"{_NAME}(?: {_PARTICLES}{_NAME})+"
_PEOPLE = (
    "patients?|pacientes?|members?|miembros?|afiliad[oa]s?|beneficiar(?:y|ies|i[oa]s?)|workers?|employees?|agents?|nurses?|enfermer[oa]s?|"
    "trabajador(?:as?|es)?|emplead[oa]s?|agentes?|colleagues?|co-?workers?|compañer[oa]s?|boss|jef[ea]|supervisora?|manager|gerente|"
    "wife|husband|esposa?|son|daughter|hij[oa]|mother|father|madre|padre"
)
_CALLED = r"named|called|by the name of|whose name is|name is|llamad[oa]|de nombre|se llama|cuyo nombre es|nombre es|(?:que )?responde al nombre de"
_INTRODUCED = r"my name is|i am called|me llamo|mi nombre es"
_PERSON = re.compile(
    rf"\b(?i:(?:patient|member|employee|worker|agent|paciente|emplead[oa]|trabajadora?)(?:['’]s|s['’])? name[,:]?(?: is)?|"
    rf"nombre del? (?:la )?(?:paciente|trabajadora?|emplead[oa])[,:]?(?: es)?|(?:{_PEOPLE})[,:]?(?: (?:{_CALLED}))?|{_INTRODUCED}|doña|don),? "
)
_ROLE = re.compile(rf"(?i:(?:{_PEOPLE})) ")
_NAMED = re.compile(rf"\b(?i:named|llamad[oa]) (?P<value>{_NAMES})")
_TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Sra?|Srta|Dra?)(?:\.| (?=[A-Z])) ?(?P<value>{_NAME}(?: {_NAME})*)")
_CAPITALISED = re.compile(_NAMES)
_TURNED = re.compile(rf"{_NAME}, {_NAME}(?!\w)")  # "Smith, John"
_WORDS = re.compile(r"(?P<word>[^\W\d_]\.|[^\W\d_]+(?:['’-][^\W\d_]+)*)(?P<space>,? )?")
_AND = re.compile(r",? (?:and|y|e|&) ")
_JOINING = frozenset("de la las los del y van von da".split())
_MOST_WORDS = 6  # of one name, particles counted
# Given or family names that are words of these subjects, or common words of either language.
_WORDS_TOO = frozenset(
    """will mark grace rose art joy hope faith dean chase frank guy bill rich page case cases price prices day days best long short may june april
    august summer drew pat dale dolores mercedes pilar socorro angel angeles cruz santos santa san paz luz blanca blanco esperanza victoria
    gloria amparo rocio consuelo rosario rosa flores campos rios guerra guerrero herrero caballero delgado moreno rubio leal bueno
    young king church park lane fields green brown white black gray grey wood woods hill hall wall banks bond bush carpenter baker butler
    cook carter mason miller potter porter shepherd smith taylor turner walker weaver ward webb wells west wise wolf woodward law rule
    sales savage sharp small snow stone story strong swan towns town valentine vance vaughn virginia texas georgia carolina dakota
    madison austin dallas houston jackson lincoln washington phoenix london paris sydney chelsea charity destiny crystal candy ginger
    heather ivy jade jasmine melody misty pearl penny ruby sandy sherry star sunny violet chance chip christian clay colt dusty earl
    ford gene grant harry jack jay jimmy lance max miles nick norm peter pierce randy ray reed rob robin rod rusty skip sterling
    tanner trace trinity tucker wade wills woody buck major max maximo salvador leon luna sol mar dulce alma mora cordero marin
    montes torres toledo segura soto sierra serrano rivera rey reyes prado ponce peral pena paredes parra pardo olmo oliva navarro naranjo
    nieto montero mesa medina mata marques marco maestro macias llano linares leal lago juarez jurado jordan iglesias huerta hierro
    herrera heredia haro granado gallo galan fuente fuentes franco fierro exposito escudero duran duarte del cuesta crespo cordoba corral
    correa conde cobo cid cazares castillo castilla casas carrillo carrasco cardenas cano camino calvo calle caballo barrios barrera barba
    arenas aranda andrade alvarado aguilar acosta cuellar durango sonora colima nayarit hidalgo guadalupe jesus trinidad refugio
    sue love house real company york good mas grande amor amigo cabeza weeks mercado mayo english french america africa sola puerta plaza
    key carrera carreras campo cabo alta rico cross ball armas domingo diez malo sala pareja villa gay glass cadena cadenas batalla
    barrio anda amo alcalde valle prince powers moon guardia golden fox estrella walls pages gracia felicidad bright branch bird bell
    waters torre tono rush roman rice partida muro mate marks hunt hunter gross graves flor duke cortes corona canales cabello barco
    urbano tome rueda roca pope pace hood holder farmer cherry camps burns petty olive horn booth chambers bridges beard stark portero
    fisher cannon brooks custodia pintor plana polo laguna sobrino vaca vives tirado espada cuenca cristal cooper concha coca cerro
    cabezas bravo botella bello bass autumn arco alegre acero foster dawn gates knight noble parks pastor palma rivers seco sole romero
    lee mia nacio sean toro izquierdo llamas evita amado fuertes casado bienvenida norma caridad milagros gala salva cal iban
    remedios asuncion concepcion encarnacion natividad nieves patrocinio perpetua piedad presentacion salud soledad visitacion""".split()
)
# Capitalised words after "patient" or "employee" can be a term: "Patient Protection", "Employee Retirement Income".
_OF_TERMS = frozenset(
    """access act advantage affordable arco assistance benefits bill bpo care center clinic code company compliance contract contrato cuotas
    data datos department derechos derecho director empresa federal form general grupo handbook health hospital income information
    insurance institute instituto international ley law management medicaid medicare mexican mexico minimo minimum national
    notice nacional only plan policy portal president privacy privacidad profit program programs protection rate records record
    reform retirement rights rule rules safety salary salario secretaria secretary security seguridad seguro service services
    servicios sharing social solutions state states status support tax training transfer union united utilidades vendor vendors wage
    work""".split()
)


def find_names(text: str) -> Iterator[Span]:
    """Spans of names that a word before them gives away, in the order of the rules; they may overlap."""
    for pattern in (_TITLED, _NAMED):
        for match in pattern.finditer(text):
            if _is_person(match["value"]):
                yield match.span("value")
    for match in _PERSON.finditer(text):
        start = match.end()
        while (end := _name_end(text, start)) is not None:
            yield start, end
            more = _AND.match(text, end)  # "patients John Smith and Mary Jones"
            if more is None:
                break
            start = more.end()
    for start, end in capitalised_names(text):
        yield from _listed_within(text, start, end)


def capitalised_names(text: str) -> Iterator[Span]:
    """Spans that have the form of a name; only what stands beside them can tell whether they are one."""
    for match in _CAPITALISED.finditer(text):
        role = _ROLE.match(text, match.start())  # "Patient Mary Jones": the name begins behind
        yield role.end() if role and role.end() < match.end() else match.start(), match.end()


def _listed_within(text: str, start: int, end: int) -> Iterator[Span]:
    """The part of capitalised words that begins with a given name and goes on with a family name, both in the lists."""
    words = [(match.start(), re.sub(r"['’]s$", "", match[0])) for match in re.finditer(r"\S+", text[start:end])]
    for place, (offset, word) in enumerate(words):
        others = [other for _, other in words[place + 1 :]]
        if (
            _is_certainly_given(word)
            and any(fold(other) in _families() for other in others)
            and _is_person(text[start:end])
        ):
            yield start + offset, end
            return


def _is_person(value: str) -> bool:
    return not any(fold(word) in _OF_TERMS for word in value.split())


def _name_end(text: str, start: int) -> int | None:
    """Where the name that begins at an offset ends; None where none begins."""
    turned = _TURNED.match(text, start)
    if turned and any(_is_given(word) for word in turned[0].split(", ")):
        return turned.end()
    capitalised = _CAPITALISED.match(text, start)
    if capitalised and _is_person(capitalised[0]):
        return capitalised.end()
    return _listed_end(text, start)


def _listed_end(text: str, start: int) -> int | None:
    """The end of a name whose words are in the lists, whatever their letters."""
    end, position, certain, likely, given = None, start, 0, 0, False
    for _ in range(_MOST_WORDS):
        match = _WORDS.match(text, position)
        if match is None:
            break
        word = fold(match["word"])
        initial = word.endswith(".")
        if word in _JOINING:
            if end is None:
                break
        elif initial or _is_given(word) or word in _families():
            end = match.end("word")
            likely += 1
            certain += not initial and word not in _WORDS_TOO
            given = given or initial or _is_given(word)
        else:
            break
        position = match.end()
        if match["space"] != " ":
            break
    sure = (certain >= 1 and given) or likely >= 2  # "rose price" is a name of two words that are others too
    return end if given and sure else None


def _is_certainly_given(word: str) -> bool:
    return _is_given(word) and fold(word) not in _WORDS_TOO


def _is_given(word: str) -> bool:
    return fold(word) in _givens()


_PLACEHOLDERS = frozenset({"doe", "roe", "fulano", "mengano"})  # in no list, and meant as names where they stand


@lru_cache(maxsize=1)
def _givens() -> frozenset[str]:
    """Folded given names of English and Spanish; a double one by its parts."""
    return _of_lists("first_names")


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    """Folded family names of English and Spanish."""
    return _of_lists("last_names")


def _of_lists(kind: str) -> frozenset[str]:
    # Half a second to import, not needed before the first question.
    from faker.providers.person import en_US, es_ES, es_MX  # noqa: PLC0415

    names = [name for lists in (en_US, es_ES, es_MX) for name in getattr(lists.Provider, kind)]
    return _PLACEHOLDERS | frozenset(
        part for name in names for part in fold(name).split() if len(part) > 2 and part not in _JOINING
    )
