# SPDX-License-Identifier: Apache-2.0

"""How the book is written: one function posts, whatever it is asked by.

The order inside `ledger_post` is the whole of its safety:
what names what is found (it never changes), the accounts and sets are locked in the
order of their numbers, then everything is judged as it stands under the locks (whether
an id is there already, too: who sends it twice at once waits and is answered), then
written. So two that touch the same accounts wait and never deadlock, and nobody
decides by what another is about to change. Limits are judged row after row, in the
order given; all or none are written. Plain transfers and holds that nothing stands
against are judged by fewer questions first (some three times as fast for many, half as
fast again for one); whatever those cannot pass goes through all of the rules, which alone say no.
What a row names (a hold, a transfer) has to be
in the book before: a hold and what ends it are two calls.
"""

from typing import ClassVar

from django.db import migrations

GUARDED = ("ledger_event", "ledger_transfer", "ledger_seal", "audit")

LIMITS = """
ALTER TABLE ledger_account SET (fillfactor = 60);
ALTER TABLE ledger_account
    ADD CONSTRAINT ledger_account_side CHECK (side IN ('debit', 'credit')),
    ADD CONSTRAINT ledger_account_path
        CHECK (path ~ '^[^/[:cntrl:]\\\\]+(/[^/[:cntrl:]\\\\]+)*$'
               AND length(path) <= 200),
    ADD CONSTRAINT ledger_account_commodity
        CHECK (commodity ~ '^[A-Z]([A-Z0-9_.-]{0,22}[A-Z0-9])?$'),
    ADD CONSTRAINT ledger_account_floor CHECK (floor IS NULL OR floor <= CASE side
        WHEN 'credit' THEN credits - debits - debits_held
        ELSE debits - credits - credits_held END),
    ADD CONSTRAINT ledger_account_ceiling CHECK (ceiling IS NULL OR ceiling >= CASE side
        WHEN 'credit' THEN credits - debits + credits_held
        ELSE debits - credits + debits_held END);
ALTER TABLE ledger_set
    ADD CONSTRAINT ledger_set_ceiling CHECK (ceiling IS NULL OR reached <= ceiling);
ALTER TABLE ledger_transfer
    ADD CONSTRAINT ledger_transfer_kind CHECK
        (kind IN ('transfer', 'hold', 'post', 'void', 'expire', 'reverse'));
-- Django adds an index for LIKE to every unique text; nobody looks transfers up so.
DO $$
DECLARE one text;
BEGIN
    FOR one IN SELECT indexname FROM pg_indexes
               WHERE tablename = 'ledger_transfer' AND indexname ~ '_like$' LOOP
        EXECUTE format('DROP INDEX %I', one);
    END LOOP;
END $$;
-- A transfer's accounts are found under their locks by `ledger_post` and never go: in
-- place of two references that every row would be checked against.
CREATE FUNCTION ledger_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account is closed, not removed: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_account_stays();
"""

# A tenth of a second is the grain of sealing: a writer holds the lock of the tenth
# in which its rows became known, so that a sealer sees which tenths are complete.
MOMENT = """
CREATE FUNCTION ledger_moment() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    tenth bigint;
    now_ timestamptz;
    sealed timestamptz;
BEGIN
    SELECT upto INTO sealed FROM ledger_seal ORDER BY number DESC LIMIT 1;
    LOOP
        tenth := floor(extract(epoch FROM clock_timestamp()) * 10);
        PERFORM pg_advisory_xact_lock_shared((4919::bigint << 40) + tenth);
        now_ := clock_timestamp();
        -- A clock that was set back must not write into what is sealed: a little is
        -- waited out, more than that is for a person.
        IF sealed IS NOT NULL AND now_ < sealed THEN
            IF sealed - now_ > interval '5 seconds' THEN
                RAISE EXCEPTION 'the clock (%) is behind the last seal (%)', now_,
                    sealed USING ERRCODE = 'CY002';
            END IF;
            PERFORM pg_sleep(extract(epoch FROM sealed - now_) + 0.001);
        ELSE
            EXIT WHEN floor(extract(epoch FROM now_) * 10) = tenth;
        END IF;
    END LOOP;
    RETURN now_;
END
$$;
CREATE FUNCTION ledger_refuse(fault jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', fault::text USING ERRCODE = 'CY001';
END
$$;
CREATE FUNCTION ledger_us(moment timestamptz) RETURNS bigint LANGUAGE sql
STABLE PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM moment) * 1000000)::bigint $$;
CREATE FUNCTION ledger_hash(line text) RETURNS bytea LANGUAGE sql
STABLE PARALLEL SAFE
AS $$ SELECT sha256(convert_to(line, 'UTF8')) $$;
"""

MOVE = """
CREATE TYPE ledger_move AS (
    ord bigint, id text, kind text, debit bigint, credit bigint, amount bigint,
    commodity text, code text, cause text, effective date, of_id text, expires date,
    of_kind text, of_amount bigint, of_expires date,
    debit_path text, credit_path text, surplus boolean
);
"""

