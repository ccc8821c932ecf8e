# SPDX-License-Identifier: Apache-2.0
"""What holds for a chart of any kind."""

from __future__ import annotations

import re

import pytest

from ceyuan.kernel import UsageError
from ceyuan.web.charts import (
    About,
    Interval,
    Link,
    Node,
    Point,
    Series,
    Stage,
    bar_chart,
    counts,
    flow_chart,
    ladder_chart,
    line_chart,
    range_chart,
    sparkline,
    stacked_chart,
)
from ceyuan.web.charts.patterns import fill_of
from tests.web.charts.drawn import (
    FIRMS,
    SVG,
    about,
    box,
    narrow,
    outside,
    points,
    samples,
    texts,
    tree,
    wide,
)

SAMPLES = samples()
LINKED = {"columns", "ladder"}
HOSTILE = "\"><script>alert(1)</script>'&amp;<img src=x onerror=y>\x00\u202e\ud800"


@pytest.fixture(params=SAMPLES)
def kind(request):
    return request.param


def test_chart_is_one_figure_with_caption_and_finding(kind):
    figure = tree(SAMPLES[kind])

    assert "figure" == figure.tag
    assert kind == figure.get("id")
    title, finding = figure.findall("figcaption/span")
    assert title.text
    assert finding.text


def test_both_drawings_are_named_by_title_and_finding(kind):
    figure = tree(SAMPLES[kind])
    finding = figure.findall("figcaption/span")[1].text

    for svg, width in ((wide(SAMPLES[kind]), 720), (narrow(SAMPLES[kind]), 340)):
        title, desc = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
        assert finding == desc.text.replace(" ", " ")
        assert f"{title.get('id')} {desc.get('id')}" == svg.get("aria-labelledby")
        assert width == box(svg)[0]
        assert [title, desc] == list(svg)[:2]


def test_drawing_is_an_image_unless_its_marks_are_links(kind):
    svg = wide(SAMPLES[kind])

    assert ("group" if kind in LINKED else "img") == svg.get("role")


def test_links_have_names_and_nothing_else_in_their_group_is_read_out():
    svg = wide(SAMPLES["columns"])

    names = [one.get("aria-label") for one in svg.iter(f"{SVG}a")]

    assert [
        "2021：2,761.16\xa0亿元",
        "2022：4,003.51\xa0亿元",
        "2024：5,201.93\xa0亿元",
        "2025：6,496.79\xa0亿元",
    ] == names
    for one in svg.iter(f"{SVG}text"):
        above = list(one.iterancestors())
        assert any(
            up.tag == f"{SVG}a" or up.get("aria-hidden") == "true" for up in above
        )


def test_ids_are_unique_and_every_reference_is_met_in_its_own_drawing(kind):
    figure = tree(SAMPLES[kind])
    ids = [one.get("id") for one in figure.iter() if one.get("id")]

    assert len(ids) == len(set(ids))
    assert all(one == kind or one.startswith(f"{kind}-") for one in ids)
    for svg in figure.findall(f"{SVG}svg"):
        own = {one.get("id") for one in svg.iter() if one.get("id")}
        used = {
            match[1]
            for one in svg.iter()
            if (match := re.fullmatch(r"url\(#(.+)\)", one.get("fill") or ""))
        }
        assert used <= own


def test_two_charts_on_a_page_share_no_id():
    one = bar_chart(points(1, 2), about=about("one"), measure=FIRMS)
    two = bar_chart(points(1, 2), about=about("two"), measure=FIRMS)

    ids = re.findall(r' id="([^"]+)"', one + two)

    assert len(ids) == len(set(ids))


def test_nothing_is_styled_inline_run_or_loaded(kind):
    chart = SAMPLES[kind]

    assert "style=" not in chart
    assert "<script" not in chart
    assert not re.search(r"\son\w+=", chart)
    hosts = set(re.findall(r"https?://[^\s\"'<>]+", chart))
    assert {"http://www.w3.org/2000/svg"} == hosts


def test_table_has_caption_and_scopes(kind):
    found = tree(SAMPLES[kind]).findall("details//table")

    assert found
    for table in found:
        assert table.findtext("caption")
        columns = table.findall("thead/tr/th")
        assert all(one.get("scope") == "col" for one in columns)
        for row in table.findall("tbody/tr"):
            assert len(columns) == len(row)
            assert ("th", "row") == (row[0].tag, row[0].get("scope"))


def test_tables_of_a_chart_have_different_captions(kind):
    found = tree(SAMPLES[kind]).findall("details//table")
    captions = [table.findtext("caption") for table in found]

    assert len(captions) == len(set(captions))


def test_all_is_drawn_inside_the_view_box(kind):
    assert [] == outside(wide(SAMPLES[kind]))
    assert [] == outside(narrow(SAMPLES[kind]))


def test_text_is_large_enough_where_drawings_are_shown_smallest(kind):
    # The wide one down to 640 px, the narrow one on 270 px of a 320 px screen.
    assert 11 <= int(wide(SAMPLES[kind]).get("font-size")) * 640 / 720
    assert 11 <= int(narrow(SAMPLES[kind]).get("font-size")) * 270 / 340


def test_value_and_unit_are_held_together_in_headings():
    chart = bar_chart(
        points(1),
        about=About(id="c", title="12 家", finding="共 6,496.79 亿元。", over="年份"),
        measure=FIRMS,
    )

    assert "12\xa0家" in chart
    assert "6,496.79\xa0亿元" in chart


