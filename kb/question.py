"""What a question asks: its language, kind, terms, and the names that an answer must treat."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.forms import Form, form_asked
from kb.lexicon import load_lexicon, load_places
from kb.records import Jurisdiction, Language
from kb.text.cities import is_city
from kb.text.language import detect_language
from kb.text.numbers import years_named
from kb.text.references import find_references
from kb.text.words import fold, is_stop_word, number_of, stem, stems, tokens, words_in


class Kind(StrEnum):
    """What form of answer is asked for."""

    YES_NO = "yes-no"
    AMOUNT = "amount"  # money, a rate, a number of days or people
    DEADLINE = "deadline"  # a date or a span of time
    LIST = "list"
    DEFINITION = "definition"
    COMPARISON = "comparison"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One thing a question speaks of. `forms[language]` are the stem sequences by which evidence may name it."""

    surface: str
    forms: dict[Language, tuple[tuple[str, ...], ...]]
    concept: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RequiredName:
    """A name that evidence must treat for the question to be answered. Any of `spellings` (folded) will do."""

    shown: str
    spellings: tuple[str, ...]
    place: bool = False  # a country or state whose law is asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question, understood. `text` is what is searched for; for a follow-up that is more than was typed."""

    text: str
    typed: str  # as it's shown again
    asked: str  # without instructions to whoever answers
    language: Language
    kind: Kind
    part_kinds: frozenset[Kind]  # of the parts of a question in parts, else its own
    form: Form
    terms: tuple[Term, ...]
    names: tuple[RequiredName, ...]
    localities: tuple[RequiredName, ...]  # Mexican states, and cities: each sets but a few things for itself
    years: tuple[int, ...]  # that the question names
    years_meant: tuple[int, ...]  # those, or else the year of the past date whose law is asked for
    references: tuple[str, ...]
    count: int | None  # of the things asked for: 4 in "which four factors"
    either_or: bool = False  # which of two things holds, which a "yes" does not tell
    evades: bool = False  # how to get around a rule
    personal: bool = False  # identifiers of a person were masked in it
    before: str | None = None  # of a follow-up the earlier questions that `text` takes along


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
            r"cuando|plazo|en cuanto tiempo|cuanto tiempo|en cuantos dias|cada cuanto|fecha limite|hasta cuando|que fecha|cuanto (dura|tarda)|vence)\b"
        ),
    ),
    (
        Kind.AMOUNT,
        re.compile(
            r"\b(how (much|many|big|high|large)|what (percentage|rate|percent|amount|share|portion)|rate|percentage|cost|costs|price|fee|maximum|minimum|fines?|penalt(y|ies)|"
            r"cuant[oa]s?|porcentaje|proporcion|tasa|tope|monto|importe|multas?|precio|tarifa|costo|cuesta|valor|vale)\b"
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
# "double or triple?", "¿en enero o en diciembre?": the last words are another thing to choose, not a clause of their own.
_EITHER_OR = re.compile(
    r"\b(?:or|o|u) (?!(?:not?|else|otherwise|more|less|fewer|longer|later|only|just|i|we|they|is|are|do|does|must|should|can|will|mas|menos|solo|no|se|es|son|hay|tiene|debe|puede)\b)"
    r"(?:[\w'-]+ ?){1,2}\W*$"
)
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9&]*(?:[- ]?\d[\d.]*)?[A-Z0-9]*\b")
_PROPER = re.compile(r"(?<=[a-z,;:)] )((?:[A-ZÁÉÍÓÚÑ][\w'’]+)(?: (?:[A-ZÁÉÍÓÚÑ][\w'’]+))*)")
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
_SENTENCE_END = re.compile(r"[.?!]\s+")
# Words that stand for a state's own law: "Kentucky Medicaid", "the law of Ohio"; "patients in Ohio" asks for none.
_STATE_LAW_AFTER = r"(?:'s|’s)?(?: state)?(?:'s)? (?:law|laws|medicaid|statute|statutes|rule|rules|regulation|regulations|act|code|contract|requires?|require|bans?|ban|tax|attorney|privacy|allows?|prohibits?|forbids?)"
_STATE_LAW_BEFORE = r"(?:laws?|rules?|statutes?|regulations?|act|tax|medicaid|ley|leyes|normas?|impuestos?) (?:of|in|from|de|del|en) (?:the )?(?:state of |estado de )?"
_OF_ITS_LAW = rf"\b{{0}}\b{_STATE_LAW_AFTER}\b|{_STATE_LAW_BEFORE}{{0}}\b"
_POSTAL_CODE = re.compile(r"\b[A-Z]{2} \(([A-Z][\w ]+)\)")  # as `spell_out_states` leaves them: "KY (Kentucky)"
# Of two words or of initials that are stop words ("us"), so that no single word of a question shows it.
_UNITED_STATES = re.compile(r"\b(?i:united states|estados unidos)\b|\b(?:U\.S\.(?:A\.)?|USA?|EE\.? ?UU\.?)(?!\w)")
_THIS_YEAR = re.compile(
    r"\b(?:this year|today|right now|now|currently|este a[ñn]o|hoy(?: en d[ií]a)?|actualmente)\b", re.IGNORECASE
)
_RELATIVE_YEARS = (
    (re.compile(r"\b(next year|el (proximo ano|ano (que viene|proximo|entrante)))\b"), 1),
    (re.compile(r"\b(last year|previous year|el ano (pasado|anterior))\b"), -1),
)
_MASKED = re.compile(
    r",?\s*\(?(?:\b(?:SSN|MRN|DOB|CURP|RFC|NSS|cel\.?|tel\.?|phone|born(?: on)?|(?:member|patient|record|policy|account) (?:id|number|no\.?))\b[\s:#,]*(?:is |es )?)?"
    r"\[(?:SSN|CURP|RFC|NSS|identifier|birth date|name|phone|email)\](?:\s*[,)]+)?",
    re.IGNORECASE,
)
_NEUTRAL_NAMES = frozenset(
    "i us u.s usa mexico mexican mexicano mexicana united states estados unidos english spanish monday tuesday wednesday thursday friday saturday sunday january february "
    "march april may june july august september october november december enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre jan feb apr jun jul aug sep sept oct nov dec ssn ssns dob mrn rfp rfi rfq sla kpi ehr emr crm vpn ceos faqs pdfs tijuana monterrey guadalajara cdmx mexicali juarez queretaro merida leon puebla cancun hermosillo chihuahua sonora jalisco america american faq ok "
    "hi ee uu hello hola dear please ceo cfo coo hr it id ids pdf am pm usd mxn mx ee.uu eua latam qa vs a".split()
)
_SENTENCE = re.compile(r"[^.?!\n]+(?:[.?!]+(?!\s|$)[^.?!\n]+)*[.?!]*\s*")
_ASIDE = re.compile(r"\[[^\]]{12,}\]|\([^)]{12,}\)|<[^>]{12,}>")
# On folded text.
_INSTRUCTS = re.compile(
    r"(?:^\W*|[,:;] |\b(?:and|then|now|please|y|ahora|por favor) )(?:ignore|disregard|forget|override|ignora|olvida|omite|desobedece)\b[^.?!]*\b(?:instructions?|rules?|prompts?|guidelines|everything|above|"
    r"instruccion(?:es)?|reglas|indicaciones|todo|lo anterior)\b|"
    r"^\W*(?:system|sistema|assistant|developer)\s*:|\byou are now\b|\bahora eres\b|\bdeveloper mode\b|\bmodo desarrollador\b|\bsystem prompt\b|"
    r"\b(?:reply|answer|respond|say|write|contesta|responde|di|escribe) (?:only |just |solo |unicamente )?(?:with |con |that |que )?(?:\W*(?:yes|si|approved|ok|aprobado)\b)"
)
# Where a new part of a question may begin.
_CLAUSE_END = re.compile(
    r"(?<=[?.!])\s+|[;,]?\s+(?:and|y)\s+(?=(?:what|when|how|by when|which|who|where|is|are|can|must|may|does|do|should|(?:en |de |con |para |a |cada |hasta |desde )?(?:qué|cuándo|cómo|cuál|cuáles|cuánt[oa]s?|quién(?:es)?)|cada cuando|puede|debe)\b)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(and |y |so )?(what|when|how|by when|which|who|where|why|is|are|can|must|may|does|do|should|will|has|have|que|cuando|como|cual|cuales|cuant[oa]s?|quien|puede|debe|(?:en|de|con|para|a|por|cada|hasta|desde) (?:que|cuant[oa]s?|cuando|quien(?:es)?))\b"
)
_PLACES = frozenset({"mexico", "usa"})
# Of the concepts that belong to one country's law those that name it: the others are subjects.
_LAWS = _PLACES | {
    "hipaa",
    "hitech",
    "privacy-rule",
    "security-rule",
    "omnibus-rule",
    "hhs",
    "lft",
    "lfpdppp",
    "social-security-law",
    "tax-code",
    "income-tax-law",
    "vat-law",
}
# Words of somebody who wants to get around a rule, on folded text, and what is searched for beside such a question.
_EVADES = re.compile(
    r"\b(?:fak(?:e|es|ed|ing)|shams?|shell compan(?:y|ies)|back-?dat(?:e|ed|ing)|disguis(?:e|ed|ing)|get (?:around|out of)|dodg(?:e|ing)|evad(?:e|ing)|evasion|cheat|"
    r"skip(?:ping)? (?:the|our|ptu|repse|imss|baa)|(?:so|without) (?:that )?(?:nobody|anybody|anyone|no one|them|the \w+) (?:notic|know|find)\w*|off the books|under the table|"
    r"simul(?:ar|amos|e|en|ado|ada)|fing(?:ir|imos)|evadir|evasion|burlar|disfraz(?:ar|amos|ado)|antedatar|saltar(?:me|nos|se)?|esquivar|sin que (?:se )?(?:sepa|entere|note)\w*|a escondidas|por debajo del agua|"
    r"how (?:do|can|could|should) (?:we|i) \S[^.?!]* (?:without (?:a|an|any|the) (?:baa|repse|registration|contract|agreement)|"
    r"so (?:that )?[^.?!]*(?:as little|pays? (?:less|no)|gets? (?:less|no)|receives? (?:less|no)))|as little (?:profit|ptu|tax) \S[^.?!]*as possible|"
    r"cook(?:ing)? the books|sign a waiver|para (?:no|evitar) (?:repartir|pagar|registrar\w*|inscribir\w*|llevar|cumplir|declarar)|"
    r"para (?:pagar|repartir) menos|que hago para no|"
    r"avoid(?:ing)? (?:paying|registering|sharing|signing|reporting|ptu|repse|imss)|loopholes?|work ?arounds?|work around|pass (?:\w+ ){1,3}off as|pretend|"
    r"under-?report(?:ing)?|hid(?:e|ing)|conceal(?:ing)?|(?:do not|don.t|rather not) (?:want to )?(?:sign|pay|register|share|report)|"
    r"evitar (?:la ptu|el repse|el imss)|ocult(?:ar|amos|e|en)|escond(?:er|emos|a|an)|disimul(?:ar|amos)|subdeclar(?:ar|amos)|trucos?|"
    r"dar(?:le)? la vuelta|hacer pasar|no quer(?:emos|er) (?:firmar|pagar|registrar\w*|repartir|avisar)|arregl(?:o|ar|amos) los numeros|maquill(?:o|ar|amos))\b"
)
_CONSEQUENCE = {
    Language.EN: "prohibited, void, fine, penalty, crime",
    Language.ES: "prohibido, nulo, multa, sanción, delito",
}
_BETWEEN = re.compile(
    r"\b(?:between|entre|compare|comparar|compárame|comparame|compara) (?P<one>[^?¿]{2,80}?) (?:and|y|e|with|con) (?P<other>[^?¿,:]{2,80})",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"(?P<one>.{2,120}?)[,;]? (?:vs\.?|versus|frente a|compared (?:to|with)) (?P<other>.{2,120})", re.IGNORECASE
)
_JOINT = re.compile(r"[,;]? (?:and|y|e|vs\.?|versus) ", re.IGNORECASE)
_FOLLOW_UP_START = re.compile(
    r"^\W*(and|but|so|then|what about|how about|or|also|y|pero|entonces|o|e|que hay de|que pasa con|tambien|ademas)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(it|its|that|this|those|these|they|them|their|there|one|same|eso|esa|ese|esto|esta|este|ello|ellos|ellas|lo|la|los|las mismas?|mismo|dicho|dicha|ahi|su|sus)\b"
)
_POINTS_ELSEWHERE = re.compile(
    r"\b(it|its|that|this|those|these|they|them|their|there|he|she|his|her|eso|esa|ese|esto|esta|este|ello|ellos|ellas|dich[oa]s?|ahi|su|sus)\b"
)


def understand(
    asked: str,
    *,
    as_of: date,
    today: date | None = None,
    earlier: Sequence[str] = (),
    within: str | None = None,
    language: Language | None = None,
) -> Question:
    """Understand one question. `earlier` are the earlier questions of the conversation, oldest first.

    One part of a question is understood like a follow-up to the whole, `within` which it stands.
    """
    spoken = language or detect_language(asked, detect_language(earlier[-1]) if earlier else Language.EN)
    personal = bool(_MASKED.search(asked))
    typed = _without_masks(asked)
    asked = _without_instructions(typed)
    before = within
    if earlier and _leans_on_history(asked, spoken):
        before = _taken_along(asked, earlier, spoken, as_of)
    text = _absolute_years(asked if before is None else _joined(asked, before), as_of)
    named = load_places().spell_out_states(text)
    dated = _with_year_of(named, as_of, today)
    years = years_named(text)
    _, asking = _parts(asked)
    names = tuple(_required_names(text, spoken))
    cities = tuple(
        name for name in names if not name.place and is_city(name.shown) and not _has_its_own_law(name, text)
    )
    return Question(
        text=dated,
        typed=typed,
        asked=asked,
        language=spoken,
        kind=kind_of(asked),
        part_kinds=frozenset(map(kind_of, asking if len(asking) > 1 else [asked])),
        form=_form_of(asked),
        terms=tuple(find_terms(text, spoken, leave={word for city in cities for word in city.spellings[0].split()})),
        names=tuple(name for name in names if name not in cities),
        localities=(
            *cities,
            *(
                RequiredName(shown=spellings[0].title(), spellings=spellings, place=True)
                for spellings in load_places().mexican_states_named(text)
            ),
        ),
        years=years,
        years_meant=years or years_named(dated),
        references=tuple(reference.canonical for reference in find_references(text)),
        count=counted(asked),
        either_or=bool(_EITHER_OR.search(fold(asked))),
        evades=bool(_EVADES.search(fold(asked))),
        personal=personal,
        before=before,
    )


def _without_masks(text: str) -> str:
    """The question without masked identifiers and their labels: they say nothing of what is asked."""
    return re.sub(r"\s+([,.;:?!])", r"\1", re.sub(r"\s{2,}", " ", _MASKED.sub(" ", text))).strip(" ,;") or text


def _without_instructions(text: str) -> str:
    """The question without sentences and asides that tell whoever answers what to do: they ask for nothing that is held."""
    said = _ASIDE.sub(lambda aside: " " if _INSTRUCTS.search(fold(aside.group())) else aside.group(), text)
    kept = [sentence for sentence in _SENTENCE.findall(said) if not _INSTRUCTS.search(fold(sentence))]
    asking = " ".join("".join(kept).split())
    return asking if len(asking.split()) > 2 else text


def counted(text: str) -> int | None:
    """How many things a question asks for by their number: 4 for "the four factors"; None where it names no number."""
    match = _COUNTED.search(fold(text))
    return int(number_of(match["number"]) or match["number"]) if match else None


def kind_of(text: str) -> Kind:
    """The kind of the question; the first sign wins, in the order of the table."""
    folded = fold(text).strip()
    if counted(text) is not None:
        return Kind.LIST
    if _asks_yes_or_no_in_spanish(text):
        return Kind.YES_NO
    if any(map(_asks_yes_or_no, {folded, _last_question(folded)})):
        return Kind.YES_NO
    return next((kind for kind, pattern in _KINDS if pattern.search(folded)), Kind.OTHER)


def _form_of(text: str) -> Form:
    """The form that is asked for; the "when" of a yes-or-no question is a circumstance."""
    form = form_asked(text)
    return Form.ANY if form is Form.TIME and kind_of(text) is Kind.YES_NO else form


def _asks_yes_or_no(folded: str) -> bool:
    """Whether a question opens with a verb, be it after a condition, and none of its clauses with a question word."""
    asking = _CONDITION.sub("", folded)
    return bool(_KINDS[-1][1].search(asking)) and not _ASKS_IN_A_CLAUSE.search(asking)


def _last_question(folded: str) -> str:
    """The last sentence that asks: "can she?" of "a patient wants damages. can she?"."""
    asking = [sentence for sentence in _SENTENCE_END.split(folded + " ") if sentence]
    return asking[-1] if folded.endswith("?") else ""


def _asks_yes_or_no_in_spanish(text: str) -> bool:
    """Whether what stands between the last question marks has no question word: "¿El HHS puede sancionar al proveedor?"."""
    asked = _SPANISH_QUESTION.findall(text)
    if not asked or len(asked[-1].split()) <= 2 or _ACCENTED_QUESTION_WORD.search(asked[-1]):
        return False
    return not _ASKS_IN_A_CLAUSE.search(_MUST.sub("se debe", fold(asked[-1])).strip())


def find_terms(text: str, language: Language, leave: Collection[str] = ()) -> Iterator[Term]:
    """Concepts and remaining content words of a text, each once; but for folded words to leave out."""
    sequence = stems(text, language)
    words = [word for word in words_in(text) if not is_stop_word(fold(word), language)]
    lexicon = load_lexicon()
    taken: set[int] = set()
    seen: set[object] = set()
    for match in lexicon.find(sequence, language):
        taken.update(range(match.start, match.end))
        if match.concept.id not in seen:
            seen.add(match.concept.id)
            yield Term(
                surface=" ".join(words[match.start : match.end]), forms=match.concept.names, concept=match.concept.id
            )
    for index, (word, root) in enumerate(zip(words, sequence, strict=True)):
        if index not in taken and root not in seen and fold(word) not in _NEUTRAL_NAMES and fold(word) not in leave:
            seen.add(root)
            yield Term(surface=word, forms={spoken: ((stem(word, spoken),),) for spoken in Language})


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One part of a question in parts. `law` is the country whose law alone it asks for.

    A part that stands alone is turned away from the others (see `retrieve`), so that each finds its own answer.
    """

    text: str
    law: Jurisdiction | None
    within: str | None = None  # of a part that stands alone the whole question


def clauses_of(question: Question) -> tuple[Clause, ...]:
    """The parts of a question with two or more parts; none where it has one.

    Each part takes the question along, for its subject may stand in another part; what is told before the questions
    belongs to each. Subjects of two countries' law with an "and" between them are two parts. A question on how to get
    around a rule is also one on what follows from doing so.
    """
    if question.evades:
        consequence = _CONSEQUENCE[question.language]
        return Clause(text=f"{question.text} — {consequence}", law=None), Clause(text=question.text, law=None)
    parts, asking = _parts(question.asked)
    telling = [part for part in asking if len(stems(part, question.language)) >= 2]
    if len(telling) < 2 or len(telling) != len(asking):
        return _sides_by_law(question) or _compared_sides(question)
    told = " ".join(part for part in parts if part not in asking)
    return tuple(_clause(part, told, question) for part in telling)


def _clause(part: str, told: str, question: Question) -> Clause:
    law = _law_asked_for(part, question.language)
    if told:
        return Clause(text=f"{told} {part}", law=law)
    if _stands_alone(part, question):
        return Clause(text=part, law=law, within=question.text)
    return Clause(text=_joined(part, question.text), law=law)


def _parts(asked: str) -> tuple[list[str], list[str]]:
    """The parts of a question, and those of them that ask."""
    parts = [part for part in (part.strip(" ,;") for part in _CLAUSE_END.split(asked)) if part]
    return parts, [part for part in parts if part[0] == "¿" or part.endswith("?") or _ASKS.match(fold(part))]


def parts_alone(question: Question) -> list[str]:
    """The parts of a question in parts that can be understood without the others: none points to what another names."""
    parts, asking = _parts(question.asked)
    if len(asking) < 2 or len(asking) < len(parts):
        return []
    return [part for part in asking if _stands_alone(part, question)]


def _stands_alone(part: str, question: Question) -> bool:
    """Whether a part names a subject and points to none that another part names."""
    if _POINTS_ELSEWHERE.search(fold(part)):
        return False
    content = stems(part, question.language)
    return any(match.concept.topic is not None for match in load_lexicon().find(content, question.language))


def _sides_by_law(question: Question) -> tuple[Clause, ...]:
    """Both sides of an "and" that has one country's law on one side and the other's on the other; else none."""
    if question.kind is Kind.YES_NO:
        return ()
    for joint in _JOINT.finditer(question.asked):
        sides = [question.asked[: joint.start()].strip(" ,;"), question.asked[joint.end() :].strip(" ,;")]
        laws = [_law_asked_for(side, question.language) for side in sides]
        if None not in laws and laws[0] is not laws[1]:
            return tuple(Clause(text=side, law=law) for side, law in zip(sides, laws, strict=True))
    return ()


def _compared_sides(question: Question) -> tuple[Clause, ...]:
    """Both sides of a comparison, where each is a subject of its own; else none."""
    if question.kind is not Kind.COMPARISON:
        return ()
    match = _BETWEEN.search(question.asked) or _AGAINST.search(question.asked)
    if match is None:
        return ()
    sides = [match[side].strip(" ,;") for side in ("one", "other")]
    if not all(_stands_alone(side, question) for side in sides):
        return ()
    return tuple(Clause(text=side, law=_law_asked_for(side, question.language), within=question.text) for side in sides)


def _law_asked_for(text: str, language: Language) -> Jurisdiction | None:
    """The only country whose law a part names; a country's name alone counts where the part speaks of law."""
    folded = fold(text)
    speaks_of_law = re.search(r"\b(?:laws?|legal|rules?|regulations?|ley|leyes|normas?|derecho)\b", folded)
    found = load_lexicon().find(stems(folded, language), language)
    laws = {m.concept.law for m in found if m.concept.id not in _PLACES or speaks_of_law} - {None}
    return next(iter(laws)) if len(laws) == 1 else None


def _required_names(text: str, language: Language) -> Iterator[RequiredName]:
    places = load_places()
    folded = fold(text)
    seen: set[str] = set()
    for country in places.foreign_countries(text):
        named = [name for name in country if name in folded.replace("’", "'")]
        yield RequiredName(shown=max(named, key=len).title(), spellings=country)
        seen.update(country)
    folded = fold(_POSTAL_CODE.sub(r"\1", places.spell_out_states(text)))
    for state in places.states_named(folded):
        seen.update(state.split())
        if re.search(rf"{_OF_ITS_LAW.format(state)}|\b(?:does|do|did|can) {state}\b", folded):
            yield RequiredName(shown=state.title(), spellings=(state,), place=True)
    own_terms = _stems_of_concepts(text, language)
    shouting = sum(letter.isupper() for letter in text) > 0.6 * sum(letter.isalpha() for letter in text)
    found = [] if shouting else [match.group() for match in _ACRONYM.finditer(text) if len(match.group()) > 1]
    label = re.match(r"\s*[A-Z ]{3,}:", text)  # "NOTE: ..." is a label, not a name
    found = [name for name in found if not (label and name in label.group())]
    for sentence in _SENTENCE_END.split(text):
        found.extend(match.group(1) for match in _PROPER.finditer(sentence))
    for name in found:
        if name in places.state_codes:
            continue  # spelled out above
        spelling = " ".join(tokens(name))
        if (
            not spelling
            or spelling in seen
            or all(part in _NEUTRAL_NAMES or part in seen or part.isdigit() for part in spelling.split())
        ):
            continue
        seen.add(spelling)
        # The domain's own terms are weighed with the other terms: of "Acme's REPSE" only "Acme" is a name.
        left = [
            fold(word)
            for word in words_in(name)
            if not is_stop_word(fold(word), language)
            and stem(word, language) not in own_terms
            and fold(word) not in _NEUTRAL_NAMES
            and word.upper() not in places.state_codes
        ]
        if left:
            yield RequiredName(
                shown=name, spellings=(" ".join(left),) if len(left) < len(spelling.split()) else (spelling,)
            )


def _has_its_own_law(city: RequiredName, text: str) -> bool:
    """Whether a question is on a city's own law."""
    return bool(re.search(_OF_ITS_LAW.format(re.escape(city.spellings[0])), fold(text)))


def _stems_of_concepts(text: str, language: Language) -> frozenset[str]:
    """Stems that stand within a term of the domain's own."""
    sequence = stems(text, language)
    return frozenset(
        root for match in load_lexicon().find(sequence, language) for root in sequence[match.start : match.end]
    )


def _with_year_of(text: str, as_of: date, today: date | None) -> str:
    """A question on the law of an earlier year is searched for with that year, which lists by year name."""
    if today is None or as_of.year >= today.year or str(as_of.year) in text:
        return text
    return f"{text} ({as_of.year})"


def _absolute_years(text: str, as_of: date) -> str:
    folded = fold(text)
    for pattern, offset in _RELATIVE_YEARS:
        if pattern.search(folded):
            return f"{text} ({as_of.year + offset})"
    return text


def _leans_on_history(asked: str, language: Language) -> bool:
    """Whether a question can't be understood alone: it starts by joining on, points back, or names no subject."""
    content = stems(asked, language)
    subjects = [match for match in load_lexicon().find(content, language) if match.concept.topic is not None]
    if _FOLLOW_UP_START.match(asked) and len(content) <= 8:
        return True
    if not subjects and len(content) <= 6:
        return True
    folded = fold(asked)
    # "Does that include the IMSS part?" names a subject and still asks about another one.
    if len(content) <= 5 and _POINTS_ELSEWHERE.search(folded):
        return True
    return bool(_POINTING.search(folded)) and not subjects and len(content) <= 10


def _taken_along(asked: str, earlier: Sequence[str], language: Language, as_of: date) -> str:
    """What a follow-up takes along: the question before it, with what that one took along.

    A country's law, a year or a date named anew replaces the old one; the subject stays.
    """
    before = earlier[-1]
    if len(earlier) > 1 and _leans_on_history(before, language):
        before = _joined(before, _taken_along(before, earlier[:-1], language, as_of))
    lexicon = load_lexicon()
    new_laws = {m.concept.law for m in lexicon.find(stems(asked, language), language) if m.concept.law}
    if _UNITED_STATES.search(asked):
        new_laws.add(Jurisdiction.US)
    elif new_laws == {Jurisdiction.MX}:
        before = _UNITED_STATES.sub("", before)
    own_years = years_named(_absolute_years(asked, as_of))
    if own_years:
        before = _THIS_YEAR.sub("", before)
    words = []
    for word in before.split():
        found = lexicon.find(stems(word, language), language)
        other_law = (
            new_laws and found and found[0].concept.id in _LAWS and found[0].concept.law not in (None, *new_laws)
        )
        if not other_law and not (own_years and years_named(word)):
            words.append(word)
    return re.sub(r"\s+([?.,;:])", r"\1", " ".join(words))


def _joined(asked: str, before: str) -> str:
    """A follow-up as it is searched for."""
    return f"{asked.rstrip()} — {before}"
