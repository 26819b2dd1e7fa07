"""The page as a browser shows it: what it does, asks for, and refuses."""

import json
from pathlib import Path

import pytest

import costcalc
from costcalc.cli import run
from costcalc.errors import CostcalcError

pytestmark = pytest.mark.browser

HOSTILE = (
    "</script><script>window.alive=1</script><img src=x onerror=window.alive=1>\"'&\u2028\u202e\x07"
)


def page_of(folder: Path, *arguments: str) -> str:
    path = folder / "page.html"
    assert run(["view", *arguments, "-o", str(path)]) == 0
    return path.as_uri()


class Opened:
    """A page in a tab, with what it asked for and what went wrong in it."""

    def __init__(self, tab, address: str) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("console", lambda message: self.errors.append(message.text))
        tab.goto(address)
        tab.wait_for_selector("tbody tr")
        self.tab = tab

    def texts(self, selector: str) -> list[str]:
        return self.tab.locator(selector).all_inner_texts()

    def set(self, name: str, text: str) -> None:
        field = self.tab.get_by_label(name, exact=True).first
        field.fill(text)
        field.press("Enter")


@pytest.fixture(scope="module")
def shown(chromium, tmp_path_factory):
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    return Opened(tab, page_of(tmp_path_factory.mktemp("page"), "mobilenet_v2"))


def test_the_sliders_give_what_analyze_gives(shown):
    shown.set("alpha", "6/7")
    shown.set("resolution", "160")
    totals = costcalc.load("mobilenet_v2").cost(alpha="6/7", resolution=160).totals
    macs, params, peak = shown.texts("#totals dd")
    assert (macs, params) == (f"{totals.macs:,}", f"{totals.params:,}")
    assert peak == f"{totals.peak_memory:,} B"


def test_what_is_no_setting_is_marked_and_changes_nothing(shown):
    before = shown.texts("#totals dd")
    field = shown.tab.get_by_label("resolution", exact=True).first
    for text in ("0", "1.5", "x", "-3"):
        shown.set("resolution", text)
        assert field.get_attribute("aria-invalid") == "true"
    assert shown.texts("#totals dd") == before
    shown.set("resolution", "224")
    assert field.get_attribute("aria-invalid") == "false"


def test_the_page_asks_for_nothing_and_has_no_error(shown):
    assert len(shown.requests) == 1
    assert shown.errors == []


def test_no_request_leaves_even_where_a_script_tries(shown):
    tried = shown.tab.evaluate(
        "fetch('https://example.org').then(() => 'answered', (error) => 'refused')"
    )
    assert tried == "refused"
    shown.errors.clear()  # the browser says in the console why


def test_arrow_keys_walk_and_fold_the_table(shown):
    tab = shown.tab
    tab.locator("tbody tr").first.focus()
    tab.keyboard.press("ArrowDown")
    row = tab.locator("tr:focus")
    assert row.get_attribute("aria-expanded") == "false"
    tab.keyboard.press("ArrowRight")
    assert tab.locator("tr:focus").get_attribute("aria-expanded") == "true"
    tab.keyboard.press("ArrowDown")
    assert tab.locator("tr:focus").get_attribute("aria-level") == "2"
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    assert tab.locator("tr:focus").get_attribute("aria-expanded") == "false"


def test_a_layer_has_its_formula_with_numbers_and_its_line(shown):
    shown.set("alpha", "1")
    shown.tab.get_by_label("Filter layers").fill("conv_bn_act_1.conv2d")
    shown.tab.locator("tbody tr").first.hover()
    said = shown.tab.locator("#layer").inner_text()
    shown.tab.get_by_label("Filter layers").fill("")
    assert "D_K²·M·N·D_F² = 3²·3·32·112²" in said
    assert "10,838,016" in said
    assert "mobilenet_v2.yaml (shipped):12" in said


def test_a_column_sorts(shown):
    shown.tab.get_by_role("button", name="MACs", exact=True).click()
    first = shown.tab.locator("tbody tr").first.locator("td").nth(3).inner_text()
    heads = shown.tab.locator("th[aria-sort=descending]").all_inner_texts()
    shown.tab.get_by_role("button", name="MACs").first.click()
    assert first == "29,202,432"
    assert heads == ["MACs ↓"]


def test_memory_follows_the_sliders(shown):
    shown.set("resolution", "224")
    shown.set("alpha", "0.5")
    shown.tab.keyboard.press("Escape")
    shown.tab.get_by_label("Metric of the last column").select_option("traffic")
    totals = costcalc.load("mobilenet_v2").cost(alpha="0.5").totals
    shown.tab.locator("h1").hover()
    said = shown.tab.locator("#layer").inner_text()
    for name in ("arena", "flash", "traffic"):
        assert f"{name}\n{totals[name]:,} B" in said
    assert shown.texts("thead th")[-1] == "traffic"
    shown.tab.get_by_label("Metric of the last column").select_option("peak_memory")
    shown.set("alpha", "1")


