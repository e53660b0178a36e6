"""What form an answer must have: a price needs money, a telephone number digits in that shape, "who is" a name.

A sentence on the right subject without the asked-for thing is no answer; this tells the two apart.
"""

import re
from enum import StrEnum
from functools import lru_cache

from kb.text.words import fold


class Form(StrEnum):
    """The thing that a question wants to be told."""

    MONEY = "money"
    PERCENT = "percent"
    CONTACT = "contact"
    PERSON = "person"
    IDENTIFIER = "identifier"
    COUNT = "count"
    TIME = "time"
    ANY = "any"


# In the order in which they are tried, on folded text.
_ASKED: tuple[tuple[Form, re.Pattern[str]], ...] = (
    (
        Form.CONTACT,
        re.compile(
            r"\b((phone|telephone|fax) numbers?|hotline|e-?mail address|mailing address|street address|website|url|contact details|numero de telefono|"
            r"(cual es|dame|tienen) (el|su) telefono|correo electronico de|domicilio de|direccion de|pagina web)\b"
        ),
    ),
    (
        Form.PERSON,
        re.compile(
            r"\b(who is (the|our|mexico|hhs|now)\b|who('s| is) (the )?(current )?\w* ?(secretary|director|head|minister|commissioner|president|ceo)|"
            r"quien es (el|la) (titular|secretari|director|president|comisionad|jef)|nombre del? (titular|secretari|director|president))"
        ),
    ),
    (
        Form.IDENTIFIER,
        re.compile(
            r"('s|’s) (repse|registration|register|license|rfc|tax id|folio) (number|folio|id)\b|\bnumero de (repse|registro|folio|rfc) de\b"
        ),
    ),
    (
        Form.MONEY,
        re.compile(
            r"\b(how much (does|do|is|are|would|will|should) .*\b(cost|charge|charges|pay for|fee|bill|worth)|price|fee|fees|hourly rate|(charge|bill|charges|bills) per|cost of|(does|do|will) .* cost|"
            r"cuanto (cuesta|cuestan|cobra|cobran|vale|valen|sale|salen)|precio|tarifa|honorarios|costo (de|por)|derechos por)\b"
        ),
    ),
    (Form.PERCENT, re.compile(r"\b(what|which) (percentage|percent|rate)|\b(rate|percentage|tasa|porcentaje)\b")),
    (
        Form.TIME,
        re.compile(
            r"\b(when|how (long|soon|quickly|often)|deadline|cuando|plazo|cuanto tiempo|cada cuanto|fecha limite|hasta cuando)\b"
        ),
    ),
    (Form.COUNT, re.compile(r"\b(how (many|much|big|high|large)|cuant[oa]s?)\b")),
)
# "How much is the minimum wage" asks for money, "how much vacation" does not.
_OF_MONEY = re.compile(
    r"\b(minimum wage|wages?|salary|fines?|penalty|penalties|uma|bonus|severance|salario minimo|sueldo|multas?|indemnizacion)\b"
)
_WHAT_IS = re.compile(r"^\W*(and |y )?(what('s| is| was| will| are| were)|cual(es)? (es|era|eran|sera|son|fue))\b")
_WORD_NUMBERS = r"one|two|three|four|five|six|half|twice|double|un[oa]?|dos|tres|cuatro|cinco|seis|mitad|doble"
_FOUND: dict[Form, re.Pattern[str]] = {
    Form.MONEY: re.compile(
        r"[$€]\s?\d|\b(mxn|usd|uma|umas|pesos?|dollars?|dolares|usd)\b|\bno (fee|cost|charge)\b|\bfree of charge\b|\bgratuit"
    ),
    Form.PERCENT: re.compile(r"\d\s?%|\bper ?cent\b|\bpor ciento\b|[$]\s?\d|\b(half|mitad)\b|\b(mxn|umas?|pesos)\b"),
    Form.CONTACT: re.compile(r"\+?\d[\d ()-]{7,}\d|\S+@\S+|https?://|\bwww\.|\b[\w-]+\.(gob\.mx|gov|com|org)\b"),
    Form.PERSON: re.compile(r"(?!)"),  # the knowledge base names no office holders
    Form.IDENTIFIER: re.compile(r"\b[a-z]{2,}[-/ ]?\d{4,}\b|\b\d{5,}\b"),
    Form.COUNT: re.compile(rf"\d|\b({_WORD_NUMBERS})\b"),
    Form.TIME: re.compile(
        r"\b(days?|weeks?|months?|years?|hours?|immediate\w*|annual\w*|yearly|periodic\w*|dias?|semanas?|mes|meses|anos?|horas?|inmediat\w*|anual\w*|periodic\w*|"
        r"january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b|\b20\d\d\b"
    ),
    Form.ANY: re.compile(r""),
}


def form_asked(question: str) -> Form:
    """The form that a question wants; ANY where its words don't tell."""
    folded = fold(question)
    form = next((form for form, pattern in _ASKED if pattern.search(folded)), Form.ANY)
    if form in (Form.COUNT, Form.ANY) and _OF_MONEY.search(folded) and (form is Form.COUNT or _WHAT_IS.search(folded)):
        return Form.MONEY
    return form


@lru_cache(maxsize=100_000)
def has_form(form: Form, text: str) -> bool:
    """Whether a text holds something of that form; remembered, since each question reads many of the same sentences."""
    return bool(_FOUND[form].search(fold(text)))
