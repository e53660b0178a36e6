"""From an understood question to a checked answer on one generation. Holds no state and writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from itertools import chain

from msgspec import Struct, structs

from kb.assertions import Stance, assertions_of
from kb.compose import CORE, WHOLE, Quoted, compose, quote_alone, without_verdict
from kb.conflicts import Conflict, conflict_notice, find_conflicts
from kb.evidence import OTHER_LAW, Candidate, gather
from kb.follow_up import asks_of_today
from kb.generation import Generation, unit_input
from kb.models.contradiction_reader import Relation, load_contradiction_reader
from kb.models.embedding import Embedder, rereads
from kb.models.question_tuning import question_vectors
from kb.notices import notices_for, removed_quotes_notice
from kb.pinpoints import pinpoint_at
from kb.premises import (
    FalsePremise,
    Near,
    can_be_compared,
    can_be_read,
    find_contradiction,
    find_false_premise,
    premise_notice,
)
from kb.question import Question, understand
from kb.question_kinds import asks_what_was_done
from kb.question_parts import MOST_PARTS, Clause, asks_too_many, clauses_of, parts_alone
from kb.records import (
    Answer,
    Authority,
    Citation,
    Document,
    Filters,
    Jurisdiction,
    Language,
    NearestTopic,
    Notice,
    Passage,
    Span,
    Statement,
    Status,
)
from kb.retrieve import Found, Retrieved, retrieve
from kb.sufficiency import FOLLOW_UP_NEEDS, Calibration, Verdict, judge, reason, too_many_note, unheld_note
from kb.text.references import first_pinpoint
from kb.text.words import fold
from kb.verify import quote_is_verbatim, unsupported

PASSAGES = 30
NEAREST = 3
NEAR_AN_ASSERTION = 14  # sentences among which one may say otherwise


@dataclass(frozen=True, kw_only=True, slots=True)
class Contradicted:
    """A false premise and the sentence that says otherwise."""

    premise: FalsePremise
    candidate: Candidate
    checked: bool  # the question is whether it's so: "…, right?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reasoning:
    """An answer with what led to it."""

    answer: Answer
    evidence: tuple[tuple[str, float], ...]
    verdict: Verdict
    draft: str  # the words that would be said if the evidence sufficed


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question, or a part of one, and what is found for it."""

    question: Question
    retrieved: Retrieved
    candidates: list[Candidate]


class Part(Struct, frozen=True, kw_only=True):
    """A part of a question with what is found for it, and whether that answers it."""

    clause: Clause
    question: Question  # as it was read
    candidates: list[Candidate]
    held: bool  # by the measure of a whole question
    firmly: bool  # by that of a follow-up, which takes a subject along: it may be answered without the rest

    @property
    def text(self) -> str:
        """As it was asked."""
        return self.clause.asked or self.clause.text


class Lookup:
    """Finds what is held for texts of one question, each once: parts, assertions and the whole are often the same."""

    def __init__(self, generation: Generation, embedder: Embedder, filters: Filters, today: date) -> None:
        self.generation = generation
        self._embed = cache(partial(question_vectors, embedder))  # a part is embedded alone and within the whole
        self._embedder = embedder
        self.filters = filters
        self.as_of = filters.as_of or today
        self.today = today
        self._asked: dict[tuple[str, str | None], Asked] = {}

    def of(self, question: Question) -> Asked:
        """What is found for the whole question."""
        asked = self._find(question)
        if question.before is None:
            self._asked[question.text, None] = asked
        return asked

    def alone(self, text: str, language: Language, within: str | None = None) -> Asked:
        """A text understood as a question of its own, or as a part within another, and what is found for it."""
        if (text, within) not in self._asked:
            part = understand(text, as_of=self.as_of, today=self.today, within=within, language=language)
            self._asked[text, within] = self._find(part)
        return self._asked[text, within]

    def contradicts(self, candidate: Candidate, assertion: str) -> float:
        """How likely a sentence contradicts an assertion, in [0, 1]; 0 where the model can't tell."""
        reader, embedder = load_contradiction_reader(), self._embedder
        if embedder.identity != reader.model or not rereads(embedder):
            return 0.0
        sentence = unit_input(candidate.document, candidate.passage, candidate.index)
        return float(reader.probabilities(embedder, assertion, [sentence])[0, Relation.CONTRADICTS])

    def _find(self, question: Question) -> Asked:
        retrieved = retrieve(self.generation, self._embed, question, self.filters, self.today, PASSAGES)
        candidates = gather(self.generation, question, retrieved, self.as_of, self.today)
        return Asked(question=question, retrieved=retrieved, candidates=candidates)