def test_switches_and_lists_are_sliders_too(chromium, tmp_path):
    tab = chromium.new_page()
    shown = Opened(tab, page_of(tmp_path, "repvgg"))
    tab.locator("#knobs summary").click()
    tab.get_by_label("deployed").check()
    shown.set("depths[2]", "5")
    totals = costcalc.load("repvgg").cost(deployed=True, depths=[2, 4, 5, 1]).totals
    assert shown.texts("#totals dd")[1] == f"{totals.params:,}"
    assert shown.errors == []
    tab.close()


def test_budgets_are_over_where_the_sliders_go_beyond(shown):
    shown.set("alpha", "1.4")
    assert "over 301M" in " ".join(shown.texts("#totals div"))
    shown.set("alpha", "1")
    assert "of 301M" in " ".join(shown.texts("#totals div"))


def test_each_budget_says_where_it_stands(shown):
    assert "mobilenet_v2.yaml (shipped):25" in shown.tab.locator("#charts").inner_text()


def test_a_param_that_counts_copies_has_no_arena_where_it_moved(chromium, tmp_path):
    path = tmp_path / "net.yaml"
    item = "- conv2d: {out_channels: 3, kernel_size: 1, repeat: depth}"
    path.write_text(f"input: [3, 8, 8]\nparams: {{depth: 2}}\nlayers:\n  {item}\n")
    shown = Opened(chromium.new_page(), page_of(tmp_path, str(path)))
    said = shown.tab.locator("#layer")
    assert "arena\n384 B" in said.inner_text()
    shown.tab.locator("#knobs summary").click()
    shown.set("depth", "3")
    assert "arena: not planned where a param counts copies" in said.inner_text()


