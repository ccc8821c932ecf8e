# SPDX-License-Identifier: Apache-2.0
"""Firms placed on, one step below and one step above what policies ask for.

A sheet of averages tests nothing: rules err at their thresholds. Money is in 万元 with
two decimals, as park sheets have it. `revenues` and `rd` run from 2023 to 2025; the
rest is of 2025 (the last closed year of the sample).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What is fixed of a firm; None leaves it to chance."""

    label: str
    industry: str | None = None
    founded: date | None = None
    revenues: tuple[str, ...] | None = None
    rd: tuple[str, ...] | None = None
    employees: int | None = None
    tech_staff: int | None = None
    rd_staff: int | None = None
    assets: str | None = None
    liabilities: str | None = None
    hitech_revenue: str | None = None
    main_revenue: str | None = None
    rd_domestic_percent: int | None = None
    inventions: int | None = None
    utility_models: int | None = None
    copyrights: int | None = None
    designs: int | None = None
    equity: str | None = None
    title: str | None = None
    hnte_issued: date | None = None
    is_listed: bool | None = None


EDGES = (
    Edge(
        label="从业人数恰为500人",
        industry="C39",
        revenues=("15000", "17000", "19000"),
        employees=500,
        tech_staff=150,
        assets="18500",
    ),
    Edge(
        label="从业人数501人",
        industry="C39",
        revenues=("15200", "17200", "19100"),
        employees=501,
        tech_staff=152,
        assets="18600",
    ),
    Edge(
        label="营业收入与资产恰为2亿元",
        industry="C35",
        revenues=("17500", "18800", "20000"),
        rd=("900", "1000", "1200"),
        employees=260,
        tech_staff=78,
        assets="20000",
        inventions=2,
    ),
    Edge(
        label="营业收入超2亿元0.01万元",
        industry="C35",
        revenues=("17600", "18900", "20000.01"),
        employees=255,
        assets="19900",
    ),
    Edge(
        label="三年研发占比恰为5%且最近一年收入恰为5000万元",
        industry="I65",
        founded=date(2016, 5, 18),
        revenues=("4000", "4500", "5000"),
        rd=("200", "225", "250"),
        employees=90,
        tech_staff=45,
        inventions=1,
        hitech_revenue="4200",
    ),
    Edge(
        label="三年研发占比略低于5%",
        industry="I65",
        founded=date(2017, 3, 2),
        revenues=("4000", "4500", "5000"),
        rd=("200", "225", "249.99"),
        employees=88,
        tech_staff=44,
        inventions=1,
    ),
    Edge(
        label="三年研发占比恰为4%且收入恰为2亿元",
        industry="C34",
        founded=date(2012, 9, 10),
        revenues=("16000", "18000", "20000"),
        rd=("640", "720", "800"),
        employees=310,
        tech_staff=62,
        inventions=5,
    ),
    Edge(
        label="科技人员恰占10%",
        industry="C38",
        revenues=("5200", "5900", "6800"),
        employees=150,
        tech_staff=15,
        rd_staff=12,
    ),
    Edge(
        label="科技人员比10%少1人",
        industry="C38",
        revenues=("5100", "5800", "6600"),
        employees=150,
        tech_staff=14,
        rd_staff=12,
    ),
    Edge(
        label="高新收入恰占60%",
        industry="C27",
        revenues=("700", "820", "1000"),
        hitech_revenue="600",
        main_revenue="960",
        inventions=1,
        employees=30,
        tech_staff=12,
    ),
    Edge(
        label="高新收入59.999%",
        industry="C27",
        revenues=("710", "830", "1000"),
        hitech_revenue="599.99",
        main_revenue="960",
        inventions=1,
        employees=31,
        tech_staff=12,
    ),
    Edge(
        label="科技型中小企业评分恰为60",
        industry="I65",
        revenues=("1500", "1700", "2000"),
        rd=("80", "90", "100"),
        employees=100,
        tech_staff=30,
        inventions=0,
        utility_models=0,
        copyrights=0,
        designs=0,
    ),
    Edge(
        label="科技人员比30%少1人，评分56",
        industry="I65",
        revenues=("1500", "1700", "2000"),
        rd=("80", "90", "100"),
        employees=100,
        tech_staff=29,
        inventions=0,
        utility_models=0,
        copyrights=0,
        designs=0,
    ),
    Edge(
        label="两年研发各100万元、占比略高于3%",
        industry="C40",
        founded=date(2015, 11, 3),
        revenues=("3000", "3333.33", "3333.33"),
        rd=("95", "100", "100"),
        title="创新型中小企业",
        inventions=1,
        employees=75,
        tech_staff=20,
    ),
    Edge(
        label="小巨人各项恰在线上",
        industry="C39",
        founded=date(2013, 4, 25),
        revenues=("4500", "4800", "5000"),
        rd=("420", "500", "700"),
        assets="8000",
        liabilities="6000",
        main_revenue="4500",
        inventions=4,
        title="专精特新中小企业",
        employees=96,
        tech_staff=48,
        rd_staff=48,
    ),
    Edge(
        label="资产负债率恰为80%",
        industry="C26",
        founded=date(2014, 8, 8),
        revenues=("1300", "1400", "1500"),
        rd=("90", "100", "110"),
        assets="3000",
        liabilities="2400",
        main_revenue="1200",
        inventions=1,
        title="创新型中小企业",
    ),
    Edge(
        label="科技小巨人培育：收入3000万元、复合增长恰为20%、研发恰为6%",
        industry="I65",
        founded=date(2018, 6, 1),
        revenues=("2500", "2800", "3600"),
        rd=("150", "168", "216"),
        employees=80,
        tech_staff=40,
        rd_staff=24,
        hnte_issued=date(2024, 12, 4),
    ),
    Edge(
        label="规上服务业恰为2000万元",
        industry="I65",
        revenues=("1400", "1700", "2000"),
    ),
    Edge(
        label="规上服务业差0.01万元",
        industry="I65",
        revenues=("1420", "1720", "1999.99"),
    ),
    Edge(
        label="规上科研服务恰为1000万元",
        industry="M73",
        revenues=("640", "780", "1000"),
    ),
    Edge(
        label="科创属性恰在线上",
        industry="C39",
        founded=date(2011, 2, 28),
        revenues=("22000", "26000", "30000"),
        rd=("2300", "2700", "3000"),
        employees=420,
        tech_staff=168,
        rd_staff=42,
        inventions=7,
        hnte_issued=date(2024, 11, 19),
    ),
    Edge(
        label="发明专利差1件",
        industry="C39",
        founded=date(2010, 7, 7),
        revenues=("22100", "26100", "30100"),
        rd=("2300", "2700", "3000"),
        employees=418,
        tech_staff=160,
        rd_staff=60,
        inventions=6,
    ),
    Edge(label="成立恰满365天", industry="M75", founded=date(2025, 11, 21)),
    Edge(label="成立364天", industry="M75", founded=date(2025, 11, 22)),
    Edge(
        label="高企证书上月到期",
        industry="C35",
        founded=date(2009, 9, 9),
        hnte_issued=date(2023, 10, 16),
    ),
    Edge(
        label="高企证书下月到期",
        industry="C35",
        founded=date(2009, 10, 9),
        hnte_issued=date(2023, 12, 12),
    ),
    Edge(label="境内研发恰占60%", industry="C27", rd_domestic_percent=60),
    Edge(label="境内研发占59%", industry="C27", rd_domestic_percent=59),
    Edge(
        label="资不抵债",
        industry="I65",
        revenues=("320", "280", "210"),
        assets="260",
        liabilities="415",
    ),
    Edge(
        label="尚无收入",
        industry="C27",
        founded=date(2024, 3, 15),
        revenues=("0", "0", "0"),
        rd=("0", "380", "1260"),
        employees=18,
        tech_staff=15,
        rd_staff=15,
        equity="3000",
    ),
    Edge(
        label="收入不足1500万元、股权融资恰为2000万元",
        industry="C39",
        founded=date(2019, 1, 8),
        revenues=("600", "900", "1499.99"),
        rd=("180", "240", "300"),
        equity="2000",
        inventions=3,
        title="创新型中小企业",
    ),
    Edge(
        label="瞪羚：基期1000万元、复合增长恰为20%",
        industry="I65",
        founded=date(2019, 5, 20),
        revenues=("1000", "1150", "1440"),
    ),
    Edge(
        label="上市企业",
        industry="C27",
        founded=date(2006, 6, 6),
        revenues=("118000", "131000", "152000"),
        employees=1460,
        is_listed=True,
        inventions=58,
    ),
)
