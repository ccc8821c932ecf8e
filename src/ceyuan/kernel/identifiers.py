# SPDX-License-Identifier: Apache-2.0
"""The unified credit code (GB 32100): 18 places, the last one checks the rest."""

from __future__ import annotations

import unicodedata


def clean_code(text: str) -> str:
    """Return a credit code without spaces and hyphens, half-width, upper case.

    >>> clean_code("９１３１９９９９ma00000x2e ")
    '91319999MA00000X2E'
    """
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if c.isalnum()).upper()


def code_fault(code: str) -> str:
    """Return what is wrong with a cleaned credit code; empty when it is sound."""
    # Imported here: it pulls in a good part of the standard library, and the
    # command line has to answer at once.
    from stdnum.cn import uscc
    from stdnum.exceptions import (
        InvalidChecksum,
        InvalidComponent,
        InvalidFormat,
        InvalidLength,
    )

    try:
        uscc.validate(code)
    except InvalidLength:
        return f"有 {len(code)} 位，应为 18 位"
    except (InvalidFormat, InvalidComponent):
        return "含有统一社会信用代码不允许的字符或类别"
    except InvalidChecksum:
        return f"末位校验码应为 {uscc.calc_check_digit(code[:-1])}，写的是 {code[-1]}"
    return ""
