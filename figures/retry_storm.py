"""Retry storms and metastable failure

The outage lasted ten seconds. Why is the service still down?

Model: one server works off its queue in order of arrival, at a fixed rate. Calls arrive
at random (Poisson). A caller gives up when the answer takes longer than the time-out,
and may try again; the server does not know that it has gone and serves it all the same,
unless it throws away what it can no longer finish in time. At 30 s the server stops for
the length of the outage; calls keep coming. A pause of "none" sends the retry the
moment the try has failed; "fixed" waits 1 s from there, "exponential" 1, 2, 4, 8, 16 s,
and "full jitter" a random time up to that. Retries may be limited by a budget: a share
of first tries, or of answers that came in time. A breaker looks at the last seconds,
opens when more than half of the calls fail, and then lets through one call in twenty
for five seconds at a time. The service is back when it does at least half of what is
asked for, or of what it can do, and keeps doing so.

Kinder than the world: a retry costs what a first try costs, callers retry nowhere else
on the way, and the server slows down under no load. Budget and breaker are shared by
all callers and know the whole traffic. The server that throws work away knows how long
a call takes: one that only looks whether the caller has already gone takes up calls
that are just about to go, and needs minutes where this one needs none. Work that will
be thrown away takes no place in the queue.

Harsher than the world: every call is equally urgent, nobody goes home, and nobody adds
capacity or restarts anything in these four minutes.

Source: [@bronson2021] for the scenario, in which the retry leaves at the time-out, with
no pause; the second that the default adds changes the backlog a little and where the
load settles not at all. [@huang2022] for metastable failures in the wild;
[@brooker2022] for retry budgets.
"""

import math

import numpy as np

from figures._contract import Choice, Measure, Parameter, quantity, switch

PARAMETERS = (
    Parameter("arrivals_per_s", "Calls asked for", "/s", 10, 300, 5, 280),
    Parameter("outage_s", "Outage", "s", 0, 60, 1, 10),
    switch("drop_expired", "Throw away what would come too late"),
    Parameter("capacity_per_s", "Capacity", "/s", 100, 1000, 10, 300, more=True),
    Parameter("timeout_s", "Time-out", "s", 0.2, 5, 0.1, 1, more=True),
    Parameter("retries", "Retries", "", 0, 5, 1, 1, whole=True, more=True),
    Choice(
        "backoff",
        "Pause before a retry",
        {
            "none": "none",
            "fixed": "1 s",
            "exponential": "exponential",
            "full_jitter": "full jitter",
        },
        "fixed",
        more=True,
    ),
    Choice(
        "retry_limit",
        "Retry budget",
        {
            "none": "none",
            "share_of_requests": "a share of first tries",
            "share_of_successes": "a share of answers",
        },
        "none",
        more=True,
    ),
    Parameter("budget_share", "Budget", "%", 0.01, 0.5, 0.01, 0.1, more=True),
    switch("breaker", "Circuit breaker", more=True),
    Parameter(
        "queue_limit",
        "Longest queue (0: no limit)",
        "calls",
        0,
        100_000,
        10,
        0,
        scale="log",
        whole=True,
        more=True,
    ),
)
MEASURES = (
    Measure("goodput_per_s", "Answered in time, last 30 s", "/s"),
    Measure("offered_per_s", "Sent, last 30 s", "/s"),
    Measure("offered_peak_per_s", "Sent in the worst second", "/s"),
    Measure("amplification", "Sent per call asked for, last 30 s", ""),
    Measure("recovery_s", "Back after the outage", "s"),
    Measure("wasted_share", "Work nobody waits for, last 30 s", "%"),
)
CHECKED_AT = (
    {},
    {"arrivals_per_s": 140},
    {"retry_limit": "share_of_requests"},
    {"retry_limit": "share_of_successes"},
    {"drop_expired": "on"},
    {"queue_limit": 200},
    {"retries": 5, "backoff": "full_jitter"},
    {"arrivals_per_s": 40, "outage_s": 60, "retries": 3, "backoff": "exponential"},
    {"arrivals_per_s": 300, "capacity_per_s": 330, "timeout_s": 5, "retries": 0},
)
TOLERANCE = {"recovery_s": 1.0}  # read from whole seconds, so without noise it steps
RUN_S = 240  # length of a run, s
OUTAGE_AT_S = 30  # when the outage starts, s
LAST_S = 30  # the end of the run, over which rates are taken, s
STEP_S = 0.05  # time step, s: a quarter of the shortest time-out
RUN_STEP_S = 0.1  # that of a run: half as fine, and no measure tells the two apart
PAUSE_S = 1.0  # the first pause before a retry, s
BUCKET = 10  # retries that a budget may save up
WINDOW_S = 2.0  # memory of the breaker, s
COOL_DOWN_S = 5.0  # how long the breaker stays open before it looks again, s
PROBE_SHARE = 0.05  # calls that an open breaker lets through
TOP = 2.5  # of the chart, in capacities; what is higher leaves it and is named
MARGIN = 0.8  # what is within this of a limit is not called below it
SURE = 4  # standard deviations that theory wants between itself and the other outcome
SMOOTH_S = 3  # goodput is averaged over so many seconds to see whether it is back


