"""The view as a widget: what is looked at is shared between the page and Python."""

from __future__ import annotations

from typing import Any

from clearprop.explaining.document import document_of, viewed
from clearprop.explaining.step import StepData, UnknownQuantityError
from clearprop.view.notebook import still_bundle
from clearprop.view.page import asset
from clearprop.view.payload import payload_of

try:
    import anywidget
    import traitlets
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"the widget needs {error.name}, which is not installed: pip install 'clearprop[notebook]'",
        name=error.name,
    ) from None


class StepWidget(anywidget.AnyWidget):
    """A step's view in a notebook, two-way: made by ``step.widget()``.

    Every attribute can be assigned, and observed with ``widget.observe(function, "selection")``.

    Attributes
    ----------
    step : Step
        The step that is shown; another one is shown when it is assigned.
    selection : str
        The address of the number that is looked at, such as ``"dense2.dW[3,7]"``: what
        ``step[...]`` and ``step.why(...)`` take. Clicking a number in the view changes it;
        assigning an address, a quantity's path or a short name such as ``"dW2"`` moves the view.
        "" until the view is shown, where nothing was assigned.
    row : int
        The row of the batch whose values are looked at.
    """

    _esm = asset("widget.js")
    _style = traitlets.Unicode(asset("view.css")).tag(sync=True)
    _payload = traitlets.Dict().tag(sync=True)
    _steps = traitlets.Int().tag(sync=True)

    step = traitlets.Instance(StepData)
    selection = traitlets.Unicode().tag(sync=True)
    row = traitlets.Int().tag(sync=True)

    def __init__(self, step: StepData, **traits: Any) -> None:
        super().__init__(step=step, **traits)

    @traitlets.validate("selection")
    def _address(self, proposal: dict[str, Any]) -> str:
        """Return a selection as the address that the view knows it by."""
        text: str = proposal["value"]
        if not text:
            return text
        try:
            quantity, index = self.step.find(text)
        except (UnknownQuantityError, IndexError) as error:
            raise traitlets.TraitError(f"selection: {error}") from None
        return quantity.path if not index else f"{quantity.path}[{','.join(map(str, index))}]"

    @traitlets.validate("row")
    def _in_batch(self, proposal: dict[str, Any]) -> int:
        row: int = proposal["value"]
        rows = len(self.step["x"])
        if not 0 <= row < rows:
            raise traitlets.TraitError(f"row: the step has rows 0 to {rows - 1}, not {row}")
        return row

    @traitlets.observe("step")
    def _show(self, change: dict[str, Any]) -> None:
        """Show another step: at the same number where it has that one too."""
        with self.hold_sync():
            self._payload = payload_of(viewed(self.step))
            self._steps += 1
            if self.row >= len(self.step["x"]):
                self.row = 0
            try:
                self.step.find(self.selection or "x")
            except (UnknownQuantityError, IndexError):
                self.selection = ""

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the widget, and a picture and text for where no widget runs."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, **still_bundle(document_of(self.step), str(self.step))}, metadata
