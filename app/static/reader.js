"use strict";
// Brings the quoted words into view, opens the table of contents where there is room, and closes the panel on Escape.
if (window.top !== window) document.documentElement.classList.add("embedded");

const contents = document.querySelector("details.contents");
if (contents && window.matchMedia("(min-width: 62rem)").matches) contents.open = true;

function showQuote() {
  const quote = document.getElementById("quote");
  if (!quote || (location.hash && location.hash !== "#quote")) return;
  quote.focus({ preventScroll: true });
  quote.scrollIntoView({ block: "center" });
}
showQuote();
window.addEventListener("load", showQuote);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && window.parent !== window) window.parent.postMessage("kb-close", location.origin);
});
