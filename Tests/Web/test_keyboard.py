"""The whole page without a mouse."""

from page import Keys, PageTest, QUESTION


class KeyboardTest(PageTest):
    def test_from_question_to_explanation_and_back(self):
        self.search()
        self.script("document.activeElement.blur()")
        self.type("/")
        self.assertEqual(self.focused(), "query")
        self.type("network diagrams", Keys.ENTER)
        self.until(lambda: self.fields()["q"] == "network diagrams")
        self.until(lambda: self.titles())
        self.settle()
        titles = self.titles()
        self.type(Keys.ARROW_DOWN)
        self.assertEqual(self.script("return document.activeElement.textContent"), titles[0])
        self.type(Keys.ARROW_DOWN)
        self.type(Keys.ARROW_DOWN)
        self.assertEqual(self.script("return document.activeElement.textContent"), titles[2])
        self.type(Keys.ARROW_UP)
        self.type(Keys.ENTER)
        self.until(lambda: self.all(".heatmap rect.pair"))
        self.assertEqual(self.fields()["hit"], titles[1])
        self.assertEqual(self.script("return document.activeElement.getAttribute('aria-expanded')"), "true")
        # Into the picture by Tab, and out of it by Escape.
        for _ in range(30):
            self.type(Keys.TAB)
            if "chip" in self.focused():
                break
        self.assertEqual(self.focused(), "chip")
        self.type(Keys.SPACE)
        self.assertEqual(self.script("return document.activeElement.getAttribute('aria-pressed')"), "true")
        self.type(Keys.ESCAPE)
        self.assertEqual(self.script("return document.activeElement.textContent"), titles[1])
        self.assertEqual(self.script("return document.activeElement.getAttribute('aria-expanded')"), "false")
        self.assertNotIn("hit", self.fields())
        self.type(Keys.ESCAPE)
        self.assertEqual(self.focused(), "query")

    def test_a_slash_can_be_typed(self):
        self.search()
        box = self.one("#query")
        box.clear()
        box.send_keys("tcp/ip")
        self.assertEqual(box.get_attribute("value"), "tcp/ip")

    def test_every_control_shows_its_focus(self):
        self.search(hit=self.first_hit())
        self.until(lambda: self.all(".heatmap rect.pair"))
        self.script(
            "for (const one of document.querySelectorAll('details')) one.open = true; document.body.focus(); scrollTo(0, 0)"
        )
        reached, unseen = set(), []
        for _ in range(120):
            self.type(Keys.TAB)
            place = self.script("""
                const one = document.activeElement, box = one.closest(".box"), shown = getComputedStyle(one.type === "search" ? box : one);
                const size = one.getBoundingClientRect();
                return {name: one.tagName + "." + one.className + "#" + one.id, style: shown.outlineStyle, width: parseFloat(shown.outlineWidth),
                    inView: size.bottom > 0 && size.top < innerHeight, isBody: one === document.body};
            """)
            if place["isBody"]:
                break
            reached.add(place["name"].split(".")[0])
            if place["style"] == "none" or place["width"] < 2 or not place["inView"]:
                unseen.append(place)
        self.assertEqual(unseen, [])
        self.assertLessEqual({"A", "INPUT", "BUTTON", "SELECT", "TEXTAREA", "SUMMARY"}, reached)

    def test_the_skip_link_leads_to_the_results(self):
        self.search()
        self.script("document.activeElement.blur()")
        self.type(Keys.TAB)
        self.assertEqual(self.focused(), "skip")
        self.assertGreaterEqual(self.script("return document.activeElement.getBoundingClientRect().top"), 0)
        self.type(Keys.ENTER)
        self.until(lambda: self.focused() == "results")

    def first_hit(self):
        self.open(index="demo")
        return self.ask_server(query=QUESTION, k=1)["hits"][0]["id"]
