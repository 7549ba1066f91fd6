"""The widget on a company's page, in a real browser under the strictest policy: shown, copied, expired, renewed, refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from gateway.core.code import codes_in
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.served import served
from tests.api.test_page_codes import PATH as FROM_PAGE
from tests.api.test_page_codes import Pages
from tests.browser.company_site import ENDPOINT, POLICY, Site, serving
from tests.service.attended import Attended

CODE, NEXT = "F7HK-3RTW-9XYM-4JL8", "X2RM-7KHL-8WTF-94JY"
LANGUAGES = ["pt-BR", "tr", "en"]
OPEN = {"pt-BR": "Obter código de identificação", "tr": "Kimlik doğrulama kodu al", "en": "Get an identification code"}
TITLE = {"pt-BR": "Seu código de identificação", "tr": "Kimlik doğrulama kodunuz", "en": "Your identification code"}
COPY = {"pt-BR": "Copiar código", "tr": "Kodu kopyala", "en": "Copy code"}
COPIED = {"pt-BR": "Copiado", "tr": "Kopyalandı", "en": "Copied"}
EXPIRED = {"pt-BR": "Este código expirou", "tr": "Bu kodun süresi doldu", "en": "This code has expired"}
RENEW = {"pt-BR": "Gerar novo código", "tr": "Yeni kod al", "en": "Get a new code"}


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as served:
        yield served


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 900, "height": 700}, reduced_motion="reduce")
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    opened.clock.install()
    return opened


def visit(page: Page, site: Site, lang: str = "en") -> None:
    page.goto(f"{site.origin}/?{lang}")


def opened(page: Page, site: Site, lang: str = "en") -> Locator:
    """The window, with whatever came of its request."""
    visit(page, site, lang)
    page.get_by_role("button", name=OPEN[lang]).click()
    window = page.get_by_role("dialog", name=TITLE[lang])
    expect(window).to_be_visible()
    return window


def shown(window: Locator) -> str:
    """The code as it is seen, a hyphen between its groups."""
    expect(window.locator(".code span").first).to_be_visible()
    return "-".join(window.locator(".code span").all_inner_texts())


def clipboard(page: Page) -> str:
    read: str = page.evaluate("navigator.clipboard.readText()")
    return read


def events(page: Page) -> str:
    seen: str = page.evaluate("document.documentElement.dataset.events || ''")
    return seen


def complaints(page: Page, site: Site) -> str:
    """What the policy was against, as the page and as the server heard of it."""
    seen: str = page.evaluate("document.documentElement.dataset.violations || ''")
    return seen + b"".join(site.reports).decode()


# ---------------------------------------------------------------------------------------------- the way it is meant


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_shows_the_code_copies_it_with_one_click_and_renews_it(page: Page, site: Site, lang: str) -> None:
    site.says(CODE, NEXT, valid_for=90)
    window = opened(page, site, lang)
    assert shown(window) == CODE
    expect(window.get_by_role("timer")).to_contain_text("1:30")

    window.get_by_role("button", name=COPY[lang]).click()
    expect(window.get_by_role("button", name=COPIED[lang])).to_be_visible()
    assert clipboard(page) == CODE

    page.clock.fast_forward(31_000)
    expect(window.get_by_role("timer")).to_contain_text("0:59")
    expect(window.get_by_role("button", name=COPY[lang])).to_be_visible()
    page.clock.fast_forward(60_000)
    expect(window.get_by_text(EXPIRED[lang], exact=True)).to_be_visible()
    assert CODE.split("-")[0] not in page.content()
    expect(window.locator(".code span")).to_have_count(0)

    window.get_by_role("button", name=RENEW[lang]).click()
    assert shown(window) == NEXT
    window.get_by_role("button", name=COPY[lang]).click()
    expect(window.get_by_role("button", name=COPIED[lang])).to_be_visible()
    assert clipboard(page) == NEXT

    assert len(site.asked) == 2
    assert events(page).split() == ["shown", "copied", "expired:expired", "shown", "copied"]
    assert complaints(page, site) == ""


def test_it_is_usable_by_keyboard_alone(page: Page, site: Site) -> None:
    site.says(CODE, NEXT)
    visit(page, site)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog")
    assert shown(window) == CODE
    copy, close = window.get_by_role("button", name="Copy code"), window.get_by_role("button", name="Close")
    expect(copy).to_be_focused()
    page.keyboard.press("Tab")
    expect(close).to_be_focused()
    page.keyboard.press("Tab")
    expect(copy).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(close).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(window.get_by_role("button", name="Copied")).to_be_focused()
    assert clipboard(page) == CODE
    page.clock.fast_forward(301_000)
    expect(window.get_by_role("button", name="Get a new code")).to_be_focused()
    page.keyboard.press("Enter")
    assert shown(window) == NEXT
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name=OPEN["en"])).to_be_focused()


def test_those_who_listen_hear_what_those_who_see_read(page: Page, site: Site) -> None:
    window = opened(page, site)
    heard = window.get_by_role("status")
    expect(heard).to_have_text("Your code is ready. Valid for 5:00")
    expect(window.get_by_text("Code: F 7 H K, 3 R T W, 9 X Y M, 4 J L 8")).to_have_count(1)
    window.get_by_role("button", name="Copy code").click()
    expect(heard).to_have_text("Code copied. Paste it into the chat.")
    page.clock.fast_forward(241_000)
    expect(heard).to_have_text("One minute left.")
    page.clock.fast_forward(60_000)
    expect(heard).to_contain_text("This code has expired")


@pytest.mark.parametrize(("lang", "scheme"), [("pt-BR", "light"), ("tr", "dark"), ("en", "light")])
def test_axe_finds_nothing_in_any_state(page: Page, site: Site, lang: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    # Axe itself makes functions from texts, which the strictest policy forbids.
    site.policy = "script-src 'self'"
    site.says(CODE, valid_for=90)
    window = opened(page, site, lang)
    assert shown(window) == CODE
    found = [Axe().run(page)]
    window.get_by_role("button", name=COPY[lang]).click()
    expect(window.get_by_role("button", name=COPIED[lang])).to_be_visible()
    found.append(Axe().run(page))
    page.clock.fast_forward(45_000)
    expect(window.locator(".ending")).to_have_count(1)
    found.append(Axe().run(page))
    page.clock.fast_forward(60_000)
    expect(window.get_by_role("button", name=RENEW[lang])).to_be_visible()
    found.append(Axe().run(page))
    for results in found:
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize(("lang", "width"), [("pt-BR", 320), ("tr", 320), ("en", 320), ("pt-BR", 1280)])
def test_it_fits_its_window(page: Page, site: Site, lang: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 660})
    window = opened(page, site, lang)
    assert shown(window) == CODE
    box = window.bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= width, box["y"] >= 0, box["y"] + box["height"] <= 660) == (
        True,
    ) * 4
    assert window.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("lang", ["pt-BR", "tr", "en"])
def test_at_twice_the_size_all_of_it_is_in_sight(page: Page, site: Site, lang: str) -> None:
    """A window of 1280 by 720 at 200 % zoom."""
    page.set_viewport_size({"width": 640, "height": 360})
    window = opened(page, site, lang)
    assert shown(window) == CODE
    assert window.evaluate("one => one.scrollHeight <= one.clientHeight")


# ---------------------------------------------------------------------------------------------- its language


@pytest.mark.parametrize(
    ("page_lang", "attributes", "expected"),
    [
        ("pt", "", "pt-BR"),
        ("pt-PT", "", "pt-BR"),
        ("tr-TR", "", "tr"),
        ("en", 'lang="tr"', "tr"),
        ("tr", 'lang="pt-BR"', "pt-BR"),
        ("fr", "", "en"),
    ],
)
def test_it_speaks_as_its_attribute_says_else_as_the_page(
    page: Page, site: Site, page_lang: str, attributes: str, expected: str
) -> None:
    site.attributes = attributes
    visit(page, site, page_lang)
    expect(page.get_by_role("button", name=OPEN[expected])).to_be_visible()


def test_its_button_may_have_other_words_or_be_another(page: Page, site: Site) -> None:
    site.attributes = 'label="Prove it is me"'
    visit(page, site)
    expect(page.get_by_role("button", name="Prove it is me")).to_be_visible()
    site.attributes, site.inside = "", '<button type="button">My own</button>'
    visit(page, site)
    own = page.get_by_role("button", name="My own")
    own.click()
    assert shown(page.get_by_role("dialog")) == CODE
    page.keyboard.press("Escape")
    expect(own).to_be_focused()


def test_a_script_opens_it_and_the_focus_comes_to_its_button_afterwards(page: Page, site: Site) -> None:
    visit(page, site)
    page.evaluate("document.querySelector('identification-code').open()")
    assert shown(page.get_by_role("dialog")) == CODE
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=OPEN["en"])).to_be_focused()


# ---------------------------------------------------------------------------------------------- what is asked


def test_it_asks_the_companys_own_back_end_and_no_cookie_goes_elsewhere(page: Page, site: Site) -> None:
    site.attributes = 'csrf-header="X-CSRF-Token"'
    page.context.add_cookies([{"name": "session", "value": "s-1", "url": site.origin}])
    assert shown(opened(page, site)) == CODE
    [asked] = site.asked
    assert (asked.headers["cookie"], asked.headers["x-csrf-token"]) == ("session=s-1", "t0ken")
    assert (asked.headers["content-type"], asked.body) == ("application/json", b"{}")
    assert "authorization" not in asked.headers


def test_the_token_against_forged_requests_may_lie_in_a_cookie_or_come_from_the_page(page: Page, site: Site) -> None:
    site.attributes = 'csrf-header="X-XSRF-TOKEN" csrf-cookie="XSRF-TOKEN"'
    page.context.add_cookies([{"name": "XSRF-TOKEN", "value": "a%3Db", "url": site.origin}])
    visit(page, site)
    page.evaluate("document.querySelector('identification-code').headers = async () => ({'X-Shop': '7'})")
    page.get_by_role("button", name=OPEN["en"]).click()
    assert shown(page.get_by_role("dialog")) == CODE
    assert (site.asked[0].headers["x-xsrf-token"], site.asked[0].headers["x-shop"]) == ("a=b", "7")


def test_a_token_goes_in_the_body_and_without_cookies(page: Page, site: Site) -> None:
    page.context.add_cookies([{"name": "session", "value": "s-1", "url": site.origin}])
    site.attributes = 'token="a.b.c"'
    assert shown(opened(page, site)) == CODE
    [asked] = site.asked
    assert json.loads(asked.body) == {"token": "a.b.c"}
    assert "cookie" not in asked.headers


def test_a_code_that_still_lives_is_shown_again_and_an_old_one_is_not(page: Page, site: Site) -> None:
    site.says(CODE, NEXT, valid_for=90)
    window = opened(page, site)
    assert shown(window) == CODE
    page.keyboard.press("Escape")
    page.clock.fast_forward(20_000)
    page.get_by_role("button", name=OPEN["en"]).click()
    assert shown(window) == CODE
    expect(window.get_by_role("timer")).to_contain_text("1:10")
    page.keyboard.press("Escape")
    page.clock.fast_forward(60_000)
    page.get_by_role("button", name=OPEN["en"]).click()
    assert shown(window) == NEXT
    assert len(site.asked) == 2


def test_the_time_that_is_left_does_not_come_from_the_pages_clock(page: Page, site: Site) -> None:
    page.clock.set_system_time("2031-01-01T00:00:00Z")
    site.answers = [(200, json.dumps({"code": CODE, "expires_at": "2000-01-01T00:00:00Z", "valid_for": 120}).encode())]
    window = opened(page, site)
    expect(window.get_by_role("timer")).to_contain_text("2:00")


def test_a_code_without_hyphens_is_shown_by_fours_and_copied_as_it_is(page: Page, site: Site) -> None:
    site.says("F7HK3RTW9XYM4JL8")
    window = opened(page, site)
    assert shown(window) == CODE
    window.get_by_role("button", name="Copy code").click()
    expect(window.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard(page) == "F7HK3RTW9XYM4JL8"


# ---------------------------------------------------------------------------------------------- when it fails


@pytest.mark.parametrize(
    ("status", "body", "said", "button"),
    [
        (500, b"{}", "We could not create a code", "Try again"),
        (404, b"", "We could not create a code", "Try again"),
        (200, b"<html>", "We could not create a code", "Try again"),
        (200, b"null", "We could not create a code", "Try again"),
        (200, b'{"code": "  ", "valid_for": 300}', "We could not create a code", "Try again"),
        (200, b'{"code": "A-B", "valid_for": -1}', "We could not create a code", "Try again"),
        (200, b'{"code": "A-B", "valid_for": "x", "expires_at": "never"}', "We could not create a code", "Try again"),
        (401, b"{}", "Your session has ended", "Sign in again"),
        (403, b"{}", "Your session has ended", "Sign in again"),
        (302, b"", "Your session has ended", "Sign in again"),
        (410, b"{}", "Your session has ended", "Sign in again"),
        (429, b"{}", "Too many requests in a short time", "Try again"),
    ],
)
def test_what_fails_is_said_as_it_is(page: Page, site: Site, status: int, body: bytes, said: str, button: str) -> None:
    site.fails(status, body)
    window = opened(page, site)
    expect(window.get_by_text(said, exact=True)).to_be_visible()
    expect(window.get_by_role("button", name=button)).to_be_focused()
    expect(window.locator(".code span")).to_have_count(0)


def test_after_a_failure_one_tries_again(page: Page, site: Site) -> None:
    site.fails(500)
    window = opened(page, site)
    again = window.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    site.says(CODE)
    again.click()
    assert shown(window) == CODE


def test_who_is_offline_is_told_so(page: Page, site: Site) -> None:
    visit(page, site)
    page.context.set_offline(True)
    page.get_by_role("button", name=OPEN["en"]).click()
    expect(page.get_by_text("You are offline", exact=True)).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    assert shown(page.get_by_role("dialog")) == CODE


def test_a_back_end_that_says_nothing_is_given_up_and_a_second_click_asks_nothing_more(page: Page, site: Site) -> None:
    site.hold.clear()
    window = opened(page, site)
    busy = window.get_by_role("button", name="Copy code")
    expect(busy).to_have_attribute("aria-disabled", "true")
    busy.click(force=True)
    page.clock.fast_forward(15_500)
    expect(window.get_by_text("We could not create a code", exact=True)).to_be_visible()
    assert len(site.asked) <= 1


def test_a_session_that_ended_leads_to_where_one_signs_in(page: Page, site: Site) -> None:
    site.fails(401)
    site.attributes = 'sign-in="/?tr"'
    window = opened(page, site)
    window.get_by_role("button", name="Sign in again").click()
    page.wait_for_url("**/?tr")


def test_without_the_clipboard_the_code_is_copied_by_selection_else_it_stays_selected(page: Page, site: Site) -> None:
    window = opened(page, site)
    assert shown(window) == CODE
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("document.addEventListener('copy', () => { document.title = 'copied by selection' })")
    window.get_by_role("button", name="Copy code").click()
    expect(window.get_by_role("button", name="Copied")).to_be_focused()
    assert page.title() == "copied by selection"
    page.clock.fast_forward(5_000)
    page.evaluate("document.execCommand = () => false")
    window.get_by_role("button", name="Copy code").click()
    expect(window.get_by_text("Your browser did not allow copying.").first).to_be_visible()
    assert page.evaluate("getSelection().type") == "Range"


def test_closing_by_its_button_or_beside_it(page: Page, site: Site) -> None:
    window = opened(page, site)
    assert shown(window) == CODE
    window.get_by_role("button", name="Close").click()
    expect(window).to_be_hidden()
    page.get_by_role("button", name=OPEN["en"]).click()
    expect(window).to_be_visible()
    page.mouse.click(5, 5)
    expect(window).to_be_hidden()
    assert len(site.asked) == 1
    assert site.asked[0].headers["origin"] == site.origin


def test_the_endpoint_is_the_one_that_the_page_names(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.removeprefix(site.origin)}"))
    assert shown(opened(page, site)) == CODE
    assert [one for one in asked if one.startswith("POST")] == [f"POST {ENDPOINT}"]


def test_a_page_without_a_back_end_gets_its_code_from_the_gateway_itself(
    page: Page, site: Site, tmp_path: Path
) -> None:
    address = embedded(tmp_path / "data")
    upgrade(address)
    attended = Attended(address)
    pages = Pages(attended, origin=site.origin)
    with served(pages.composed.app) as port:
        gateway = f"http://127.0.0.1:{port}"
        site.policy = POLICY.replace("connect-src 'self'", f"connect-src {gateway}")
        site.endpoint = f"{gateway}{FROM_PAGE}"
        site.attributes = f'token="{pages.token()}"'
        window = opened(page, site)
        assert codes_in(shown(window)).codes
        expect(window.get_by_role("timer")).to_contain_text("2:00")

        site.attributes = f'token="{pages.token(exp=0)}"'
        window = opened(page, site)
        expect(window.get_by_text("Your session has ended", exact=True)).to_be_visible()
        assert complaints(page, site) == ""
        page.close()
    # Not in this thread, where the browser's own loop runs.
    closing = threading.Thread(target=anyio.run, args=(attended.aclose,))
    closing.start()
    closing.join(20)
