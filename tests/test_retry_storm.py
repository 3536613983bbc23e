"""The retry storm against its oracles, its limits and an event simulation."""

import math
import random
import re

import numpy as np
import pytest
import simpy

from figures import _contract as contract
from figures import retry_storm

RUNS = 8  # seeds over which noisy measures are averaged
CURES = (
    {"drop_expired": "on"},
    {"queue_limit": 200},
    {"breaker": "on"},
    {"retry_limit": "share_of_successes"},
    {"retries": 0, "capacity_per_s": 400},
)


def run(seed=1, **values):
    """One run at these parameters."""
    return contract.run(retry_storm, values, seed)


def measures(seed=1, **values):
    """The measures of one run."""
    return run(seed, **values).measures


def means(**values):
    """The measures averaged over RUNS seeds."""
    runs = [measures(seed, **values) for seed in range(RUNS)]
    return {name: np.mean([each[name] for each in runs]) for name in runs[0]}


def fluid(seconds, backlog=0.0, step_s=retry_storm.STEP_S, calls=None, **values):
    """Columns of a run without noise; `calls` are first tries/s from a time on."""
    params = contract.bind(retry_storm.PARAMETERS, values)
    time_s = np.arange(round(seconds / step_s)) * step_s
    asked = np.full(len(time_s), params.arrivals_per_s * step_s)
    for since_s, per_s in (calls or {}).items():
        asked[time_s >= since_s - step_s / 2] = per_s * step_s
    return retry_storm.storm(params, asked.tolist(), step_s, backlog)


def per_s(column, first_s, last_s, step_s=retry_storm.STEP_S):
    """Mean rate of a fluid column between two times."""
    part = column[round(first_s / step_s) : round(last_s / step_s)]
    return part.sum() / (last_s - first_s)


def queue(columns, at_s, step_s=retry_storm.STEP_S):
    """Calls in the queue at a time."""
    waiting = columns["sent"] - columns["good"] - columns["wasted"]
    return waiting[: round(at_s / step_s)].sum()


def pulse(backoff, calls=1.0, **values):
    """When the tries of `calls`, first sent at 31 s in a long outage, are sent (s)."""
    values = {"outage_s": 60, "retries": 5, "backoff": backoff, **values}
    params = contract.bind(retry_storm.PARAMETERS, values)
    asked = [0.0] * round(90 / retry_storm.STEP_S)
    asked[round(31 / retry_storm.STEP_S)] = calls
    sent = retry_storm.storm(params, asked)["sent"]
    steps = np.flatnonzero(sent > 1e-6)
    return steps * retry_storm.STEP_S - 31, sent[steps]


# --- the storm ---------------------------------------------------------------


def test_ten_seconds_of_outage_leave_a_service_that_answers_nobody():
    storm = measures()
    assert storm["goodput_per_s"] == 0
    assert storm["wasted_share"] == 1
    assert storm["recovery_s"] == math.inf
    assert storm["amplification"] == pytest.approx(2, abs=0.02)
    assert means()["offered_per_s"] == pytest.approx(
        560, abs=4 * 2 * math.sqrt(280 / 240)
    )


def test_before_the_outage_nobody_waits():
    columns = run().columns
    sent, good = (columns[f"{n}_per_s"][:30].sum() for n in ("offered", "goodput"))
    assert sent > 280 * 30 * 0.9
    assert sent - good < 60  # those still in the queue: a fifth of the time-out


@pytest.mark.parametrize("backoff", ["none", "fixed", "exponential", "full_jitter"])
def test_no_pause_before_the_retry_helps(backoff):
    storm = measures(backoff=backoff)
    assert storm["recovery_s"] == math.inf
    assert storm["amplification"] == pytest.approx(2, abs=0.02)


def test_an_outage_of_twice_the_timeout_is_as_fatal_as_one_of_a_minute():
    for outage_s in (2, 60):
        assert measures(outage_s=outage_s)["goodput_per_s"] == 0


