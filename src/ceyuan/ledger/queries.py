# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - statements are made of constants of this module
"""Every statement of the book, named. What writes is a function of the database.

The functions (`ledger_post`, `ledger_open`, `ledger_note`, `ledger_moment`) come with
the migrations of the office: no way round them is needed, and none is used.
"""

from __future__ import annotations

POST = """
select id, seq, fresh from ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
  %s)
"""
OPEN = "select ledger_open(%s, %s, %s, %s, %s, %s, %s, %s, %s)"

OPENED = "select path, commodity, side from ledger_account where path = any(%s)"
OPEN_SETS = """
insert into ledger_set (name, commodity, ceiling)
select * from unnest(%s::text[], %s::text[], %s::bigint[])
on conflict (name) do nothing returning name, commodity, ceiling
"""
NOTE = "select ledger_note(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
LOCK = """
select path, commodity, side, debits, credits, debits_held, credits_held, floor,
  ceiling, closed
from ledger_account where path = any(%s) order by id for no key update
"""
LAST_EFFECTIVE = """
select max(t.effective) from ledger_transfer t, ledger_account a
where a.path = %s and a.id in (t.debit, t.credit)
"""
CLOSE = "update ledger_account set closed = %s where path = %s"
LIMIT = "update ledger_account set floor = %s, ceiling = %s where path = %s"
SET_LIMIT = """
update ledger_set set ceiling = %s where name = %s returning commodity, reached
"""
SET = "select name, commodity, ceiling, reached from ledger_set where name = %s"

BALANCE = """
select path, commodity, side, debits, credits, debits_held, credits_held, floor,
  ceiling, closed
from ledger_account where path = %s
"""
BALANCES = """
select path, commodity, side, debits, credits, debits_held, credits_held, floor,
  ceiling, closed
from ledger_account where starts_with(path, %s) order by path collate "C"
"""
# A hold counts on a day from its own day until the day on which it was settled.
AS_OF = """
select a.path, a.commodity, a.side,
  coalesce(sum(t.amount) filter (where t.debit = a.id
    and t.kind in ('transfer', 'reverse', 'post')), 0),
  coalesce(sum(t.amount) filter (where t.credit = a.id
    and t.kind in ('transfer', 'reverse', 'post')), 0),
  coalesce(sum(t.amount) filter (where t.debit = a.id and t.kind = 'hold'
    and s.id is null), 0),
  coalesce(sum(t.amount) filter (where t.credit = a.id and t.kind = 'hold'
    and s.id is null), 0),
  a.floor, a.ceiling, case when a.closed <= %(as_of)s then a.closed end
from ledger_account a
left join lateral (
  select * from ledger_transfer x where x.debit = a.id
  union all select * from ledger_transfer x where x.credit = a.id
) t on t.effective <= %(as_of)s and t.known_at <= %(known_at)s
left join ledger_transfer s on t.kind = 'hold' and s.of_id = t.id and s.of_id <> ''
  and s.kind in ('post', 'void', 'expire')
  and s.effective <= %(as_of)s and s.known_at <= %(known_at)s
where {where}
group by a.id order by a.path collate "C"
"""

_ENTRY = """
select t.seq, t.id, t.kind, d.path, c.path, t.amount, t.commodity, t.code, t.cause,
  t.effective, t.of_id, t.expires, t.link, t.actor, t.known_at, t.sha
from ledger_transfer t
join ledger_account d on d.id = t.debit
join ledger_account c on c.id = t.credit
"""
STATEMENT = (
    _ENTRY
    + """
where (t.debit = (select id from ledger_account where path = %(path)s)
    or t.credit = (select id from ledger_account where path = %(path)s))
  and t.effective between %(since)s and %(until)s and t.known_at <= %(known_at)s
order by t.effective, t.seq limit %(limit)s
"""
)
JOURNAL = (
    _ENTRY
    + """
where t.effective between %(since)s and %(until)s and starts_with(t.cause, %(cause)s)
order by t.seq desc limit %(limit)s
"""
)
ENTRIES = _ENTRY + "where t.id = any(%s) order by t.seq"
OF = _ENTRY + "where t.of_id = any(%s) and t.of_id <> '' order by t.seq"
LINKED = _ENTRY + "where t.link = %s order by t.seq"
TOUCHING = (
    _ENTRY
    + """
where t.kind in ('transfer', 'post', 'reverse') and t.{side} = any(
  select id from ledger_account where path = any(%(paths)s))
  and t.seq {than} %(seq)s
order by t.seq {order} limit %(limit)s
"""
)
TRIAL = """
select commodity, side, count(*), sum(debits), sum(credits), sum(debits_held),
  sum(credits_held)
from ledger_account group by commodity, side order by commodity, side
"""
DUE = """
select h.id, h.expires from ledger_transfer h
where h.kind = 'hold' and h.expires < %s and not exists (
  select from ledger_transfer s where s.of_id = h.id and s.of_id <> ''
    and s.kind in ('post', 'void', 'expire'))
order by h.seq limit %s
"""

