// The style, the program and the data of this page are deflated, and otherwise as they stand in
// costcalc/page/assets. The developer tools of a browser list the program as costcalc.js.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}
(async () => {
  for (const tag of ["style", "script"]) {
    const part = document.createElement(tag);
    part.textContent = await unpacked(document.getElementById(tag).textContent);
    document.head.append(part);
  }
})();
