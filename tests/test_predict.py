"""Predict, then reveal, in a real browser: the answer comes after the commitment."""

import html
import json
import re

import pytest

from builder import answers, runs
from figures import _contract as contract
from tests.lessons import BOOK, IDEAS, REFUSED, TAIL, breaches, part, said, wake

pytestmark = pytest.mark.browser

BY = {idea.predict.by: idea for idea in BOOK.ideas}  # one idea for each way to say it
COMMIT = re.compile("^commit$")


def answer_of(idea):
    """The reading that the question asks for."""
    predict = idea.predict
    measures = runs.run(idea.figure, predict.at).measures
    return contract.readings(contract.load(idea.figure), measures)[predict.measure]


def drag(page, dx, dy):
    """Take the dashed line by its middle and let it go elsewhere."""
    hand, line = page.locator(".hand"), page.locator(".mark.dashed")
    hand.scroll_into_view_if_needed()
    box = line.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def say(page, idea):
    """Say something by whatever way the idea asks for, and commit to it."""
    predict = page.locator(".predict")
    if idea.predict.by in ("x", "y"):
        page.locator(".hand").press("PageDown")
    elif idea.predict.by == "number":
        predict.get_by_label("Your prediction").fill("12")
    else:
        predict.get_by_role("radio").first.check()
    predict.get_by_role("button", name=COMMIT).click()


@pytest.mark.parametrize("figure", IDEAS)
def test_a_page_does_not_hold_what_it_asks_for(site, figure):
    idea = IDEAS[figure]
    path = idea.address.lstrip("/") + "index.html"
    text = html.unescape(re.sub(r"<[^>]+>", "", site[path].decode()))
    page = text.replace("\xa0", " ")
    file = re.search(r'"answers": "([^"]+)"', html.unescape(site[path].decode()))[1]
    kept = json.loads(site[file.removeprefix("../../")])
    lines = [kept["predict"]["why"], kept["predict"]["because"]]
    for question in kept["recall"]:
        lines += [question["answer"], *(o["because"] for o in question["options"])]
    for line in lines:
        assert html.unescape(re.sub(r"<[^>]+>", "", line)) not in text
    assert all(str(way) not in text for goal in idea.goals for way in goal.ways)
    if answer_of(idea) != "never":
        number = rf"(?<![\d.,]){re.escape(answer_of(idea))}(?![\d.,]*\d)"
        assert not re.search(number, page)


def test_nothing_of_the_answer_is_there_before_the_commitment(reader):
    asked, ran = [], []
    reader.on("request", lambda request: asked.append(request.url))
    predict = part(reader, TAIL, "predict")
    reader.locator(".hand").press("PageUp")
    reader.locator('figure[data-state="live"]').wait_for(timeout=90_000)
    ran = reader.evaluate("document.querySelector('figure').dataset.seed")
    assert ran == str(contract.SEED)
    assert answer_of(TAIL) not in reader.content().replace("\xa0", " ")
    assert not [url for url in asked if "answers-" in url and url.endswith(".json")]
    predict.get_by_role("button", name=COMMIT).click()
    assert answer_of(TAIL) in said(predict)
    assert [url for url in asked if "answers-tail-latency" in url]


@pytest.mark.parametrize("by", BY)
def test_each_way_to_say_it_ends_in_a_gap_in_words(reader, by):
    idea = BY[by]
    predict = part(reader, idea, "predict")
    say(reader, idea)
    sentence = said(predict)
    assert sentence.startswith("You said ")
    assert f"the simulation says {answer_of(idea)}: " in sentence
    figure = reader.locator("figure")
    for name, value in idea.predict.at.items():
        control = figure.locator(f'[name="{name}"]').input_value()
        assert control == str(value) or float(control) == value
    assert breaches(reader) == []


def test_a_mark_is_dragged_on_the_axis_and_stays_beside_the_answer(reader):
    predict = part(reader, TAIL, "predict")
    assert breaches(reader) == []
    predict.get_by_role("button", name=COMMIT).click()
    assert "Move the dashed line first" in predict.inner_text()
    plot = reader.locator("figure .still.wide .root .background").first.bounding_box()
    drag(reader, 0, 0.25 * plot["height"])
    assert predict.locator(".chosen").inner_text() == "25 %"
    reader.locator(".mark").get_by_role("button", name="commit").click()
    assert said(predict).startswith("You said 25 %; the simulation says 86.")
    possible, durable = reader.locator(".mark").all()
    assert possible.inner_text() == "you: 25 %"
    assert durable.inner_text().startswith("simulation: 86.")
    plot = reader.locator("figure .chart .root .background").first.bounding_box()
    place = 1 - (durable.bounding_box()["y"] - plot["y"]) / plot["height"]
    assert place == pytest.approx(0.864, abs=0.01)
    reader.get_by_role("slider", name="Calls per request").press("PageDown")
    possible.wait_for(state="hidden", timeout=90_000)
    predict.get_by_role("button", name="show it in the figure").click()
    possible.wait_for(timeout=90_000)