def test_note_stands_below_the_drawing():
    told = About(id="c", title="t", finding="f", over="o", note="来源：登记处")

    chart = bar_chart(points(1), about=told, measure=FIRMS)

    assert ["来源：登记处"] == [p.text for p in tree(chart).findall("p")]


def charts_of(label: str) -> list[str]:
    told = About(id="c", title=label, finding=label, over=label, note=label)
    row = (Point(label, 3, note=label), Point(label + "2", None))
    firms = counts(label, label)
    stages = (
        Stage(label, (Node("a", label),)),
        Stage(label, (Node("b", label),)),
    )
    return [
        bar_chart(row, about=told, measure=firms),
        bar_chart(row, about=told, measure=firms, direction="across"),
        line_chart([Series(label, row)], about=told, measure=firms),
        stacked_chart([Series(label, row)], about=told, measure=firms),
        range_chart([Interval(label, 1, 2, 3)], about=told, measure=firms),
        ladder_chart(row, [None], about=told, measure=firms, move_name=label),
        flow_chart(stages, [Link("a", "b", 5)], about=told, measure=firms),
        sparkline(row, name="s", title=label, measure=firms),
    ]


@pytest.mark.parametrize("index", range(8))
def test_hostile_words_are_text(index):
    chart = charts_of(HOSTILE)[index]

    found = tree(chart)
    assert not [one for one in found.iter() if one.tag in {"script", "img"}]
    assert not [name for one in found.iter() for name in one.attrib if name[:2] == "on"]
    assert "<script>alert(1)</script>" in "".join(found.itertext())
    assert "\x00" not in chart
    chart.encode()


@pytest.mark.parametrize(
    "href",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "/\t/elsewhere.example/",
        "javascript:alert(1)",
        " /figures",
        "figures/t01",
        "",
    ],
)
def test_link_that_leaves_the_site_is_refused(href):
    with pytest.raises(UsageError, match="paths of this site"):
        Point("a", 1, href=href)


@pytest.mark.parametrize("href", ["/", "/figures/t01?year=2025#rows", "?y=1", "#rows"])
def test_link_inside_the_site_is_kept(href):
    chart = bar_chart([Point("a", 1, href=href)], about=about(), measure=FIRMS)

    found = {one.get("href") for one in tree(chart).iter() if one.get("href")}

    assert {href} == found


@pytest.mark.parametrize("value", [1.5, float("nan"), True, "7"])
def test_value_that_is_not_exact_is_refused(value):
    with pytest.raises(UsageError, match="must be an int, a Fraction or a gap"):
        Point("a", value)


@pytest.mark.parametrize("name", ["", "1a", "a b", 'a"', "图"])
def test_id_that_cannot_be_referred_to_is_refused(name):
    with pytest.raises(UsageError, match="id must be letters"):
        About(id=name, title="t", finding="f", over="o")


def test_no_points_at_all_say_so_in_every_kind():
    charts = [
        bar_chart([], about=about(), measure=FIRMS),
        line_chart([], about=about(), measure=FIRMS),
        line_chart([Series("甲", ())], about=about(), measure=FIRMS),
        stacked_chart([], about=about(), measure=FIRMS),
        range_chart([], about=about(), measure=FIRMS),
        ladder_chart([], [], about=about(), measure=FIRMS, move_name="升入"),
        flow_chart([], [], about=about(), measure=FIRMS),
    ]

    for chart in charts:
        assert ["—\xa0无数据"] == texts(wide(chart))
        assert ["—\xa0无数据"] == texts(narrow(chart))


def test_fifth_series_is_refused_since_it_could_not_be_told_apart():
    five = [Series(name, points(1, 2)) for name in "甲乙丙丁戊"]

    for draw in (line_chart, stacked_chart):
        with pytest.raises(UsageError, match="at most 4 series"):
            draw(five, about=about(), measure=FIRMS)


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        ([Series("甲", points(1)), Series("甲", points(2))], "different names"),
        ([Series("甲", points(1)), Series("乙", points(2, 3))], "same labels"),
    ],
)
def test_series_that_do_not_fit_together_are_refused(pair, why):
    with pytest.raises(UsageError, match=why):
        line_chart(pair, about=about(), measure=FIRMS)


def test_first_fill_is_solid_and_the_others_are_patterns():
    from ceyuan.web.charts.svg import sheets

    sheet = sheets("c")[0]

    assert [None, "url(#c-wide-fill2)", "url(#c-wide-fill3)", "url(#c-wide-fill4)"] == [
        fill_of(sheet, i) for i in range(4)
    ]


@pytest.mark.parametrize("digits", [20, 30, 40, 90])
def test_numbers_of_any_length_are_drawn_inside_or_left_to_the_table(digits):
    size = 10**digits
    row = (Point("甲", size), Point("乙", 1, is_estimate=True), Point("丙", size // 3))
    nodes = [Stage(name, (Node(name, "节点" * 9),)) for name in "甲乙"]
    told = about()

    charts = [
        bar_chart(row, about=told, measure=FIRMS),
        bar_chart(row, about=told, measure=FIRMS, direction="across"),
        line_chart([Series("甲", row), Series("乙", row)], about=told, measure=FIRMS),
        stacked_chart([Series("甲", row)], about=told, measure=FIRMS),
        range_chart([Interval("甲", 1, 2, size)], about=told, measure=FIRMS),
        ladder_chart(row, [1, size], about=told, measure=FIRMS, move_name="升入"),
        flow_chart(nodes, [Link("甲", "乙", size)], about=told, measure=FIRMS),
    ]

    for chart in charts:
        assert [] == outside(wide(chart))
        assert [] == outside(narrow(chart))
        assert f"{size:,}" in "".join(tree(chart).find("details").itertext())
