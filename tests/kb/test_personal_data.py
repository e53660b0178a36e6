from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.personal_data import mask
from kb.text.sentences import sentence_spans

CORPUS = Path(__file__).parents[2] / "corpus"

# Every identifier here is made up.
IDENTIFIERS = [
    ("Patient SSN 123-45-6789 wants records", "Patient SSN [SSN] wants records"),
    ("My social security number is 123 45 6789.", "My social security number is [SSN]."),
    ("SSN: 123456789", "SSN: [SSN]"),
    ("MRN 12345678 was mailed", "MRN [identifier] was mailed"),
    ("MRN: A1234567", "MRN: [identifier]"),
    ("medical record number 00123456", "medical record number [identifier]"),
    ("member ID W123456789", "member ID [identifier]"),
    ("Member number: 123-456-789", "Member number: [identifier]"),
    ("account #4455667788", "account #[identifier]"),
    ("claim no. 2026-001234", "claim no. [identifier]"),
    ("Medicare ID 1EG4-TE5-MK73", "Medicare ID [identifier]"),
    ("health plan beneficiary number 1EG4-TE5-MK73", "health plan beneficiary number [identifier]"),
    ("passport A12345678", "passport [identifier]"),
    ("card 4111 1111 1111 1111 was charged", "card [identifier] was charged"),
    ("from 192.168.1.10 at night", "from [identifier] at night"),
    ("número de expediente 2024/1234", "número de expediente [identifier]"),
    ("CLABE 032180000118359719", "CLABE [identifier]"),
    ("lives at 123 Main Street in town", "lives at [identifier] in town"),
    ("vive en Calle Reforma 45", "vive en [identifier]"),
    ("call me at (555) 123-4567", "call me at [phone]"),
    ("call 415-555-2671 or +1 415 555 2671", "call [phone] or [phone]"),
    ("4155552671", "[phone]"),
    ("tel. 55 1234 5678 o +52 81 8345 6789", "tel. [phone] o [phone]"),
    ("mail john.doe+x@example.com, please", "mail [email], please"),
    ("correo ana_lopez@clinica.example.mx", "correo [email]"),
    ("born on 03/04/1985", "born on [birth date]"),
    ("DOB 3/4/85", "DOB [birth date]"),
    ("date of birth: 1985-03-04", "date of birth: [birth date]"),
    ("born March 4th, 1985", "born [birth date]"),
    ("date of birth is 4 March 1985", "date of birth is [birth date]"),
    ("fecha de nacimiento: 4 de marzo de 1985", "fecha de nacimiento: [birth date]"),
    ("nacida el 04/03/1985", "nacida el [birth date]"),
    ("nació el 4-mar-1985", "nació el [birth date]"),
    ("Did patient John Smith ask?", "Did patient [name] ask?"),
    ("The patient, Mary-Jane O'Neil, asked", "The patient, [name], asked"),
    ("patient J. Smith", "patient [name]"),
    ("la paciente María de la Luz Hernández pide", "la paciente [name] pide"),
    ("El trabajador Pedro Páramo Ruiz se fue", "El trabajador [name] se fue"),
    ("Mr. Smith and Sra. Ana López", "Mr. [name] and Sra. [name]"),
    ("Our agent Laura Gómez leaked data", "Our agent [name] leaked data"),
    ("John Smith (DOB 03/04/1985)", "[name] (DOB [birth date])"),
    ("Ana Prueba, ana@example.com", "[name], [email]"),
    ("CURP GOMC850304HDFRRL09", "CURP [CURP]"),
    ("mi rfc es gomc850304ab1", "mi rfc es [RFC]"),
    ("NSS 12345678903", "NSS [NSS]"),
    ("NSS: 12-34-56-7890-3", "NSS: [NSS]"),
]


@pytest.mark.parametrize(("text", "masked"), IDENTIFIERS)
def test_an_identifier_is_masked_and_nothing_beside_it(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize("text", [masked for _, masked in IDENTIFIERS])
def test_a_masked_text_is_masked_no_further(text: str) -> None:
    assert mask(text).text == text


def test_kinds_are_told_in_order_of_appearance() -> None:
    assert mask("John Smith (DOB 03/04/1985), MRN 1234567").kinds == ("name", "birth date", "identifier")
    assert mask("What is REPSE?").kinds == ()


@pytest.mark.parametrize(
    "text",
    [
        "Under 45 CFR 164.308(a)(1)(ii)(A) what must a vendor do?",
        "164.308(a)(1) and 164.312(a)(2)(iv)",
        "artículo 127 fracción VIII de la LFT, CFF art. 32-D, 42 U.S.C. 1320d-6, 89 FR 12345",
        "fines of 2,190,294 dollars, $1,806,757 to $2,134,831, MXN 29,327.50 and 586,550.00 pesos",
        "UMA 117.31 diaria, 3,566.22 mensual, 42,794.64 anual; 10% 15% 20%",
        "in force since 24 April 2021, el 24 de abril de 2021, on 2021-04-24 and 01/01/2027",
        "DOF 23-04-2021, Pub. L. 104-191, RIN 0945-AA22, NOM-035-STPS-2018, ISO 27001:2022, Form W-8BEN-E",
        "2026 2027 2028; 100,000 150,000 200,000; 6 years or 10 years",
        "Is a member ID PHI? Do we need the CURP, RFC and NSS of each agent?",
        "What is the registration number of a vendor? phone number retention",
        "¿Cuándo nació el REPSE? HIPAA was born in 1996",
        "Patient Protection and Affordable Care Act, Patient Safety Rule, Patient Bill of Rights, Member States",
        "Employee Retirement Income Security Act, Agent Training Program, worker Profit Sharing",
        "Trabajadores de la Empresa, agent Secretaría del Trabajo, Business Associate Agreement",
        "the patient Health Insurance Portability, paciente con cáncer, patient portal access",
        "Does Company X employ people in Mexico City, Guadalajara and Monterrey?",
        "Can patients sue us under HIPAA, or can a patient sue the vendor?",
        "¿Los pacientes iban a recibir el aviso de un empleado casado?",
        "Un agente lee el guion, una agente mía abre, otro agente nació en Cuba y los agentes sean de quien sean.",
    ],
)
def test_law_amounts_and_terms_are_left_alone(text: str) -> None:
    assert mask(text).text == text


def test_nothing_in_our_own_articles_is_taken_for_an_identifier() -> None:
    articles = [path for path in CORPUS.rglob("*.md") if path.name != "README.md"]
    found = []
    for article in articles[::4]:
        text = article.read_text(encoding="utf-8").split("---\n", 2)[2]
        found += [text[a:b] for a, b in sentence_spans(text) if mask(text[a:b]).kinds]
    assert len(articles) > 100
    assert found == []


@given(st.text(alphabet="0123456789-() .@/abcZáÑ:,#", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text).text
    assert mask(once).text == once


@given(st.from_regex(r"[2-9][0-9]{2}-[0-9]{2}-[0-9]{4}", fullmatch=True))
def test_no_social_security_number_is_left(number: str) -> None:
    assert number not in mask(f"The worker with {number} asks whether PTU is due.").text