def simulate(params, rng):
    """Attempts and answers in time of each second, and where they settle."""
    steps = round(RUN_S / RUN_STEP_S)
    first = rng.poisson(params.arrivals_per_s * RUN_STEP_S, steps).astype(np.float64)
    run = storm(params, first.tolist(), RUN_STEP_S)
    seconds = {
        name: column.reshape(RUN_S, -1).sum(axis=1) for name, column in run.items()
    }
    asked = first.reshape(RUN_S, -1).sum(axis=1)
    sent, good, wasted = seconds["sent"], seconds["good"], seconds["wasted"]
    columns = {
        "time_s": np.arange(RUN_S) + 0.5,
        "offered_per_s": sent,
        "goodput_per_s": good,
        "offered_of_capacity": sent / params.capacity_per_s,
        "goodput_of_capacity": good / params.capacity_per_s,
    }
    served = good[-LAST_S:].sum() + wasted[-LAST_S:].sum()
    measures = {
        "goodput_per_s": good[-LAST_S:].mean(),
        "offered_per_s": sent[-LAST_S:].mean(),
        "offered_peak_per_s": sent.max(),
        "amplification": sent[-LAST_S:].sum() / max(asked[-LAST_S:].sum(), 1),
        "recovery_s": _recovery(params, good, asked),
        "wasted_share": wasted[-LAST_S:].sum() / served if served else 0.0,
    }
    return columns, measures


def closed_form(params):
    """What the balance of mean rates says, where noise cannot turn it round."""
    if params.breaker == "on" or not _calm(params):
        return {}
    if params.outage_s <= MARGIN * params.timeout_s and not params.queue_limit:
        return _steady(params)  # nobody waits as long as the time-out
    if params.drop_expired == "on":
        return _steady(params) | {"recovery_s": 0.0} if _soon_done(params) else {}
    if params.queue_limit:
        cured = _short_queue(params) and _soon_done(params)
        return _steady(params) if cured else {}
    return _when_all_fail(params)


def takeaway(params, measures):
    """Whether the service comes back, what load it bears then, and what it answers."""
    outage = quantity(round(params.outage_s, 2), "s")
    end = f"{_load(measures)}, and {_answered(measures)}"
    if params.arrivals_per_s > params.capacity_per_s:
        asked = quantity(params.arrivals_per_s, "/s", 4)
        able = quantity(params.capacity_per_s, "/s", 4)
        return f"The {asked} asked for are more than the {able} it can do: {end}."
    if outage == "0 s":
        return f"Without an outage, {end}."
    if math.isinf(measures["recovery_s"]):
        left = quantity(RUN_S - OUTAGE_AT_S - params.outage_s, "s")
        return f"{left} after an outage of {outage} the service is still down: {end}."
    back = quantity(measures["recovery_s"], "s")
    back = back if measures["recovery_s"] else "at once"
    return f"The service is back {back} after an outage of {outage}: {end}."


