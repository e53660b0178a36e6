"""What form of answer a question asks for, and the parts in which it asks."""

import re
from enum import StrEnum

from kb.forms import Form, form_asked
from kb.text.words import fold, number_of


class Kind(StrEnum):
    """What form of answer is asked for."""

    YES_NO = "yes-no"
    AMOUNT = "amount"  # money, a rate, a number of days or people
    DEADLINE = "deadline"  # a date or a span of time
    LIST = "list"
    DEFINITION = "definition"
    COMPARISON = "comparison"
    OTHER = "other"


_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        Kind.COMPARISON,
        re.compile(
            r"\b(differences? between|compared? (to|with)|^\W*compare|versus|\bvs\b|diferencias? (hay )?entre|en que se diferencia|frente a|compara(r|me|nos)?)\b"
        ),
    ),
    (
        Kind.DEADLINE,
        re.compile(
            r"\b(when|by when|how (long|soon|quickly|fast|often)|deadline|due date|what date|how many days .*\b(to|before)|until when|"
            r"cuando|plazo|en cuanto tiempo|cuanto tiempo|en cuantos dias|cada cuanto|fecha limite|hasta cuando|que fecha|cuanto (dura|tarda)|vence|vigencia)\b"
        ),
    ),
    (
        Kind.AMOUNT,
        re.compile(
            r"\b(how (much|many|big|high|large)|what (percentage|rate|percent|amount|share|portion)|rate|percentage|cost|costs|price|fee|maximum|minimum|fines?|penalt(y|ies)|"
            r"cuant[oa]s?|porcentaje|proporcion|tasa|tope|monto|importe|multas?|precio|tarifa|costo|cuesta|valor|(?<!se )vale)\b|"
            # A thing alone that is a figure: "salario mínimo 2019", "I need the minimum wage of 2019".
            r"^\W*(?:(?:i|we) need |need |give me |show me |looking for |necesito |necesitamos |dame |quiero |busco )?(?:the |el |la )?(?:daily |general )?(?:minimum wages?|uma|salarios? minimos?|sueldo minimo)\b"
        ),
    ),
    (
        Kind.LIST,
        re.compile(
            r"\b(list|which (documents|papers|clauses|laws|questions|steps|rules|items)|what (documents|papers|clauses|evidence|questions|steps|terms|proof|duties|obligations|requirements|items|records|parts|pieces|elements|factors)|"
            r"what (must|should|does|do|has to|have to|needs to|goes) .*\b(say|contain|include|state|cover|have in it|be in|go in|into)|what are the|what counts as|"
            r"checklist|red flags|name the|que (documentos|clausulas|papeles|requisitos|preguntas|pasos|pruebas|obligaciones|elementos|factores|puntos|partes|debe (decir|contener|incluir|llevar|traer))|"
            r"que (contiene|incluye|lleva|trae|abarca)|cuales son|lista|enumera|senales)\b"
        ),
    ),
    (
        Kind.DEFINITION,
        re.compile(
            r"^\W*(what(['’]?s| is| are| does .* mean| exactly (is|counts as))|define|meaning of|"
            r"(y )?que (es|son|significa|se (entiende|considera)|quiere decir)|a que (se )?(le |les )?(llaman?|dicen)|definicion)\b"
        ),
    ),
    (
        Kind.YES_NO,
        re.compile(
            r"^\W*(and |so |but |y |o |entonces )?(is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|had|am|"
            r"es|son|esta|estan|puede|pueden|podemos|puedo|debe|deben|debemos|hay|tiene|tienen|tenemos|se puede|se debe|existe|cuenta|aplica|sirve|necesitamos)\b"
        ),
    ),
)
# "the two ways", "which four factors", "¿qué 4 cosas…?"; a span of time or a number of people is no count of things asked for.
_COUNTED = re.compile(
    r"(?:^\W*|\b(?:what|which|the|are|que|cuales|los|las|son|name|nombra) )(?P<number>[2-9]|two|three|four|five|six|seven|eight|nine|dos|tres|cuatro|cinco|seis|siete|ocho|nueve) "
    r"(?!(?:\w+ )?(?:hours?|days?|weeks?|months?|years?|times|agents?|patients?|workers?|employees?|people|vendors?|million|mil|percent|"
    r"horas?|dias?|semanas?|mes|meses|anos?|veces|agentes?|pacientes?|trabajador(?:es|as)?|empleados?|personas|proveedores|millones|ultim[oa]s)\b)"
    r"(?:\w+ ){0,3}?\w+s\b"
)
_SPANISH_QUESTION = re.compile(r"¿([^?¿]+)\?")
_ACCENTED_QUESTION_WORD = re.compile(
    r"\b(?:qué|quién(?:es)?|cuál(?:es)?|cuánt[oa]s?|cuándo|cómo|a?dónde)\b", re.IGNORECASE
)
# On folded text. "When they resign" or "que no paga" within a clause is a circumstance, at its beginning it asks.
_ASKS_IN_A_CLAUSE = re.compile(
    r"(?:^\W*|[,;:?] ?|\b(?:and|or|but|y|o|e|u|pero) )(?:(?:by|for|from|to|in|with|since|until|a|en|de|con|para|por|hasta|desde|segun|sobre|cada) )?"
    r"(?:what|who|whom|which|when|where|how|why|que|quien(?:es)?|cuando|como|donde)\b|\b(?:how (?:many|much|long|often|soon|fast)|cuant[oa]s?|cual(?:es)?)\b"
)
_CONDITION = re.compile(
    r"^\W*(?:and |so |but |y |o |pero |entonces )?(?:if|once|si|(?:when|cuando) (?!is|are|do|does|did|must|should|will|can|se|debe|hay|vence)) ?[^?¿]{3,200}?, ?"
)
_MUST = re.compile(r"\b(?:hay|tiene[ns]?|tenemos|tengo|tendr[ae]n?|tendremos) que\b")  # its "que" asks for nothing
_LABEL = re.compile(r"^\W*(?:[\w'-]+ ){0,3}[\w'-]+: (?=.*\?)")  # a subject before the question: "MFA: does the rule …?"
SENTENCE_END = re.compile(r"[.?!]\s+")
_ABBREVIATED = "".join(
    rf"(?<!\b{word}\.)" for word in ("[A-Za-z]", "art", "arts", "fr", "frs", "núm", "num", "vs", "inc")
)
_TOLD_FIRST = re.compile(rf"[^?¿]*?\.{_ABBREVIATED}\s")  # "Es la tercera vez. ¿Qué hago?" asks for no yes or no
_SUBJECT = "(?:the|an?|any|this|that|these|those|there|it|i|we|you|they|he|she|our|their|its)"
_VERB = "is|are|can|must|may|does|do|should"
# "… and would the rate …?", but not "… and has paid", nor "… and have the charts on screen".
_INVERTED = (
    rf"(?:(?:was|were|did|could|would|will|am|shall) {_SUBJECT}|(?:have|has|had) (?:there|it|i|we|you|they|he|she))"
)
_BY_WHAT = "(?:at|by|for|from|in|on|to|until|within|since|under) (?:what|which|whom|how|when)"
_WHAT = rf"what(?:['’]?s)?|when|how|{_BY_WHAT}|which|who|whose|whom|where|why"
# Where a new part of a question may begin.
_CLAUSE_END = re.compile(
    rf"(?<=[?.!]){_ABBREVIATED}\s+|[;,]\s+(?:and|y)\s+(?=(?:if|si)\b[^?,;]{{2,50}}\?\W*$)|[;,]?\s+(?:and|plus|y)\s+(?=¿|(?:{_WHAT}|{_VERB}|{_INVERTED}|"
    r"(?:en |de |con |para |por |a |cada |hasta |desde )?(?:qué|cuándo|cómo|cuál|cuáles|cuánt[oa]s?|quién(?:es)?)|cada cu[aá]ndo|puede|debe)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    rf"^\W*(and |y |so )?({_WHAT}|{_VERB}|{_INVERTED}|will|has|have|"
    r"que|cuando|como|cual|cuales|cuant[oa]s?|quien|puede|debe|(?:en|de|con|para|a|por|cada|hasta|desde) (?:que|cuant[oa]s?|cuando|quien(?:es)?))\b"
)
# "1) the weekly limit, 2) the date of …"; "164.308(a)(1)" is no such list.
_NUMBERED = re.compile(r"[,;:]?(?:^|\s+)\(?(?P<number>[1-9])[.)]\s+")
_THEN_IF = re.compile(r"^\W*(?:if|si)\b[^?,;]{2,50}\?\W*$")  # "… and if they aren't?"
_QUESTION_WORD_WITHIN = re.compile(
    r"\b(?:how (?:many|much|long|often|soon|fast)|(?:by|at|for|in|on|to|from|within) (?:what|which)|cuant[oa]s?|"
    r"que (?:plazo|tope|multa|porcentaje|tasa|fecha|dia|edad|papeles|documentos|requisitos|pasa))\b|\S+ (?:what|which)\b"
)
# A yes or no that is asked for beside something else; "y se va", and what follows "si", go on with what stands before.
_AND_IS_IT = re.compile(
    r",?\s+y\s+(?=(?:(?:también|tambien|ya|a fuerza|además|ademas)\s+)?(?:la ley|hay que|hace falta|nos|les?|se|es|son|tienen?|tenemos|puedo|podemos|"
    r"pueden?|deben?|debemos|obliga|existe|sirve|aplica|cuenta|toca)\s+\S+\s+\S+)",
    re.IGNORECASE,
)
_UNDER_A_CONDITION = re.compile(r"\b(?:si|cuando|porque|aunque|cuya?s?|quien)\b")
# After words that set the scene: "For agents in Mexicali, what is the tax and what is the wage?"
_ASKS_WITHIN = re.compile(
    rf"(?:[,;:]| [-–—]) (?:so |then |and )?(?:what(?:['’]?s)?|how (?:long|soon|much|many|often|fast|quickly|big|high|{_VERB})|{_BY_WHAT}|{_INVERTED}|(?:{_VERB}) {_SUBJECT})\b"
)


# On folded text. What one's own vendor has done stands in no guidance; what it should have, or whether that was lawful, may.
_OWN_VENDOR = r"(?:our|my)(?: \w+){0,2} (?:vendor|bpo|provider|supplier|call cent(?:er|re)|contact cent(?:er|re)|contractor)(?: in \w+)?(?:['’]s(?: \w+){1,3})?"
_NUESTRO = r"(?:nuestr[oa]|mi) (?:proveedora?|bpo|call center|centro de contacto|prestadora?)(?: (?:de|en) \w+)?"
_SOMETHING = r"(?:already |ever |yet |actually |really |still )?(?!have to|need|got to|do\b|done|commit|owe|become)\w+"
_HAS_DONE = re.compile(
    rf"^\W*(?:has|have|did) {_OWN_VENDOR} {_SOMETHING}|"
    rf"^\W*¿\W*{_NUESTRO} ya (?:ha \w+|\w+o)\b|^\W*¿\W*ya (?:ha \w+|\w{{3,}}o) [^?,;]*\b{_NUESTRO}\b"
)
# "The vendor on our list is in Saltillo. Has it had breaches?"
_IT_HAS_DONE = re.compile(
    rf"^\W*(?:has|have|did) (?:it|they) {_SOMETHING}|"
    r"^\W*¿\W*(?:y )?(?:ya )?han? \w+[dth]o\b"
)
# What it was, or is just now: "how many incidents did our vendor have?", "¿cuántos incidentes tuvo nuestro proveedor?"
_A_VENDOR = rf"(?:{_OWN_VENDOR}|the (?:vendor|bpo|provider|supplier) (?:that )?we(?: are|['’]re) \w+ing)"
_UN_PROVEEDOR = rf"(?:{_NUESTRO}|(?:el|la) (?:proveedora?|bpo|prestadora?)(?: (?:de|en) \w+)? que estamos \w+ndo)"
_ES_DE_HECHO = (
    r"(?:tuvo|tuvieron|hizo|hicieron|present[oó]|report[oó]|firm[oó]|cambi[oó]|(?:ya )?ha \w+[dth]o|esta \w+[aei]ndo)"
)
_QUE = r"(?:\b(?:cuant[oa]s?|cual|quien)|¿ ?(?:(?:con|en|de|a) )?(?:que|cuando))"
_WHAT_IT_DID = re.compile(
    rf"\b(?:when|how many|how often|how much|what|which) [^?.!,;]{{0,80}}\b(?:did|has) {_A_VENDOR} {_SOMETHING}|"
    rf"\b(?:name|e-?mail|phone(?: number)?) of {_A_VENDOR}['’]s\b|"
    rf"{_UN_PROVEEDOR}\b[^?.!;]{{0,80}}{_QUE} [^?.!;]{{0,80}}\b{_ES_DE_HECHO}\b|"
    rf"{_QUE} [^?.!;]{{0,80}}\b{_ES_DE_HECHO} [^?.!,;]{{0,80}}{_UN_PROVEEDOR}\b|"
    rf"\b(?:como se llama|quien es|nombre) [^?.!,;]{{0,80}}\b(?:de|en) {_UN_PROVEEDOR}\b"
)
_OF_A_VENDOR = re.compile(
    rf"^\W*(?:{_OWN_VENDOR}|{_NUESTRO}|(?:the|this|that|el|la|este|ese) (?:\w+ )?(?:vendor|bpo|provider|supplier|contractor|call cent(?:er|re)|proveedora?|prestadora?)\b)"
)
_LAW = (
    r"if|because|unless|whether|must|requires?d?|should|allowed|law|legal\w*|illegal\w*|lawful\w*|wrong|breached|violat\w*|"
    r"br[eo]ak\w*|broke\w*|infring\w*|compl(?:y|ies|ied)|si|porque|debe|tiene que|ley|legal|ilegal|incumpl\w*|viol[aoe]\w*"
)
_OF_THE_LAW = re.compile(rf"\b(?:{_LAW}|when|by|since|breach\w*|counts?|qualif\w+|cuando|por|cuenta)\b")
_OF_THE_LAW_AT_ALL = re.compile(rf"\b(?:{_LAW})\b")


def asks_what_was_done(text: str) -> bool:
    """Whether a question is nothing but what one's own vendor has done or is; what is told of the vendor may stand before it."""
    folded = fold(text)
    if _WHAT_IT_DID.search(folded) and not _OF_THE_LAW_AT_ALL.search(folded):
        return True
    *told, asked = [sentence for sentence in SENTENCE_END.split(folded + " ") if sentence.strip()] or [""]
    done = _IT_HAS_DONE if told else _HAS_DONE
    if len(told) > 1 or re.search(r"[;:]\s", folded) or (told and not _OF_A_VENDOR.search(told[0])):
        return False
    return bool(done.search(asked)) and not _OF_THE_LAW.search(asked)


def counted(text: str) -> int | None:
    """How many things a question asks for by their number: 4 for "the four factors"; None where it names no number."""
    match = _COUNTED.search(fold(text))
    return int(number_of(match["number"]) or match["number"]) if match else None


def kind_of(text: str) -> Kind:
    """The kind of the question; the first sign wins, in the order of the table."""
    folded = _LABEL.sub("", fold(text)).strip()
    if counted(text) is not None:
        return Kind.LIST
    if _asks_yes_or_no_in_spanish(text):
        return Kind.YES_NO
    opening = "" if _TOLD_FIRST.match(folded) else folded
    if any(map(_asks_yes_or_no, {opening, _last_question(folded)})):
        return Kind.YES_NO
    return next((k for k, sign in _KINDS if sign.search(opening if k is Kind.YES_NO else folded)), Kind.OTHER)


def takes_a_verdict(text: str) -> bool:
    """Whether a yes or a no may be the answer: to a yes-or-no question or a case that is told, not to "who may …?"."""
    kind = kind_of(text)
    return kind is Kind.YES_NO or (
        kind is Kind.OTHER and not _ASKS_IN_A_CLAUSE.search(_MUST.sub("se debe", fold(text)))
    )


def form_of(text: str) -> Form:
    """The form that is asked for; the "when" of a yes-or-no question is a circumstance."""
    form = form_asked(text)
    return Form.ANY if form is Form.TIME and kind_of(text) is Kind.YES_NO else form


def _asks_yes_or_no(folded: str) -> bool:
    """Whether a question opens with a verb, be it after a condition, and none of its clauses with a question word."""
    asking = _CONDITION.sub("", folded)
    return bool(_KINDS[-1][1].search(asking)) and not _ASKS_IN_A_CLAUSE.search(asking)


def _last_question(folded: str) -> str:
    """The last sentence that asks: "can she?" of "a patient wants damages. can she?"."""
    asking = [sentence for sentence in SENTENCE_END.split(folded + " ") if sentence]
    return asking[-1] if asking and folded.endswith("?") else ""


def _asks_yes_or_no_in_spanish(text: str) -> bool:
    """Whether what stands between the last question marks has no question word: "¿El HHS puede sancionar al proveedor?"."""
    asked = _SPANISH_QUESTION.findall(text)
    if not asked or len(asked[-1].split()) <= 2 or _ACCENTED_QUESTION_WORD.search(asked[-1]):
        return False
    return not _ASKS_IN_A_CLAUSE.search(_MUST.sub("se debe", fold(asked[-1])).strip())


def parts_of(asked: str) -> tuple[list[str], list[str]]:
    """The parts of a question, and those of them that ask."""
    listed = _numbered(asked)
    if listed:
        return list(filter(None, listed)), list(filter(None, listed[1:]))
    parts = [part for piece in _pieces(asked) for part in _with_yes_or_no_apart(piece)]
    asks = [_is_asked(part) for part in parts]
    # "The vendor has how many days and who pays it?": what is joined to a question asks as well, if it can.
    joined = (
        asked_next and not part.endswith((".", "?", "!"))
        for part, asked_next in zip(parts, [*asks[1:], False], strict=False)
    )
    return parts, [
        part
        for part, is_asked, is_joined in zip(parts, asks, joined, strict=True)
        if is_asked or (is_joined and _asks_within(part))
    ]


def _pieces(asked: str) -> list[str]:
    return [part for part in (part.strip(" ,;") for part in _CLAUSE_END.split(asked)) if part]


def _with_yes_or_no_apart(piece: str) -> list[str]:
    """Of "¿cuánto es la prima y la ley obliga a pagarla?" both questions; else the piece as it is."""
    joint = _AND_IS_IT.search(piece) if piece.endswith("?") else None
    if joint is None or not _asks_within(piece[: joint.start()]) or _UNDER_A_CONDITION.search(piece[: joint.start()]):
        return [piece]
    return [piece[: joint.start()].strip(" ,;"), piece[joint.end() :]]


def _asks_within(part: str) -> bool:
    return bool(_ACCENTED_QUESTION_WORD.search(part) or _QUESTION_WORD_WITHIN.search(fold(part)))


def _numbered(asked: str) -> list[str]:
    """What stands before a list that is numbered from 1 on, and its items without their numbers; nothing of other texts."""
    marks = list(_NUMBERED.finditer(asked))
    if len(marks) < 2 or [int(mark["number"]) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    starts, ends = [0, *(mark.end() for mark in marks)], [*(mark.start() for mark in marks), len(asked)]
    return [asked[start:end].strip(" ,;:") for start, end in zip(starts, ends, strict=True)]


def asks_what_follows(part: str) -> bool:
    """Whether a part of a question asks what follows if something isn't done, and says no more: "… and if they don't?"."""
    return bool(_THEN_IF.match(fold(part)))


def _is_asked(part: str) -> bool:
    folded = fold(part)
    return "¿" in part or part.endswith("?") or bool(_ASKS.match(folded) or _ASKS_WITHIN.search(folded))
