"""Run a set against a knowledge base and score every case."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from traceback import format_tb
from typing import Any

from evals.cases import Case
from evals.matching import contains, contains_any
from evals.metrics import EARLY, CaseResult, totals
from kb.errors import KnowledgeBaseError
from kb.knowledge_base import KnowledgeBase
from kb.personal_data import mask
from kb.records import Answer, Filters, NoticeKind, Status
from kb.verify import is_supported, quote_is_verbatim

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A case, its answer (None after an error) and its result. Facts go by their first spelling."""

    case: Case
    answer: Answer | None
    found: tuple[str, ...]
    missed: tuple[str, ...]
    forbidden: tuple[str, ...]  # what the answer says and must not
    result: CaseResult

    @property
    def question(self) -> str:
        """What the case asks, personal data masked: as it may be written."""
        return mask(self.case.question).text

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the answer, in words; nothing where it's what the case expects."""
        return tuple(self._faults())

    def _faults(self) -> Iterator[str]:
        if self.result.error is not None:
            yield f"error: {self.result.error}"
        elif self.case.expect == "abstain" and self.result.answered:
            yield "answers, though no source does"
        elif self.case.expect == "answer" and not self.result.answered:
            yield "does not answer"
        if self.missed and self.case.expect == "answer":
            yield f"misses {', '.join(self.missed)}"
        if self.forbidden:
            yield f"says {', '.join(self.forbidden)}"
        if self.result.document_hit is False and self.case.expect == "answer":
            yield f"cites none of {', '.join(self.case.documents)}"
        if self.result.notices_missing:
            yield f"lacks {self.result.notices_missing} of the notices {', '.join(self.case.notices)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A set, run once."""

    set_name: str
    generation: str
    model: str
    scored: tuple[Scored, ...]


def answer_text(answer: Answer) -> str:
    """What counts as the answer: its statements and notices, joined."""
    return "\n".join([*(s.text for s in answer.statements), *(notice.text for notice in answer.notices)])


def run_set(
    base: KnowledgeBase, set_name: str, cases: Sequence[Case], progress: Callable[[int, int], None] | None = None
) -> Run:
    """Ask every case once, earlier questions of a conversation first. Errors are counted, not raised.

    One question is asked before the first case and not scored: latencies are those of a warm program.
    """
    if cases:
        score_case(base, cases[0])
    scored = []
    for done, case in enumerate(cases):
        if progress:
            progress(done, len(cases))
        scored.append(score_case(base, case))
    return Run(set_name=set_name, generation=base.generation.id, model=base.embedder.identity, scored=tuple(scored))


def score_case(base: KnowledgeBase, case: Case) -> Scored:
    """Ask one case and score the answer. Raises nothing: an error of one case must not cost the others' answers."""
    try:
        answer, latency_ms = _timed_answer(base, case)
        return score_answer(base, case, answer, latency_ms)
    except KnowledgeBaseError as error:
        message = str(error)
    except Exception as error:  # noqa: BLE001  whatever it is, it is counted, and the run goes on
        # Without the error's own words: they may hold the question, and with it personal data.
        message = f"unexpected {type(error).__name__}"
        _LOG.error("case %s: %s\n%s", case.id, message, "".join(format_tb(error.__traceback__)))
    result = _failed(case, message)
    return Scored(case=case, answer=None, found=(), missed=_names(case.facts), forbidden=(), result=result)


def _timed_answer(base: KnowledgeBase, case: Case) -> tuple[Answer, float]:
    """The answer to the last question of a case, and what it alone took in milliseconds."""
    filters = Filters(as_of=case.as_of)
    history: list[tuple[str, Answer]] = []
    for earlier in case.history:
        history.append((earlier, base.ask(earlier, history=history, filters=filters, record=False)))
    started = perf_counter()
    answer = base.ask(case.question, history=history, filters=filters, record=False)
    return answer, (perf_counter() - started) * 1000


