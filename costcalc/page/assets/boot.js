// The program of the page and its data are deflated; this makes them what they were.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
}
unpacked(document.getElementById("program").textContent).then((text) => {
  const program = document.createElement("script");
  program.textContent = text;
  document.body.append(program);
});
