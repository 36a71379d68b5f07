"""What goes wrong is said in words."""

import json

from page import Keys, PageTest


class ErrorTest(PageTest):
    def test_a_refusal_is_shown(self):
        self.expected_log = ("400",)
        self.open(index="demo", q="x", pipeline="bm26")
        self.until(lambda: "bm26" in self.text("#problem"))
        self.assertIn("no stage", self.text("#problem"))
        self.assertEqual(self.one("#problem").get_attribute("role"), "alert")

    def test_an_unknown_index(self):
        self.open(index="none")
        self.until(lambda: "no index named none" in self.text("#problem"))

    def test_busy_waits_and_tries_again(self):
        self.expected_log = ("503",)
        busy = (
            503,
            {"Retry-After": "1", "Content-Type": "application/json"},
            json.dumps({"error": {"code": "overloaded", "message": "too many requests wait"}}).encode(),
        )
        self.site.front.plan = [busy]
        self.open(base=self.site.front.base, index="demo", q="network")
        self.until(lambda: "too many requests wait" in self.text("#problem"))
        self.until(lambda: "Trying again in" in self.text("#problem"))
        self.until(lambda: self.titles())
        self.assertEqual(self.text("#problem"), "")

    def test_busy_for_long_is_left_to_the_reader(self):
        self.expected_log = ("503",)
        self.site.front.plan = [(503, {"Retry-After": "1"}, b"") for _ in range(4)]
        self.open(base=self.site.front.base, index="demo", q="network")
        self.until(lambda: not self.site.front.plan)
        self.until(lambda: self.text("#problem") and "Trying again in" not in self.text("#problem"))
        self.assertIn("too much to do", self.text("#problem"))
        self.one("#problem button").click()
        self.until(lambda: self.titles())

    def test_an_answer_that_is_no_json(self):
        self.site.front.plan = [(200, {"Content-Type": "text/html"}, b"<h1>proxy</h1>")]
        self.open(base=self.site.front.base, index="demo", q="network")
        self.until(lambda: "could not be read" in self.text("#problem"))

    def test_a_server_that_is_gone(self):
        self.expected_log = ("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
        from site_under_test import Front

        front = Front(self.site.base)
        self.open(base=front.base, index="demo", q="network")
        self.until(lambda: self.titles())
        front.stop()
        self.one("#query").send_keys(" cable", Keys.ENTER)
        self.until(lambda: "does not answer" in self.text("#problem"))
        self.assertEqual(self.one("#problem button").text, "Try again")
        self.assertEqual(self.titles(), [])

    def test_a_key_is_asked_for_and_kept_in_the_tab(self):
        self.expected_log = ("401",)
        self.open(base=self.site.locked, index="demo", q="network")
        self.until(lambda: "asks for a key" in self.text("#problem"))
        self.assertEqual(self.focused(), "key")
        self.type("wrong-key-of-no-use", Keys.ENTER)
        self.until(lambda: "does not know this key" in self.text("#problem"))
        self.type("clé ✓", Keys.ENTER)
        self.until(lambda: "characters" in self.text("#problem"))
        self.type(self.site.key, Keys.ENTER)
        self.until(lambda: self.titles())
        self.assertEqual(
            self.script("return [sessionStorage.length, localStorage.length, document.cookie]"), [1, 0, ""]
        )
        self.assertNotIn(self.site.key, self.driver.current_url)
        self.driver.refresh()
        self.until(lambda: self.titles())
        self.one("#forget-key").click()
        self.until(lambda: "asks for a key" in self.text("#problem"))
        self.assertEqual(self.script("return sessionStorage.length"), 0)
