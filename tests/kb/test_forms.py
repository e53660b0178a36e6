import pytest

from kb.forms import Form, form_asked, has_form


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("What is the phone number of IMSS?", Form.CONTACT),
        ("¿Cuál es el teléfono del SAT?", Form.CONTACT),
        ("Who is the head of the STPS?", Form.PERSON),
        ("¿Quién es el titular de la STPS?", Form.PERSON),
        ("What is Acme's REPSE number?", Form.IDENTIFIER),
        ("¿Cuál es el número de REPSE de Acme?", Form.IDENTIFIER),
        ("How much does a registration cost?", Form.MONEY),
        ("¿Cuánto cuesta el registro?", Form.MONEY),
        ("How much is the minimum wage?", Form.MONEY),
        ("What is the minimum wage?", Form.MONEY),
        ("¿Cuál es el salario mínimo?", Form.MONEY),
        ("What percentage of profits is shared?", Form.PERCENT),
        ("¿Qué porcentaje se reparte?", Form.PERCENT),
        ("When is profit sharing paid?", Form.TIME),
        ("¿Cada cuánto se renueva?", Form.TIME),
        ("How many days of vacation are there?", Form.COUNT),
        ("¿Cuántos días de vacaciones hay?", Form.COUNT),
        ("Is encryption mandatory?", Form.ANY),
        ("May an agent confirm a name over the phone?", Form.ANY),
        ("¿Puede el agente pedirlo por teléfono?", Form.ANY),
    ],
)
def test_a_question_wants_a_form(question: str, form: Form) -> None:
    assert form_asked(question) is form


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.MONEY, "It is MXN 315.04 a day."),
        (Form.MONEY, "El trámite es gratuito."),
        (Form.MONEY, "There is no fee."),
        (Form.PERCENT, "They share 10% of it."),
        (Form.PERCENT, "Es el diez por ciento."),
        (Form.CONTACT, "Call 55 1234 5678."),
        (Form.CONTACT, "See https://example.org/form."),
        (Form.COUNT, "There are twelve of them, that is 12 days."),
        (Form.TIME, "Se renueva cada tres años."),
        (Form.IDENTIFIER, "Its folio is AR-12345."),
        (Form.ANY, "Anything."),
    ],
)
def test_a_text_has_a_form(form: Form, text: str) -> None:
    assert has_form(form, text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.MONEY, "The registration must be renewed every 3 years."),
        (Form.PERCENT, "Workers receive a share."),
        (Form.CONTACT, "Article 15 of 2021 applies."),
        (Form.COUNT, "Days are counted from the hire."),
        (Form.TIME, "Workers receive 10% of it."),
        (Form.IDENTIFIER, "It has 12 agents."),
        (Form.PERSON, "The head of the STPS is the Secretary."),
    ],
)
def test_a_text_lacks_a_form(form: Form, text: str) -> None:
    assert not has_form(form, text)
