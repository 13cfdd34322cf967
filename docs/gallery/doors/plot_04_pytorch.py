"""
To PyTorch and back
===================

A network goes out as a short PyTorch module and its weights, and a ``Sequential`` of PyTorch
comes in. Writing needs nothing; running needs ``pip install torch``, and without it this
example says so.
"""

# %%
# A trained network as the text of a module.

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import clearprop as cp

X, y = load_iris(return_X_y=True)
X = scale(X)
net = cp.Chain(cp.Dense(4, 8), cp.SiLU(), cp.Dense(8, 3))
result = cp.train(
    net, cp.CrossEntropy(), net.init(np.random.default_rng(0)), X, y, epochs=20, seed=0
)
module = cp.to_torch(result)
print(
    isinstance(module, cp.TorchModule),
    {name: array.shape for name, array in module.state_dict.items()},
)
print(module.code)

# %%
# Run by PyTorch: the same outputs.

if find_spec("torch"):
    import torch

    names = {}
    exec(module.code, names)
    network = names["Network"]()
    network.load_state_dict(
        {name: torch.tensor(array) for name, array in module.state_dict.items()}
    )
    network.double().eval()
    theirs = network(torch.tensor(X)).detach().numpy()
    ours = (result.outputs(X), result.predict(X))
    print("largest difference:", f"{min(np.abs(theirs - numbers).max() for numbers in ours):.0e}")
else:
    print("PyTorch is not here: pip install torch")

# %%
# And back: a ``Sequential`` that ends in raw outputs is told which loss it was trained with.

if find_spec("torch"):
    from torch import nn

    opened = cp.open_model(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3)), loss=cp.CrossEntropy()
    )
    print(opened)
    print(str(opened.check_gradients(X[:5], y[:5])).splitlines()[0])

# %%
# A layer that clearprop does not have is named, with its place.

if find_spec("torch"):
    try:
        cp.open_model(
            nn.Sequential(nn.Linear(4, 8), nn.PReLU(), nn.Linear(8, 3)), loss=cp.CrossEntropy()
        )
    except cp.UnknownLayerError as refused:
        print(refused)
