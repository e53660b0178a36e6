"""Questions and answers as HTML. Everything that is not our own markup is escaped: questions and documents are hostile."""

from html import escape

from app.asking import Turn
from app.document_html import section_anchor, text_html
from app.evidence_html import FindDocument, authority_html, cards_html, is_quoted, is_translated, marker_html, place_of
from app.feedback import LONGEST_NOTE, Opinion
from app.links import document_link, icon
from app.words import Words
from kb.records import Answer, Citation, Filters, NearestTopic, Notice, NoticeKind, Statement, Status

_FIRST = (NoticeKind.CONFLICT, NoticeKind.FALSE_PREMISE)  # change how an answer is read, so they stand before it


def given_html(turn: Turn, words: Words) -> str:
    """What is read out when it arrives: the answer with its notices, the abstention, or the problem."""
    if turn.problem is not None:
        return problem_html(turn.problem, words)
    answer = turn.answer
    if answer is None:
        return problem_html(words("ask.not_kept"), words)
    abstained = answer.status is Status.ABSTAINED
    body = _abstention(turn, answer, words) if abstained else _statements(answer, words)
    first = "".join(_notice(notice, answer, words) for notice in answer.notices if notice.kind in _FIRST)
    last = "".join(_notice(notice, answer, words) for notice in answer.notices if notice.kind not in _FIRST)
    note = f'<p class="remark" lang="{answer.language.value}">{escape(answer.note)}</p>' if answer.note else ""
    return _understood(answer, words) + first + body + note + last


def rest_html(turn: Turn, find: FindDocument, words: Words) -> str:
    """What stands below an answer and is not read out of itself: sources, what it was given on, and what to do with it."""
    answer = turn.answer
    if answer is None:
        return ""
    facts = [
        words("answer.as_of", day=words.day(answer.as_of)),
        words("answer.generation", generation=answer.generation),
        *([words("answer.worded_by", model=answer.model)] if answer.model else []),
        words("answer.receipt", receipt=answer.receipt) if answer.receipt else words("answer.no_receipt"),
    ]
    listed = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    copying = _copy_menu(words) if answer.status is Status.ANSWERED else ""
    feedback = _feedback_form(answer, words) if answer.receipt else ""
    return (
        f'<div class="tools">{copying}{feedback}</div>{cards_html(answer, find, words)}'
        f'<p class="facts">{listed}</p><div class="next" hidden></div>'
    )


def problem_html(problem: str, words: Words) -> str:
    """A question that could not be answered, with the way to ask it again."""
    return (
        f'<div class="box problem" role="alert"><h3>{icon("notice")}{words.html("ask.failed")}</h3>'
        f'<p>{escape(problem)}</p><button type="button" class="again">{words.html("ask.again")}</button></div>'
    )


def _understood(answer: Answer, words: Words) -> str:
    if not answer.understood_as:
        return ""
    return (
        f'<p class="understood">{words.html("answer.understood", text=answer.understood_as)} '
        f'<button type="button" class="quiet edit" data-text="{escape(answer.understood_as)}">'
        f"{words.html('answer.edit')}</button></p>"
    )


def _statements(answer: Answer, words: Words) -> str:
    parts = "".join(_statement(statement, answer, words) for statement in answer.statements)
    return (
        f'<h3 class="visually-hidden">{words.html("answer.answer")}</h3>'
        f'<div class="statements" lang="{answer.language.value}">{parts}</div>'
    )


def _statement(statement: Statement, answer: Answer, words: Words) -> str:
    cited = [citation for citation in answer.citations if citation.number in statement.citations]
    markers = "".join(marker_html(citation, answer, words) for citation in cited)
    quoted = is_quoted(statement.text, cited)
    said = _standing(quoted=quoted, words=words)
    if is_translated(statement.text, cited, answer.language):
        return _translation(statement, cited, markers + said, words)
    foreign = quoted and cited[0].language is not answer.language
    language = f' lang="{cited[0].language.value}"' if foreign else ""
    if len(cited) > 1 and statement.text == " ".join(citation.quote for citation in cited):
        # A lead-in and items, each with a citation of its own.
        first, *items = [text_html(citation.quote, marker_html(citation, answer, words)) for citation in cited]
        listed = "".join(f"<li>{item}</li>" for item in items)
        return (
            f'<div class="statement"{language}>{first}<ul class="bullets">{listed}</ul><p class="said">{said}</p></div>'
        )
    return f'<div class="statement"{language}>{text_html(statement.sentence, markers + said)}</div>'


def _standing(*, quoted: bool, words: Words) -> str:
    name = "quoted" if quoted else "supported"
    return (
        f' <span class="standing" lang="{words.language.value}" title="{words.html(f"standing.{name}_means")}">'
        f"{words.html(f'standing.{name}')}</span>"
    )


