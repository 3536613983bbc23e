"""The checklist in a real browser: defend each line, and take it along."""

import json

import pytest

from builder import checklist
from builder.content import RADII, read_book
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

BOOK = read_book(ROOT / "content")


def shown(page):
    """The text of every line that applies."""
    return page.locator(".items > li:visible .tick").all_inner_texts()


def choose(page, level):
    """Choose a blast radius."""
    page.locator(f'[name="radius"][value="{level}"]').check()


def texts(level):
    """What applies at a level, as the page shows it."""
    return len(checklist.items(BOOK, level))


@pytest.mark.parametrize("level", RADII)
def test_a_radius_shows_what_applies_and_no_more(reader, level):
    reader.goto("/checklist/")
    choose(reader, level)
    assert len(shown(reader)) == texts(level)
    assert f"0 of {texts(level)} lines" in reader.locator("#progress").inner_text()


def test_a_line_is_defended_by_a_tick_or_by_a_reason_and_kept(reader):
    reader.goto("/checklist/")
    choose(reader, "safety")
    rows = reader.locator(".items > li:visible")
    rows.nth(0).locator("[type=checkbox]").check()
    rows.nth(1).locator("[type=text]").fill("No network is used <b>here</b>.")
    assert reader.locator("#progress").inner_text().startswith("2 of ")
    assert reader.locator(".items .defended").count() == 2
    assert "Kept in this browser" in reader.locator("#kept").inner_text()
    reader.reload()
    assert reader.locator("#progress").inner_text().startswith("2 of ")
    assert (
        rows.nth(1).locator("[type=text]").input_value()
        == "No network is used <b>here</b>."
    )
    assert reader.locator('[name="radius"][value="safety"]').is_checked()


def test_a_link_carries_every_answer_to_another_browser(reader, browser, address):
    reader.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.goto("/checklist/")
    choose(reader, "internal")
    row = reader.locator(".items > li:visible").first
    row.locator("[type=text]").fill("50 % + näxt & #more")
    reader.get_by_role("button", name="copy link").click()
    reader.get_by_text("The link is copied").wait_for()
    link = reader.evaluate("navigator.clipboard.readText()")
    other = browser.new_context()
    page = other.new_page()
    page.goto(link)
    first = page.locator(".items > li:visible").first
    assert first.locator("[type=text]").input_value() == "50 % + näxt & #more"
    assert page.locator('[name="radius"][value="internal"]').is_checked()
    other.close()


def test_start_over_can_be_taken_back(reader):
    reader.goto("/checklist/")
    reader.locator(".items [type=checkbox]:visible").first.check()
    reader.get_by_role("button", name="start over").click()
    assert reader.locator("#progress").inner_text().startswith("0 of ")
    reader.get_by_role("button", name="undo").click()
    assert reader.locator("#progress").inner_text().startswith("1 of ")


def downloaded(page, button):
    """The name and the text of what a button downloads."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, waiting.value.path().read_text()


@pytest.mark.parametrize("level", RADII)
def test_page_and_command_line_give_the_same_list(reader, level):
    reader.goto("/checklist/")
    choose(reader, level)
    found = checklist.items(BOOK, level)
    name, text = downloaded(reader, "download pull request template")
    assert name == "pull_request_template.md"
    assert text == checklist.as_markdown(found, level) + "\n"
    _, said = downloaded(reader, "download JSON")
    ours = json.loads(checklist.as_json(found, level))
    theirs = json.loads(said)
    assert theirs["blast_radius"] == ours["blast_radius"]
    for here, there in zip(ours["items"], theirs["items"], strict=True):
        assert here.items() <= there.items()


def test_markdown_holds_the_answers(reader):
    reader.goto("/checklist/")
    choose(reader, "notebook")
    rows = reader.locator(".items > li:visible")
    rows.nth(0).locator("[type=checkbox]").check()
    rows.nth(1).locator("[type=text]").fill("it runs once")
    _, text = downloaded(reader, "download Markdown")
    first, second = (item.text for item in checklist.items(BOOK, "notebook")[:2])
    assert f"- [x] {first}\n" in text
    assert f"- [ ] {second} (not done: it runs once)\n" in text


def test_where_storage_is_refused_it_says_so_and_works(browser, address):
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.add_init_script(
        "Object.defineProperty(globalThis, 'localStorage',"
        " {get() { throw new DOMException('no') }})"
    )
    page.goto("/checklist/")
    assert "keeps nothing" in page.locator("#kept").inner_text()
    page.locator(".items [type=checkbox]:visible").first.check()
    assert page.locator("#progress").inner_text().startswith("1 of ")
    context.close()


def test_without_scripts_it_is_a_plain_list_of_everything(browser, address):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/checklist/")
    assert len(shown(page)) == texts("safety")
    assert not page.locator("#actions").is_visible()
    context.close()


def test_a_card_tells_a_citation_and_a_term_and_escape_puts_it_away(reader):
    reader.goto("/fast-and-affordable/tail-latency/")
    reader.locator(".cite a").first.hover()
    card = reader.locator("#card")
    card.wait_for()
    assert "The Tail at Scale" in card.inner_text() and "↑" not in card.inner_text()
    reader.keyboard.press("Escape")
    card.wait_for(state="hidden")
    term = reader.locator("a.term").first
    term.hover()
    card.wait_for()
    assert card.inner_text() == term.get_attribute("data-meaning")
    assert term.get_attribute("aria-describedby") == "card"