def test_an_outage_shorter_than_the_timeout_is_harmless():
    short = measures(outage_s=0.9)
    assert short["recovery_s"] == 0
    assert short["amplification"] == 1


def test_the_queue_grows_by_260_a_second_id_2_39():
    columns = fluid(240, backoff="none")
    grown = queue(columns, 200) - queue(columns, 100)
    assert grown / 100 == pytest.approx(260.0, abs=1e-6)
    assert per_s(columns["good"], 100, 200) == 0


def test_the_outage_leaves_5320_calls_id_2_40():
    assert queue(fluid(41, backoff="none"), 40) == pytest.approx(5320, abs=1e-6)
    assert queue(fluid(41), 40) == pytest.approx(5320 - 280, abs=1e-6)  # 1 s later


# --- where it recovers -------------------------------------------------------


@pytest.mark.parametrize(
    ("arrivals", "outage_s", "seconds"),
    [(140, 10, 400), (149, 10, 2000), (145, 60, 2600), (100, 60, 400), (10, 60, 200)],
)
def test_below_150_a_second_it_recovers_from_every_outage(arrivals, outage_s, seconds):
    columns = fluid(seconds, arrivals_per_s=arrivals, outage_s=outage_s)
    last = per_s(columns["good"], seconds - 20, seconds)
    assert last == pytest.approx(arrivals, rel=1e-9)


def test_above_150_a_second_it_does_not_recover_however_long_one_waits():
    columns = fluid(2000, arrivals_per_s=151)
    assert columns["good"][round(50 / retry_storm.STEP_S) :].sum() == 0


@pytest.mark.parametrize(
    ("capacity", "retries", "stable"),
    [
        pytest.param(1000, 3, 250, id="2.46 scaled by 100: capacity / (retries + 1)"),
        pytest.param(800, 3, 200, id="2.33 capacity degraded to 1000 / 1.25"),
        pytest.param(300, 1, 150, id="Bronson"),
    ],
)
def test_the_load_that_is_always_safe_is_capacity_over_tries(capacity, retries, stable):
    params = {"capacity_per_s": capacity, "retries": retries, "outage_s": 20}
    good = [
        per_s(
            fluid(2000, arrivals_per_s=round(share * stable, 6), **params)["good"],
            1990,
            2000,
        )
        for share in (0.97, 1.03)
    ]
    assert good == [pytest.approx(0.97 * stable, rel=1e-6), 0]


def test_removing_the_retries_recovers_when_the_backlog_has_drained():
    columns = fluid(300, retries=0)
    first = np.flatnonzero(columns["good"][round(45 / retry_storm.STEP_S) :])[0]
    back_s = 5 + first * retry_storm.STEP_S
    assert back_s == pytest.approx((2800 - 300) / 20 + 1, abs=0.1)


def test_shedding_to_100_first_answers_after_52_s_and_is_empty_after_54_s():
    columns = fluid(110, backoff="none", calls={40: 100})
    answered = np.flatnonzero(columns["good"] > 1e-9) * retry_storm.STEP_S
    first_s = answered[answered > 41][0] - 1 - 40  # sent a time-out before its answer
    assert first_s == pytest.approx(52, abs=2 * retry_storm.STEP_S)
    assert queue(columns, 40 + 53.9) > 10
    assert queue(columns, 40 + 54.1) < 10


def test_shedding_to_150_never_recovers():
    columns = fluid(1000, backoff="none", calls={40: 150})
    assert per_s(columns["good"], 50, 1000) == 0


@pytest.mark.parametrize(
    ("rho", "threshold"),
    [
        pytest.param(0.9333333333333333, 1.0051001821493624, id="2.35"),
        pytest.param(0.8, 1.0615384615384615, id="2.36"),
        pytest.param(0.6, 1.342857142857143, id="2.37"),
    ],
)
def test_the_trigger_that_is_just_fatal_is_that_of_the_fluid_theory(rho, threshold):
    low, high = 1.0, 2.0
    for _ in range(14):
        middle = (low + high) / 2
        columns = fluid(
            40,
            backlog=middle * 300,
            arrivals_per_s=round(rho * 300, 9),
            outage_s=0,
            backoff="none",
        )
        dies = per_s(columns["sent"], 38, 40) < 1.5 * rho * 300
        low, high = (middle, high) if dies else (low, middle)
    assert low == pytest.approx(threshold, abs=0.0005)