def _translation(statement: Statement, cited: list[Citation], after: str, words: Words) -> str:
    """The source's own words first; what is said of them in another language is marked as unofficial."""
    originals = "".join(
        f'<blockquote class="original" lang="{citation.language.value}">{escape(citation.quote)}</blockquote>'
        for citation in cited
    )
    return (
        f'<div class="statement translated">{originals}<p class="unofficial">{words.html("standing.unofficial")}</p>'
        f"{text_html(statement.text, after)}</div>"
    )


def _notice(notice: Notice, answer: Answer, words: Words) -> str:
    cited = [citation for citation in answer.citations if citation.number in notice.citations]
    language = answer.language.value
    head = f"<h3>{icon('notice')}{words.html(f'notice.{notice.kind.value}')}</h3>"
    if notice.kind is NoticeKind.CONFLICT and len(cited) > 1:
        sides = "".join(_side(citation, answer, words) for citation in cited)
        body = f'<p lang="{language}">{escape(notice.text)}</p><ul class="sides">{sides}</ul>'
    else:
        markers = "".join(marker_html(citation, answer, words) for citation in cited)
        concerns = f' <span class="concerns">{words.html("answer.concerns")} {markers}</span>' if markers else ""
        body = f'<p lang="{language}">{escape(notice.text)}{concerns}</p>'
    return f'<div class="box notice notice-{notice.kind.value}">{head}{body}</div>'


def _side(citation: Citation, answer: Answer, words: Words) -> str:
    return (
        f'<li><p class="about">{authority_html(citation, words)}'
        f'<span lang="{citation.language.value}">{escape(place_of(citation))}{marker_html(citation, answer, words)}</span></p>'
        f'<q lang="{citation.language.value}">{escape(citation.quote)}</q></li>'
    )


def _abstention(turn: Turn, answer: Answer, words: Words) -> str:
    topics = "".join(f"<li>{_nearest(topic, answer, words)}</li>" for topic in answer.nearest)
    nearest = f'<h4>{words.html("answer.nearest")}</h4><ul class="nearest">{topics}</ul>' if topics else ""
    tell = (
        f'<p class="tell"><button type="button" class="tell-editors">{words.html("gap.tell")}</button>'
        f'<span class="told" role="status"></span></p>'
        if answer.receipt
        else ""
    )
    return (
        f'<div class="box abstained"><h3>{icon("nothing")}{words.html("answer.abstained")}</h3>'
        f'<p lang="{answer.language.value}">{escape(answer.reason or "")}</p>'
        f"<h4>{words.html('answer.looked_for')}</h4><p>{escape(_looked_for(turn, answer, words))}</p>{nearest}{tell}</div>"
    )


def _looked_for(turn: Turn, answer: Answer, words: Words) -> str:
    filters = turn.filters or Filters()
    facts = [
        f"“{answer.understood_as or answer.question}”",
        words(f"jurisdiction.{filters.jurisdiction.value}") if filters.jurisdiction else None,
        words(f"topic.{filters.topic.value}") if filters.topic else None,
        words(f"authority.{filters.authority.value}") if filters.authority else None,
        words("answer.in_force_on", day=words.day(answer.as_of)),
    ]
    return " · ".join(filter(None, facts))


def _nearest(topic: NearestTopic, answer: Answer, words: Words) -> str:
    link = document_link(topic.document, answer.generation, words.language, section_anchor(topic.section))
    section = f' <span class="in-section">{escape(" › ".join(topic.section))}</span>' if topic.section else ""
    return f'<a href="{escape(link)}" target="_blank" rel="noopener">{escape(topic.title)}</a>{section}'


def _copy_menu(words: Words) -> str:
    rows = "".join(
        f'<li><button type="button" data-copy="{form}">{words.html(f"copy.{form}")}</button></li>'
        for form in ("text", "markdown", "footnotes")
    )
    return (
        f'<details class="menu copy"><summary>{words.html("copy.title")}</summary><ul>{rows}</ul></details>'
        '<span class="copied" role="status"></span>'
    )


def _feedback_form(answer: Answer, words: Words) -> str:
    # Without citations none can fit badly.
    fitting = [opinion for opinion in Opinion if answer.citations or opinion is not Opinion.CITATION]
    opinions = "".join(
        f'<button type="button" aria-pressed="false" data-opinion="{opinion.value}">'
        f"{words.html(f'feedback.{opinion.value}')}</button>"
        for opinion in fitting
    )
    return (
        f'<form class="feedback"><fieldset><legend>{words.html("feedback.title")}</legend>{opinions}</fieldset>'
        f'<div class="note" hidden><label>{words.html("feedback.note")}'
        f'<textarea rows="2" maxlength="{LONGEST_NOTE}"></textarea></label>'
        f'<button type="submit" class="send">{words.html("feedback.send")}</button></div>'
        '<p class="thanks" role="status"></p></form>'
    )
