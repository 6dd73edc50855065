"""The website's snippet, on a website's own origin, in a real browser."""

import gzip

import pytest

from tests.browser.website import a_key, a_program

CLICK = "clk_2_01JD3E5G7H9K0M2N4P6Q8R0T2Vh0a1b00_tea-with-ada_AbCdEfGhIjKlMnOpQrSt-v"
OLD_CLICK = "clk_01JD3E5G7H9K0M2N4P6Q8R0T2Vh0a1b.tea-with-ada.AbCdEfGhIjKlMnOpQrStUv"


@pytest.fixture
def program(running, website):
    program = a_program(running, website)
    website.show(running, program, a_key(running, program))
    return program


def touches(page):
    return page.evaluate("goodword.attribution()")


def stored(page):
    return page.evaluate("[document.cookie, localStorage.getItem('gw_touches')]")


def test_touches_are_remembered_in_order_on_every_page(visit, website, program):
    page = visit(f"{website.url}/?ref=bob")
    page.goto(f"{website.url}/shoes?ref=tea-with-ada&gw_click={CLICK}")
    page.goto(f"{website.url}/checkout")

    assert [touch.get("click_id") or touch["code"] for touch in touches(page)] == ["bob", CLICK]
    assert set(touches(page)[0]) == {"code", "at"}
    assert (set(touches(page)[1]), touches(page)[1]["code"]) == ({"click_id", "code", "at"}, "tea-with-ada")
    page.evaluate("localStorage.clear()")
    page.reload()
    assert len(touches(page)) == 2
    page.context.clear_cookies()
    page.reload()
    assert len(touches(page)) == 2


def test_of_a_parameter_that_is_there_twice_the_last_is_kept_and_nothing_that_can_be_no_code(visit, website, program):
    page = visit(f"{website.url}/?ref={'a' * 61}")
    assert touches(page) == []

    page.goto(f"{website.url}/?ref=bob&gw_click={OLD_CLICK}&ref=tea-with-ada.%E2%80%8B&gw_click={CLICK}")
    page.goto(f"{website.url}/?ref={'a' * 61}&gw_click={CLICK}0")
    page.goto(f"{website.url}/?ref=ada&gw_click=%3Cscript%3E")

    remembered = [(touch.get("click_id"), touch.get("code")) for touch in touches(page)]
    assert remembered == [(CLICK, "tea-with-ada"), (f"{CLICK}0", None), (None, "ada")]


def test_a_reference_is_the_click_that_the_terms_count_in_signs_that_payment_providers_take(
    running, visit, website, program
):
    page = visit(f"{website.url}/?ref=bob")
    assert page.evaluate("goodword.reference()") is None

    page.goto(f"{website.url}/?ref=tea-with-ada&gw_click={OLD_CLICK}")
    page.goto(f"{website.url}/?ref=tea-with-ada&gw_click={CLICK}")
    page.goto(f"{website.url}/?ref=bob")

    assert page.evaluate("goodword.reference()") == CLICK
    website.show(running, a_program(running, website, touch="first"), "none")
    page.reload()
    assert page.evaluate("goodword.reference()") == OLD_CLICK.replace(".", "_")


def test_what_is_older_than_the_programs_window_is_forgotten(running, visit, website, program):
    page = visit(website.url)
    page.evaluate("localStorage.setItem('gw_touches', 'c' + (Date.now() - 8 * 864e5).toString(36) + '*bob')")
    page.reload()
    assert len(touches(page)) == 1

    website.show(running, a_program(running, website, window_days=7), "none")
    page.reload()

    assert touches(page) == []


def test_nothing_is_stored_without_consent_where_it_is_required_and_it_can_be_taken_back(
    running, visit, website, program
):
    website.show(running, program, "none", 'data-consent="required"')
    page = visit(f"{website.url}/?ref=bob")

    assert (stored(page), len(touches(page))) == (["", None], 1)
    page.evaluate("goodword.consent(true)")
    assert all("bob" in one for one in stored(page))
    page.evaluate("goodword.consent(false)")
    assert stored(page) == ["", None]


# Each runs the script as something that is not a plain tag does.
_TAG = "const tag = document.createElement('script'); tag.src = {}; document.head.append(tag)"
RUNS = {
    "a tag manager that drops attributes": _TAG.format("'SOURCE'"),
    "a loader that leaves no current script": "fetch('SOURCE').then(a => a.text()).then(text => (0, eval)(text))",
    "a bundle of another name": "fetch('SOURCE').then(a => a.blob()).then(b => {"
    + _TAG.format("URL.createObjectURL(b)")
    + "})",
}


@pytest.mark.parametrize("way", RUNS)
def test_nothing_is_stored_before_consent_however_the_script_runs_and_whatever_its_tag_has_lost(
    running, visit, website, way
):
    program = a_program(running, website, consent="required")
    key = a_key(running, program)
    source = f"{running.url}/goodword.js?program={program['id']}"
    website.page = (
        f'<!doctype html><html lang="en"><title>Shop</title><script>{RUNS[way].replace("SOURCE", source)}</script>'
    )
    page = visit(f"{website.url}/?ref=bob")
    page.wait_for_function("window.goodword")

    assert (stored(page), len(touches(page))) == (["", None], 1)
    assert "publishable key" in page.evaluate("goodword.lead({customer: {}}).catch(error => error.message)")
    lead = {"external_id": way, "customer": {"external_id": way}, "key": key}
    assert page.evaluate("told => goodword.lead(told).then(answer => answer.object)", lead) == "lead"
    page.evaluate("goodword.consent(true)")
    assert all("bob" in one for one in stored(page))


