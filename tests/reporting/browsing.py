"""A page opened from disk in a headless Chromium, and everything that went wrong in it."""


class Opened:
    """A page that may read its own file and nothing else."""

    def __init__(self, browser, path, hash_="", **settings):
        self.problems = []
        self.context = browser.new_context(
            **{"viewport": {"width": 1200, "height": 900}, **settings}
        )
        self.path = path
        self.context.route("**/*", self._decide)
        self.page = self.context.new_page()
        self.page.on(
            "console", lambda m: m.type in ("error", "warning") and self.problems.append(m.text)
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append("dialog"), dialog.dismiss()))
        self.page.goto(f"{path.as_uri()}{hash_}")
        self.page.wait_for_selector(".clearprop main", state="attached")

    def _decide(self, route):
        if route.request.url.split("#")[0] == self.path.as_uri():
            route.continue_()
        else:
            self.problems.append(f"request {route.request.url}")
            route.abort()

    def check(self):
        assert self.problems == []
