"""What a question asserts beside what it asks: "Since X, …?", "X, right?", "I was told that X. …?", "Why X?"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from kb.figures import flat
from kb.follow_up import POINTS_ELSEWHERE


class Stance(StrEnum):
    """How far the asker stands behind an assertion."""

    SUPPOSED = "supposed"  # since, given that, why; or told, and what is asked rests on it
    CONFIRM = "confirm"  # …, right? Is it true that …? Our lawyer says …
    TOLD = "told"  # a statement or a condition that a yes or no is asked about, or the asker's own case
    ASKED = "asked"  # the question itself, which may suppose a figure: "who counts the 60 days?"


@dataclass(frozen=True, slots=True)
class Assertion:
    """A part of a question, in its own words."""

    stance: Stance
    text: str
    # Of what is to be confirmed: its condition, "the data is safe" of "if …, no notice is due, right?", or what its "it" stands for.
    before: str = ""

    @property
    def whole(self) -> str:
        """The assertion with what it can't be understood without."""
        return f"{self.before}, {self.text}" if self.before else self.text


# All patterns are for text without accents, in lower case, of the same length.
_WH = (
    r"(?:who|whom|whose|what|which|when|where|how|why|quien(?:es)?|que|cual(?:es)?|cuando|cuant[oa]s?|a?donde|como|"
    r"(?:a|en|con|de|para|sobre) que|a quien|por que|(?:hasta|desde) cuando|a partir de)"
)
_AUXILIARY = r"(?:is|are|was|were|am|do|does|did|can|could|may|must|should|shall|will|would|has|have|had|need)"
_NOT_SO = r"(?:is|are|does|do|did|has|have|was|were|can|must|would|wo)(?:n.?t)"
_TRUE = r"(?:right|correct|true|so)"
_ASKED_BACK = rf"(?:{_AUXILIARY}|{_NOT_SO}|can(?:no|.)t) (?:it|they|he|she|we|there|that|this|i|you|one)(?: not)?(?: still)?(?: {_TRUE})?"
_SO = rf"(?:{_TRUE}|yes|no|ok|verdad|cierto|correcto)"
_IS_IT_SO = (
    rf"(?:am i right|do i have that right|or did i (?:get that wrong|misread(?: it)?)|is (?:s?he|that) {_TRUE}|a que si|si|me equivoco|"
    r"(?:no )?es (?:asi|verdad|correcto|cierto)(?: eso)?|estoy en lo correcto)"
)
_TAG = re.compile(
    rf"(?:[,.;:]\s*(?:¿\s*)?\b(?:{_ASKED_BACK}|{_IS_IT_SO})|¿\s*{_IS_IT_SO}|(?:[,.;:]\s*(?:¿\s*)?|¿\s*)\b{_SO}|\b(?:right|correct|verdad|cierto|correcto|no))\s*[?!.]*\s*$"
)
# Both answers are open: "…, yes or no?"
_EITHER_WAY = re.compile(r"\b(?:yes or no|or not|true or false|si o no|o (?:todavia |aun )?no|verdadero o falso)\W*$")
_IN_SQUARE_BRACKETS = re.compile(r"\[[^\]]*\]?")  # an aside, or instructions to whoever reads it
_ONLY_A_TAG = re.compile(rf"\W*(?:{_ASKED_BACK}|{_IS_IT_SO}|{_SO})\W*")
_SPEAKER = r"(?:my|our|the|a|one|el|la|los|las|mi|nuestr[oa]s?|un|una) [\w'’ -]{2,30}?"
_SAYS = (
    r"(?:says?|said|claims?|claimed|told (?:me|us)|tells? (?:me|us)|insists?|swears?|thinks?|wrote|assures? (?:me|us))"
)
_DICE = r"(?:dicen?|dijo|dijeron|aseguran?|afirman?|juran?|insisten? en|sostienen?|creen?|comentan?)"
_REPORTS = re.compile(
    r"^\W*(?:am i (?:right|correct) (?:in thinking )?(?:that )?|(?:isn.?t it|is it) (?:true|right|correct|so|the case) (?:that )?|"
    r"can you confirm (?:that )?|i (?:was|have been) told (?:that )?|i(?:.ve)? (?:heard|read|understand|gather|thought|know|believe) (?:that )?|"
    rf"we (?:were told|heard|know|understand|read) (?:that )?|{_SPEAKER} {_SAYS} (?:that )?|"
    rf"(?:someone|somebody|accounting|legal|finance|hr|procurement|everyone|people|they)(?: (?:in|from|at|on) [\w'’ -]{{2,24}}?)? {_SAYS} (?:that )?|"
    r"(?:no )?es (?:verdad|cierto|correcto) que |verdad que |a poco |[mn]os? (?:dijeron|dicen|dijo|comentaron|aseguran|confirmaron) que |"
    rf"me (?:dijeron|dicen|dijo|comentaron|aseguran|confirmaron) que |{_SPEAKER} {_DICE} que |tengo entendido que |"
    r"segun (?:entiendo|me dijeron|(?:el|la|mi|nuestr[oa]) \w+),? |entiendo que |dicen que |lei que |escuche que |supe que |confirmame(?: algo)?[:,]? ?(?:que )?)"
)
_FILLER = re.compile(
    r"^\W*(?:just to (?:confirm|check|be sure)(?: before [^,:]+)?[,:]?\s+|quick (?:one|question|check)[:,]\s+|(?:so|ok|but|and|y|pero|entonces|a ver),? )"
)
_SUPPOSES = re.compile(
    r"^\W*(?:(?P<condition>if|once|with|si|con)|since|because|as|given(?: that)?|now that|considering(?: that)?|seeing (?:as|that)|"
    r"como|ya que|dado que|puesto que|debido a que|visto que|siendo que|ahora que|en vista de que|toda vez que)\s+"
    r"(?P<supposed>(?:[^?¿(]|\([^()]*\))+?),(?:\s*$|\s*(?!\d)(?=\S))"
)
_WHY = re.compile(r"^\W*(?:why|how come|por que|a que se debe que)\b\s*(?P<supposed>.+)$")
_HENCE = re.compile(
    rf",? (?:so|then|hence|therefore|asi que|entonces|por lo que|por eso)[, ]+(?:¿|(?=(?:{_WH}|{_AUXILIARY})\b))"
)
# What happened to somebody is no assertion on the law.
_OWN_CASE = re.compile(
    r"\b(?:(?:half|some|most|many|all|several|la mitad|algun[oa]s|vari[oa]s|much[oa]s|\d+) (?:(?:of|de) )?(?:the |l[oa]s )?(?:agents|workers|people|patients|agentes|trabajador[ea]s|pacientes)|"
    r"our|ours|my|we|us|i|nuestr[oa]s?|mis?|nos|tenemos|somos|an? (?:agent|patient|worker|employee|vendor|nurse|supervisor|team)|"
    r"un[oa]? (?:agente|paciente|trabajadora?|emplead[oa]|proveedora?|enfermer[oa]|supervisora?)|"
    r"one of (?:the|these|those|their)|un[oa] de (?:l[oa]s|es[ao]s|est[ao]s|sus)|acab(?:a|an|o|aron) de|estamos \w+ndo|"
    r"(?:contrat|labor|trabaj|entr|renunci|falt|despid|sal|corr)(?:aron|ieron)|"
    r"resigned|quit|left|was (?:fired|hired|dismissed|laid off)|renuncio|fue (?:despedid|contratad)[oa])\b|"
    # No article: "Vendor's first approval was …". Spanish needs no "we": "contratamos refuerzos", but not "debemos avisar".
    r"^\W*(?:(?:former|ex-?) ?)?(?:vendor|supplier|provider|client|agent|employee|worker|patient)(?:.s)?\b|\b(?!debemos|podemos|sabemos|estamos|vamos|hablamos)\w{3,}(?:amos|imos)\b"
)
# A circumstance, not a statement: "After a breach, how many …?"
_CIRCUMSTANCE = re.compile(
    r"^\W*(?:after|before|in|on|for|about|regarding|under|during|despues de|antes de|en|sobre|ante|tras|durante|para|al|por)\b(?: \S+){0,5}\W*$"
)
_ASKS = re.compile(rf"^\W*(?!(?:hay|tien\w+|tengo|hubo) que)(?:\w+ )?{_WH}\b")
# The "right" at its end is no "…, right?": "must a BAA contain an audit right?"
_ASKS_OUTRIGHT = re.compile(rf"^\W*(?:(?:and|so|but|or|y|o|pero) )?(?:{_WH}|{_AUXILIARY})\b")
_DENIED_QUESTION = re.compile(rf"^\W*{_NOT_SO} ")
_YES_NO = re.compile(rf"^\W*{_AUXILIARY}\b")
_PART_END = re.compile(r"(?<=[.?!])(?<!\b\w\.)(?<!\bvs\.)\s+|(?=¿)|(?<=: )|; ")
# "Our vendor sits in Peru, so HIPAA doesn't bind it. When …?"
_AND_SO = re.compile(
    r",? (?:and so|so|and that means|which means|and with that|asi que|con lo que|por lo que|y por eso|y con eso|y por lo tanto)(?: that| que)?,? "
    r"(?=\S+ \S+ \S+)|, (?:and|y) (?=\S+ \S+ \S+ \S+)"
)
_SHORTEST = 3  # words
_AROUND = " ,;:.¿?¡!"


