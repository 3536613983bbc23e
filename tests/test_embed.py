"""Figures in other people's pages: another site frames them, in every sandbox."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from builder import serve
from builder.pages import CSP
from figures import _contract as contract
from tests import hosts
from tests.conftest import complain

pytestmark = pytest.mark.browser

TAIL = "/embed/tail_latency/"
STATE = "fan_out=100&slow_share=0.02"
SANDBOXES = [None, "allow-scripts allow-same-origin", "allow-scripts"]
REFUSALS = ("Permissions policy violation: The Clipboard API", "Blocked opening")
HEAD = '<!doctype html><title>A wiki</title><link rel="icon" href="data:,">'
HEARD = """<script>
  window.heard = [];
  addEventListener("message", ({data}) => heard.push(data));
</script>"""
SET = """(control, value) => {
  control.value = value;
  control.dispatchEvent(new Event("input", {bubbles: true}));
}"""


@pytest.fixture
def wiki():
    """Another site, whose pages a test writes."""
    pages = {}

    class Wiki(BaseHTTPRequestHandler):
        def do_GET(self):
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *rest):
            pass

    with serve.Server(("127.0.0.1", 0), Wiki) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        address = f"http://localhost:{web.server_port}"
        pages["/"] = HEAD
        yield SimpleNamespace(address=address, pages=pages)
        web.shutdown()


@pytest.fixture
def guest(browser, wiki, address):
    """A reader of the wiki, whose browser refuses storage to what is framed there."""
    context = browser.new_context(base_url=wiki.address)
    page = context.new_page()
    page.complaints, page.asked = [], []
    page.on("console", lambda m: m.type == "error" and said_by_us(page, m.text))
    page.on("pageerror", lambda error: complain(page, str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    yield page
    complaints = page.complaints
    context.close()
    here = (wiki.address, address, "data:", "blob:")
    assert [url for url in page.asked if not url.startswith(here)] == []
    assert complaints == []


def said_by_us(page, text):
    """An error in the console is a complaint, but for the browser's own word on a refusal."""
    if not text.startswith(REFUSALS):
        complain(page, text)


def shown(guest, wiki, *parts):
    """Open a wiki page made of these parts."""
    body = "\n".join(f"<p>{part}</p>" for part in parts)
    wiki.pages["/"] = f"{HEAD}{HEARD}{body}"
    guest.goto("/")
    return guest


def takeaway(**values):
    """What the figure on tail latency says at a state."""
    return contract.run(contract.load("tail_latency"), values).takeaway


@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_framed_figure_goes_from_still_to_live_to_updated(
    guest, wiki, address, sandbox
):
    shown(guest, wiki, hosts.framed(f"{address}{TAIL}?{STATE}", sandbox))
    frame = guest.frame_locator("iframe")
    figure, status = frame.locator("figure"), frame.locator(".status")
    expect(status).to_contain_text("The picture shows the defaults.")
    expect(figure).to_have_attribute("data-state", "still")
    expect(frame.locator("output")).to_have_text(takeaway())
    storage = "try { localStorage.length; return true } catch { return false }"
    assert not figure.evaluate(f"() => {{ {storage} }}")
    assert not [url for url in guest.asked if "/runtime/" in url]

    frame.get_by_role("button", name="run as the link says").click()
    now = {"fan_out": 100, "slow_share": 0.02}
    expect(frame.locator("output")).to_have_text(takeaway(**now), timeout=90_000)
    expect(figure).to_have_attribute("data-state", "live")
    frame.locator('[name="fan_out"]').evaluate(SET, 50)
    now["fan_out"] = 50
    expect(frame.locator("output")).to_have_text(takeaway(**now), timeout=30_000)

    # Its permalink is the figure's own page, to be copied by hand where nothing else is allowed.
    home = f"{address}/figures/tail_latency/?fan_out=50&slow_share=0.02&v=1"
    frame.get_by_role("button", name="copy link").click()
    expect(status).to_have_text(re.compile(rf"The link is copied\.|{re.escape(home)}"))
    if sandbox is None:
        with guest.expect_popup() as opened:
            frame.get_by_role("link", name="model and code").click()
        assert opened.value.url == home
    else:
        frame.get_by_role("link", name="model and code").click()
        expect(status).to_have_text(home)
        assert figure.evaluate("() => getSelection().toString()") == home

    said = guest.evaluate("heard")
    sizes = [m["height"] for m in said if isinstance(m, dict) and "type" in m]
    assert sizes and all(300 < size < 1500 for size in sizes)
    assert {"datawrapper-height": {"tail_latency": sizes[-1]}} in said
    assert {"sentinel": "amp", "type": "embed-size", "height": sizes[-1]} in said
    medium = [json.loads(m) for m in said if isinstance(m, str) and m.startswith("{")]
    assert medium[-1]["context"] == "iframe.resize"
    assert medium[-1]["src"].endswith(STATE)
    assert "fan_out=50" not in json.dumps(said), "what a reader sets is not told"


