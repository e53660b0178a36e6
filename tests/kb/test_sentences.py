from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.sentences import sentence_spans


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


# Each sign | stands where a sentence ends.
@pytest.mark.parametrize(
    "marked",
    [
        "The rate is 10%.| 30 May is the date.| It costs 3.5 million.",
        "See 164.308(a)(1).| It ends.",
        "Is it due?| Yes.| No!| “It is.”| She said so.",
        "He paid.| Then left…| Later, he came back.",
        "(It applies.)| The next one.",
        "The cap is $5 (45 CFR 102.3; FR Doc. 2026-01688).| It rose.",
        "They agreed (one by phone. The other in person) at last.| It ended (see art. 5.)| The next one.",
        "It opens (and never closes.| The next one.",
        "¿Es obligatorio?| Sí.| ¡Atención!| El plazo vence.",
        "The answer is no.| The vendor must register.",
        "There is no cap.| The limit is three months.",
        "It is the state of the art.| Nothing else is.",
        "Use laptops, phones, etc.| The vendor must encrypt them.",
        "Open until 5 p.m.| Agents leave then.",
        "In the U.S.| The law differs.",
        "Plan B.| Next step.| Part C.| Plans must attest.",
        "He gets vitamin C.| The other does not.",
        "Acme Inc.| The vendor signs.",
    ],
)
def test_a_sentence_ends_at_its_mark(marked: str) -> None:
    assert cut(marked.replace("|", "")) == [part.strip() for part in marked.split("|")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Under LFT art. 127 fr. VIII and arts. 12 and 13 the worker shares.",
        "Conforme al art. 127 frac. IV, párr. 2, y a las frs. II y III.",
        "The fine may be imposed per worker (LFT arts. 992 and 994 fr. I).",
        "45 C.F.R. Part 164, 42 U.S.C. 1320d-6 and 89 Fed. Reg. 1234 apply.",
        "Practices may lower fines (Pub. L. 116-321, 5 January 2021).",
        "The U.S. Department of Health and EE. UU. Departamento agree.",
        "Grupo Ejemplo, S.A. de C.V. paga; Otro, S. A. de C. V. también.",
        "See D.O.F. 24 de abril de 2021 and No. 5 of Vol. 3, pp. 4-5.",
        "Dr. Smith, J. P. Morgan and Mr. Lee met at 8 a.m. Monday on Dec. 20.",
        "La Lic. Pérez y el Sr. Ruiz firmaron el 20 de dic. 2026 aprox. 30 hojas.",
        "Use a device, e.g. The one of the client, i.e. IMSS and others.",
        "1. First rule for vendors.",
        "IV. Obligaciones del patrón.",
        "a. A letter numbers this line.",
    ],
)
def test_the_stop_of_an_abbreviation_does_not_end_a_sentence(sentence: str) -> None:
    assert cut(sentence) == [sentence]


@given(st.text(alphabet=" \n\tabcAEIno.!?…:)(»\"'¿¡123ñÁ§", max_size=200))
def test_only_white_space_stands_between_sentences(text: str) -> None:
    spans = sentence_spans(text)
    gaps = pairwise([0, *(position for span in spans for position in span), len(text)])
    assert all(text[start:end].strip() == "" for start, end in list(gaps)[::2])
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


def test_a_long_text_without_an_end_is_read_in_linear_time() -> None:
    assert len(sentence_spans("see art. 1 of No. 2 " * 20_000)) == 1
