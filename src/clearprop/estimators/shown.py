"""The network in an estimator's HTML diagram: its layers in a line, under the estimator's name."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from typing import Any

from clearprop.estimators.network import build_network
from clearprop.estimators.options import activation_of, hidden_sizes, per_hidden_layer
from clearprop.explaining.titles import network_title

PAGE = "_made/reference/clearprop.{estimator_name}.html"
"""Where the site has the page of an estimator."""


@cache
def documentation() -> str:
    """Return the address of the site that the package's metadata names, "" where it names none."""
    try:
        links = metadata.metadata("clearprop").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return ""
    named = dict(link.split(", ", 1) for link in links)
    return named.get("Documentation", "").rstrip("/")


class ShownNetwork:
    """Mixin of estimators whose diagram tells their network, also within pipelines.

    The question mark of a diagram leads to the estimator's page, where the package's metadata
    names a site ("Documentation" of the project's links).
    """

    _doc_link_module = "clearprop"

    @property
    def _doc_link_template(self) -> str:
        return f"{address}/{PAGE}" if (address := documentation()) else ""

    def _network_line(self) -> str | None:
        """Return the network in a line; None where it is not known yet."""
        return None

    def _sk_visual_block_(self) -> Any:
        # The protocol of scikit-learn's own estimators of estimators; the class has no public name.
        from sklearn.utils._repr_html.estimator import _VisualBlock

        return _VisualBlock(
            "single",
            self,
            names=type(self).__name__,
            name_details=str(self),
            name_caption=self._network_line(),
        )


def network_line(estimator: Any) -> str | None:
    """Return the network of MLPClassifier or MLPRegressor: 4 → 8 relu → 3 softmax.

    Before the fit inputs and outputs are not known: … → 8 relu → …. None where the settings make
    no network; `fit` says why.
    """
    if hasattr(estimator, "coefs_"):
        network = build_network(
            estimator, estimator.coefs_[0].shape[0], estimator.coefs_[-1].shape[1]
        )
        return network_title(network, estimator._loss_object())
    try:
        sizes = hidden_sizes(estimator.hidden_layer_sizes)
        chosen = per_hidden_layer("activation", estimator.activation, len(sizes))
        words = [type(activation_of(one)).__name__.lower() for one in chosen]
    except (TypeError, ValueError):
        return None
    hidden = [f"{size} {word}" for size, word in zip(sizes, words, strict=True)]
    return " → ".join(["…", *hidden, "…"])
