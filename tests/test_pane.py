"""The page beside the editor: anchors, copying, shortcuts, the theme, where one was."""

import re

import pytest

from builder.anchors import anchored

IDEA = "/fast-and-affordable/tail-latency/"
TAIL = "/figures/tail_latency/"
KEPT = "Object.keys(localStorage).sort()"


def ids(html):
    """The ids of a page's blocks, in order."""
    return re.findall(r'<(?:p|li|h2|dt)\b[^>]*\bid="([^"]+)"', html)


def test_an_anchor_is_made_of_the_first_words_and_of_no_number():
    html = (
        '<main><p>It’s <a href="x">slow</a> in'
        ' <span class="number">3 %</span> of all calls.</p>'
        "<li><p>It’s slow in of all, too.</p></li><li>Measure &amp; compare</li>"
        '<h2 id="scene">Kept</h2><p>Note</p><figure><p>Not in here at all</p></figure>'
        "<p>Measure, compare</p></main><p>Nor in the foot</p>"
    )
    assert ids(anchored(html)) == [
        "its-slow-in-of",
        "its-slow-in-of-all",
        "measure-compare",
        "scene",
        "measure-compare-2",
    ]


def test_an_anchor_stays_when_other_paragraphs_change(site):
    html = re.sub(r' id="[\w-]+"', "", site[IDEA[1:] + "index.html"].decode())
    before = ids(anchored(html))
    after = ids(anchored(html.replace("<p>", "<p>Something new here. </p><p>", 5)))
    assert set(before) <= set(after) and len(before) > 30


def test_every_heading_paragraph_and_line_of_an_idea_can_be_linked(site):
    html = site[IDEA[1:] + "index.html"].decode()
    main = html[html.index("<main") : html.index("</main>")]
    main = re.sub(r"<(figure|form)\b.*?</\1>", "", main, flags=re.S)
    blocks = re.findall(r"<(?:p|li|dt|h2|h3)\b[^>]*>(?=[^<]*\w[^\w<]+\w)", main)
    assert len(blocks) >= 40 and [b for b in blocks if " id=" not in b] == []


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", IDEA, TAIL, "/embed/tail_latency/"])
def test_every_face_that_a_page_sets_comes_with_it_and_no_other(reader, path):
    """What comes later is set twice, and what stands in for it is looked up."""
    reader.goto(path)
    reader.evaluate("document.fonts.ready.then(() => null)")
    comes = reader.locator("link[as=font]").count()
    is_set = "[...document.fonts].filter(({status}) => status === 'loaded').length"
    assert comes == reader.evaluate(is_set)


@pytest.fixture
def page(reader):
    """A reader on an idea, allowed to copy, whose tools have come."""
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.goto(IDEA)
    reader.mouse.move(5, 5)
    reader.locator(".pilcrow").wait_for(state="attached")
    reader.locator(".copied button").first.wait_for(state="attached")
    return reader


def clipboard(page):
    """What was copied."""
    return page.evaluate("navigator.clipboard.readText()")


pytestmark = pytest.mark.browser


def test_a_paragraph_has_a_link_under_the_pointer_that_copies_itself(page, address):
    paragraph = page.locator("#nothing-broke-a-request")
    before = page.evaluate("document.body.scrollHeight")
    paragraph.hover()
    link = paragraph.locator(".pilcrow")
    link.click()
    page.get_by_text("The link is copied.").wait_for()
    assert clipboard(page) == f"{address}{IDEA}#nothing-broke-a-request"
    box = link.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    assert page.evaluate("document.body.scrollHeight") == before, "nothing moved"


def test_one_tab_stop_leads_along_all_links_by_keyboard(page, address):
    page.keyboard.press("l")
    link = page.locator(".pilcrow:focus")
    for _ in range(3):
        link.press("ArrowDown")
    assert link.evaluate("(e) => getComputedStyle(e).opacity") == "1"
    assert link.get_attribute("aria-label") == "Copy the link to this heading"
    link.press("Enter")
    page.get_by_text("The link is copied.").wait_for()
    assert clipboard(page) == f"{address}{IDEA}#scene"
    assert page.locator(".pilcrow").count() == 1


