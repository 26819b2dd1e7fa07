"""The server of `view --watch`: one address, to who knows it, and nothing else."""

import http.client
import socket
import threading

import pytest

from costcalc.cli.serve import MOST_WAITING, Server, Watched
from costcalc.graph.setting import Setting
from costcalc.page.view import Request

NET = "input: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 4, kernel_size: 3}\n"


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "net.yaml"
    made.write_text(NET, encoding="utf-8")
    return made


@pytest.fixture
def server(path):
    made = Server(Watched(Request([str(path)], Setting)))
    threading.Thread(target=made.serve_forever, args=[0.01], daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def asked(server, path=None, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    connection.request(method, f"/{server.token}" if path is None else path, headers=headers)
    return connection.getresponse()


def event(response) -> str:
    lines = []
    while (line := response.readline().decode()) != "\n":
        lines.append(line)
    return "".join(lines)


def test_it_serves_the_page_at_its_secret_address(server):
    found = asked(server)
    assert found.status == 200
    assert found.read().startswith(b"<!doctype html>")
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["Referrer-Policy"] == "no-referrer"
    assert len(server.token) >= 32


@pytest.mark.parametrize("other", ["/", "/x", "/favicon.ico", "/net.yaml", "/../net.yaml", "//"])
def test_any_other_path_is_nothing(other, server):
    found = asked(server, other)
    assert (found.status, found.read()) == (404, b"")


def test_nothing_below_or_behind_the_secret(server):
    for tail in ("/", "/net.yaml", "?x", "%00", "x"):
        assert asked(server, f"/{server.token}{tail}").status == 404


def test_other_methods_are_refused(server):
    for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        assert asked(server, method=method).status == 501


@pytest.mark.parametrize("host", ["example.org", "localhost", "127.0.0.1", "127.0.0.1:1", ""])
def test_a_name_that_leads_here_is_refused(host, server):
    """Pages of other sites could read it through a name of theirs that they let lead here."""
    assert asked(server, Host=host).status == 404


def test_only_this_machine_reaches_it(server):
    assert server.server_address[0] == "127.0.0.1"


GARBAGE = (b"\0\0\0", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70_000)


@pytest.mark.parametrize("sent", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_does_not_end_it(sent, server, capsys):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as client:
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            client.recv(1000)
        except ConnectionError:
            pass
    assert asked(server).status == 200
    assert capsys.readouterr().err == ""


def test_clients_that_say_nothing_keep_nobody_out(server):
    """Any page of the user's browser may open connections here, without knowing the secret."""
    listening = asked(server, Accept="text/event-stream")
    event(listening)
    before = threading.active_count()
    silent = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(300)]
    assert asked(server).status == 200
    assert threading.active_count() - before < 2 * MOST_WAITING
    assert event(listening).startswith("data: ")
    for client in silent:
        client.close()


def test_a_page_hears_of_edits_and_of_mistakes(server, path):
    listening = asked(server, Accept="text/event-stream")
    assert listening.headers["Content-Type"] == "text/event-stream"
    assert event(listening) == "retry: 1000\n"
    first = event(listening)
    assert first.startswith("data: ")
    path.write_text(NET.replace("4", "16"), encoding="utf-8")
    server.watched.look()
    second = event(listening)
    assert second.startswith("data: ")
    assert second != first
    path.write_text(NET + "bad: 1\n", encoding="utf-8")
    server.watched.look()
    assert event(listening) == f"event: fault\ndata: {path}:4:1: unknown key 'bad'\n"
    path.write_text(NET, encoding="utf-8")
    server.watched.look()
    assert event(listening) == first


def test_a_file_that_vanishes_is_said_and_comes_back(server, path):
    listening = asked(server, Accept="text/event-stream")
    event(listening)
    first = event(listening)
    path.unlink()
    server.watched.look()
    assert "no such file" in event(listening)
    path.write_text(NET, encoding="utf-8")
    server.watched.look()
    assert event(listening) == first
    assert asked(server).status == 200


def test_it_follows_what_the_file_includes(tmp_path):
    blocks = tmp_path / "blocks.yaml"
    blocks.write_text("blocks: {b: {layers: [relu]}}\n", encoding="utf-8")
    path = tmp_path / "net.yaml"
    path.write_text("include: [blocks.yaml]\ninput: [3, 8, 8]\nlayers: [b]\n", encoding="utf-8")
    watched = Watched(Request([str(path)], Setting))
    before = watched.page
    watched.look()
    assert watched.page is before
    blocks.write_text("blocks: {b: {layers: [relu, relu]}}\n", encoding="utf-8")
    watched.look()
    assert watched.page != before


def test_so_many_pages_may_listen(server, monkeypatch):
    monkeypatch.setattr(server, "readers", threading.BoundedSemaphore(1))
    first = asked(server, Accept="text/event-stream")
    event(first)
    assert asked(server, Accept="text/event-stream").status == 503
    assert asked(server).status == 200


@pytest.mark.slow
def test_a_thousand_edits_leave_memory_flat(path):
    import resource

    watched = Watched(Request([str(path)], Setting))

    def edit(count):
        for number in range(count):
            path.write_text(NET.replace("4", str(4 + number % 2 * 7)), encoding="utf-8")
            watched.look()

    edit(150)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    edit(850)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8_000  # kB


@pytest.mark.browser
def test_the_page_follows_and_keeps_its_sliders(chromium, server, path):
    from playwright.sync_api import expect

    tab = chromium.new_page()
    tab.goto(server.address)
    macs, notice = tab.locator("#totals dd").first, tab.locator("#notice")
    field = tab.locator(".knob input:not([type=range])").first
    field.fill("2")
    field.press("Enter")
    expect(macs).to_have_text(f"{3 * 9 * 8 * 64:,}")
    path.write_text(NET.replace("4", "16"), encoding="utf-8")
    server.watched.look()
    expect(macs).to_have_text(f"{3 * 9 * 32 * 64:,}")
    path.write_text(NET + "bad: 1\n", encoding="utf-8")
    server.watched.look()
    expect(notice).to_contain_text("unknown key 'bad'")
    path.write_text(NET, encoding="utf-8")
    server.watched.look()
    expect(notice).to_have_text("")
    assert field.input_value() == "2"
