"""An answer in a language model's words: it sees the quoted sources, must cite each sentence, and each is checked.

The quoted answer comes first and decides whether there is one at all. The model words it anew from the same quotes; what
the verifier doesn't find in them is removed and counted, and where too little is left the quotes are shown instead.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from importlib.resources import files

from kb.likeness import Likeness
from kb.models.language_model import Failure, LanguageModel, LanguageModelFailedError
from kb.notices import language_model_note, removed_sentences_notice
from kb.records import Answer, Citation, Language, Statement
from kb.text.sentences import sentence_spans
from kb.verify import unsupported

LEAST_KEPT = 0.5  # of the sentences written; with fewer supported, the model is not trusted with the others either
_NO_ANSWER = re.compile(r"\W*NO ANSWER\W*", re.IGNORECASE)
_MARKERS = re.compile(r"\s*((?:[\[【(]\s*\d{1,2}(?:\s*[,;]\s*\d{1,2})*\s*[\]】)](?:\s*[,;]\s*)?)+)(?P<stop>[.!?…]*)")
_MARKER_START = re.compile(r"[\[【]\s*\d")
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\d{1,2}[.)]\s+|#+\s+)?(?:\*\*)?")
_COMPLETE = re.compile(r"[.!?…:;][\"'”’»)\]*]*$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a language model wrote, as it came, and why that can't be used. Kept in receipts."""

    model: str
    text: str
    failure: Failure | None = None


def write(
    model: LanguageModel,
    question: str,
    answer: Answer,
    likeness: Likeness,
    on_progress: Callable[[Answer], None] | None = None,
) -> Draft:
    """Have a quoted answer worded anew. `question` has its personal data masked. Raises nothing of the model's.

    `on_progress` gets the answer as far as it is written and checked, each time a sentence is added.
    """
    text, shown = "", 0
    try:
        for piece in model.stream(_instructions(answer.language), _request(question, answer.citations)):
            text += piece
            if on_progress and "\n" in piece:
                kept, _ = _checked(text[: text.rindex("\n")], answer, likeness)
                if len(kept) > shown:
                    shown = len(kept)
                    on_progress(_with_statements(answer, kept, model.identity))
    except LanguageModelFailedError as failed:
        return Draft(model=model.identity, text=text, failure=failed.failure)
    if _NO_ANSWER.fullmatch(text):
        return Draft(model=model.identity, text=text, failure=Failure.DECLINED)
    return Draft(model=model.identity, text=text, failure=None if text.strip() else Failure.UNUSABLE)


def worded(answer: Answer, draft: Draft, likeness: Likeness) -> Answer:
    """The quoted answer in the draft's words as far as they are supported, else the quotes with a note. Pure."""
    if draft.failure is not None:
        return _with_note(answer, language_model_note(draft.failure, answer.language))
    kept, removed = _checked(draft.text, answer, likeness)
    if kept and len(kept) >= LEAST_KEPT * (len(kept) + removed):
        answer = _with_statements(answer, kept, draft.model)
    else:
        answer = _with_note(answer, language_model_note(None, answer.language))
    if removed:
        answer = replace(answer, notices=(*answer.notices, removed_sentences_notice(removed, answer.language)))
    return answer


def _with_note(answer: Answer, note: str) -> Answer:
    """The answer with a note behind the one that it may have."""
    return replace(answer, note=" ".join(filter(None, (answer.note, note))))


def _checked(text: str, answer: Answer, likeness: Likeness) -> tuple[list[Statement], int]:
    """The supported sentences of a text, each once, and how many were not."""
    kept: list[Statement] = []
    removed = 0
    for statement in read_statements(text):
        if statement is None or unsupported(statement, answer.citations, likeness):
            removed += 1
        elif all(statement.text != other.text for other in kept):
            kept.append(statement)
    return kept, removed


def read_statements(text: str) -> Iterator[Statement | None]:
    """The sentences of a model's text with the numbers behind them; None for one without a number or an end."""
    for line in text.splitlines():
        position = _BULLET.match(line).end()  # type: ignore[union-attr]  # it matches the empty string
        rest = line.replace("**", "  ")
        for match in _MARKERS.finditer(rest):
            words = rest[position : match.start()].strip()
            if not words or not _MARKER_START.match(match[1]):
                continue  # a number in parentheses that belongs to the sentence, as in "164.308(1)"
            *uncited, last = [words[start:end] for start, end in sentence_spans(words)]
            yield from (None for _ in uncited)
            numbers = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", match[1])))
            yield Statement(text=_ended(" ".join(last.split()), match["stop"]), citations=numbers)
            position = match.end()
        if re.search(r"\w", rest[position:]):
            yield from (None for _ in sentence_spans(rest[position:]))


def _ended(sentence: str, stop: str) -> str:
    """With its full stop, where the model put it behind the marker or left it out."""
    return sentence if _COMPLETE.search(sentence) else sentence + (stop[:1] or ".")


def _with_statements(answer: Answer, statements: Sequence[Statement], model: str) -> Answer:
    """The answer with other statements; citations that nobody uses go, the others are numbered by first use."""
    used = [number for statement in statements for number in statement.citations]
    used += [number for notice in answer.notices for number in notice.citations]
    numbers = {old: new for new, old in enumerate(dict.fromkeys(used), 1)}
    by_number = {citation.number: citation for citation in answer.citations}
    return replace(
        answer,
        statements=tuple(
            replace(statement, citations=tuple(numbers[number] for number in statement.citations))
            for statement in statements
        ),
        citations=tuple(replace(by_number[old], number=new) for old, new in numbers.items()),
        notices=tuple(
            replace(notice, citations=tuple(numbers[number] for number in notice.citations))
            for notice in answer.notices
        ),
        model=model,
    )


@lru_cache(maxsize=4)
def _instructions(language: Language) -> str:
    """The part of the prompt file in the language of the answer."""
    text = files("kb.prompts").joinpath("answer.md").read_text(encoding="utf-8")
    parts = dict(part.split("\n", 1) for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:])
    return parts[language.value].strip()


def _request(question: str, citations: Sequence[Citation]) -> str:
    """Passages and question between tags that no text inside can close."""
    passages = "\n".join(
        f'<passage number="{citation.number}" source="{escape(_source(citation))}">\n'
        f"{escape(citation.quote, quote=False)}\n</passage>"
        for citation in citations
    )
    return f"<passages>\n{passages}\n</passages>\n<question>\n{escape(question, quote=False)}\n</question>"


def _source(citation: Citation) -> str:
    about = (citation.title, *citation.section, citation.pinpoint, citation.authority.value)
    return " · ".join(part for part in about if part)