def chart():
    """Calls sent and calls answered in time against time, as shares of capacity."""
    import altair as alt

    from figures import _theme as theme

    share = alt.Scale(domain=[0, TOP], nice=False)
    axis = alt.Axis(format="%", title="Calls per second, as a share of capacity")
    time = alt.X("time_s:Q", title="Time (s)")
    time = time.scale(domain=[0, RUN_S], nice=False).axis(values=[*range(0, 241, 60)])
    base = theme.columns().encode(time)

    def curve(field):
        return base.encode(y=alt.Y(f"{field}_of_capacity:Q", scale=share, axis=axis))

    sent, good = curve("offered"), curve("goodput")
    gap = sent.encode(y2="goodput_of_capacity:Q")
    row = theme.measures().transform_calculate(
        begins=f"{OUTAGE_AT_S}",
        ends=f"{OUTAGE_AT_S} + datum.outage_s",
        good="datum.goodput_per_s / datum.capacity_per_s",
        sent="datum.offered_per_s / datum.capacity_per_s",
        lift="datum.good < 0.005 ? 0.08 : datum.good < 0.3 ? 0.17 : -0.24",
        good_at="datum.good + datum.lift",
        least="datum.good < 0.3 ? datum.good_at + 0.17 : datum.good > 0.75 ? 1.1 : 0",
        aside=f"datum.sent > {TOP - 0.35} && datum.sent < {TOP} ? -0.35 : 0.28",
        sent_at=f"clamp(datum.sent + datum.aside, datum.least, {TOP - 0.1})",
        beyond=f"datum.sent > {TOP} ? ' (above the chart)' : ''",
        good_is="format(datum.goodput_per_s, ',.0f') + '/s answered in time'",
        sent_is="format(datum.offered_per_s, ',.0f') + '/s sent' + datum.beyond",
        end=f"{RUN_S - 2}",
    )

    def name(field, colour):
        place = row.encode(x="end:Q", y=alt.Y(f"{field}_at:Q", scale=share))
        return theme.label(
            place.encode(text=f"{field}_is:N"), colour, align="right", baseline="middle"
        )

    outage = row.transform_filter("datum.outage_s > 0").encode(x="begins:Q")
    top = outage.encode(y=alt.datum(TOP - 0.1), text=alt.value("outage"))
    line = row.encode(y=alt.datum(1))
    capacity = line.encode(x=alt.datum(1), text=alt.value("capacity"))
    return alt.layer(
        outage.encode(x2="ends:Q").mark_rect(color=theme.FAINT, opacity=0.18),
        gap.mark_area(color=theme.FAILING, opacity=0.12, clip=True),
        sent.mark_line(color=theme.FAILING, clip=True),
        good.mark_line(color=theme.STEADY, clip=True),
        line.mark_rule(
            strokeDash=theme.DASH, strokeWidth=1.5, color=theme.INK, opacity=0.75
        ),
        theme.label(top, theme.FAINT, align="left", dx=4, baseline="middle"),
        theme.label(capacity, align="left", dy=-9),
        name("sent", theme.FAILING),
        name("good", theme.STEADY),
    )


def storm(params, first_tries, step_s=STEP_S, backlog=0.0):
    """Attempts sent, answered in time and served in vain, in each step.

    `first_tries` are the first tries of each step; `backlog` is work of somebody else
    that is already queued.
    """
    server = _Server(params, len(first_tries), step_s, backlog)
    callers = _Callers(params, len(first_tries), step_s)
    breaker = _Breaker(step_s) if params.breaker == "on" else None
    sent = []
    counts_answers = breaker or params.retry_limit == "share_of_successes"
    for step, fresh in enumerate(first_tries):
        answered = server.answered(step) if counts_answers else 0.0
        failed = callers.failed[step]
        attempts = callers.attempts(step, failed, fresh, answered)
        if breaker:
            through = breaker.lets_through(step, answered, sum(failed))
            attempts = [through * each for each in attempts]
        sent.append(sum(attempts))
        refused, late = server.take(step, sent[-1])
        if refused or late:
            callers.note(step, attempts, refused, late)
    good, wasted = server.served()
    return {"sent": np.array(sent), "good": good, "wasted": wasted}


