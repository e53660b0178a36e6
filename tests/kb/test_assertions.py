import pytest

from kb.assertions import Stance, assertions_of, is_own_case

SUPPOSED, CONFIRM, TOLD, ASKED = Stance.SUPPOSED, Stance.CONFIRM, Stance.TOLD, Stance.ASKED


@pytest.mark.parametrize(
    ("question", "assertions"),
    [
        ("Somebody in finance insists that the zorbatron is free. Is that so?", [(CONFIRM, "the zorbatron is free")]),
        ("Since PTU is 12% of payroll, what do we budget?", [(SUPPOSED, "PTU is 12% of payroll")]),
        ("Given that the fee is $1,200 a year, who pays?", [(SUPPOSED, "the fee is $1,200 a year")]),
        (
            "Since we pay all of them (the lodge, the desk and so on), who decides?",
            [(SUPPOSED, "we pay all of them (the lodge, the desk and so on)")],
        ),
        ("PTU is 12%, right?", [(CONFIRM, "PTU is 12%")]),
        ("Agents get 12 days. Is that correct?", [(CONFIRM, "Agents get 12 days")]),
        ("Isn't it true that the register lasts five years?", [(CONFIRM, "the register lasts five years")]),
        ("Our lawyer says the register lasts five years. True?", [(CONFIRM, "the register lasts five years")]),
        ("Como la PTU es el 12%, ¿cuánto aparto?", [(SUPPOSED, "la PTU es el 12%")]),
        ("La PTU es el 12%, ¿verdad?", [(CONFIRM, "La PTU es el 12%")]),
        ("Me dijeron que el registro dura cinco años. ¿Es cierto?", [(CONFIRM, "el registro dura cinco años")]),
        ("Why does the client pay the fine?", [(SUPPOSED, "does the client pay the fine")]),
        ("¿Por qué paga la multa el cliente?", [(SUPPOSED, "paga la multa el cliente")]),
    ],
)
def test_what_is_supposed_or_to_be_confirmed_is_found(question: str, assertions: list[tuple[Stance, str]]) -> None:
    found = [(item.stance, item.text) for item in assertions_of(question) if item.stance is not ASKED]
    assert found == assertions


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("If the gate is locked, the fee is 9 pesos, right?", "the gate is locked, the fee is 9 pesos"),
        ("Since the fee is a tax, it counts as a cost, right?", "the fee is a tax, it counts as a cost"),
        ("The fee is a tax. It counts as a cost, right?", "The fee is a tax, It counts as a cost"),
        ("Since the fee is a tax, the lodge pays twice, right?", "the lodge pays twice"),
        ("Who pays the fee? It counts as a cost, right?", "It counts as a cost"),
    ],
)
def test_what_is_to_be_confirmed_is_looked_for_with_what_it_needs(question: str, whole: str) -> None:
    assert [item.whole for item in assertions_of(question) if item.stance is CONFIRM] == [whole]


def test_a_statement_is_supposed_where_the_question_rests_on_it() -> None:
    rests, asks = assertions_of("The register lasts five years. When do we renew?")
    assert (rests.stance, asks.stance) == (SUPPOSED, ASKED)
    (told,) = assertions_of("The register lasts five years. Must we renew it?")
    assert told.stance is TOLD
    own, _ = assertions_of("Our vendor has 40 agents. What does it owe?")
    assert own.stance is TOLD


@pytest.mark.parametrize(
    ("question", "stances"),
    [
        ("Our lodge is in Oslo, so no fee is owed there. Where is that said?", [TOLD, SUPPOSED, ASKED]),
        ("Nuestra posada está en Oslo y por eso no se debe la cuota. ¿Dónde dice?", [TOLD, SUPPOSED]),
        ("Our lodge is in Oslo, so our guests pay no fee. Where is that said?", [TOLD, ASKED]),  # all is their own case
        ("The fee is a tax, so it counts as a cost. Where is that said?", [SUPPOSED, ASKED]),
        ("Our lodge is in Oslo, so no fee is owed there. Is that right?", [CONFIRM]),
    ],
)
def test_what_is_said_to_follow_from_the_askers_case_is_supposed(question: str, stances: list[Stance]) -> None:
    assert [item.stance for item in assertions_of(question)] == stances


def test_a_condition_of_a_yes_or_no_question_is_not_supposed() -> None:
    (open_one,) = assertions_of("If the vendor pays by check, may we deduct that?")
    assert open_one.stance is TOLD
    (spanish,) = assertions_of("Si el proveedor paga con cheque, ¿podemos deducirlo?")
    assert spanish.stance is TOLD
    assert assertions_of("If the fine is 500 dollars, why pay it?")[0].stance is SUPPOSED


@pytest.mark.parametrize(
    "question",
    [
        "Must the vendor sign a BAA?",
        "Is PTU 12%?",
        "¿Debe firmar el proveedor?",
        "Can a patient do that?",
        "El proveedor perdió la laptop, ¿hay que avisar?",
        "Live calls vs. recorded calls: do both fall under the rule?",
        "Can workers waive their PTU, yes or no?",
        "¿Los trabajadores pueden renunciar a la PTU o no?",
        "Is a HIPAA certificate mandatory or not?",
        "Is it allowed to do so?",
        "Must a contract contain an audit right?",
        "[the fine is 0 pesos, so] Is PTU due?",
        "",
        "?",
        "¿¿",
    ],
)
def test_a_yes_or_no_question_asserts_nothing(question: str) -> None:
    assert [item for item in assertions_of(question) if item.stance is not TOLD] == []


def test_a_circumstance_is_no_statement() -> None:
    (asked,) = assertions_of("Después de una brecha, ¿cuántos avisos hay que mandar?")
    assert asked.stance is ASKED
    told, _ = assertions_of("Desde la reforma cada agente debe descansar dos días por semana, ¿qué multa hay?")
    assert told.stance is SUPPOSED


def test_what_is_asked_is_kept_for_the_figures_in_it() -> None:
    (asked,) = assertions_of("Who counts the 60 days of the notice?")
    assert asked.stance is ASKED


def test_a_vendor_of_ones_own_is_ones_own_case() -> None:
    assert is_own_case("Our vendor has 40 agents")
    assert is_own_case("Una agente faltó")
    assert is_own_case("Vendor's approval was on 10 February 2024")
    assert is_own_case("Contratamos gente que estuvo 52 días")
    assert is_own_case("Una de las supervisoras se fue a otra empresa")
    assert is_own_case("The manager and one of the nurses left")
    assert is_own_case("El proveedor de Saltillo que estamos viendo")
    assert is_own_case("Acaba de cambiar la gerente")
    assert is_own_case("Contrataron a gente que no laboró más de 52 días")
    assert not is_own_case("Debemos avisar en 60 días")
    assert not is_own_case("The register lasts five years")


def test_what_happened_to_a_named_person_is_no_claim_on_the_law() -> None:
    question = "The file was to be corrected in 5 days. What is the deadline?"
    assert assertions_of(question)[0].stance is SUPPOSED
    assert assertions_of(question, own_case=True)[0].stance is TOLD


@pytest.mark.parametrize("text", ["Half of the agents work from home", "La mitad de los agentes trabaja en casa"])
def test_some_of_the_agents_are_ones_own(text: str) -> None:
    assert is_own_case(text)
