"""Files made to hang, exhaust or deceive: refused in a moment, in bounded memory, and named.

Every file goes to a process of its own with a limited address space. The timeout only keeps a hang
from stopping the tests; that no case comes near it is for the benchmarks to watch.
"""

import csv
import io
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest

import costcalc
from costcalc.cli import run

pytest.importorskip("resource", reason="limits are set where the system has them")

ADDRESS_SPACE = 600 << 20
MOST_MEMORY = 200 << 20
HANG = 20
HEAD = "input: [4]\n"

# The peak is VmHWM, which begins anew with the program: what getrusage tells of a child counts the
# memory of the test process, from before the program replaced it.
LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
report = sys.argv.pop(1)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    runpy.run_module("costcalc", run_name="__main__", alter_sys=True)
finally:
    with open("/proc/self/status") as status, open(report, "w") as file:
        file.writelines(line for line in status if line.startswith("VmHWM"))
"""

pytestmark = [
    pytest.mark.slow,  # a process each
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="reads a process's memory from /proc"
    ),
]


class Ended:
    def __init__(self, code, out, err, peak):
        self.code = code
        self.out = out
        self.err = err
        self.peak = peak


@pytest.fixture
def check_bounded(tmp_path):
    """Run costcalc on a text (or on what is there by a name), within limits."""

    def call(text, *options, command="validate", name="net.yaml", stdin=None):
        if text is not None:
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        out, err, peak = (tmp_path / f"{stream}.txt" for stream in ("out", "err", "peak"))
        limited = [sys.executable, "-c", LIMITED, str(ADDRESS_SPACE), str(peak)]
        with out.open("wb") as out_file, err.open("wb") as err_file:
            child = subprocess.Popen(
                [*limited, command, name, *options],
                stdin=stdin or subprocess.DEVNULL,
                stdout=out_file,
                stderr=err_file,
                cwd=tmp_path,
            )
            try:
                code = child.wait(HANG)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                pytest.fail(f"no answer after {HANG} seconds", pytrace=False)
        told = err.read_bytes().decode("utf-8", "replace")
        kilobytes = int(peak.read_text().split()[1]) if peak.exists() else 0
        ended = Ended(code, out.read_bytes(), told, kilobytes << 10)
        assert "costcalc failed" not in told, told[:500]
        assert "Traceback" not in told, told[-500:]
        assert ended.code in (0, 2), told[:500]
        assert 0 < ended.peak < MOST_MEMORY
        return ended

    return call


@pytest.fixture
def check_refused(check_bounded):
    """The same, where nothing but a refusal will do: one that says where, and what is too much."""

    def call(text, message, *options, place=r"net\.yaml:\d+:\d+: ", **more):
        ended = check_bounded(text, *options, **more)
        assert ended.code == 2
        assert ended.out == b""
        assert re.search(place + ".*" + message, ended.err), ended.err[:500]
        assert len(ended.err) < 200_000
        return ended

    return call


def layers(*items):
    return HEAD + "layers:\n" + "".join(f"- {item}\n" for item in items)


def numbered(line, count, start=0):
    return "".join(line.format(i=i, before=i - 1) + "\n" for i in range(start, count))


# Growth


def test_aliases_that_multiply(check_refused):
    text = HEAD + "params:\n  a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
    for before, letter in zip("abcdefgh", "bcdefghi", strict=True):
        text += f"  {letter}: &{letter} [{', '.join(['*' + before] * 10)}]\n"
    check_refused(text + "layers: [relu]\n", r"aliases expand to over [\d,]+ nodes")


def test_aliases_that_multiply_layers(check_refused):
    text = HEAD + "layers:\n- sequence: {layers: &a [relu, relu]}\n"
    for before, letter in zip("abcdefghijklmnopq", "bcdefghijklmnopqr", strict=True):
        inner = ", ".join([f"sequence: {{layers: *{before}}}"] * 2)
        text += f"- sequence: {{layers: &{letter} [{inner}]}}\n"
    check_refused(text, r"[\d,]+ (nodes|levels)")


def test_an_alias_within_what_it_stands_for(check_refused):
    check_refused(HEAD + "layers: &a [relu, sequence: {layers: *a}]\n", "alias")
    check_refused("&a [*a]\n", "alias")
    check_refused("? &a {? *a : 1}\n: 1\n", "alias")


def test_more_nodes_than_a_network_has(check_refused):
    check_refused(layers(*["conv2d: {a: 1, b: 2, c: 3}"] * 60_000), r"[\d,]+ YAML nodes")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1_000_000,
        "[" * 1_000_000 + "]" * 1_000_000,
        "{a: " * 900_000,
        HEAD + "layers: " + "[relu, " * 500_000,
        "- " * 1_000_000,
        HEAD + "layers:\n" + "- " * 1_000_000 + "relu\n",
        "? " * 1_000_000,
        "".join(f"&a{i} [" for i in range(300_000)),
        "!x [" * 900_000,
    ],
    ids=["flow", "closed", "mappings", "layers", "block", "items", "keys", "anchors", "tags"],
)
def test_nesting_a_million_deep(check_refused, text):
    check_refused(text, r"nested more than \d+ levels")


def test_nesting_by_indentation(check_refused):
    deep = "".join(f"{' ' * depth}a:\n" for depth in range(1900))
    check_refused(deep, r"nested more than \d+ levels")


def test_blocks_that_use_each_other_twice(check_refused):
    text = numbered("  b{i}: {{layers: [b{before}, b{before}]}}", 50, 1)
    text = f"{HEAD}blocks:\n  b0: {{layers: []}}\n{text}layers: [b49]\n"
    check_refused(text, r"more than [\d,]+ items")


def test_blocks_whose_branches_fail_twice(check_refused):
    """A fault does not keep the other branches' faults back, but they are not sought forever."""
    text = numbered("  b{i}: {{layers: [add: [[b{before}], [b{before}]]]}}", 25, 1)
    fault = "  b0: {layers: [linear: {out_features: 1 - 1}]}\n"
    check_refused(f"{HEAD}blocks:\n{fault}{text}layers: [b24]\n", "")


