"""The forward pass without padding gives what transformers' own pass gives."""

import pytest
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

from kb.models.bert_forward import LINEAR_PARTS, Bert, speed_up

LENGTHS = (5, 9, 5, 1, 12)


def _bert(**changes: object) -> BertModel:
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}
    return BertModel(BertConfig(vocab_size=50, **sizes, **changes)).eval()


def _batch() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(8)
    mask = torch.tensor([[1] * length + [0] * (max(LENGTHS) - length) for length in LENGTHS])
    return torch.randint(1, 50, mask.shape) * mask, mask


def _run(model: BertModel, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        vectors: torch.Tensor = model(input_ids=tokens, attention_mask=mask).last_hidden_state
    return vectors


def test_every_token_has_the_vector_of_the_plain_pass_and_padding_has_none() -> None:
    model, (tokens, mask) = _bert(), _batch()
    plain = _run(model, tokens, mask)
    assert speed_up(model, torch.float32)
    quick = _run(model, tokens, mask)
    assert torch.allclose(quick[mask.bool()], plain[mask.bool()], atol=1e-5)
    assert not quick[~mask.bool()].any()


def test_without_onednn_the_vectors_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model, (tokens, mask) = _bert(), _batch()
    plain = _run(model, tokens, mask)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    speed_up(model, torch.float32)
    assert torch.allclose(_run(model, tokens, mask)[mask.bool()], plain[mask.bool()], atol=1e-5)


def test_bfloat16_stays_close_to_float32() -> None:
    model, (tokens, mask) = _bert(), _batch()
    plain = _run(model, tokens, mask)[mask.bool()]
    speed_up(model, torch.bfloat16)
    quick = _run(model, tokens, mask)[mask.bool()]
    assert quick.dtype is torch.float32
    assert float(torch.cosine_similarity(quick, plain).min()) > 0.999


def test_bfloat16_can_be_asked_for_where_the_processor_has_no_quick_way_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model, (tokens, mask) = _bert(), _batch()
    plain = _run(model, tokens, mask)[mask.bool()]
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    speed_up(model, torch.bfloat16)
    assert float(torch.cosine_similarity(_run(model, tokens, mask)[mask.bool()], plain).min()) > 0.999


@pytest.mark.parametrize("changes", [{"hidden_act": "relu"}, {"is_decoder": True}])
def test_a_bert_that_calculates_otherwise_is_left_as_it_is(changes: dict[str, object]) -> None:
    model = _bert(**changes)
    assert not speed_up(model, torch.float32)
    assert "forward" not in vars(model)


def test_another_architecture_is_left_as_it_is() -> None:
    model = DistilBertModel(DistilBertConfig(vocab_size=50, dim=32, n_layers=1, n_heads=4, hidden_dim=64))
    assert not speed_up(model, torch.float32)


NAMES = {
    "projections": ("attention.self.query", "attention.self.key", "attention.self.value"),
    "output": ("attention.output.dense",),
    "widening": ("intermediate.dense",),
    "narrowing": ("output.dense",),
}


def test_last_layers_are_read_with_changes_beside_the_plain_ones() -> None:
    model, (tokens, mask) = _bert(), _batch()
    texts = [row[:length] for row, length in zip(tokens, LENGTHS, strict=True)]
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    bert = Bert(weights, 4, model.config.layer_norm_eps, torch.float32)
    changes = {}
    for number in (1, 2):
        for part in LINEAR_PARTS:
            names = [f"encoder.layer.{number}.{name}.weight" for name in NAMES[part]]
            change = torch.randn(sum(len(weights[name]) for name in names), weights[names[0]].shape[1])
            changes[f"{number}.{part}"] = change
            for name, own in zip(names, change.split([len(weights[name]) for name in names]), strict=True):
                model.state_dict()[name].add_(own)
    with torch.inference_mode():
        plain, changed = bert.read(texts, bert.layers(weights, (1, 2), changes))
        alone = bert.token_vectors(texts)
        reread = bert.reread(texts, bert.layers(weights, (1, 2), changes))
    assert torch.allclose(torch.cat(reread), torch.cat(changed))
    expected = _run(model, tokens, mask)[mask.bool()]
    assert torch.allclose(torch.cat(plain), torch.cat(alone))
    assert torch.allclose(torch.cat(changed), expected, atol=1e-4)
    assert not torch.allclose(torch.cat(changed), torch.cat(plain), atol=0.1)


def test_first_layers_alone_give_what_the_others_go_on_from() -> None:
    model, (tokens, _) = _bert(), _batch()
    bert = Bert(model.state_dict(), 4, model.config.layer_norm_eps, torch.float32)
    texts = [row[:length] for row, length in zip(tokens, LENGTHS, strict=True)]
    with torch.inference_mode():
        assert torch.allclose(torch.cat(bert.states(texts, 3)), torch.cat(bert.token_vectors(texts)))
        assert [state.shape for state in bert.states(texts, 1)] == [(length, 32) for length in LENGTHS]
