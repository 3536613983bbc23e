"""The presenter's view: two windows of one browser in step, and nothing said too early."""

import pytest

from tests.lessons import REFUSED, TAIL, breaches
from tests.test_predict import answer_of

pytestmark = pytest.mark.browser

ROOM = f"{TAIL.address}?present"
PREDICT, TOLD, GOAL = 3, 4, 6  # the steps of this idea
AT = 'html[data-step="{}"]'


def room(page, address=ROOM):
    """The room's window once it shows a slide."""
    page.goto(address)
    page.locator(".stage").wait_for()
    return page


def second(page):
    """The notes, opened from the room's window."""
    with page.expect_popup() as popup:
        page.keyboard.press("n")
    popup.value.locator(".notes").wait_for()
    return popup.value


def at(page, number):
    """Wait until a window is at a step."""
    page.locator(".where", has_text=f"Step {number} of").wait_for()


def to_prediction(page):
    """From the first slide to the open prediction, by keys."""
    for _ in range(PREDICT - 1):
        page.keyboard.press("ArrowRight")
    at(page, PREDICT)
    page.locator(".predict[data-state=open]").wait_for()


def test_two_windows_stay_in_step_both_ways(reader):
    notes = second(room(reader))
    at(notes, 1)
    reader.keyboard.press("PageDown")
    at(notes, 2)
    notes.get_by_role("button", name="next").first.click()
    at(reader, PREDICT)
    assert TAIL.teach.mistakes[0].claim in notes.inner_text(".say")
    notes.keyboard.press("b")
    reader.locator(".blank[open]").wait_for()
    reader.get_by_role("button", name="show the slide").click()
    notes.locator(".where:not(:text('blank'))").wait_for()
    notes.keyboard.press("r")
    reader.locator(".news", has_text="said nothing").wait_for()
    notes.keyboard.press("r")
    at(reader, TOLD)
    at(notes, TOLD)


def test_who_comes_late_is_told_where_the_others_are(reader):
    room(reader)
    reader.keyboard.press("ArrowRight")
    notes = second(reader)
    at(notes, 2)
    notes.keyboard.press("ArrowRight")
    at(reader, PREDICT)
    assert "present=3" in reader.url
    reader.reload()
    at(reader, PREDICT)
    notes.reload()
    at(notes, PREDICT)


def test_the_room_sees_nothing_of_the_answer_before_it_commits(reader):
    asked = []
    reader.on("request", lambda request: asked.append(request.url))
    to_prediction(room(reader))
    reader.keyboard.press("r")  # nobody has said anything
    reader.locator(".stage .news", has_text="said nothing").wait_for()
    reader.locator(".hand").press("PageUp")
    assert answer_of(TAIL) not in reader.content().replace("\xa0", " ")
    assert not [url for url in asked if "answers-" in url and url.endswith(".json")]
    assert reader.locator("figure form").first.get_attribute("inert") is not None
    reader.keyboard.press("r")
    reader.locator(".predict[data-state=revealed]").wait_for(timeout=90_000)
    at(reader, TOLD)
    assert answer_of(TAIL) in reader.inner_text(".gap").replace("\xa0", " ")
    reader.keyboard.press("ArrowRight")
    assert answer_of(TAIL) in reader.inner_text(".because-slide").replace("\xa0", " ")


def test_what_the_presenter_said_before_is_not_shown_nor_lost(reader):
    reader.goto(TAIL.address)
    reader.locator(".predict").scroll_into_view_if_needed()
    reader.locator(".predict[data-state=open]").wait_for()
    reader.get_by_role("button", name="skip").click()
    kept = "localStorage.getItem('possible-and-durable:answers')"
    before = reader.evaluate(kept)
    assert "skipped" in before
    to_prediction(room(reader))
    reader.keyboard.press("r")
    reader.keyboard.press("r")
    at(reader, TOLD)
    assert reader.evaluate(kept) == before