def test_a_block_that_contains_itself_through_a_param(check_refused):
    text = (
        HEAD + "blocks: {a: {params: {t}, layers: [$t: {t: t}, $t: {t: t}]}}\nlayers: [a: {t: a}]\n"
    )
    check_refused(text, r"nested more than \d+ deep")


@pytest.mark.parametrize("repeat", ["1000000000", "1e99", "10000 * 100000"])
def test_more_copies_than_a_network_has(check_refused, repeat):
    check_refused(layers(f"relu: {{repeat: {repeat}}}"), r"repeat must be .* from 0 to [\d,]+")


def test_copies_of_copies(check_refused):
    text = layers("sequence: {repeat: 40000, layers: [sequence: {repeat: 40000, layers: []}]}")
    check_refused(text, r"more than [\d,]+ items")
    text = layers("residual: {repeat: 40000, layers: [residual: {repeat: 40000, layers: []}]}")
    check_refused(text, r"more than [\d,]+ items")


@pytest.mark.parametrize(
    "item", ["relu: {when: false}", "relu: {repeat: 0}", "sequence: {layers: [], when: false}"]
)
def test_copies_of_much_that_does_not_run(check_bounded, item):
    inner = "".join(f"  - {item}\n" for _ in range(15_000))
    check_bounded(f"{HEAD}layers:\n- sequence:\n   repeat: 40000\n   layers:\n{inner}")


def test_copies_of_a_block_with_many_params(check_bounded):
    params = numbered("   p{i}: 1", 20_000)
    check_bounded(
        f"{HEAD}blocks:\n u:\n  params:\n{params}  layers: []\nlayers: [u: {{repeat: 40000}}]\n"
    )


def test_copies_of_a_long_list(check_bounded):
    values = ", ".join(["in_channels"] * 15_000)
    block = "blocks: {u: {params: {a}, layers: []}}\n"
    check_bounded(f"{HEAD}{block}layers: [u: {{repeat: 40000, a: [{values}]}}]\n")


