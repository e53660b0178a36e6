from pathlib import Path

import pytest
from msgspec.structs import replace

from kb import KnowledgeBase
from kb.compose import CORE, WHOLE, Extent, compose
from tests.kb.asking import article, candidates_for, published, quoted_for, understood

ASKED = "Which papers does a zorbatron desk keep?"


def listing(items: int, name: str = "desk") -> str:
    lines = "\n".join(f"- the zorbatron paper number {chr(97 + i)}{chr(97 + i)}{chr(97 + i)}" for i in range(items))
    return article(
        name, f"# Zorbatron desk\n\nA zorbatron desk keeps these papers:\n\n{lines}\n", topics="vendor-selection"
    )


def said(place: Path, question: str, *articles: str) -> list[str]:
    with published(place, *articles) as base:
        return [item.text for item in quoted_for(base, question)]


def said_of_a_near_rule(place: Path, question: str, body: str) -> str:
    """What is quoted of one article with one sentence that is near the question."""
    with published(place, article("desk", body)) as base:
        candidates = [replace(candidate, meaning=0.5) for candidate in candidates_for(base, question)]
        (item,) = compose(understood(question), candidates, [])
    return item.text


def documents_quoted(base: KnowledgeBase, question: str, *, first: str) -> set[str]:
    """Those quoted where all candidates are equally good and those of one document come first."""
    candidates = [replace(c, score=1.0) for c in candidates_for(base, question)]
    candidates.sort(key=lambda candidate: candidate.document.id != first)
    return {item.candidate.document.id for item in compose(understood(question), candidates, [])}


KINDS = ("small", "large", "public", "foreign", "family", "listed", "state")


def test_nothing_comes_of_nothing() -> None:
    assert compose(understood(ASKED), [], []) == []


def test_a_list_is_quoted_whole_with_its_lead_in(tmp_path: Path) -> None:
    (text,) = said(tmp_path, ASKED, listing(5))
    assert text.startswith("A zorbatron desk keeps these papers:\n\n- the zorbatron paper number aaa\n")
    assert text.endswith("number eee")


def test_items_of_a_long_list_stand_alone_with_their_lead_in(tmp_path: Path) -> None:
    rates = "\n".join(f"- in {2010 + i} the zorbatron rate was {i}.5 points" for i in range(14))
    rates = article("rates", f"# Rates\n\nThe zorbatron rate by year:\n\n{rates}\n")
    asked = "What was the zorbatron rate in 2015?"
    with published(tmp_path, rates) as base:
        meant = [item for item in candidates_for(base, asked) if "2015" in item.text]
        (quoted,) = compose(understood(asked), meant, [])
    assert quoted.text == "The zorbatron rate by year: in 2015 the zorbatron rate was 5.5 points"


def test_a_long_list_is_quoted_whole_where_a_list_is_asked_for(tmp_path: Path) -> None:
    (text,) = said(tmp_path, ASKED, listing(12))
    assert text.count("the zorbatron paper") == 12


def test_a_sentence_that_points_back_takes_the_one_before_along(tmp_path: Path) -> None:
    body = "# Desk\n\nThe front office is painted green. It keeps the zorbatron in a safe. Visitors sign a book.\n"
    texts = said(tmp_path, "Who keeps the zorbatron in a safe?", article("desk", body))
    place = texts.index("It keeps the zorbatron in a safe.")
    assert texts[place - 1] == "The front office is painted green."


def test_an_exception_that_follows_is_taken_along(tmp_path: Path) -> None:
    body = (
        "# Desk\n\nThe zorbatron is locked every night. However, a feast day is free of that duty.\n\n"
        "## Garden\n\nRoses are cut in spring.\n"
    )
    texts = said(tmp_path, "Is the zorbatron locked every night?", article("desk", body))
    place = texts.index("The zorbatron is locked every night.")
    assert texts[place + 1] == "However, a feast day is free of that duty."


def test_a_section_that_shares_only_a_year_with_the_question_is_left_out(tmp_path: Path) -> None:
    profits = article(
        "profits", "# Profits\n\nThe fine for withheld profit sharing was 100 pesos in 2023.\n", topics="ptu"
    )
    privacy = article("privacy", "# Privacy\n\nThe range of HIPAA was 900 dollars in 2023.\n", topics="hipaa")
    with published(tmp_path, profits, privacy) as base:
        quoted = quoted_for(base, "How much was the fine for withheld profit sharing in 2023?")
    assert {item.candidate.document.id for item in quoted} == {"profits"}


