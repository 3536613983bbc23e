"""Permalinks: every state is a link, every link a state, and no link does harm."""

import math
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from figures import _contract as contract

pytestmark = pytest.mark.browser

LARGEST_SEED = 2**53 - 1
COMPLAINT = "The link asked for something else"

# The page's own figure once more, alone and among others, so that its link can be followed
# without a Python to run it.
HARNESS = """async (aliases) => {
  const main = [...document.scripts].find((s) => s.src.includes("/embed-")).src;
  const path = (await (await fetch(main)).text()).match(/"(\\.\\/figure-[\\w.]+)"/)[1];
  const {figure} = await import(new URL(path, main).href);
  const element = document.querySelector("figure");
  for (const [name, old] of Object.entries(aliases))
    element.querySelector(`[name="${name}"]`).dataset.aliases = old;
  const none = {run() { throw new Error("none") }, chart() { throw new Error("none") }, stop() {}};
  window.alone = figure(element, none, false, true);
  window.among = figure(element, none, true, true);
  window.found = (one) => ({
    ...one.stand(),
    link: one.link(),
    said: element.querySelector(".status").textContent,
    inside: element.querySelectorAll(".status *:not(button)").length,
  });
}"""
FOLLOW = "([which, search]) => { const one = window[which]; one.follow(search, true); return found(one) }"
STAND = """([which, values, seed]) => {
  const one = window[which];
  one.setTo(values, seed);
  const {link} = found(one);
  one.follow("", true);
  one.follow(new URL(link).search);
  return {...found(one), link};
}"""

SLOW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def with_harness(reader, name, **aliases):
    """The embed page of a figure, ready to follow links."""
    reader.goto(f"/embed/{name}/")
    reader.evaluate(HARNESS, aliases)
    return reader


def legal(parameter):
    """Every value that a control can give a parameter."""
    if isinstance(parameter, contract.Choice):
        return st.sampled_from(sorted(parameter.options))
    low, high = parameter.minimum, parameter.maximum
    if parameter.whole:
        return st.integers(math.ceil(low), math.floor(high))
    twelve = st.floats(low, high).map(lambda x: float(f"{x:.12g}"))  # as controls do
    return twelve.filter(lambda x: low <= x <= high)


def is_legal(parameter, value):
    """Whether a parameter can have that value."""
    if isinstance(parameter, contract.Choice):
        return value in parameter.options
    is_whole = not parameter.whole or value == int(value)
    return is_whole and parameter.minimum <= value <= parameter.maximum


def test_every_state_is_a_link_that_leads_back_to_it(reader, name, figure):
    with_harness(reader, name)
    states = st.fixed_dictionaries({p.name: legal(p) for p in figure.PARAMETERS})

    @SLOW
    @given(states, st.integers(0, LARGEST_SEED), st.sampled_from(["alone", "among"]))
    def leads_back(values, seed, which):
        found = reader.evaluate(STAND, [which, values, seed])
        assert found["parameters"] == values and found["seed"] == seed
        assert COMPLAINT not in found["said"], found
        assert f"/figures/{name}/" in found["link"]

    leads_back()


HOSTILE = (
    st.sampled_from(
        [
            "NaN",
            "Infinity",
            "-1e999",
            "1e309",
            "9" * 400,
            "0x10",
            "1_000",
            "１００",
            "٣",
            "",
            " 7 ",
            "-0",
            "\u202eevil\u2066",
            "\u2028",
            "\ud83d\udca9" * 30,
            "<img src=x onerror=alert(1)>",
            "'); import os; os.system('x') #",
            "{{7*7}}",
            "../../etc/passwd",
            "a\x00b",
        ]
    )
    | st.text(max_size=60)
    | st.floats().map(str)
)


def test_whatever_a_link_says_the_figure_stands_at_a_state_of_its_own(reader):
    """What does not fit is set right and said, as text; what stands then is a link."""
    name = "retry_storm"
    parameters = {p.name: p for p in contract.load(name).PARAMETERS}
    with_harness(reader, name)
    words = st.sampled_from([*parameters, "seed", "v", "__proto__", "constructor"])
    words |= HOSTILE

    @SLOW
    @given(st.lists(st.tuples(words, HOSTILE), max_size=6))
    def stands(asked):
        asked = [
            (w.encode("utf-8", "replace"), v.encode("utf-8", "replace"))
            for w, v in asked
        ]
        found = reader.evaluate(FOLLOW, ["alone", f"?{urlencode(asked)}"])
        values = found["parameters"]
        assert values.keys() == parameters.keys()
        for word, value in values.items():
            assert is_legal(parameters[word], value), (word, value)
        assert 0 <= found["seed"] <= LARGEST_SEED
        assert found["inside"] == 0 and len(found["said"]) < 700
        assert not {"\u202e", "\u2066", "\u2028", "\x00"} & set(found["said"])
        again = reader.evaluate(FOLLOW, ["alone", found["link"].partition("?")[2]])
        assert again["parameters"] == values and again["seed"] == found["seed"]
        assert COMPLAINT not in again["said"]

    stands()


@pytest.mark.parametrize(
    ("query", "fan_out", "said"),
    [
        ("fan_out=5&fan_out=7", 5, "“fan_out” is in it more than once"),
        ("fan_out=5&tail_latency.fan_out=7", 5, "“fan_out” is in it more than once"),
        ("calls=5", 5, ""),
        ("fan_out=5&calls=7", 5, "“calls” is in it more than once"),
        ("fan_out=%EF%BC%95", 10, "is a number, not “５”"),
        ("fan_out=%E2%80%AE5", 10, "is a number, not “·5”"),
        ("fan_out=5&colour=red&v=1", 5, "this figure has no “colour”"),
        ("theme=dark&controls=none&title=off&fan_out=5&v=1", 5, ""),
        ("fan_out=5&utm_source=mail", 5, ""),
    ],
)
def test_a_link_is_read_as_its_writer_meant_it(reader, query, fan_out, said):
    """`calls` is a name that the parameter had before."""
    with_harness(reader, "tail_latency", fan_out="calls")
    found = reader.evaluate(FOLLOW, ["alone", f"?{query}"])
    assert found["parameters"]["fan_out"] == fan_out
    assert said in found["said"] and (COMPLAINT in found["said"]) == bool(said)
    assert "calls" not in found["link"]


def test_no_parameter_has_a_name_that_pages_use_in_their_addresses(figure):
    taken = {"v", "seed", "theme", "controls", "title", "present"}
    for parameter in figure.PARAMETERS:
        assert not taken & {parameter.name, *parameter.aliases}


def test_the_address_follows_the_controls_and_the_history_stays_short(reader):
    reader.goto("/fast-and-affordable/tail-latency/")
    before = reader.evaluate("history.length")
    for value in (20, 30, 40):
        reader.locator('[name="fan_out"]').evaluate(
            "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})) }",
            value,
        )
        reader.wait_for_url(f"**/tail-latency/?fan_out={value}&v=1")
    assert reader.evaluate("history.length") == before