def test_a_pool_whose_stride_is_its_kernel_has_a_row(chromium, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("input: [3, 8, 8]\nlayers: [avg_pool2d: {kernel_size: 2}]\n")
    shown = Opened(chromium.new_page(), page_of(tmp_path, str(path)))
    assert "2×2" in shown.texts("tbody td")
    assert shown.errors == []


def test_a_setting_without_a_network_says_why(chromium, tmp_path):
    shown = Opened(chromium.new_page(), page_of(tmp_path, "alexnet"))
    shown.set("resolution", "20")
    assert "No network at this setting" in shown.tab.locator("#notice").inner_text()
    shown.set("resolution", "224")
    assert shown.tab.locator("#notice").inner_text() == ""


def test_texts_of_a_network_stay_texts(chromium, tmp_path):
    name = json.dumps(HOSTILE)
    path = tmp_path / "net.yaml"
    path.write_text(
        f"name: {name}\nsource: {name}\ninput: [3, 32, 32]\nparams: {{width: 8}}\nlayers:\n"
        f"  - conv2d: {{out_channels: width, kernel_size: 3}}  # {HOSTILE[:60]}\n"
        f"published: [{{source: {name}, macs: 1k, top1: 50}}]\n",
        encoding="utf-8",
    )
    shown = Opened(chromium.new_page(), page_of(tmp_path, str(path)))
    shown.tab.locator("tbody tr").first.hover()
    assert shown.tab.evaluate("window.alive") is None
    assert shown.tab.locator("img, iframe, a, object").count() == 0
    assert "</script><script>" in shown.tab.locator("h1").inner_text()
    assert "\u202e" not in shown.tab.content()
    assert shown.errors == []


def test_comparing_shows_what_grew(chromium, tmp_path):
    old = costcalc.load("mobilenet").file.text
    path = tmp_path / "wide.yaml"
    path.write_text(old.replace("out_channels: 128", "out_channels: 144"), encoding="utf-8")
    address = page_of(tmp_path, f"{path}:mobilenet", "--compare", "mobilenet")
    shown = Opened(chromium.new_page(viewport={"width": 1280, "height": 900}), address)
    assert shown.errors == []
    row = shown.tab.locator("tr", has_text="depthwise_separable_2").first
    assert "+3,211,264" in row.inner_text()
    third = shown.tab.locator("tr", has_text="depthwise_separable_3").first
    assert "+100,352" in third.inner_text()  # of its peak memory
    shown.tab.get_by_label("Filter layers").fill("depthwise_separable_2.conv_bn_act.conv2d")
    assert "edited" in shown.tab.locator("tbody tr").first.inner_text()


def test_removed_layers_are_a_block_where_they_stood(chromium, tmp_path):
    layers = ["- conv2d: {out_channels: 4, kernel_size: 1}", "- relu", "- dropout: {p: 0.5}"]
    for name, items in (("old", [layers[0], *layers, layers[0]]), ("new", [layers[0]] * 2)):
        text = "\n  ".join(["input: [4, 8, 8]\nlayers:", *items])
        (tmp_path / f"{name}.yaml").write_text(text + "\n", encoding="utf-8")
    names = (str(tmp_path / "new.yaml"), "--compare", str(tmp_path / "old.yaml"))
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    shown = Opened(tab, page_of(tmp_path, *names))
    row = tab.locator("tr.removed")
    assert row.count() == 1
    said = row.inner_text()
    assert "3 layers removed" in said
    assert "−1,024" in said
    row.click()
    assert tab.locator("tr.removed").count() == 4
    tab.keyboard.press("ArrowLeft")
    assert tab.locator("tr.removed").count() == 1
    shown.set("alpha", "2")
    assert "−4,096" in tab.locator("tr.removed").inner_text()
    assert shown.errors == []
    tab.close()


def test_a_report_of_check_shows_its_verdicts(chromium, tmp_path):
    path = tmp_path / "report.html"
    assert run(["check", "mobilenet", "--max", "macs=1M", "--format", f"html:{path}"]) == 1
    shown = Opened(chromium.new_page(), path.as_uri())
    assert shown.errors == []
    assert "over the limit of 1,000,000" in shown.tab.locator("#report").inner_text()
    assert shown.texts("#totals dd")[0] == "568,740,352"


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 800, 1280, 2000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width(width, scheme, chromium, tmp_path):
    tab = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    shown = Opened(tab, page_of(tmp_path, "mobilenet_v2"))
    shown.tab.evaluate("toggleAll()")
    assert shown.tab.evaluate("document.documentElement.scrollWidth") <= width
    low = shown.tab.evaluate(CONTRAST)
    assert low == []
    tab.close()


CONTRAST = """() => {
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (text) => {
    const linear = (x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = channels(text).map((x) => linear(x / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (!color.endsWith(", 0)")) return color;
    }
    return "rgb(255, 255, 255)";
  };
  return [...document.querySelectorAll("h1, h2, dt, dd, small, td, th, label, p, code, text")]
    .filter((node) => node.textContent.trim())
    .map((node) => {
      const style = getComputedStyle(node);
      const own = node instanceof SVGElement ? style.fill : style.color;
      const pair = [light(own), light(ground(node))].sort((a, b) => a - b);
      return [node.tagName, node.textContent.slice(0, 20), (pair[1] + 0.05) / (pair[0] + 0.05)];
    })
    .filter(([, , ratio]) => ratio < 4.5);
}"""


@pytest.mark.slow
def test_a_slider_step_takes_two_milliseconds(shown):
    steps = shown.tab.evaluate("""() => {
      const range = document.querySelector("input[type=range]");
      return Array.from({ length: 120 }, (_, i) => {
        const start = performance.now();
        range.value = 40 + i;
        range.dispatchEvent(new Event("input"));
        return performance.now() - start;
      }).sort((a, b) => a - b);
    }""")
    assert steps[30] <= 2  # the quickest quarter: the machine may be busy


@pytest.mark.slow
def test_ten_thousand_layers_scroll(chromium, tmp_path):
    path = tmp_path / "long.yaml"
    item = "  - conv_bn_act: {out_channels: 8, kernel_size: 3, repeat: 3400}\n"
    path.write_text(f"input: [3, 32, 32]\nlayers:\n{item}", encoding="utf-8")
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    shown = Opened(tab, page_of(tmp_path, str(path)))
    tab.evaluate("toggleAll()")
    frames = tab.evaluate("""() => Array.from({ length: 60 }, (_, i) => {
        const start = performance.now();
        scrollTo(0, 4000 + i * 200);
        view();
        document.body.offsetHeight;
        return performance.now() - start;
      }).sort((a, b) => a - b)""")
    assert tab.evaluate("rows.length") > 10_000
    assert tab.locator("tbody tr").count() < 120
    assert frames[15] <= 16
    assert shown.errors == []


def test_on_paper_it_says_its_settings_and_is_light(chromium, tmp_path):
    tab = chromium.new_page(viewport={"width": 700, "height": 900}, color_scheme="dark")
    shown = Opened(tab, page_of(tmp_path, "mobilenet_v2"))
    shown.set("alpha", "0.75")
    tab.evaluate("toggleAll()")
    tab.emulate_media(media="print", color_scheme="dark")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.texts("#settings span")[:2] == ["alpha 0.75", "resolution 224"]
    assert not tab.locator("form").is_visible()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.locator("tbody tr").count() == tab.evaluate("rows.length") > 150
    cells = tab.locator("td.output").evaluate_all(
        "(all) => all.map((td) => td.scrollWidth - td.clientWidth)"
    )
    assert max(cells) == 0
    tab.close()


def test_on_a_narrow_screen_what_is_said_of_a_layer_goes_away_again(chromium, tmp_path):
    tab = chromium.new_page(viewport={"width": 360, "height": 800})
    Opened(tab, page_of(tmp_path, "mobilenet_v2"))
    said = tab.locator("#layer h2")
    tab.locator("tbody tr").first.focus()
    assert said.inner_text() == "conv_bn_act_1"
    tab.keyboard.press("Escape")
    assert said.inner_text() == "MobileNetV2"
    tab.locator("tbody tr").first.click()
    tab.locator("#layer").click()
    assert said.inner_text() == "MobileNetV2"
    tab.close()


def test_the_page_of_mobilenet_v2_is_small(tmp_path):
    page_of(tmp_path, "mobilenet_v2")
    assert (tmp_path / "page.html").stat().st_size <= 30_000


def test_a_network_that_is_faulty_makes_no_page(tmp_path):
    with pytest.raises(CostcalcError):
        costcalc.load("mobilenet").cost(resolution=0).view()