def test_the_keyboard_alone_predicts_along_the_bottom_axis(reader):
    idea = next(idea for idea in BOOK.ideas if idea.predict.by == "x")
    part(reader, idea, "predict")
    hand = reader.locator(".hand")
    hand.focus()
    reader.keyboard.press("End")
    end = hand.get_attribute("aria-valuetext")
    for key in ("PageDown", "PageDown", "ArrowRight"):
        reader.keyboard.press(key)
    text = hand.get_attribute("aria-valuetext")
    assert text != end and text != "not yet moved"
    assert hand.get_attribute("aria-orientation") == "horizontal"
    reader.keyboard.press("Enter")
    assert said(reader.locator(".predict")).startswith(f"You said {text};")


def test_what_was_said_and_why_is_kept_and_can_be_started_over(reader):
    predict = part(reader, BY["number"], "predict")
    predict.get_by_label("Your prediction").fill("a lot")
    predict.get_by_role("button", name=COMMIT).click()
    assert "A number is needed" in predict.inner_text()
    say(reader, BY["number"])
    sentence = said(predict)
    assert predict.locator(".gap").evaluate("(e) => e === document.activeElement")
    predict.get_by_role("textbox").fill("Because <b>few</b>\nkeys are hot.")
    reader.reload()
    predict = wake(reader, "predict", "revealed")
    assert predict.locator(".gap").inner_text() == sentence
    assert predict.get_by_role("textbox").input_value().endswith("\nkeys are hot.")
    predict.get_by_role("button", name="start over").click()
    wake(reader, "predict")
    assert predict.locator(".gap").count() == 0
    predict.get_by_role("button", name="skip").click()
    wake(reader, "predict", "skipped")
    predict.get_by_role("button", name="start over").click()
    wake(reader, "predict")


def test_a_figure_that_was_moved_before_is_told_and_written_down(reader):
    predict = part(reader, TAIL, "predict")
    reader.get_by_role("slider", name="Calls per request").press("PageUp")
    predict.get_by_text("You have moved the figure already").wait_for(timeout=90_000)
    say(reader, TAIL)
    assert said(predict).endswith("You had moved the figure before.")


def test_two_windows_stay_in_step(reader):
    predict = part(reader, BY["choice"], "predict")
    other = reader.context.new_page()
    theirs = part(other, BY["choice"], "predict")
    say(reader, BY["choice"])
    assert said(theirs) == said(predict)
    theirs.get_by_role("button", name="start over").click()
    wake(reader, "predict")
    other.close()


def test_where_nothing_can_be_kept_it_works_and_says_so(reader):
    reader.add_init_script(REFUSED)
    predict = part(reader, BY["choice"], "predict")
    assert "Not saved: this browser keeps nothing" in predict.inner_text()
    say(reader, BY["choice"])
    assert said(predict)


def test_where_python_fails_the_prediction_stands(reader):
    reader.add_init_script("delete globalThis.WebAssembly")
    predict = part(reader, BY["choice"], "predict")
    say(reader, BY["choice"])
    predict.get_by_text("Your prediction stands.").wait_for()
    assert predict.get_attribute("data-state") == "committed"
    assert predict.get_by_role("button", name="ask the simulation").is_visible()


def test_on_paper_and_without_scripts_the_question_remains(reader, browser, address):
    predict = part(reader, BY["choice"], "predict")
    say(reader, BY["choice"])
    sentence = said(predict)
    reader.emulate_media(media="print")
    assert predict.locator(".gap").inner_text() == sentence
    assert predict.locator(".gap").is_visible()
    assert not predict.get_by_role("button").first.is_visible()
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(BY["choice"].address)
    assert page.locator(".predict .ask").is_visible()
    assert (
        "Say what you expect; the figure answers where it is live."
        in page.locator(".predict").inner_text()
    )
    assert not page.locator(".predict input").first.is_visible()
    context.close()


def test_goal_seeds_are_not_the_books():
    assert contract.SEED not in answers.GOAL_SEEDS
