"""What a reader should know beside an answer. Each notice follows from the records, never from a guess."""

from collections.abc import Sequence
from datetime import date

from kb.generation import Generation
from kb.models.language_model import Failure
from kb.records import Authority, Citation, Document, Language, Notice, NoticeKind


def notices_for(
    citations: Sequence[Citation],
    generation: Generation,
    misplaced: frozenset[int],
    as_of: date,
    today: date,
    language: Language,
) -> list[Notice]:
    """Notices on the cited documents, in a fixed order. `misplaced` are numbers of citations from misplaced passages."""
    spanish = language is Language.ES
    documents = generation.documents
    notices: list[Notice] = []
    overdue = [c for c in citations if (due := documents[c.document].metadata.review_by) is not None and due < today]
    if overdue:
        names = "; ".join(dict.fromkeys(f"{c.title} ({documents[c.document].metadata.review_by})" for c in overdue))
        text = (
            f"La revisión de esta fuente está vencida: {names}."
            if spanish
            else f"The review of this source is overdue: {names}."
        )
        notices.append(Notice(kind=NoticeKind.REVIEW_OVERDUE, text=text, citations=_numbers(overdue)))
    superseded = [
        c for c in citations if (end := documents[c.document].metadata.effective_to) is not None and end <= today
    ]
    if superseded:
        ends = "; ".join(dict.fromkeys(_end_of(c, generation, spanish=spanish) for c in superseded))
        text = (
            f"Texto vigente al {as_of}; dejó de estarlo después: {ends}."
            if spanish
            else f"This was in force on {as_of} and no longer is: {ends}."
        )
        notices.append(Notice(kind=NoticeKind.SUPERSEDED, text=text, citations=_numbers(superseded)))
    elif as_of < today and citations:
        notices.append(_answered_for_the_past(citations, as_of, spanish=spanish))
    rest = [(c, generation.successor(c.document, as_of)) for c in citations if c not in superseded]
    replaced = [(citation, successor) for citation, successor in rest if successor is not None]
    if replaced:
        notices.append(_replaced(replaced, spanish=spanish))
    wrong_place = [c for c in citations if c.number in misplaced]
    if wrong_place:
        text = (
            "El texto citado está bajo un título que habla de otra cosa."
            if spanish
            else "The quoted text stands under a heading that speaks of something else."
        )
        notices.append(Notice(kind=NoticeKind.MISPLACED, text=text, citations=_numbers(wrong_place)))
    if citations and all(citation.authority is Authority.VENDOR for citation in citations):
        text = (
            "La respuesta se apoya solo en textos de proveedores, no en la ley ni en guías internas."
            if spanish
            else "This answer rests on vendors' texts only, not on law or internal guidance."
        )
        notices.append(Notice(kind=NoticeKind.LOWER_AUTHORITY, text=text, citations=_numbers(citations)))
    return notices


def _answered_for_the_past(citations: Sequence[Citation], as_of: date, *, spanish: bool) -> Notice:
    """That the law of a past date was asked for; of texts that don't tell since when they hold, that too."""
    undated = [citation for citation in citations if citation.effective_from is None]
    if not undated:
        text = (
            f"Respuesta con los textos vigentes al {as_of}; los citados siguen vigentes."
            if spanish
            else f"Answered with what was in force on {as_of}; the texts cited are still in force."
        )
    else:
        text = (
            f"Se preguntó por lo vigente al {as_of}. Estos textos no indican desde cuándo rigen: compruebe la fecha en la ley que citan."
            if spanish
            else f"The law of {as_of} was asked for. These texts don't state since when they hold: check the date in the law they cite."
        )
    return Notice(kind=NoticeKind.SUPERSEDED, text=text, citations=_numbers(undated or citations))


