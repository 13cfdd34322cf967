"""A JupyterLab on loopback, with folders of its own, and pages of it in the tests' browser."""

import contextlib
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading

import nbformat


class Lab:
    """A running JupyterLab that serves the notebooks of a folder.

    It keeps nothing outside `folder`, and asks for no news. Its application is exposed in the
    browser, so that tests give commands by their names rather than by places on the screen.
    """

    def __init__(self, folder):
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        self.token = secrets.token_hex(16)
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        quiet = folder / "config/lab/user-settings/@jupyterlab/apputils-extension"
        quiet.mkdir(parents=True)
        no_news = '{"fetchNews": "false", "checkForUpdates": false}'
        (quiet / "notification.jupyterlab-settings").write_text(no_news, encoding="utf-8")
        settings = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": _free_port(),
            "ServerApp.root_dir": self.notebooks,
            "IdentityProvider.token": self.token,
            "LabApp.extension_manager": "readonly",
            "LabApp.news_url": "None",
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LabApp.expose_app_in_browser": True,
        }
        self.server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
            + [f"--{name}={value}" for name, value in settings.items()],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = []
        self.url = self._address()
        self.reader = threading.Thread(target=lambda: self.said.extend(self.server.stderr))
        self.reader.start()

    def _address(self):
        """Return the address that the server tells when it listens."""
        for line in self.server.stderr:
            self.said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if found:
                return found.group()
        raise RuntimeError("JupyterLab did not start:\n" + "".join(self.said))

    def write(self, name, *sources, outputs=()):
        """Write a notebook of code cells, the first of them with outputs from elsewhere."""
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[0].outputs = [nbformat.v4.new_output("display_data", data) for data in outputs]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, self.notebooks / name)

    def close(self):
        """Stop the server and its kernels."""
        self.server.terminate()
        try:
            self.server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
        self.reader.join()
        self.server.stderr.close()


class Notebook:
    """A notebook open in a browser; whatever it asks of any other machine is refused and noted."""

    def __init__(self, lab, browser, name, **settings):
        self.requests = []
        self.context = browser.new_context(viewport={"width": 1400, "height": 1200}, **settings)
        self.context.set_default_timeout(60_000)
        self.context.route("**/*", lambda route: self._decide(route, lab.url))
        self.page = self.context.new_page()
        self.page.goto(f"{lab.url}lab/tree/{name}?token={lab.token}&reset")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", state="attached")
        self.cells = self.page.locator(".jp-Notebook .jp-CodeCell")

    def _decide(self, route, home):
        if route.request.url.startswith((home, "data:", "blob:")):
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()

    def command(self, name):
        """Carry out one of JupyterLab's commands and wait for its end."""
        self.page.evaluate("(name) => window.jupyterapp.commands.execute(name)", name)

    def run(self, place, source=None):
        """Run a cell, with another source if one is given; return the text it printed."""
        self.page.evaluate(
            """async ([place, source]) => {
                const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
                await sessionContext.ready;
                content.activeCellIndex = place;
                const { sharedModel } = content.activeCell.model;
                if (source !== null) sharedModel.setSource(source);
                await window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            [place, source],
        )
        output = self.cells.nth(place).locator(".jp-OutputArea-output pre")
        return output.text_content().strip() if output.count() else ""

    def close(self):
        """Close the notebook; nothing may have been asked of another machine."""
        self.context.close()
        assert self.requests == []


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
