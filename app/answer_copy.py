"""An answer with its citations as plain text, as Markdown, and as footnotes, to be pasted elsewhere."""

import re

from app.links import quote_link
from app.words import Words
from kb.records import Answer, Citation, Statement, Status

_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_LINE_STARTS = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))", re.MULTILINE)


def as_text(answer: Answer, words: Words) -> str:
    """Statements with numbers, notices, and a line for each source with its quote."""
    marks = {citation.number: f"[{citation.number}]" for citation in answer.citations}
    sources = [
        f"[{citation.number}] {footnote(citation, words)}" + _unsaid_quote(citation, answer)
        for citation in answer.citations
    ]
    notices = [f"{words(f'notice.{notice.kind.value}')}: {notice.text}" for notice in answer.notices]
    body = [_marked(statement, marks) for statement in answer.statements] or _abstention(answer, words)
    return "\n\n".join(
        filter(None, ["\n\n".join(body), answer.note, "\n".join(notices), "\n".join(sources), standing(answer, words)])
    )


def as_markdown(answer: Answer, words: Words, *, origin: str = "", prefix: str = "") -> str:
    """The same with Markdown's footnotes. `origin` makes links to the sources; `prefix` keeps several answers apart."""
    marks = {citation.number: f"[^{prefix}{citation.number}]" for citation in answer.citations}
    body = [
        escape_markdown(statement.sentence) + "".join(marks[number] for number in statement.citations)
        for statement in answer.statements
    ] or [escape_markdown(line) for line in _abstention(answer, words)]
    notices = [
        f"> **{words(f'notice.{notice.kind.value}')}.** {escape_markdown(notice.text).replace(chr(10), ' ')}"
        + "".join(marks[number] for number in notice.citations if number in marks)
        for notice in answer.notices
    ]
    sources = [
        f"{marks[citation.number]}: {escape_markdown(footnote(citation, words))} “{escape_markdown(' '.join(citation.quote.split()))}” "
        + (
            f"[{words('copy.open')}]({origin}{quote_link(citation, answer.generation, words.language)})"
            if origin
            else ""
        )
        for citation in answer.citations
    ]
    note = [escape_markdown(answer.note)] if answer.note else []
    parts = [
        *body,
        *note,
        *notices,
        f"*{escape_markdown(standing(answer, words))}*",
        *(source.rstrip() for source in sources),
    ]
    return "\n\n".join(parts)


def as_footnotes(answer: Answer, words: Words) -> str:
    """One numbered line for each citation."""
    return "\n".join(f"{citation.number}. {footnote(citation, words)}" for citation in answer.citations)


def footnote(citation: Citation, words: Words) -> str:
    """A source as a footnote gives it: `LFT art. 127 fr. VIII; PTU profit sharing, reviewed 1 Nov 2026.`"""
    about = [citation.title]
    if citation.page is not None:
        about.append(words("copy.page", page=citation.page))
    if citation.effective_from:
        about.append(words("answer.in_force_since", day=words.short_day(citation.effective_from)))
    if citation.reviewed:
        about.append(words("copy.reviewed", day=words.short_day(citation.reviewed)))
    return "; ".join(filter(None, (citation.pinpoint, ", ".join(about)))) + "."


def standing(answer: Answer, words: Words) -> str:
    """The law's day, the edition and the receipt of an answer."""
    facts = [
        words("answer.as_of", day=words.day(answer.as_of)),
        words("answer.generation", generation=answer.generation),
        words("answer.worded_by", model=answer.model) if answer.model else None,
        words("answer.receipt", receipt=answer.receipt) if answer.receipt else None,
    ]
    return " · ".join(filter(None, facts))


def _marked(statement: Statement, marks: dict[int, str]) -> str:
    return f"{statement.sentence} " + "".join(marks[number] for number in statement.citations)


def _abstention(answer: Answer, words: Words) -> list[str]:
    if answer.status is Status.ANSWERED:
        return []
    return [f"{words('answer.abstained')}: {answer.reason or ''}"]


def _unsaid_quote(citation: Citation, answer: Answer) -> str:
    """The quote, where the statements don't say it word for word."""
    if any(citation.quote in statement.text for statement in answer.statements):
        return ""
    return f"\n    “{citation.quote}”"


def escape_markdown(text: str) -> str:
    """Text that Markdown shows as it is, line by line: documents and questions are not trusted."""
    signs = _MARKDOWN_SIGNS.sub(r"\\\1", text)
    lines = _LINE_STARTS.sub(lambda match: f"{match[1]}\\{match[2]}" if not match[2].isdigit() else match[0], signs)
    lines = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", lines, flags=re.MULTILINE)
    return "  \n".join(line.strip() for line in lines.split("\n"))
