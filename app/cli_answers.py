"""The commands that answer: `kb ask`, `kb search`, `kb replay`."""

from contextlib import closing
from pathlib import Path

import typer

from app.answer_json import answer_as_json, hit_as_json
from app.answer_text import answer_as_text, hit_as_text
from app.cli_terminal import say, show, show_json
from kb.home import Home
from kb.knowledge_base import KnowledgeBase
from kb.receipts import load_receipt
from kb.records import Filters


def run_ask(home: Path, question: str, filters: Filters, *, as_json: bool) -> None:
    """Print the answer, and say where no receipt could be kept."""
    with closing(KnowledgeBase.open(home)) as base:
        answer = base.ask(question, filters=filters)
    if as_json:
        show_json(answer_as_json(answer))
    else:
        show(answer_as_text(answer))
    if answer.receipt is None:
        say(f"kb: no receipt could be kept in {base.home.receipts}; this answer can't be replayed")


def run_search(home: Path, query: str, k: int, filters: Filters, *, as_json: bool) -> None:
    """Print the hits, best first."""
    with closing(KnowledgeBase.open(home)) as base:
        hits = base.search(query, k=k, filters=filters)
    if as_json:
        show_json([hit_as_json(base, hit) for hit in hits])
        return
    for place, hit in enumerate(hits, 1):
        show(hit_as_text(place, hit, base.document(hit.document_id).metadata))
    if not hits:
        say("nothing found")


def run_replay(home: Path, receipt_id: str, *, as_json: bool) -> None:
    """Print the answer given again and what differs from the receipt; end with 1 where anything does."""
    # The receipt's own generation is opened: the live one may have been built with another model.
    generation = load_receipt(Home(home), receipt_id).generation
    with closing(KnowledgeBase.open(home, generation=generation)) as base:
        receipt, answer, differences = base.replay(receipt_id)
    if as_json:
        show_json(
            {
                "receipt": receipt.id,
                "same": not differences,
                "differences": differences,
                "answer": answer_as_json(answer),
                "before": answer_as_json(receipt.answer),
            }
        )
    else:
        show(answer_as_text(answer))
        show(f"Replay of {receipt.id}: " + (f"differs in {', '.join(differences)}" if differences else "the same"))
    if differences:
        raise typer.Exit(1)