# --- seals ---------------------------------------------------------------------

LAST_SEAL = "select number, upto, head from ledger_seal order by number desc limit 1"
SEALING = 0x6365_7973
"""One sealer at a time: the number of the lock that says so."""
TRY_SEALING = "select pg_try_advisory_xact_lock(%s)"
# The earliest tenth of a second in which somebody is still writing, and now.
OPEN_TENTHS = """
select floor(extract(epoch from clock_timestamp()) * 10)::bigint, (
  select min((classid::bigint << 32) + objid::bigint - (4919::bigint << 40))
  from pg_locks where locktype = 'advisory' and objsubid = 1
    and classid::bigint >> 8 = 4919
    and database = (select oid from pg_database where datname = current_database()))
"""
FIRST_MOMENT = """
select least((select min(known_at) from ledger_transfer),
  (select min(known_at) from ledger_event), (select min(known_at) from audit))
"""
LEAVES = """
copy (select encode(sha, 'hex') from {table}
  where known_at >= {since} and known_at < {upto} order by seq) to stdout
"""
NEW_SEAL = """
insert into ledger_seal (number, since, upto, transfers, events, audits,
  transfers_root, events_root, audits_root, head)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
SEALS = """
select number, since, upto, transfers, events, audits, transfers_root, events_root,
  audits_root, head
from ledger_seal {where} order by number
"""
UNSEALED = """
select (select count(*) from ledger_transfer where known_at >= %(upto)s),
  (select count(*) from ledger_event where known_at >= %(upto)s),
  (select count(*) from audit where known_at >= %(upto)s)
"""

# --- the book as lines, in the words that were hashed ----------------------------

TRANSFER_LINES = """
copy (select t.seq, t.id, t.kind, coalesce(d.path, ''), coalesce(c.path, ''), t.amount,
  t.commodity, t.code, t.cause, t.effective, t.of_id, coalesce(t.expires::text, ''),
  t.link, t.actor, ledger_us(t.known_at), t.salt, encode(t.sha, 'hex')
  from ledger_transfer t left join ledger_account d on d.id = t.debit
  left join ledger_account c on c.id = t.credit {where} order by t.seq) to stdout
"""
EVENT_LINES = """
copy (select seq, kind, subject, commodity, side, coalesce(floor::text, ''),
  coalesce(ceiling::text, ''), coalesce(day::text, ''), sets, actor, reason,
  ledger_us(known_at), salt, encode(sha, 'hex') from ledger_event order by seq)
to stdout
"""
AUDIT_LINES = """
copy (select seq, actor, behalf, verb, object, reason, before, after, request,
  ledger_us(known_at), salt, encode(sha, 'hex') from audit order by seq) to stdout
"""
ACCOUNT_LINES = """
copy (select a.path, a.commodity, a.side, a.opened, coalesce((
    select string_agg(s.name, ' ' order by s.name) from ledger_set s
    where s.id = any(a.sets)), ''),
  a.debits, a.credits, a.debits_held, a.credits_held, coalesce(a.floor::text, ''),
  coalesce(a.ceiling::text, ''), coalesce(a.closed::text, '')
  from ledger_account a order by a.id) to stdout
"""
SET_LINES = """
copy (select name, reached, coalesce(ceiling::text, '') from ledger_set order by id)
to stdout
"""
SEAL_LINES = """
copy (select number, ledger_us(since), ledger_us(upto), transfers, events, audits,
  encode(transfers_root, 'hex'), encode(events_root, 'hex'),
  encode(audits_root, 'hex'), encode(head, 'hex') from ledger_seal order by number)
to stdout
"""
ACCOUNTS = """
select path, side, commodity, opened, closed from ledger_account order by id
"""
