# SPDX-License-Identifier: Apache-2.0
"""Which fact a heading means.

A heading is taken apart (`read_label`): unit, year and row markers are cut out,
what is left is the core. The core is looked up among the headings of the
dictionary. The one hard idea is what to do when it is not there but contains one
that is: `本单位营业收入` is revenue, `营业收入增长率` and `高新技术产品营业收入` are
not. So the words left over decide: harmless ones match, telling ones mean another
thing (the column is left alone), and any other word is a question.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from ceyuan.facts.unitwords import TAIL, plain, unit_word
from ceyuan.facts.years import YearMark, take_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ceyuan.declarations.facts import Fact

NAME, CODE, YEAR = "=name", "=uscc", "=year"
"""What is no fact but tells whose fact it is, and of which year."""

_IDENTITY_WORDS = {
    NAME: (
        "企业名称 公司名称 单位名称 名称 企业 公司 单位 企业全称 公司全称 单位全称 "
        "入驻企业 入驻企业名称 在园企业 租户 租户名称 承租方 承租人 承租企业 申报单位 "
        "申报企业 申请单位 申请企业 填报单位 纳税人名称 法人名称 机构名称 法人单位名称 "
        "企业单位名称 单位详细名称 企业名称全称 市场主体名称 专利权人 权利人 申请人 "
        "著作权人 获证企业 认定企业 name company company_name firm firm_name enterprise "
        "enterprise_name tenant tenant_name organisation organization entity "
        "company_full_name legal_name applicant owner name_of_company name_of_firm "
        "name_of_enterprise name_of_the_company name_of_the_firm firm_full_name "
        "name_of_tenant legal_name_of_company"
    ),
    CODE: (
        "统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一代码 社会统一信用代码 "
        "统一社会信用码 企业信用代码 企业统一社会信用代码 单位统一社会信用代码 "
        "统一社会信用代码证号 信用代码证号 组织机构代码统一社会信用代码 "
        "统一社会信用代码组织机构代码 纳税人识别号 税号 纳税人识别号统一社会信用代码 "
        "统一社会信用代码18位 18位统一社会信用代码 社会信用代码18位 uscc credit_code "
        "unified_social_credit_code social_credit_code unified_credit_code "
        "unified_code unified_social_credit_identifier tax_id taxpayer_id usci"
    ),
    YEAR: (
        "年度 年份 会计年度 所属年度 所属年份 数据年度 统计年度 报告年度 财务年度 "
        "数据年份 申报年度 year fiscal_year financial_year reporting_year"
    ),
}
_IDENTITY = {kind: words.split() for kind, words in _IDENTITY_WORDS.items()}
_OTHER_NAMES = (
    "项目名称 合同名称 合同编号 登记编号 合同登记编号 贷款编号 借款合同编号 订单号 "
    "订单编号 孵化器名称 载体名称 成果名称 编号 序号 project contract loan order "
    "incubator id order_id loan_id contract_id project_id incubator_name"
)

_CODED = re.compile(r"代码|识别号|税号|code|uscc")
_BRACKET = re.compile(r"[(\[【〔{<《「]([^()\[\]【】〔〕{}<>《》「」]*)[)\]】〕}>》」]")
_PART_OF = re.compile(r"^(?:其\s*中|其中包括|of\s+which)\s*[:：,，]?")
_NUMBERED = re.compile(
    r"^(?:[\divx]{1,2}[.、)]|[一二三四五六七八九十]{1,3}[、.)]|[*★●#]+)\s*"
)

_HARMLESS = re.compile(
    r"(?:本|贵|我|企业|公司|单位|机构|园区|全年|年度|年末|期末|年底|实现|完成|的|了|总金额|"
    r"总额|金额|数额|额|合计|总计|共计|总数|总|数量|数|情况|请填写|请填|填写|填报|必填|选填|"
    r"截至|截止|至|目前|现有|拥有|共有|末|底|约|如有|全称|全部|含|税前|人民币|单位|"
    r"年月日|年|月|日|yyyymmdd|yyyy|mm|dd|格式|如|位|审计|经审计|账面|报表|数据|合并|口径|"
    r"不含税|税后|是否|是|否|有无|有|无|人数|年末数|期末数|全职|在册|授权|有效|"
    r"y|n|yes|整数|小数|保留|两位|到|个|人|"
    r"total|of|the|number|no|annual|company|firm|enterprise|amount|year|end|in|at|"
    r"full|for|our|count|figure|audited|reported|stated|registered|granted|held|s)*"
)
_TELLING = re.compile(
    r"预估|估算|估计|暂估|增长|增速|增幅|增加|同比|环比|占比|占|比例|比重|比率|率|人均|平均|预计|预测|预算|计划|目标|"
    r"拟|其他|其它|海外|境外|境内|出口|国外|国内|编号|证书|号码|电话|联系|邮箱|备注|说明|排名|代码|"
    r"是否|日期|时间|有效期|母公司|集团|累计|新增|减少|变动|季|税|补贴|补助|地址|法人|"
    r"负责人|行业|工资|薪酬|学历|姓名|职务|产品|技术|软件|股东|投资|子公司|分公司|简称|曾用|"
    r"英文|类型|类别|性质|规模|面积|合同|项目|序号|上传|附件|材料|链接|网址|加计|扣除|资本化|"
    r"费用化|申请|受理|在审|归母|归属|扣非|委外|委托|直接|机构数|中心|平台|博士|硕士|本科|大专|外籍|社保|参保|残疾|女|党|"
    r"走势|趋势|称号|级别|等级|"
    r"growth|trend|rate|ratio|share|per|average|forecast|budget|plan|target|other|overseas|"
    r"export|number|code|phone|contact|mail|remark|rank|date|change|increase|tax|"
    r"subsidy|address|type|short|id|new"
)
_FORECAST = re.compile(r"预估|预计|预测|预算|计划|目标|同比|环比|增长|增速|增幅|占比|人均|"
                       r"forecast|budget|plan|target|growth")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What a heading can mean.

    Args:
        fact: A fact's name, or `NAME`, `CODE`, `YEAR`.
        field: For a records fact the field.
        code: For a records fact the kind of record the heading itself names
            (`高企证书有效期` is the field valid_until of the kind hnte).
    """

    fact: str
    field: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A heading taken apart.

    Args:
        text: As written, on one line.
        full: Core with the words in brackets.
        core: Core without them.
        qualifiers: The words in brackets that are neither unit nor year.
        unit: The unit it states; empty when it states none.
        years: The years it states.
    """

    text: str
    full: str
    core: str
    qualifiers: tuple[str, ...]
    unit: str
    years: tuple[YearMark, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What the dictionary says about a heading.

    Args:
        how: exact, synonym, contained; `doubt` when only the user can tell (then
            `targets` are the possibilities); none when it means no fact.
    """

    how: Literal["exact", "synonym", "contained", "doubt", "none"]
    targets: tuple[Target, ...] = ()