POST = r"""
CREATE FUNCTION ledger_post(
    p_id text[], p_kind text[], p_debit text[], p_credit text[], p_amount bigint[],
    p_commodity text[], p_code text[], p_cause text[], p_effective date[],
    p_of text[], p_expires date[], p_link text[], p_actor text
) RETURNS TABLE (id text, seq bigint, fresh boolean) LANGUAGE plpgsql
-- Every look-up is by an index, for one row as for ten thousand: planned once.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    moves ledger_move[];
    fault jsonb;
    now_ timestamptz;
    members boolean;
    us bigint;
    a ledger_account; d ledger_account; c ledger_account;
    amt bigint; seq_ bigint; salt_ uuid; link_ text; held boolean;
    from_ bigint[]; into_ bigint[]; whole bigint; fits boolean; accounts_ bigint[];
    drs bigint[]; crs bigint[]; dr_helds bigint[]; cr_helds bigint[];
BEGIN
    -- Many plain ones that nothing stands against, judged together: a limit that holds
    -- without any of the inflows holds in every order.
    IF cardinality(p_id) > 1 AND p_kind <@ ARRAY['transfer', 'hold'] THEN
        SELECT bool_or(x.sets IS NOT NULL) INTO members FROM (
            SELECT a.sets FROM ledger_account a WHERE a.path IN (
                SELECT unnest(p_debit) UNION SELECT unnest(p_credit))
            ORDER BY a.id FOR NO KEY UPDATE) x;
        SELECT array_agg(g.debit ORDER BY g.ord), array_agg(g.credit ORDER BY g.ord),
            count(DISTINCT g.id)
        INTO from_, into_, whole
        FROM (
            SELECT g.ord, g.id, d.id AS debit, c.id AS credit
            FROM unnest(p_id, p_debit, p_credit, p_amount, p_commodity, p_code, p_cause,
                        p_effective, p_of)
                 WITH ORDINALITY AS g(id, debit, credit, amount, commodity, code, cause,
                                      effective, of_id, ord)
            JOIN ledger_account d ON d.path = g.debit
            JOIN ledger_account c ON c.path = g.credit
            WHERE g.of_id = '' AND d.id <> c.id
              AND g.amount BETWEEN 1 AND 1000000000000000
              AND d.commodity = g.commodity AND c.commodity = g.commodity
              AND g.effective >= d.opened AND g.effective >= c.opened
              AND d.closed IS NULL AND c.closed IS NULL
              AND length(g.id) BETWEEN 1 AND 200 AND length(g.code) BETWEEN 1 AND 200
              AND length(g.cause) BETWEEN 1 AND 200
              AND g.id || g.code || g.cause !~ '[[:cntrl:]\\]'
              AND NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.id = g.id)
        ) g;
        IF NOT members AND cardinality(from_) = cardinality(p_id)
           AND whole = cardinality(p_id) THEN
            SELECT bool_and((CASE a.side
                    WHEN 'credit' THEN
                      (a.floor IS NULL OR
                       a.credits - a.debits - a.debits_held - s.dr - s.dr_held >= a.floor)
                      AND (a.ceiling IS NULL OR
                       a.credits - a.debits + a.credits_held + s.cr + s.cr_held <= a.ceiling)
                    ELSE
                      (a.floor IS NULL OR
                       a.debits - a.credits - a.credits_held - s.cr - s.cr_held >= a.floor)
                      AND (a.ceiling IS NULL OR
                       a.debits - a.credits + a.debits_held + s.dr + s.dr_held <= a.ceiling)
                    END)),
                array_agg(s.account), array_agg(s.dr), array_agg(s.cr),
                array_agg(s.dr_held), array_agg(s.cr_held)
            INTO fits, accounts_, drs, crs, dr_helds, cr_helds
            FROM (
                SELECT x.account, sum(x.dr)::bigint AS dr, sum(x.cr)::bigint AS cr,
                       sum(x.dr_held)::bigint AS dr_held, sum(x.cr_held)::bigint AS cr_held
                FROM unnest(p_kind, from_, into_, p_amount) g(kind, debit, credit, amount),
                    LATERAL (VALUES
                        (g.debit, CASE g.kind WHEN 'hold' THEN 0 ELSE g.amount END, 0,
                         CASE g.kind WHEN 'hold' THEN g.amount ELSE 0 END, 0),
                        (g.credit, 0, CASE g.kind WHEN 'hold' THEN 0 ELSE g.amount END, 0,
                         CASE g.kind WHEN 'hold' THEN g.amount ELSE 0 END)
                    ) x(account, dr, cr, dr_held, cr_held)
                GROUP BY x.account
            ) s JOIN ledger_account a ON a.id = s.account;
            IF fits THEN
                now_ := ledger_moment();
                us := ledger_us(now_);
                UPDATE ledger_account a SET
                    debits = a.debits + s.dr, credits = a.credits + s.cr,
                    debits_held = a.debits_held + s.dr_held,
                    credits_held = a.credits_held + s.cr_held
                FROM unnest(accounts_, drs, crs, dr_helds, cr_helds)
                     s(account, dr, cr, dr_held, cr_held)
                WHERE a.id = s.account;
                link_ := gen_random_uuid()::text;
                RETURN QUERY INSERT INTO ledger_transfer (seq, id, kind, debit, credit,
                    amount, commodity, code, cause, effective, of_id, expires, link,
                    actor, known_at, salt, sha)
                SELECT n.seq, n.id, n.kind, n.debit, n.credit, n.amount, n.commodity,
                    n.code, n.cause, n.effective, '', n.expires, n.link, p_actor, now_,
                    n.salt,
                    sha256(convert_to(concat_ws(E'\t', n.seq, n.id, n.kind,
                        n.debit_path, n.credit_path, n.amount, n.commodity, n.code,
                        n.cause, n.effective, '', coalesce(n.expires::text, ''), n.link, p_actor, us, n.salt),
                        'UTF8'))
                FROM (
                    SELECT nextval('ledger_transfer_seq_seq') AS seq,
                           md5(link_ || g.id)::uuid AS salt,
                           g.id, g.kind, g.debit, g.credit, g.debit_path,
                           g.credit_path, g.amount, g.commodity, g.code, g.cause,
                           g.effective, g.expires,
                           coalesce(g.link, '') AS link
                    FROM unnest(p_id, p_kind, from_, into_, p_debit, p_credit, p_amount,
                                p_commodity, p_code, p_cause, p_effective, p_expires,
                                p_link)
                         g(id, kind, debit, credit, debit_path, credit_path, amount,
                           commodity, code, cause, effective, expires, link)
                ) n
                RETURNING ledger_transfer.id, ledger_transfer.seq, true;
                RETURN;
            END IF;
        END IF;
        members := NULL;
    END IF;

    -- One plain transfer or hold that nothing stands against: the same rules, said
    -- once. Whatever is not plain falls through to the rules for many.
    IF cardinality(p_id) = 1 AND p_kind[1] IN ('transfer', 'hold') AND p_of[1] = '' THEN
        amt := p_amount[1];
        FOR a IN SELECT * FROM ledger_account
                 WHERE path IN (p_debit[1], p_credit[1]) ORDER BY id FOR NO KEY UPDATE
        LOOP
            IF a.path = p_debit[1] THEN d := a; ELSE c := a; END IF;
        END LOOP;
        IF d.commodity = p_commodity[1] AND c.commodity = p_commodity[1]
           AND amt BETWEEN 1 AND 1000000000000000
           AND p_effective[1] >= d.opened AND p_effective[1] >= c.opened
           AND d.closed IS NULL AND c.closed IS NULL
           AND d.sets IS NULL AND c.sets IS NULL
           AND length(p_id[1]) BETWEEN 1 AND 200
           AND length(p_code[1]) BETWEEN 1 AND 200
           AND length(p_cause[1]) BETWEEN 1 AND 200
           AND concat(p_id[1], p_code[1], p_cause[1]) !~ '[[:cntrl:]\\]'
           AND (CASE d.side
               WHEN 'credit' THEN d.floor IS NULL
                 OR d.credits - d.debits - d.debits_held - amt >= d.floor
               ELSE d.ceiling IS NULL
                 OR d.debits - d.credits + d.debits_held + amt <= d.ceiling END)
           AND (CASE c.side
               WHEN 'credit' THEN c.ceiling IS NULL
                 OR c.credits - c.debits + c.credits_held + amt <= c.ceiling
               ELSE c.floor IS NULL
                 OR c.debits - c.credits - c.credits_held - amt >= c.floor END)
        THEN
            held := p_kind[1] = 'hold';
            now_ := ledger_moment();
            us := ledger_us(now_);
            seq_ := nextval('ledger_transfer_seq_seq');
            salt_ := gen_random_uuid();
            link_ := coalesce(p_link[1], '');
            INSERT INTO ledger_transfer (seq, id, kind, debit, credit, amount,
                commodity, code, cause, effective, of_id, expires, link, actor,
                known_at, salt, sha)
            VALUES (seq_, p_id[1], p_kind[1], d.id, c.id, amt, p_commodity[1],
                p_code[1], p_cause[1], p_effective[1], '', p_expires[1], link_,
                p_actor, now_, salt_,
                sha256(convert_to(concat_ws(E'\t', seq_, p_id[1], p_kind[1], d.path,
                    c.path, amt, p_commodity[1], p_code[1], p_cause[1], p_effective[1],
                    '', coalesce(p_expires[1]::text, ''), link_, p_actor, us, salt_),
                    'UTF8')))
            ON CONFLICT (id) DO NOTHING;
            IF FOUND THEN
                UPDATE ledger_account SET
                    debits = debits + CASE
                        WHEN NOT held AND ledger_account.id = d.id THEN amt ELSE 0 END,
                    credits = credits + CASE
                        WHEN NOT held AND ledger_account.id = c.id THEN amt ELSE 0 END,
                    debits_held = debits_held + CASE
                        WHEN held AND ledger_account.id = d.id THEN amt ELSE 0 END,
                    credits_held = credits_held + CASE
                        WHEN held AND ledger_account.id = c.id THEN amt ELSE 0 END
                WHERE ledger_account.id IN (d.id, c.id);
                RETURN QUERY VALUES (p_id[1], seq_, true);
                RETURN;
            END IF;
        END IF;
    END IF;

    -- What names what: this never changes, so it is found before the locks.
    SELECT array_agg(ROW(
        g.ord, g.id, g.kind,
        CASE WHEN g.of_id = '' THEN d.id
             WHEN g.kind = 'reverse' THEN o.credit ELSE o.debit END,
        CASE WHEN g.of_id = '' THEN c.id
             WHEN g.kind = 'reverse' THEN o.debit ELSE o.credit END,
        CASE WHEN g.kind IN ('void', 'expire') THEN o.amount
             ELSE coalesce(g.amount, o.amount) END,
        CASE WHEN g.of_id = '' THEN g.commodity ELSE o.commodity END,
        g.code, g.cause, g.effective, g.of_id, g.expires,
        o.kind, o.amount, o.expires, g.debit, g.credit,
        g.of_id <> '' AND (g.debit <> '' OR g.credit <> '' OR g.commodity <> ''
            OR g.expires IS NOT NULL
            OR g.kind IN ('void', 'expire') AND g.amount IS NOT NULL)
        )::ledger_move ORDER BY g.ord)
    INTO moves
    FROM unnest(p_id, p_kind, p_debit, p_credit, p_amount, p_commodity, p_code,
                p_cause, p_effective, p_of, p_expires)
         WITH ORDINALITY AS g(id, kind, debit, credit, amount, commodity, code, cause,
                              effective, of_id, expires, ord)
    LEFT JOIN ledger_transfer o ON g.of_id <> '' AND o.id = g.of_id
    LEFT JOIN ledger_account d ON g.debit <> '' AND d.path = g.debit
    LEFT JOIN ledger_account c ON g.credit <> '' AND c.path = g.credit;

    PERFORM FROM ledger_account a
    WHERE a.id IN (SELECT m.debit FROM unnest(moves) m
                   UNION SELECT m.credit FROM unnest(moves) m)
    ORDER BY a.id FOR NO KEY UPDATE;
    SELECT bool_or(a.sets IS NOT NULL) INTO members
    FROM unnest(moves) m JOIN ledger_account a ON a.id IN (m.debit, m.credit);
    IF members THEN
        PERFORM FROM ledger_set s
        WHERE s.id IN (SELECT unnest(a.sets) FROM unnest(moves) m
                       JOIN ledger_account a ON a.id IN (m.debit, m.credit))
        ORDER BY s.id FOR NO KEY UPDATE;
    END IF;
    -- The same id: the same body, or refused.
    SELECT jsonb_build_object('fault', 'L102', 'id', m.id) INTO fault
    FROM unnest(moves) m JOIN ledger_transfer t ON t.id = m.id
    WHERE (t.kind, t.debit, t.credit, t.amount, t.commodity, t.code, t.cause,
           t.effective, t.of_id)
          IS DISTINCT FROM
          (m.kind, m.debit, m.credit, m.amount, m.commodity, m.code, m.cause,
           m.effective, m.of_id)
       OR t.expires IS DISTINCT FROM m.expires
    ORDER BY m.ord LIMIT 1;
    IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;
    IF cardinality(p_id) > 1 THEN
        SELECT jsonb_build_object('fault', 'L102', 'id', m.id) INTO fault
        FROM (SELECT m.*, lag(m) OVER (PARTITION BY m.id ORDER BY m.ord) AS other
              FROM unnest(moves) m) m
        WHERE (other).id IS NOT NULL
          AND ((other).kind, (other).debit, (other).credit, (other).amount,
               (other).commodity, (other).code, (other).cause, (other).effective,
               (other).of_id)
              IS DISTINCT FROM
              (m.kind, m.debit, m.credit, m.amount, m.commodity, m.code, m.cause,
               m.effective, m.of_id)
           OR (other).id IS NOT NULL AND (other).expires IS DISTINCT FROM m.expires
        ORDER BY m.ord LIMIT 1;
        IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;
    END IF;

    -- What is left is new, once each.
    SELECT array_agg(m.move ORDER BY (m.move).ord) INTO moves
    FROM (SELECT DISTINCT ON (m.id) m AS move FROM unnest(moves) m
          WHERE NOT EXISTS (SELECT FROM ledger_transfer t WHERE t.id = m.id)
          ORDER BY m.id, m.ord) m;
    IF moves IS NULL THEN
        RETURN QUERY SELECT t.id, t.seq, false
            FROM unnest(p_id) WITH ORDINALITY g(id, ord)
            JOIN ledger_transfer t ON t.id = g.id ORDER BY g.ord;
        RETURN;
    END IF;

    now_ := ledger_moment();
    us := ledger_us(now_);

    -- Everything but limits, in the order of the rows.
    SELECT f.fault INTO fault FROM (
        SELECT m.ord, CASE
            WHEN m.id ~ '[[:cntrl:]\\]' OR length(m.id) NOT BETWEEN 1 AND 200
              THEN jsonb_build_object('fault', 'L116', 'id', left(m.id, 40),
                                      'what', '编号')
            WHEN m.code ~ '[[:cntrl:]\\]' OR length(m.code) NOT BETWEEN 1 AND 200
              THEN jsonb_build_object('fault', 'L116', 'id', m.id, 'what', '科目')
            WHEN m.cause ~ '[[:cntrl:]\\]' OR length(m.cause) NOT BETWEEN 1 AND 200
              THEN jsonb_build_object('fault', 'L116', 'id', m.id, 'what', '事由')
            WHEN m.kind NOT IN ('transfer', 'hold', 'post', 'void', 'expire', 'reverse')
              THEN jsonb_build_object('fault', 'L116', 'id', m.id, 'what', '种类')
            WHEN m.kind IN ('transfer', 'hold') AND m.of_id <> ''
              THEN jsonb_build_object('fault', 'L116', 'id', m.id,
                                      'what', '所指的编号（这一种不指别的）')
            WHEN m.surplus
              THEN jsonb_build_object('fault', 'L116', 'id', m.id,
                                      'what', '账户、金额或到期日（由所指的那笔定）')
            WHEN m.kind IN ('post', 'void', 'expire')
                 AND m.of_kind IS DISTINCT FROM 'hold'
              THEN jsonb_build_object('fault', 'L108', 'id', m.id, 'of', m.of_id,
                                      'kind', m.kind)
            WHEN m.kind = 'reverse' AND m.of_kind IS NULL
              THEN jsonb_build_object('fault', 'L115', 'id', m.id, 'of', m.of_id,
                                      'why', 'unknown')
            WHEN m.kind = 'reverse' AND m.of_kind NOT IN ('transfer', 'post')
              THEN jsonb_build_object('fault', 'L115', 'id', m.id, 'of', m.of_id,
                                      'why', 'kind')
            WHEN m.debit IS NULL
              THEN jsonb_build_object('fault', 'L103', 'id', m.id,
                                      'account', m.debit_path)
            WHEN m.credit IS NULL
              THEN jsonb_build_object('fault', 'L103', 'id', m.id,
                                      'account', m.credit_path)
            WHEN m.debit = m.credit
              THEN jsonb_build_object('fault', 'L106', 'id', m.id, 'account', d.path)
            WHEN m.amount IS NULL OR m.amount <= 0 OR m.amount > 1000000000000000
              THEN jsonb_build_object('fault', 'L101', 'id', m.id, 'amount', m.amount)
            WHEN d.commodity <> m.commodity
              THEN jsonb_build_object('fault', 'L105', 'id', m.id, 'account', d.path,
                                      'has', d.commodity, 'commodity', m.commodity)
            WHEN c.commodity <> m.commodity
              THEN jsonb_build_object('fault', 'L105', 'id', m.id, 'account', c.path,
                                      'has', c.commodity, 'commodity', m.commodity)
            WHEN m.effective < d.opened
              THEN jsonb_build_object('fault', 'L107', 'id', m.id, 'account', d.path,
                                      'day', d.opened, 'effective', m.effective)
            WHEN m.effective < c.opened
              THEN jsonb_build_object('fault', 'L107', 'id', m.id, 'account', c.path,
                                      'day', c.opened, 'effective', m.effective)
            WHEN d.closed IS NOT NULL
              THEN jsonb_build_object('fault', 'L104', 'id', m.id, 'account', d.path,
                                      'day', d.closed, 'effective', m.effective)
            WHEN c.closed IS NOT NULL
              THEN jsonb_build_object('fault', 'L104', 'id', m.id, 'account', c.path,
                                      'day', c.closed, 'effective', m.effective)
            WHEN s.id IS NOT NULL
              THEN jsonb_build_object('fault', 'L109', 'id', m.id, 'of', m.of_id,
                                      'by', s.id, 'kind', s.kind)
            WHEN m.earlier IS NOT NULL AND m.kind IN ('post', 'void', 'expire')
              THEN jsonb_build_object('fault', 'L109', 'id', m.id, 'of', m.of_id,
                                      'by', m.earlier, 'kind', '同一批')
            WHEN m.kind = 'post' AND m.amount > m.of_amount
              THEN jsonb_build_object('fault', 'L110', 'id', m.id, 'of', m.of_id,
                                      'amount', m.amount, 'held', m.of_amount)
            WHEN m.kind = 'post' AND m.effective > m.of_expires
              THEN jsonb_build_object('fault', 'L111', 'id', m.id, 'of', m.of_id,
                                      'expires', m.of_expires,
                                      'effective', m.effective)
            WHEN m.kind = 'expire'
                 AND (m.of_expires IS NULL OR m.effective <= m.of_expires)
              THEN jsonb_build_object('fault', 'L108', 'id', m.id, 'of', m.of_id,
                                      'kind', 'expire')
            WHEN m.kind = 'reverse'
                 AND m.reversed + coalesce(b.amount, 0) > m.of_amount
              THEN jsonb_build_object('fault', 'L115', 'id', m.id, 'of', m.of_id,
                                      'why', 'above', 'left',
                                      m.of_amount - coalesce(b.amount, 0)
                                      - m.reversed + m.amount)
            END AS fault
        FROM (SELECT m.*,
                     CASE WHEN m.of_id <> '' THEN
                        lag(m.id) OVER (PARTITION BY m.of_id ORDER BY m.ord) END
                        AS earlier,
                     CASE WHEN m.kind = 'reverse' THEN
                        sum(m.amount) OVER (PARTITION BY m.of_id, m.kind
                                            ORDER BY m.ord) END AS reversed
              FROM unnest(moves) m) m
        LEFT JOIN ledger_account d ON d.id = m.debit
        LEFT JOIN ledger_account c ON c.id = m.credit
        LEFT JOIN ledger_transfer s ON m.of_id <> '' AND s.of_id = m.of_id
             AND s.of_id <> '' AND s.kind IN ('post', 'void', 'expire')
             AND m.kind IN ('post', 'void', 'expire')
        LEFT JOIN LATERAL (
            SELECT sum(t.amount) AS amount FROM ledger_transfer t
            WHERE m.kind = 'reverse' AND t.of_id = m.of_id AND t.of_id <> ''
              AND t.kind = 'reverse') b ON true
    ) f WHERE f.fault IS NOT NULL ORDER BY f.ord LIMIT 1;
    IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;

    -- Limits, after every row in turn.
    SELECT CASE
        WHEN l.floor IS NOT NULL AND l.low < l.floor THEN
            jsonb_build_object('fault', 'L112', 'id', l.id, 'account', l.path,
                'available', l.low - l.low_step - l.floor, 'amount', -l.low_step,
                'short', l.floor - l.low, 'commodity', l.commodity)
        ELSE jsonb_build_object('fault', 'L113', 'id', l.id, 'account', l.path,
                'limit', l.ceiling, 'reached', l.high, 'over', l.high - l.ceiling,
                'commodity', l.commodity)
        END
    INTO fault
    FROM (
        SELECT g.*,
            CASE g.side WHEN 'credit' THEN g.credits - g.debits - g.debits_held
                 ELSE g.debits - g.credits - g.credits_held END
                 + sum(g.low_step) OVER w AS low,
            CASE g.side WHEN 'credit' THEN g.credits - g.debits + g.credits_held
                 ELSE g.debits - g.credits + g.debits_held END
                 + sum(g.high_step) OVER w AS high
        FROM (
            SELECT a.*, x.ord, x.move_id,
                CASE a.side WHEN 'credit' THEN x.cr - x.dr - x.dr_held
                     ELSE x.dr - x.cr - x.cr_held END AS low_step,
                CASE a.side WHEN 'credit' THEN x.cr - x.dr + x.cr_held
                     ELSE x.dr - x.cr + x.dr_held END AS high_step
            FROM (
                SELECT m.ord, m.id AS move_id, m.debit AS account,
                    CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                         THEN m.amount ELSE 0 END AS dr, 0 AS cr,
                    CASE m.kind WHEN 'hold' THEN m.amount WHEN 'transfer' THEN 0
                         WHEN 'reverse' THEN 0 ELSE -m.of_amount END AS dr_held,
                    0 AS cr_held
                FROM unnest(moves) m
                UNION ALL
                SELECT m.ord, m.id, m.credit, 0,
                    CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                         THEN m.amount ELSE 0 END,
                    0,
                    CASE m.kind WHEN 'hold' THEN m.amount WHEN 'transfer' THEN 0
                         WHEN 'reverse' THEN 0 ELSE -m.of_amount END
                FROM unnest(moves) m
            ) x JOIN ledger_account a ON a.id = x.account
            WHERE a.floor IS NOT NULL OR a.ceiling IS NOT NULL
        ) g
        WINDOW w AS (PARTITION BY g.id ORDER BY g.ord)
    ) n, LATERAL (SELECT n.floor, n.ceiling, n.low, n.high, n.path, n.commodity,
                         n.low_step, n.move_id AS id, n.ord) l
    WHERE (l.floor IS NOT NULL AND l.low < l.floor)
       OR (l.ceiling IS NOT NULL AND l.high > l.ceiling)
    ORDER BY l.ord, l.path LIMIT 1;
    IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;

    IF members THEN
        SELECT jsonb_build_object('fault', 'L114', 'id', n.move_id, 'account', n.name,
                'limit', n.ceiling, 'reached', n.high, 'over', n.high - n.ceiling,
                'commodity', n.commodity)
        INTO fault
        FROM (
            SELECT g.*, s.name, s.ceiling, s.commodity,
                   s.reached + sum(g.step) OVER (PARTITION BY s.id ORDER BY g.ord)
                   AS high
            FROM (
                SELECT x.ord, x.move_id, y.set_id, sum(x.step) AS step
                FROM (
                    SELECT m.ord, m.id AS move_id, a.sets,
                        CASE WHEN (a.id = m.credit) = (a.side = 'credit')
                        THEN CASE m.kind WHEN 'post' THEN m.amount - m.of_amount
                                WHEN 'void' THEN -m.of_amount
                                WHEN 'expire' THEN -m.of_amount ELSE m.amount END
                        ELSE CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                                THEN -m.amount ELSE 0 END END AS step
                    FROM unnest(moves) m
                    JOIN ledger_account a ON a.id IN (m.debit, m.credit)
                    WHERE a.sets IS NOT NULL
                ) x, unnest(x.sets) AS y(set_id)
                GROUP BY x.ord, x.move_id, y.set_id
            ) g JOIN ledger_set s ON s.id = g.set_id
        ) n
        WHERE n.ceiling IS NOT NULL AND n.high > n.ceiling AND n.step > 0
        ORDER BY n.ord LIMIT 1;
        IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;

        UPDATE ledger_set s SET reached = s.reached + g.step FROM (
            SELECT y.set_id, sum(x.step) AS step
            FROM (
                SELECT a.sets,
                    CASE WHEN (a.id = m.credit) = (a.side = 'credit')
                    THEN CASE m.kind WHEN 'post' THEN m.amount - m.of_amount
                            WHEN 'void' THEN -m.of_amount
                            WHEN 'expire' THEN -m.of_amount ELSE m.amount END
                    ELSE CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                            THEN -m.amount ELSE 0 END END AS step
                FROM unnest(moves) m
                JOIN ledger_account a ON a.id IN (m.debit, m.credit)
                WHERE a.sets IS NOT NULL
            ) x, unnest(x.sets) AS y(set_id)
            GROUP BY y.set_id
        ) g WHERE s.id = g.set_id;
    END IF;

    INSERT INTO ledger_transfer (seq, id, kind, debit, credit, amount, commodity, code,
        cause, effective, of_id, expires, link, actor, known_at, salt, sha)
    SELECT n.seq, n.id, n.kind, n.debit, n.credit, n.amount, n.commodity, n.code,
        n.cause, n.effective, n.of_id, n.expires, n.link, p_actor, now_, n.salt,
        ledger_hash(concat_ws(E'\t', n.seq, n.id, n.kind, n.from_path, n.to_path,
            n.amount, n.commodity, n.code, n.cause, n.effective, n.of_id,
            coalesce(n.expires::text, ''), n.link, p_actor, us, n.salt))
    FROM (
        SELECT nextval('ledger_transfer_seq_seq') AS seq, gen_random_uuid() AS salt,
               coalesce(p_link[m.ord], '') AS link, m.*
        FROM (SELECT u.*, d.path AS from_path, c.path AS to_path
              FROM unnest(moves) u
              JOIN ledger_account d ON d.id = u.debit
              JOIN ledger_account c ON c.id = u.credit ORDER BY u.ord) m
    ) n;

    UPDATE ledger_account a SET
        debits = a.debits + s.dr, credits = a.credits + s.cr,
        debits_held = a.debits_held + s.dr_held,
        credits_held = a.credits_held + s.cr_held
    FROM (
        SELECT x.account, sum(x.dr) AS dr, sum(x.cr) AS cr,
               sum(x.dr_held) AS dr_held, sum(x.cr_held) AS cr_held
        FROM (
            SELECT m.debit AS account,
                CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                     THEN m.amount ELSE 0 END AS dr, 0 AS cr,
                CASE m.kind WHEN 'hold' THEN m.amount WHEN 'transfer' THEN 0
                     WHEN 'reverse' THEN 0 ELSE -m.of_amount END AS dr_held,
                0 AS cr_held
            FROM unnest(moves) m
            UNION ALL
            SELECT m.credit, 0,
                CASE WHEN m.kind IN ('transfer', 'reverse', 'post')
                     THEN m.amount ELSE 0 END,
                0,
                CASE m.kind WHEN 'hold' THEN m.amount WHEN 'transfer' THEN 0
                     WHEN 'reverse' THEN 0 ELSE -m.of_amount END
            FROM unnest(moves) m
        ) x GROUP BY x.account
    ) s WHERE a.id = s.account;

    RETURN QUERY SELECT t.id, t.seq, t.known_at = now_
            AND row_number() OVER (PARTITION BY g.id ORDER BY g.ord) = 1
        FROM unnest(p_id) WITH ORDINALITY g(id, ord)
        JOIN ledger_transfer t ON t.id = g.id ORDER BY g.ord;
END
$$;
"""