def test_iframe_resizer_is_answered_in_its_own_words(guest, wiki, address):
    shown(guest, wiki, hosts.framed(f"{address}{TAIL}"))
    guest.frame_locator("iframe").locator("figure[data-state]").wait_for()
    while "[iFrameResizerChild]Ready" not in guest.evaluate("heard"):
        guest.wait_for_timeout(50)
    hello = "frames[0].postMessage('[iFrameSizer]frame7:8:false:false:32:true', '*')"
    guest.evaluate(hello)
    pattern = r"\[iFrameSizer\]frame7:\d+:\d+:init"
    while not [m for m in guest.evaluate("heard") if re.fullmatch(pattern, str(m))]:
        guest.wait_for_timeout(50)


def test_a_frame_of_a_fixed_height_or_a_narrow_one_shows_the_whole_figure(reader, name):
    """400 px high as hosts keep it, 320 px wide as in a pane beside the editor."""
    for width in (660, 800):
        reader.set_viewport_size({"width": width, "height": 400})
        reader.goto(f"/embed/{name}/")
        reader.evaluate("document.fonts.ready")
        assert reader.evaluate("document.documentElement.scrollHeight") <= 400
        seen = [".question", ".picture", "output", ".model", "h1 a", ".more summary"]
        for selector in seen:
            expect(reader.locator(selector).first).to_be_in_viewport(ratio=0.99)
    reader.set_viewport_size({"width": 320, "height": 700})
    assert reader.evaluate("document.documentElement.scrollWidth") <= 320


PAPER = "() => getComputedStyle(document.body).backgroundColor"
DARK, LIGHT = "rgb(23, 24, 26)", "rgb(251, 250, 247)"


def test_a_frame_looks_as_its_address_and_its_host_say(guest, wiki, address):
    words = "theme=dark&controls=main&title=off"
    shown(guest, wiki, hosts.framed(f"{address}{TAIL}?{words}"))
    frame = guest.frame_locator("iframe")
    body = frame.locator("body")
    assert body.evaluate(PAPER) == DARK
    assert frame.locator("h1").evaluate("(h1) => h1.clientWidth") <= 1
    expect(frame.locator(".more")).to_be_hidden()
    expect(frame.locator('[name="fan_out"]')).to_be_visible()
    for message, paper in (
        ({"type": "monograph:theme", "theme": "light"}, LIGHT),
        ({"confluenceColorMode": "dark"}, DARK),
        ({"type": "monograph:theme", "theme": "auto"}, LIGHT),
    ):
        guest.evaluate("(message) => frames[0].postMessage(message, '*')", message)
        expect(body).to_have_css("background-color", paper)