class _Server:
    """One server that works off a queue in order of arrival.

    Its clock stands still during the outage. Work taken on now is done when that clock
    shows `free_at`; whether it is late is therefore known when it arrives.
    """

    def __init__(self, params, steps, step_s, backlog):
        """A server with so much work of others before it."""
        self.outage_s, self.timeout_s = params.outage_s, params.timeout_s
        self.capacity, self.drops = params.capacity_per_s, params.drop_expired == "on"
        self.step_s = step_s
        self.clock = _clock(params, step_s * np.arange(steps + 1)).tolist()
        self.longest_s = params.queue_limit / params.capacity_per_s or math.inf
        self.free_at = backlog / params.capacity_per_s
        self.begun, self.done, self.good, self.late = [], [], [], []
        self.seen = 0  # steps whose answers have all left the server

    def answered(self, step):
        """Answers in time that have left the server since the last step."""
        clock, answered = self.clock[step], 0.0
        while self.seen < len(self.done) and self.done[self.seen] <= clock:
            answered += self.good[self.seen]
            self.seen += 1
        return answered

    def take(self, step, attempts):
        """Shares of `attempts` that find the queue full, and that will be late."""
        start, taken = max(self.free_at, self.clock[step]), attempts
        if self.longest_s < math.inf:
            room_s = self.longest_s + self.clock[step + 1] - start
            taken = min(attempts, max(0.0, room_s * self.capacity))
        late = self._late(step, start, taken)
        work = taken - late if self.drops else taken
        self.free_at = start + work / self.capacity
        self.begun.append(start)
        self.done.append(self.free_at)
        self.good.append(taken - late)
        self.late.append(work - taken + late)
        if not attempts:
            return 0.0, 0.0
        return 1 - taken / attempts, late / attempts

    def _late(self, step, start, taken):
        """How many of the calls `taken` in this step will be answered too late."""
        begins = start + self.outage_s if start >= OUTAGE_AT_S else start
        # Spare time of the first and of the last call; in between it changes evenly.
        first = step * self.step_s + self.timeout_s - begins
        last = first + self.step_s - taken / self.capacity
        if first >= 0 and last >= 0:
            return 0.0
        if self.drops:
            in_time = max(0.0, first + self.step_s) * self.capacity
            return max(0.0, taken - in_time)
        if first <= 0 and last <= 0:
            return taken
        return taken * max(-first, -last) / abs(first - last)

    def served(self):
        """Answers in time and in vain of each step, by when they left the server."""
        times = np.column_stack((self.begun, self.done)).ravel()
        return [
            np.diff(
                np.interp(self.clock, times, np.repeat(np.cumsum([0, *n]), 2)[1:-1])
            )
            for n in (self.good, self.late)
        ]


