"""What a reader does, in a real browser, under the real policy."""

import json
import math
import re
import time
from urllib.parse import urlencode

import pytest

from figures import _contract as contract
from figures import _theme as theme
from tests.conftest import live
from tests.python_in_the_browser import ask_python, takeaway_is, with_figures

pytestmark = pytest.mark.browser

TAIL = "/figures/tail_latency/"
IDEA = "/fast-and-affordable/tail-latency/"

# What the page says of each update, kept where a test can read it.
LISTEN = """
window.updates = [];
document.addEventListener("figure:update", ({detail}) => window.updates.push(detail));
"""


@pytest.fixture
def page(reader):
    """A reader whose page keeps every `figure:update`."""
    reader.add_init_script(LISTEN)
    return reader


def updates(page):
    """The details of every `figure:update` so far."""
    return page.evaluate("window.updates")


def settled(page, name, **parameters):
    """Wait until an update tells of these parameters, and return its detail."""
    for _ in range(600):
        told = [u for u in updates(page) if u["figure"] == name]
        if told and parameters.items() <= told[-1]["parameters"].items():
            return told[-1]
        page.locator(f'figure[data-figure="{name}"]').wait_for()
        page.evaluate(
            "() => new Promise((go) => requestAnimationFrame(() => setTimeout(go, 50)))"
        )
    raise AssertionError(f"never told of {parameters}, last {told[-1:]}")


def set_value(control, value):
    """Put a value into a control as assistive technology does."""
    control.evaluate(
        "(element, value) => { element.value = value;"
        " element.dispatchEvent(new Event('input', {bubbles: true})) }",
        str(value),
    )


def test_every_figure_comes_alive_when_a_reader_reaches_for_it(page, name):
    page.goto(f"/figures/{name}/")
    figure = page.locator("figure")
    assert figure.get_attribute("data-state") == "still"
    figure.locator("[name]").first.focus()
    live(page, name)
    detail = settled(page, name)
    run = contract.run(contract.load(name))
    assert detail["takeaway"] == run.takeaway == figure.locator("output").inner_text()
    assert detail["seed"] == contract.SEED and detail["elapsedMs"] > 0
    assert detail["measures"].keys() == run.measures.keys()
    marks = page.evaluate("performance.getEntriesByType('mark').map((m) => m.name)")
    measures = page.evaluate(
        "performance.getEntriesByType('measure').map((m) => m.name)"
    )
    assert f"figure:{name}:live" in marks and f"figure:{name}:update" in measures

    # Once the page is at rest, the chart is what `chart()` makes in the reader's Python.
    page.locator('figure[data-drawn-by="browser"][data-state="live"]').wait_for(
        timeout=90_000
    )
    assert page.locator("figure .picture svg").count() == 1
    assert page.locator("figure .picture svg path").count() > 3
    assert len(updates(page)) == 1, (
        "drawing anew is not an update that anybody asked for"
    )


def test_a_live_chart_is_where_the_still_was(page, name):
    """Nothing jumps: same box, same axis labels at the same places."""
    page.goto(f"/figures/{name}/")
    page.evaluate("document.fonts.ready")
    place = """() => {
      const shown = [...document.querySelectorAll('.picture svg')].find((s) => s.getBoundingClientRect().width);
      const box = (e) => { const r = e.getBoundingClientRect(); return [r.x, r.y + scrollY, r.width, r.height]; };
      const texts = [...shown.querySelectorAll('.role-axis-label text')];
      return {picture: box(shown), takeaway: box(document.querySelector('.takeaway')),
              labels: texts.map((t) => [t.textContent, box(t)[0], box(t)[1]])};
    }"""
    before = page.evaluate(place)
    page.locator("figure [name]").first.focus()
    live(page, name)
    after = page.evaluate(place)
    assert before["picture"] == pytest.approx(after["picture"], abs=1)
    assert before["takeaway"][1] == pytest.approx(after["takeaway"][1], abs=1)
    assert [text for text, *_ in before["labels"]] == [
        text for text, *_ in after["labels"]
    ]
    for (_, *old), (_, *new) in zip(before["labels"], after["labels"], strict=True):
        assert old == pytest.approx(new, abs=1.5)


