"use strict";
// The reader's own conveniences: the quoted words in view, find in the text, zoom of page pictures, and the panel's keys.
const WIDE = window.matchMedia("(min-width: 62rem)");
const EMBEDDED = window.top !== window;
if (EMBEDDED) document.documentElement.classList.add("embedded");

const contents = document.querySelector("details.contents");
if (contents && WIDE.matches && !document.querySelector(".paged")) contents.open = true;

const tools = document.querySelector(".tools");
if (tools) {
  // It may take two lines on a narrow screen; what sticks below it has to know.
  new ResizeObserver(() => document.documentElement.style.setProperty("--tools", `${tools.offsetHeight}px`)).observe(tools);
}

function showQuote() {
  const quote = document.getElementById("quote");
  if (!quote || (location.hash && location.hash !== "#quote")) return;
  quote.focus({ preventScroll: true });
  const place = quote.getBoundingClientRect();
  const end = window.scrollY + place.top + Math.min(place.height, 80);
  if (end < window.innerHeight * 0.8) window.scrollTo({ top: 0 }); // near the top, the title stays in view
  else quote.scrollIntoView({ block: "center" });
}
showQuote();
window.addEventListener("load", showQuote);

// Find in the text: without regard to case and accents, white space counts as one space. Nothing of the page is changed:
// the places are painted by the browser, or, where it can't, selected one at a time.
(() => {
  const box = document.querySelector(".find");
  const text = document.getElementById("text");
  if (!box || !text) return;
  const input = box.querySelector("input");
  const told = box.querySelector("output");
  const MOST = 5000; // places
  const paints = typeof Highlight === "function" && CSS.highlights;
  let letters = null; // the text as it is searched, and where each of its signs stands
  let found = [];
  let current = -1;
  box.hidden = false;

  const folded = (sign) => sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  function read() {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    let searched = "";
    const places = []; // node, start and end for each sign of `searched`
    let block = null;
    const put = (sign, place) => {
      for (const part of sign) {
        if (part === " " && searched.endsWith(" ")) continue;
        searched += part;
        for (let unit = 0; unit < part.length; unit += 1) places.push(place);
      }
    };
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest("[hidden]")) continue;
      const own = node.parentElement.closest("p, li, h2, h3, h4, h5, h6, td, th, pre, section");
      if (own !== block) put(" ", [node, 0, 0]); // no place reaches from one paragraph into the next without a space
      block = own;
      let offset = 0;
      for (const sign of node.data) {
        const place = [node, offset, offset + sign.length];
        put(/\s/.test(sign) ? " " : folded(sign), place);
        offset += sign.length;
      }
    }
    return { searched, places };
  }

  function rangeOf(start, end) {
    const range = document.createRange();
    range.setStart(letters.places[start][0], letters.places[start][1]);
    range.setEnd(letters.places[end - 1][0], letters.places[end - 1][2]);
    return range;
  }

  function search() {
    letters = letters || read();
    const wanted = folded(input.value).replace(/\s+/g, " ").trim();
    found = [];
    for (let at = wanted ? letters.searched.indexOf(wanted) : -1; at >= 0 && found.length < MOST; at = letters.searched.indexOf(wanted, at + wanted.length)) {
      found.push(rangeOf(at, at + wanted.length));
    }
    current = found.findIndex((range) => range.getBoundingClientRect().bottom > 0);
    if (current < 0 && found.length) current = 0;
    show(false);
  }

  function show(scroll) {
    box.classList.toggle("lacking", Boolean(input.value.trim()) && !found.length);
    if (!input.value.trim()) told.textContent = "";
    else if (!found.length) told.textContent = told.dataset.none;
    else told.textContent = told.dataset.count.replace("%n", current + 1).replace("%c", found.length);
    box.querySelectorAll("button").forEach((button) => { button.disabled = !found.length; });
    if (paints) {
      CSS.highlights.set("kb-found", new Highlight(...found));
      CSS.highlights.set("kb-current", found.length ? new Highlight(found[current]) : new Highlight());
    }
    if (!found.length) return;
    const range = found[current];
    if (!paints) {
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    const place = range.getBoundingClientRect();
    if (scroll || place.top < 80 || place.bottom > window.innerHeight - 20) {
      window.scrollTo({ top: window.scrollY + place.top - window.innerHeight / 2 });
      range.startContainer.parentElement.closest(".table")?.scrollTo({ left: 0 });
    }
  }

  function step(by) {
    if (!found.length) return;
    current = (current + by + found.length) % found.length;
    show(true);
  }

  function clear() {
    input.value = "";
    search();
  }

  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape" && input.value) {
      event.stopPropagation(); // the first Escape empties the box, the second closes the panel
      clear();
    }
  });
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-find]");
    if (button) step(button.dataset.find === "next" ? 1 : -1);
  });
  document.addEventListener("keydown", (event) => {
    // The browser's own search would look through the whole window; pressed twice it is still to be had.
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "f" && document.activeElement !== input) {
      event.preventDefault();
      input.focus();
      input.select();
    }
    if (event.key === "F3" && found.length) {
      event.preventDefault();
      step(event.shiftKey ? -1 : 1);
    }
  });
  show(false);
})();

// Pictures of pages: larger and smaller, with a finer picture where the one at hand would be blurred, and the box in view.
(() => {
  const frame = document.querySelector(".sheets");
  const zoom = document.querySelector(".zoom");
  if (!frame || !zoom) return;
  const SIZES = [100, 125, 150, 200, 300, 400]; // per cent of the frame's width
  let size = 0;
  zoom.hidden = false;

  function sharpen(image) {
    const needed = (image.clientWidth * window.devicePixelRatio) / Number(image.dataset.points);
    const scale = [2, 3, 4].find((known) => known >= needed) || 4;
    const address = new URL(image.src);
    if (scale > Number(address.searchParams.get("scale"))) {
      address.searchParams.set("scale", scale);
      image.src = address;
    }
  }

  function showBox() {
    const box = frame.querySelector("rect");
    if (!box) return;
    const place = box.getBoundingClientRect();
    const outer = frame.getBoundingClientRect();
    frame.scrollTop += place.top - outer.top - outer.height / 3;
    frame.scrollLeft += place.left - outer.left - 24;
  }

  function resize() {
    frame.querySelectorAll(".sheet").forEach((sheet) => { sheet.style.width = `${SIZES[size]}%`; });
    zoom.querySelector("output").textContent = `${SIZES[size]} %`;
    zoom.querySelector("[data-zoom=out]").disabled = size === 0;
    zoom.querySelector("[data-zoom=in]").disabled = size === SIZES.length - 1;
    frame.querySelectorAll("img").forEach(sharpen);
    showBox();
  }

  zoom.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-zoom]");
    if (!button) return;
    size = Math.max(0, Math.min(SIZES.length - 1, size + (button.dataset.zoom === "in" ? 1 : -1)));
    resize();
  });
  frame.querySelectorAll("img").forEach((image) => {
    const lacking = () => image.closest(".sheet").classList.add("lacking");
    image.addEventListener("error", lacking);
    if (image.complete && !image.naturalWidth) lacking();
  });
  resize();
})();

// In the panel beside a conversation: Escape closes it, and the conversation learns which citation is shown.
if (EMBEDDED) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") window.parent.postMessage("kb-close", location.origin);
  });
  const trail = document.querySelector(".trail");
  const shown = trail ? { receipt: trail.dataset.receipt, number: Number(trail.dataset.number) } : {};
  window.parent.postMessage({ kind: "kb-place", href: location.href, ...shown }, location.origin);
}
