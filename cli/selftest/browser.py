"""One person's browser: cookies, forms, patience with a busy or restarting server."""

from collections.abc import Mapping
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from threading import Lock

import httpx

from cli.selftest.pages import Form, Page
from cli.selftest.patience import Patience, SelftestFailed

STEP_SECONDS = 120.0
"""Read time-out of one request: an upload of 50 MB over a slow disk."""
RETRY_SECONDS = 0.5
BUSY = frozenset({429, 502, 503, 504})
"""The server asks to come again."""
UNCHANGED = 204


class Interrupted(Exception):
    """The connection broke while something was being sent: nobody knows whether it arrived."""


@cache
def _tls() -> SSLContext:
    """One for all windows: each new one reads all trusted roots anew."""
    return httpx.create_ssl_context()


class _CookieTransport(httpx.HTTPTransport):
    """Keeps cookies as a browser does: `__Host-` cookies are Secure, and browsers accept them on
    http://localhost. Python's jar must be told so, and httpx's own copies forget it."""

    def __init__(self) -> None:
        super().__init__(verify=_tls())
        self._cookies = httpx.Cookies()
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self._cookies.jar = CookieJar(policy)
        self._lock = Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request with the cookies of now, and its answer's cookies kept."""
        with self._lock:
            request.headers.pop("Cookie", None)
            self._cookies.set_cookie_header(request)
        response = super().handle_request(request)
        response.request = request
        with self._lock:
            self._cookies.extract_cookies(response)
        return response


class Browser:
    """Cookies of one person. Reads again after a broken connection; never sends twice by itself."""

    def __init__(self, base_url: str, patience: Patience, language: str = "ja") -> None:
        """A fresh window without cookies."""
        self._client = httpx.Client(
            base_url=base_url,
            transport=_CookieTransport(),
            follow_redirects=True,
            timeout=httpx.Timeout(STEP_SECONDS, connect=5.0),
            headers={"Accept-Language": language, "User-Agent": "Musubi-selftest/1"},
        )
        self.patience = patience

    def tab(self, patience: Patience) -> "Browser":
        """Another tab of this window: the same cookies, a patience of its own."""
        twin = object.__new__(Browser)
        twin._client, twin.patience = self._client, patience
        return twin

    def close(self) -> None:
        """Close the window with all its tabs."""
        self._client.close()

    def open(self, url: str) -> Page:
        """Read a page."""
        return _page(self._read(url))

    def again(self, page: Page, url: str) -> Page | None:
        """Ask as a page asks for its moving part, which is put into it if it is another than it
        was. None: the page is to be read anew."""
        answer = self._read(url, {"HX-Request": "true"})
        if answer.status_code >= 400 or "HX-Refresh" in answer.headers:
            return None
        if answer.status_code != UNCHANGED:
            page.take(answer.text)
        return page

    def download(self, url: str) -> bytes:
        """Read a file."""
        response = self._read(url)
        if response.status_code != 200:
            raise SelftestFailed(f"a download answered {_page(response).describe()}")
        return response.content

    def submit(self, form: Form) -> Page:
        """Send a form once. Raises Interrupted when nobody knows whether it arrived."""
        if form.method == "get":
            return self.open(str(httpx.URL(form.action, params=form.values)))
        while True:
            try:
                response = self._post(form)
            except httpx.TransportError as problem:
                raise Interrupted(str(problem)) from problem
            if response.status_code not in BUSY:
                return _page(response)
            if response.status_code != 429:
                raise Interrupted(f"HTTP {response.status_code}")
            self._wait_as_told(response)

    def follow(self, page: Page, label: str) -> Page:
        """Press the button or link with this label, whichever it is."""
        url = page.link(label)
        return self.open(url) if url else self.submit(page.form(label))

    def _post(self, form: Form) -> httpx.Response:
        data: dict[str, list[str]] = {}
        for name, value in form.values:
            data.setdefault(name, []).append(value)
        files = [
            (upload.field, (upload.name, upload.data, upload.media_type)) for upload in form.uploads
        ]
        return self._client.post(form.action, data=data, files=files or None)

    def _read(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        while True:
            try:
                response = self._client.get(url, headers=headers)
            except httpx.TransportError:
                self.patience.sleep(RETRY_SECONDS, "the web app to answer")
                continue
            if response.status_code not in BUSY:
                return response
            self._wait_as_told(response)

    def _wait_as_told(self, response: httpx.Response) -> None:
        told = response.headers.get("Retry-After", "")
        seconds = float(told) if told.isdigit() else RETRY_SECONDS
        self.patience.sleep(max(seconds, RETRY_SECONDS), f"the end of HTTP {response.status_code}")


def _page(response: httpx.Response) -> Page:
    page = Page(str(response.url), response.status_code, response.text)
    if response.status_code >= 500:
        raise SelftestFailed(f"the web app broke on {page.describe()}")
    return page