MARKS = """() => {
  const shown = [...document.querySelectorAll('.picture svg')].find((s) => s.getBoundingClientRect().width);
  const marks = [...shown.querySelectorAll('[class*="_marks"] :is(path, line, rect, text)')];
  const drawn = ['d', 'transform', 'x2', 'y2', 'fill', 'stroke', 'stroke-width', 'opacity'];
  return marks.map((m) => [m.textContent, ...drawn.map((name) => m.getAttribute(name))]);
}"""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def rounded(marks):
    """Marks with the numbers in them to a tenth of a pixel."""
    return NUMBER.sub(lambda found: f"{float(found[0]):.1f}", str(marks))


def test_a_live_chart_draws_the_marks_of_the_still(page, name):
    page.goto(f"/figures/{name}/")
    still = page.evaluate(MARKS)
    page.locator("figure [name]").first.focus()
    live(page, name)
    assert len(still) > 5
    assert rounded(page.evaluate(MARKS)) == rounded(still)


def test_dragging_fan_out_to_a_hundred_shows_63_per_cent(page):
    page.goto(IDEA)
    control = page.locator('[name="fan_out"]')
    control.scroll_into_view_if_needed()
    box = control.bounding_box()
    at = math.log(100) / math.log(2000)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 12 + (box["width"] - 24) * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 12 + (box["width"] - 24) * at, y, steps=5)
    page.mouse.up()
    detail = settled(page, "tail_latency", fan_out=100)
    assert detail["measures"]["slow_requests_share"] == pytest.approx(0.634, abs=0.006)
    takeaway = page.locator("figure output").inner_text()
    assert re.search(
        r"With 100 calls per request .* 63(\.\d)? % of users wait", takeaway
    )
    page.wait_for_url("**/?fan_out=100&v=1")


def test_a_control_answers_to_the_keyboard_in_small_and_large_steps(page):
    page.goto(TAIL)
    control = page.locator('[name="slow_share"]')
    control.focus()
    live(page, "tail_latency")
    for key, value in (("ArrowRight", 0.011), ("PageUp", 0.021), ("ArrowLeft", 0.02)):
        control.press(key)
        settled(page, "tail_latency", slow_share=value)
    assert control.get_attribute("aria-valuetext") == "2 %"
    fan_out = page.locator('[name="fan_out"]')
    for key, value in (("ArrowUp", 11), ("End", 2000), ("Home", 1), ("ArrowUp", 2)):
        fan_out.press(key)
        settled(page, "tail_latency", fan_out=value)


def test_the_newest_input_wins(page):
    page.goto(TAIL)
    control = page.locator('[name="fan_out"]')
    control.focus()
    live(page, "tail_latency")
    before = len(updates(page))
    control.evaluate(  # forty in less time than one run takes
        """(control) => {
            for (let value = 20; value < 60; value++) {
                control.value = value;
                control.dispatchEvent(new Event("input", {bubbles: true}));
            }
        }"""
    )
    settled(page, "tail_latency", fan_out=59)
    told = updates(page)[before:]
    assert len(told) < 40, "runs that nobody waits for are left out"
    assert page.locator("figure output").inner_text().startswith("With 59 calls")


def test_both_ends_of_every_control_are_drawn_and_told(page, name):
    page.goto(f"/figures/{name}/")
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true })"
    )
    figure = contract.load(name)
    page.locator("figure [name]").first.focus()
    live(page, name)
    for parameter in figure.PARAMETERS:
        control = page.locator(f'figure [name="{parameter.name}"]')
        if isinstance(parameter, contract.Choice):
            for option in parameter.options:
                control.select_option(option)
                settled(page, name, **{parameter.name: option})
            control.select_option(parameter.default)
        else:
            for end in (parameter.minimum, parameter.maximum):
                set_value(control, end)
                detail = settled(page, name, **{parameter.name: end})
                run = contract.run(figure, detail["parameters"])
                assert detail["takeaway"] == run.takeaway
            set_value(control, parameter.default)
    settled(page, name, **{p.name: p.default for p in figure.PARAMETERS})
    drawn = page.locator(".picture svg").evaluate("(svg) => svg.outerHTML")
    assert "NaN" not in drawn