def test_an_answer_on_a_years_figure_names_that_year(tmp_path: Path) -> None:
    sentences = [
        f"The fine for late registration is {n}00 pesos for {kind} firms in 2026." for n, kind in enumerate(KINDS, 1)
    ]
    now = article("fines", "# Fine for late registration\n\n" + " ".join(sentences) + "\n", topics="repse")
    then = article("former", "# Late registration\n\n- The fine was 90 pesos in 2023.\n", topics="repse")
    with published(tmp_path, now, then) as base:
        candidates = candidates_for(base, "How much was the fine for late registration in 2023?")
        dated = next(c for c in candidates if "2023" in c.text)
        # As a ranking would have it that prefers the words of the question to its year.
        candidates = [replace(c, score=0.7 if c is dated else 1.0) for c in candidates]
        candidates.sort(key=lambda candidate: -candidate.score)
        quoted = compose(understood("How much was the fine for late registration in 2023?"), candidates, [])
    assert any("2023" in item.text for item in quoted)
    assert len(quoted) <= WHOLE.statements


def test_the_years_figure_of_another_subject_is_not_taken(tmp_path: Path) -> None:
    now = article("fines", "# Fines\n\nThe fine for late registration is 300 pesos in 2026.\n", topics="repse")
    other = article("other", "# Wumpus\n\nA wumpus was worth 90 pesos in 2023.\n")
    asked = "How much was the fine for late registration in 2023?"
    with published(tmp_path, now, other) as base:
        assert len(candidates_for(base, asked)) == 2
        assert "other" not in documents_quoted(base, asked, first="fines")


def test_a_years_figure_of_the_other_countrys_law_is_no_answer(tmp_path: Path) -> None:
    ours = article("ours", "# Zorbatron fines\n\nThe HIPAA fine for a zorbatron is 900 dollars.\n", jurisdiction="US")
    theirs = article("theirs", "# Zorbatron fines\n\nThe fine for a zorbatron was 100 pesos in 2023.\n")
    asked = "How much was the HIPAA fine for a zorbatron in 2023?"
    with published(tmp_path, ours, theirs) as base:
        assert documents_quoted(base, asked, first="ours") == {"ours"}
        # What is asked of no law in particular may be answered from both.
        assert "theirs" in documents_quoted(base, asked.replace("HIPAA ", ""), first="ours")


def test_near_duplicates_are_merged(tmp_path: Path) -> None:
    one = article("one", "# Zorbatron\n\nThe zorbatron desk is locked every night.\n")
    two = article("two", "# Zorbatron\n\nEvery night the zorbatron desk is locked.\n")
    assert len(said(tmp_path, "Is the zorbatron desk locked every night?", one, two)) == 1


def test_sentences_alike_but_for_their_figures_are_both_kept(tmp_path: Path) -> None:
    one = article("one", "# Zorbatron\n\nThe zorbatron desk is locked at 8 every night.\n")
    two = article("two", "# Zorbatron\n\nThe zorbatron desk is locked at 9 every night.\n")
    assert len(said(tmp_path, "Is the zorbatron desk locked every night?", one, two)) == 2


def test_the_questions_language_is_preferred(tmp_path: Path) -> None:
    body = "# REPSE: SAT, IMSS, INFONAVIT\n\nREPSE folio: SAT, IMSS, INFONAVIT.\n"
    articles = [article(language, body, topics="repse", language=language) for language in ("en", "es")]
    with published(tmp_path, *articles) as base:
        english = quoted_for(base, "What is the REPSE folio of SAT, IMSS, INFONAVIT?")
        spanish = quoted_for(base, "¿Cuál es el folio REPSE de SAT, IMSS, INFONAVIT?")
    assert [item.candidate.document.id for item in english] == ["en"]
    assert [item.candidate.document.id for item in spanish] == ["es"]


def test_the_most_binding_source_comes_first(tmp_path: Path) -> None:
    body = "# Zorbatron\n\nThe zorbatron desk is locked at {} every night.\n"
    near = article("near", body.format(8), authority="internal")
    statute = article("statute", body.format("9 sharp"), authority="statute")
    vendor = article("vendor", body.format(7), authority="vendor")
    question = "Is the zorbatron desk locked every night?"
    with published(tmp_path, vendor, near, statute) as base:
        assert candidates_for(base, question)[0].document.id == "near"
        order = [item.candidate.document.id for item in quoted_for(base, question)]
    assert order == ["statute", "near", "vendor"]