def answer_question(
    generation: Generation,
    embedder: Embedder,
    question: Question,
    filters: Filters,
    today: date,
    calibration: Calibration,
) -> Reasoning:
    """Retrieve, choose sentences, judge whether they suffice, verify, and word the answer or the abstention."""
    lookup = Lookup(generation, embedder, filters, today)
    asked = lookup.of(question)
    candidates, found = asked.candidates, asked.retrieved.found
    parts = _parts(lookup, question, clauses_of(question), calibration)
    of_parts = [part.candidates for part in parts]
    parts = parts or _parts(lookup, question, parts_alone(question), calibration)
    core = compose(question, candidates, of_parts, CORE)
    verdict = judge(generation, question, asked.retrieved.prospects, candidates, core, calibration, today)
    quoted = compose(question, candidates, of_parts)
    draft = "\n".join(item.text for item in quoted)
    # Where a name isn't treated nothing is said, so that there is nothing to correct.
    contradicted = None if verdict.missing else _contradicted(lookup, question, candidates)
    # Of a question whose evidence suffices the parts that nothing answers are left out; of another what is firmly held is said.
    treated = [part for part in parts if (part.held if verdict.sufficient else part.firmly)]
    sufficient = bool(treated) or (verdict.sufficient and not of_parts)
    note = None
    if treated and (len(treated) < len(parts) or not verdict.sufficient):
        quoted = _answers_to(treated)
        note = _note_on_the_rest(question, verdict, [part.text for part in parts if part not in treated], quoted)
    if asks_too_many(question):
        note = " ".join(filter(None, (note, too_many_note(question, MOST_PARTS))))
    if contradicted is not None:
        # What rests on a mistake may not be treated anywhere; the mistake can be named still.
        quoted = _corrected_first(quoted if sufficient else [], contradicted)
        sufficient = True
    as_of = filters.as_of or today
    base = Answer(
        status=Status.ABSTAINED,
        question=question.typed,
        language=question.language,
        as_of=as_of,
        generation=generation.id,
        receipt=None,
        understood_as=question.text if question.text != question.asked else None,
    )
    evidence = tuple((item.hit.passage.id, item.hit.score) for item in found)
    statements: tuple[Statement, ...] = ()
    removed = 0
    if sufficient:
        statements, citations, removed = word(generation, quoted)
    if not statements:
        abstained = replace(
            base,
            reason=reason(question, verdict),
            nearest=nearest_topics(found, generation, question.language),
            notices=(removed_quotes_notice(removed, question.language),) if removed else (),
        )
        return Reasoning(answer=abstained, evidence=evidence, verdict=verdict, draft=draft)
    wrong_place = frozenset(
        citation.number
        for citation in citations
        for item in quoted
        if item.candidate.passage.misplaced and _quotes(item, citation)
    )
    notices = notices_for(citations, generation, wrong_place, as_of, today, question.language)
    conflicts, citations = _conflicts(generation, citations, [*candidates, *chain(*of_parts)], as_of, question.language)
    notices = [*_premise_notices(contradicted, citations, question.language), *conflicts, *notices]
    if removed:
        notices.append(removed_quotes_notice(removed, question.language))
    answered = replace(
        base,
        status=Status.ANSWERED,
        statements=statements,
        citations=citations,
        notices=tuple(notices),
        note=note,
    )
    return Reasoning(answer=answered, evidence=evidence, verdict=verdict, draft=draft)