# What is asked of Python, in order; and a reader who goes on half a second after the first
# answer has been painted.
ASKED = """
window.asked = [];
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, ...rest) {
  if (message.call) window.asked.push(message.call);
  return post.call(this, message, ...rest);
};
document.addEventListener("figure:update", ({target}) => setTimeout(() => {
  const control = target.querySelector("[name]");
  control.value = control.max;
  control.dispatchEvent(new Event("input", {bubbles: true}));
}, 500), {once: true});
"""


def test_altair_waits_until_a_reader_rests_however_long_python_took(page):
    """Its import slows all else, and a reader who has just got a figure plays with it."""
    page.add_init_script(ASKED)
    page.route("**/figures-*.tar", lambda route: (time.sleep(3), route.continue_())[-1])
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    page.locator('figure[data-drawn-by="browser"]').wait_for(timeout=90_000)
    assert page.evaluate("asked.slice(0, 3)") == ["run", "run", "chart"]


# A reader who, once Altair's files are there, moves the control after each answer; and how
# many answers there are before Altair's chart.
RESTLESS = """
window.answered = 0;
let [isHere, isDrawn] = [false, false];
const move = () => {
  const control = document.querySelector("figure [name]");
  control.value = Number(control.value) > 50 ? 1 : 100;
  control.dispatchEvent(new Event("input", {bubbles: true}));
};
globalThis.Worker = class extends Worker {
  constructor(...how) {
    super(...how);
    this.addEventListener("message", ({data: {stage, loaded, total, result}}) => {
      if (stage === "Altair" && loaded === total && !isHere) (isHere = true), move();
      if (result?.flow) isDrawn = true;
    });
  }
};
document.addEventListener("figure:update", () => {
  if (!isHere || isDrawn) return;
  window.answered += 1;
  move();
});
"""


def test_a_figure_answers_while_altair_is_imported(page):
    """It is imported in steps, and none of them is long."""
    page.add_init_script(RESTLESS)
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    page.locator('figure[data-drawn-by="browser"]').wait_for(timeout=90_000)
    assert page.evaluate("answered") > 4


REHEARSALS = 12


def test_altairs_chart_is_rehearsed_unseen_and_shows_what_was_asked(page):
    """The browser has compiled what a change runs; nobody sees the seeds that were drawn."""
    page.add_init_script(ASKED)
    page.goto(TAIL)
    control = page.locator("figure [name]").first
    control.focus()
    page.locator('figure[data-drawn-by="browser"][data-state="live"]').wait_for(
        timeout=90_000
    )
    asked = ["run", "run", "chart", "run", *["run"] * REHEARSALS]
    assert page.evaluate("asked") == asked
    rehearsed, parameter = picture(page), contract.load("tail_latency").PARAMETERS[0]
    for value in (parameter.minimum, parameter.maximum):
        set_value(control, value)
        settled(page, "tail_latency", **{parameter.name: value})
    assert rehearsed == picture(page)
    assert len(updates(page)) == 4


@pytest.mark.parametrize("rehearsed", [0, 5])
def test_a_rehearsal_ends_when_the_reader_asks(page, rehearsed):
    """Also if that is while the chart is drawn that would be rehearsed."""
    so_far = f"asked.length === {4 + rehearsed}"
    page.add_init_script(
        ASKED
        + f"""
const told = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (...message) {{
  told.apply(this, message);
  const control = document.querySelector("figure [name]");
  control.value = control.min;
  if ({so_far}) control.dispatchEvent(new Event("input", {{bubbles: true}}));
}};
"""
    )
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    parameter = contract.load("tail_latency").PARAMETERS[0]
    settled(page, "tail_latency", **{parameter.name: parameter.minimum})
    assert page.evaluate("asked.length") == 4 + rehearsed + 1


def picture(page):
    """The live chart as SVG, without the numbers that Vega gives to what it clips."""
    svg = page.locator(".chart:not(.fresh) svg").evaluate("(svg) => svg.outerHTML")
    return re.sub(r"\b(clip|gradient_)\d+", r"\1", svg)


def test_a_chart_that_was_changed_is_as_one_that_is_drawn_anew(page, name):
    """Marks stay while their data change; of a page at a link they are new."""
    figure, address = contract.load(name), f"/figures/{name}/"
    page.goto(address)
    page.locator("figure [name]").first.focus()
    live(page, name)
    for asked in (*figure.CHECKED_AT[1:], {}, figure.CHECKED_AT[-1]):
        values = vars(contract.bind(figure.PARAMETERS, asked))
        for parameter, value in values.items():
            set_value(page.locator(f'figure [name="{parameter}"]'), value)
        settled(page, name, **values)
    changed = picture(page)
    page.goto(f"{address}?{urlencode(values)}&v=1")
    settled(page, name, **values)
    assert changed == picture(page)


