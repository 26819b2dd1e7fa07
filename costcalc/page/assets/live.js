// The page while its file is edited: the server sends new data, and the settings stay as they are.
hooks.start = () => {
  const source = new EventSource(location.pathname);
  let last;
  source.addEventListener("message", async (event) => {
    byId("notice").textContent = "";
    if (event.data === last) return;
    const isFirst = last === undefined;
    last = event.data;
    if (!isFirst) renew(readPage(await unpacked(event.data)));
  });
  source.addEventListener("fault", (event) => (byId("notice").textContent = event.data));
  source.addEventListener("error", () => (byId("notice").textContent = "The server has ended: the page no longer follows the file."));
};

// What was moved stays where it was moved to; what was not is as the file has it now.
function renew(data) {
  const old = { own, settings, place: page.networks.indexOf(own) };
  page = data;
  const same = page.networks.findIndex((one) => one.variant === old.own.variant);
  shape = "";
  kept.clear();
  choose(Math.max(0, same));
  old.own.knobs.forEach(([name, value], i) => {
    const place = own.knobs.findIndex((knob) => knob[0] === name);
    if (place >= 0 && order(exact(value), old.settings[i])) settings[place] = old.settings[i];
  });
  controls();
  update();
}