ACCOUNTS = r"""
CREATE FUNCTION ledger_note(
    p_kind text, p_subject text[], p_commodity text[], p_side text[],
    p_floor bigint[], p_ceiling bigint[], p_day date[], p_sets text[],
    p_actor text, p_reason text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_ timestamptz := ledger_moment();
BEGIN
    INSERT INTO ledger_event (seq, kind, subject, commodity, side, floor, ceiling, day,
        sets, actor, reason, known_at, salt, sha)
    SELECT n.seq, p_kind, n.subject, n.commodity, n.side, n.floor, n.ceiling, n.day,
        n.sets, p_actor, p_reason, now_, n.salt,
        ledger_hash(concat_ws(E'\t', n.seq, p_kind, n.subject, n.commodity, n.side,
            coalesce(n.floor::text, ''), coalesce(n.ceiling::text, ''),
            coalesce(n.day::text, ''), n.sets, p_actor, p_reason, ledger_us(now_),
            n.salt))
    FROM (
        SELECT nextval('ledger_event_seq_seq') AS seq, gen_random_uuid() AS salt, g.*
        FROM unnest(p_subject, p_commodity, p_side, p_floor, p_ceiling, p_day, p_sets)
             AS g(subject, commodity, side, floor, ceiling, day, sets)
    ) n;
END
$$;
CREATE FUNCTION ledger_open(
    p_path text[], p_commodity text[], p_side text[], p_floor bigint[],
    p_ceiling bigint[], p_opened date[], p_sets text[], p_actor text, p_reason text
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    fresh bigint[];
    fault jsonb;
BEGIN
    SELECT jsonb_build_object('fault', 'L103', 'id', g.path, 'account', n.name)
    INTO fault
    FROM unnest(p_path, p_commodity, p_sets) AS g(path, commodity, sets),
         unnest(string_to_array(g.sets, ' ')) AS n(name)
    WHERE g.sets <> '' AND NOT EXISTS (SELECT FROM ledger_set s
        WHERE s.name = n.name AND s.commodity = g.commodity) LIMIT 1;
    IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;
    WITH given AS (
        SELECT DISTINCT ON (g.path) g.* FROM unnest(p_path, p_commodity, p_side,
            p_floor, p_ceiling, p_opened, p_sets) WITH ORDINALITY
            AS g(path, commodity, side, floor, ceiling, opened, sets, ord)
        WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.path = g.path)
        ORDER BY g.path, g.ord
    ), put AS (
        INSERT INTO ledger_account (path, commodity, side, floor, ceiling, opened, sets)
        SELECT g.path, g.commodity, g.side, g.floor, g.ceiling, g.opened,
            CASE WHEN g.sets <> '' THEN (
                SELECT array_agg(s.id ORDER BY s.id) FROM ledger_set s
                WHERE s.name = ANY (string_to_array(g.sets, ' '))
                  AND s.commodity = g.commodity) END
        FROM given g ORDER BY g.path
        ON CONFLICT (path) DO NOTHING RETURNING id
    ) SELECT array_agg(id) INTO fresh FROM put;
    -- After the insert, so that who opened it meanwhile, or twice here, is seen.
    SELECT jsonb_build_object('fault', 'L117', 'account', a.path,
            'has', a.commodity || ' ' || a.side,
            'wanted', g.commodity || ' ' || g.side)
    INTO fault
    FROM unnest(p_path, p_commodity, p_side) AS g(path, commodity, side)
    JOIN ledger_account a ON a.path = g.path
    WHERE (a.commodity, a.side) IS DISTINCT FROM (g.commodity, g.side) LIMIT 1;
    IF fault IS NOT NULL THEN PERFORM ledger_refuse(fault); END IF;
    IF fresh IS NULL THEN RETURN 0; END IF;
    PERFORM ledger_note('open', array_agg(a.path), array_agg(a.commodity),
        array_agg(a.side), array_agg(a.floor), array_agg(a.ceiling),
        array_agg(a.opened), array_agg(coalesce(
            (SELECT string_agg(s.name, ' ' ORDER BY s.name) FROM ledger_set s
             WHERE s.id = ANY (a.sets)), '')), p_actor, p_reason)
    FROM (SELECT * FROM ledger_account WHERE id = ANY (fresh) ORDER BY id) a;
    RETURN cardinality(fresh);
END
$$;
"""