def test_the_yes_or_no_of_a_section_that_asks_the_same_opens_an_answer(tmp_path: Path) -> None:
    question = "Is the zorbatron desk locked every night?"
    asks = article("asks", f"# {question}\n\nNo, the zorbatron desk is locked on Fridays.\n")
    tells = article(
        "tells", "# The zorbatron desk\n\nThe zorbatron desk is locked every night at 8.\n", authority="statute"
    )
    with published(tmp_path, tells, asks) as base:
        assert [item.candidate.document.id for item in quoted_for(base, question)] == ["asks", "tells"]
        told = quoted_for(base, "The zorbatron desk is locked every night at 8.")
    assert told[0].candidate.document.id == "tells"


@pytest.mark.parametrize(
    ("sentence", "meaning", "said"),
    [
        ("Yes, the zorbatron desk is locked every night.", 0.3, "Yes, the zorbatron desk is locked every night."),
        ("Yes, the zorbatron desk is locked every night.", 0.05, "the zorbatron desk is locked every night."),
        ("No: the zorbatron desk is locked at noon.", 0.05, "the zorbatron desk is locked at noon."),
        ("No, unless the zorbatron desk is locked.", 0.05, "No, unless the zorbatron desk is locked."),
    ],
)
def test_a_yes_or_no_to_something_else_is_not_quoted(tmp_path: Path, sentence: str, meaning: float, said: str) -> None:
    question = "Is the zorbatron desk locked every night?"
    with published(tmp_path, article("a", f"# Desk\n\n{sentence}\n")) as base:
        candidates = [replace(candidate, meaning=meaning) for candidate in candidates_for(base, question)]
        (item,) = compose(understood(question), candidates, [])
        (told,) = compose(understood("When is the zorbatron desk locked every night?"), candidates, [])
    assert item.text == said
    assert told.text == (said if "unless" in said else sentence.split(" ", 1)[1])


@pytest.mark.parametrize(("verdict", "first"), [("Yes, the desk is", "tells"), ("No, the desk is not", "asks")])
def test_a_yes_tells_nothing_of_two_things_to_choose_from(tmp_path: Path, verdict: str, first: str) -> None:
    question = "Is the zorbatron desk locked once or twice?"
    asks = article("asks", f"# {question}\n\n{verdict}, by the house rule on the zorbatron of 1999.\n")
    tells = article(
        "tells", "# The zorbatron desk\n\nThe zorbatron desk is locked once or twice.\n", authority="statute"
    )
    with published(tmp_path, tells, asks) as base:
        assert quoted_for(base, question)[0].candidate.document.id == first


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Is the zorbatron desk locked after 45 days?", "the zorbatron desk is locked if it stood open for 60 days."),
        (
            "Is the zorbatron desk locked after a while?",
            "Yes, the zorbatron desk is locked if it stood open for 60 days.",
        ),
    ],
)
def test_a_yes_on_a_condition_is_left_out_where_the_askers_own_figure_decides(
    tmp_path: Path, question: str, said: str
) -> None:
    rule = "Yes, the zorbatron desk is locked if it stood open for 60 days."
    assert said_of_a_near_rule(tmp_path, question, f"# Is the zorbatron desk locked?\n\n{rule}\n") == said


@pytest.mark.parametrize(
    ("question", "opens"),
    [
        ("The zorbatron desk is locked after 90 days, right?", "the zorbatron desk"),
        ("The zorbatron desk is locked within 60 days, right?", "Yes, the zorbatron desk"),
        ("The zorbatron desk is locked by the law, right?", "Yes, the zorbatron desk"),
        ("The zorbatron desk isn't locked by the law, right?", "the zorbatron desk"),
    ],
)
def test_a_yes_confirms_neither_another_figure_nor_a_denial(tmp_path: Path, question: str, opens: str) -> None:
    rule = "Yes, the zorbatron desk is locked within 60 days by the house rule."
    assert said_of_a_near_rule(tmp_path, question, f"# Is the zorbatron desk locked?\n\n{rule}\n").startswith(opens)


def test_only_the_verdict_that_asks_the_same_stands(tmp_path: Path) -> None:
    question = "Is the zorbatron desk locked every night?"
    asks = article("asks", f"# {question}\n\nNo, the zorbatron desk is locked on Fridays.\n")
    other = article("other", "# Is the desk insured?\n\nYes, the zorbatron desk has insurance against theft.\n")
    with published(tmp_path, asks, other) as base:
        candidates = [
            replace(candidate, score=1.0, subjects=3, meaning=0.5 if candidate.document.id == "asks" else 0.4)
            for candidate in candidates_for(base, question)
        ]
        texts = [item.text for item in compose(understood(question), candidates, [])]
    assert texts == [
        "No, the zorbatron desk is locked on Fridays.",
        "the zorbatron desk has insurance against theft.",
    ]


