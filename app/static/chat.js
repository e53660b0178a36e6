"use strict";
// Around the chat page's framework: the reader panel, the page's language and title, and bringing a new answer into view.
(() => {
  const WIDE = window.matchMedia("(min-width: 68rem)");
  const CALM = window.matchMedia("(prefers-reduced-motion: reduce)");
  const root = document.documentElement;
  let opener = null;
  let shownTurns = 0;
  root.classList.add("chat");

  const find = (selector) => document.querySelector(selector);

  function openPanel(link) {
    const panel = find("#kb-reader .panel");
    const frame = find("#kb-reader iframe");
    if (!panel || !frame) return false;
    opener = link;
    panel.hidden = false;
    root.classList.add("reading");
    find("#kb-reader .own-tab").href = link.href;
    frame.contentWindow.location.replace(link.href); // not an entry in the history: Back leaves the page, not the panel
    document.querySelectorAll(".turn .open").forEach((element) => element.classList.remove("open"));
    (link.closest(".card") || link).classList.add("open");
    return true;
  }

  function closePanel() {
    const panel = find("#kb-reader .panel");
    if (!panel || panel.hidden) return;
    panel.hidden = true;
    root.classList.remove("reading");
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#kb-reader .close")) return closePanel();
    let link = event.target.closest("a.marker, .card h4 a, .nearest a");
    const card = event.target.closest(".card");
    if (!link && card && window.getSelection().isCollapsed) {
      card.querySelector("h4 a").click();
      return undefined;
    }
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    // On a narrow screen the link opens a tab of its own, as any link does.
    if (link && plain && WIDE.matches && openPanel(link)) event.preventDefault();
    return undefined;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePanel();
  });
  window.addEventListener("message", (event) => {
    if (event.origin === location.origin && event.data === "kb-close") closePanel();
  });

  // What the framework's own controls don't tell a screen reader.
  function nameControls() {
    const fold = find("#kb-filters > button");
    if (fold) fold.setAttribute("aria-expanded", String(fold.classList.contains("open")));
    const choice = find("#kb-language");
    if (choice) {
      choice.setAttribute("aria-label", choice.querySelector("[data-testid=block-info]").textContent.trim());
      choice.querySelectorAll("input").forEach((input) => { input.name = "kb-language"; input.lang = input.value; });
    }
    const day = find("#kb-as-of input");
    if (day && day.type !== "date") day.type = "date";
  }

  function follow() {
    const header = find("#kb-top header");
    if (header && root.lang !== header.dataset.language) {
      root.lang = header.dataset.language;
      document.title = header.dataset.title;
    }
    nameControls();
    const turns = document.querySelectorAll("#kb-conversation .turn");
    root.classList.toggle("started", turns.length > 0);
    if (turns.length < shownTurns) closePanel();
    if (turns.length > shownTurns) {
      turns[turns.length - 1].scrollIntoView({ behavior: CALM.matches ? "auto" : "smooth", block: "start" });
    }
    shownTurns = turns.length;
  }
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
})();