# --- what helps, and what does not -------------------------------------------


@pytest.mark.parametrize("values", CURES, ids=lambda v: next(iter(v)))
def test_the_cure_works(values):
    cured = measures(**values)
    assert math.isfinite(cured["recovery_s"])
    assert cured["goodput_per_s"] == pytest.approx(280, abs=5 * math.sqrt(280 / 30))


def test_throwing_away_expired_work_saves_it_at_once():
    cured = measures(drop_expired="on")
    assert cured["recovery_s"] == 0
    assert cured["wasted_share"] == 0
    after = run(drop_expired="on").columns["goodput_per_s"][40:50]
    assert after.min() > 0.95 * 300  # it works at capacity, and all of it counts


@pytest.mark.parametrize("retries", [1, 5])
@pytest.mark.parametrize("backoff", ["none", "fixed", "full_jitter"])
@pytest.mark.parametrize("outage_s", [2, 10, 60])
def test_a_queue_shorter_than_capacity_times_timeout_has_no_metastable_state(
    retries, backoff, outage_s
):
    values = {"retries": retries, "backoff": backoff, "outage_s": outage_s}
    assert measures(queue_limit=250, **values)["recovery_s"] <= 1
    assert measures(queue_limit=400, **values)["recovery_s"] == math.inf


def test_a_tenth_of_requests_is_more_than_the_headroom_and_does_not_save_it():
    budget = measures(retry_limit="share_of_requests")
    assert budget["goodput_per_s"] == 0
    assert budget["amplification"] == pytest.approx(1.1, abs=0.005)


def test_a_twentieth_of_requests_is_less_than_the_headroom_and_the_queue_shrinks():
    columns = fluid(600, retry_limit="share_of_requests", budget_share=0.05)
    shrinks = (queue(columns, 100) - queue(columns, 200)) / 100
    assert shrinks == pytest.approx(300 - 280 * 1.05, abs=0.01)
    assert per_s(columns["good"], 590, 600) == pytest.approx(280)


def test_a_tenth_of_successes_saves_it_once_the_backlog_has_drained_at_20_a_second():
    columns = fluid(240, retry_limit="share_of_successes")
    drains = (queue(columns, 60) - queue(columns, 120)) / 60
    assert drains == pytest.approx(20, abs=1e-6)
    assert columns["good"][round(45 / 0.05) : round(165 / 0.05)].sum() == 0
    assert per_s(columns["good"], 230, 240) == pytest.approx(280)


@pytest.mark.parametrize(
    ("p", "load"),
    [
        pytest.param(0.2, 1.0869565217391304, id="2.15"),
        pytest.param(0.5, 1.0526315789473684, id="2.16"),
        pytest.param(0.9, 1.0101010101010102, id="2.17"),
    ],
)
def test_a_budget_of_successes_bounds_the_load_as_a_token_bucket(p, load):
    capacity = 300 * load * (1 - p)  # where a full queue refuses just that share
    params = {"arrivals_per_s": 300, "retries": 3, "queue_limit": 20, "outage_s": 0}
    factor = 1 if capacity >= 100 else 100 / capacity
    params |= {"arrivals_per_s": 300, "capacity_per_s": capacity * factor}
    params |= {"retry_limit": "share_of_successes"}
    columns = fluid(240, calls={0: 300 * factor}, **params)
    attempts = per_s(columns["sent"], 120, 240) / (300 * factor)
    assert attempts == pytest.approx(load, abs=0.01)