AUDIT = r"""
CREATE FUNCTION ledger_plain(said text) RETURNS text LANGUAGE sql
IMMUTABLE PARALLEL SAFE
AS $$ SELECT regexp_replace(said, '[[:cntrl:]]', ' ', 'g') $$;
CREATE FUNCTION audit_write(
    p_actor text, p_behalf text, p_verb text, p_object text[], p_reason text,
    p_before text[], p_after text[], p_request text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    now_ timestamptz := ledger_moment();
BEGIN
    INSERT INTO audit (seq, actor, behalf, verb, object, reason, before, after,
        request, known_at, salt, sha)
    SELECT n.seq, n.actor, n.behalf, n.verb, n.object, n.reason, n.before, n.after,
        n.request, now_, n.salt,
        ledger_hash(replace(concat_ws(E'\t', n.seq, n.actor, n.behalf, n.verb,
            n.object, n.reason, n.before, n.after, n.request, ledger_us(now_), n.salt),
            '\', '\\'))
    FROM (
        SELECT nextval('audit_seq_seq') AS seq, gen_random_uuid() AS salt,
            ledger_plain(p_actor) AS actor, ledger_plain(p_behalf) AS behalf,
            ledger_plain(p_verb) AS verb, ledger_plain(p_reason) AS reason,
            ledger_plain(p_request) AS request, ledger_plain(g.object) AS object,
            ledger_plain(g.before) AS before, ledger_plain(g.after) AS after
        FROM unnest(p_object, p_before, p_after) AS g(object, before, after)
    ) n;
END
$$;
"""


