"""Texts, names and addresses that look like markup stay text."""

import json

from page import PageTest
from site_under_test import EVIL_FIELD, EVIL_ID, EVIL_TEXT


class SafetyTest(PageTest):
    def assert_unbroken(self):
        self.assertIsNone(self.script("return window.broken ?? null"))
        self.assertEqual(
            self.script("return [...document.images].map((one) => one.getAttribute('src'))"), ["/assets/icon.svg"]
        )
        self.assertEqual(
            self.script("return [...document.scripts].map((one) => one.getAttribute('src'))"), ["/assets/app.js"]
        )
        self.assertEqual(
            self.script(
                "return [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => /^on/.test(one.name)).length"
            ),
            0,
        )

    def test_passages_and_metadata_are_text(self):
        self.search(index="evil", q="evil wombat")
        self.until(lambda: len(self.titles()) == 2)
        place = self.titles().index("<script>window.broken=8</script>") + 1
        self.assertEqual(self.text(f".hit:nth-child({place}) .text"), EVIL_TEXT)
        self.assertIn(EVIL_FIELD, self.text(f".hit:nth-child({place}) .metadata"))
        self.assertEqual(
            self.script(
                "return [...document.querySelectorAll('.metadata a')].map((one) => new URL(one.href).protocol)"
            ),
            ["https:"],
        )
        for link in self.all(".metadata a"):
            self.assertIn("noopener", link.get_attribute("rel"))
        self.assert_unbroken()

    def test_explanations_are_text(self):
        self.search(index="evil", q="evil script wombat onerror", hit=EVIL_ID)
        self.until(lambda: self.all(".heatmap rect.pair"))
        self.assertIn("script", self.text(".reading"))
        self.assert_unbroken()

    def test_highlights_count_code_points(self):
        self.search(index="evil", q="bold wombat")
        marks = self.script("return [...document.querySelectorAll('mark')].map((one) => one.textContent.toLowerCase())")
        self.assertTrue(marks)
        self.assertLessEqual(set(marks), {"bold", "wombat"})

    def test_facets_and_conditions_are_text(self):
        value = "<img src=x onerror=window.broken=5>"
        for condition, hits in (
            ({EVIL_FIELD: value}, 2),
            ({"__proto__": "wombat"}, 1),
            ({"constructor": "wombat"}, 1),
            ({"or": [{EVIL_FIELD: value}]}, 2),
        ):
            self.search(index="evil", q="evil wombat", filter=json.dumps(condition))
            self.assertEqual(json.loads(self.fields()["filter"]), condition)
            self.assertEqual(len(self.all("#conditions li")), 1)
            self.assertEqual(len(self.titles()), hits, condition)
            self.until(lambda: EVIL_FIELD in self.text("#facets") or hits == 1)
        self.assert_unbroken()

    def test_a_second_condition_keeps_an_odd_first(self):
        self.search(index="evil", q="evil wombat", filter=json.dumps({"__proto__": "wombat", "constructor": "wombat"}))
        self.until_facets()
        self.assertEqual(len(self.all("#conditions li")), 2)
        self.one("#conditions li:last-child button").click()
        self.until(lambda: json.loads(self.fields().get("filter", "{}")) == {"__proto__": "wombat"})

    def test_addresses_are_text(self):
        evil = "<img src=x onerror=window.broken=9>"
        self.expected_log = ("400",)
        self.open(index=evil, q=evil, pipeline=evil, vs=evil, filter=evil, page="<b>", size=evil, hit=evil)
        self.until(lambda: self.text("#problem"))
        self.assertEqual(self.one("#query").get_attribute("value"), evil)
        self.assert_unbroken()
        # The server's own message quotes what it refuses.
        self.open(index="demo", q="x", pipeline=evil)
        self.until(lambda: evil in self.text("#problem"))
        self.assertEqual(self.text("#problem .notice p").count("<img"), 1)
        self.assert_unbroken()

    def test_no_request_leaves_the_server(self):
        self.search()
        names = self.script("return performance.getEntriesByType('resource').map((one) => one.name)")
        self.assertGreater(len(names), 10)
        self.assertEqual([name for name in names if not name.startswith(self.driver.current_url.split("/?")[0])], [])