def assertions_of(question: str, *, own_case: bool = False) -> tuple[Assertion, ...]:
    """The assertions in a question, in its order. A question that can be answered by yes or no asserts nothing.

    With `own_case` what is told in it is known to have happened to somebody: it named a person.
    """
    question = _IN_SQUARE_BRACKETS.sub(" ", question)
    found = [
        replace(item, text=item.text.strip(_AROUND), before=item.before.strip(_AROUND))
        for item in _assertions(question)
    ]
    # Who asks "since when?" after a statement takes it for granted.
    if not own_case and found and found[-1].stance is Stance.ASKED:
        found = [
            replace(item, stance=Stance.SUPPOSED) if item.stance is Stance.TOLD and not is_own_case(item.text) else item
            for item in found
        ]
    return tuple(item for item in found if len(item.text.split()) >= _SHORTEST)


def is_own_case(text: str) -> bool:
    """Whether a text speaks of the asker's own agents, patients or vendor."""
    return bool(_OWN_CASE.search(flat(text)))


def _statements(told: str) -> list[str]:
    """What is told; of the asker's own case, and what is said to follow from it, each by itself."""
    joint = _AND_SO.search(flat(told))
    if joint is None or not is_own_case(told[: joint.start()]) or is_own_case(told[joint.end() :]):
        return [told]
    return [told[: joint.start()], told[joint.end() :]]