NO_MATCH = Match("none")


@lru_cache(maxsize=4096)
def read_label(text: str) -> Label:
    r"""Take a heading apart.

    >>> label = read_label("其中：研发费用\n（2024年，万元）")
    >>> label.core, label.unit, label.years[0].year
    ('研发费用', '万元', 2024)
    """
    line = " ".join(re.sub(r"(?<=\d)[\r\n]+(?=\d)", "", text).split())
    # Chinese headings are broken anywhere; only Latin words need their blanks.
    low = unicodedata.normalize("NFKC", line).casefold()
    low = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", low)
    low = _PART_OF.sub("", _NUMBERED.sub("", low))
    units: list[str] = []
    years: list[YearMark] = []
    qualifiers: list[str] = []
    full = low
    while found := _BRACKET.search(full):
        kept = []
        inside = re.sub(r"(?<=\d),(?=\d{3})", "", found[1])
        for piece in re.split(r"[,，;；、:：|]", inside):
            word = unit_word(piece)
            rest, marks = take_year(piece)
            if word:
                units.append(word)
            elif plain(rest) and not plain(rest).startswith("单位"):
                kept.append(rest)
            years.extend(marks if not word else ())
        full = full[: found.start()] + "\0".join(["", *kept, ""]) + full[found.end() :]
        qualifiers.extend(kept)
    rest, marks = take_year(full)
    years.extend(marks)
    rest = _PART_OF.sub("", rest.lstrip(" ,，:：-_"))
    if whole := unit_word(rest):
        units.append(whole)
        rest = ""
    while tail := TAIL.search(rest):
        units.append(unit_word((tail[1] or tail[2]).replace("_", " ")))
        rest = rest[: tail.start()]
    core = "".join(rest.split("\0")[::2]) if "\0" in rest else rest
    unit = units[0] if units else ""
    return Label(
        line,
        plain(rest),
        plain(core),
        tuple(map(plain, qualifiers)),
        unit,
        tuple(years),
    )