class _Callers:
    """Those who call, give up and call again; try by try."""

    def __init__(self, params, steps, step_s):
        """Callers who have sent nothing yet."""
        self.params = params
        self.timeout = max(1, round(params.timeout_s / step_s))
        self.tries = range(params.retries)
        self.pauses = [_pause(params.backoff, n, step_s) for n in self.tries]
        length = steps + sum(most for _, most in self.pauses) + 2
        self.change = [[0.0] * length for _ in self.pauses]  # of the flow of retries
        self.flow = [0.0] * params.retries
        # Tries that are known in each step to have failed, by their number.
        self.failed = [[0.0] * (params.retries + 1)] * (steps + self.timeout + 1)
        self.none = self.failed[0]
        self.budget = BUCKET

    def attempts(self, step, failed, fresh, answered):
        """What is sent in this step: first tries, second tries and so on."""
        if failed is not self.none or self.params.retry_limit != "none":
            self.retry(step, failed, self._granted(failed, fresh, answered))
        for n in self.tries:
            if change := self.change[n][step]:
                # What was added is taken away again, but rounded: it may end below zero.
                self.flow[n] = max(0.0, self.flow[n] + change)
        return [fresh, *self.flow]

    def note(self, step, attempts, refused, late):
        """Remember when these shares of `attempts` will be known to have failed.

        A refusal comes back after one step, a late answer is given up at the time-out.
        """
        if refused:
            self._fail(step + 1, refused, attempts)
        if late:
            self._fail(step + self.timeout, late, attempts)

    def _fail(self, known, share, attempts):
        """Count this share of `attempts` among those known by then to have failed."""
        before = self.failed[known]
        if before is self.none:
            self.failed[known] = [share * sent for sent in attempts]
        else:
            self.failed[known] = [
                n + share * sent for n, sent in zip(before, attempts, strict=True)
            ]

    def retry(self, step, failed, granted):
        """Plan the next try of the share `granted` of those that `failed`."""
        for n in self.tries if granted else ():
            least, most = self.pauses[n]
            flow = granted * failed[n] / (most - least)
            self.change[n][step + least] += flow
            self.change[n][step + most] -= flow

    def _granted(self, failed, fresh, answered):
        """The share of those that `failed` whose next try the budget lets through."""
        if self.params.retry_limit == "none":
            return 1.0
        wanted = sum(failed) - failed[-1]  # the last try gives up
        of_requests = self.params.retry_limit == "share_of_requests"
        income = self.params.budget_share * (fresh if of_requests else answered)
        self.budget += income
        spent = min(wanted, self.budget)
        self.budget = min(self.budget - spent, BUCKET)
        return spent / wanted if wanted else 0.0


class _Breaker:
    """A circuit breaker in front of all callers."""

    def __init__(self, step_s):
        """A closed breaker."""
        self.step_s, self.keeps = step_s, math.exp(-step_s / WINDOW_S)
        self.answered = self.failed = self.open_until = 0.0

    def lets_through(self, step, answered, failed):
        """The share of calls that are sent in this step; the others fail at once."""
        self.answered = self.keeps * self.answered + answered
        self.failed = self.keeps * self.failed + failed
        now = step * self.step_s
        if self.failed > self.answered and self.failed > 1 and now >= self.open_until:
            self.open_until = now + COOL_DOWN_S
        return PROBE_SHARE if now < self.open_until else 1.0


def _load(measures):
    """How the load compares with what is asked for, as a clause."""
    share = quantity(measures["amplification"], "%", 2)
    same = "the load is what is asked for"
    return same if share == "100 %" else f"the load is {share} of what is asked for"


def _answered(measures):
    """How much of what is asked for is answered in time, as a clause."""
    asked = measures["offered_per_s"] / measures["amplification"]
    share = min(1, measures["goodput_per_s"] / asked)
    if share == 0:
        return "no call is answered in time"
    some = "less than 1 %" if share < 0.01 else quantity(share, "%", 2)
    return f"{some} of calls are answered in time"


def _clock(params, time_s):
    """What the server's clock shows: it stands still during the outage."""
    stopped = np.clip(time_s - OUTAGE_AT_S, 0, params.outage_s)
    return time_s - stopped


def _pause(backoff, n, step_s):
    """The shortest and the longest pause after try `n`, from 0, in steps."""
    first = round(PAUSE_S / step_s)
    if backoff == "full_jitter":
        return 0, first * 2**n
    steps = {"none": 0, "fixed": first, "exponential": first * 2**n}[backoff]
    return steps, steps + 1