def test_a_durable_figure_follows_its_attributes(guest, wiki, address):
    script = f'<script async src="{address}/embed/durable-figure.js"></script>'
    element = '<durable-figure name="tail_latency" fan-out="100"></durable-figure>'
    shown(guest, wiki, script, element)
    frame = guest.frame_locator("durable-figure iframe")
    control = frame.locator('[name="fan_out"]')
    expect(control).to_have_value("100")
    inner = guest.locator("durable-figure iframe")
    expect(inner).not_to_have_attribute("style", re.compile("height: 640px"))
    told = [m["height"] for m in guest.evaluate("heard") if "version" in str(m)[:60]]
    assert inner.bounding_box()["height"] in told
    control.evaluate("() => { window.isTheSame = true }")
    change = "([name, value]) => document.querySelector('durable-figure').setAttribute(name, value)"
    guest.evaluate(change, ["fan-out", "50"])
    expect(control).to_have_value("50")
    guest.evaluate(change, ["theme", "dark"])
    expect(frame.locator("body")).to_have_css("background-color", DARK)
    assert control.evaluate("() => window.isTheSame"), "it was told, not loaded again"
    guest.evaluate(change, ["name", "retry_storm"])
    expect(frame.locator("h1")).to_contain_text("Retry storm")


@pytest.fixture(scope="session")
def handed(browser, address):
    """What the dialog hands out at a state: tab -> {label: code}, and what it says of admins."""
    page = browser.new_page(base_url=address)
    page.route("**/stills/**", lambda route: route.fulfill(body="<svg/>"))
    page.goto(f"/figures/tail_latency/?{STATE}&v=1")
    page.get_by_role("button", name="embed").click()
    dialog, tabs = page.locator("dialog"), {}
    preview = page.frame_locator("dialog iframe").locator('[name="fan_out"]')
    expect(preview).to_have_value("100")
    for tab in dialog.get_by_role("tab").all():
        tab.click()
        panel = dialog.get_by_role("tabpanel")
        expect(panel).to_have_attribute("aria-labelledby", tab.get_attribute("id"))
        labels = panel.locator(".row span").all_inner_texts()
        codes = panel.locator("code").all_text_contents()
        pieces = dict(zip(labels, codes, strict=True))
        tabs[tab.inner_text()] = (pieces, panel.locator("> p").inner_text())
    page.close()
    return tabs


def test_every_host_is_handed_addresses_that_hold_the_state(handed, address):
    for name, (pieces, admin) in handed.items():
        assert pieces and admin.endswith("."), name
        told = " ".join(pieces.values())
        assert address in told, name
        if "durable-figure" in told:
            assert '<durable-figure name="tail_latency" fan-out="100"' in told
        plain = told.replace("&amp;", "&")
        assert f"{STATE}&v=1" in plain, name


# Notes when a frame begins to start Python, and when its first run is done.
NOTES = """if (location.pathname.startsWith("/embed/")) {
  const note = (what) => top.postMessage({noted: what}, "*");
  const Native = Worker;
  globalThis.Worker = class extends Native {
    constructor(...how) {
      super(...how);
      note("starts");
      let isUp = false;
      this.addEventListener("message", ({data}) => {
        if (data.result && !isUp) note("up");
        isUp ||= Boolean(data.result);
      });
    }
  };
}"""


def test_ten_snippets_on_one_page_start_python_one_at_a_time(
    guest, wiki, address, handed, tmp_path, monkeypatch
):
    """Each as its host makes it; nothing starts until it is touched."""
    code = {name: list(pieces.values()) for name, (pieces, _) in handed.items()}
    here = address.removeprefix("http://")
    guest.goto("/")
    parts = [
        hosts.framed(code["Confluence"][0], f"{SANDBOXES[1]} allow-modals allow-forms"),
        code["Confluence"][1],
        hosts.framed(code["Notion"][0], "allow-scripts allow-popups"),
        hosts.mediawiki(code["MediaWiki"][0]),
        hosts.backstage(guest, code["Backstage"][0], [here]),
        hosts.docusaurus(code["Docusaurus"][0]),
        hosts.mkdocs(tmp_path, code["MkDocs, Quarto"][0]),
        hosts.myst(code["MyST"][0]),
        hosts.jupyter(code["Jupyter"][0], monkeypatch),
        code["HTML"][0],
    ]
    guest.add_init_script(NOTES)
    shown(guest, wiki, *parts)
    frames = [guest.locator("iframe").nth(n) for n in range(len(parts))]
    for frame in frames:
        frame.scroll_into_view_if_needed()
        expect(frame.content_frame.locator('[name="fan_out"]')).to_have_value("100")
        expect(frame.content_frame.locator('[data-state="still"]')).to_be_visible()
    noted = "heard.map((m) => m?.noted).filter(Boolean)"
    assert guest.evaluate(noted) == []
    for frame in frames:
        frame.content_frame.locator('[name="fan_out"]').focus()
    for frame in frames:
        frame.scroll_into_view_if_needed()  # out of sight nothing is painted
        inside = frame.content_frame
        expect(inside.locator("figure")).to_have_attribute(
            "data-state", "live", timeout=120_000
        )
        inside.locator('[name="fan_out"]').evaluate(SET, 50)
        now = takeaway(fan_out=50, slow_share=0.02)
        expect(inside.locator("output")).to_have_text(now, timeout=30_000)
    assert guest.evaluate(noted) == ["starts", "up"] * len(frames)


