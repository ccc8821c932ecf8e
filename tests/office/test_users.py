# SPDX-License-Identifier: Apache-2.0
"""Who may do which verb: each role and each verb, by hand and through the verbs."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from ceyuan.kernel import CeyuanError, NotAllowed, UsageError
from ceyuan.office.entitlements import approve, decline, object_to, settle
from ceyuan.office.entitling import entitle
from ceyuan.office.moving import move
from ceyuan.office.payees import set_payee, set_payees
from ceyuan.office.paying import make_batch
from ceyuan.office.returning import take_return
from ceyuan.office.settings import set_parameter
from ceyuan.office.users import (
    User,
    allow,
    apart,
    load_roles,
    may,
    set_user,
    users,
    verbs_of,
)
from tests.office.money_by_hand import (
    APPROVED,
    BACK,
    DECIDED,
    FINANCE,
    OFFICER,
    REVIEWER,
    SENT,
    YEAR,
    back_file,
    decided,
    funded,
    office,
    standing,
    who,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ceyuan.office.memory import Memory

# What each may do, by hand from our own rule; a city replaces it.
MAY = {
    "admin": {"user.set", "parameter.set"},
    "officer": {
        "entitle.run", "entitle.object", "entitle.withdraw", "parameter.set",
        "move.officer", "claim.make", "claim.rule",
    },
    "reviewer": {"entitle.approve", "entitle.settle"},
    "finance": {
        *("move.finance", "move.system", "ledger.limit"),
        *("pay.batch", "pay.return", "pay.payee"),
    },
    "bank": {"move.bank"},
    "provider": {"move.provider"},
    "auditor": set(),
}  # fmt: skip
# Who came with the portal does no verb with what is not his own.
OTHERS = ("analyst", "leader", "park", "firm", "public")
# A request for erasure is made for oneself, and decided where it stands open.
VERBS = set().union(*MAY.values()) | {"erasure.ask", "erasure.decide"}


@pytest.fixture
def memory(office_folder: Path) -> Iterator[Memory]:
    with office(office_folder) as opened:
        yield opened


@pytest.fixture
def staffed(memory: Memory) -> Memory:
    """Return an office with a user of each role, of his role's name."""
    for role in MAY:
        set_user(who(memory, "admin"), role, [role])
    return memory


def is_allowed(memory: Memory, actor: str, verb: str) -> bool:
    with memory.transaction() as conn:
        try:
            allow(conn, who(memory, actor), verb)
        except NotAllowed:
            return False
    return True


# --- roles and verbs ---------------------------------------------------------------


def test_roles_and_verbs_are_those_of_our_rule() -> None:
    declared = load_roles("shanghai")

    assert {name: set(verbs_of(declared, name)) for name in declared.roles} == {
        **MAY,
        **{name: set() for name in OTHERS},
    }
    assert set(declared.verbs) == VERBS


def test_each_role_may_do_exactly_what_is_declared(staffed: Memory) -> None:
    every = {
        (role, verb): is_allowed(staffed, role, verb) for role in MAY for verb in VERBS
    }

    assert every == {(r, v): v in MAY[r] for r in MAY for v in VERBS}


def test_user_of_several_roles_may_what_any_of_them_may(staffed: Memory) -> None:
    set_user(who(staffed, "admin"), "两职", ["reviewer", "bank"])

    able = {verb for verb in VERBS if is_allowed(staffed, "两职", verb)}

    assert able == MAY["reviewer"] | MAY["bank"]


def test_may_is_of_declared_roles_only() -> None:
    declared = load_roles("shanghai")

    assert may(declared, ["bank", "finance"], "pay.batch")
    assert not may(declared, ["bank"], "pay.batch")
    assert not may(declared, ["gone"], "pay.batch")
    assert not may(declared, [], "pay.batch")