# A clock by which every step of a chart is due for a pause; and how many there were.
HASTE = """
const now = performance.now.bind(performance), post = scheduler.postTask.bind(scheduler);
let ahead = window.pauses = 0;
performance.now = () => now() + (ahead += 1000);
scheduler.postTask = (task) => ((window.pauses += 1), post(task));
"""


def test_a_chart_drawn_with_a_pause_at_each_step_is_the_same(page, name):
    asked = contract.load(name).CHECKED_AT[2]
    address = f"/figures/{name}/?{urlencode({**asked, 'v': 1})}"
    page.goto(address)
    settled(page, name, **asked)
    usual = picture(page)
    page.add_init_script(HASTE)
    page.goto(address)
    settled(page, name, **asked)
    assert page.evaluate("window.pauses") > 50
    assert usual == picture(page)


def test_run_again_shows_the_spread_and_reset_takes_it_back(page):
    page.goto(TAIL)
    page.get_by_role("button", name="run again").click()
    live(page, "tail_latency")
    page.get_by_role("button", name="run again").click()
    page.locator(
        f'figure[data-seed="{contract.SEED + 2}"][data-state="live"]'
    ).wait_for()
    said = page.locator(".status").inner_text()
    assert re.search(
        r"Requests that wait for a slow call: [\d.]+ % to [\d.]+ % in \d runs\.", said
    )
    page.get_by_role("button", name="reset").click()
    page.locator(f'figure[data-seed="{contract.SEED}"][data-state="live"]').wait_for()
    assert page.locator(".status").inner_text() == ""


def test_a_spread_is_of_one_setting(page):
    page.goto(TAIL)
    page.locator("[name=fan_out]").focus()  # Python starts at the default
    page.wait_for_timeout(250)
    page.keyboard.press("End")
    page.get_by_role("button", name="run again").click()
    page.locator(
        f'figure[data-seed="{contract.SEED + 1}"][data-state="live"]'
    ).wait_for()
    assert page.locator(".status").inner_text() == ""


def test_a_link_with_parameters_is_followed(page):
    page.goto(f"{TAIL}?fan_out=100&slow_share=0.02&hedge_at=p95&seed=7&v=1")
    live(page, "tail_latency")
    detail = settled(page, "tail_latency", fan_out=100, slow_share=0.02, hedge_at="p95")
    assert detail["seed"] == 7
    run = contract.run(
        contract.load("tail_latency"),
        {"fan_out": 100, "slow_share": 0.02, "hedge_at": "p95"},
        7,
    )
    assert page.locator("figure output").inner_text() == run.takeaway
    assert page.url.endswith("?fan_out=100&slow_share=0.02&hedge_at=p95&seed=7&v=1")


@pytest.mark.parametrize(
    ("query", "fan_out", "said"),
    [
        (
            "fan_out=999999",
            2000,
            "Calls per request goes from 1 to 2,000 calls, and stands at 2,000 calls",
        ),
        ("fan_out=-5", 1, "Calls per request goes from"),
        ("fan_out=NaN", 10, "is a number, not “NaN”, and stands at 10 calls"),
        ("fan_out=1e400", 2000, "Calls per request goes from"),
        ("fan_out=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", 10, "is a number, not"),
        (
            "fan_out=12.4",
            12,
            "Calls per request is a whole number, and stands at 12 calls",
        ),
        (
            "hedge_at=p50",
            10,
            "Send a second copy after knows no “p50”, and stands at “never”",
        ),
        ("seed=-1", 10, "a seed is a whole number"),
        ("fan_oot=3&v=1", 10, "this figure has no “fan_oot”"),
        ("fan_out=0x10", 10, "is a number, not “0x10”"),
        ("seed=99999999999999999", 10, "a seed is a whole number"),
    ],
)
def test_a_link_that_does_not_fit_is_set_right_and_said(page, query, fan_out, said):
    page.goto(f"{TAIL}?{query}")
    live(page, "tail_latency")
    settled(page, "tail_latency", fan_out=fan_out)
    status = page.locator(".status").inner_text()
    assert said in status, status
    assert page.locator(".status img").count() == 0