def test_copies_of_blocks_that_see_many_params(check_bounded):
    params = numbered(" p{i}: 1", 20_000)
    check_bounded(
        f"{HEAD}params:\n{params}blocks: {{u: {{layers: []}}}}\nlayers: [u: {{repeat: 40000}}]\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("item", ["multiply: {from: [%s]}", "multiply: [%s]"])
def test_copies_of_merges_of_many_maps(check_bounded, item):
    inner = item % ", ".join(["input" if "from" in item else "[]"] * 2000)
    check_bounded(layers(f"sequence: {{repeat: 20000, layers: [{inner}]}}"))


def test_maps_that_double(check_bounded):
    double = "- concat: {{when: false, name: a{i}, from: [a{before}, a{before}]}}"
    check_bounded(layers("relu: {name: a0}") + numbered(double, 50, 1) + "- concat\n")


@pytest.mark.parametrize(
    "use",
    [
        "linear: {out_features: a39}",
        "relu: {when: a39 < 3}",
        "linear: {out_features: a39 + 1}",
        "$a39",
        "conv2d: {out_channels: 1, kernel_size: a39}",
    ],
)
def test_lists_that_hold_each_other_many_times(check_refused, use):
    lists = numbered(" a{i}: [a{before}, a{before}, a{before}, a{before}]", 40, 1)
    check_refused(f"{HEAD}params:\n a0: [1]\n{lists}layers: [{use}]\n", "")


def test_long_names_down_a_deep_tree(check_bounded):
    inner = numbered(
        f" b{{i}}: {{{{layers: [b{{before}}: {{{{name: {'x' * 190}{{i}}}}}}]}}}}", 50, 1
    )
    first = " b0: {layers: [relu: {repeat: 40000}]}\n"
    check_bounded(f"{HEAD}blocks:\n{first}{inner}layers: [b49]\n")


def test_variants_of_a_large_network(check_bounded):
    variants = numbered(" v{i}:", 2000)
    check_bounded(f"{HEAD}variants:\n{variants}layers: [relu: {{repeat: 40000}}]\n")


def test_variants_with_as_many_published_figures(check_bounded):
    variants, figures = numbered(" v{i}:", 15_000), "- {macs: 1M}\n" * 15_000
    check_bounded(f"{HEAD}variants:\n{variants}published:\n{figures}layers: [relu]\n")


def test_many_defaults_of_a_block_used_often(check_bounded):
    params, defaults = numbered("   p{i}: 1", 5000), numbered("  p{i}: 2", 5000)
    blocks = f"blocks:\n u:\n  params:\n{params}  layers: []\n"
    check_bounded(f"{HEAD}{blocks}defaults:\n u:\n{defaults}layers:\n" + "- u\n" * 15_000)


def test_params_of_params(check_bounded):
    params = numbered(" p{i}: p{before}", 20_000, 1)
    check_bounded(f"{HEAD}params:\n p0: 1\n{params}layers: [relu]\n")
    inner = params.replace(" p", "   p", 1).replace("\n p", "\n   p")
    check_bounded(f"{HEAD}blocks:\n u:\n  params:\n   p0: 1\n{inner}  layers: []\nlayers: [u]\n")


# Many faults


@pytest.mark.parametrize(
    "text",
    [
        layers(*["rleu"] * 90_000),
        layers(*["conv2d: {kernel: 1, strid: 3}"] * 20_000),
        layers(*[f"relu: {{name: n{i}, from: m{i}}}" for i in range(15_000)]),
        layers(*["relu: {name: x}"] * 30_000),
        f"{HEAD}params:\n{numbered(' p{i}: q{i}', 20_000)}layers: [relu]\n",
        HEAD + "layers: [relu]\nparams:\n" + " a: 1\n" * 40_000,
        HEAD + "layers: [relu]\n" + "".join(f"key{i}: 1\n" for i in range(40_000)),
    ],
    ids=["layers", "keys", "from", "names", "params", "duplicates", "top"],
)
def test_faults_by_the_thousand(check_refused, text):
    check_refused(text, "")


def test_a_block_of_many_params_that_nobody_gives(check_refused):
    params = numbered("   p{i}:", 5000)
    check_refused(
        f"{HEAD}blocks:\n u:\n  params:\n{params}  layers: []\nlayers:\n" + "- u\n" * 15_000, ""
    )


# Large numbers


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("9**9**9**9", r"only \+ - \* / // %"),
        ("9 * 9 ** 999999999", r"only \+ - \* / // %"),
        ("1e999999999", "100 digits"),
        ("1e-999999999", "100 digits"),
        ("1 + 1e999999999", "100 digits"),
        ("9" * 3_000_000, "100 digits"),
        ("0." + "9" * 3_000_000, "100 digits"),
        ("1e" + "9" * 3_000_000, "100 digits"),
        ("1 << 99999999999", r"only \+ - \* / // %"),
        ("\"'a' * 999999999999\"", "no meaning"),
        ('"[1] * 999999999999"', "numbers"),
        ("a" * 3_000_000, "characters"),
        ('"' + "(" * 900 + '"', "expression"),
        ('"' + "(" * 3_000_000 + '"', "characters"),
    ],
    ids=lambda text: text[:12],
)
def test_values_without_measure(check_refused, value, message):
    check_refused(layers(f"linear: {{out_features: {value}}}"), message)


