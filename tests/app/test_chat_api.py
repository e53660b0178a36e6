"""What the chat page asks of the server: answers state by state, conversations, feedback and gaps."""

import json
import re
import stat
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fastapi.testclient import TestClient

from app.asking import Turn
from app.conversation_pdf import conversation_pdf, printable
from app.person import COOKIE
from app.server import create_app
from app.words import words_of
from evals.cases import read_cases
from kb.records import Language
from tests.app.conftest import Program
from tests.embedders import HashingEmbedder
from tests.small_corpus import QUESTION, UNANSWERABLE

SSN = "Our patient's SSN is 536-22-8726. How often must a REPSE registration be renewed?"


def states_of(client: TestClient, question: str, **more: object) -> list[dict[str, Any]]:
    response = client.post("/chat/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def ask(client: TestClient, question: str, **more: object) -> dict[str, Any]:
    return states_of(client, question, **more)[-1]


@pytest.fixture
def another(small_home: Path, embedder: HashingEmbedder) -> TestClient:
    """A second browser on the same home."""
    return TestClient(create_app(small_home, embedder), raise_server_exceptions=False)


def test_an_answer_comes_after_words_on_what_is_going_on(client: TestClient) -> None:
    first, last = states_of(client, QUESTION)
    assert first == {"progress": words_of(Language.EN)("ask.pending")}
    assert "every three years" in last["turn"]["given"]
    assert last["turn"]["receipt"].startswith("r")
    assert last["conversation"]["title"] == QUESTION


def test_the_words_around_an_answer_are_in_the_page_s_language(client: TestClient) -> None:
    turn = ask(client, QUESTION, lang="es")["turn"]
    assert "Cita textual" in turn["given"]
    assert "revisado el 1 de noviembre de 2026" in turn["rest"]


def test_a_card_shows_the_quote_inside_its_surrounding_sentences(client: TestClient) -> None:
    rest = ask(client, "What percentage of profits do workers receive?")["turn"]["rest"]
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", rest)
    around = re.findall(r'<span class="around">(.*?)</span>', rest)
    assert quotes[0].startswith("Workers receive 10%")
    assert around[0].startswith("However, a new company pays no profit sharing")
    assert 'class="authority internal"' in rest
    assert "Internal guidance" in rest


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"question": "   "}, "The question is empty"),
        ({"as_of": "2026-02-30"}, "The date 2026-02-30"),
        ({"topic": "cooking"}, "Something went wrong"),
    ],
)
def test_what_stands_in_the_way_is_said_with_the_way_to_ask_again(
    client: TestClient, more: dict[str, object], said: str
) -> None:
    last = ask(client, **{"question": QUESTION, **more})  # type: ignore[arg-type]
    assert said in last["turn"]["given"]
    assert 'class="again"' in last["turn"]["given"]
    assert last["conversation"] is None


@pytest.mark.parametrize(
    "body", [{}, {"question": "x" * 2001}, {"question": "a", "surprise": 1}, {"question": "a", "earlier": ["b"] * 21}]
)
def test_a_faulty_body_is_refused(client: TestClient, body: dict[str, object]) -> None:
    assert client.post("/chat/ask", json=body).status_code == 422


def test_hostile_text_is_escaped_everywhere(client: TestClient) -> None:
    question = "<img src=x onerror=alert(1)> \"'</textarea><script>x</script> [a](javascript:x) ${7*7} pastry"
    last = ask(client, question)
    assert last["turn"]["question"] == question
    assert not re.search(r"<(img|script|textarea)", last["turn"]["given"].replace('<textarea rows="2"', ""))
    title = last["conversation"]["id"]
    markdown = client.get(f"/chat/conversations/{title}/markdown").text
    assert "<script>" not in markdown.replace("\\<", "")
    assert "[a](javascript" not in markdown


def test_a_conversation_is_kept_with_masked_questions_and_receipts_only(client: TestClient, small_home: Path) -> None:
    kept = ask(client, SSN)["conversation"]
    ask(client, "And when must a provider ask for it?", conversation=kept["id"], earlier=[SSN])
    (file,) = (small_home / "conversations").glob("*/*.json")
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert "536-22-8726" not in file.read_text(encoding="utf-8")
    assert [set(turn) for turn in stored["turns"]] == [{"question", "receipt", "asked"}] * 2
    assert client.cookies[COOKIE] not in str(file)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    read = client.get(f"/chat/conversations/{kept['id']}").json()
    assert ["[SSN]" in turn["question"] for turn in read["turns"]] == [True, False]
    assert "Personal data masked" in read["turns"][0]["given"]


