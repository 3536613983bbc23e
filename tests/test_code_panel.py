"""The code panel: a reader edits a figure's file and runs it, and only then."""

import pytest

from figures import _contract as contract
from tests.conftest import live

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("code panel")]

SOURCE = (contract.FOLDER / "tail_latency.py").read_text(encoding="utf-8")
SENTENCE = "One run, as the reader wrote it."
EDITED = f"{SOURCE}\n\ndef takeaway(params, measures):\n    return {SENTENCE!r}\n"


@pytest.fixture
def panel(reader):
    """The page of a figure with its editor open, nothing run yet."""
    reader.goto("/figures/tail_latency/")
    reader.locator("[data-tool=code]").click()
    reader.locator(".cm-content").wait_for()
    assert reader.locator("figure").get_attribute("data-state") == "still"
    return reader


def write(page, text):
    """Paste `text` over all that is in the editor."""
    content = page.locator(".cm-content")
    content.focus()
    page.keyboard.press("Control+a")
    content.evaluate(
        """(content, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            content.dispatchEvent(new ClipboardEvent("paste",
                {clipboardData, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def run(page, text):
    """Run `text` by the keyboard."""
    write(page, text)
    page.keyboard.press("Control+Enter")


def test_an_edited_file_runs_and_the_book_s_own_comes_back(panel):
    run(panel, EDITED)
    panel.locator(f".takeaway:text-is('{SENTENCE}')").wait_for(timeout=90_000)
    assert live(panel, "tail_latency").get_attribute("data-drawn-by") == "browser"
    assert SENTENCE in panel.locator(".told").inner_text()
    panel.locator("[name=fan_out]").focus()
    panel.keyboard.press("End")  # a control runs the edited file as well
    panel.locator("figure:has(td:text-is('100 %'))").wait_for()
    assert panel.locator(".takeaway").inner_text() == SENTENCE
    panel.get_by_role("button", name="undo all").click()
    panel.locator(".takeaway:has-text('2,000 calls')").wait_for()


def test_letters_typed_into_the_editor_are_text_and_no_shortcuts(panel):
    address = panel.url
    panel.locator(".cm-content").focus()
    panel.keyboard.press("Control+Home")
    panel.keyboard.type("# s / n ? j p\n")
    assert panel.locator(".cm-line").first.inner_text() == "# s / n ? j p"
    assert panel.url == address
    assert panel.locator("dialog[open]").count() == 0


def test_a_mistake_is_told_with_its_line_and_the_picture_stays(panel):
    run(panel, SOURCE.replace("_calls(params, rng)", "_calls(params, rgn)", 1))
    panel.locator("figure[data-state=failed]").wait_for(timeout=90_000)
    line = SOURCE[: SOURCE.index("_calls(params, rng)")].count("\n") + 1
    assert (
        f'File "tail_latency.py", line {line}' in panel.locator(".trace").inner_text()
    )
    assert panel.locator(".told").inner_text() == "NameError: name 'rgn' is not defined"
    assert panel.locator(".picture svg").first.is_visible()
    run(panel, EDITED)
    panel.locator(f".told:has-text('{SENTENCE}')").wait_for(timeout=90_000)
    assert panel.locator(".trace").is_hidden()


def test_a_run_without_end_is_stopped_and_python_comes_back(panel):
    run(
        panel,
        SOURCE.replace("    call, extra = _calls(", "    while True: pass\n    ("),
    )
    panel.locator("figure[data-state=failed]").wait_for(timeout=120_000)
    assert "was stopped" in panel.locator(".told").inner_text()
    run(panel, EDITED)
    panel.locator(f".told:has-text('{SENTENCE}')").wait_for(timeout=90_000)


def test_a_draft_is_kept_but_never_run_by_itself(panel):
    write(panel, EDITED)
    panel.goto("/figures/tail_latency/?fan_out=100&code=print(1)&v=1")
    assert "100 calls" in live(panel, "tail_latency").locator(".takeaway").inner_text()
    panel.locator("[data-tool=code]").click()
    panel.locator(".cm-content").focus()
    panel.keyboard.press("Control+End")
    panel.locator(f".cm-line:has-text('{SENTENCE}')").wait_for()
    assert "100 calls" in panel.locator(".takeaway").inner_text()


GREEN = 'curve("call").mark_line(color=theme.STEADY)'
DRAWN_GREEN = EDITED.replace(GREEN, 'curve("call").mark_line(color="#00ff00")')
OWN = '.told:has-text("the book\'s own file")'


def test_undo_runs_the_book_in_a_python_that_no_edit_has_touched(panel):
    run(panel, f"{SOURCE}\nnp.exp = lambda *a, **k: 1 / 0\n")
    panel.locator("figure[data-state=failed]").wait_for(timeout=90_000)
    panel.get_by_role("button", name="undo all").click()
    panel.locator(OWN).wait_for(timeout=90_000)
    assert "median request takes as long" in panel.locator(".takeaway").inner_text()


def test_the_chart_is_always_that_of_the_text_that_is_named(panel):
    green = panel.locator('.chart:not(.fresh) [stroke="#00ff00"]').first
    assert GREEN in SOURCE
    panel.locator("[name=fan_out]").focus()
    live(panel, "tail_latency")
    run(panel, DRAWN_GREEN)
    panel.wait_for_timeout(100)
    panel.get_by_role("button", name="undo all").click()
    panel.locator(OWN).wait_for(timeout=90_000)
    assert green.count() == 0
    run(panel, DRAWN_GREEN)
    green.wait_for(timeout=90_000)
    line = "    share = alt.Scale("
    run(panel, SOURCE.replace(line, f"    raise ValueError('no')\n{line}", 1))
    panel.locator("figure[data-state=failed]").wait_for(timeout=90_000)
    came = panel.evaluate(
        """() => new Promise((go) => {
            for (const name of ["figure:update", "figure:failed"])
                document.addEventListener(name, () => go(name), true);
            document.querySelector(".status button").click();  // try again
        })"""
    )
    assert came == "figure:failed"
    assert panel.locator(".told").inner_text() == "ValueError: no"


def test_what_is_taken_along_of_an_edit_says_so(panel):
    run(panel, EDITED)
    panel.locator(f".told:has-text('{SENTENCE}')").wait_for(timeout=90_000)
    panel.locator("[data-tool=keep]").click()
    with panel.expect_download() as download:
        panel.get_by_role("button", name="CSV").click()
    text = download.value.path().read_text()
    assert f"# By an edited copy of the figure's code: {SENTENCE}\n" in text
