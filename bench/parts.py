"""The parts of the benchmark: each measures, and says it as tables."""

from bench import updates, visits
from bench.report import Section
from bench.server import Line
from bench.subjects import PLAIN
from bench.summary import figures, median, percentile, ratio, spread

FRAME_MS = 50  # what a change may take to be painted
MEGA = 1_000_000


def first_and_second_visit(subjects, runs, say):
    """Visits on this machine's own line and processor."""
    return visits_section("Visits", subjects, runs or 5, say)


def on_a_line(subjects, runs, say):
    """The same over 10 Mbit/s with a round trip of 40 ms."""
    line = Line(10e6, 0.040)
    title = "Visits over 10 Mbit/s, 40 ms"
    return visits_section(title, subjects, runs or 3, say, line=line)


def on_a_slow_processor(subjects, runs, say):
    """The same with every thread of the page four times slower."""
    title = "Visits on a processor four times slower"
    return visits_section(title, subjects, runs or 2, say, slower=4)


ROWS = (  # what, unit, divisor
    ("first readable", "first visit: navigation → readable", "ms", 1),
    ("first painted", "first visit: navigation → first change painted", "s", 1000),
    ("second readable", "second visit: navigation → readable", "ms", 1),
    ("second painted", "second visit: navigation → first change painted", "s", 1000),
    ("first longest task", "longest main-thread task until then, first visit", "ms", 1),
    ("first blocking", "blocking time until then, first visit", "ms", 1),
    ("second longest task", "longest main-thread task until then, second", "ms", 1),
    ("first longest task after", "longest task afterwards, Altair drawing", "ms", 1),
    ("first bytes", "bytes until then, first visit", "MB", MEGA),
    ("first bytes in all", "bytes until at rest, first visit", "MB", MEGA),
    ("second bytes in all", "bytes until at rest, second visit", "MB", MEGA),
)


def visits_section(title, subjects, runs, say, **conditions):
    """The table of both visits, with a ratio for every other subject."""
    found = visits.measure(subjects, runs, say, **conditions)
    names = [subject.name for subject in subjects]
    rows = []
    for key, what, unit, by in ROWS:
        values = {n: [v / by for v in found[n][key]] for n in names}
        rows.append([f"{what}, {unit}", *compared(values, names)])
    second = [
        figures(ratio(found[n]["second painted"], found[PLAIN]["first painted"]))
        for n in names
    ]
    again = [x for name in zip(["—"] * len(names), second, strict=True) for x in name]
    rows.append(["second visit : plain page's first", *again[:1], *again[2:]])
    header = ["", *headings(names)]
    note = f"{runs} runs of each, in turn."
    return [Section(title, note, header, rows)]


def headings(names):
    """A column for each subject, and one for its ratio to the plain page."""
    return [PLAIN, *(x for name in names[1:] for x in (name, "ratio"))]


def compared(values, names):
    """The cells below `headings`."""
    plain = values[PLAIN]
    cells = [spread(plain)]
    for name in names[1:]:
        ours = values[name]
        cells += [spread(ours), figures(ratio(ours, plain)) if median(plain) else "—"]
    return cells


def input_to_painted(subjects, runs, say):
    """Every figure's updates."""
    found = updates.measure(subjects, runs or 2, say)
    plain = found["tail_latency"][PLAIN]["single"]
    header = [
        "figure",
        "",
        "median, ms",
        "p95, ms",
        "p95 : plain page",
        "drag: last, ms",
        "drag: painted of inputs",
    ]
    rows = []
    for name, by_subject in found.items():
        for subject, values in by_subject.items():
            p95 = percentile(values["single"], 0.95)
            rows.append(
                [
                    name,
                    subject,
                    spread(values["single"]),
                    figures(p95),
                    figures(p95 / percentile(plain, 0.95)),
                    spread(values["drag"]),
                    f"{median(values['painted']):.0f} of {median(values['inputs']):.0f}",
                ]
            )
    return [Section("Input to painted", "", header, rows)]


PARTS = {
    "visits": first_and_second_visit,
    "updates": input_to_painted,
    "line": on_a_line,
    "processor": on_a_slow_processor,
}
