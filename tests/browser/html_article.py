"""A web page on invented rules, for tests that quote from HTML."""

from pathlib import Path

SIDECAR = """id: html-article
title: Visits to a call center
authority: internal
jurisdiction: MX
topics: [vendor-selection]
language: en
reviewed: 2026-11-01
"""
PAGE = """<!doctype html><html lang="en"><head><title>Visits to a call center</title></head><body>
<nav><a href="/">Home</a> <a href="/contact">Contact</a></nav>
<main><h1>Visits to a call center</h1>
<h2>How often must a client visit the call center of its vendor?</h2>
<p>A client must visit the call center of its vendor <b>twice</b> a year &amp; announce each visit ten days before.
The first visit takes place within ninety days of the signature.</p>
<h2>What must a visitor check in a call center?</h2>
<p>A visitor must check these points in a call center:</p>
<ul><li>the locks of the production floor;</li><li>the screens of agents &lt; three metres from a window;</li>
<li>the paper bins of each row.</li></ul>
<h2>Who signs the report of a visit to a call center?</h2>
<p>The report of a visit to a call center is signed by the visitor and by the site manager on the same day.</p>
</main><footer>All rights reserved</footer></body></html>
"""


def write_html_article(folder: Path) -> None:
    """The page and what its front matter would be."""
    (folder / "visits.html").write_text(PAGE, encoding="utf-8")
    (folder / "visits.html.yaml").write_text(SIDECAR, encoding="utf-8")
