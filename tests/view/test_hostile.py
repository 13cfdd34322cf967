"""Names are other people's text: whatever they hold, nothing runs, nothing is requested."""

import copy
import json

from clearprop import view
from tests.browser import reopened

from .conftest import classes

RUN = "window.stolen=1"
STRINGS = [
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</SCRIPT ><ScRiPt>{RUN}</sCrIpT>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    f"<a href='javascript:{RUN}'>x</a>",
    f'" onmouseover="{RUN}',
    f"' onfocus='{RUN}' autofocus='",
    f"`${{{RUN}}}`",
    f"${{{RUN}}}",
    f"{{{{{RUN}}}}}",
    f"javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "<!--",
    "-->",
    "<!--<script>",
    "]]>",
    "<![CDATA[",
    f"<![CDATA[</script><script>{RUN}//]]>",
    "</title>",
    f"</title><script>{RUN}</script>",
    "</style>",
    f"</style><script>{RUN}</script>",
    "</textarea>",
    "<plaintext>",
    "<base href=//evil.example>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<object data=//evil.example>",
    "<embed src=//evil.example>",
    "<form action=//evil.example><input>",
    "<style>@import '//evil.example'</style>",
    "<video src=//evil.example autoplay>",
    "<math><mtext></mtext></math>",
    f"<math href='javascript:{RUN}'>x</math>",
    f"<details open ontoggle={RUN}>",
    "&lt;b&gt;",
    "&#60;script&#62;",
    "&amp;amp;",
    "\\u003cscript\\u003e",
    "\\",
    '\\"',
    '"',
    "'",
    "\n\r\t",
    "\u2028",
    "\u2029",
    "\x00",
    "\x1b[31m",
    "\u202etxt.exe",
    "\ud800",
    "\ufeff",
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "𝒳" * 40,
    "a" * 5000,
    "",
    " ",
    "__proto__",
    "constructor",
    "%s%n{0}",
    "{policy}{js}",
    "#x&at=E",
    "../../etc/passwd",
    "=cmd()|'/c calc'!A1",
]

SINKS = ("columns", "classes", "model", "rows", "equations", "slips")


def with_slips(made, names):
    """Return slips of these names that make every loss 123."""
    loss = next(q["node"] for q in made["quantities"] if q["path"] == "E")
    slips = [
        {"name": text, "sentence": text, "changed": [[loss, len(made["nodes"])]]} for text in names
    ]
    return {
        "nodes": [{"op": "constant", "value": 123}], "slips": slips,
        "products": [], "pairs": [], "conventions": [], "factors": [],
    }  # fmt: skip


def placed(made, sink, text):
    """Return the step with a text where a person's words go."""
    made = copy.deepcopy(made)
    if sink == "columns":
        made["inputs"]["names"] = [text] * 4
    elif sink == "classes":
        made["outputs"]["names"] = [text] * 3
    elif sink == "model":
        made["title"]["model"] = text
    elif sink == "rows":
        for row in made["rows"]:
            row |= {"label": text, "target": text, "prediction": text}
    elif sink == "equations":
        for equation in made["equations"].values():
            equation |= {"mathml": text, "text": text, "sentence": text}
        for quantity in made["quantities"]:
            quantity |= {"meaning": text, "symbol": {"text": text, "latex": text, "mathml": text}}
    elif sink == "slips":
        made["slips"] = with_slips(made, [text])
        made["loss"]["convention"] = made["title"]["network"] = made["made_by"] = text
        made["title"]["optimizer"] = text
    return made


LOOK_AROUND = """() => {
  const { app } = clearprop, last = app.moments.length - 1;
  for (const moment of [0, last, last - 1]) app.go(moment);
  app.goTo('E');
  app.hide(true);
  document.querySelector('.check input').value = '123';
  document.querySelector('.check form').requestSubmit();
  const forbidden = 'iframe, img, object, embed, link, base, video, a, plaintext, form[action]';
  return [
    window.stolen ?? null, document.scripts.length, document.querySelectorAll(forbidden).length,
    document.querySelectorAll('header, nav.scrubber, footer').length, app.step.payload.made_by,
  ];
}"""


def everywhere(made, text):
    for sink in SINKS:
        made = placed(made, sink, text)
    return made


def test_hostile_names_are_only_shown(opened):
    """Each text in every sink at once."""
    assert len(STRINGS) >= 60
    original = classes().to_dict()
    page = opened(original)
    for text in STRINGS:
        made = everywhere(original, text)
        file = reopened(page, view.to_html(made))
        assert (file["scripts"], file["forbidden"]) == (2, 0), text
        assert file["title"].endswith(": one training step"), text
        assert file["data"]["slips"]["slips"][0]["name"] == text
        assert page.evaluate(LOOK_AROUND) == [None, 2, 0, 3, text]


def test_hostile_names_do_nothing_in_a_file(opened):
    """One page opened from disk, with all texts in its block."""
    made = everywhere(classes().to_dict(), f"</script><script>{RUN}</script>")
    made["slips"] = with_slips(made, STRINGS)
    page = opened(made)
    assert page.evaluate(LOOK_AROUND)[:4] == [None, 2, 0, 3]


def test_text_arrives_as_it_is(opened):
    name = "<b>\u2028&amp;</b>"
    page = opened(placed(classes().to_dict(), "model", name))
    assert page.locator("h1").text_content() == name
    data = page.locator("#clearprop-data").text_content()
    assert json.loads(data)["title"]["model"] == name
