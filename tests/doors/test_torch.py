"""Networks go out to PyTorch and its Sequentials come in: outputs equal to 1e-6, both ways."""

from collections import OrderedDict

import numpy as np
import pytest

import clearprop as cp
from clearprop import MLPClassifier, MLPRegressor
from clearprop.data import TableEncoder, TargetEncoder
from clearprop.doors.open_torch import ROWS
from clearprop.doors.torch_text import LAYERS, weights_path
from clearprop.readings import numpy as xp
from tests.doors.needs import needed
from tests.doors.served import EXAMPLES, rows, stated
from tests.doors.tables import table

torch = needed("torch")
nn = torch.nn

CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def built(module):
    """Return the PyTorch module of a text with its weights, for prediction."""
    names = {}
    exec(compile(module.code, "exported.py", "exec"), names)
    network = names["Network"]()
    wanted = network.state_dict()
    assert list(wanted) == list(module.state_dict)
    network.load_state_dict({name: torch.from_numpy(np.array(array))
                             for name, array in module.state_dict.items()})  # fmt: skip
    return network.eval()


def ran(network, x):
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.name)
def test_every_layer_out(example, dtype):
    layer = example.make(5)
    params, state = stated(layer)
    params = {name: _cast(tree, dtype) for name, tree in params.items()}
    x = rows(7, 5, *example.kinks).astype(dtype)
    wanted, _ = layer.forward(xp, params, x.astype(float), layer.recall(state))
    module = cp.to_torch(layer, params, state=state, inputs=5)
    double = "self.double()" in module.code
    assert double == (dtype is np.float64 or not params)
    found = ran(built(module), x.astype(float) if double else x)
    np.testing.assert_allclose(found, wanted, rtol=3e-6, atol=1e-6)


def _cast(tree, dtype):
    if isinstance(tree, dict):
        return {name: _cast(one, dtype) for name, one in tree.items()}
    return tree.astype(dtype)


@pytest.mark.parametrize("loss", [cp.CrossEntropy(), cp.BinaryCrossEntropy(), cp.Poisson(), None],
                         ids=str)  # fmt: skip
def test_every_link_out(loss):
    net = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2))
    params = net.init(np.random.default_rng(0))
    x = rows(6, 3)
    wanted = net.forward(xp, params, x)[0]
    wanted = wanted if loss is None else loss.link(xp, wanted)
    np.testing.assert_allclose(ran(built(cp.to_torch(net, params, loss=loss)), x), wanted, **CLOSE)


def test_every_layer_has_a_row():
    kinds = {type(example.make(5)) for example in EXAMPLES.values()}
    assert set(LAYERS) == kinds - {cp.Chain, cp.Residual}


def test_a_table_of_numbers_goes_out_whole():
    frame, y = table(80, texts=False, categories=False)
    encoder, target = TableEncoder.fit(frame), TargetEncoder.fit(y)
    net = MLPRegressor(hidden_layer_sizes=(5,), max_iter=5, random_state=0)
    with pytest.warns(UserWarning):
        net.fit(encoder.encode(frame), target.encode(y))
    model = cp.TableModel(encoder, net, "y", target)
    found = ran(built(cp.to_torch(model)), frame[["size", "weight"]].to_numpy(copy=True))
    np.testing.assert_allclose(found[:, 0], model.predict(frame), rtol=1e-6)


def test_a_module_is_saved_with_its_weights(tmp_path):
    from safetensors.torch import load_file

    net = cp.Chain(cp.Dense(2, 1))
    module = cp.to_torch(net, net.init(np.random.default_rng(0)))
    weights = module.save(tmp_path / "net.py")
    assert weights == tmp_path / "net.safetensors"
    names = {}
    exec((tmp_path / "net.py").read_text(encoding="utf-8"), names)
    names["Network"]().load_state_dict(load_file(weights))
    with pytest.raises(ValueError, match=r"ends in \.py"):
        weights_path("net.pt")


class Square(cp.Activation):
    def value(self, xp, z):
        return z * z

    def slope(self, xp, z, a):
        return 2 * z


