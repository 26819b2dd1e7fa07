// Elements are made of names, attributes and texts: no text of a network is ever read as HTML.
const SVG = "http://www.w3.org/2000/svg";
// What a further script adds to the page: see compare.js.
const hooks = {};
const byId = (id) => document.getElementById(id);
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}
const make = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children);
const draw = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);
// A text of a network, kept from turning the text around it.
const named = (text) => make("bdi", {}, text);
const sized = (dims) => dims.map(grouped).join("×");
const side = (sizes) => (sizes && sizes.every((size) => !order(size, sizes[0])) ? String(sizes[0]) : sizes ? sized(sizes) : "");
