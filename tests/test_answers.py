"""Answers leave the browser as Markdown only, and come back from it."""

import json

import pytest

from builder import checklist
from tests.lessons import BOOK, REFUSED, TAIL, breaches

pytestmark = pytest.mark.browser

STORED, CHECKED = "possible-and-durable:answers", "possible-and-durable:checklist"
WHY = "Because *few* hold:\n\n# not a heading\n- said: nothing\n> `quoted` <b>&amp;</b> 🙂"
ITEM = checklist.items(BOOK)[0]


def given():
    """Answers of each kind, with all that could break a line of Markdown."""
    place = {"idea": f"{TAIL.number} {TAIL.title}", "address": TAIL.address}
    asks = "What of `p99_ms` [x](y) *and* #4 | <i>?"
    return [
        {
            "kind": "prediction",
            **place,
            "asks": asks,
            "said": "1,020 ms",
            "got": "never",
            "gap": "it never comes",
            "moved": True,
            "why": WHY,
        },
        {"kind": "prediction", **place, "asks": "Only said?", "said": "−0.5 %"},
        {"kind": "goal", **place, "asks": asks, "ways": ["A: 1; B_c: 2", "A: 2"]},
        {"kind": "recall", **place, "asks": asks, "said": "So: it is", "right": False},
    ]


def keep(page, answers, checks=""):
    """Have a browser that keeps these."""
    stored = {f"{a['kind']} {a['address']} {a['asks']}": a for a in answers}
    page.goto("/404.html")
    page.evaluate(
        "([a, b]) => Object.entries(a).forEach(([k, v]) => localStorage.setItem(k, v))",
        [{STORED: json.dumps(stored), CHECKED: checks}, None],
    )


def kept(page):
    """What the browser keeps, in order."""
    text = page.evaluate("(key) => localStorage.getItem(key)", STORED)
    return list(json.loads(text).values())


def exported(page):
    """The Markdown that the page gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="download Markdown").click()
    assert waiting.value.suggested_filename == "answers.md"
    return waiting.value.path().read_text()


def test_everything_goes_out_as_markdown_and_comes_back_the_same(reader):
    checks = f"radius=product&done={ITEM.key}"
    keep(reader, given(), checks)
    reader.goto("/answers/")
    reader.locator(".answers[data-state=some]").wait_for()
    assert breaches(reader) == []
    text = exported(reader)
    assert f"## [{TAIL.number} {TAIL.title}](http" in text
    assert f"- [x] {ITEM.text}" in text and "> # not a heading" in text
    reader.get_by_role("button", name="delete all").click()
    reader.locator(".answers[data-state=none]").wait_for()
    assert kept(reader) == []
    file = {"name": "answers.md", "mimeType": "text/markdown", "buffer": text.encode()}
    reader.locator("details.import summary").click()
    reader.get_by_label("From a file").set_input_files(file)
    reader.get_by_text("4 answers and the checklist read in.").wait_for()
    assert kept(reader) == given()
    state = reader.evaluate("(key) => localStorage.getItem(key)", CHECKED)
    assert state == checks
    assert exported(reader) == text


def test_delete_all_can_be_taken_back_until_the_page_is_left(reader):
    keep(reader, given())
    reader.goto("/answers/")
    reader.get_by_role("button", name="delete all").click()
    reader.get_by_text("All answers are deleted").wait_for()
    reader.get_by_role("button", name="undo").click()
    reader.get_by_text("Everything is back.").wait_for()
    assert kept(reader) == given()


@pytest.mark.parametrize(
    "text", ["", "# Shopping\n- said: 5\n### Goal: eggs", "\x00\ufffd" * 99]
)
def test_what_is_not_ours_is_not_read(reader, text):
    keep(reader, given())
    reader.goto("/answers/")
    reader.locator("details.import summary").click()
    reader.get_by_label("Or paste").fill(text)
    reader.get_by_role("button", name="read in", exact=True).click()
    reader.get_by_text("No answers were found").wait_for()
    assert kept(reader) == given()


def test_pasted_answers_are_text_and_never_markup(reader):
    reader.goto("/answers/")
    reader.locator("details.import summary").click()
    text = (
        f"## [4 <img src=x>]({TAIL.address})\r\n\r\n### Prediction: <b>why</b>?\r\n\r\n"
        "- said: <script>alert(1)</script>\r\n\r\n> <img src=y>\r\n"
    )
    reader.get_by_label("Or paste").fill(text)
    reader.get_by_role("button", name="read in", exact=True).click()
    reader.get_by_text("1 answer read in.").wait_for()
    assert reader.locator(".list img, .list script, .list b").count() == 0
    assert "<img src=y>" in reader.locator(".list").inner_text()


def test_a_torn_store_is_as_if_nothing_had_been_said(reader):
    reader.goto("/404.html")
    reader.evaluate("(key) => localStorage.setItem(key, '{\"half')", STORED)
    reader.goto("/answers/")
    reader.get_by_text("Nothing has been answered yet.").wait_for()


def test_where_storage_is_refused_it_is_said_and_answers_can_be_read_in(reader):
    reader.add_init_script(REFUSED)
    reader.goto("/answers/")
    assert "Not saved" in reader.locator(".kept").inner_text()
    reader.locator("details.import summary").click()
    text = f"## [4 Tail]({TAIL.address})\n\n### Prediction: why?\n\n- said: 5 %\n"
    reader.get_by_label("Or paste").fill(text)
    reader.get_by_role("button", name="read in", exact=True).click()
    reader.get_by_text("1 answer read in.").wait_for()
    assert "You said 5 %" in reader.locator(".list").inner_text()