def test_what_pytorch_has_no_layer_for_is_named():
    net = cp.Chain(cp.Dense(2, 2), cp.Residual(cp.Chain(Square(), cp.Dense(2, 2))))
    with pytest.raises(TypeError, match=r"layer residual1\.chain1\.square1 is a Square"):
        cp.to_torch(net, net.init(np.random.default_rng(0)))
    norm = cp.BatchNorm(2)
    with pytest.raises(ValueError, match=r"state=result\.state"):
        cp.to_torch(norm, norm.init(np.random.default_rng(0)))


MODULES = {
    "Linear": lambda: nn.Linear(5, 5),
    "Identity": nn.Identity,
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "ReLU": nn.ReLU,
    "LeakyReLU": lambda: nn.LeakyReLU(0.2),
    "ELU": lambda: nn.ELU(0.7),
    "SELU": nn.SELU,
    "GELU": nn.GELU,
    "SiLU": nn.SiLU,
    "Softplus": nn.Softplus,
    "Mish": nn.Mish,
    "Dropout": lambda: nn.Dropout(0.4),
    "LayerNorm": lambda: nn.LayerNorm(5, eps=1e-3),
    "BatchNorm1d": lambda: nn.BatchNorm1d(5, momentum=0.3, eps=1e-4),
    "Softmax": lambda: nn.Softmax(dim=1),
    "Flatten": nn.Flatten,
}


def module_of(*layers, dtype=torch.float32):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(4, 5), *layers).to(dtype)
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor += torch.rand(tensor.shape) * (1.0 if "running_var" in name else 0.3)
    return module.eval()


def test_every_row_of_the_table_is_tried():
    assert set(MODULES) == set(ROWS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("kind", MODULES)
def test_every_layer_in(kind, dtype):
    module = module_of(MODULES[kind](), dtype=dtype)
    x = rows(7, 4).astype(str(dtype).removeprefix("torch."))
    opened = cp.open_model(module)
    found = opened.predict(x)
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, ran(module, x), rtol=2e-6, atol=1e-6)


def test_settings_that_only_training_sees_come_in_too():
    network = cp.open_model(module_of(MODULES["BatchNorm1d"](), nn.Dropout(0.4))).network
    assert network.layers[1:] == (cp.BatchNorm(5, 0.3, 1e-4), cp.Dropout(0.4))


@pytest.mark.parametrize("bare", [{"bias": False}, {"elementwise_affine": False}], ids=str)
def test_a_layer_norm_without_weights(bare):
    module = module_of(nn.LayerNorm(5, **bare))
    x = rows(7, 4).astype(np.float32)
    np.testing.assert_allclose(cp.open_model(module).predict(x), ran(module, x), **CLOSE)


def test_a_model_is_explained_checked_and_trained_on():
    module = module_of(nn.Tanh(), nn.Linear(5, 3, bias=False), nn.Softmax(dim=-1))
    opened = cp.open_model(module)
    assert str(opened) == "PyTorch Sequential: 4 → 5 tanh → 3 softmax"
    x, t = rows(6, 4), np.array([0, 1, 2, 0, 1, 2])
    logits = nn.Sequential(*list(module)[:-1]).double()
    nn.functional.cross_entropy(logits(torch.from_numpy(x)), torch.from_numpy(t)).backward()
    step = opened.explain(x, t)
    wanted = logits[0].weight.grad.numpy().T
    np.testing.assert_allclose(step["dense1.dW"], wanted, rtol=1e-4, atol=1e-6)
    double = cp.open_model(module.double())
    assert double.check_gradients(x, t)
    before = double.params["dense1"]["W"].copy()
    result = double.train(x, t, epochs=3, batch_size=6, seed=0)
    assert result.history.loss[-1] < result.history.loss[0]
    np.testing.assert_array_equal(double.params["dense1"]["W"], before)
    np.testing.assert_array_equal(module[0].weight.detach().numpy().T, before)