CALLS: dict[str, tuple[str, Callable[[Memory], object]]] = {
    "entitle": ("entitle.run", lambda m: entitle(m, year=YEAR, on=DECIDED)),
    "approve": ("entitle.approve", lambda m: approve(m, on=APPROVED)),
    "object": (
        "entitle.object", lambda m: object_to(m, "nothing", on=DECIDED, reason="x")
    ),
    "decline": (
        "entitle.object", lambda m: decline(m, "nothing", on=DECIDED, reason="x")
    ),
    "settle": (
        "entitle.settle",
        lambda m: settle(m, "nothing", upheld=True, on=DECIDED, reason="x"),
    ),
    "batch": ("pay.batch", lambda m: make_batch(m, on=SENT, form="bank_csv")),
    "return": (
        "pay.return",
        lambda m: take_return(m, back_file([]), name="r", form="bank_csv"),
    ),
    "payee": (
        "pay.payee",
        lambda m: set_payee(m, "P", holder="h", bank="b", account="1", since=SENT),
    ),
    "payees": (
        "pay.payee", lambda m: set_payees(m, [("P", "h", "b", "1")], since=SENT)
    ),
    "user": ("user.set", lambda m: set_user(m, "新人", ["auditor"])),
    "parameter": (
        "parameter.set",
        lambda m: set_parameter(
            m, "premium_subsidy.notice_days=6工作日", since=BACK, reason="会议"
        ),
    ),
    "appropriate": (
        "move.finance",
        lambda m: move(
            m, "first_scale_reward", "appropriate",
            keys={"year": "2026", "budget": f"B-{m.actor}"},
            inputs={"amount": Fraction(1)}, effective=DECIDED, reason="x",
        ),
    ),
    "promise": (
        "move.officer",
        lambda m: move(
            m, "first_scale_reward", "promise",
            keys={"year": "2026", "firm": "F", "entitlement": m.actor},
            inputs={"amount": Fraction(1)}, effective=DECIDED, reason="x",
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_verb_is_done_by_those_who_may_and_by_nobody_else(
    memory: Memory, name: str
) -> None:
    """What else stands against it (nothing is payable, say) is another matter."""
    verb, call = CALLS[name]
    if verb == "entitle.run":
        decided(memory)
    for role in MAY:
        set_user(who(memory, "admin"), role, [role])

    able = set()
    for role in [*MAY, "陌生人"]:
        try:
            call(who(memory, role))
        except NotAllowed:
            continue
        except CeyuanError:
            pass
        able.add(role)

    assert able == {role for role in MAY if verb in MAY[role]}


# --- users -------------------------------------------------------------------------


def test_office_without_a_user_withholds_nothing(memory: Memory) -> None:
    assert all(is_allowed(memory, "谁都行", verb) for verb in VERBS)
    with memory.transaction() as conn:
        assert users(conn) == []


def test_first_user_has_to_be_an_admin(memory: Memory) -> None:
    with pytest.raises(UsageError, match="the first is an admin"):
        set_user(memory, "甲", ["officer"])

    assert is_allowed(memory, "甲", "user.set")
    set_user(memory, "甲", ["admin", "officer"], display="王甲", organisation="科委")
    with memory.transaction() as conn:
        assert users(conn) == [User("甲", "王甲", "科委", ("admin", "officer"), True)]


def test_first_user_has_to_be_active_or_nobody_could_register_another(
    memory: Memory,
) -> None:
    with pytest.raises(UsageError):
        set_user(memory, "甲", ["admin"], active=False)

    set_user(memory, "乙", ["admin"])


def test_last_admin_cannot_be_taken_away(memory: Memory) -> None:
    """Else nobody could register anybody any more."""
    admin = who(memory, "甲")
    set_user(admin, "甲", ["admin"])

    with pytest.raises(CeyuanError):
        set_user(admin, "甲", ["officer"])

    set_user(admin, "乙", ["admin"])


def test_who_is_not_registered_or_not_active_may_nothing(staffed: Memory) -> None:
    admin = who(staffed, "admin")
    set_user(admin, "finance", ["finance"], active=False, reason="调离")

    assert not any(is_allowed(staffed, "finance", verb) for verb in VERBS)
    assert not any(is_allowed(staffed, "陌生人", verb) for verb in VERBS)
    with staffed.transaction() as conn:
        with pytest.raises(NotAllowed) as stranger:
            allow(conn, who(staffed, "陌生人"), "pay.batch")
        with pytest.raises(NotAllowed) as gone:
            allow(conn, who(staffed, "finance"), "pay.batch")
    hint = "要有角色 财务（finance）；用 --as 指明是谁，或请管理员登记"
    assert (stranger.value.message, stranger.value.hint) == (
        "`陌生人` 没有登记，不能生成支付文件 (not a user: make payment files)", hint,
    )  # fmt: skip
    assert gone.value.message == (
        "`finance` 没有生成支付文件的权限 (may not: make payment files)"
    )
    set_user(admin, "finance", ["finance"])
    assert is_allowed(staffed, "finance", "pay.batch")


@pytest.mark.parametrize(
    ("name", "roles"), [("甲", ["officers"]), ("甲", ["admin", "x"]), (" ", ["admin"])]
)
def test_user_without_a_name_or_of_no_such_role_is_wrong_use(
    memory: Memory, name: str, roles: list[str]
) -> None:
    with pytest.raises(UsageError):
        set_user(memory, name, roles)

    with memory.transaction() as conn:
        assert users(conn) == []


# --- three are three ---------------------------------------------------------------


def test_apart_refuses_only_who_did_it_himself(memory: Memory) -> None:
    mine, nobody = who(memory, "甲"), who(memory, "")
    apart(mine, "pay.batch", {"entitle.run": "乙", "entitle.approve": ""})
    apart(nobody, "pay.batch", {"entitle.approve": ""})
    # He notes an objection and pays: no row keeps these apart.
    apart(mine, "pay.batch", {"entitle.object": "甲"})
    for did in (
        {"entitle.run": "甲"},
        {"entitle.run": "乙", "entitle.approve": "甲"},
    ):
        with pytest.raises(NotAllowed, match="different people"):
            apart(mine, "pay.batch", did)


def test_steps_that_are_apart_are_those_of_our_rule() -> None:
    moves = {
        f"move.{one}" for one in ("officer", "finance", "bank", "provider", "system")
    }

    assert {
        "entitle.approve": {"entitle.run"},
        "entitle.settle": {"entitle.run", "entitle.object"},
        "pay.batch": {"entitle.run", "entitle.approve", *moves},
        "pay.return": {"entitle.run", "entitle.approve"},
        "claim.rule": {"claim.make"},
        "erasure.decide": {"erasure.ask"},
    } == {verb: set(steps) for verb, steps in load_roles("shanghai").apart.items()}


def test_a_city_says_what_is_apart(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no row keeps apart one person may do; the verbs ask the table."""
    declared = load_roles("shanghai")
    bare = declared.model_copy(update={"apart": {"pay.batch": ("entitle.object",)}})
    monkeypatch.setattr("ceyuan.office.users.load_roles", lambda _: bare)

    apart(who(memory, "甲"), "pay.batch", {"entitle.run": "甲"})
    with pytest.raises(
        NotAllowed, match="由 `甲` 登记异议或放弃，不能再由同一个人生成支付文件"
    ):
        apart(who(memory, "甲"), "pay.batch", {"entitle.object": "甲"})


def test_one_who_has_all_roles_decides_and_then_neither_approves_nor_pays(
    memory: Memory,
) -> None:
    funded(memory)
    every = [role for role in MAY if role != "auditor"]
    for name in (OFFICER, REVIEWER, FINANCE):
        set_user(memory, name, every)

    entitle(memory, year=YEAR, on=DECIDED)
    with pytest.raises(NotAllowed, match="发起应享核定"):
        approve(memory, on=APPROVED)
    approve(who(memory, REVIEWER), on=APPROVED)
    finance = who(memory, FINANCE)
    set_payee(finance, "x", holder="x", bank="b", account="1", since=date(2026, 1, 1))
    for actor, did in ((OFFICER, "发起应享核定"), (REVIEWER, "批准应享")):
        with pytest.raises(NotAllowed, match=did):
            make_batch(who(memory, actor), on=SENT, form="bank_csv")

    assert {state for state, _ in standing(memory).values()} == {"payable"}
    assert make_batch(finance, on=SENT, form="bank_csv").id == ""
