"""The commands on what people told: `kb gaps` for editors, `kb feedback` for evaluators. They load no model."""

import json
from pathlib import Path

from app.cli_terminal import say, show, show_json
from app.feedback import Feedback, draft_case, list_feedback
from app.gaps import GapCount, list_gaps
from kb.home import Home


def run_gaps(home: Path, *, as_json: bool) -> None:
    """List the questions sent to the editors, the most frequent first."""
    counts = list_gaps(Home(home))
    if as_json:
        show_json([_gap_as_json(count) for count in counts])
        return
    for count in counts:
        gap = count.last
        show(f"{count.times} × {gap.understood_as or gap.question}")
        show(f"    last on {gap.told:%Y-%m-%d}, law as of {gap.as_of}, receipt {gap.receipt}")
        if gap.nearest:
            show(f"    nearest: {', '.join(gap.nearest)}")
    if not counts:
        say("no question has been sent to the editors")


def run_feedback(home: Path, cases: Path | None, *, as_json: bool) -> None:
    """List opinions on answers; with a file, write them there as draft cases, if there are any. Raises OSError for the file."""
    opinions = list_feedback(Home(home))
    if cases is not None and not opinions:
        say(f"nobody has given feedback; {cases} is left as it is")
        return
    if cases is not None:
        drafts = (draft_case(opinion, number) for number, opinion in enumerate(opinions, 1))
        cases.write_text("".join(json.dumps(draft, ensure_ascii=False) + "\n" for draft in drafts), encoding="utf-8")
        say(f"{len(opinions)} draft cases are in {cases}; fill in `expect` and `facts` before `kb eval run`")
        return
    if as_json:
        show_json([draft_case(opinion, number) for number, opinion in enumerate(opinions, 1)])
        return
    for opinion in opinions:
        show(_as_text(opinion))
    if not opinions:
        say("nobody has given feedback")


def _gap_as_json(count: GapCount) -> dict[str, object]:
    gap = count.last
    return {
        "question": gap.question,
        "understood_as": gap.understood_as,
        "times": count.times,
        "last": gap.told.isoformat(timespec="seconds"),
        "language": gap.language.value,
        "as_of": gap.as_of.isoformat(),
        "reason": gap.reason,
        "nearest": list(gap.nearest),
        "generation": gap.generation,
        "receipt": gap.receipt,
    }


def _as_text(opinion: Feedback) -> str:
    note = f"\n    {opinion.note}" if opinion.note else ""
    return f"{opinion.given:%Y-%m-%d}  {opinion.opinion.value:10}  {opinion.receipt}  {opinion.question}{note}"