@pytest.mark.parametrize(
    ("p", "attempts", "success"),
    [
        pytest.param(0.1, 1.111, 0.9999, id="2.1 2.7"),
        pytest.param(0.5, 1.875, 0.9375, id="2.2 2.8"),
        pytest.param(0.9, 3.4390000000000005, 0.3439, id="2.3"),
    ],
)
def test_independent_failures_multiply_the_load_by_a_geometric_sum(
    p, attempts, success
):
    capacity = 300 * attempts * (1 - p)
    params = {"arrivals_per_s": 300, "retries": 3, "queue_limit": 20, "outage_s": 0}
    seconds = 1000 if p == 0.1 else 240  # near capacity it settles slowly
    columns = fluid(seconds, capacity_per_s=capacity, **params)
    late = seconds / 2, seconds
    assert per_s(columns["good"], *late) / 300 == pytest.approx(success, rel=1e-3)
    if p > 0.1:  # at 0.1 the load is within 0.03/s of capacity
        assert per_s(columns["sent"], *late) / 300 == pytest.approx(attempts, rel=1e-3)


def test_the_breaker_lets_the_queue_drain_and_then_closes():
    columns = run(breaker="on").columns
    assert columns["offered_per_s"][34:40].max() < 0.2 * 280
    assert measures(breaker="on")["amplification"] == 1


def test_more_is_asked_for_than_it_can_do_and_a_short_queue_keeps_it_working():
    overload = {"arrivals_per_s": 300, "capacity_per_s": 150, "outage_s": 0}
    assert measures(**overload)["goodput_per_s"] == 0
    shed = measures(queue_limit=100, **overload)
    assert shed["goodput_per_s"] == pytest.approx(150, rel=1e-6)
    assert shed["wasted_share"] == 0


def test_both_states_are_stable_id_2_62():
    params = {"arrivals_per_s": 50, "capacity_per_s": 100, "queue_limit": 400}
    params |= {"retries": 3, "backoff": "none"}
    good = [means(outage_s=s, **params)["goodput_per_s"] for s in (0, 20)]
    assert good == [pytest.approx(50.0, abs=1.5), pytest.approx(0.0, abs=1.5)]
    assert measures(outage_s=20, **{**params, "arrivals_per_s": 20})["recovery_s"] < 60


# --- the callers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("backoff", "sent_s"),
    [
        ("none", [0, 1, 2, 3, 4, 5]),
        ("fixed", [0, 2, 4, 6, 8, 10]),
        ("exponential", [0, 2, 5, 10, 19, 36]),
    ],
)
def test_a_retry_is_sent_after_the_timeout_and_the_pause(backoff, sent_s):
    times, calls = pulse(backoff)
    assert times == pytest.approx(sent_s)
    assert calls == pytest.approx(np.ones(6))


def test_full_jitter_spreads_the_retry_evenly_from_none_to_the_exponential_pause():
    times, calls = pulse("full_jitter", retries=1)
    assert (times[0], calls[0]) == (0, 1)
    assert times[1:] == pytest.approx(np.arange(1, 2, 0.05))
    assert calls[1:] == pytest.approx(np.full(20, 0.05))
    times, calls = pulse("full_jitter", retries=4)
    assert calls.sum() == pytest.approx(5)
    assert np.average(times, weights=calls) == pytest.approx(
        np.mean([0, 1.5, 3.5, 6.5, 11.5]), abs=0.06
    )


def test_a_call_that_finds_the_queue_full_knows_it_one_step_later():
    times, calls = pulse("fixed", calls=5, queue_limit=2, retries=1)
    assert times == pytest.approx([0, 1.05, 2])
    assert calls == pytest.approx([5, 3, 2])


def test_an_answer_adds_to_the_budget_when_it_arrives_not_when_it_is_certain():
    policy = {"retry_limit": "share_of_successes", "budget_share": 0.5}
    # 20 calls wait out the rest of the outage; 80 find no place and want to try again.
    times, calls = pulse("fixed", 100, outage_s=1.5, queue_limit=20, **policy)
    assert times[:2] == pytest.approx([0, 1.05])
    assert calls[:2] == pytest.approx([100, retry_storm.BUCKET])


