"""An answer and a hit as text for a terminal."""

from kb.records import Answer, Citation, Hit, Metadata, NearestTopic, Notice, Statement, Status

_SNIPPET = 300  # characters


def answer_as_text(answer: Answer) -> str:
    """Statements with markers, then citations, notices, and what the answer was given on."""
    if answer.status is Status.ANSWERED:
        quoted = {number: statement.text for statement in answer.statements for number in statement.citations}
        blocks = [
            "\n".join(_statement(statement) for statement in answer.statements),
            "\n".join(_citation(citation, quoted.get(citation.number, "")) for citation in answer.citations),
        ]
    else:
        blocks = [f"No answer: {answer.reason}"]
        if answer.nearest:
            blocks.append("Nearest subjects:\n" + "\n".join(_nearest(topic) for topic in answer.nearest))
    blocks.extend(_notice(notice) for notice in answer.notices)
    if answer.note:
        blocks.append(f"Note: {answer.note}")
    footer = f"As of {answer.as_of}, generation {answer.generation}"
    if answer.model:
        footer += f", worded by {answer.model}"
    blocks.append(footer + (f", receipt {answer.receipt}" if answer.receipt else ""))
    return "\n\n".join(blocks)


def hit_as_text(place: int, hit: Hit, metadata: Metadata) -> str:
    """One hit with its place in the list, counted from 1, and the beginning of its text."""
    passage = hit.passage
    about = [
        " › ".join((metadata.title, *passage.section)),
        passage.pinpoint,
        metadata.authority.value,
        _page(passage.page),
    ]
    words = " ".join(passage.text.split())
    snippet = words if len(words) <= _SNIPPET else words[:_SNIPPET].rsplit(" ", 1)[0] + " …"
    location = f"{hit.document_id}:{passage.start}-{passage.end}"
    return f"{place}. {' · '.join(filter(None, about))}\n   {location}  score {hit.score:.3f}\n   {snippet}"


def _statement(statement: Statement) -> str:
    return statement.sentence + " " + "".join(f"[{number}]" for number in statement.citations)


def _citation(citation: Citation, statement: str) -> str:
    dates = [
        f"in force since {citation.effective_from}" if citation.effective_from else None,
        f"reviewed {citation.reviewed}" if citation.reviewed else None,
    ]
    about = [citation.title, citation.pinpoint, citation.authority.value, *dates, _page(citation.page)]
    lines = [
        f"[{citation.number}] {' · '.join(filter(None, about))}",
        f"{citation.document}:{citation.start}-{citation.end}",
    ]
    if citation.quote != statement:
        lines.append(f'"{citation.quote}"')
    if citation.source_url:
        lines.append(citation.source_url)
    return "\n    ".join(lines)


def _notice(notice: Notice) -> str:
    return f"Notice ({notice.kind.value}): {notice.text}" + "".join(f" [{number}]" for number in notice.citations)


def _nearest(topic: NearestTopic) -> str:
    return f"- {' › '.join((topic.title, *topic.section))} ({topic.document})"


def _page(page: int | None) -> str | None:
    return f"p. {page}" if page is not None else None
