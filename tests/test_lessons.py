"""The lessons: answers stay hidden, goals can be met in more ways than one, and mistakes are told."""

import html
import json
import math
import re

import pytest

from builder import answers, runs
from builder.content import read_book
from builder.mistakes import Mistakes
from figures import _contract as contract
from tests.conftest import ROOT
from tests.test_messages import TAIL, mistakes, project, spoil  # noqa: F401

SEEDS = 40  # at which a goal is tried that its reader tries at five
IDEAS = read_book(ROOT / "content").ideas
each_idea = pytest.mark.parametrize("idea", IDEAS, ids=lambda i: i.document.slug)


def shown(site, idea):
    """What a reader of the idea's page can see or hear, as one line of text."""
    page = site[f"{idea.address[1:]}index.html"].decode()
    heard = " ".join(re.findall(r'(?:aria-label|aria-valuetext)="([^"]*)"', page))
    seen = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(f"{seen} {heard}").split())


def answer(idea):
    """The run at the prediction's setting, and the value asked for."""
    run = runs.run(idea.figure, idea.predict.at)
    return run, run.measures[idea.predict.measure]


@each_idea
def test_the_answer_to_the_prediction_is_not_on_the_page(site, idea):
    run, value = answer(idea)
    page = shown(site, idea)
    assert run.takeaway == runs.run(idea.figure).takeaway or run.takeaway not in page
    units = {m.name: m.unit for m in contract.load(idea.figure).MEASURES}
    for digits in (2, 3) if math.isfinite(value) else ():
        reading = contract.quantity(value, units[idea.predict.measure], digits)
        pattern = rf"(?<![\d.,]){re.escape(reading)}(?![\d%])"
        assert not re.search(pattern, page), reading


@each_idea
def test_what_the_book_says_afterwards_is_in_a_file_of_its_own(site, idea):
    page = site[f"{idea.address[1:]}index.html"].decode()
    (path,) = (
        p
        for p in site
        if re.fullmatch(rf"assets/answers-{idea.document.slug}-\w+\.json", p)
    )
    kept = json.loads(site[path])
    said = [kept["predict"]["because"], *(q["answer"] for q in kept["recall"])]
    said += [o["because"] for q in kept["recall"] for o in q["options"]]
    assert not [text for text in said if text in page]
    value = answer(idea)[1]
    assert kept["predict"]["value"] == (value if math.isfinite(value) else None)
    assert [sum(o["right"] for o in q["options"]) for q in kept["recall"]] == [1] * len(
        idea.recall
    )


@each_idea
def test_a_goal_is_missed_at_the_start_and_met_by_each_way_at_every_seed(idea):
    figure = contract.load(idea.figure)
    for goal in idea.goals:
        for way in ({}, *goal.ways):
            for seed in answers.GOAL_SEEDS:
                run = contract.run(figure, goal.at | way, seed)
                met = answers.meets(goal, run.measures)
                assert met is bool(way), (goal.goal, way, seed)


@each_idea
def test_no_way_to_a_goal_owes_it_to_the_seeds(idea):
    """Where a quantile is on a cliff, five seeds may hold and the sixth not."""
    figure = contract.load(idea.figure)
    for goal in idea.goals:
        for way in goal.ways:
            for seed in range(contract.SEED, contract.SEED + SEEDS):
                measures = contract.run(figure, goal.at | way, seed).measures
                assert all(r.kept(measures) for r in goal.requirements), (way, seed)


def test_goal_seeds_are_not_the_seed_of_the_book():
    assert len(set(answers.GOAL_SEEDS)) == 5
    assert contract.SEED not in answers.GOAL_SEEDS


def test_at_least_three_predictions_are_marked_on_an_axis():
    assert sum(idea.predict.by in ("x", "y") for idea in IDEAS) >= 3


def test_the_right_option_has_no_place_of_its_own():
    places = [[o.right for o in q.options].index(True) for i in IDEAS for q in i.recall]
    assert {0, 1, 2} <= set(places)
    assert max(places.count(place) for place in set(places)) < 0.6 * len(places)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "at: {fan_out: 200}",
            "at: {fan_in: 200}",
            "no parameter named 'fan_in'. Did you mean 'fan_out'?",
        ),
        (
            "at: {fan_out: 200}",
            "at: {fan_out: 20000}",
            "fan_out must be from 1 to 2000 calls, got 20000",
        ),
        (
            "at: {fan_out: 200}",
            "at: {fan_out: 10}",
            "the figure stands there already. Choose another setting",
        ),
        (
            "measure: slow_requests_share",
            "measure: slow_request_share",
            "tail_latency has no measure 'slow_request_share'."
            " Did you mean 'slow_requests_share'?",
        ),
        (
            "  by: y",
            "  by: z",
            "predict by: input should be 'number', 'x', 'y' or 'choice', got 'z'",
        ),
        (
            "  by: y",
            "  by: choice",
            "predict: a choice has three or four options, each but the last with"
            " `below`, ascending",
        ),
        (
            "  by: y",
            "  by: y\n  options: [{text: all}]",
            "predict: options belong to a prediction by choice",
        ),
        (
            "    require: [p99_ms <= 100,",
            "    require: [p99_ms = 100,",
            "goals 1 require 1: a requirement is like p99_ms <= 300, with <=, >=, < or >,"
            " got 'p99_ms = 100'",
        ),
        (
            "    change: [hedge_at, wait_for]",
            "    change: [hedge_at]",
            "'wait_for' is not among what the reader may change",
        ),
        (
            "p99_ms <= 100",
            "p99_ms <= 3000",
            "the goal is met before anything is changed. Ask for more",
        ),
        ("{hedge_at: p95}", "{hedge_at: p99}", "the goal is missed at seed"),
        ("{hedge_at: p95}", "{wait_for: 0.95}", "the same way again. Find another"),
        (
            "        right: true",
            "        right: false",
            "recall 1: exactly one option has `right: true`, found 0",
        ),
        (
            "        right: true",
            "        wright: true",
            "no key named 'recall 1 options 2 wright'. Did you mean 'right'?",
        ),
    ],
    ids=lambda text: text[:32],
)
def test_a_mistake_in_a_lesson_is_told_with_its_line(project, old, new, message):  # noqa: F811
    line = spoil(project, TAIL, old, new)
    with pytest.raises(Mistakes) as raised:
        answers.check(read_book(project / "content"), project / "content")
    (told,) = (said for said in raised.value.lines if message in said)
    found = re.match(rf"{TAIL}:(\d+): ", told)
    assert found and abs(line - int(found[1])) < 8, told


def test_the_build_does_not_go_on_without_a_lesson(project):  # noqa: F811
    line = spoil(project, TAIL, "teach:\n", "preach:\n")
    assert mistakes(project) == [
        f"{TAIL}:2: the key 'teach' is missing",
        f"{TAIL}:{line}: no key named 'preach'. Did you mean 'teach'?",
    ]