@pytest.mark.parametrize(
    ("question", "nearer_first", "opens"),
    [
        ("Is the zorbatron desk locked? Is the desk insured?", True, "Yes, the zorbatron desk"),
        ("Is the zorbatron desk locked? Is the desk insured?", False, "the zorbatron desk"),
        ("Who locks the zorbatron desk? Is it locked? Is it insured?", True, "the zorbatron desk"),
    ],
)
def test_of_two_parts_with_a_yes_or_no_the_first_alone_has_its_word(
    tmp_path: Path, question: str, *, nearer_first: bool, opens: str
) -> None:
    rule = "Yes, the zorbatron desk is locked every night by the house rule."
    with published(tmp_path, article("desk", f"# Is the zorbatron desk locked?\n\n{rule}\n")) as base:
        found = candidates_for(base, question)
        near, far = ([replace(candidate, meaning=meaning) for candidate in found] for meaning in (0.5, 0.4))
        (item,) = compose(understood(question), near, [near, far] if nearer_first else [far, near])
    assert item.text.startswith(opens)


@pytest.mark.parametrize(
    ("question", "opens"),
    [("Does Plutonia count as offshore?", "Yes, Plutonia"), ("Does Zorbatronia count as offshore?", "Plutonia counts")],
)
def test_a_yes_on_another_name_is_not_quoted(tmp_path: Path, question: str, opens: str) -> None:
    rule = "Yes, Plutonia counts as offshore by the house rule."
    assert said_of_a_near_rule(tmp_path, question, f"# What counts as offshore?\n\n{rule}\n").startswith(opens)


def test_what_only_the_whole_quotes_comes_last(tmp_path: Path) -> None:
    near = article("near", "# Zorbatron\n\nThe zorbatron desk is locked at 8 every night by the guard.\n")
    far = article("far", "# Desk\n\nThe old zorbatron sleeps at night.\n", authority="statute")
    question = "Which guard locks the zorbatron desk every night?"
    with published(tmp_path, far, near) as base:
        candidates = candidates_for(base, question)
        wide = Extent(statements=7, other_section_ratio=0.3)
        core, whole = (compose(understood(question), candidates, [], extent) for extent in (CORE, wide))
    assert [item.candidate.document.id for item in core] == ["near"]
    assert [item.candidate.document.id for item in whole] == ["near", "far"]


def test_an_answer_has_no_more_than_its_extent_allows(tmp_path: Path) -> None:
    words = ["door", "window", "safe", "drawer", "cabinet", "gate", "shutter", "vault"]
    body = "# Zorbatron\n\n" + " ".join(
        f"The zorbatron desk locks its {word} at {i}." for i, word in enumerate(words, 1)
    )
    articles = [article(f"a{i}", body.replace("at ", f"at {i}")) for i in range(1, 5)]
    assert 1 < len(said(tmp_path, "What does the zorbatron desk lock?", *articles)) <= WHOLE.statements


def test_each_part_of_a_question_is_answered(tmp_path: Path) -> None:
    share = article("share", "# Profit sharing\n\nProfit sharing is paid each May.\n", topics="ptu")
    renewal = article("renewal", "# REPSE\n\nA REPSE registration is renewed every three years.\n", topics="repse")
    parts = ("When is profit sharing paid?", "How often is a REPSE registration renewed?")
    with published(tmp_path, share, renewal) as base:
        candidates = [candidates_for(base, part) for part in parts]
        texts = [item.text for item in compose(understood(" ".join(parts)), candidates[0], candidates)]
    assert sorted(texts) == ["A REPSE registration is renewed every three years.", "Profit sharing is paid each May."]


def test_after_the_opening_statement_comes_the_best_of_the_others(tmp_path: Path) -> None:
    body = "# Zorbatron\n\nThe zorbatron is kept. The zorbatron is old. The zorbatron is red. It is never green.\n"
    question = "What is the zorbatron?"
    scores = {"The zorbatron is kept.": 1.0, "The zorbatron is old.": 0.8, "The zorbatron is red.": 0.9}
    with published(tmp_path, article("desk", body)) as base:
        candidates = [replace(c, score=scores.get(c.text, 0.7)) for c in candidates_for(base, question)]
        candidates.sort(key=lambda candidate: -candidate.score)
        texts = [item.text for item in compose(understood(question), candidates, [])]
    assert texts == ["The zorbatron is kept.", "The zorbatron is red.", "It is never green.", "The zorbatron is old."]


