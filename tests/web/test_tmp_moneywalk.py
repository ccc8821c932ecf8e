import pytest
from tests.web.test_every_page import walk, context_of, overheard, looked_at
from tests.web.money_town import come_back


@pytest.mark.parametrize(
    "role",
    ["财务丙", "审计员", "经办人甲", "企业甲"],
    ids=["fin", "aud", "off", "firm"],
)
def test_walk(town, live, browser, client_of, role):
    come_back(town, paid=False)
    import re
    from tests.web import test_every_page as t

    seen = {}
    client = client_of(role)
    ahead = (
        ["/money", "/money/payments", "/money/instruments"] if role != "企业甲" else []
    )
    while ahead:
        path = ahead.pop(0)
        from urllib.parse import urlsplit

        name = t.name_of(urlsplit(path).path)
        if (
            not name
            or name in seen
            or path.startswith("/en")
            or not path.startswith("/money")
        ):
            continue
        if path.startswith(t.NO_PAGES) or t.NOT_WALKED.search(path):
            continue
        a = client.get(path)
        if path in ("/money",) and a.status_code == 403:
            continue
        assert a.status_code == 200, (path, a.status_code)
        if "text/html" not in a.headers["Content-Type"]:
            continue
        seen[name] = path
        ahead += t.links(a.content.decode())
    if role == "企业甲":
        from tests.web.money_town import ask

        seen = {
            "p": "/money/payments/one/"
            + ask(town, "select id from payment where state='failed'")[0][0]
        }
    print(role, sorted(seen))
    faults = []
    for width, prefix in ((1200, ""), (375, "/en"), (320, "")):
        c = context_of(browser, live, role, viewport={"width": width, "height": 800})
        page = c.new_page()
        said = overheard(page, live)
        for name, path in seen.items():
            said.clear()
            page.goto(f"{live}{prefix}{path}", wait_until="load")
            faults += [f"{width} {path}: {x}" for x in said] + [
                f"{width} {path}: {x}" for x in looked_at(page, width)
            ]
            if prefix:
                txt = page.evaluate("document.querySelector('main').innerText")
                zh = [w for w in re.findall(r"[一-鿿]{2,}", txt)]
                print(name, sorted(set(zh))[:25])
        c.close()
    print("\n".join(faults))
    assert not faults
