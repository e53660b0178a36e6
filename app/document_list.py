"""The page that lists all documents under their subjects."""

from collections import defaultdict
from datetime import date
from html import escape

from fastapi import Request

from app.links import document_link
from app.site_page import site_page
from app.words import Words
from kb.records import Metadata, Topic


def list_page(documents: list[Metadata], today: date, request: Request, words: Words) -> str:
    """All documents of the live generation under their first subject, by title."""
    by_topic: dict[Topic, list[Metadata]] = defaultdict(list)
    for metadata in documents:
        by_topic[metadata.topics[0]].append(metadata)
    topics = [topic for topic in Topic if topic in by_topic]
    links = "".join(
        f'<li><a href="#{topic.value}">{words.html(f"topic.{topic.value}")}</a> '
        f'<span class="count">{len(by_topic[topic])}</span></li>'
        for topic in topics
    )
    groups = "".join(
        f'<section class="subject" id="{topic.value}"><h2>{words.html(f"topic.{topic.value}")}</h2><ul class="documents">'
        + "".join(
            _row(row, today, words) for row in sorted(by_topic[topic], key=lambda row: (row.title.casefold(), row.id))
        )
        + "</ul></section>"
        for topic in topics
    )
    main = (
        f'<div class="list"><h1>{words.html("reader.documents")}</h1>'
        f"<p>{escape(words.count('reader.documents_lead', len(documents)))}</p>"
        f'<nav aria-label="{words.html("reader.contents")}"><ul class="subjects">{links}</ul></nav>{groups}</div>'
    )
    return site_page(words("reader.documents"), main, request, words)


def _row(metadata: Metadata, today: date, words: Words) -> str:
    facts = [
        words(f"authority.{metadata.authority.value}"),
        words(f"jurisdiction.{metadata.jurisdiction.value}"),
        words(f"language.{metadata.language.value}"),
    ]
    if metadata.effective_to is not None and metadata.effective_to <= today:
        facts.append(words("reader.no_longer", day=words.day(metadata.effective_to)))
    elif metadata.effective_from is not None and metadata.effective_from > today:
        facts.append(words("reader.not_yet", day=words.day(metadata.effective_from)))
    return (
        f'<li><a href="{escape(document_link(metadata.id, None, words.language))}" lang="{metadata.language.value}">'
        f'{escape(metadata.title)}</a><p class="about">{"".join(f"<span>{escape(fact)}</span>" for fact in facts)}</p></li>'
    )