def test_a_list_that_is_asked_for_opens_the_answer(tmp_path: Path) -> None:
    scores = {"A zorbatron desk is kept.": 1.0}
    body = "# Desk\n\nA zorbatron desk is kept.\n\n## Papers\n\nA desk keeps:\n\n- a map\n- a seal\n- a zorbatron\n"
    with published(tmp_path, article("desk", body)) as base:
        for question, opens in ((ASKED, "A desk keeps:"), ("Is a zorbatron desk kept?", "A zorbatron desk is kept.")):
            for listed, first in ((0.9, opens), (0.75, "A zorbatron desk is kept.")):
                candidates = [replace(c, score=scores.get(c.text, listed)) for c in candidates_for(base, question)]
                candidates.sort(key=lambda candidate: -candidate.score)
                assert compose(understood(question), candidates, [])[0].text.startswith(first)


def test_a_name_to_be_treated_is_looked_for_in_both_languages(tmp_path: Path) -> None:
    ours = article("ours", "# Escritorio\n\nEl escritorio zorbatron se cierra.\n", language="es")
    theirs = article("theirs", "# Desk\n\nA zorbatron desk in Peru is open.\n")
    question = "¿El escritorio zorbatron se cierra en Perú?"
    with published(tmp_path, ours, theirs) as base:
        candidates = [replace(c, subjects=2) for c in candidates_for(base, question)]
        for score, documents in ((0.65, ["ours", "theirs"]), (0.55, ["ours"])):
            scored = [replace(c, score=1.0 if c.document.id == "ours" else score) for c in candidates]
            scored.sort(key=lambda candidate: -candidate.score)
            quoted = compose(understood(question), scored, [])
            assert [item.candidate.document.id for item in quoted] == documents


def test_after_the_opening_statement_comes_the_best_on_the_other_part(tmp_path: Path) -> None:
    share = "Profit sharing is paid each May. Profit sharing is owed by employers. Profit sharing is a share of profit."
    articles = (
        article("share", f"# Profit sharing\n\n{share}\n", topics="ptu"),
        article("renewal", "# REPSE\n\nA REPSE registration is renewed every three years.\n", topics="repse"),
    )
    parts = ("When is profit sharing paid?", "How often is a REPSE registration renewed?")
    with published(tmp_path, *articles) as base:
        candidates = [candidates_for(base, part) for part in parts]
        texts = [item.text for item in compose(understood(" ".join(parts)), candidates[0], candidates)]
    assert texts[:2] == ["Profit sharing is paid each May.", "A REPSE registration is renewed every three years."]
    assert len(texts) > 2


def test_parts_for_which_nothing_is_found_make_no_answer(tmp_path: Path) -> None:
    with published(tmp_path, article("share", "# Profit sharing\n\nProfit sharing is paid each May.\n")) as base:
        candidates = candidates_for(base, "When is profit sharing paid?")
    assert compose(understood("When is profit sharing paid? And by whom?"), candidates, [[], []]) == []


def test_the_best_sentence_of_the_first_section_opens_with_what_leans_on_it(tmp_path: Path) -> None:
    body = (
        "# Desk\n\nThe desk is green. The zorbatron is kept in the safe. It is locked at night. Visitors sign a book.\n"
    )
    question = "Where is the zorbatron kept?"
    scores = {"The desk is green.": 0.9, "The zorbatron is kept in the safe.": 1.0, "It is locked at night.": 0.9}
    with published(tmp_path, article("desk", body)) as base:
        candidates = [replace(c, score=scores.get(c.text, 0.0)) for c in candidates_for(base, question)]
        candidates.sort(key=lambda candidate: -candidate.score)
        texts = [item.text for item in compose(understood(question), candidates, [])]
        as_good = [replace(c, score=1.0) for c in candidates]
        level = [item.text for item in compose(understood(question), as_good, [])]
    assert texts == ["The zorbatron is kept in the safe.", "It is locked at night.", "The desk is green."]
    assert level[0] == "The desk is green."