def test_nobody_reads_renames_deletes_or_downloads_another_s_conversation(
    client: TestClient, another: TestClient
) -> None:
    identifier = ask(client, QUESTION)["conversation"]["id"]
    place = f"/chat/conversations/{identifier}"
    answers = [
        another.get(place), another.patch(place, json={"title": "mine"}), another.delete(place),
        another.get(f"{place}/markdown"), another.get(f"{place}/pdf"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 5
    assert another.get("/chat/conversations").json() == []
    assert client.get(place).json()["title"] == QUESTION


@pytest.mark.parametrize("identifier", ["..%2F..%2Flive", "x", "0" * 32, "%00"])
def test_an_id_that_is_none_finds_nothing(client: TestClient, identifier: str) -> None:
    assert client.get(f"/chat/conversations/{identifier}").status_code == 404


def test_conversations_are_searched_renamed_and_deleted(client: TestClient) -> None:
    first = ask(client, QUESTION)["conversation"]["id"]
    ask(client, "When must profit sharing be paid?")

    def titles(words: str = "") -> list[str]:
        return [row["title"] for row in client.get("/chat/conversations", params={"words": words}).json()]

    assert titles() == ["When must profit sharing be paid?", QUESTION]
    assert titles("RÉPSE renewed") == [QUESTION]
    assert titles("nothing like it") == []
    assert client.patch(f"/chat/conversations/{first}", json={"title": "  Renewal  "}).json()["title"] == "Renewal"
    assert client.patch(f"/chat/conversations/{first}", json={"title": " "}).status_code == 400
    assert titles("renewal") == ["Renewal"]
    assert client.delete(f"/chat/conversations/{first}").status_code == 204
    assert titles() == ["When must profit sharing be paid?"]


def test_a_long_conversation_comes_in_parts_the_latest_first(client: TestClient) -> None:
    kept = None
    for number in range(23):
        kept = ask(client, f"{QUESTION} ({number})", conversation=kept)["conversation"]["id"]
    latest = client.get(f"/chat/conversations/{kept}").json()
    assert (len(latest["turns"]), latest["before"]) == (20, 3)
    first = client.get(f"/chat/conversations/{kept}", params={"before": 3}).json()
    assert [turn["question"][-3:] for turn in first["turns"]] == ["(0)", "(1)", "(2)"]
    assert first["before"] == 0


def test_an_answer_whose_receipt_is_gone_is_said_to_be_gone(client: TestClient, small_home: Path) -> None:
    kept = ask(client, QUESTION)["conversation"]["id"]
    for receipt in (small_home / "receipts").iterdir():
        receipt.unlink()
    (turn,) = client.get(f"/chat/conversations/{kept}").json()["turns"]
    assert "no longer kept" in turn["given"]
    assert "no longer kept" in client.get(f"/chat/conversations/{kept}/markdown").text
    assert client.get(f"/chat/conversations/{kept}/pdf").content.startswith(b"%PDF")


def test_a_damaged_conversation_does_not_hide_the_others(client: TestClient, small_home: Path) -> None:
    ask(client, QUESTION)
    (file,) = (small_home / "conversations").glob("*/*.json")
    file.with_name("0" * 32 + ".json").write_text("{half", encoding="utf-8")
    assert len(client.get("/chat/conversations").json()) == 1


def test_a_home_that_can_t_keep_a_conversation_still_answers(client: TestClient, small_home: Path) -> None:
    (small_home / "conversations").write_text("in the way", encoding="utf-8")
    last = ask(client, QUESTION)
    assert "every three years" in last["turn"]["given"]
    assert last["conversation"] is None


def test_an_answer_can_be_copied_with_its_citations(client: TestClient) -> None:
    copies = ask(client, "When must profit sharing be paid?")["turn"]["copies"]
    assert copies["footnotes"].splitlines()[0] == "1. LFT art. 122; Profit sharing (PTU), reviewed 1 Nov 2026."
    assert copies["text"].startswith(
        "A company must pay profit sharing (PTU) to its workers by 30 May of each year (LFT art. 122). [1]"
    )
    assert "[^1]: LFT art. 122; Profit sharing (PTU), reviewed 1 Nov 2026." in copies["markdown"]
    assert "(http://testserver/documents/ptu-share?generation=" in copies["markdown"]


def test_a_conversation_is_downloaded_as_markdown_and_pdf(client: TestClient) -> None:
    kept = ask(client, QUESTION)["conversation"]["id"]
    ask(client, UNANSWERABLE, conversation=kept)
    markdown = client.get(f"/chat/conversations/{kept}/markdown", params={"lang": "es"})
    assert 'filename="how-often-must-a-repse-registration-be-renewed.md"' in markdown.headers["content-disposition"]
    assert "[^1-1]: LFT art. 15; Renewing a REPSE registration, revisado el 1 nov 2026\\." in markdown.text.replace(
        "2026.", "2026\\."
    )
    assert "No está en la base de conocimiento" in markdown.text
    pdf = client.get(f"/chat/conversations/{kept}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert text_of_pdf(pdf.content).count("every three years") == 1


def text_of_pdf(content: bytes) -> str:
    with closing(pypdfium2.PdfDocument(content)) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(" ".join(pages).split())


def test_no_sign_vanishes_from_a_pdf(client: TestClient) -> None:
    assert printable("ñ á ¿ “x” § 5 – 10 % € → ≥ 漢 \u202e\x07") == (
        "ñ á ¿ “x” § 5 – 10 % € -> >= [U+6F22] [U+202E][U+0007]"
    )
    content = conversation_pdf(
        "漢", [Turn(question="<b>¿Qué?</b> " + "x" * 400)], words_of(Language.ES), date(2026, 11, 24)
    )
    assert "¿Qué?" in text_of_pdf(content)
    assert "[U+6F22]" in text_of_pdf(content)


def test_next_questions_are_ones_that_are_answered_and_were_not_asked(client: TestClient) -> None:
    receipt = ask(client, "What percentage of profits do workers receive?")["turn"]["receipt"]
    suggested = client.post("/chat/next", json={"receipt": receipt}).json()
    assert suggested == ["When must profit sharing be paid?"]
    assert client.post("/api/ask", json={"question": suggested[0]}).json()["status"] == "answered"


def test_suggestions_leave_no_receipts(client: TestClient, small_home: Path) -> None:
    receipt = ask(client, "What percentage of profits do workers receive?")["turn"]["receipt"]
    before = len(list((small_home / "receipts").iterdir()))
    client.post("/chat/next", json={"receipt": receipt})
    assert len(list((small_home / "receipts").iterdir())) == before


def test_feedback_reaches_the_evaluators_as_a_draft_case_that_no_run_takes(
    client: TestClient, small_home: Path, kb: Program, tmp_path: Path
) -> None:
    receipt = ask(client, SSN)["turn"]["receipt"]
    told = client.post(
        "/chat/feedback", json={"receipt": receipt, "opinion": "wrong", "note": "Ask ana@example.com", "lang": "es"}
    )
    assert told.json()["said"].startswith("Gracias.")
    stored = (small_home / "records" / "feedback.jsonl").read_text(encoding="utf-8")
    assert "536-22-8726" not in stored
    assert "ana@example.com" not in stored
    listed = kb("feedback", "--home", small_home)
    assert "wrong" in listed.out
    assert receipt in listed.out
    file = tmp_path / "drafts.jsonl"
    assert kb("feedback", "--home", small_home, "--cases", file).code == 0
    (draft,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (draft["expect"], draft["feedback"]["opinion"], draft["feedback"]["receipt"]) == (None, "wrong", receipt)
    refused = kb("eval", "run", file, "--home", small_home)
    assert refused.code == 2
    assert "expect" in refused.err
    assert "this case is a draft" in refused.err
    completed = {**draft, "expect": "answer", "facts": [["three years"]]}
    file.write_text(json.dumps(completed), encoding="utf-8")
    assert read_cases(file)[0].expect == "answer"


@pytest.mark.parametrize("path", ["/chat/feedback", "/chat/gaps", "/chat/next"])
@pytest.mark.parametrize("receipt", ["r20260101T000000-000000000000", "../live"])
def test_a_receipt_that_is_none_is_not_found(client: TestClient, path: str, receipt: str) -> None:
    body = {"receipt": receipt, **({"opinion": "right"} if path.endswith("feedback") else {})}
    assert client.post(path, json=body).status_code == 404


def test_a_gap_reaches_the_editors_masked_and_once(client: TestClient, small_home: Path, kb: Program) -> None:
    receipt = ask(client, f"My email is ana@example.com. {UNANSWERABLE}")["turn"]["receipt"]
    for _ in range(2):
        assert client.post("/chat/gaps", json={"receipt": receipt}).json()["said"] == "The editors have been told."
    again = ask(client, f"My email is ana@example.com. {UNANSWERABLE}")["turn"]["receipt"]
    client.post("/chat/gaps", json={"receipt": again})
    (gap,) = json.loads(kb("gaps", "--home", small_home, "--json").out)
    assert "ana@example.com" not in json.dumps(gap)
    assert UNANSWERABLE in gap["question"]
    assert gap["times"] == 2
    assert UNANSWERABLE in kb("gaps", "--home", small_home).out


def test_lists_of_nothing_are_empty(kb: Program, small_home: Path) -> None:
    for command in ("gaps", "feedback"):
        assert json.loads(kb(command, "--home", small_home, "--json").out) == []
        assert kb(command, "--home", small_home).code == 0


@pytest.mark.parametrize("content", [None, "cases of before\n"])
def test_without_feedback_a_file_of_cases_is_left_alone(kb: Program, small_home: Path, content: str | None) -> None:
    file = Path("cases.jsonl")
    if content:
        file.write_text(content, encoding="utf-8")
    outcome = kb("feedback", "--home", small_home, "--cases", file)
    assert outcome.code == 0
    assert "nobody has given feedback" in outcome.err
    assert (file.read_text(encoding="utf-8") if file.exists() else None) == content


def test_a_damaged_line_is_named(kb: Program, small_home: Path) -> None:
    (small_home / "records").mkdir()
    (small_home / "records" / "gaps.jsonl").write_text("{}\n", encoding="utf-8")
    outcome = kb("gaps", "--home", small_home)
    assert outcome.code == 1
    assert "gaps.jsonl:1:" in outcome.err


def test_a_line_cut_off_does_not_swallow_the_next(client: TestClient, small_home: Path) -> None:
    receipt = ask(client, UNANSWERABLE)["turn"]["receipt"]
    (small_home / "records").mkdir()
    journal = small_home / "records" / "feedback.jsonl"
    journal.write_text('{"half', encoding="utf-8")
    client.post("/chat/feedback", json={"receipt": receipt, "opinion": "right"})
    assert json.loads(journal.read_text(encoding="utf-8").split("\n")[1])["receipt"] == receipt


@pytest.mark.parametrize("path", ["feedback", "gaps"])
def test_what_can_t_be_written_down_is_said(client: TestClient, small_home: Path, path: str) -> None:
    receipt = ask(client, UNANSWERABLE)["turn"]["receipt"]
    (small_home / "records").write_text("in the way", encoding="utf-8")
    body = {"receipt": receipt, **({"opinion": "right"} if path == "feedback" else {})}
    response = client.post(f"/chat/{path}", json=body)
    assert response.status_code == 503
    assert "can't write it down" in response.json()["error"]


@pytest.mark.parametrize(
    ("path", "accepted", "cookie", "language"),
    [
        ("/", "es-MX,es;q=0.9,en;q=0.5", None, "es"),
        ("/", "en-US", None, "en"),
        ("/", "fr", None, "en"),
        ("/", "en-US", "es", "es"),
        ("/?lang=en", "es", "es", "en"),
        ("/", "es", "xx", "es"),
    ],
)
def test_the_page_comes_in_the_right_language_at_once(
    client: TestClient, path: str, accepted: str, cookie: str | None, language: str
) -> None:
    headers = {"Accept-Language": accepted, **({"Cookie": f"kb-language={cookie}"} if cookie else {})}
    page = client.get(path, headers=headers)
    assert page.headers["content-language"] == language
    assert re.search(r'<html\s+lang="(..)"', page.text)[1] == language  # type: ignore[index]
    said = {"en": "Your question", "es": "Su pregunta"}
    assert said[language] in page.text
    assert said["es" if language == "en" else "en"] not in page.text


def test_each_browser_gets_an_id_that_no_script_reads_and_keeps_it(client: TestClient, another: TestClient) -> None:
    given = client.get("/").headers["set-cookie"]
    assert re.match(rf"{COOKIE}=[\w-]{{43}}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$", given)
    assert "set-cookie" not in client.get("/").headers
    assert another.get("/").headers["set-cookie"] != given
    assert "set-cookie" not in client.get("/documents").headers
    assert "set-cookie" in client.get("/", headers={"Cookie": f"{COOKIE}=guess"}).headers