def _recovery(params, good, asked):
    """Seconds from the end of the outage until goodput is back to stay, or inf."""
    end = OUTAGE_AT_S + params.outage_s
    window = np.ones(SMOOTH_S)
    able = np.minimum(asked, params.capacity_per_s)
    down = np.convolve(np.minimum(good, able) - able / 2, window, "valid") < 0
    (bad,) = np.nonzero(down[math.ceil(end) :])
    if not len(bad):
        return 0.0
    if bad[-1] == len(down) - math.ceil(end) - 1:
        return math.inf
    return float(bad[-1] + 1 + SMOOTH_S // 2)


def _steady(params):
    """The measures of a service that answers everybody."""
    return {
        "goodput_per_s": params.arrivals_per_s,
        "offered_per_s": params.arrivals_per_s,
        "amplification": 1.0,
        "wasted_share": 0.0,
    }


def _stuck(params):
    """The measures of a service that answers nobody."""
    factor = _storm_factor(params)
    return {
        "goodput_per_s": 0.0,
        "offered_per_s": params.arrivals_per_s * factor,
        "amplification": factor,
        "recovery_s": math.inf,
        "wasted_share": 1.0,
    }


def _when_all_fail(params):
    """The measures if the queue is, or is not, ever short enough to answer in time.

    While every call fails, the queue grows or shrinks at known rates.
    """
    since_s, backlog = _backlog(params)
    asked, factor = params.arrivals_per_s, _storm_factor(params)
    fatal = params.capacity_per_s * params.timeout_s
    noise = factor * np.sqrt(asked * since_s)
    if (backlog - SURE * noise > fatal).all():
        return _stuck(params)
    headroom = params.capacity_per_s - asked * factor
    if backlog[0] < fatal or headroom <= 0 or (backlog > fatal).all():
        return {}
    back_s = since_s[np.argmax(backlog <= fatal)] - params.outage_s + params.timeout_s
    spread_s = factor * math.sqrt(asked * back_s) / headroom
    left_s = since_s[-1] - params.outage_s - LAST_S - _last_retry_s(params)
    if back_s + SURE * spread_s > left_s:
        return {}
    known = params.backoff != "full_jitter"  # the mean pause is not enough
    return _steady(params) | ({"recovery_s": back_s} if known else {})


def _calm(params):
    """Whether the queue stays far from the time-out, and from its limit, by itself.

    The tail of a queue with random arrivals and fixed service times falls by about
    exp(-2 (1 - utilisation)) a place.
    """
    places = params.capacity_per_s * params.timeout_s
    if params.queue_limit:
        places = min(places, params.queue_limit)
    return 2 * (1 - params.arrivals_per_s / params.capacity_per_s) * places > 25


def _storm_factor(params):
    """Tries per call while every try fails."""
    share = {
        "none": math.inf,
        "share_of_requests": params.budget_share,
        "share_of_successes": 0.0,
    }
    return 1 + min(params.retries, share[params.retry_limit])


def _retries_after_s(params):
    """How long after its first try a call that always fails sends each retry (mean)."""
    pauses = [
        (least + most - 1) / 2
        for least, most in (_pause(params.backoff, n, 1) for n in range(params.retries))
    ]
    return [
        n * params.timeout_s + sum(pauses[:n]) for n in range(1, params.retries + 1)
    ]


def _last_retry_s(params):
    """How long a call that always fails keeps coming back (mean)."""
    return max(_retries_after_s(params), default=0.0)


def _soon_done(params):
    """Whether those who still retry are served well before the last seconds."""
    waiting = params.arrivals_per_s * (_last_retry_s(params) + params.timeout_s)
    headroom = params.capacity_per_s - params.arrivals_per_s
    return waiting / headroom < (RUN_S - LAST_S - OUTAGE_AT_S - params.outage_s) / 2


def _short_queue(params):
    """Whether a queue of that length cannot hold a call past its time-out."""
    return params.queue_limit < MARGIN * params.capacity_per_s * params.timeout_s


def _backlog(params):
    """Times since the outage began (s), and the queue then if every call fails."""
    since_s = np.arange(params.outage_s, RUN_S - OUTAGE_AT_S, 0.01)
    after_s = np.array(_retries_after_s(params))[:, None]
    if params.retry_limit == "none":
        tries = since_s + (since_s - after_s).clip(0).sum(axis=0)
        work = params.arrivals_per_s * tries
    else:
        factor = _storm_factor(params)
        again_s = (since_s - after_s[:1].sum()).clip(0)
        work = params.arrivals_per_s * (since_s + (factor - 1) * again_s)
        work += BUCKET if params.retries else 0
    return since_s, work - params.capacity_per_s * (since_s - params.outage_s)
