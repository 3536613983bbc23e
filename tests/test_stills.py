"""Pictures that leave the book: whole wherever they are shown, and the same each time."""

import re
import struct
from xml.etree import ElementTree

import pytest

from builder import cache, card, publication, stills, typefaces
from builder.mistakes import Mistakes
from figures import _contract as contract
from figures import _theme as theme
from tests.conftest import ROOT
from tests.test_messages import command

SVG = "{http://www.w3.org/2000/svg}"


def test_a_still_says_what_it_shows_and_asks_nobody_for_anything(site, name):
    run = contract.run(contract.load(name))
    for ending, scheme in ((".svg", "light"), ("-dark.svg", "dark")):
        text = site[f"stills/{name}{ending}"].decode()
        root = ElementTree.fromstring(text)
        assert (root.get("width"), root.get("height")) == ("1200", "630")
        assert root.find(f"{SVG}title").text.endswith("?")
        assert root.find(f"{SVG}desc").text == run.takeaway
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert not tags & {"text", "style", "image", "script", "foreignObject"}, tags
        assert "href" not in text and "url(http" not in text and "var(" not in text
        seen = re.sub("(?s)<clipPath.*?</clipPath>", "", text)
        colours = set(re.findall(r'(?:fill|stroke)="(#\w+)"', seen))
        assert colours <= set(theme.PALETTES[scheme].values()), colours


@pytest.mark.parametrize("path", ["stills/tail_latency", "cover"])
def test_a_picture_in_dots_has_the_size_that_hosts_ask_for(site, path):
    for ending in (".png", "-dark.png"):
        png = site[f"{path}{ending}"]
        assert png.startswith(b"\x89PNG\r\n\x1a\n") and len(png) < 300_000
        assert struct.unpack(">II", png[16:24]) == (1200, 630)


def test_a_still_is_made_to_the_same_bytes_each_time(site, monkeypatch, tmp_path):
    monkeypatch.setattr(cache, "CACHE", tmp_path)
    url = publication.read(ROOT).at("figures/rerun/")
    again = stills.figure("rerun", url, {}, contract.SEED)
    for ending, data in again.items():
        assert site[f"stills/rerun{ending}"] == data


@pytest.mark.browser
def test_the_outlines_look_like_the_dots(reader, name):
    """Both come from one picture; a browser draws one of them by itself."""
    reader.goto("/")
    difference = reader.evaluate(
        """async (name) => {
          const [drawn, dots] = await Promise.all(["svg", "png"].map(async (kind) => {
            const image = new Image();
            image.src = `stills/${name}.${kind}`;
            await image.decode();
            const canvas = new OffscreenCanvas(1200, 630).getContext("2d");
            canvas.drawImage(image, 0, 0);
            return canvas.getImageData(0, 0, 1200, 630).data;
          }));
          return drawn.reduce((sum, v, i) => sum + Math.abs(v - dots[i]), 0) / drawn.length;
        }""",
        name,
    )
    assert difference < 1, "of 255 levels, on average"


def test_words_keep_to_their_column_and_above_the_foot(name):
    """At every setting at which theory is tested, and with the longest takeaway."""
    figure = contract.load(name)
    for values in figure.CHECKED_AT:
        run = contract.run(figure, values)
        lines = card.words(
            figure.__doc__.split("\n\n")[1].replace("\n", " "), run.takeaway
        )
        for line in lines:
            family, size = re.search(
                r'family="([\w ]+)".*size="([\d.]+)"', line
            ).groups()
            words = re.sub("<[^>]+>", "", line).replace("&#x27;", "'")
            assert typefaces.width(words, family, float(size)) <= card.WORDS
        assert float(re.search(r' y="([\d.]+)"', lines[-1])[1]) < card.FOOT - 12


def test_a_letter_that_no_typeface_has_is_a_mistake():
    with pytest.raises(Mistakes) as raised:
        typefaces.check("as far as →")
    assert str(raised.value) == (
        "pictures: no typeface has '→' (U+2192), found in 'as far as →'."
        " Say it in another way"
    )


def test_any_state_can_be_drawn_from_the_command_line(tmp_path, site):
    file = tmp_path / "tail.svg"
    asked = ("--set", "fan_out=100", "--seed", "3", "--dark", "-o", file)
    done = command("still", "tail_latency", *asked)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    run = contract.run(contract.load("tail_latency"), {"fan_out": 100}, 3)
    assert f"<desc>{run.takeaway}</desc>" in file.read_text()
    assert file.read_bytes() != site["stills/tail_latency-dark.svg"]
    told = card.settings(contract.load("tail_latency"), run)
    assert told.startswith("Calls per request: 100 calls · ") and told.endswith(
        "seed 3"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("tail", "-o", "a.png"), "figures: no figure named 'tail'."),
        (("rerun", "-o", "a.jpg"), "-o: must end in .png or .svg, got 'a.jpg'"),
        (
            ("tail_latency", "--set", "fan_out=0", "-o", "a.png"),
            "still tail_latency: fan_out must be from 1 to 2000 calls, got 0",
        ),
    ],
)
def test_a_picture_that_cannot_be_made_is_one_line(arguments, message):
    done = command("still", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message) and done.stderr.count("\n") == 1
