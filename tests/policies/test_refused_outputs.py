# SPDX-License-Identifier: Apache-2.0
"""Data that contradict each other give no outcome, but what is certain is shown."""

from datetime import date
from fractions import Fraction

from ceyuan.declarations import load_region
from ceyuan.language import Fixed
from ceyuan.policies import decide, output_value


def test_decide_shares_of_90_percent_refused_with_caps_and_no_losses() -> None:
    share = Fraction(1, 5)
    facts = Fixed(
        {
            ("enterprise_classes", None): frozenset({"tech_sme"}),
            ("loan_amount", None): 1000 * 10**6,
            ("client_balance_after", None): 1000 * 10**6,
            ("bank_share", None): share,
            ("fund_share", None): Fraction(3, 10),
            ("provincial_share", None): share,
            ("local_share", None): share,
            ("reguarantee_fee", None): Fraction(5, 1000),
            ("loan_loss", None): 100 * 10**6,
            ("other_fees_charged", None): False,
        }
    )

    decision = decide(
        load_region().rule("guarantee_2024"), facts, as_of=date(2025, 6, 1)
    )

    # 20 + 30 + 20 + 20 = 90: refused. The caps do not hang on the shares.
    assert decision.outcome is None
    assert decision.refused == ("check:shares_add",)
    outputs = {name: output_value(value) for name, value in decision.outputs.items()}
    assert outputs == {
        "fund_share_cap": Fraction(30, 100),
        "reguarantee_fee_cap": Fraction(5, 1000),
        "loss_of_bank": Fraction(0),
        "loss_of_fund": Fraction(0),
        "loss_of_province": Fraction(0),
        "loss_of_guarantor": Fraction(0),
    }
