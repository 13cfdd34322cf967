"""`LivePage`: a page that follows a training while it runs, and steers it between epochs."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from clearprop.live.address import forget, served
from clearprop.live.commands import Command, CommandError
from clearprop.live.folder import Folder
from clearprop.live.notebook import NotebookDisplay
from clearprop.live.one_run import LiveRun
from clearprop.live.record import record_path
from clearprop.live.scalars import ScalarWriter
from clearprop.live.server import LiveServer, Site
from clearprop.live.written import WrittenPage, live_html
from clearprop.training.following import FollowedRun, Follower
from clearprop.training.watch import EpochReport

MOST_STEPS_KEPT = 8
"""Pages of opened steps that stay in memory."""

PAGES = (".html", ".htm")

DONE = ("epochs", "stopped improving", "callback", "converged")
"""Reasons to end after which nobody goes on: the next training has another address."""


class LivePage(Follower):
    """A page that follows a training: curves, gradients, the health of each layer, the time left.

    Give it to :func:`clearprop.train` as `on_epoch`, or to an estimator by `set_callbacks`. It adds
    a line for each epoch to a file of JSON lines, and keeps one offline page up to date, which can
    be opened from disk. Served on this machine, the page also has buttons: pause, open the next
    step, change the learning rate, go on, stop and keep. They act between two epochs. The networks
    of a table estimator, restarts, and trainings of other processes with the same `path` stand side
    by side on one page. A training that goes on from a checkpoint goes on in the same files.

    Recording changes no number of the training. `docs/live.md` describes page and files.

    Parameters
    ----------
    path : path-like
        A folder, in which the page is ``live.html``; or the page, a name that ends in ``.html``.
        The folder is made if there is none.
    name : str
        What the run is called on the page.
    serve : bool
        Whether to serve the page on 127.0.0.1, at :attr:`address`, until the process ends.
    port : int
        Where to serve it; 0 for any free port.
    display : bool, optional
        Whether to show the training in a notebook, too. Without it: where there is a notebook.
    tensorboard : path-like, optional
        A folder to write TensorBoard's event files to. It needs tensorboardX, or torch with
        tensorboard.

    Attributes
    ----------
    page : Path
        The page.
    columns, classes : tuple of str
        Names of the inputs and of the classes, for the steps that are opened, where the training
        does not know them itself.

    Examples
    --------
    >>> import clearprop as cp, numpy as np, tempfile
    >>> net = cp.Chain(cp.Dense(1, 3), cp.Tanh(), cp.Dense(3, 1))
    >>> x = np.linspace(-1, 1, 8)[:, None]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = cp.LivePage(folder)
    ...     result = cp.train(net, cp.SquaredError(), net.init(np.random.default_rng(0)), x, x**2,
    ...                       epochs=3, seed=0, on_epoch=page)
    ...     sorted(file.name for file in page.page.parent.iterdir())
    ['live-run.jsonl', 'live.html', 'live.js']
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        name: str = "",
        serve: bool = False,
        port: int = 0,
        display: bool | None = None,
        tensorboard: str | os.PathLike[str] | None = None,
    ) -> None:
        given = Path(path)
        self.page = given if given.suffix.lower() in PAGES else given / "live.html"
        self.name, self.serve, self.port = name, serve, port
        self.display, self.tensorboard = display, tensorboard
        self.columns: tuple[str, ...] = ()
        self.classes: tuple[str, ...] = ()
        self._start()

    def _start(self) -> None:
        self._lock = threading.RLock()
        self._runs: dict[FollowedRun, LiveRun] = {}
        self._names: set[str] = set()
        self._folder = Folder(self.page)
        self._written = WrittenPage(self.page, self._folder)
        self._steps: dict[str, str] = {}
        self._server: LiveServer | None = None
        self._stop_fit = False
        self._unwritable = ""
        self._notebook = NotebookDisplay.of(self.display)
        self._scalars = None if self.tensorboard is None else ScalarWriter(self.tensorboard)
        if self.serve:
            self._begin_to_serve()

    def __getstate__(self) -> dict[str, Any]:
        """Return the arguments: threads and files belong to a process."""
        own = (
            "page", "name", "serve", "port", "display", "tensorboard", "columns", "classes",
        )  # fmt: skip
        return {name: getattr(self, name) for name in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the arguments; a copy does not serve."""
        vars(self).update({**state, "serve": False})
        self._start()

    @property
    def address(self) -> str | None:
        """Where the page is served, the secret part included; None if it is not."""
        return None if self._server is None else self._server.address

    def close(self) -> None:
        """Stop serving. The files stay."""
        if self._server is not None:
            self._server.close()
            self._server = None
            forget(self.page)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # What a follower is told.

    def begins(self, run: FollowedRun) -> None:
        """Begin the record of a run, or go on with it."""
        try:
            self.page.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._warn(error)
        with self._lock:
            name = self._name_of(run)
            named = replace(
                run, columns=run.columns or self.columns, classes=self.classes or run.classes
            )
            one = LiveRun(
                named, name, record_path(self.page, name), self._keep_step, self._show_now
            )
            self._names.add(name)
            self._runs[run] = one
            one.begins()
        self._show_now()

    def __call__(self, report: EpochReport) -> Any:
        """Record an epoch, and do what the page asks for."""
        assert report.run is not None
        one = self._runs[report.run]
        with self._lock:
            line = one.after_epoch(report)
            if self._scalars is not None:
                self._scalars.write(one.name, line)
        self._show()
        if self._stop_fit and report.run.place is not None:
            return True
        return one.steered(report)

    def ends(self, run: FollowedRun, reason: str) -> None:
        """End the record of a run."""
        with self._lock:
            one = self._runs.pop(run)
            one.ends(reason)
            if self._scalars is not None:
                self._scalars.close(one.name)
            if run.place is None and not self._runs and reason in DONE:
                forget(self.page)
        self._show_now()

    # scikit-learn's protocol of callbacks.

    def setup(self, estimator: Any, context: Any) -> None:
        """Forget what an earlier fit was told."""
        self._stop_fit = False

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing: the page stays."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: the follower is told."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Return whether the fit of a table has to end, after one of its networks."""
        if context.task_name == "fit" and not self._runs:
            forget(self.page)
        return self._stop_fit and context.task_name == "member"

    # What the server asks for.

    def _begin_to_serve(self) -> None:
        self.page.parent.mkdir(parents=True, exist_ok=True)
        site = Site(
            html=lambda: live_html(self._folder.document(served=True), served=True),
            document=lambda known: self._folder.document(True, known),
            step=self._steps.get,
            obey=self._obey,
        )
        self._server = served(self.page, site, self.port)

    def _obey(self, document: Mapping[str, Any]) -> None:
        """Give a page's command to the run that it is for, or to all that are running."""
        command, file = Command.of(document), document.get("run")
        running = list(self._runs.values())
        chosen = running if file == "" else [one for one in running if one.path.name == file]
        if not chosen:
            raise CommandError("this run has ended, or is another process's")
        if command.do == "stop" and file == "":
            self._stop_fit = True
        for one in chosen:
            one.mail.put(command)

    def _keep_step(self, html: str) -> str:
        with self._lock:
            key = os.urandom(8).hex()
            self._steps[key] = html
            while len(self._steps) > MOST_STEPS_KEPT:
                del self._steps[next(iter(self._steps))]
        return key

    # Where it is shown.

    def _show(self, whole: bool = False) -> None:
        with self._lock:
            try:
                self._written.write(whole)
            except OSError as error:
                self._warn(error)
            if self._notebook is not None:
                self._notebook.show(self._folder, self.page, self.address, whole)

    def _warn(self, error: OSError) -> None:
        if str(error) != self._unwritable:
            self._unwritable = str(error)
            warnings.warn(f"training goes on, but its live page does not: {error}", stacklevel=2)

    def _show_now(self) -> None:
        self._show(whole=True)

    def _name_of(self, run: FollowedRun) -> str:
        """Return a name for a run: that of one that goes on is the one it had."""
        name = " ".join(part for part in (self.name, run.name) if part) or "run"
        if len(run.history) or run.place is not None:
            return name
        number, free = 1, name
        while free in self._names:
            number += 1
            free = f"{name} {number}"
        return free
