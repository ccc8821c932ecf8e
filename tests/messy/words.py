# SPDX-License-Identifier: Apache-2.0
"""How people head the columns of company lists: zh, en and mixed.

Gathered from knowledge of real park, bureau and investor sheets. This table is the
tests' own: the reader has another, and neither may look at the other.
"""

from collections.abc import Mapping

Table = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]

MONEY: Table = {
    "revenue": (
        ("营业收入", "营收", "年营业收入", "全年营业收入", "年度营收", "企业营业收入"),
        ("Revenue", "Annual revenue", "Operating revenue", "Turnover"),
    ),
    "main_revenue": (
        ("主营业务收入", "主营收入", "其中:主营业务收入", "其中：主营收入"),
        ("Main business revenue", "Revenue from main business"),
    ),
    "rd_expense": (
        (
            "研发费用",
            "研发投入",
            "R&D投入",
            "R&D经费",
            "研究开发费用",
            "研发经费支出",
            "研发费用支出",
            "企业研发费用",
        ),
        ("R&D expense", "R&D expenditure", "R&D spending", "R&D costs"),
    ),
    "assets": (
        ("资产总额", "资产总计", "总资产", "期末资产总额", "年末资产总额"),
        ("Total assets", "Assets total", "Total Assets (year end)"),
    ),
    "liabilities": (
        ("负债总额", "负债合计", "总负债", "年末负债总额"),
        ("Total liabilities", "Liabilities total"),
    ),
    "net_profit": (
        ("净利润", "税后净利润", "净利润额"),
        ("Net profit", "Net income"),
    ),
}
PEOPLE: Table = {
    "employees": (
        (
            "从业人数",
            "员工总数",
            "职工人数",
            "职工总数",
            "从业人员",
            "员工人数",
            "从业人员期末人数",
            "年末从业人员数",
            "企业人数",
        ),
        ("Employees", "Headcount", "Number of employees", "Total staff"),
    ),
    "tech_staff": (
        ("科技人员", "科技人员数", "其中：科技人员", "科技人员总数"),
        ("Science and technology staff", "S&T staff"),
    ),
    "rd_staff": (
        ("研发人员", "研发人数", "R&D人员", "研发人员数", "其中:研发人员"),
        ("R&D staff", "R&D personnel", "R&D headcount"),
    ),
}
RIGHTS: Table = {
    "inventions": (
        ("发明专利", "有效发明专利", "发明专利数", "授权发明专利", "发明专利授权数"),
        ("Invention patents", "Granted invention patents"),
    ),
    "utility_models": (
        ("实用新型", "实用新型专利", "实用新型专利数"),
        ("Utility models", "Utility model patents"),
    ),
    "copyrights": (
        ("软著", "软件著作权", "软件著作权数", "软著数量", "计算机软件著作权"),
        ("Software copyrights", "Registered software copyrights"),
    ),
}
PLAIN: Table = {
    "name": (
        (
            "企业名称",
            "单位名称",
            "公司名称",
            "企业全称",
            "入驻企业名称",
            "企业名称（全称）",
            "单位详细名称",
        ),
        ("Company", "Company name", "Enterprise name", "Name of company"),
    ),
    "uscc": (
        (
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
            "统一信用代码",
            "统一社会信用代码（18位）",
            "企业统一社会信用代码",
        ),
        ("USCC", "Credit code", "Unified Social Credit Code"),
    ),
    "founded": (
        ("成立日期", "成立时间", "注册日期", "注册时间", "企业成立日期"),
        ("Date of incorporation", "Founded", "Date founded", "Registration date"),
    ),
    "is_hnte": (
        (
            "是否高企",
            "是否高新技术企业",
            "是否为高新技术企业",
            "高企（是/否）",
            "高新技术企业（是、否）",
        ),
        ("High-tech enterprise (Y/N)", "HNTE (Y/N)"),
    ),
}
# Columns that no policy reads; some are traps for a reader that looks at parts of words.
OTHERS = (
    ("联系人", "words"),
    ("联系电话", "phone"),
    ("楼栋", "building"),
    ("房号", "room"),
    ("租赁面积（㎡）", "area"),
    ("租金（元/㎡·天）", "rent"),
    ("入驻时间", "year_month"),
    ("邮箱", "mail"),
    ("备注", "empty"),
    ("Contact", "words"),
    ("Floor area (sqm)", "area"),
    ("园区联络员", "words"),
    ("预计下一年营业收入（万元）", "trap_money"),
    ("研发费用同比增长率", "trap_percent"),
    ("营业收入增幅(%)", "trap_percent"),
    ("发明专利申请数", "trap_count"),
    ("新增就业人数", "trap_count"),
    ("人均营收（万元/人）", "trap_money"),
)

GROUPS = {
    "name": ("基本信息", "企业基本情况", "Basic information"),
    "money": ("经营情况", "主要经济指标", "财务数据", "Financials"),
    "people": ("人员情况", "人员", "Staff"),
    "rights": ("知识产权", "知识产权情况", "Intellectual property"),
    "other": ("其他", "其他信息", "Other"),
}

# The top of three header rows.
TOPS = {"name": "一、企业概况", "other": "三、其他", "": "二、主要指标"}

# How a unit is written after a heading, per unit; zh and en.
UNITS: Table = {
    "元": (
        ("（元）", "(元)", "/元", "（单位：元）", "（人民币元）", "，元"),
        (" (RMB)", " (CNY)", " (yuan)", ", CNY"),
    ),
    "千元": (
        ("（千元）", "(千元)", "（单位：千元）"),
        (" (RMB '000)", " (CNY thousand)"),
    ),
    "万元": (
        (
            "（万元）",
            "(万元)",
            "(万)",
            "/万元",
            "（单位：万元）",
            " 万元",
            "（万元人民币）",
            "[万元]",
        ),
        (" (10k CNY)", " (RMB 10,000)", " (10,000 yuan)", " (10k RMB)"),
    ),
    "亿元": (
        ("（亿元）", "(亿元)", "(亿)", "（单位：亿元）"),
        (" (100m CNY)", " (RMB 100 million)"),
    ),
}
PEOPLE_UNITS = ("（人）", "(人)", "/人", "（单位：人）", "（名）")
RIGHTS_UNITS = ("（件）", "(件)", "（项）", "（个）")
YEAR_BEFORE = ("{y}年{w}", "{y}年度{w}", "{y}{w}", "{y} {w}", "{y}年\n{w}")
YEAR_AFTER = ("{w}（{y}年）", "{w}({y})", "{w}_{y}", "{w}-{y}年", "{w}（{y}年度）")
YEAR_EN = ("{y} {w}", "FY{y} {w}", "{w} {y}", "{w} ({y})", "{w}, FY{y}")
LAST_YEAR_WORDS = ("去年{w}", "上一年度{w}", "上年度{w}", "最近一年{w}")
TOTALS = ("合计", "总计", "合 计", "Total", "小计", "汇总")
