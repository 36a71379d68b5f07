"""Searching, filters, facets, pages, and the address."""

import json

from page import Keys, PageTest, QUESTION
from site_under_test import STEAM_IDS


class SearchTest(PageTest):
    def test_a_question_is_answered_as_the_server_does(self):
        self.open(index="demo")
        self.until(lambda: self.one("#welcome").is_displayed())
        self.one("#query").send_keys(QUESTION, Keys.ENTER)
        self.until(lambda: len(self.titles()) == 10)
        answer = self.ask_server(query=QUESTION, k=10, highlight=True)
        self.assertEqual(self.titles(), [hit["id"] for hit in answer["hits"]])
        self.assertFalse(self.one("#welcome").is_displayed())
        self.assertRegex(self.text("#status"), r"^Hits 1 to 10, in [\d.]+ ms$")
        self.assertEqual(self.fields()["q"], QUESTION)
        self.assertIn(QUESTION, self.driver.title)
        marks = self.script(
            "return [...document.querySelectorAll('.hit:first-child .text mark')].map((one) => one.textContent)"
        )
        first = answer["hits"][0]
        characters = list(first["text"])
        self.assertTrue(marks)
        if len(characters) <= 420:
            self.assertEqual(marks, ["".join(characters[start:end]) for start, end in first["highlights"]])
            self.assertEqual(self.text(".hit:first-child .text"), first["text"])

    def test_stages_have_their_times(self):
        self.search()
        stages = self.script("return [...document.querySelectorAll('.timing li')].map((one) => one.textContent)")
        for name in ("BM25", "TILDEv2", "ColBERT"):
            self.assertTrue(any(one.startswith(name) and one.endswith("ms") for one in stages), stages)
        widths = self.script(
            "return [...document.querySelectorAll('.part')].map((one) => one.getBoundingClientRect().width)"
        )
        self.assertEqual(len(widths), len(stages))
        self.assertGreater(sum(widths), 100)

    def test_another_pipeline(self):
        self.search()
        self.script(
            "const one = document.getElementById('pipeline'); one.value = 'bm25:1000'; one.dispatchEvent(new Event('change'))"
        )
        self.until(lambda: "ColBERT" not in self.text(".timing"))
        self.assertEqual(self.fields()["pipeline"], "bm25:1000")
        self.assertEqual(
            self.titles(), [hit["id"] for hit in self.ask_server(query=QUESTION, pipeline="bm25:1000")["hits"]]
        )

    def test_a_pipeline_written_out(self):
        self.search()
        self.script(
            "const one = document.getElementById('pipeline'); one.value = 'written'; one.dispatchEvent(new Event('change'))"
        )
        self.assertEqual(self.focused(), "pipeline-text")
        self.type("bm25:50,colbert:5:rrf", Keys.ENTER)
        self.until(lambda: self.fields().get("pipeline") == "bm25:50,colbert:5:rrf")
        self.until(lambda: "TILDEv2" not in self.text(".timing"))
        self.driver.refresh()
        self.until(lambda: self.titles())
        self.assertEqual(self.one("#pipeline-text").get_attribute("value"), "bm25:50,colbert:5:rrf")

    def test_facets_narrow_and_widen(self):
        self.search()
        self.until_facets()
        legends = [one.text for one in self.all(".facet legend")]
        self.assertEqual(sorted(legends), ["free", "kinds", "topic"])  # A year is no word, an address neither.
        label = self.all(".facet")[legends.index("topic")].find_element("css selector", "label")
        value, count = (
            label.find_element("css selector", ".value").text,
            label.find_element("css selector", ".count").text,
        )
        label.click()
        self.until(lambda: self.all("#conditions li"))
        self.settle()
        self.assertEqual(json.loads(self.fields()["filter"]), {"topic": value})
        answer = self.ask_server(query=QUESTION, filter={"topic": value}, k=10)
        self.assertEqual(self.titles(), [hit["id"] for hit in answer["hits"]])
        self.assertEqual(len(self.titles()), min(10, int(count)))
        self.assertEqual(self.one("#conditions button").accessible_name, f"Remove the filter topic is {value}")
        self.one("#conditions button").click()
        self.until(lambda: "filter" not in self.fields())
        self.until(lambda: len(self.titles()) == 10)

    def test_two_values_of_a_facet_are_alternatives(self):
        self.search(filter=json.dumps({"topic": {"in": ["drawing", "photographs"]}}), size=50)
        self.until_facets()
        boxes = self.script(
            "return [...document.querySelectorAll('.facet li')].filter((one) => one.querySelector('input').checked).map((one) => one.querySelector('.value').textContent)"
        )
        self.assertEqual(sorted(boxes), ["drawing", "photographs"])

    def test_a_condition_of_ones_own(self):
        self.search()
        self.until_facets()
        self.script("document.querySelector('.more').open = true")
        self.one("#field").send_keys("year")
        self.one("#operator").send_keys("at least")
        self.one("#value").send_keys("2010", Keys.ENTER)
        self.until(lambda: "filter" in self.fields())
        self.assertEqual(json.loads(self.fields()["filter"]), {"year": {"gte": 2010}})
        self.settle()
        years = self.script(
            "return [...document.querySelectorAll('.metadata div')].filter((one) => one.querySelector('dt').textContent === 'year').map((one) => Number(one.querySelector('dd').textContent))"
        )
        self.assertTrue(years)
        self.assertGreaterEqual(min(years), 2010)
        self.until(lambda: self.text("#conditions") == "year at least 2010×")
        # A second one joins the first.
        self.script("document.querySelector('.more').open = true")
        self.one("#field").send_keys("free")
        self.one("#value").send_keys("true", Keys.ENTER)
        self.until(lambda: json.loads(self.fields()["filter"]) == {"year": {"gte": 2010}, "free": True})
        self.until(lambda: len(self.all("#conditions li")) == 2)

    def test_whole_numbers_keep_their_digits(self):
        self.open(index="players", q="profile")
        self.until(lambda: len(self.titles()) == 3)
        shown = "return [...document.querySelectorAll('.metadata dd')].map((one) => one.textContent)"
        listed = json.dumps(STEAM_IDS, separators=(",", ":"))
        self.assertEqual(sorted(self.script(shown)), sorted([listed] * 3 + [str(one) for one in STEAM_IDS]))
        # As a condition that is written out, from the address, and as JSON.
        self.script("document.querySelector('.more').open = true")
        self.one("#field").send_keys("steam_id")
        self.one("#value").send_keys(str(STEAM_IDS[1]), Keys.ENTER)
        self.until(lambda: self.titles() == ["player 1"])
        self.assertEqual(self.fields()["filter"], '{"steam_id":%d}' % STEAM_IDS[1])
        self.assertIn(f"steam_id is {STEAM_IDS[1]}", self.text("#conditions"))
        self.open(index="players", q="profile", filter='{"steam_id":{"gt":%d}}' % STEAM_IDS[1])
        self.until(lambda: self.titles() == ["player 2"])
        self.until(lambda: str(STEAM_IDS[1]) in self.one("#raw-filter").get_attribute("value"))

    def test_what_is_being_written_and_the_focus_stay(self):
        self.search()
        self.script("document.querySelector('.more').open = true; document.getElementById('field').focus()")
        self.type("yea")
        self.until_facets()
        self.assertEqual([self.focused(), self.one("#field").get_attribute("value")], ["field", "yea"])
        # A ticked box keeps the focus though all boxes are made anew with other counts.
        self.script("window.box = document.querySelector('.facet input'); box.focus(); box.click()")
        self.until(lambda: self.script("return !box.isConnected"))
        self.settle()
        self.assertEqual(
            self.script(
                "return [document.activeElement.type, document.activeElement.checked, document.activeElement.dataset.key === box.dataset.key]"
            ),
            ["checkbox", True, True],
        )
        self.one("#conditions button").send_keys(Keys.ENTER)
        self.until(lambda: not self.all("#conditions li"))
        self.assertEqual(self.focused(), "results")

    def test_a_filter_as_json(self):
        self.search()
        self.until_facets()
        nested = {"or": [{"topic": "drawing"}, {"not": {"year": {"lt": 2015}}}]}
        self.script("document.querySelector('.raw').open = true")
        self.one("#raw-filter").send_keys("{nonsense")
        self.one(".raw button").click()
        self.assertIn("not JSON", self.text("#raw-problem"))
        self.assertEqual(self.one("#raw-filter").get_attribute("aria-invalid"), "true")
        self.script("document.getElementById('raw-filter').value = arguments[0]", json.dumps(nested))
        self.one(".raw button").click()
        self.until(lambda: json.loads(self.fields().get("filter", "{}")) == nested)
        self.settle()
        self.assertEqual(self.titles(), [hit["id"] for hit in self.ask_server(query=QUESTION, filter=nested)["hits"]])
        self.assertEqual(self.text("#conditions span"), "×")
        self.assertEqual(self.text("#conditions").rstrip("×"), json.dumps(nested, separators=(",", ":")))
        self.assertTrue(self.script("return document.querySelector('.raw').open"))

    def test_pages(self):
        self.search()
        first = self.titles()
        self.script("[...document.querySelectorAll('#pages button')].at(-1).click()")
        self.until(lambda: self.titles() and self.titles()[0] not in first)
        self.assertEqual(self.fields()["page"], "2")
        answer = self.ask_server(query=QUESTION, k=10, offset=10)
        self.assertEqual(self.titles(), [hit["id"] for hit in answer["hits"]])
        self.assertEqual(self.text(".rank"), "11")
        self.assertIn("Hits 11 to 20", self.text("#status"))
        self.assertEqual(self.script("return document.querySelector('ol.hits').start"), 11)
        self.driver.back()
        self.until(lambda: self.titles() == first)
        self.assertNotIn("page", self.fields())
        self.driver.forward()
        self.until(lambda: self.titles() and self.titles() != first)

    def test_back_restores_question_and_controls(self):
        self.search()
        box = self.one("#query")
        box.clear()
        box.send_keys("repairing damaged photographs", Keys.ENTER)
        self.until(lambda: self.fields()["q"] != QUESTION)
        self.driver.back()
        self.until(lambda: box.get_attribute("value") == QUESTION)
        self.until(lambda: self.titles()[0] == self.ask_server(query=QUESTION, k=1)["hits"][0]["id"])

    def test_an_address_says_everything(self):
        state = {"size": "20", "pipeline": "bm25:1000", "vs": "", "filter": json.dumps({"free": True})}
        self.search(**state)
        self.assertEqual(len(self.all(".comparison .side")), 2)
        self.assertEqual(self.one("#pipeline").get_attribute("value"), "bm25:1000")
        self.assertEqual(self.one("#against").get_attribute("value"), "")
        self.assertEqual(self.one("#pages select").get_attribute("value"), "20")

    def test_nothing_found_is_said(self):
        self.open(index="demo", q="zzzzqqq")
        self.until(lambda: "Nothing found" in self.text("#status"))
        self.assertEqual(self.titles(), [])

    def test_long_and_odd_questions(self):
        for question in ('" OR * NEAR(', "ünïcödé 🐦 漢字", "a" * 3000, "'; drop table passages; --"):
            self.open(index="demo", q=question)
            self.until(lambda: self.text("#status") or self.text("#problem"))
            self.assertEqual(self.text("#problem"), "")
            self.assertEqual(self.one("#query").get_attribute("value"), question)
