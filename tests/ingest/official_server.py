"""A loopback server with small official texts that can misbehave, one answer after another as a test plans them."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fpdf import FPDF

Answer = Callable[[BaseHTTPRequestHandler], None]

ECFR = b"""<?xml version="1.0" encoding="UTF-8"?>
<DIV5 N="164" TYPE="PART"><HEAD>PART 164&#x2014;SECURITY AND PRIVACY</HEAD>
<AUTH><HED>Authority:</HED><PSPACE>42 U.S.C. 1302(a).</PSPACE></AUTH>
<DIV6 N="C" TYPE="SUBPART"><HEAD>Subpart C&#x2014;Security Standards</HEAD>
<DIV8 N="164.302" TYPE="SECTION"><HEAD>&#xA7; 164.302   Applicability.</HEAD>
<P>A covered entity must comply with the standards of this subpart.</P></DIV8>
<DIV8 N="164.308" TYPE="SECTION"><HEAD>&#xA7; 164.308   Administrative safeguards.</HEAD>
<P>(a) A covered entity must, in accordance with &#xA7; 164.306:</P>
<P>(1)(i) <I>Standard: Security management process.</I> Implement policies and procedures.</P>
<CITA TYPE="N">[68 FR 8376, Feb. 20, 2003]</CITA></DIV8></DIV6></DIV5>
"""
PAGE = """<!DOCTYPE html><html><head><title>DOF</title><script>var articulo = "Artículo 9.-";</script></head><body>
<div><p>ACUERDO por el que se dan a conocer las disposiciones de los servicios
especializados.</p><p>Artículo 1.- El presente Acuerdo es de observancia general.</p>
<p>Artículo 2.- Las personas deberán registrarse.</p></div></body></html>""".encode()


def law_pdf(articles: int = 3, amount: str = "diez") -> bytes:
    """A law of so many articles."""
    pdf = FPDF()
    pdf.set_creation_date(datetime(2026, 1, 1, tzinfo=UTC))
    pdf.set_font("helvetica", size=12)
    pdf.add_page()
    for number in range(1, articles + 1):
        pdf.multi_cell(0, 8, f"Artículo {number}.- El patrón pagará {amount} días de salario por este artículo.")
        pdf.ln(4)
    return bytes(pdf.output())


@dataclass
class OfficialServer:
    """`files` by path; `planned` answers come before the usual one, first in, first out. `requests` are kept."""

    base: str
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    planned: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    ranges: bool = True
    validators: bool = True

    def plan(self, path: str, *answers: Answer) -> None:
        """Give these answers to the next requests of a path."""
        self.planned[path].extend(answers)

    def asked(self, path: str, method: str = "GET") -> list[dict[str, str]]:
        """Headers of the requests of a path, in order."""
        return [headers for how, where, headers in self.requests if (how, where) == (method, path)]

    def usual(self, handler: BaseHTTPRequestHandler) -> None:
        """The file, whole or from a byte on, or that it hasn't changed."""
        if handler.path not in self.files:
            handler.send_error(404)
            return
        content, kind = self.files[handler.path]
        etag = f'"{hash(content) & 0xFFFFFFFF:x}"' if self.validators else None
        if etag and handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
            return
        start = 0
        if self.ranges and (wanted := handler.headers.get("Range")) and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        send(handler, content[start:], kind, etag, accept="bytes" if self.ranges else "none")


def send(
    handler: BaseHTTPRequestHandler, body: bytes, kind: str, etag: str | None = None, accept: str = "none"
) -> None:
    """Headers after a status, and the body."""
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header("Accept-Ranges", accept)
    if etag:
        handler.send_header("ETag", etag)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def other(body: bytes, kind: str) -> Answer:
    """Another file than the usual one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        send(handler, body, kind)

    return answer


def status(code: int, **headers: str) -> Answer:
    """An answer of this status without a body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def cut_off(server: OfficialServer, after: int) -> Answer:
    """Announces the whole file, and closes the connection after so many bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        content, kind = server.files[handler.path]
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(content)))
        handler.send_header("Accept-Ranges", "bytes")
        handler.send_header("ETag", f'"{hash(content) & 0xFFFFFFFF:x}"')
        handler.end_headers()
        handler.wfile.write(content[:after])
        handler.wfile.flush()
        handler.close_connection = True

    return answer


def silent(seconds: float) -> Answer:
    """Sends nothing for so long, then closes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return answer


def endless(kind: str, most: int) -> Answer:
    """Announces no length and goes on sending, up to `most` bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.end_headers()
        handler.close_connection = True
        sent = 0
        try:
            while sent < most:
                handler.wfile.write(b"x" * 65536)
                sent += 65536
        except OSError:
            pass

    return answer


@contextmanager
def official_server() -> Iterator[OfficialServer]:
    """A running server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            server.requests.append((self.command, self.path, dict(self.headers.items())))
            planned = server.planned[self.path]
            (planned.popleft() if planned else server.usual)(self)

        do_GET = do_HEAD = _answer  # noqa: N815  the library's names

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the library's name
            """Nothing on standard error."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = OfficialServer(base=f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