def removed_quotes_notice(count: int, language: Language) -> Notice:
    """Says how many chosen sentences were left out because they couldn't be verified in their source."""
    if language is Language.ES:
        one = count == 1
        text = (
            f"Se omitió {count} oración que no pudo verificarse."
            if one
            else f"Se omitieron {count} oraciones que no pudieron verificarse."
        )
    else:
        text = f"{count} sentence{'' if count == 1 else 's'} that could not be verified {'was' if count == 1 else 'were'} left out."
    return Notice(kind=NoticeKind.UNSUPPORTED_REMOVED, text=text)


def _replaced(replaced: Sequence[tuple[Citation, Document]], *, spanish: bool) -> Notice:
    """That another document in force, given with each, says it replaces what is cited, though that has no end."""
    names = "; ".join(
        dict.fromkeys(f"{citation.title} → {successor.metadata.title}" for citation, successor in replaced)
    )
    text = (
        f"Otro documento sustituye al texto citado; compruebe cuál aplica: {names}."
        if spanish
        else f"Another document replaces the text cited; check which one applies: {names}."
    )
    return Notice(kind=NoticeKind.SUPERSEDED, text=text, citations=_numbers([citation for citation, _ in replaced]))


def _end_of(citation: Citation, generation: Generation, *, spanish: bool) -> str:
    """When a text ended, and which one replaced it, if that is held."""
    ended = f"{citation.title} ({generation.documents[citation.document].metadata.effective_to})"
    successor = next(iter(generation.successors(citation.document)), None)
    if successor is None:
        return ended
    return f"{ended}, {'la sustituye' if spanish else 'replaced by'} {successor.metadata.title}"


_MASKED_KINDS = {
    "name": "nombre",
    "phone": "teléfono",
    "email": "correo electrónico",
    "birth date": "fecha de nacimiento",
    "identifier": "identificador",
}


def personal_data_notice(kinds: Sequence[str], language: Language) -> Notice:
    """Says what was masked in the question."""
    spanish = _MASKED_KINDS if language is Language.ES else {}
    names = ", ".join(dict.fromkeys(spanish.get(kind, kind) for kind in kinds))
    text = (
        f"La pregunta contenía datos personales ({names}); se ocultaron antes de procesarla. No incluya datos de pacientes o trabajadores."
        if language is Language.ES
        else f"The question held personal data ({names}); it was masked before anything else was done. Please leave out data of patients and workers."
    )
    return Notice(kind=NoticeKind.PERSONAL_DATA, text=text)


def removed_sentences_notice(count: int, language: Language) -> Notice:
    """Says how many sentences of a language model were left out."""
    if language is Language.ES:
        told = "1 oración redactada" if count == 1 else f"{count} oraciones redactadas"
        text = f"{told} por el modelo de lenguaje no tenía{'' if count == 1 else 'n'} apoyo en las fuentes y se omitió."
        text = text.replace("se omitió", "se omitieron") if count > 1 else text
    else:
        told = "1 sentence" if count == 1 else f"{count} sentences"
        text = f"{told} written by the language model had no support in the sources and {'was' if count == 1 else 'were'} left out."
    return Notice(kind=NoticeKind.UNSUPPORTED_REMOVED, text=text)


_NOTES: dict[Failure | None, tuple[str, str]] = {
    Failure.TIMEOUT: ("did not answer in time", "no respondió a tiempo"),
    Failure.UNREACHABLE: ("could not be reached", "no está disponible"),
    Failure.DECLINED: ("found no answer in the sources", "no encontró una respuesta en las fuentes"),
    Failure.UNUSABLE: ("gave no usable text", "no dio un texto utilizable"),
    None: ("wrote too little that the sources support", "redactó muy poco que las fuentes apoyen"),
}


def language_model_note(failure: Failure | None, language: Language) -> str:
    """Why the sources are quoted and not worded by the model; None: too few of its sentences were supported."""
    english, spanish = _NOTES[failure]
    if language is Language.ES:
        return f"El modelo de lenguaje {spanish}; en su lugar se citan las fuentes palabra por palabra."
    return f"The language model {english}; the sources are quoted word for word instead."


def _numbers(citations: Sequence[Citation]) -> tuple[int, ...]:
    return tuple(citation.number for citation in citations)
