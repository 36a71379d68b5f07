"""The page in a browser, as tests see it."""

import time
import unittest
import urllib.parse

import selenium.common.exceptions as failures
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import site_under_test

QUESTION = "pictures of a network made from text"
PATIENCE = 20


class PageTest(unittest.TestCase):
    """One browser a class; every test ends with a look at what the browser complained of."""

    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        cls.site = site_under_test.current
        # Policy violations and errors of scripts, from before the page's first script on.
        cls.command(
            "Page.addScriptToEvaluateOnNewDocument",
            source="""
            window.complaints = [];
            addEventListener("securitypolicyviolation", (event) => complaints.push("policy: " + event.violatedDirective + " " + event.blockedURI));
            addEventListener("error", (event) => complaints.push("error: " + event.message));
            addEventListener("unhandledrejection", (event) => complaints.push("rejection: " + event.reason));
        """,
        )

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()

    @classmethod
    def command(cls, name, **arguments):
        return cls.driver.execute_cdp_cmd(name, arguments)

    def setUp(self):
        self.expected_log = ()
        self.resize(1280, 900)
        self.prefer()

    def tearDown(self):
        self.assertEqual(self.script("return window.complaints ?? []"), [])
        log = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        self.assertEqual([line for line in log if not any(text in line for text in self.expected_log)], [])

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def resize(self, width, height=800):
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )

    def prefer(self, **features):
        standard = {"prefers-color-scheme": "light", "prefers-reduced-motion": "no-preference"}
        wanted = standard | {name.replace("_", "-"): value for name, value in features.items()}
        self.command(
            "Emulation.setEmulatedMedia", features=[{"name": name, "value": value} for name, value in wanted.items()]
        )

    def open(self, base=None, **fields):
        self.driver.get((base or self.site.base) + "/?" + urllib.parse.urlencode(fields))
        self.until(lambda: self.script("return document.readyState") == "complete")

    def search(self, **fields):
        """Opens the page with a question and waits for hits."""
        self.open(**({"index": "demo", "q": QUESTION} | fields))
        self.until(lambda: self.titles())
        self.settle()

    def settle(self):
        self.until(
            lambda: self.script("return document.getElementById('results').getAttribute('aria-busy') !== 'true'")
        )

    def until_facets(self):
        """The side is made anew when its counts come."""
        self.until(lambda: self.all(".facet label"))

    def until(self, holds, what="what the test waits for"):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                found = holds()
                if found:
                    return found
            except (failures.StaleElementReferenceException, failures.NoSuchElementException, IndexError):
                pass
            time.sleep(0.05)
        self.fail(
            f"{what} did not come about within {PATIENCE} s; status: {self.text('#status')!r}, "
            f"problem: {self.text('#problem')!r}"
        )

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def titles(self, within="#hits"):
        return self.script(
            "return [...document.querySelectorAll(arguments[0] + ' .title')].map((one) => one.textContent)", within
        )

    def type(self, *keys):
        """Sends keys to whatever has the focus."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def focused(self):
        return self.script("const one = document.activeElement; return one.id || one.className || one.tagName")

    def ask_server(self, index="demo", **body):
        """The server's own answer, to compare the page with."""
        return self.driver.execute_async_script(
            """
            const [index, body, done] = arguments;
            fetch(`/v1/indexes/${index}/search`, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})
                .then((answer) => answer.json()).then(done, (error) => done({error: String(error)}));
        """,
            index,
            body,
        )

    def fields(self):
        """What the address says."""
        return dict(
            urllib.parse.parse_qsl(urllib.parse.urlsplit(self.driver.current_url).query, keep_blank_values=True)
        )


__all__ = ["By", "Keys", "PageTest", "QUESTION"]