def test_steps_without_the_answer_are_passed_over_until_it_is_out(reader):
    to_prediction(room(reader))
    reader.locator("h1").first.evaluate("() => document.activeElement.blur()")
    reader.keyboard.press("ArrowRight")
    at(reader, GOAL)
    reader.keyboard.press("h")
    reader.keyboard.press("h")
    assert reader.locator(".hint[open]").count() == 2
    reader.keyboard.press("PageUp")
    at(reader, PREDICT)


def test_each_step_focuses_its_heading_and_every_key_is_a_button(reader):
    room(reader)
    reader.keyboard.press(" ")
    assert reader.evaluate("document.activeElement.id") == "scene"
    reader.locator(".stage").get_by_role("button", name="back").click()
    assert reader.evaluate("document.activeElement.tagName") == "H1"
    names = reader.locator(".stage button").evaluate_all(
        "all => all.map((b) => b.dataset.do)"
    )
    assert names == [
        "back",
        "next",
        "reveal",
        "hint",
        "blank",
        "code",
        "notes",
        "leave",
    ]
    reader.keyboard.press("q")
    code = reader.get_by_role("img", name="QR code of")
    assert code.get_attribute("aria-label").endswith(TAIL.address)
    reader.keyboard.press("Escape")
    reader.locator(".code-cover:not([open])").wait_for(state="attached")
    reader.keyboard.press("Escape")
    reader.wait_for_url(f"**{TAIL.address}")


def test_a_key_leads_into_it_unless_keys_are_off(reader):
    reader.goto(TAIL.address)
    reader.keyboard.press("s")
    reader.locator(".stage").wait_for()
    reader.evaluate("localStorage.setItem('possible-and-durable:shortcuts', 'off')")
    reader.keyboard.press("b")
    assert reader.locator(".blank[open]").count() == 0
    reader.keyboard.press("ArrowRight")
    at(reader, 2)


def test_a_page_that_is_no_idea_stays_as_it_is(reader):
    reader.goto("/figures/tail_latency/?present")
    reader.keyboard.press("?")
    reader.locator("dialog.window[open]").wait_for()
    reader.keyboard.press("Escape")
    reader.keyboard.press("s")
    assert reader.locator("html.presenting").count() == 0
    assert reader.url.endswith("/figures/tail_latency/?present")


def test_it_works_where_storage_is_refused_and_windows_are_blocked(reader):
    reader.context.add_init_script(REFUSED)
    reader.add_init_script("window.open = () => null")
    room(reader)
    reader.keyboard.press("n")
    with reader.expect_popup() as popup:
        reader.get_by_role("link", name="open the notes").click()
    popup.value.locator(".notes").wait_for()
    reader.keyboard.press("ArrowRight")
    at(popup.value, 2)


def test_printed_it_is_a_handout(reader):
    to_prediction(room(reader))
    reader.emulate_media(media="print")
    for shown in (".predict .ask", "figure .picture", "#do-this", ".checks"):
        assert reader.locator(shown).is_visible(), shown
    for hidden in (".stage", ".takeaway", "#scene", ".recall", ".code >> nth=0"):
        assert not reader.locator(hidden).is_visible(), hidden


def test_every_state_is_for_everyone(reader):
    to_prediction(room(reader))
    assert breaches(reader) == []
    notes = second(reader)
    for width in (1280, 380):
        notes.set_viewport_size({"width": width, "height": 800})
        assert breaches(notes) == []
        assert notes.evaluate("document.documentElement.scrollWidth") <= width
    for key in "bq":
        reader.keyboard.press(key)
        reader.locator(".cover[open]").wait_for()
        assert breaches(reader) == [], key
        reader.keyboard.press(key)
    reader.locator("h1").first.evaluate("() => document.activeElement.blur()")
    while not reader.locator(AT.format("recall")).count():
        reader.keyboard.press("ArrowRight")
        reader.emulate_media(color_scheme="dark")
        assert breaches(reader) == [], reader.inner_text(".where")
