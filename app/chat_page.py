"""The chat page: questions, answers with numbered sources, and the reader beside them. The only file that uses gradio."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before the import: nothing is sent anywhere

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from importlib.resources import files
from traceback import format_tb
from typing import Any

import gradio as gr
from fastapi import FastAPI

from app.answer_html import Turn, conversation_html
from app.links import STATIC
from app.live import LiveKnowledgeBase
from app.words import Words, choose_language, words_of
from kb.errors import KnowledgeBaseError
from kb.knowledge_base import LONGEST_QUESTION
from kb.personal_data import mask
from kb.records import Authority, Filters, Jurisdiction, Language, Topic

AT_ONCE = 20  # questions answered at the same time; further ones wait in the queue
_MOST_TURNS = 40  # of one conversation; earlier ones are forgotten, so that a page left open costs little
_LOG = logging.getLogger(__name__)
_HEAD = (
    f'<link rel="stylesheet" href="{STATIC}/shared.css"><link rel="stylesheet" href="{STATIC}/chat.css">'
    f'<script src="{STATIC}/chat.js" defer></script>'
)
_FONTS = ["Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]  # plain names: nothing is loaded
_MONO = ["Consolas", "Menlo", "monospace"]
_SAMPLE_CLICK = """element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-question]');
  if (button) trigger('click', {question: button.dataset.question});
});"""
_Update = Any  # gradio's updates have no type of their own


def mount_chat_page(app: FastAPI, live: LiveKnowledgeBase) -> None:
    """Put the page at / of the application, after every other route."""

    async def mount() -> None:
        _mount(app, build_page(live))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(mount())  # outside of a loop the framework makes new ones for its locks, and never closes them
    else:
        _mount(app, build_page(live))


def _mount(app: FastAPI, page: gr.Blocks) -> None:
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=0,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        favicon_path=str(files("app") / "static" / "favicon.svg"),
        theme=gr.themes.Base(font=_FONTS, font_mono=_MONO),
        head=_HEAD,
    )


def build_page(live: LiveKnowledgeBase) -> gr.Blocks:
    """The page with its events."""
    words = words_of(Language.EN)
    with gr.Blocks(title=words("site.title"), analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        with gr.Row(elem_id="kb-head"):
            top = _html(_top(words), "kb-top")
            language = gr.Radio(
                _languages(), value=Language.EN.value, elem_id="kb-language", **_labels(words, "language")
            )
        conversation = _html(conversation_html([], words), "kb-conversation")
        with gr.Column(elem_id="kb-composer"):
            question = gr.Textbox(
                lines=1,
                max_lines=8,
                max_length=LONGEST_QUESTION,
                autofocus=True,
                elem_id="kb-question",
                **_labels(words, "question"),
            )
            with gr.Row(elem_id="kb-actions"):
                hint = _html(_hint(words), "kb-hint")
                new = gr.Button(elem_id="kb-new", variant="secondary", **_labels(words, "new"))
                ask = gr.Button(elem_id="kb-ask", variant="primary", **_labels(words, "ask"))
            with gr.Accordion(open=False, elem_id="kb-filters", **_labels(words, "filters")) as folded, gr.Row():
                country = gr.Dropdown(value="", filterable=False, elem_id="kb-country", **_labels(words, "country"))
                topic = gr.Dropdown(value="", filterable=False, elem_id="kb-topic", **_labels(words, "topic"))
                authority = gr.Dropdown(
                    value="", filterable=False, elem_id="kb-authority", **_labels(words, "authority")
                )
                as_of = gr.Textbox(lines=1, max_lines=1, elem_id="kb-as-of", **_labels(words, "as_of"))
        samples = _html(_samples(words), "kb-samples", on_load=_SAMPLE_CLICK)
        footer = _html(_footer(words), "kb-footer")
        reader = _html(_reader_panel(words), "kb-reader")

        labelled = {
            "language": language, "question": question, "new": new, "ask": ask, "filters": folded, "country": country,
            "topic": topic, "authority": authority, "as_of": as_of,
        }  # fmt: skip
        texts = {_top: top, _hint: hint, _samples: samples, _footer: footer, _reader_panel: reader}

        def speak(chosen: str, held: list[Turn]) -> list[_Update]:
            """Everything on the page in another language."""
            spoken = words_of(Language(chosen))
            return [
                *(gr.update(**_labels(spoken, name)) for name in labelled),
                *(write(spoken) for write in texts),
                # Not while a question is under way: this could arrive after the answer, and would wipe it out.
                conversation_html(held, spoken) if held and not held[-1].pending else gr.skip(),
            ]

        def begin(request: gr.Request) -> _Update:
            asked = request.query_params.get("lang")
            spoken = choose_language(asked, request.headers.get("accept-language"))
            # The page comes in English; saying so again could undo a switch made meanwhile.
            return gr.skip() if spoken is Language.EN else spoken.value

        def answer(asked: str, *chosen_and_held: Any) -> Iterator[tuple[_Update, list[Turn], _Update]]:
            chosen, (spoken, held) = chosen_and_held[:4], chosen_and_held[4:]
            for step in converse(live, asked, chosen, words_of(Language(spoken)), held):
                # The box is emptied at once, and not touched again: the next question may be half written already.
                emptied = "" if step[-1].pending else gr.skip()
                yield conversation_html(step, words_of(Language(spoken))), step, emptied

        def answer_sample(event: gr.EventData, *chosen_and_held: Any) -> Iterator[tuple[_Update, list[Turn], _Update]]:
            yield from answer(str(event.question), *chosen_and_held)

        spoken_outputs = [*labelled.values(), *texts.values(), conversation]
        context = [country, topic, authority, as_of, language, turns]
        results = [conversation, turns, question]
        asking = {
            "show_progress": "hidden",
            "api_visibility": "private",
            "concurrency_limit": AT_ONCE,
            "concurrency_id": "ask",
        }
        quick = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
        page.load(begin, None, language, **quick)
        language.change(speak, [language, turns], spoken_outputs, **quick)
        gr.on([question.submit, ask.click], answer, [question, *context], results, **asking)
        samples.click(answer_sample, context, results, **asking)
        new.click(
            lambda chosen: (conversation_html([], words_of(Language(chosen))), [], ""), language, results, **quick
        )
    page.queue(default_concurrency_limit=AT_ONCE, api_open=False, max_size=10 * AT_ONCE)
    return page


def converse(
    live: LiveKnowledgeBase, asked: str, chosen: Sequence[str], words: Words, held: Sequence[Turn]
) -> Iterator[list[Turn]]:
    """The conversation with the question pending, then with its answer or what stood in the way.

    `chosen` are the filters as the page gives them: country, subject, authority, day; empty ones are not set.
    """
    before = list(held)[-_MOST_TURNS + 1 :]
    question = mask(asked[:LONGEST_QUESTION]).text.strip()  # what is shown is what is kept
    yield [*before, Turn(question=question)]
    yield [*before, _answered(live, asked, question, chosen, words, before)]


def _answered(
    live: LiveKnowledgeBase, asked: str, question: str, chosen: Sequence[str], words: Words, before: Sequence[Turn]
) -> Turn:
    if not question:
        return Turn(question="…", problem=words("ask.empty"))
    country, topic, authority, day = (str(value or "").strip() for value in chosen)
    try:
        as_of = date.fromisoformat(day) if day else None
    except ValueError:
        return Turn(question=question, problem=words("ask.bad_date", value=day))
    history = [(turn.question, turn.answer) for turn in before if turn.answer is not None]
    try:
        filters = Filters(
            as_of=as_of,
            jurisdiction=Jurisdiction(country) if country else None,
            topic=Topic(topic) if topic else None,
            authority=Authority(authority) if authority else None,
        )
        with live.reading() as base:
            answer = base.ask(asked, history=history, filters=filters)
    except KnowledgeBaseError as error:
        return Turn(question=question, problem=str(error))
    except Exception as error:  # noqa: BLE001  the page must say that something failed, whatever it was
        # Without the error's own words: they may hold the question, and with it personal data.
        _LOG.error(
            "a question could not be answered: %s\n%s", type(error).__name__, "".join(format_tb(error.__traceback__))
        )
        return Turn(question=question, problem=words("ask.try_again"))
    return Turn(question=question, answer=answer)


def _html(content: str, name: str, on_load: str | None = None) -> gr.HTML:
    """Our own markup under an id, without the framework's typography."""
    return gr.HTML(content, elem_id=name, js_on_load=on_load, apply_default_css=False)