def test_where_copying_is_refused_the_link_is_in_the_address_and_code_selected(page):
    page.evaluate(
        "void (navigator.clipboard.writeText = () => Promise.reject(),"
        " document.execCommand = () => false)"
    )
    paragraph = page.locator("#nothing-broke-a-request")
    paragraph.hover()
    paragraph.locator(".pilcrow").click()
    page.wait_for_url("**/#nothing-broke-a-request")
    page.get_by_role("button", name="copy this code").first.click()
    page.get_by_text("The code is selected.").wait_for()
    assert page.evaluate("String(getSelection())").startswith("import asyncio")


def test_code_is_copied_whole_and_its_button_moves_nothing(page):
    code = page.locator("pre.code").first
    page.get_by_role("button", name="copy this code").first.click()
    page.get_by_text("The code is copied.").wait_for()
    assert clipboard(page) == code.text_content()
    button = page.locator(".copied button").first.bounding_box()
    words = code.locator("code").bounding_box()
    assert button["y"] + button["height"] <= words["y"] + 1, "no line lies below it"


def test_keys_lead_along_the_book_until_they_are_switched_off(page):
    for keys in ("Control+n", "ArrowRight", "ArrowDown", "Alt+p"):
        page.keyboard.press(keys)
    assert page.url.endswith(IDEA)
    page.keyboard.press("j")
    assert page.locator("figure:focus").get_attribute("id") == "tail_latency"
    page.locator("[name=fan_out]").focus()
    page.keyboard.press("n")
    assert page.url.endswith(IDEA), "a control keeps its keys"
    page.locator("[name=fan_out]").blur()

    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Shortcuts and settings")
    for word in ("next figure", "previous idea", "theme: auto, light or dark"):
        dialog.get_by_text(word).wait_for()
    dialog.get_by_label("shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.mouse.move(9, 9)
    page.locator(".pilcrow").wait_for(state="attached")
    page.keyboard.press("n")
    page.keyboard.press("?")
    assert page.url.endswith(IDEA) and not dialog.is_visible()
    page.get_by_role("button", name="shortcuts and settings").click()
    dialog.get_by_label("shortcuts are on").check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.get_by_role("searchbox").press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/efficiency/")


def paper(page):
    """The page's background."""
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_a_theme_is_kept_follows_a_link_and_can_be_forgotten(page):
    light = paper(page)
    page.get_by_role("button", name="dark", exact=True).click()
    page.locator("html[data-theme=dark]").wait_for(state="attached")
    dark = paper(page)
    assert dark != light
    page.goto("/glossary/")
    assert paper(page) == dark
    pressed = page.locator('[aria-pressed="true"]')
    assert pressed.all_inner_texts() == ["dark"]
    page.goto("/glossary/?theme=light")
    assert paper(page) == light, "a link may ask for a theme"
    page.get_by_role("button", name="shortcuts and settings").click()
    page.get_by_text("nowhere else: theme.").wait_for()
    page.get_by_role("button", name="forget").click()
    page.get_by_text("This browser keeps nothing of yours.").wait_for()
    assert page.evaluate(KEPT) == []


def test_where_one_was_is_offered_on_the_cover_and_on_return(page):
    page.evaluate("document.querySelector('#limits').scrollIntoView()")
    page.goto("/")
    link = page.locator("#continue a")
    assert link.inner_text() == "“A kinder network than yours” in Tail latency"
    top = page.locator(".motif").bounding_box()
    line = page.locator("#continue").bounding_box()
    assert line["y"] + line["height"] <= top["y"], "it lies in white, over nothing"
    page.goto(IDEA)
    page.mouse.move(9, 9)
    page.get_by_role("status").get_by_role("link", name="continue").click()
    page.wait_for_url(re.compile(f"{IDEA}#in-the-model-calls"))


def test_a_page_whose_storage_is_refused_does_all_it_does(page):
    refuse = "Object.defineProperty(window, 'localStorage', {get() { throw Error() }})"
    page.add_init_script(refuse)
    page.goto("/")
    assert page.locator("#continue").inner_text() == "begin with Reproducibility"
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.locator("html[data-theme]").wait_for(state="attached")
    page.keyboard.press("?")
    page.get_by_text("This browser keeps nothing of yours.").wait_for()
