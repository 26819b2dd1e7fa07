// The files of costcalc/page/assets, and the data, deflated; developer tools list costcalc.js.
async function unpacked(text) {
  return new Response(new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}
// ASCII85 with "v" for "<", which HTML might read: five letters are four bytes.
function bytesOf(text) {
  const letters = text.replaceAll("v", "<").replaceAll("z", "!!!!!");
  const full = letters + "uuuu";
  const bytes = new DataView(new ArrayBuffer(full.length));
  for (let i = 0; i < letters.length; i += 5) {
    let word = 0;
    for (let j = i; j < i + 5; j++) word = word * 85 + full.charCodeAt(j) - 33;
    bytes.setUint32((i / 5) * 4, word);
  }
  return bytes.buffer.slice(0, letters.length - Math.ceil(letters.length / 5));
}
(async () => {
  for (const tag of ["style", "script"]) {
    const part = document.createElement(tag);
    part.textContent = await unpacked(document.getElementById(tag).textContent);
    document.head.append(part);
  }
})();
