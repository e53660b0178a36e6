"""Questions and answers as HTML. Everything that is not our own markup is escaped: questions and documents are hostile."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.document_html import section_anchor, text_html
from app.links import document_link, icon, quote_link
from app.words import Words
from kb.records import Answer, Citation, NearestTopic, Notice, Statement, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A question with its answer, with the problem that stood in the way, or with neither while it is being answered."""

    question: str  # personal data masked
    answer: Answer | None = None
    problem: str | None = None

    @property
    def pending(self) -> bool:
        """Whether it is still being answered."""
        return self.answer is None and self.problem is None


def conversation_html(turns: Sequence[Turn], words: Words) -> str:
    """All turns, oldest first."""
    parts = [_turn(number, turn, words) for number, turn in enumerate(turns, 1)]
    return f'<div class="turns">{"".join(parts)}</div>'


def _turn(number: int, turn: Turn, words: Words) -> str:
    # The live region stands there before the answer does; only what is put into it is read out, not the cards.
    return (
        f'<article class="turn" aria-label="{words.html("answer.you")}: {escape(turn.question)}">'
        f'<h2 class="asked"><span class="visually-hidden">{words.html("answer.you")}: </span>{escape(turn.question)}</h2>'
        f'<div class="given" aria-live="polite">{_given(turn, words)}</div>'
        f'<div class="rest">{_rest(number, turn, words)}</div></article>'
    )


def _given(turn: Turn, words: Words) -> str:
    if turn.problem is not None:
        return (
            f'<div class="box problem" role="alert"><h3>{icon("notice")}{words.html("ask.failed")}</h3>'
            f"<p>{escape(turn.problem)}</p></div>"
        )
    answer = turn.answer
    if answer is None:
        return f'<p class="pending"><span class="dots" aria-hidden="true"></span>{words.html("ask.pending")}</p>'
    understood = (
        f'<p class="understood">{words.html("answer.understood", text=answer.understood_as)}</p>'
        if answer.understood_as
        else ""
    )
    body = _statements(answer, words) if answer.status is Status.ANSWERED else _abstention(answer, words)
    return understood + body + "".join(_notice(notice, answer, words) for notice in answer.notices)


def _statements(answer: Answer, words: Words) -> str:
    parts = "".join(_statement(statement, answer, words) for statement in answer.statements)
    return (
        f'<h3 class="visually-hidden">{words.html("answer.answer")}</h3>'
        f'<div class="statements" lang="{answer.language.value}">{parts}</div>'
    )


def _statement(statement: Statement, answer: Answer, words: Words) -> str:
    cited = [citation for citation in answer.citations if citation.number in statement.citations]
    markers = "".join(_marker(citation, answer, words) for citation in cited)
    language = f' lang="{cited[0].language.value}"' if cited and cited[0].language is not answer.language else ""
    quotes = " ".join(citation.quote for citation in cited)
    if len(cited) > 1 and statement.text == quotes:  # a lead-in and items, each with a citation of its own
        first, *items = [text_html(citation.quote, _marker(citation, answer, words)) for citation in cited]
        listed = "".join(f"<li>{item}</li>" for item in items)
        return f'<div class="statement"{language}>{first}<ul class="bullets">{listed}</ul></div>'
    return f'<div class="statement"{language}>{text_html(statement.text, markers)}</div>'


def _marker(citation: Citation, answer: Answer, words: Words) -> str:
    name = words.html("answer.source_of", number=citation.number, title=_place(citation))
    return (
        f'<a class="marker" href="{escape(quote_link(citation, answer.generation, words.language))}" target="_blank" '
        f'rel="noopener" aria-label="{name}" title="{escape(_place(citation))}">[{citation.number}]</a>'
    )


def _place(citation: Citation) -> str:
    return ", ".join(filter(None, (citation.title, citation.pinpoint)))


def _notice(notice: Notice, answer: Answer, words: Words) -> str:
    cited = [citation for citation in answer.citations if citation.number in notice.citations]
    markers = "".join(_marker(citation, answer, words) for citation in cited)
    concerns = f' <span class="concerns">{words.html("answer.concerns")} {markers}</span>' if markers else ""
    return (
        f'<div class="box notice notice-{notice.kind.value}"><h3>{icon("notice")}'
        f"{words.html(f'notice.{notice.kind.value}')}</h3>"
        f'<p lang="{answer.language.value}">{escape(notice.text)}{concerns}</p></div>'
    )


def _abstention(answer: Answer, words: Words) -> str:
    topics = "".join(f"<li>{_nearest(topic, answer, words)}</li>" for topic in answer.nearest)
    nearest = f'<h4>{words.html("answer.nearest")}</h4><ul class="nearest">{topics}</ul>' if topics else ""
    return (
        f'<div class="box abstained"><h3>{icon("nothing")}{words.html("answer.abstained")}</h3>'
        f'<p lang="{answer.language.value}">{escape(answer.reason or "")}</p>{nearest}</div>'
    )


def _nearest(topic: NearestTopic, answer: Answer, words: Words) -> str:
    link = document_link(topic.document, answer.generation, words.language, section_anchor(topic.section))
    section = f' <span class="in-section">{escape(" › ".join(topic.section))}</span>' if topic.section else ""
    return f'<a href="{escape(link)}" target="_blank" rel="noopener">{escape(topic.title)}</a>{section}'


def _rest(number: int, turn: Turn, words: Words) -> str:
    answer = turn.answer
    if answer is None:
        return ""
    cards = "".join(_card(number, citation, answer, words) for citation in answer.citations)
    sources = f'<h3 class="sources">{words.html("answer.sources")}</h3><ol class="cards">{cards}</ol>' if cards else ""
    facts = [
        words("answer.as_of", day=words.day(answer.as_of)),
        words("answer.generation", generation=answer.generation),
    ]
    if answer.receipt:
        facts.append(words("answer.receipt", receipt=answer.receipt))
    return sources + f'<p class="facts">{"".join(f"<span>{escape(fact)}</span>" for fact in facts)}</p>'


def _card(turn: int, citation: Citation, answer: Answer, words: Words) -> str:
    link = escape(quote_link(citation, answer.generation, words.language))
    pinpoint = f'<span class="pinpoint">{escape(citation.pinpoint)}</span>' if citation.pinpoint else ""
    return (
        f'<li class="card" id="turn-{turn}-source-{citation.number}"><h4><span class="number">[{citation.number}]</span> '
        f'<a href="{link}" target="_blank" rel="noopener" title="{words.html("answer.open")}" '
        f'lang="{citation.language.value}">{escape(citation.title)}</a></h4>'
        f'<p class="about"><span class="authority {citation.authority.value}">{icon(citation.authority.value)}'
        f"{words.html(f'authority.{citation.authority.value}')}</span>{pinpoint}"
        f"{''.join(f'<span>{escape(fact)}</span>' for fact in _card_facts(citation, words))}</p>"
        f'<blockquote lang="{citation.language.value}" cite="{link}">{escape(citation.quote)}</blockquote></li>'
    )


def _card_facts(citation: Citation, words: Words) -> list[str]:
    facts = [words(f"jurisdiction.{citation.jurisdiction.value}"), words(f"language.{citation.language.value}")]
    if citation.effective_from:
        facts.append(words("answer.in_force_since", day=words.day(citation.effective_from)))
    if citation.reviewed:
        facts.append(words("answer.reviewed", day=words.day(citation.reviewed)))
    if citation.page is not None:
        facts.append(words("answer.page", page=citation.page))
    return facts