@pytest.mark.parametrize("query", ["v=1", "utm_source=mail", "theme=dark&fbclid=1"])
def test_a_foreign_query_is_left_alone(page, query):
    page.goto(f"{TAIL}?{query}", wait_until="networkidle")
    assert page.locator("figure").get_attribute("data-state") == "still"
    page.get_by_role("button", name="run again").click()
    page.wait_for_url(f"**{TAIL}?*seed=*")
    for word in query.split("&"):
        assert word in page.url


def test_a_full_name_in_a_link_does_not_outlive_the_control(page):
    page.goto(f"{TAIL}?tail_latency.fan_out=5")
    live(page, "tail_latency")
    settled(page, "tail_latency", fan_out=5)
    set_value(page.locator('[name="fan_out"]'), 50)
    settled(page, "tail_latency", fan_out=50)
    page.wait_for_url("**/?fan_out=50&v=1")


def test_the_link_can_be_copied(page, browser):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{TAIL}?fan_out=50")
    live(page, "tail_latency")
    page.get_by_role("button", name="copy link").click()
    page.get_by_text("The link is copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith("?fan_out=50&v=1")


def test_python_is_not_fetched_until_a_reader_reaches(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(IDEA, wait_until="networkidle")
    page.mouse.wheel(0, 1200)
    page.locator("footer").scroll_into_view_if_needed()
    assert not [url for url in asked if "/runtime/" in url or "vega" in url]
    assert page.locator("figure").get_attribute("data-state") == "still"


def test_loading_shows_stages_and_bytes(page):
    page.goto(TAIL)
    page.evaluate(
        "() => { window.said = new Set();"
        " new MutationObserver(() => window.said.add(document.querySelector('.status').textContent))"
        ".observe(document.querySelector('figure'), {subtree: true, childList: true, characterData: true}) }"
    )
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    said = " ".join(page.evaluate("[...window.said]"))
    assert re.search(r"Python is loading, \d+\.\d of \d+\.\d MB", said)
    assert "NumPy" in said


@pytest.mark.parametrize("width", [320, 360, 800, 1440])
@pytest.mark.parametrize(
    "path", ["/", IDEA, TAIL, "/figures/", "/references/", "/colophon/"]
)
def test_no_page_scrolls_sideways(page, width, path):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_narrowed_pane_narrows_the_chart(page):
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    page.set_viewport_size({"width": 360, "height": 800})
    narrow = 'svg[width="328"], svg[width="327"], svg[width="329"]'
    page.locator(f".picture .chart:not(.fresh) :is({narrow})").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_scripts_the_page_is_whole(browser, address, name):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/figures/{name}/")
    assert page.locator("figure .picture svg").first.is_visible() or (
        page.locator("figure .picture svg").last.is_visible()
    )
    assert page.locator("figure output").inner_text().endswith(".")
    assert not page.locator("figure [name]").first.is_visible()
    assert not page.get_by_role("button", name="run again").is_visible()
    page.locator("figure .numbers summary").click()
    assert page.locator("figure .numbers td").first.is_visible()
    context.close()


def test_chart_follows_light_and_dark_without_being_drawn_again(page):
    page.goto(TAIL)
    page.locator("figure [name]").first.focus()
    live(page, "tail_latency")
    fill = (
        "getComputedStyle(document.querySelector('.chart .role-axis-title text')).fill"
    )
    page.emulate_media(color_scheme="light")
    light = page.evaluate(fill)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(fill) != light


def test_versions_in_the_browser_are_the_native_ones(page, site):
    """A figure that says which NumPy and which Altair it runs with."""
    import altair
    import numpy

    body = "import altair\n    return f'N{np.__version__} {altair.__version__}.'"
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto(TAIL)
    call = ask_python(
        "python.chart('tail_latency', 600).then(() => python.run('tail_latency', {}, 1))"
    )
    found = page.evaluate(call)["takeaway"]
    assert found == f"N{numpy.__version__} {altair.__version__}."


def test_altair_makes_the_same_charts_in_the_browser(page, site):
    """There it looks its schema up in a quicker way; here as its authors have it."""
    body = """import json
    from figures import _contract, _theme
    name = _contract.names()[params.fan_out - 1]
    return json.dumps(_theme.spec(_contract.load(name).chart(), 600))"""
    with_figures(page, site, tail_latency=takeaway_is(body))
    page.goto(TAIL)
    names = contract.names()
    run = "python.run('tail_latency', {fan_out: n}, 1).then(({takeaway}) => takeaway)"
    call = f"Promise.all({[*range(1, len(names) + 1)]}.map((n) => {run}))"
    found = page.evaluate(ask_python(call))
    for name, there in zip(names, found, strict=True):
        assert json.loads(there) == theme.spec(contract.load(name).chart(), 600), name


GOOD_LINE = """Object.defineProperty(navigator, "connection", {
  value: {downlink: 10, saveData: %s},
})"""


@pytest.mark.parametrize("saves_data", [False, True])
def test_files_come_ahead_of_a_reader_on_a_good_line_who_does_not_save(
    reader, saves_data
):
    """Only their bytes: the figure stays a picture, and nothing comes twice."""
    reader.add_init_script(GOOD_LINE % ("true" if saves_data else "false"))
    asked = []
    reader.on("requestfinished", lambda request: asked.append(request.url))
    reader.goto("/figures/tail_latency/")
    assert not [url for url in asked if "/runtime/" in url]
    reader.mouse.move(5, 300)
    reader.mouse.wheel(0, 100)
    if saves_data:
        reader.wait_for_load_state("networkidle")
        sizes = "/runtime/manifest-"  # tells what keeping the book would take
        assert not [u for u in asked if "/runtime/" in u and sizes not in u]
        return
    with reader.expect_request_finished(lambda r: "/runtime/libraries-" in r.url):
        pass
    assert reader.locator("figure").get_attribute("data-state") == "still"


def test_a_second_visit_takes_its_files_from_the_store(reader):
    reader.goto("/figures/tail_latency/")
    reader.locator("figure [name]").first.focus()
    live(reader, "tail_latency")
    keys = """async () => {
      const names = await caches.keys();
      const keys = await Promise.all(names.map(async (n) => (await caches.open(n)).keys()));
      return keys.flat().map(({url}) => url);
    }"""
    stems = ("snapshot", "snapshot-head", "libraries")
    wanted = [re.compile(rf"/runtime/{stem}-\w+\.(bin|tar)$") for stem in stems]
    while not all(any(map(w.search, reader.evaluate(keys))) for w in wanted):
        reader.wait_for_timeout(200)
    asked = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.reload()
    reader.locator("figure [name]").first.focus()
    live(reader, "tail_latency")
    assert not [url for url in asked for w in wanted if w.search(url)]


@pytest.mark.parametrize("part", ["snapshot", "snapshot-head", "libraries"])
@pytest.mark.parametrize("damage", ["torn", "spoilt"])
def test_a_file_that_was_kept_and_is_wrong_comes_from_the_network(
    reader, site, part, damage
):
    path = next(p for p in site if re.fullmatch(rf"runtime/{part}-\w+\.(bin|tar)", p))
    reader.goto("/figures/tail_latency/")
    put = """async ([path, size]) => {
      const url = new URL(`/${path}`, location.href).href;
      const store = await caches.open(`python ${location.origin}/`);
      await store.put(url, new Response(new Uint8Array(size).fill(1)));
    }"""
    kept = """async (path) => {
      const store = await caches.open(`python ${location.origin}/`);
      const answer = await store.match(new URL(`/${path}`, location.href).href);
      return answer && [...new Uint8Array(await answer.arrayBuffer(), 0, 100)];
    }"""
    reader.evaluate(put, [path, len(site[path]) if damage == "spoilt" else 1000])
    reader.locator("figure [name]").first.focus()
    live(reader, "tail_latency")
    while reader.evaluate(kept, path) == [1] * 100:
        reader.wait_for_timeout(200)


def test_a_citation_shows_its_source_and_escape_puts_it_away(reader):
    reader.goto("/fast-and-affordable/tail-latency/")
    citation = reader.locator(".cite a").first
    citation.hover()
    card = reader.locator("[role=tooltip]")
    card.wait_for()
    assert "The Tail at Scale" in card.inner_text()
    assert citation.get_attribute("aria-describedby") == card.get_attribute("id")
    reader.keyboard.press("Escape")
    card.wait_for(state="hidden")