def _answers_to(parts: Sequence[Part]) -> list[Quoted]:
    """The statements that answer some parts of a question, each by itself."""
    extent = replace(WHOLE, statements=WHOLE.statements // 2 + 1)
    return _without_repeats(chain(*(compose(part.question, part.candidates, [], extent) for part in parts)))


def _without_repeats(quoted: Iterable[Quoted]) -> list[Quoted]:
    kept: list[Quoted] = []
    for item in quoted:
        if item not in kept:
            kept.append(item)
    return kept


def _note_on_the_rest(
    question: Question,
    verdict: Verdict,
    rest: Sequence[str],
    quoted: Sequence[Quoted],
) -> str | None:
    """What a partial answer leaves out: the names that it doesn't treat, or else the parts that nothing answers."""
    said = fold(" ".join(item.text for item in quoted))
    missing = tuple(name for name in verdict.missing if fold(name) not in said)
    if missing:
        return reason(question, replace(verdict, missing=missing))
    return unheld_note(question, rest) if rest else None


def _contradicted(lookup: Lookup, question: Question, candidates: Sequence[Candidate]) -> Contradicted | None:
    """What the question takes for granted though the held texts say otherwise; each assertion is looked for by itself."""
    for assertion in assertions_of(question.asked, own_case=question.personal)[:MOST_PARTS]:
        compared, read = can_be_compared(assertion, question.language), can_be_read(assertion)
        if not compared and not read:
            continue
        near = candidates
        if assertion.stance is not Stance.ASKED:
            near = lookup.alone(assertion.whole, question.language).candidates
        # What a vendor says of the law corrects nobody.
        near = [item for item in near if item.document.metadata.authority is not Authority.VENDOR][:NEAR_AN_ASSERTION]
        near.sort(key=lambda item: -item.meaning)
        sentences = [_as_near(candidate) for candidate in near]
        found = find_false_premise(assertion, question.language, sentences) if compared else None
        if found is None and read and near:
            found = find_contradiction(
                assertion, question.language, sentences[0], lookup.contradicts(near[0], assertion.whole)
            )
        if found is not None:
            checked = assertion.stance is Stance.CONFIRM
            return Contradicted(premise=found, candidate=near[found.row], checked=checked)
    return None


def _as_near(candidate: Candidate) -> Near:
    text = quote_alone(candidate).text
    return Near(text=text, language=candidate.passage.language, meaning=candidate.meaning, heading=candidate.heading)


def _corrected_first(quoted: Sequence[Quoted], contradicted: Contradicted) -> list[Quoted]:
    """The statements, opened by the one that says otherwise than the question.

    Its "No" is said where it is the one to the assertion; any other yes or no would answer something else, and that of
    what follows too where the question is whether it's so.
    """
    correction, denies = contradicted.candidate, contradicted.premise.denies
    there = [
        item
        for item in quoted
        if any(_stands_in(correction, item.candidate.document.id, span.start, span.end) for span in item.spans)
    ]
    opening = there or [quote_alone(correction)]
    rest = [item for item in quoted if item not in there]
    return [
        *(_with_its_verdict(item, correction) if denies else without_verdict(item) for item in opening),
        *(without_verdict(item) if contradicted.checked else item for item in rest),
    ]


def _with_its_verdict(item: Quoted, correction: Candidate) -> Quoted:
    """A statement that begins with the correction, with the "No" that it may have lost."""
    first = item.spans[0]
    if correction.unit.lead_in is not None or not correction.unit.start <= first.start < correction.unit.end:
        return item
    return replace(item, spans=(replace(first, start=correction.unit.start), *item.spans[1:]))


def _stands_in(candidate: Candidate, document: str, start: int, end: int) -> bool:
    """Whether a span of a document holds a candidate's sentence, be it without its leading yes or no."""
    return candidate.document.id == document and start < candidate.unit.end <= end


def _premise_notices(
    contradicted: Contradicted | None, citations: Sequence[Citation], language: Language
) -> list[Notice]:
    if contradicted is None:
        return []
    return [
        premise_notice(contradicted.premise, citation.number, language)
        for citation in citations
        if _stands_in(contradicted.candidate, citation.document, citation.start, citation.end)
    ][:1]


def _quotes(item: Quoted, citation: Citation) -> bool:
    return item.candidate.document.id == citation.document and any(
        (span.start, span.end) == (citation.start, citation.end) for span in item.spans
    )


def _conflicts(
    generation: Generation,
    citations: tuple[Citation, ...],
    candidates: Sequence[Candidate],
    as_of: date,
    language: Language,
) -> tuple[list[Notice], tuple[Citation, ...]]:
    """Notices of contradicted figures, and the citations with the other side of each added."""
    notices: list[Notice] = []
    passages = [candidate.passage for candidate in candidates]
    told: set[frozenset[tuple[str, int]]] = set()  # where both sides are cited, each contradicts the other
    for conflict in find_conflicts(citations, generation.documents, passages, as_of):
        other, span = conflict.other, conflict.span
        sides = frozenset((item.document.id, item.unit.start) for item in (conflict.cited, other))
        if sides in told or _one_replaces_the_other(generation, conflict, as_of):
            continue
        told.add(sides)
        number = next((c.number for c in citations if (c.document, c.start, c.end) == _place(other.document, span)), 0)
        if not number:
            number = len(citations) + 1
            citations = (*citations, cite(other.document, other.passage, span, number))
        notices.append(conflict_notice(conflict, number, language))
    return notices, citations


def _one_replaces_the_other(generation: Generation, conflict: Conflict, as_of: date) -> bool:
    one, other = conflict.cited.document, conflict.other.document
    return generation.successor(one.id, as_of) is other or generation.successor(other.id, as_of) is one


def _place(document: Document, span: Span) -> tuple[str, int, int]:
    return document.id, span.start, span.end


def _parts(lookup: Lookup, question: Question, clauses: Sequence[Clause], calibration: Calibration) -> list[Part]:
    """Clauses of a question, with what is found for each, and judged.

    A part on one country's law beside one on the other's is answered from that country's guidance, unless the other's
    is clearly nearer: an article on both laws is filed under one of them.
    """
    by_law = lookup.filters.jurisdiction is None and len({clause.law for clause in clauses} - {None}) > 1
    parts: list[Part] = []
    for clause in clauses:
        asked = lookup.alone(clause.text, question.language, clause.within)
        if by_law and clause.law:
            asked = replace(asked, candidates=_of_law(asked.candidates, clause.law))
        before = parts[-1] if parts else None
        parts.append(_judged(lookup, clause, asked, calibration, before))
    return parts


def _judged(lookup: Lookup, clause: Clause, asked: Asked, calibration: Calibration, before: Part | None) -> Part:
    """A part and whether it's answered. What follows in the same sentence a part that nothing answers is on the same thing."""
    part = Part(clause=clause, question=asked.question, candidates=asked.candidates, held=True, firmly=False)
    if clause.asked is None:
        return part  # a side of what is compared answers nothing by itself
    leant_on = before.text if before is not None and not clause.stands_alone else ""
    if asks_what_was_done(clause.asked) or asks_what_was_done(leant_on):
        return structs.replace(part, held=False)
    held, likely = _suffices(lookup, asked, calibration)
    if clause.leaning is not None:
        # What a leaning part is turned away from speaks for it still; but it takes a subject along, like a follow-up.
        held_with_it, likely_with_it = _suffices(
            lookup, lookup.alone(clause.leaning, asked.question.language), calibration
        )
        held, likely = held_with_it and likely, likely_with_it
    firmly = held and likely
    after_unheld = before is not None and not before.held and not before.text.endswith("?")
    if after_unheld and not (likely and (clause.stands_alone or asks_of_today(clause.asked))):
        return structs.replace(part, held=held)
    if firmly or (held and not clause.stands_alone):
        return structs.replace(part, held=held, firmly=firmly)
    alone = lookup.alone(clause.asked, asked.question.language)
    held, _ = _suffices(lookup, alone, calibration)
    if held and clause.stands_alone:
        return Part(clause=clause, question=alone.question, candidates=alone.candidates, held=True, firmly=True)
    return structs.replace(part, held=held)


def _suffices(lookup: Lookup, asked: Asked, calibration: Calibration) -> tuple[bool, bool]:
    """Whether what is found answers a part, and whether it's as likely to as a follow-up needs, whatever names are missing."""
    core = compose(asked.question, asked.candidates, [], CORE)
    prospects = asked.retrieved.prospects
    verdict = judge(lookup.generation, asked.question, prospects, asked.candidates, core, calibration, lookup.today)
    enough = calibration.for_signals(verdict.signals).threshold
    held = not verdict.missing and verdict.probability >= enough
    return held, verdict.probability >= FOLLOW_UP_NEEDS * enough


def _of_law(candidates: Sequence[Candidate], law: Jurisdiction) -> list[Candidate]:
    """Candidates with less for those of the other country, best first."""
    weighed = [
        candidate
        if candidate.document.metadata.jurisdiction is law
        else structs.replace(candidate, score=candidate.score - OTHER_LAW)
        for candidate in candidates
    ]
    return sorted(weighed, key=lambda candidate: -candidate.score)


def word(generation: Generation, quoted: Sequence[Quoted]) -> tuple[tuple[Statement, ...], tuple[Citation, ...], int]:
    """Statements with numbered citations; what can't be verified is removed and counted."""
    statements: list[Statement] = []
    citations: list[Citation] = []
    removed = 0
    for item in quoted:
        new = [
            cite(item.candidate.document, item.candidate.passage, span, len(citations) + 1 + offset)
            for offset, span in enumerate(item.spans)
        ]
        statement = Statement(text=item.text, citations=tuple(citation.number for citation in new))
        verbatim = all(quote_is_verbatim(citation, generation.documents) for citation in new)
        if not verbatim or unsupported(statement, new):
            removed += 1
            continue
        statements.append(statement)
        citations.extend(new)
    return tuple(statements), tuple(citations), removed


def cite(document: Document, passage: Passage, span: Span, number: int) -> Citation:
    """The citation of a span of one passage."""
    quote = document.text[span.start : span.end]
    metadata = document.metadata
    return Citation(
        number=number,
        document=document.id,
        title=metadata.title,
        section=passage.section,
        pinpoint=pinpoint_at(document, span.start) or _pinpoint(quote, passage, metadata.authority),
        authority=metadata.authority,
        jurisdiction=metadata.jurisdiction,
        language=passage.language,
        effective_from=metadata.effective_from,
        reviewed=metadata.reviewed,
        page=next((page.number for page in reversed(document.pages) if page.start <= span.start), None),
        quote=quote,
        start=span.start,
        end=span.end,
        source_url=metadata.source_url,
    )


def _pinpoint(quote: str, passage: Passage, authority: Authority) -> str | None:
    """The legal place that the quote itself names. Only in the law's own text does the passage's place hold for each sentence."""
    named = first_pinpoint(quote)
    if named is None and authority in (Authority.STATUTE, Authority.REGULATION):
        return passage.pinpoint
    return named


def nearest_topics(found: Sequence[Found], generation: Generation, language: Language) -> tuple[NearestTopic, ...]:
    """The subjects closest to the question, one per document: those in its language first, then best first."""
    topics: dict[str, NearestTopic] = {}
    for item in sorted(found, key=lambda item: item.hit.passage.language is not language):
        passage = item.hit.passage
        if passage.misplaced or len(topics) == NEAREST:
            continue
        title = generation.documents[passage.document_id].metadata.title
        topics.setdefault(
            passage.document_id, NearestTopic(document=passage.document_id, title=title, section=passage.section)
        )
    return tuple(topics.values())
