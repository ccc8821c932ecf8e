# SPDX-License-Identifier: Apache-2.0
"""Names that nobody bears: coined, and saying in themselves that they are samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ceyuan.city.draws import Draw

_FIRST = "澄槐砺霁苓岫朔沅骁翎璟煦荻谌翊昉柘湫皓筱"
_SECOND = "光迦曜辛禾屿弦芃栩坞榆翮岑砚苒蔚桁洄铎棠"
MOST_FIRMS = len(_FIRST) * len(_SECOND)


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry of the park.

    Args:
        code: Section letter and two digits of GB/T 4754.
        label: The division's name.
        words: What firms of it call themselves.
        rd: Shape of R&D per revenue, in 1/10000.
        weight: How many of 100 firms.
    """

    code: str
    label: str
    words: tuple[str, ...]
    rd: tuple[tuple[int, int], ...]
    weight: int


_HIGH = ((0, 300), (2000, 650), (5000, 1100), (8000, 2000), (10_000, 5200))
_MIDDLE = ((0, 120), (2000, 330), (5000, 520), (8000, 780), (10_000, 1900))
_LOW = ((0, 0), (6000, 60), (9000, 190), (10_000, 420))

INDUSTRIES = (
    Industry(
        "I65", "软件和信息技术服务业", ("软件", "数据科技", "信息技术"), _HIGH, 22
    ),
    Industry(
        "C39",
        "计算机、通信和其他电子设备制造业",
        ("半导体", "微电子", "光电"),
        _HIGH,
        13,
    ),
    Industry("C27", "医药制造业", ("生物医药", "生物科技"), _HIGH, 8),
    Industry("C35", "专用设备制造业", ("智能装备", "医疗器械"), _MIDDLE, 11),
    Industry("C34", "通用设备制造业", ("机器人", "精密机械"), _MIDDLE, 6),
    Industry("C38", "电气机械和器材制造业", ("新能源", "储能科技"), _MIDDLE, 6),
    Industry("C26", "化学原料和化学制品制造业", ("新材料",), _MIDDLE, 4),
    Industry("C40", "仪器仪表制造业", ("传感科技", "仪器"), _MIDDLE, 4),
    Industry("M73", "研究和试验发展", ("科技研究", "工程技术"), _HIGH, 8),
    Industry("M74", "专业技术服务业", ("检测技术", "工程设计"), _MIDDLE, 5),
    Industry("M75", "科技推广和应用服务业", ("科技服务",), _MIDDLE, 4),
    Industry("N77", "生态保护和环境治理业", ("环境科技",), _MIDDLE, 2),
    Industry("L72", "商务服务业", ("企业管理咨询",), _LOW, 3),
    Industry("F51", "批发业", ("贸易",), _LOW, 2),
    Industry("H62", "餐饮业", ("餐饮管理",), _LOW, 1),
    Industry("K70", "房地产业", ("物业管理",), _LOW, 1),
)

DISTRICTS = (
    *("浦东新区",) * 11,
    *("奉贤区",) * 4,
    "闵行区",
    "松江区",
    "徐汇区",
    "杨浦区",
    "江苏省昆山市",
)


def industry_of(draw: Draw) -> Industry:
    """Return an industry, by weight."""
    at = draw.below(sum(i.weight for i in INDUSTRIES), "industry")
    for industry in INDUSTRIES:
        at -= industry.weight
        if at < 0:
            return industry
    return INDUSTRIES[-1]


def firm_name(number: int, industry: Industry, draw: Draw) -> str:
    """Return the name of firm `number`; no two numbers share a coined prefix."""
    place = number * 183 % MOST_FIRMS
    prefix = _FIRST[place // len(_SECOND)] + _SECOND[place % len(_SECOND)]
    mark = "虚构" if draw.chance(20, "mark") else "样例"
    form = "股份有限公司" if draw.chance(12, "form") else "有限公司"
    seat = "上海" if draw.chance(30, "seat") else ""
    return f"{seat}{prefix}{draw.pick(industry.words, 'word')}（{mark}）{form}"
