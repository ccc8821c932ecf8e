# SPDX-License-Identifier: Apache-2.0
"""The fixed words of a chart, in both languages.

Titles, findings, names and units come from the caller. What a chart says by itself
stands here, as whole sentences with places in braces: nothing is put together out of
pieces, since Chinese and English order them differently.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a chart says by itself; `lang` is the language it says it in."""

    lang: str
    no_data: str
    not_applicable: str
    estimate: str
    estimated: str
    table: str
    total: str
    unit: str
    also: str
    heading: str
    until: str
    member: str
    caption: str
    point: str
    remark: str
    not_from_zero: str
    low: str
    best: str
    high: str
    interval: str
    possible: str
    source: str
    target: str
    node: str
    nodes: str
    inflow: str
    outflow: str
    rest: str
    kept: str
    short: str
    goes_back: str
    link: str
    level: str
    move: str
    moved: str
    at_least: str
    below: str
    above: str
    at_most: str
    between_low: str
    between_high: str
    includes_low: str
    includes_high: str
    threshold: str
    side: str
    side_share: str
    unknown_count: str


ZH = Words(
    lang="zh-CN",
    no_data="无数据",
    not_applicable="不适用",
    estimate="预计",
    estimated="{value}（预计）",
    table="数据表",
    total="合计",
    unit="单位：{unit}",
    also="；",
    heading="{name}（{unit}）",
    until="截至 {label}",
    member="{label}，{part}：{value}",
    caption="{title}：{measure}",
    point="{label}：{value}",
    remark="说明",
    not_from_zero="纵轴不从 0 起",
    low="下限",
    best="取值",
    high="上限",
    interval="{low} 至 {high}",
    possible="可能区间",
    source="来源",
    target="去向",
    node="环节",
    nodes="{title}，按环节：{measure}",
    inflow="流入",
    outflow="流出",
    rest="流入减流出",
    kept="结余 {value}",
    short="缺口 {value}",
    goes_back="负数，反向",
    link="{source} → {target}：{value}",
    level="层级",
    move="从“{source}”到“{target}”",
    moved="{name} {value}",
    at_least="{value} 及以上",
    below="低于 {value}",
    above="高于 {value}",
    at_most="{value} 及以下",
    between_low="{low} 至不足 {high}",
    between_high="超过 {low} 至 {high}",
    includes_low="每组含下限，不含上限。",
    includes_high="每组不含下限，含上限。",
    threshold="阈值 {value}",
    side="{side}：{count}",
    side_share="{side}：{count}，占 {share}",
    unknown_count="另有 {count}无数据，不在图中。",
)
EN = Words(
    lang="en",
    no_data="no data",
    not_applicable="not applicable",
    estimate="estimate",
    estimated="{value} (estimate)",
    table="Data table",
    total="Total",
    unit="Unit: {unit}",
    also="; ",
    heading="{name} ({unit})",
    until="as of {label}",
    member="{label}, {part}: {value}",
    caption="{title}: {measure}",
    point="{label}: {value}",
    remark="Remark",
    not_from_zero="axis does not start at 0",
    low="Low",
    best="Value",
    high="High",
    interval="{low} to {high}",
    possible="Possible range",
    source="From",
    target="To",
    node="Stage",
    nodes="{title}, by stage: {measure}",
    inflow="In",
    outflow="Out",
    rest="In less out",
    kept="kept {value}",
    short="short {value}",
    goes_back="negative, goes back",
    link="{source} → {target}: {value}",
    level="Level",
    move="From “{source}” to “{target}”",
    moved="{name} {value}",
    at_least="{value} or more",
    below="below {value}",
    above="above {value}",
    at_most="{value} or less",
    between_low="{low} to below {high}",
    between_high="above {low} to {high}",
    includes_low="Each group includes its lower edge and excludes its upper edge.",
    includes_high="Each group excludes its lower edge and includes its upper edge.",
    threshold="Threshold {value}",
    side="{side}: {count}",
    side_share="{side}: {count}, {share}",
    unknown_count="Not drawn, for want of data: {count}.",
)
