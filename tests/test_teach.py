"""The kit: plans add up, sheets ask without answering, keys answer, and paper is kept to."""

import html
import re
from itertools import pairwise

import pytest

from builder import answers, checklist, teaching
from builder.content import read_book
from builder.markdown import Page, render_line
from builder.mistakes import Mistakes
from figures import _contract as contract
from tests.conftest import ROOT

BOOK = read_book(ROOT / "content")
SLUGS = {idea.document.slug: idea for idea in BOOK.ideas}
PAPER_MM = {"A4": (210, 297), "Letter": (216, 279)}


def words(page):
    """The text of a page, as one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def said(text):
    """A line of the front matter as a page says it, numbers from the simulation."""
    return words(render_line(text, Page("content/x.md")))


def sheets(site, name):
    """The part of a printed page that belongs to each idea, by slug."""
    page = site[f"teach/{name}/index.html"].decode()
    parts = re.split(r'<section class="sheet[^"]*" id="([\w-]+)"', page)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def told(tmp_path, text, kind):
    """What is wrong with a file of plans or stages."""
    file = tmp_path / "content/teach/plans.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    with pytest.raises(Mistakes) as raised:
        teaching.read(file, kind, SLUGS)
    return list(raised.value.lines)


def test_the_minutes_of_a_plan_must_add_up(tmp_path):
    plan = "- {minutes: 15, title: A, purpose: B, steps: [{minutes: 2, say: C}]}\n"
    assert told(tmp_path, plan, teaching.Plan) == [
        "content/teach/plans.yml:1: the steps take 2 minutes, the plan says 15"
    ]


def test_a_plan_names_ideas_that_exist_and_parts_that_they_have(tmp_path):
    plan = """- minutes: 4
  title: A
  purpose: B
  steps:
    - {minutes: 4, idea: tail-latancy, part: predict}
- minutes: 2
  title: A
  purpose: B
  steps:
    - {minutes: 1, idea: drift}
    - {minutes: 1, idea: drift, part: sing}
"""
    assert told(tmp_path, plan, teaching.Plan) == [
        "content/teach/plans.yml:5: no idea 'tail-latancy'. Did you mean 'tail-latency'?",
        "content/teach/plans.yml:10: steps 1: a step has `idea` and `part`, or `say`",
        "content/teach/plans.yml:11: steps 2 part: input should be 'predict', 'reveal',"
        " 'discuss', 'goal' or 'recall', got 'sing'",
    ]


def test_the_path_takes_somebody_new_through_every_idea():
    stages = teaching.read(ROOT / "content/teach/path.yml", teaching.Stage, SLUGS)
    assert sorted(slug for stage in stages for slug in stage.ideas) == sorted(SLUGS)


def test_there_are_plans_for_15_45_and_90_minutes_and_the_clock_runs_through(site):
    page = site["teach/index.html"].decode()
    plans = re.split(r'<section class="plan" aria-labelledby="plan-(\d+)">', page)[1:]
    assert plans[::2] == ["15", "45", "90"]
    for minutes, plan in zip(plans[::2], plans[1::2], strict=True):
        times = re.findall(r'<p[^>]*class="when"[^>]*>(\d+)–(\d+)</p>', plan)
        assert times[0][0] == "0" and times[-1][1] == minutes
        assert all(a[1] == b[0] for a, b in pairwise(times))


@pytest.mark.parametrize("idea", BOOK.ideas, ids=lambda i: i.document.slug)
def test_a_facilitator_finds_what_to_say_and_what_to_answer(site, idea):
    page = words(site["teach/index.html"].decode())
    for mistake in idea.teach.mistakes:
        assert said(mistake.claim) in page and said(mistake.answer) in page
    assert said(idea.teach.say) in page


@pytest.mark.parametrize("idea", BOOK.ideas, ids=lambda i: i.document.slug)
def test_a_worksheet_asks_everything_and_answers_nothing(site, idea):
    sheet = words(sheets(site, "worksheets")[idea.document.slug])
    asked = [idea.predict.question, *(goal.goal for goal in idea.goals)]
    for question in idea.recall:
        asked += [question.question, *(option.text for option in question.options)]
    kept = [idea.predict.because, idea.predict.why]
    kept += [hint for goal in idea.goals for hint in goal.hints]
    for question in idea.recall:
        kept += [question.answer, *(option.because for option in question.options)]
    assert [text for text in asked if said(text) not in sheet] == []
    assert [text for text in kept if said(text) in sheet] == []
    assert 'class="right"' not in sheets(site, "worksheets")[idea.document.slug]


@pytest.mark.parametrize("idea", BOOK.ideas, ids=lambda i: i.document.slug)
def test_a_key_has_the_number_the_words_and_every_way(site, idea):
    html_of_key = sheets(site, "answers")[idea.document.slug]
    key, figure = words(html_of_key), contract.load(idea.figure)
    value = contract.run(figure, idea.predict.at).measures[idea.predict.measure]
    reading = contract.readings(figure, {idea.predict.measure: value})
    assert f"<b>{reading[idea.predict.measure]}</b>" in html_of_key
    for question in idea.recall:
        (right,) = (option.text for option in question.options if option.right)
        marked = [
            words(x)
            for x in re.findall(r'<li[^>]*class="right"[^>]*>(.*?)<span', html_of_key)
        ]
        assert said(right) in marked and said(question.answer) in key
    for goal in idea.goals:
        for way in goal.ways:
            assert "; ".join(teaching.in_words(idea.figure, way)) in key


def test_a_range_is_told_with_one_unit():
    assert teaching.between("tail_latency", "p99_ms", [41.0, 40.0]) == "40 to 41 ms"
    assert teaching.between("tail_latency", "p99_ms", [41.0, 41.0]) == "41 ms"
    silent = [float("inf"), 8.0]
    assert (
        teaching.between("unit_change", "days_to_notice", silent) == "8 days to never"
    )


def test_the_incident_sheet_has_every_line_of_the_checklist(site):
    sheet = words(sheets(site, "worksheets")["incident"])
    lines = [item.text for item in checklist.items(BOOK, "product")]
    assert [text for text in lines if said(text) not in sheet] == []


def test_seeds_of_the_keys_are_those_that_judge_goals():
    (start, *_) = answers.attempts("tail_latency", BOOK.ideas[3].goals[0])
    figure = contract.load("tail_latency")
    values = BOOK.ideas[3].goals[0].at
    again = [contract.run(figure, values, seed).measures for seed in answers.GOAL_SEEDS]
    assert start == again


@pytest.mark.parametrize("paper", PAPER_MM)
def test_each_worksheet_is_one_page_of_paper_and_light(browser, address, paper):
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{address}/teach/worksheets/", wait_until="networkidle")
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.body).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    made = page.pdf(format=paper)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == len(BOOK.ideas) + 2
