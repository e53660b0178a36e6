"""The chat page's own markup in one language: head, conversation, question box, history, reader panel."""

import json
from html import escape

from app.conversations import LONGEST_TITLE
from app.links import icon
from app.words import Words, words_of
from kb.knowledge_base import LONGEST_QUESTION
from kb.records import Language

_SAMPLE_SUBJECTS = ("hipaa", "ptu", "repse", "vendor")


def chat_html(words: Words) -> str:
    """Everything on the page; the framework puts it into its `main`. What the script says later stands in `data-words`."""
    said = json.dumps(words.group("page"), ensure_ascii=False)
    return (
        f'<div class="kb-page" data-language="{words.language.value}" data-words="{escape(said)}">'
        f'<a class="skip" href="#kb-question">{words.html("site.skip_to_question")}</a>'
        f"{_head(words)}{_conversation(words)}{_composer(words)}{_samples(words)}"
        f'<footer id="kb-footer"><p>{words.html("site.disclaimer")}</p></footer>'
        f"{_history(words)}{_reader_panel(words)}</div>"
    )


def _head(words: Words) -> str:
    language = words.language.value
    switch = "".join(_language_link(choice, words) for choice in Language)
    return (
        f'<header id="kb-head"><div class="title"><h1>{words.html("site.title")}</h1><p>{words.html("site.lead")}</p></div>'
        f'<nav id="kb-nav" aria-label="{words.html("site.navigation")}">'
        f'<button type="button" class="quiet" id="kb-new">{words.html("ask.new")}</button>'
        f'<button type="button" class="quiet" id="kb-open-history" aria-haspopup="dialog">{words.html("history.title")}</button>'
        f'<details class="menu" id="kb-download"><summary>{words.html("export.title")}</summary><ul>'
        f'<li><a data-file="markdown" href="#" download>{words.html("export.markdown")}</a></li>'
        f'<li><a data-file="pdf" href="#" download>{words.html("export.pdf")}</a></li></ul></details>'
        f'<a href="/documents?lang={language}" target="_blank">{words.html("site.documents")}</a>'
        f'<span class="languages" role="group" aria-label="{words.html("site.language")}">{switch}</span></nav></header>'
    )


def _language_link(choice: Language, words: Words) -> str:
    name = words_of(choice)(f"language.{choice.value}").capitalize()
    current = ' aria-current="true"' if choice is words.language else ""
    return (
        f'<a href="/?lang={choice.value}" lang="{choice.value}" hreflang="{choice.value}"{current}>{escape(name)}</a>'
    )


def _conversation(words: Words) -> str:
    return (
        f'<section id="kb-conversation" aria-label="{words.html("page.conversation")}">'
        f'<button type="button" class="quiet" id="kb-earlier" hidden>{words.html("history.earlier")}</button>'
        '<div class="turns"></div></section>'
    )


def _composer(words: Words) -> str:
    return (
        f'<form id="kb-composer" novalidate><div id="kb-trouble" role="alert"></div>'
        f'<label for="kb-question">{words.html("ask.label")}</label>'
        f'<textarea id="kb-question" rows="2" maxlength="{LONGEST_QUESTION}" autofocus autocomplete="off" '
        f'aria-describedby="kb-hint" placeholder="{words.html("ask.placeholder")}"></textarea>'
        f'<details id="kb-filters"><summary>{words.html("filters.title")}<span class="set" hidden></span></summary>'
        f'<div class="fields">{_fields(words)}</div></details>'
        f'<p id="kb-hint">{words.html("ask.hint")}</p>'
        f'<button type="button" id="kb-stop" hidden>{words.html("ask.stop")}</button>'
        f'<button type="submit" id="kb-ask">{words.html("ask.button")}</button></form>'
    )


def _fields(words: Words) -> str:
    choices = {"jurisdiction": "country", "topic": "topic", "authority": "authority"}
    selects = "".join(
        f'<label>{words.html(f"filters.{label}")}<select name="{name}"><option value="">{words.html("filters.any")}</option>'
        + "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in words.group(name).items())
        + "</select></label>"
        for name, label in choices.items()
    )
    return (
        f'{selects}<label>{words.html("filters.as_of")}<input type="date" name="as_of" aria-describedby="kb-as-of-info">'
        f'<span class="info" id="kb-as-of-info">{words.html("filters.as_of_info")}</span></label>'
        f'<button type="button" class="quiet" id="kb-clear-filters">{words.html("filters.clear")}</button>'
    )


def _samples(words: Words) -> str:
    groups = []
    for name in _SAMPLE_SUBJECTS:
        texts = words.group(f"samples.{name}")
        buttons = "".join(
            f'<li><button type="button" class="question">{escape(texts[key])}</button></li>'
            for key in ("first", "second")
        )
        groups.append(f"<section><h3>{escape(texts['title'])}</h3><ul>{buttons}</ul></section>")
    return (
        f'<section id="kb-samples" aria-labelledby="kb-samples-title"><h2 id="kb-samples-title">'
        f'{words.html("samples.title")}</h2><div class="groups">{"".join(groups)}</div></section>'
    )


def _history(words: Words) -> str:
    return (
        f'<dialog id="kb-history" aria-labelledby="kb-history-title"><div class="bar"><h2 id="kb-history-title">'
        f'{words.html("history.title")}</h2><button type="button" class="close">{words.html("history.close")}</button></div>'
        f'<label class="search">{words.html("history.search")}<input type="search" autocomplete="off"></label>'
        f'<p class="note" role="status"></p><ul class="conversations"></ul>'
        f'<p class="kept">{words.html("history.kept")}</p>'
        f'<template><li><a class="open" href="#"><span class="name"></span><span class="when"></span></a>'
        f'<form class="rename" hidden><label class="visually-hidden">{words.html("history.new_title")}</label>'
        f'<input type="text" maxlength="{LONGEST_TITLE}" aria-label="{words.html("history.new_title")}" required>'
        f'<button type="submit">{words.html("history.save")}</button></form>'
        f'<span class="row-tools"><button type="button" class="quiet do-rename">{words.html("history.rename")}</button>'
        f'<button type="button" class="quiet do-delete">{words.html("history.delete")}</button></span></li></template></dialog>'
    )


def _reader_panel(words: Words) -> str:
    title = words.html("reader.panel")
    return (
        f'<div id="kb-reader"><aside class="panel" aria-label="{title}" hidden><div class="panel-bar"><h2>{title}</h2>'
        f'<a class="own-tab" href="/documents" target="_blank" rel="noopener">{words.html("reader.own_tab")}</a>'
        f'<button type="button" class="close">{words.html("reader.close")}</button></div>'
        f'<iframe title="{title}"></iframe></aside></div>'
        f'<template id="kb-problem"><div class="box problem" role="alert"><h3>{icon("notice")}{words.html("ask.failed")}</h3>'
        f'<p></p><button type="button" class="again">{words.html("ask.again")}</button></div></template>'
    )