def _assertions(question: str) -> Iterator[Assertion]:
    parts = [part for part in _PART_END.split(question) if part.strip()]
    for number, part in enumerate(parts):
        if _ONLY_A_TAG.fullmatch(flat(part)) or part.rstrip().endswith(":"):  # a subject, nothing said of it
            continue
        before = parts[number - 1] if number and "?" not in parts[number - 1] else ""
        yield from _in_part(part, before, following="".join(parts[number + 1 : number + 2]))


def _in_part(part: str, before: str, following: str) -> Iterator[Assertion]:
    """The assertions of one sentence, or of what stands before a Spanish question, between what is told before and what follows."""
    body = part
    asks = "?" in part or "¿" in part
    checked = bool(_ONLY_A_TAG.fullmatch(flat(following)))
    tag = _TAG.search(flat(body)) if asks and not _EITHER_WAY.search(flat(body)) else None
    if tag and tag.start() > 8 and not (tag.group()[0].isalpha() and _ASKS_OUTRIGHT.match(flat(body))):
        checked, body = True, body[: tag.start()]
    while (lead := _FILLER.match(flat(body)) or _REPORTS.match(flat(body))) and lead.end():
        checked = checked or bool(_REPORTS.match(flat(body)))
        body = body[lead.end() :]
    supposes = _SUPPOSES.match(flat(body))
    if supposes:
        before, body = body[supposes.start("supposed") : supposes.end("supposed")], body[supposes.end() :]
        # Of "if we do so, may we …?" a "No" answers the question; "if we do so, when …?" says nothing of the law.
        rest = body or following
        asks_openly = "?" in rest and not checked
        open_condition = supposes["condition"] and asks_openly and (is_own_case(before) or not _ASKS.match(flat(rest)))
        yield Assertion(Stance.TOLD if open_condition else Stance.SUPPOSED, before)
    flattened = flat(body)
    why = _WHY.match(flattened)
    hence = _HENCE.search(flattened)
    if why and asks:
        yield Assertion(Stance.SUPPOSED, body[why.start("supposed") :])
    elif checked or (asks and _DENIED_QUESTION.match(flattened)):
        needs = bool(supposes and supposes["condition"]) or bool(POINTS_ELSEWHERE.search(flattened))
        yield Assertion(Stance.CONFIRM, body, before if needs else "")
    elif hence and not _ASKS.match(flattened) and not _YES_NO.match(flattened):
        yield Assertion(Stance.TOLD, body[: hence.start()])
        yield Assertion(Stance.ASKED, body[hence.end() :])
    elif not asks and not _CIRCUMSTANCE.match(flattened):
        yield from (Assertion(Stance.TOLD, statement) for statement in _statements(body))
    elif _ASKS.match(flattened):
        yield Assertion(Stance.ASKED, body)
