"""Four short articles on invented rules, for tests that need something to ingest and ask."""

from pathlib import Path

DEFAULTS = """authority: internal
jurisdiction: MX
language: en
reviewed: 2026-11-01
"""

ARTICLES = {
    "ptu/share.md": """---
id: ptu-share
title: Profit sharing (PTU)
topics: [ptu]
---
# Profit sharing (PTU)

## What percentage of profits do workers receive?

Workers receive 10% of the taxable income of their employer as profit sharing (PTU) (LFT art. 120).
However, a new company pays no profit sharing (PTU) in its first year (LFT art. 126 fr. I).

## When must profit sharing be paid?

A company must pay profit sharing (PTU) to its workers by 30 May of each year (LFT art. 122).
""",
    "repse/renewal.md": """---
id: repse-renewal
title: Renewing a REPSE registration
topics: [repse]
---
# Renewing a REPSE registration

## How often must a REPSE registration be renewed?

A REPSE registration must be renewed every three years (LFT art. 15).
A provider must ask for the renewal of its REPSE registration three months before the registration ends.
""",
    "labor/minimum-wage-2025.md": """---
id: minimum-wage-2025
title: Minimum wage in 2025
topics: [labor]
effective_from: 2025-01-01
effective_to: 2026-01-01
---
# Minimum wage in 2025

## What is the general minimum wage?

The general minimum wage is MXN 278.80 a day in 2025 (CONASAMI resolution for 2025).
""",
    "labor/minimum-wage-2026.md": """---
id: minimum-wage-2026
title: Minimum wage in 2026
topics: [labor]
effective_from: 2026-01-01
supersedes: [minimum-wage-2025]
---
# Minimum wage in 2026

## What is the general minimum wage?

The general minimum wage is MXN 315.04 a day in 2026 (CONASAMI resolution for 2026).
""",
}

QUESTION = "How often must a REPSE registration be renewed?"
UNANSWERABLE = "Which hospital in Toronto employs the best pastry cooks?"


def write_small_corpus(folder: Path) -> Path:
    """Write the articles and their folder defaults; returns the folder."""
    for name, text in {**ARTICLES, "_defaults.yaml": DEFAULTS}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