class Lexicon:
    """The headings of a dictionary, ready for look-up.

    Args:
        dictionary: Facts by name.
        subject: Only facts of this subject are matched.
        owned: Rows belong to an organisation, which a column names.
        keys: Facts that tell rows apart: a table may be known by their headings.
        owner: Further headings of the column that names the organisation.
    """

    def __init__(
        self,
        dictionary: Mapping[str, Fact],
        *,
        subject: str,
        owned: bool = True,
        keys: Iterable[str] = (),
        owner: Iterable[str] = (),
    ) -> None:
        self.owners = frozenset((NAME, CODE, *keys))
        self.facts = {n: f for n, f in dictionary.items() if subject in f.subject}
        self.subject = subject
        self._main: dict[str, list[Target]] = {}
        self._cut: list[tuple[str, Target, bool]] = []
        self._words: dict[str, list[Target]] = {}
        self._kinds: dict[str, tuple[str, str]] = {}
        self._fields: dict[tuple[str, str], str] = {}
        for kind, words in _IDENTITY.items():
            if owned or kind == YEAR:
                self._add(words, Target(kind))
        for word in owner:
            self._add([word], Target(CODE if _CODED.search(plain(word)) else NAME))
        if subject != "firm":
            self._add(_OTHER_NAMES.split(), Target(NAME))
        for name, fact in self.facts.items():
            target = Target(name)
            self._add([fact.zh, fact.en, name], target, main=True)
            self._add([*fact.headings.zh, *fact.headings.en], target)
            if fact.kind == "records":
                self._add_fields(name, fact)
        self._add_cut()
        self._by_length = sorted(
            (w for w in self._words if len(w) >= (2 if not w.isascii() else 4)),
            key=len,
            reverse=True,
        )
        self._cache: dict[tuple[str, ...], Match] = {}

    def _add(self, words: Iterable[str], target: Target, *, main: bool = False) -> None:
        for word in words:
            label = read_label(word)
            whole = plain(word)
            self._put(whole, target, main=main)
            for form in {label.full, label.core} - {"", whole}:
                self._cut.append((form, target, main))

    def _add_cut(self) -> None:
        """Add what is left of a heading without its brackets and years.

        It gives way where it is the whole heading of another fact: 第四季度研发支出
        without its quarter is 研发支出, and that is the year's.
        """
        whole = {form: tuple(targets) for form, targets in self._words.items()}
        for form, target, main in self._cut:
            if target in whole.get(form, (target,)):
                self._put(form, target, main=main)

    def _put(self, form: str, target: Target, *, main: bool) -> None:
        for table in (self._words, self._main) if main else (self._words,):
            targets = table.setdefault(form, []) if form else []
            if target not in targets:
                targets.append(target)

    def _add_fields(self, name: str, fact: Fact) -> None:
        """Add the fields of a records fact, and the words for its kinds."""
        for field, part in fact.fields.items():
            words = [part.zh, part.en, field, *part.headings.zh, *part.headings.en]
            self._add(words, Target(name, field))
            for word in () if part.codes else words:
                self._fields[name, plain(word)] = field
            for code, entry in part.codes.items():
                for word in (entry.zh, entry.en, *entry.synonyms):
                    self._kinds[plain(word)] = (name, code)

    def _kind_and_field(self, text: str) -> Match:
        """Match `高企证书有效期至`: a kind of record and a field of it."""
        for word, (name, code) in self._kinds.items():
            if not text.startswith(word):
                continue
            rest = text[len(word) :]
            for link in ("", "证书", "认定", "资质", "的"):
                field = self._fields.get((name, rest.removeprefix(link)))
                if rest.startswith(link) and field:
                    return Match("synonym", (Target(name, field, code),))
        return NO_MATCH

    def knows(self, text: str) -> tuple[Target, ...]:
        """Return what a text means if it is a whole heading; cheap."""
        label = read_label(text)
        return tuple(self._words.get(label.full) or self._words.get(label.core) or ())

    def prefer(self, words: Iterable[str], target: Target) -> None:
        """Let headings mean one thing, whatever else they could: a form says so."""
        for word in words:
            for form in {plain(word), read_label(word).full} - {""}:
                self._words[form] = self._main[form] = [target]

    def near(self, text: str) -> str:
        """Return the known heading that a text nearly is; "" if there is none."""
        core = read_label(text).core
        close = difflib.get_close_matches(core, self._words, n=1, cutoff=0.7)
        if not close:
            return ""
        fact = self._words[close[0]][0].fact
        return self.facts[fact].zh if fact in self.facts else close[0]

    def match(self, parts: tuple[Label, ...]) -> Match:
        """Return what a heading of several levels means, the lowest level last."""
        key = tuple(label.text for label in parts)
        if key not in self._cache:
            self._cache[key] = self._match(parts)
        return self._cache[key]

    def _match(self, parts: tuple[Label, ...]) -> Match:
        telling = [p for p in parts if p.full]
        if not telling:
            return NO_MATCH
        groups, leaf = telling[:-1], telling[-1]
        if any(_FORECAST.search(g.full) for g in groups):
            return NO_MATCH
        if groups:
            joined = groups[-1].core + leaf.core
            targets = self._words.get(joined) or self._words.get(
                groups[-1].full + leaf.full
            )
            if targets:
                return self._found(joined, targets)
        found = self._one(leaf)
        if found.how == "none" and groups and _HARMLESS.fullmatch(leaf.core):
            # Leaf `合计` or `金额` under the group `研发费用`.
            return self._one(groups[-1])
        return found

    def _found(self, form: str, targets: list[Target]) -> Match:
        main = self._main.get(form, [])
        if len(main) == 1:
            return Match("exact", tuple(main))
        if len(targets) == 1:
            return Match("synonym", tuple(targets))
        return Match("doubt", tuple(targets))

    def _one(self, label: Label) -> Match:
        for form in (label.full, label.core):
            if form not in self._words:
                continue
            found = self._found(form, self._words[form])
            if form == label.full and label.full != label.core:
                return found
            return self._qualified(found, label.qualifiers)
        found = self._kind_and_field(label.core)
        return found if found.targets else self._contained(label)

    @staticmethod
    def _qualified(found: Match, qualifiers: tuple[str, ...]) -> Match:
        rest = [q for q in qualifiers if not _HARMLESS.fullmatch(q)]
        if not rest or (found.targets and found.targets[0].fact in {NAME, CODE}):
            return found
        if any(_TELLING.search(q) for q in rest):
            return NO_MATCH
        return Match("doubt", found.targets)

    def _contained(self, label: Label) -> Match:
        text = label.full
        best = next((word for word in self._by_length if word in text), "")
        if best and self._words[best] == [Target(YEAR)]:
            text = text.replace(best, "", 1)
            best = next((word for word in self._by_length if word in text), "")
        if not best:
            return NO_MATCH
        rest = text.replace(best, "", 1)
        targets = [
            target
            for word in self._by_length
            if len(word) == len(best) and word in text
            for target in self._words[word]
            if target.fact != YEAR
        ]
        targets = list(dict.fromkeys(targets))
        if not targets:
            return NO_MATCH
        if targets[0].fact in {NAME, CODE} and len(targets) == 1:
            ok = _HARMLESS.fullmatch(rest) and len(best) > 2  # noqa: PLR2004
            return Match("contained", tuple(targets)) if ok else NO_MATCH
        if _HARMLESS.fullmatch(rest):
            how: Literal["contained", "doubt"] = "doubt" if targets[1:] else "contained"
            return Match(how, tuple(targets))
        if _TELLING.search(rest) or len(rest) > len(best) + 2:
            return NO_MATCH
        return Match("doubt", tuple(targets))