def test_a_verdict_keeps_its_place_before_a_better_sentence(tmp_path: Path) -> None:
    question = "Is the zorbatron desk locked every night?"
    body = f"# {question}\n\nNo, the zorbatron desk is locked on Fridays. The guard locks the zorbatron desk.\n"
    with published(tmp_path, article("desk", body)) as base:
        candidates = [
            replace(c, meaning=0.5, score=1.0 if c.text.startswith("The guard") else 0.8)
            for c in candidates_for(base, question)
        ]
        candidates.sort(key=lambda candidate: -candidate.score)
        texts = [item.text for item in compose(understood(question), candidates, [])]
    assert texts[0].startswith("No, ")


def test_of_a_list_of_figures_the_case_asked_about_is_quoted(tmp_path: Path) -> None:
    places = ("north", "south", "east", "west", "island")
    rates = "\n".join(f"- in the {place} the zorbatron rate is {i}.5%" for i, place in enumerate(places, 1))
    papers = "\n".join(f"- the zorbatron paper of the {place}" for place in places)
    held = article("rates", f"# Rates\n\nThe zorbatron rates are:\n\n{rates}\n")
    (text,) = said(tmp_path / "figures", "What is the zorbatron rate in the east?", held)
    assert text == "The zorbatron rates are: in the east the zorbatron rate is 3.5%"
    listed = article("papers", f"# Papers\n\nThe zorbatron papers are:\n\n{papers}\n")
    (text,) = said(tmp_path / "duties", "How many zorbatron papers does the east have?", listed)
    assert text.count("zorbatron paper of") == len(places)  # the items of another list belong together


def test_a_sentence_that_says_nothing_new_is_left_out(tmp_path: Path) -> None:
    long = article("long", "# Desk\n\nThe zorbatron desk is locked at 8 every night by the guard with two keys.\n")
    short = article("short", "# Keys\n\nThe zorbatron desk is locked every night.\n")
    question = "Is the zorbatron desk locked at 8 every night by the guard with two keys?"
    assert said(tmp_path, question, long, short) == [
        "The zorbatron desk is locked at 8 every night by the guard with two keys."
    ]


def test_a_state_is_found_in_a_list_by_any_of_its_names(tmp_path: Path) -> None:
    places = ("Jalisco", "Mexico City", "Sonora", "Nuevo León", "Puebla")
    rates = "\n".join(f"- in {place} the zorbatron rate is {i}.5%" for i, place in enumerate(places, 1))
    held = article("rates", f"# Rates\n\nThe zorbatron rates are:\n\n{rates}\n")
    (text,) = said(tmp_path, "What is the zorbatron rate in CDMX?", held)
    assert text == "The zorbatron rates are: in Mexico City the zorbatron rate is 2.5%"


def test_the_sentence_right_before_the_things_announces_them(tmp_path: Path) -> None:
    body = (
        "# Zorbatron papers\n\nThe zorbatron desk keeps two papers: a red and a blue one. The two papers have these uses."
        " The red one is for the guard. The blue one is for the cook.\n"
    )
    texts = said(tmp_path, "Which papers does the zorbatron desk keep?", article("papers", body))
    assert "The two papers have these uses. The red one is for the guard. The blue one is for the cook." in texts


def test_a_table_of_brackets_is_quoted_whole(tmp_path: Path) -> None:
    rows = "\n".join(f"- from {i}.01 to {i + 1}.00 zorbatron units the rate is {i + 3}.5%" for i in range(9))
    held = article(
        "rates", f"# Rates\n\nThe zorbatron rates are:\n\n- at one zorbatron wage the rate is 1.5%\n{rows}\n"
    )
    (text,) = said(tmp_path, "What is the zorbatron rate for a wage of 4.2 units?", held)
    assert text.count("the rate is") == 10


@pytest.mark.parametrize(
    "concludes",
    [
        "Visitors may therefore not see the zorbatron.",
        "From that moment visitors see no zorbatron.",
        "For example, on Mondays no visitor sees the zorbatron.",
    ],
)
def test_what_concludes_from_the_sentence_before_does_not_open(tmp_path: Path, concludes: str) -> None:
    body = f"# Desk\n\nThe zorbatron is kept in the safe. {concludes}\n"
    question = "May visitors see the zorbatron?"
    with published(tmp_path, article("desk", body)) as base:
        candidates = [replace(c, score=1.0 if c.text == concludes else 0.8) for c in candidates_for(base, question)]
        candidates.sort(key=lambda candidate: -candidate.score)
        texts = [item.text for item in compose(understood(question), candidates, [])]
    assert texts == ["The zorbatron is kept in the safe.", concludes]