def test_numbers_that_grow_from_param_to_param(check_refused):
    params = numbered(" p{i}: p{before} * p{before}", 60, 1)
    check_refused(f"{HEAD}params:\n p0: 10\n{params}layers: [relu]\n", "100 digits")


def test_maps_that_grow(check_refused):
    text = "input: [4, 8, 8]\nlayers:\n- upsample: {scale_factor: 1e90, repeat: 40000}\n"
    check_refused(text, "100 digits")
    check_refused(
        layers("linear: {out_features: in_channels * in_channels, repeat: 40000}"), "100 digits"
    )
    check_refused(layers("concat: {branches: [[], []], repeat: 40000}"), "100 digits")


@pytest.mark.parametrize("format_", ["text", "json", "csv", "markdown"])
def test_the_largest_counts_are_shown(check_bounded, format_):
    """Counts have no bound: hundreds of digits, and more than a binary float can hold."""
    text = dedent("""\
        input: [4, 8, 8]
        layers:
        - upsample: {scale_factor: 1e9, repeat: 10}
        - conv2d: {out_channels: 1e98, kernel_size: 1e98}
        - conv2d: {out_channels: 1e98, kernel_size: 1e98}
        """)
    ended = check_bounded(text, "--format", format_, command="analyze")
    assert ended.code == 0


def test_settings_of_the_command_line(check_refused):
    text = HEAD + "params: {n: 1}\nlayers: [linear: {out_features: n}]\n"
    for value in ("9**9**9", "[" * 100_000, "1e999999999", "&a [*a]", "!!x 3", "{a: b}"):
        check_refused(text, "", "--set", f"n={value}", command="analyze", place="")
    for knob in ("--alpha", "--rho"):
        for value in ("1e999999999", "1/0", "0", "-1", "9" * 100_000, "nan", "1e-999999999"):
            check_refused(text, "", knob, value, command="analyze", place="")


# Files that are none


def test_a_file_of_100_megabytes(check_refused, tmp_path):
    with (tmp_path / "net.yaml").open("wb") as file:
        file.write(b"# ")
        file.truncate(100_000_000)
    check_refused(None, r"larger than [\d,]+ bytes")
    with (tmp_path / "net.yaml").open("rb") as file:
        check_refused(
            None, r"larger than [\d,]+ bytes", name="-", stdin=file, place="<stdin>:1:1: "
        )


def test_a_file_without_an_end(check_refused):
    check_refused(None, "cannot read /dev/zero: it is a device", name="/dev/zero", place="error: ")


def test_an_included_file_without_an_end(check_refused):
    text = HEAD + "include: [/dev/zero]\nlayers: [relu]\n"
    check_refused(text, "/dev/zero leads out of the folder", place=r"net\.yaml:2:11: ")


def test_an_included_file_is_never_standard_input(check_refused):
    check_refused(
        HEAD + "include: ['-']\nlayers: [relu]\n", "no such file", place=r"net\.yaml:2:11: "
    )


