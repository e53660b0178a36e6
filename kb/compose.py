"""Put an answer together from whole sentences: the ones that answer, what they need to be understood, and no more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from kb.evidence import Candidate, announced, covered_terms, decides, is_on_law, names_other_years, names_years
from kb.figures import find_figures, flat
from kb.forms import Form, has_form
from kb.lexicon import terms_of
from kb.premises import denies, states_figures_of, to_confirm
from kb.question import Question
from kb.question_kinds import Kind
from kb.question_names import named_in
from kb.records import Jurisdiction, Passage, Span, Unit
from kb.text.connectives import is_exception, leans_back, points_back

BEST_SECTION_STATEMENTS = 4
SAME_SECTION_RATIO = 0.60  # how good a further sentence of the same section must be against the best
OTHER_SECTION_COVERS = 0.5  # of as many of the question's terms as the best sentence names
OPENING_RATIO = 0.60
LIST_OPENING_RATIO = 0.8
SEVERAL = 3  # items
OPENS_BY = 0.03  # how much better than its section's first sentence another one must be to be put before it
# By the centred cosine of the tuned question and the sentence. Of the judged openings from here on 85 of a hundred were right,
# of those from 0.165 on 79; what loses its "yes" stays quoted. How near the heading is hardly told them apart.
SETTLES = 0.19  # from where a sentence's yes or no is the one to what was asked
VERDICTS_APART = 0.04  # from where of two the nearer one alone is meant
NEAR_DUPLICATE = 0.6  # of the stems of two sentences together, the share that stands in both
SAID_ALREADY = 0.7  # of a sentence's stems, the share that stands in one that is quoted
SHORT_LIST = 7  # items; a list of so many is quoted whole once one of its items is
FEW_ITEMS = 4  # a shorter list is never narrowed to the items on the case asked about
LONG_LIST = 12  # items; longer ones are quoted whole only when a list was asked for
LONGEST_SERIES = 1_500  # characters of a sentence that announces things and of the sentences that name them

_FIGURES = (Form.MONEY, Form.PERCENT, Form.COUNT)
_DENIES = re.compile(r"^no\b", re.IGNORECASE)
# A word that answers, before a sentence that says all by itself; "No, unless …" does not.
_VERDICT = re.compile(
    r"(?:yes|sí|no)[,:;.]\s+(?=\S)(?!(?:but|unless|except|only|if|because|though|although|not|and|or|provided|pero|salvo|excepto|sólo|solo|si|porque|aunque|ni|y|o|siempre)\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:if|when|unless|provided|si|cuando|siempre que|salvo que)\b")
_RANGE = re.compile(r"\d%? (?:to|a|and|y|up to|hasta) (?:\D{1,4})?\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class Extent:
    """How much is quoted. `other_section_ratio`: how good another section's best sentence must be against the best."""

    statements: int
    other_section_ratio: float