def test_nobody_takes_calls_back():
    calls = {"backoff": "full_jitter", "retries": 4, "calls": {40: 0}}
    assert fluid(120, **calls)["sent"].min() >= 0


@pytest.mark.parametrize("breaker", ["off", "on"])
def test_every_try_is_served_refused_or_still_waiting(breaker):
    columns = fluid(900, arrivals_per_s=140, calls={30: 0}, breaker=breaker)
    assert queue(columns, 900) == pytest.approx(0, abs=1e-6)


def test_the_answers_add_up_to_what_was_asked_for_when_nothing_breaks():
    columns = fluid(240, outage_s=0)
    for name in ("sent", "good"):
        assert columns[name].sum() == pytest.approx(280 * 240)


def test_a_finer_step_changes_nothing_that_matters():
    fine, coarse = (fluid(120, step_s=s, outage_s=5) for s in (0.01, 0.05))
    assert queue(fine, 100, 0.01) == pytest.approx(queue(coarse, 100, 0.05), rel=1e-6)


# --- what it says ------------------------------------------------------------


def test_theory_is_silent_where_noise_decides():
    busy = {"arrivals_per_s": 299, "outage_s": 0}  # nearly a random walk
    for values in (busy, {"outage_s": 1}, {"arrivals_per_s": 145}):
        params = contract.bind(retry_storm.PARAMETERS, values)
        assert retry_storm.closed_form(params) == {}, values


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, r"^200 s after an outage of 10 s .* down: .* 200 % of .* no call is"),
        ({"drop_expired": "on"}, r"back at once .* what is asked for, and 100 % of"),
        ({"arrivals_per_s": 140}, r"back \d+ s after an outage of 10 s"),
        ({"outage_s": 0}, r"^Without an outage, the load is what is asked for"),
        (
            {"capacity_per_s": 200},
            r"^The 280 ?/s asked for are more than the 200 ?/s it can do",
        ),
        ({"outage_s": 60}, r"^150 s after an outage of 60 s"),
    ],
)
def test_the_takeaway_says_what_happened(values, says):
    assert re.search(says, run(**values).takeaway), run(**values).takeaway


def test_another_seed_is_another_crowd():
    assert (run(1).columns["offered_per_s"] != run(2).columns["offered_per_s"]).any()


# --- an independent road: every call an object, in SimPy ---------------------


class Queue:
    """A server with a queue, its outage, and callers that give up, event by event."""

    def __init__(self, seed, arrivals, capacity, retries=1, outage_s=10, **policy):
        """The whole scenario, run to 240 s: `sent`, `asked` and `good` hold times."""
        self.env, self.random = simpy.Environment(), random.Random(seed)
        self.waiting = simpy.Store(self.env)
        self.capacity, self.retries, self.outage_s = capacity, retries, outage_s
        self.policy, self.tokens = policy, 10.0
        self.asked, self.sent, self.good = [], [], []
        self.env.process(self.serve())
        self.env.process(self.arrive(arrivals))
        self.env.run(until=240)

    def arrive(self, arrivals):
        """Callers at random."""
        while True:
            yield self.env.timeout(self.random.expovariate(arrivals))
            self.env.process(self.call())

    def call(self):
        """One caller: tries, waits a second, gives up, waits, tries again."""
        self.asked.append(self.env.now)
        self.tokens += self.policy.get("of_requests", 0)
        for tries_left in range(self.retries, -1, -1):
            answer = self.env.event()
            self.sent.append(self.env.now)
            if len(self.waiting.items) < self.policy.get("places", math.inf):
                self.waiting.put((answer, self.env.now + 1))
                yield answer | self.env.timeout(1)
            if answer.triggered:
                self.good.append(self.env.now)
                self.tokens += self.policy.get("of_successes", 0)
                return
            if not tries_left or not self.may_retry():
                return
            yield self.env.timeout(self.pause())

    def may_retry(self):
        """Whether the budget, if there is one, has a token."""
        if not {"of_requests", "of_successes"} & set(self.policy):
            return True
        self.tokens = min(self.tokens, 10)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def pause(self):
        """A second, or a random part of it."""
        return self.random.random() if self.policy.get("jitter") else 1

    def serve(self):
        """First come, first served; fixed service times; one outage from 30 s on."""
        while True:
            answer, until = yield self.waiting.get()
            if 30 <= self.env.now < 30 + self.outage_s:
                yield self.env.timeout(30 + self.outage_s - self.env.now)
            needs = 1 / self.capacity if self.policy.get("foresight") else 0
            if self.policy.get("drop") and self.env.now + needs > until:
                continue
            yield self.env.timeout(1 / self.capacity)
            if self.env.now <= until:
                answer.succeed()

    def last_30_s(self, times):
        """Events a second at the end."""
        return sum(t >= 210 for t in times) / 30

    def back_s(self):
        """When goodput is back at half of what is asked for, from the outage on."""
        good = np.histogram(self.good, bins=np.arange(30 + self.outage_s, 241))[0]
        down = np.flatnonzero(good < len(self.asked) / 480)
        return down[-1] + 1 if len(down) and down[-1] < len(good) - 1 else math.inf