def _guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        sql=(
            f'CREATE TRIGGER "{table}_append_only" '
            f'BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION ceyuan_append_only()"
        ),
        reverse_sql=f'DROP TRIGGER "{table}_append_only" ON "{table}"',
    )


class Migration(migrations.Migration):
    """Limits, the functions that write, the triggers that refuse."""

    dependencies: ClassVar = [("office", "0004_ledger")]

    operations: ClassVar = [
        migrations.RunSQL(
            sql=LIMITS,
            reverse_sql=(
                "DROP TRIGGER ledger_account_stays ON ledger_account; "
                "DROP FUNCTION ledger_account_stays()"
            ),
        ),
        migrations.RunSQL(
            sql=MOMENT,
            reverse_sql=(
                "DROP FUNCTION ledger_moment(); DROP FUNCTION ledger_refuse(jsonb); "
                "DROP FUNCTION ledger_us(timestamptz); DROP FUNCTION ledger_hash(text)"
            ),
        ),
        migrations.RunSQL(sql=MOVE, reverse_sql="DROP TYPE ledger_move"),
        migrations.RunSQL(sql=POST, reverse_sql="DROP FUNCTION ledger_post"),
        migrations.RunSQL(
            sql=ACCOUNTS,
            reverse_sql="DROP FUNCTION ledger_open; DROP FUNCTION ledger_note",
        ),
        migrations.RunSQL(
            sql=AUDIT,
            reverse_sql="DROP FUNCTION audit_write; DROP FUNCTION ledger_plain",
        ),
        *(_guard(table) for table in GUARDED),
    ]