def test_a_program_that_says_nothing_asks_for_consent(running, visit, website):
    body = {"name": "Tea", "landing_url": f"{website.url}/x", "currency": "USD", "rules": []}
    website.show(running, running.json("POST", "/v1/programs", body), "none")

    page = visit(f"{website.url}/?ref=bob")

    assert stored(page) == ["", None]


def test_global_privacy_control_is_respected(visit, website, program):
    page = visit()
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(f"{website.url}/?ref=bob")

    assert stored(page) == ["", None]
    assert len(touches(page)) == 1


def test_where_storage_is_forbidden_a_code_can_be_typed(running, visit, website, program):
    partner = running.json(
        "POST", "/v1/partners", {"name": "Ada", "email": "ada@shop.example", "programs": [program["id"]]}
    )
    link = running.json("POST", "/v1/links", {"program": program["id"], "partner": partner["id"]})
    page = visit()
    page.add_init_script(
        """Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }});
           Object.defineProperty(document, 'cookie', {get() { throw new Error('forbidden') }, set() { throw new Error('forbidden') }});"""  # noqa: E501
    )
    page.goto(website.url)
    lead = {"external_id": "typed-1", "customer": {"external_id": "c-typed"}, "code": link["code"].lower()}
    page.evaluate("told => goodword.lead(told)", lead)

    conversion = running.json("GET", f"/v1/conversions/ext_typed-1?type=lead&program={program['id']}")
    assert conversion["partner"] == partner["id"]


def test_a_page_checks_a_code_and_shows_what_the_friend_gets(running, visit, website, program):
    partner = running.json("POST", "/v1/partners", {"name": "Ada", "programs": [program["id"]]})
    running.json("POST", "/v1/links", {"program": program["id"], "partner": partner["id"], "code": "checked-tea"})
    page = visit(website.url)

    def check(*sent):
        return page.evaluate("sent => goodword.check(...sent)", list(sent))

    assert check(" Checked-Tea ")["sentence"] == "You get $5.00 for every purchase."
    assert check("https://go.shop.example/checked-tea?x=1")["valid"] is True
    assert check("checked-tea", {"language": "de"})["sentence"].startswith("Du bekommst")
    assert check("no such/code")["reason"] == "unknown_code"
    assert "publishable key" in page.evaluate(
        "document.querySelector('script').removeAttribute('data-key') || "
        "goodword.check('x').then(() => '', error => error.message)"
    )


def test_hostile_addresses_and_stores_bring_nothing_in(visit, website, program):
    page = visit(f"{website.url}/?ref=%3Cscript%3E&gw_click=%0d%0aSet-Cookie:x=1")
    page.evaluate("localStorage.setItem('gw_touches', 'cZZZ*<b>!k1*x;y!!__proto__')")
    page.goto(f"{website.url}/?ref={'a' * 5000}")

    assert touches(page) == []
    for number in range(30):
        page.goto(f"{website.url}/?ref=code-{number}")
    assert [touch["code"] for touch in touches(page)] == [f"code-{number}" for number in range(20, 30)]
    assert len(page.evaluate("document.cookie")) < 4000


def test_a_lead_from_another_origin_is_refused_and_its_page_reads_nothing(running, visit, website, program):
    running.json("PATCH", f"/v1/programs/{program['id']}", {"origins": ["https://shop.example"]})
    other = a_program(running, website, origins=["https://shop.example"])
    website.show(running, other, a_key(running, other))
    page = visit(website.url)

    lead = {"external_id": "evil-1", "customer": {"external_id": "c-evil"}}
    outcome = page.evaluate("told => goodword.lead(told).then(() => 'taken', error => error.constructor.name)", lead)

    assert outcome == "TypeError"
    path = f"/v1/conversions/ext_evil-1?type=lead&program={other['id']}"
    assert running.call("GET", path)[0] == 404


def test_a_wrong_lead_says_what_is_wrong(visit, website, program):
    page = visit(website.url)

    pointer = page.evaluate(
        "() => goodword.lead({external_id: 'x', customer: {}}).then(() => 0, error => error.errors[0].pointer)"
    )

    assert pointer == "/customer/external_id"


def test_the_script_is_small_and_may_be_kept(running, program):
    status, headers, body = running.call("GET", f"/goodword.js?program={program['id']}")

    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert len(gzip.compress(body)) < 2304
    assert headers["Cache-Control"] == "public, max-age=86400, stale-while-revalidate=604800"


@pytest.mark.parametrize("query", ["", "?program=prg_none", "?program=ext_<script>"])
def test_a_script_for_no_program_is_refused_and_not_kept(running, query):
    status, headers, body = running.call("GET", f"/goodword.js{query}")

    assert (status, headers["Cache-Control"]) == (404, "no-store")
    assert body.startswith(b"/* Goodword: name the program")
