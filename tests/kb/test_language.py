import pytest

from kb.records import Language
from kb.text.language import detect_language

EN, ES = Language.EN, Language.ES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is REPSE?", EN),
        ("REPSE renewal", EN),
        ("PTU cap for agents", EN),
        ("BAA required?", EN),
        ("penalties 2026", EN),
        ("minimum wage", EN),
        ("who pays aguinaldo", EN),
        ("is a BAA needed for a call center in Mexico", EN),
        ("vacation days after 2 years", EN),
        ("¿Qué es el REPSE?", ES),
        ("cuanto es el aguinaldo", ES),
        ("renovacion del REPSE", ES),
        ("vigencia del registro", ES),
        ("multas por subcontratación", ES),
        ("salario mínimo 2026", ES),
        ("requisitos para un proveedor", ES),
        ("reparto de utilidades", ES),
        ("pago PTU fecha", ES),
        ("necesito un contrato con el proveedor", ES),
        ("está obligado a dármelos?", ES),  # its "a" is no English one
        ("puedo despedirlos?", ES),
        ("multa maxima", ES),
        ("MULTA MAXIMA", ES),
        ("tope?", ES),
        ("fine?", EN),
        ("aguinaldo amount", EN),
    ],
)
def test_short_questions_are_told_apart(text: str, language: Language) -> None:
    assert detect_language(text) is language


def test_a_text_without_words_of_either_language_takes_the_default() -> None:
    assert detect_language("REPSE") is EN
    assert detect_language("REPSE", default=ES) is ES
    assert detect_language("HIPAA?", default=ES) is ES
    assert detect_language("", default=ES) is ES
