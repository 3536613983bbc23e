"""WCAG 2.2 AA on every page: by axe, and by measuring what axe does not see."""

import pytest

from figures import _contract as contract
from tests.conftest import ROOT
from tests.test_build import contrast

pytestmark = pytest.mark.browser

SHARES = 8  # the pages are shared out, so that they can be checked side by side
WIDE, NARROW = 1280, 320  # the second is also the first at a zoom of 400 %
READERS = (
    (WIDE, {"color_scheme": "light", "forced_colors": "none"}),
    (NARROW, {"color_scheme": "dark", "forced_colors": "none"}),
    (WIDE, {"color_scheme": "dark", "forced_colors": "active"}),
)
AXE = """async (scope) => {
  const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const {violations} = await axe.run(scope, {
    resultTypes: ['violations'], runOnly: {type: 'tag', values},
  });
  return violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html}`));
}"""
# A figure's own file is long, and its colours are those of the code of the ideas.
WHOLE = {"include": ["html"], "exclude": ["[aria-labelledby=code] > pre"]}

SMALL = """() => {
  const targets = [...document.querySelectorAll('a, button, input, select, summary, label')];
  const isInline = (e) => e.tagName === 'A' && getComputedStyle(e).display === 'inline';
  const isLabelled = (e) => e.labels?.length && e.closest('label');
  const boxOf = (e) => {  // a field within its label may be the taller of the two
    const boxes = [e, ...e.querySelectorAll('input')].map((one) => one.getBoundingClientRect());
    return boxes.reduce((one, other) => (other.height > one.height ? other : one));
  };
  return targets
    .filter((e) => e.checkVisibility() && !isInline(e) && !isLabelled(e))
    .filter((e) => e.matches(':not(label)') || e.querySelector('input'))
    .map((e) => [e.outerHTML.slice(0, 99), boxOf(e)])
    .filter(([, {width, height}]) => width > 1 && Math.min(width, height) < 23.9)
    .map(([html, {width, height}]) => `${html} is ${width} by ${height}`);
}"""
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important} p {margin-bottom: 2em !important}`);
  document.adoptedStyleSheets = [sheet];
  const {scrollWidth} = document.documentElement;
  document.adoptedStyleSheets = [];
  return scrollWidth;
}"""


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, as package-lock.json pins it."""
    return (ROOT / "node_modules/axe-core/axe.min.js").read_text()


def woken(page, path, axe):
    """The page once it has what scripts put there, and axe."""
    page.goto(path)
    page.mouse.move(3, 3)
    if page.locator("article h1").count():
        page.locator(".pilcrow").wait_for(state="attached")
    if page.locator("main pre.code").count():
        page.locator(".copied").first.wait_for(state="attached")
    page.evaluate(axe)
    return page


@pytest.mark.parametrize("share", range(SHARES))
def test_every_page_is_for_everyone(reader, site, axe, share):
    """Light and wide, dark and narrow, in forced colours: axe, targets, one column."""
    for path in sorted(p for p in site if p.endswith(".html"))[share::SHARES]:
        page = woken(reader, "/" + path.removesuffix("index.html"), axe)
        for width, media in READERS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(**media)
            assert page.evaluate(AXE, WHOLE) == [], (path, width, media)
            assert page.evaluate(SMALL) == [], (path, width)
            if width == NARROW:
                assert page.evaluate(SPACED) <= width, f"{path} scrolls sideways"


CHART = """() => {
  const probe = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const hex = (...colours) => {  // one painted over the other
    for (const [colour, opacity] of colours) {
      probe.globalAlpha = opacity;
      probe.fillStyle = colour;
      probe.fillRect(0, 0, 1, 1);
    }
    const rgb = [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
    return '#' + rgb.map((c) => c.toString(16).padStart(2, '0')).join('');
  };
  const paper = [getComputedStyle(document.body).backgroundColor, 1];
  const drawn = (e, kind) => {
    const style = getComputedStyle(e);
    const opacity = Number(style[`${kind}Opacity`]) * Number(style.opacity);
    return [e.closest('[class*=role-]')?.getAttribute('class') + ' ' + e.textContent,
            hex(paper, [style[kind], opacity])];
  };
  const all = (selector) => [...document.querySelectorAll(`.picture .chart ${selector}`)]
    .filter((e) => e.getBoundingClientRect().width || e.getBoundingClientRect().height);
  const stroked = (e) => {  // a stroke of more than 5 px is a band: its edge is drawn by others
    const {stroke, opacity, strokeWidth} = getComputedStyle(e);
    return stroke !== 'none' && Number(opacity) && parseFloat(strokeWidth) <= 5;
  };
  return {
    paper: hex(paper),
    texts: all('text').map((e) => drawn(e, 'fill')),
    lines: all(':is(.mark-line, .mark-rule):not(.role-axis-grid) :is(path, line)')
      .filter(stroked).map((e) => drawn(e, 'stroke')),
  };
}"""


def test_a_live_figure_is_for_everyone(reader, axe, name):
    """Contrast in the chart, which axe does not see; and what is said of it."""
    page = woken(reader, f"/figures/{name}/", axe)
    page.emulate_media(reduced_motion="reduce")
    figure = page.locator("figure")
    label = figure.locator(".picture").get_attribute("aria-label")
    assert label.endswith(contract.run(contract.load(name)).takeaway)
    for details in figure.locator("summary").all():
        details.click()
    figure.get_by_role("button", name="run again").click()
    page.locator(
        f'figure[data-state="live"][data-seed="{contract.SEED + 1}"]'
    ).wait_for(timeout=90_000)
    assert figure.locator(".picture").get_attribute("aria-label") == (
        figure.locator("output").inner_text()
    )
    for width, media in READERS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(**media)
        assert page.evaluate(AXE, "figure") == [], (width, media)
        assert page.evaluate(SMALL) == [], width
        found = page.evaluate(CHART)
        assert len(found["texts"]) > 5 and len(found["lines"]) > 2
        for what, least in (("texts", 4.5), ("lines", 3)):
            for of, colour in found[what]:
                ratio = contrast(colour, found["paper"])
                assert ratio >= least, (media, of, colour, found["paper"])
    moving = "document.getAnimations({subtree: true}).length"
    assert page.evaluate(moving) == 0
