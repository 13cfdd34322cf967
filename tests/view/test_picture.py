"""The still picture of a step: its numbers are the step's, and no text in it is more than text."""

import base64
import io
import re

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

import clearprop as cp
from clearprop.view import image
from clearprop.view.notebook import mimebundle
from clearprop.view.picture import picture_of, words_of

from .conftest import classes, large, small, varied
from .test_hostile import STRINGS


def texts(data):
    """Return every text in the picture of a step."""
    figure = image._drawn(picture_of(data))
    return [text.get_text() for text in figure.axes[0].texts]


def test_it_shows_the_first_rows_values_and_the_weights():
    step = classes()
    inputs, hidden, outputs = picture_of(step.to_dict()).columns
    np.testing.assert_array_equal(inputs.values, step["x"][0])
    np.testing.assert_array_equal(hidden.values, np.tanh(step["dense1.y"][0]))
    exps = np.exp(step["dense2.y"][0] - step["dense2.y"][0].max())
    np.testing.assert_allclose(outputs.values, exps / exps.sum(), rtol=1e-14)
    np.testing.assert_array_equal(hidden.weights, step["dense1.W"])
    np.testing.assert_array_equal(outputs.weights, step["dense2.W"])
    assert outputs.weight_end == np.abs(step["dense2.W"]).max()
    assert hidden.value_end == np.abs(np.tanh(step["dense1.y"][0])).max()
    assert outputs.targets == tuple("← target" if t else "" for t in step["t"][0])


@pytest.mark.parametrize("made", [small, classes, varied, large])
def test_every_number_in_it_is_one_of_the_steps(made):
    step = made()
    loss = [step.loss_before, step.loss_after, step.loss_after - step.loss_before]
    known = [*loss, step.loss_predicted, step.rate]
    known += [step[path] for path in ("penalty", "row_loss") if path in step]
    known += [step[path] for path in step.paths if path.endswith((".y", ".W")) or path in "xpt"]
    known = np.concatenate([np.ravel(value) for value in known])
    said = " ".join(texts(step.to_dict()))
    numbers = [
        float(text.replace("−", "-"))
        for text in re.findall(r"−?\d+\.\d+(?:e[−+]\d+)?", said.replace("dropout 0.3", ""))
    ]
    assert len(numbers) > 8
    for number in numbers:
        near = np.min(np.abs(np.abs(known) - abs(number)))
        assert near <= 0.51e-3 * abs(number), number


def test_sign_is_in_colour_and_in_dashes():
    figure = image._drawn(picture_of(small().to_dict()))
    seen = set()
    for lines in figure.axes[0].collections:
        dashed = lines.get_linestyle()[0][1] is not None
        red, _, blue = lines.get_color()[0][:3]
        assert dashed == (red > blue)
        seen.add(dashed)
    assert seen == {True, False}
    step = small()
    drawn = sum(len(lines.get_segments()) for lines in figure.axes[0].collections)
    assert drawn == step["dense1.W"].size + step["dense2.W"].size


def test_of_many_lines_the_strongest_are_drawn_and_that_is_said():
    step = large()
    figure = image._drawn(picture_of(step.to_dict()))
    sizes = [len(lines.get_segments()) for lines in figure.axes[0].collections]
    assert sum(sizes) == 3 * image.STRONGEST
    assert sum("120 strongest" in text.get_text() for text in figure.axes[0].texts) == 3


def test_the_scale_has_seven_steps_each_way():
    assert [image.level(value, 7.0) for value in (-7, -0.1, 0, 0.1, 3.5, 7, 70)] == [
        -7, -1, 0, 1, 4, 7, 7,
    ]  # fmt: skip
    assert image.fill(float("nan"), 1.0) == image.ACCENT
    lightness = [sum(to_rgb(colour)) for colour in image.PLUS]
    assert lightness == sorted(lightness, reverse=True)


def test_the_file_is_a_small_png_of_the_pictures_colours():
    for made in (small, large):
        data = image.png(made().to_dict())
        assert len(data) < 200_000
        drawn = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        assert drawn.shape[1] == image.WIDTH * image.SCALE
        colours = {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()}
        strongest = (image.PLUS[6], image.MINUS[6], image.PAPER, image.INK)
        for colour in strongest:
            assert tuple(round(255 * part) for part in to_rgb(colour)) in colours


@pytest.mark.parametrize(
    "text", [*STRINGS, r"$\frac{1}{0}$", "$x", "日本語", "a\nb\x00c", "\ud800"]
)
@pytest.mark.one_in(24)
def test_any_name_is_only_text(text):
    data = classes().to_dict()
    data["title"]["model"] = data["rows"][0]["label"] = data["rows"][0]["target"] = text
    data["inputs"]["names"] = [text] * 4
    data["outputs"]["names"] = [text] * 3
    assert image.png(data)[:4] == b"\x89PNG"
    html = mimebundle(data, text)["text/html"]
    still = html[html.index('<div class="clearprop-still">') :]
    assert re.fullmatch(r'<div [^<>]*><img [^<>"]*("[^<>"]*"[^<>"]*)*><p>[^<>]*</p></div>', still)


def test_what_a_notebook_set_does_not_change_it():
    data = small().to_dict()
    plain = image.png(data)
    with matplotlib.rc_context({"text.usetex": True, "font.size": 30, "axes.facecolor": "red"}):
        assert image.png(data) == plain
        assert matplotlib.rcParams["text.usetex"]


def test_numbers_that_are_none_are_drawn_too():
    net = cp.Chain(cp.Dense(2, 2), cp.ReLU(), cp.Dense(2, 1))
    params = net.init(np.random.default_rng(0))
    params["dense1"]["W"][0, 0] = np.nan
    data = cp.explain(net, cp.SquaredError(), params, [[1.0, 2.0]], [[0.0]]).to_dict()
    assert "NaN" in texts(data)
    assert image.png(data)[:4] == b"\x89PNG"


@pytest.mark.parametrize("layers", [1, 14])
def test_shallow_and_deep_networks_have_one(layers):
    parts = [cp.Dense(3, 3) for _ in range(layers)]
    net = cp.Chain(*parts)
    params = net.init(np.random.default_rng(0))
    data = cp.explain(
        net, cp.SquaredError(), params, [[1.0, 2.0, 3.0]], [[0.0, 0.0, 0.0]]
    ).to_dict()
    assert image.png(data)[:4] == b"\x89PNG"
    assert len(picture_of(data).columns) == layers + 1


def test_its_words_tell_what_it_shows():
    assert words_of(small().to_dict()) == (
        "2 → 3 sigmoid → 1 sigmoid, SGD, η 0.5, 1 row. E  0.1514 → 0.133; "
        "change −0.01842; a straight-line estimate gives −0.01893"
    )


def test_without_matplotlib_there_is_none_and_the_text_stands_in_its_place(monkeypatch):
    monkeypatch.setattr(image, "find_spec", lambda name: None)
    bundle = mimebundle(small().to_dict(), "a < b & c")
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<pre>a &lt; b &amp; c</pre>" in bundle["text/html"]


def test_the_bundle_holds_it_for_front_ends_without_html():
    data = small().to_dict()
    bundle = mimebundle(data, "text")
    assert base64.b64decode(bundle["image/png"]) == image.png(data)
    assert f'src="data:image/png;base64,{bundle["image/png"]}"' in bundle["text/html"]