def test_files_that_include_each_other_far(check_refused, tmp_path):
    for number in range(200):
        text = f"include: [f{number + 1}.yaml]\n"
        (tmp_path / f"f{number}.yaml").write_text(text, encoding="utf-8")
    check_refused(
        HEAD + "include: [f0.yaml]\nlayers: [relu]\n", r"one another at most \d+ deep", place=""
    )


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (b"", "empty", "1:1"),
        (b"\n\n# nothing\n", "empty", "1:1"),
        (b"---\n...\n", "", r"\d+:1"),
        (b"\xff\xfei\x00n\x00p\x00u\x00t\x00", "0xff is not UTF-8", "1:1"),
        (b"input: [4]\nname: caf\xe9\n", "0xe9 is not UTF-8", "2:10"),
        (b"input: [4]\n\x00layers: [relu]\n", r"U\+0000", "2:1"),
        (b"input: [4]\nname: a\x07b\nlayers: [relu]\n", r"U\+0007", "2:8"),
        (b"input: [4]\nname: \xf0\x9f\x98\x80\x1b[31m\nlayers: [relu]\n", r"U\+001B", "2:8"),
        (b'input: [4]\nname: "\\ud800"\nlayers: [relu]\n', "escape", r"2:\d+"),
        (b"%YAML 9.0\n---\ninput: [4]\n", "not YAML", r"\d+:1"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not", r"1:\d+"),
        (b"PK\x03\x04\x14\x00\x00\x08", "not", r"1:\d+"),
        (b"{" * 40, "not YAML", r"\d+:\d+"),
        (b"just a text\n", "must be a mapping", "1:1"),
        (b"42\n", "must be a mapping", "1:1"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_what_is_no_network(check_refused, data, message, place):
    check_refused(data, message, place=rf"net\.yaml:{place}: ")


def test_what_is_no_file(check_refused, tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    check_refused(None, "is a folder", name="folder.yaml", place="")
    (tmp_path / "mine.yaml").write_text(layers("relu"), encoding="utf-8")
    ended = check_refused(None, "no such file", name="mien.yaml", place="")
    assert "did you mean 'mine.yaml'?" in ended.err
    ended = check_refused(None, "", name="mobilnet", place="")
    assert "did you mean 'mobilenet'?" in ended.err
    (tmp_path / "nowhere.yaml").symlink_to("gone.yaml")
    check_refused(None, "", name="nowhere.yaml", place="")
    (tmp_path / "circle.yaml").symlink_to("circle.yaml")
    check_refused(None, "", name="circle.yaml", place="")
    check_refused(None, "", name="a" * 5000 + ".yaml", place="")


# Long texts


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        layers(f"relu: {{name: {'a' * 3_000_000}}}"),
        layers("a" * 3_000_000),
        layers(f"${'a' * 3_000_000}"),
        layers(f"relu: {{? {'a' * 3_000_000} : 3}}"),
        layers(f"relu: {{from: {'a' * 3_000_000}}}"),
        f"? {'a' * 3_000_000}\n: 1\n" + layers("relu"),
        f"{HEAD}alpha: {'a' * 3_000_000}\nlayers: [relu]\n",
        f"{HEAD}rounding: {'a' * 3_000_000}\nlayers: [relu]\n",
        f"{HEAD}include: [{'a' * 3_000_000}]\nlayers: [relu]\n",
        f"{HEAD}params: {{? {'a' * 3_000_000} : 1}}\nlayers: [relu]\n",
        f"{HEAD}blocks: {{? {'a' * 3_000_000} : {{}}}}\nlayers: [relu]\n",
        f"{HEAD}published: [{{macs: {'1' * 1_500_000}{' ' * 1_500_000}!}}]\nlayers: [relu]\n",
        f"{HEAD}published: [{{variant: {'a' * 3_000_000}}}]\nlayers: [relu]\n",
        f"{HEAD}layers: [!{'a' * 3_000_000} relu]\n",
        f"{HEAD}layers: [*{'a' * 3_000_000}]\n",
        f"input: [{'9' * 3_000_000}]\nlayers: [relu]\n",
    ],
    ids=lambda text: re.sub(r"(\w)\1{50,}", r"\1..", text[:40] + text[-40:])[:30],
)
def test_a_message_does_not_repeat_a_long_text(check_refused, text):
    ended = check_refused(text, "")
    assert len(ended.err) < 5000


@pytest.mark.parametrize(
    "text",
    [
        f"name: {'a' * 3_000_000}\n" + layers("relu"),
        f"source: {'a' * 3_000_000}\n" + layers("relu"),
        layers("relu") + "#" * 3_000_000,
        layers("relu") + "\n" * 3_000_000,
        layers(f'relu: {{when: "{"1 < 2" + " " * 900}"}}'),
    ],
    ids=["name", "source", "comment", "lines", "spaces"],
)
def test_long_texts_that_mean_no_harm(check_bounded, text):
    assert check_bounded(text).code == 0


# Names that deceive

NAMES = (
    "[red]alarm[/red]",
    "[link=http://x]y[/link]",
    ":warning:",
    "=cmd()",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=cmd()",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "a\nb",
    "a\r=1",
    "a|b",
    "\u202egnp.exe",
    "\u200bhidden",
    "<script>alert(1)</script>",
    "a,b",
    'a"b',
    "{0}",
    "%s",
)


def quoted(text):
    """As a YAML text that escapes whatever may be wrong in it."""
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
    return f'"{escaped}"'


@pytest.fixture(params=NAMES, ids=[ascii(name) for name in NAMES])
def named(request, tmp_path):
    """A network in which everything that has a name has this one."""
    name, other = quoted(request.param), quoted(request.param + "2")
    path = tmp_path / "net.yaml"
    path.write_text(
        dedent(f"""\
            name: {name}
            source: {name}
            input: {{{other}: [3, 8, 8]}}
            variants: {{{name}: {{}}}}
            published: [{{source: {name}, note: {name}, macs: 1M, params: 1k, top1: 50}}]
            layers:
              - conv_bn_act: {{name: {name}, from: {other}, out_channels: 4, kernel_size: 3}}
              - sequence: {{layers: [relu: {{name: {name}}}]}}
            """),
        encoding="utf-8",
    )
    return str(path), request.param


def shown(name):
    """The name as a report may show it: on one line, with escapes for what is not printable."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in name
    )


def hidden(text):
    """What is in a text that does not show as itself, apart from ends of lines."""
    return sorted({letter for letter in text if not letter.isprintable() and letter != "\n"})


def output_of(capsys, *arguments):
    code = run(list(arguments))
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def test_names_in_a_text_report(named, capsys):
    path, name = named
    out = output_of(capsys, "analyze", path, "--depth", "all")
    assert shown(name) in out
    assert hidden(out) == []


def test_names_in_csv(named, capsys):
    path, name = named
    out = output_of(capsys, "analyze", path, "--format", "csv")
    rows = list(csv.reader(io.StringIO(out)))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == 1 + 4
    assert hidden(out) == []
    for row in rows:
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    guard = "'" if name[0] in "=+-@\t" else ""
    assert rows[1][0] == guard + shown(name)


def test_names_in_markdown(named, capsys):
    path, _ = named
    out = output_of(capsys, "analyze", path, "--format", "markdown", "--depth", "all")
    assert hidden(out) == []
    assert "<script>" not in out
    # Every row of a table has as many cells as the one before it.
    cells = [len(re.findall(r"(?<!\\)\|", line)) for line in out.split("\n")]
    for before, count in pairwise(cells):
        assert before == count or not (before and count)


def test_names_in_json(named, capsys):
    path, name = named
    out = output_of(capsys, "analyze", path, "--format", "json")
    (network,) = json.loads(out)["networks"]
    assert network["name"] == name
    assert network["layers"][0]["name"].startswith(name + ".")
    assert hidden(out) == []


def test_names_in_a_notebook(named):
    path, _ = named
    html = costcalc.load(path).cost()._repr_html_()
    assert "<script>" not in html
    assert hidden(html) == []


def test_names_in_a_terminal(named, capsys, monkeypatch):
    path, name = named
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    out = output_of(capsys, "analyze", path)
    # A report may be bold or dim, and move nothing.
    assert set(re.findall(r"\x1b\[?[\d;]*[^\d;\[]?", out)) <= {"\x1b[0m", "\x1b[1m", "\x1b[2m"}
    assert hidden(out.replace("\x1b", "")) == []
    assert shown(name) in out


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name) for name in NAMES])
def test_names_in_messages(name, tmp_path, capsys):
    path = tmp_path / "net.yaml"
    mine = quoted(name)
    path.write_text(
        dedent(f"""\
            {mine}: 3
            input: [4]
            variants: {{{mine}: {{{mine}: 1}}}}
            layers:
              - {mine}: {{a: 1}}
              - relu: {{{mine}: 1}}
              - relu: {{from: {mine}}}
              - linear: {{out_features: {mine}}}
            """),
        encoding="utf-8",
    )
    assert run(["validate", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert hidden(err) == []
    assert err.count("net.yaml:") >= 4


@pytest.mark.parametrize("name", ["\x1b[31m.yaml", "a\nb.yaml", "[red].yaml", "\udcff.yaml"])
def test_names_of_files(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text, code in ((layers("rleu"), 2), (layers("relu"), 0)):
        Path(name).write_text(text, encoding="utf-8")
        assert run(["analyze", name]) == code
        out, err = capsys.readouterr()
        assert hidden(out + err) == []
    assert run(["analyze", "no" + name]) == 2
    assert hidden(capsys.readouterr().err) == []