def test_github_keeps_the_picture_and_its_link(guest, handed, address):
    """A README is left with a picture in two schemes, its finding, and the permalink."""
    (code,) = handed["GitHub, GitLab"][0].values()
    guest.goto("/")
    kept = hosts.github(guest, code)
    assert f'<a href="{address}/figures/tail_latency/?{STATE}&v=1">' in kept.replace(
        "&amp;", "&"
    )
    assert "prefers-color-scheme: dark" in kept
    sources = re.findall(r'(?:src|srcset)="([^"]+)"', kept)
    assert sources == [
        f"{address}/stills/tail_latency-dark.svg",
        f"{address}/stills/tail_latency.svg",
    ]
    admin = handed["GitHub, GitLab"][1]
    assert "The picture is at the defaults" in admin


def test_backstage_keeps_the_frame_of_a_host_that_is_allowed(guest, handed, address):
    pieces, _ = handed["Backstage"]
    code, config = pieces.values()
    guest.goto("/")
    (allowed,) = re.findall(r'allowedIframeHosts: \["(.+)"\]', config)
    assert address.endswith(allowed)
    assert hosts.backstage(guest, code, [allowed]).startswith("<iframe ")
    assert hosts.backstage(guest, code, ["other.example"]) == ""


def test_the_dialog_answers_to_the_keyboard_and_copies(reader):
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.goto("/figures/tail_latency/")
    button = reader.get_by_role("button", name="embed")
    button.press("Enter")
    dialog = reader.get_by_role("dialog", name="Embed this figure")
    chosen = dialog.get_by_role("tab", selected=True)
    expect(chosen).to_have_text("Confluence")
    chosen.focus()
    for key, name in (
        ("ArrowRight", "Notion"),
        ("End", "HTML"),
        ("ArrowRight", "Confluence"),
        ("ArrowLeft", "HTML"),
        ("Home", "Confluence"),
    ):
        reader.keyboard.press(key)
        expect(chosen).to_have_text(name)
        expect(chosen).to_be_focused()
    visited = reader.evaluate("history.length")
    dialog.get_by_label("theme").select_option("dark")
    code = dialog.locator("code").first
    expect(code).to_have_text(re.compile(r"/embed/tail_latency/\?theme=dark$"))
    expect(reader.frame_locator("dialog iframe").locator("html")).to_have_attribute(
        "data-theme", "dark"
    )
    assert reader.evaluate("history.length") == visited, "one step back leaves the page"
    dialog.get_by_role("button", name="copy").first.click()
    expect(dialog.get_by_role("status")).to_have_text("Copied.")
    copied = reader.evaluate("navigator.clipboard.readText()")
    assert copied == code.inner_text()
    reader.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_headers_let_anybody_frame_and_a_frame_without_origin_fetch(site):
    headers = site["_headers"].decode()
    rules = dict(re.findall(r"(?m)^(/\S+)\n((?:  .+\n)+)", headers))
    assert "Access-Control-Allow-Origin: *" in rules["/*"]
    assert "frame-ancestors" not in CSP and "X-Frame-Options" not in headers
    assert "frame-ancestors *" in rules["/embed/*"]


def test_an_embed_page_leaves_search_to_the_page_of_its_figure(site, name):
    html = site[f"embed/{name}/index.html"].decode()
    assert '<meta name="robots" content="noindex">' in html
    assert f'<link rel="canonical" href="../../figures/{name}/">' in html