CORE = Extent(statements=6, other_section_ratio=0.70)  # whether a question can be answered is judged by these
WHOLE = Extent(statements=7, other_section_ratio=0.60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    """One statement to be: spans of one document, in order; usually one, or a lead-in and items."""

    candidate: Candidate
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The words of the spans, joined by spaces."""
        return " ".join(self.candidate.document.text[span.start : span.end] for span in self.spans)

    @property
    def with_headings(self) -> str:
        """The words of the spans, and after them the headings that say what they are about."""
        return " ".join((self.text, *self.candidate.passage.context))


def compose(
    question: Question,
    candidates: Sequence[Candidate],
    parts: Sequence[Sequence[Candidate]],
    extent: Extent = WHOLE,
) -> list[Quoted]:
    """The statements of an answer, in reading order. `parts` are the candidates of each clause of a question in parts."""
    if not candidates:
        return []
    chosen: list[Candidate] = []
    if len(parts) > 1:
        share = max(2, extent.statements // len(parts))
        for part in parts:
            _choose(part, chosen, replace(extent, statements=len(chosen) + share), question.law)
    else:
        _choose(candidates, chosen, extent, question.law)
        _keep_to_years(question, candidates, chosen, extent.statements)
        _take_named(question, candidates, chosen, extent.statements)
    ordered = _in_reading_order(question, _quote(question, chosen))
    ordered = _parts_first(ordered, parts) if len(parts) > 1 else _second_best_next(ordered)
    if question.kind is Kind.LIST:
        ordered = _list_first(ordered)
    return _without_idle_verdicts(question, ordered, parts)


def _parts_first(quoted: Sequence[Quoted], parts: Sequence[Sequence[Candidate]]) -> list[Quoted]:
    """The statements, after the opening one the best on each other part of the question."""
    blocks = _blocks(quoted)
    leading = blocks[:1]
    for part in parts:
        best = min(blocks, key=partial(_place_among, part), default=None)
        if best is not None and best not in leading:
            leading.append(best)
    return [item for block in (*leading, *(block for block in blocks if block not in leading)) for item in block]


def _place_among(candidates: Sequence[Candidate], block: Sequence[Quoted]) -> int:
    """The place of a block's best statement among candidates, best first."""
    places = (
        next((place for place, one in enumerate(candidates) if _same_unit(one, item.candidate)), len(candidates))
        for item in block
    )
    return min(places)


def _second_best_next(quoted: Sequence[Quoted]) -> list[Quoted]:
    """The statements, after the opening one the best of the others: readers hardly go further."""
    first, *others = _blocks(quoted) or [[]]
    if others:
        best = max(others, key=_score)
        others.sort(key=lambda block: block is not best)
    return [item for block in (first, *others) for item in block]


def _list_first(quoted: Sequence[Quoted]) -> list[Quoted]:
    """The statements, opened by the best list of some length if it's nearly as good as the best of all."""
    blocks = _blocks(quoted)
    enough = LIST_OPENING_RATIO * max(map(_score, blocks), default=0.0)
    lists = [block for block in blocks if _score(block) >= enough and any(map(_lists_several, block))]
    if lists:
        opening = max(lists, key=_score)
        blocks.sort(key=lambda block: block is not opening)
    return [item for block in blocks for item in block]


def _score(block: Sequence[Quoted]) -> float:
    """That of the best of some statements."""
    return max(item.candidate.score for item in block)


def _lists_several(item: Quoted) -> bool:
    """Whether a statement quotes some items of a list."""
    lead_in = item.candidate.unit.lead_in
    if lead_in is None:
        return False
    quoted = [
        unit
        for unit in whole_list(item.candidate.document.passages, lead_in)
        if any(span.start <= unit.start < span.end for span in item.spans)
    ]
    return len(quoted) >= SEVERAL


def _blocks(quoted: Sequence[Quoted]) -> list[list[Quoted]]:
    """Each statement with those after it that lean back on it."""
    blocks: list[list[Quoted]] = []
    for item in quoted:
        if blocks and leans_back(item.text):
            blocks[-1].append(item)
        else:
            blocks.append([item])
    return blocks


def _choose(candidates: Sequence[Candidate], chosen: list[Candidate], extent: Extent, law: Jurisdiction | None) -> None:
    """Add the best section's first and best sentences, then those of the next ones, up to the extent in all.

    Where one country's law is asked for and the best section is on it, none on the other's.
    """
    if not candidates:
        return
    best = candidates[0]
    law = law if _is_on(law, best) else None
    sections = _sections(candidates)
    for rank, section in enumerate(sections):
        if section[0].passage.language is not best.passage.language and rank > 0:
            continue
        if section[0].score < extent.other_section_ratio * best.score:
            break
        if not _is_on(law, section[0]):
            continue
        if rank > 0 and section[0].subjects < OTHER_SECTION_COVERS * best.subjects:
            continue  # it has a word or a year of the question, not its subject
        most = BEST_SECTION_STATEMENTS if rank == 0 else 2
        enough = min(extent.statements, _count(chosen) + most)
        for candidate in _lead_first(section):
            if _count(chosen) >= enough:
                break
            if candidate.score >= SAME_SECTION_RATIO * section[0].score and not _repeats(candidate, chosen):
                _take(candidate, section, chosen)
        if rank == 0:
            _take_opening(sections, chosen)
        if _count(chosen) >= extent.statements:
            return


def _keep_to_years(
    question: Question, candidates: Sequence[Candidate], chosen: list[Candidate], statements: int
) -> None:
    """Where a year's figure is asked for: a sentence that names the year, and none that names only other years."""
    if question.form not in _FIGURES or not question.years_meant:
        return
    if not any(_is_years_figure(question, candidate) for candidate in chosen):
        enough = OPENING_RATIO * candidates[0].score
        dated = [
            candidate
            for candidate in candidates
            if candidate.score >= enough
            and candidate.subjects >= candidates[0].subjects
            and _is_years_figure(question, candidate)
            and _is_on(question.law, candidate)
        ]
        if not dated:
            return
        chosen.insert(0, min(dated, key=lambda candidate: candidate.passage.language is not question.language))
    chosen[:] = [candidate for candidate in chosen if not names_other_years(question, candidate.text)]
    while _count(chosen) > statements:
        chosen.pop()


def _take_named(question: Question, candidates: Sequence[Candidate], chosen: list[Candidate], statements: int) -> None:
    """For a name that must be treated and isn't, a sentence in either language that has it, if it's on the same subject."""
    enough, subjects = OPENING_RATIO * candidates[0].score, candidates[0].subjects
    for name in question.names:
        if any(named_in(name, " ".join((item.text, *item.passage.context))) for item in chosen):
            continue
        naming = (item for item in candidates if item.score >= enough and item.subjects >= subjects)
        found = next((item for item in naming if named_in(name, item.text) and _is_on(question.law, item)), None)
        if found is not None:
            chosen.insert(1, found)
    while _count(chosen) > statements:
        chosen.pop()


def _is_years_figure(question: Question, candidate: Candidate) -> bool:
    return names_years(question, candidate.text) and has_form(question.form, candidate.text)


def _is_on(law: Jurisdiction | None, candidate: Candidate) -> bool:
    return is_on_law(law, candidate.document, candidate.text, candidate.passage.language)


def _take_opening(sections: Sequence[Sequence[Candidate]], chosen: list[Candidate]) -> None:
    """The first sentence of the article that the best section belongs to: it states what the article is about."""
    best = sections[0][0]
    of_article = (section for section in sections if section[0].document is best.document)
    for section in sorted(of_article, key=lambda section: section[0].passage.ordinal):
        opening = min(
            (candidate for candidate in section if candidate.unit.lead_in is None),
            key=lambda candidate: candidate.index,
            default=None,
        )
        if opening is not None:
            if opening.score >= OPENING_RATIO * best.score and not _repeats(opening, chosen):
                _take(opening, section, chosen)
            return


def _sections(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Candidates by passage, best passage first, each best first."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.passage.id, []).append(candidate)
    return list(groups.values())


def _lead_first(section: Sequence[Candidate]) -> list[Candidate]:
    """The first sentence of the section, which answers its heading, then the others, best first."""
    lead = min(section, key=lambda candidate: candidate.index)
    return [lead, *(candidate for candidate in section if candidate is not lead)]


def _take(candidate: Candidate, section: Sequence[Candidate], chosen: list[Candidate]) -> None:
    """Add a unit with the sentence that its first word points back to and the exception that follows it."""
    if any(_same_unit(candidate, other) for other in chosen):
        return
    neighbours = {other.index: other for other in section}
    needed = [candidate]
    position = candidate.index
    while (
        position > 0
        and needed[0].unit.lead_in is None
        and (points_back(needed[0].text) or is_exception(needed[0].text))
    ):
        position -= 1
        if position not in neighbours:
            return  # what it points back to isn't of the time asked about
        needed.insert(0, neighbours[position])
    following = neighbours.get(candidate.index + 1)
    if following is not None and is_exception(following.text):
        needed.append(following)
    chosen.extend(item for item in needed if not any(_same_unit(item, other) for other in chosen))


def _same_unit(one: Candidate, other: Candidate) -> bool:
    return one.passage.id == other.passage.id and one.index == other.index


def _repeats(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether a chosen sentence says all that a candidate says, or nearly the same, and with the same figures."""
    return any(_says_as_much(candidate, other) for other in chosen if not _same_list(candidate, other))


def _says_as_much(one: Candidate, other: Candidate) -> bool:
    if one.passage.language is not other.passage.language:
        return False
    first, second = terms_of(one.text, one.passage.language), terms_of(other.text, other.passage.language)
    shared = len(first.stems & second.stems)
    if first.figures <= second.figures and shared >= SAID_ALREADY * len(first.stems) > 1:
        return True
    same_figures = first.figures <= second.figures or second.figures <= first.figures
    return same_figures and shared >= NEAR_DUPLICATE * len(first.stems | second.stems)


def _same_list(one: Candidate, other: Candidate) -> bool:
    return (
        one.passage.id == other.passage.id and one.unit.lead_in is not None and one.unit.lead_in == other.unit.lead_in
    )


def _count(chosen: Sequence[Candidate]) -> int:
    """Statements that the chosen units will make: the items of one list make one."""
    return len({(c.passage.document_id, c.unit.lead_in.start if c.unit.lead_in else c.unit.start) for c in chosen})


def _quote(question: Question, chosen: Sequence[Candidate]) -> list[Quoted]:
    quoted: list[Quoted] = []
    done: set[tuple[str, int]] = set()
    covered: list[tuple[str, Span]] = []  # series quoted as one statement, by document
    series_of = [(_series(question, candidate), candidate) for candidate in chosen]
    for series, candidate in sorted(series_of, key=lambda pair: pair[0] is None):
        unit = candidate.unit
        if any(document == candidate.document.id and span.start <= unit.start < span.end for document, span in covered):
            continue
        if series is not None:
            covered.append((candidate.document.id, series))
            quoted.append(Quoted(candidate=candidate, spans=(series,)))
            continue
        if unit.lead_in is None:
            quoted.append(quote_alone(candidate))
            continue
        key = (candidate.document.id, unit.lead_in.start)
        if key not in done:
            done.add(key)
            items = [
                other.unit
                for other in chosen
                if other.unit.lead_in == unit.lead_in and other.document is candidate.document
            ]
            best = candidate.passage.section == chosen[0].passage.section and candidate.document is chosen[0].document
            spans = _list_spans(question, candidate, unit.lead_in, items, best_section=best)
            quoted.append(Quoted(candidate=candidate, spans=spans))
    place = {(candidate.passage.id, candidate.index): place for place, candidate in enumerate(chosen)}
    return sorted(quoted, key=lambda item: place[item.candidate.passage.id, item.candidate.index])


def quote_alone(candidate: Candidate) -> Quoted:
    """One sentence as a statement; an item of a list with the words that it belongs to."""
    unit = candidate.unit
    own = Span(start=unit.start, end=unit.end)
    return Quoted(candidate=candidate, spans=(own,) if unit.lead_in is None else (unit.lead_in, own))


def _series(question: Question, candidate: Candidate) -> Span | None:
    """A sentence that announces so many things, with the sentences after it that name them; None where it's no such one.

    Articles list in sentences what could be a list: "… considers four factors. The first is …". Half of them is no answer.
    """
    if candidate.unit.lead_in is not None or question.kind in (Kind.YES_NO, Kind.AMOUNT, Kind.DEADLINE):
        return None
    count = announced(candidate.text)
    if count is None:
        return None
    following = candidate.passage.units[candidate.index + 1 : candidate.index + 1 + count]
    if len(following) < count or any(unit.lead_in is not None for unit in following):
        return None
    if announced(candidate.document.text[following[0].start : following[0].end]) == count:
        return None  # that one announces them: "… four groups: … . The four groups have these bases. The first …"
    span = Span(start=candidate.unit.start, end=following[-1].end)
    return span if span.end - span.start <= LONGEST_SERIES else None


def _list_spans(
    question: Question, candidate: Candidate, lead_in: Span, items: Sequence[Unit], *, best_section: bool
) -> tuple[Span, ...]:
    """The whole list where it is the answer, or where single items were meant the lead-in and those items."""
    whole = whole_list(candidate.document.passages, lead_in)
    if question.form in _FIGURES:
        text = candidate.document.text
        dated = [unit for unit in whole if names_years(question, text[unit.start : unit.end])]
        if 0 < len(dated) < len(whole):
            return (lead_in, *(Span(start=unit.start, end=unit.end) for unit in dated))  # other years are not asked for
    meant = _singled_out(question, candidate, lead_in, whole)
    of_brackets = any(_RANGE.search(candidate.document.text, unit.start, unit.end) for unit in whole)
    all_of_it = question.kind is Kind.LIST or of_brackets or (best_section and not question.years_meant)
    longest = LONG_LIST if all_of_it else SHORT_LIST
    if not meant and len(whole) <= longest:
        return (Span(start=lead_in.start, end=whole[-1].end),)
    meant = meant or sorted(items, key=lambda unit: unit.start)
    return (lead_in, *(Span(start=unit.start, end=unit.end) for unit in meant))


def _singled_out(question: Question, candidate: Candidate, lead_in: Span, whole: Sequence[Unit]) -> list[Unit]:
    """Of a list that gives a figure for each case, the few items on the case asked about: a state, a level, a length of service.

    None where all were meant. The items of other lists, duties or documents, belong together.
    """
    text, language = candidate.document.text, candidate.passage.language
    items = [text[unit.start : unit.end] for unit in whole]
    if (
        question.form not in _FIGURES
        or len(whole) < FEW_ITEMS
        or not all(has_form(question.form, item) for item in items)
    ):
        return []
    here = [unit for unit, item in zip(whole, items, strict=True) if _names_place(question, item)]
    if here and 2 * len(here) <= len(whole):
        return here
    if question.kind is Kind.COMPARISON or any(map(_RANGE.search, items)):
        # Words tell neither both sides of a comparison nor the bracket of a table that a figure falls in.
        return []
    common = covered_terms(
        question, " ".join([*candidate.passage.context, text[lead_in.start : lead_in.end]]), language
    )
    named = [covered_terms(question, item, language) - common for item in items]
    telling = {term for terms in named for term in terms if 3 * sum(term in other for other in named) <= len(whole)}
    most = max(len(terms & telling) for terms in named)
    meant = [unit for unit, terms in zip(whole, named, strict=True) if most and len(terms & telling) == most]
    return meant if 3 * len(meant) <= len(whole) else []


def _names_place(question: Question, text: str) -> bool:
    """Whether a text names a state or city that the question names, in any of its spellings: CDMX, Ciudad de México."""
    return any(named_in(place, text) for place in question.localities)


def whole_list(passages: Sequence[Passage], lead_in: Span) -> list[Unit]:
    """All items under one lead-in, in order, across passages."""
    return [unit for passage in passages for unit in passage.units if unit.lead_in == lead_in]


def _without_idle_verdicts(
    question: Question, quoted: Sequence[Quoted], parts: Sequence[Sequence[Candidate]]
) -> list[Quoted]:
    """The statements without each leading "Yes" or "No" that answers something else: it would be read as the answer.

    What stands behind it holds of itself. Where two settle the question, the nearer one's word alone stays.
    """
    settling = {
        id(item): item.candidate.meaning
        for item in _with_a_verdict(question, quoted, parts)
        if _settles(question, item)
    }
    enough = max(settling.values(), default=0.0) - VERDICTS_APART
    return [item if settling.get(id(item), -1.0) >= enough else without_verdict(item) for item in quoted]


def _with_a_verdict(
    question: Question, quoted: Sequence[Quoted], parts: Sequence[Sequence[Candidate]]
) -> Sequence[Quoted]:
    """The statements whose yes or no could be the one asked for.

    Where two parts ask for one, the first word of the answer is read as that to the first; further on it isn't clear to which.
    """
    if sum(question.verdicts) < 2 or len(parts) < 2:
        return quoted if any(question.verdicts) else ()
    if not question.verdicts[0]:
        return ()
    opening = quoted[0].candidate
    first, *others = (max((one.meaning for one in part if _same_unit(one, opening)), default=-1.0) for part in parts)
    return quoted[:1] if first > max(others) else ()


def without_verdict(item: Quoted) -> Quoted:
    """A statement without its leading yes or no, where the rest is a sentence of its own."""
    verdict = _VERDICT.match(item.candidate.document.text, item.spans[0].start, item.spans[0].end)
    if verdict is None:
        return item
    first = replace(item.spans[0], start=verdict.end())
    return replace(item, spans=(first, *item.spans[1:]))


def _in_reading_order(question: Question, quoted: Sequence[Quoted]) -> list[Quoted]:
    """Sections stay together, their sentences in their own order; the first section's best sentence opens the answer.

    A section whose yes or no answers the question comes first. Of the core's sections the more binding ones follow, then
    the others, best first.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Quoted]] = {}
    for item in quoted:
        groups.setdefault((item.candidate.document.id, item.candidate.passage.section), []).append(item)
    enough = CORE.other_section_ratio * max((item.candidate.score for item in quoted), default=0.0)

    def place(group: list[Quoted]) -> tuple[float, int]:
        if question.kind is Kind.YES_NO:
            settling = [item.candidate.meaning for item in group if _settles(question, item)]
            if settling:
                return (-1 - max(settling), 0)
        as_good = _score(group) >= enough
        return (0, group[0].candidate.document.metadata.authority.rank) if as_good else (1, 0)

    ordered = sorted(groups.values(), key=place)  # what is equal stays in its order, best first
    read = [sorted(group, key=lambda item: item.spans[0].start) for group in ordered]
    opened = (_best_first(question, group) for group in read[:1])
    return [item for group in (*opened, *read[1:]) for item in group]


def _best_first(question: Question, section: Sequence[Quoted]) -> list[Quoted]:
    """A section's statements in their order, but opened by the one that is clearly the best and what leans back on it.

    One that leans back itself keeps its place, and where one is the yes or no to the question the order stays.
    """
    if question.kind is Kind.YES_NO and any(_settles(question, item) for item in section):
        return list(section)
    best = max(section, key=lambda item: item.candidate.score)
    if best.candidate.score < (1 + OPENS_BY) * section[0].candidate.score or leans_back(best.text):
        return list(section)
    blocks = sorted(_blocks(section), key=lambda block: best not in block)
    return [item for block in blocks for item in block]


def _settles(question: Question, item: Quoted) -> bool:
    """Whether a statement is the yes or no to what was asked."""
    if (question.either_or or question.evades) and not _DENIES.match(item.text):
        return False  # a "Yes" tells neither which of two, nor that there is a way around a rule
    return (
        decides(item.text)
        and item.candidate.meaning >= SETTLES
        and _speaks_of_the_names(question, item)
        and not _turns_on_a_figure(question, item)
        and not _confirms_something_else(question, item)
    )


def _speaks_of_the_names(question: Question, item: Quoted) -> bool:
    """Whether a statement, or a heading above it, has each name in the question: "Yes, Mexico counts" is no yes to Puerto Rico."""
    return all(named_in(name, item.with_headings) for name in question.names)


def _turns_on_a_figure(question: Question, item: Quoted) -> bool:
    """Whether a yes or no holds on a condition that a figure of the asker's own case decides: "yes, if they worked 60 days"."""
    own = {figure.unit: figure.values for figure in find_figures(question.asked, question.language)}
    if not own:
        return False
    condition = _CONDITION.search(flat(item.text))
    return condition is not None and any(
        figure.unit in own and figure.values != own[figure.unit] and condition.end() <= figure.start
        for figure in find_figures(item.text, item.candidate.passage.language)
    )


def _confirms_something_else(question: Question, item: Quoted) -> bool:
    """Whether a yes or no would be read as the one to what the question wants confirmed, and is it not.

    A "Yes" to "it's 90 days, right?" where its sentence doesn't state these; either word to "it isn't needed, right?", of
    which it isn't clear whether it confirms the denial or what is denied.
    """
    text, language = item.text, item.candidate.passage.language
    return any(
        denies(assertion)
        or not (_DENIES.match(text) or states_figures_of(assertion, question.language, text, language))
        for assertion in to_confirm(question.asked, own_case=question.personal)
    )