def _languages() -> list[tuple[str, str]]:
    return [(words_of(language)(f"language.{language.value}").capitalize(), language.value) for language in Language]


def _labels(words: Words, name: str) -> dict[str, Any]:
    """What a component shows in a language."""
    choices = {"country": "jurisdiction", "topic": "topic", "authority": "authority"}
    if name == "language":
        return {"label": words("site.language")}
    if name == "question":
        return {"label": words("ask.label"), "placeholder": words("ask.placeholder")}
    if name in ("ask", "new"):
        return {"value": words("ask.button" if name == "ask" else "ask.new")}
    if name == "filters":
        return {"label": words("filters.title")}
    if name == "as_of":
        return {"label": words("filters.as_of"), "info": words("filters.as_of_info")}
    options = [(text, key) for key, text in words.group(choices[name]).items()]
    return {"label": words(f"filters.{name}"), "choices": [(words("filters.any"), ""), *options]}


def _top(words: Words) -> str:
    language = words.language.value
    return (
        f'<header data-language="{language}" data-title="{words.html("site.title")}"><div><h1>{words.html("site.title")}</h1>'
        f"<p>{words.html('site.lead')}</p></div>"
        f'<nav><a href="/documents?lang={language}" target="_blank">{words.html("site.documents")}</a></nav></header>'
    )


def _hint(words: Words) -> str:
    return f"<p>{words.html('ask.hint')}</p>"


def _samples(words: Words) -> str:
    groups = []
    for name in ("hipaa", "ptu", "repse", "vendor"):
        texts = words.group(f"samples.{name}")
        buttons = "".join(
            f'<li><button type="button" data-question="{escape(texts[key])}">{escape(texts[key])}</button></li>'
            for key in ("first", "second")
        )
        groups.append(f"<section><h3>{escape(texts['title'])}</h3><ul>{buttons}</ul></section>")
    return f'<h2>{words.html("samples.title")}</h2><div class="groups">{"".join(groups)}</div>'


def _footer(words: Words) -> str:
    return f"<footer><p>{words.html('site.disclaimer')}</p></footer>"


def _reader_panel(words: Words) -> str:
    title = words.html("reader.panel")
    return (
        f'<aside class="panel" aria-label="{title}" hidden><div class="panel-bar"><h2>{title}</h2>'
        f'<a class="own-tab" href="/documents" target="_blank" rel="noopener">{words.html("reader.own_tab")}</a>'
        f'<button type="button" class="close">{words.html("reader.close")}</button></div>'
        f'<iframe title="{title}"></iframe></aside>'
    )
