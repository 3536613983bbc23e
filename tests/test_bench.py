"""The numbers that `make bench` prints are what it measured."""

import pytest

from bench import many, server, summary
from bench.report import Goal, Section, markdown, renewed


def test_a_percentile_is_a_value_that_was_measured():
    values = list(range(100, 0, -1))
    assert summary.percentile(values, 0.95) == 95
    assert summary.percentile(values, 1) == 100
    assert summary.percentile([7], 0.5) == 7


def test_a_median_is_in_the_middle():
    assert summary.median([3, 1, 2]) == 2
    assert summary.median([4, 1, 2, 3]) == 2.5
    assert summary.ratio([1, 2, 30], [8]) == 0.25


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234"), (56.78, "56.8"), (8.9, "8.90"), (0.1234, "0.123"), (0, "0")],
)
def test_a_number_is_shown_with_three_figures(value, shown):
    assert summary.figures(value) == shown


def test_a_spread_is_the_median_and_the_range():
    assert summary.spread([5, 9, 6]) == "6.00 (5.00–9.00)"
    assert summary.spread([5]) == "5.00"
    assert summary.spread([]) == "—"


def test_every_subject_but_the_first_has_a_ratio_to_it():
    values = {"plain page": [10, 20], "the book": [3], "another": [30]}
    assert summary.headings(list(values)) == [
        *("plain page", "the book", "ratio", "another", "ratio"),
    ]
    assert summary.compared(values) == [
        *("15.0 (10.0–20.0)", "3.00", "0.200", "30.0", "2.00"),
    ]


def test_a_budget_is_met_up_to_its_limit():
    rows = [Goal("bytes", found, 150, "KB").row for found in (150, 151)]
    assert [row[3] for row in rows] == ["met", "**not met**"]
    assert rows[1][:3] == ("bytes", "151 KB", "150 KB")


def test_a_section_is_a_markdown_table():
    section = Section("Visits", "One run.", ["ms", "took"], [["first", "5.00"]])
    assert section.markdown == (
        "## Visits\n\nOne run.\n\n| ms | took |\n| --- | ---: |\n| first | 5.00 |"
    )


def test_a_slow_line_carries_no_more_than_its_rate(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(server.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(
        server.time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s)
    )
    line = server.Line(bits_per_s=8000)
    for _ in range(3):
        line.carry(500)
    assert clock[0] == pytest.approx(1.5)


def test_figures_that_stand_many_times_on_a_page_keep_their_parts_apart():
    figure = '<figure id="a" aria-labelledby="a-q"><output for="a-x a-y"></output>'
    assert many.numbered(figure, 3) == (
        '<figure id="a-3" aria-labelledby="a-q-3"><output for="a-x-3 a-y-3"></output>'
    )


def test_a_part_that_is_measured_again_takes_the_place_of_what_was_there():
    def visits(found):
        takes = 1 if found == "old" else 2
        goals = [Goal(f"first ({found})", 1, 2), Goal("of /all/", takes, 2)]
        return Section("Visits", found, goals=goals)

    bytes_ = Section("Bytes", "few", goals=[Goal("bytes", 1, 150)])
    before = markdown([visits("old"), bytes_])
    after = renewed(before, [visits("new")])
    assert after == markdown([visits("new"), bytes_])
    assert renewed("", [visits("new"), bytes_]) == after


def test_a_part_that_could_be_measured_after_all_is_no_longer_said_to_be_missing():
    missing = Section("samples", "Not measured: no build")
    bytes_, found = Section("Bytes", "few"), Section("Growth: samples", "many")
    before = markdown([bytes_, missing])
    assert renewed(before, [found], ["samples"]) == markdown([bytes_, found])
    assert renewed(before, [missing], ["samples"]) == before
    assert "Not measured" in renewed(before, [bytes_], ["visits"])