def test_there_and_back():
    net = cp.Chain(cp.Dense(3, 4), cp.BatchNorm(4), cp.GELU(), cp.Dropout(0.2), cp.Dense(4, 2))
    params, state = stated(net)
    module = built(cp.to_torch(net, params, state=state))
    again = cp.open_model(module.layers)
    assert again.network.children.keys() == net.children.keys()
    for name, tree in params.items():
        for leaf, array in tree.items():
            np.testing.assert_array_equal(again.params[name][leaf], array)
    np.testing.assert_array_equal(again.state["batchnorm1"]["mean"], state["batchnorm1"]["mean"])


def test_logits_with_their_loss_give_probabilities():
    module = module_of(nn.ReLU(), nn.Linear(5, 3))
    x = rows(5, 4).astype(np.float32)
    opened = cp.open_model(module, loss=cp.CrossEntropy())
    np.testing.assert_allclose(opened.outputs(x), ran(module, x), **CLOSE)
    np.testing.assert_allclose(opened.predict(x).sum(axis=1), 1.0, rtol=1e-6)


def test_a_sigmoid_at_the_end_is_a_link_or_stays_a_layer():
    module = module_of(nn.Sigmoid())
    assert cp.open_model(module).loss == cp.BinaryCrossEntropy()
    squared = cp.open_model(module, loss=cp.SquaredError())
    assert [*squared.network.children] == ["dense1", "sigmoid1"]
    x = rows(5, 4).astype(np.float32)
    for opened in (cp.open_model(module), squared):
        np.testing.assert_allclose(opened.predict(x), ran(module, x), **CLOSE)


def test_sixteen_bits_become_thirty_two():
    module = module_of(nn.ReLU(), dtype=torch.bfloat16)
    assert cp.open_model(module).params["dense1"]["W"].dtype == np.float32


class Own(nn.Module):
    def forward(self, x):
        return x


class OwnLinear(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


def hooked():
    layer = nn.Tanh()
    layer.register_forward_hook(lambda module, given, result: result * 2)
    return layer


UNKNOWN = {
    r"layer '1', Conv1d: clearprop has no such layer\. It opens nn\.Sequential of Linear": (
        lambda: nn.Conv1d(1, 1, 1)
    ),
    r"layer '1', Own: ": Own,
    r"layer '1', OwnLinear: ": lambda: OwnLinear(5, 2),
    r"layer '1\.act', ReLU6: ": lambda: nn.Sequential(OrderedDict(act=nn.ReLU6())),
    r"layer '1', GELU: approximate='tanh' has no layer": lambda: nn.GELU("tanh"),
    r"layer '1', Softplus: beta=2": lambda: nn.Softplus(beta=2.0),
    r"layer '1', Softmax: dim=0": lambda: nn.Softmax(dim=0),
    r"layer '1', LayerNorm: normalized_shape=\(5, 2\)": lambda: nn.LayerNorm((5, 2)),
    r"layer '1', BatchNorm1d: without running": lambda: nn.BatchNorm1d(
        5, track_running_stats=False
    ),
    r"layer '1', BatchNorm1d: momentum=None": lambda: nn.BatchNorm1d(5, momentum=None),
    r"layer '1', Tanh has hooks": hooked,
    r"layer '1\.0', Softmax: a softmax can stand at the end only": lambda: nn.Sequential(
        nn.Softmax(dim=1), nn.Linear(5, 2)
    ),
}


@pytest.mark.parametrize("message", UNKNOWN)
def test_what_is_not_known_is_named_with_its_place(message):
    with pytest.raises(cp.UnknownLayerError, match=message):
        cp.open_model(nn.Sequential(nn.Linear(4, 5), UNKNOWN[message]()))


def test_a_loss_with_another_link_than_the_softmax_is_refused():
    with pytest.raises(ValueError, match=r"layer '1', Softmax is a softmax.*not of SquaredError"):
        cp.open_model(module_of(nn.Softmax(dim=1)), loss=cp.SquaredError())


def test_a_classifier_goes_out_and_comes_back():
    X = rows(30, 3)
    model = MLPClassifier((4,), "tanh", max_iter=3, random_state=0)
    with pytest.warns(UserWarning):
        model.fit(X, np.arange(30) % 3)
    network = built(cp.to_torch(model))
    np.testing.assert_allclose(ran(network, X), model.predict_proba(X), **CLOSE)