def score_answer(base: KnowledgeBase, case: Case, answer: Answer, latency_ms: float) -> Scored:
    """Score an answer already given."""
    text = answer_text(answer)
    answered = answer.status is Status.ANSWERED
    hits = [fact for fact in case.facts if answered and contains_any(text, fact)]
    opening = "\n".join(statement.text for statement in answer.statements[:EARLY])
    forbidden = tuple(spelling for spelling in case.forbidden if contains(text, spelling))
    documents = {citation.document for citation in answer.citations}
    notices = {notice.kind for notice in answer.notices}
    result = CaseResult(
        id=case.id,
        category=case.category,
        language=case.language.value,
        expect=case.expect,
        answered=answered,
        error=None,
        facts_found=len(hits),
        facts_early=sum(contains_any(opening, fact) for fact in hits),
        facts_of=len(case.facts),
        forbidden=bool(forbidden),
        quotes_valid=sum(quote_is_verbatim(citation, base.generation.documents) for citation in answer.citations),
        quotes_of=len(answer.citations),
        statements_supported=sum(is_supported(statement, answer.citations) for statement in answer.statements),
        statements_of=len(answer.statements),
        document_hit=bool(documents & set(case.documents)) if case.documents else None,
        notices_missing=len(set(case.notices) - {kind.value for kind in notices}),
        notices_of=len(set(case.notices)),
        premise_alarm=NoticeKind.FALSE_PREMISE in notices and NoticeKind.FALSE_PREMISE.value not in case.notices,
        latency_ms=round(latency_ms, 1),
    )
    missed = [fact for fact in case.facts if fact not in hits]
    return Scored(
        case=case, answer=answer, found=_names(hits), missed=_names(missed), forbidden=forbidden, result=result
    )


def _names(facts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    return tuple(fact[0] for fact in facts)


def _failed(case: Case, message: str) -> CaseResult:
    """A case that ended in an error found nothing of what it asks for; it does not vanish from a mean."""
    return CaseResult(
        id=case.id,
        category=case.category,
        language=case.language.value,
        expect=case.expect,
        answered=False,
        error=message,
        facts_found=0,
        facts_early=0,
        facts_of=len(case.facts),
        forbidden=False,
        quotes_valid=0,
        quotes_of=0,
        statements_supported=0,
        statements_of=0,
        document_hit=False if case.documents else None,
        notices_missing=len(set(case.notices)),
        notices_of=len(set(case.notices)),
        premise_alarm=False,
        latency_ms=0.0,
    )


def run_as_json(run: Run) -> dict[str, Any]:
    """The contract's JSON of a run, with the fit and report halves beside the totals."""
    results = [scored.result for scored in run.scored]
    return {
        "set": run.set_name,
        "generation": run.generation,
        "model": run.model,
        "totals": totals(results),
        "by_category": _grouped(results, lambda result: result.category),
        "by_language": _grouped(results, lambda result: result.language),
        "by_half": {
            half: totals([scored.result for scored in run.scored if scored.case.half == half])
            for half in ("fit", "report")
        },
        "cases": [_case_as_json(scored) for scored in run.scored],
    }


def _grouped(results: Sequence[CaseResult], key: Callable[[CaseResult], str]) -> dict[str, dict[str, object]]:
    groups: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return {name: totals(group) for name, group in sorted(groups.items())}


def _case_as_json(scored: Scored) -> dict[str, Any]:
    answer = scored.answer
    return {
        "id": scored.case.id,
        "question": scored.question,
        "category": scored.case.category,
        "language": scored.case.language.value,
        "half": scored.case.half,
        "expect": scored.case.expect,
        "status": answer.status.value if answer else "error",
        "answer": answer_text(answer) if answer else "",
        "reason": (answer.reason if answer else scored.result.error),
        "documents": list(dict.fromkeys(citation.document for citation in answer.citations)) if answer else [],
        "found": list(scored.found),
        "missed": list(scored.missed),
        "forbidden": list(scored.forbidden),
        "faults": list(scored.faults),
        "latency_ms": scored.result.latency_ms,
        "counts": asdict(scored.result),
    }