# The scale of the paper by 0.4: capacity x time-out is 120 places, load 93 %.
SETTINGS = {
    "collapses": ({"arrivals": 112}, {}),
    "jitter collapses": ({"arrivals": 112, "jitter": True}, {"backoff": "full_jitter"}),
    "half the load recovers": ({"arrivals": 40}, {}),
    "dropping recovers": (
        {"arrivals": 112, "drop": True, "foresight": True},
        {"drop_expired": "on"},
    ),
    "a short queue recovers": (
        {"arrivals": 112, "places": 80},
        {"queue_limit": 80},
    ),
    "budget of requests collapses": (
        {"arrivals": 112, "of_requests": 0.1},
        {"retry_limit": "share_of_requests"},
    ),
    "budget of successes recovers": (
        {"arrivals": 105, "of_successes": 0.1},
        {"retry_limit": "share_of_successes"},
    ),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_an_event_simulation_settles_where_the_figure_does(setting):
    events, values = SETTINGS[setting]
    arrivals = events["arrivals"]
    des = Queue(20_260_101, capacity=120, **events)
    ours = means(arrivals_per_s=arrivals, capacity_per_s=120, **values)
    noise = math.sqrt(arrivals / 30 * (1 + 1 / RUNS))  # of a rate over 30 s, both sides
    sent, good = des.last_30_s(des.sent), des.last_30_s(des.good)
    factor = ours["amplification"]
    assert sent == pytest.approx(ours["offered_per_s"], abs=4 * factor * noise)
    assert good == pytest.approx(ours["goodput_per_s"], abs=4 * noise)
    # The ratio has the noise of the arrivals on both sides; only its edges are left.
    edges = 4 * math.sqrt(2 * 2 / (arrivals * 30 * 30) * 30)
    assert sent / des.last_30_s(des.asked) == pytest.approx(factor, abs=edges)
    assert (good == 0) == (ours["goodput_per_s"] == 0) == ("collapses" in setting)


def test_an_event_simulation_takes_as_long_to_recover():
    des = Queue(20_260_101, capacity=120, arrivals=40)
    ours = means(arrivals_per_s=40, capacity_per_s=120)["recovery_s"]
    spread_s = 2 * math.sqrt(40 * 15) / 40  # of the drain: every call is there twice
    tolerance = 4 * spread_s * math.sqrt(1 + 1 / RUNS) + 1
    assert des.back_s() == pytest.approx(ours, abs=tolerance)


def test_throwing_away_only_what_has_expired_serves_calls_that_are_about_to():
    """Why `drop_expired` looks ahead: the oldest call still alive is nearly dead."""
    blind, foreseeing = (
        Queue(20_260_101, capacity=120, arrivals=112, drop=True, foresight=foresight)
        for foresight in (False, True)
    )
    early = [sum(40 <= t < 60 for t in des.good) / 20 for des in (blind, foreseeing)]
    assert early[0] < 0.7 * 112
    assert early[1] > 0.95 * 112
