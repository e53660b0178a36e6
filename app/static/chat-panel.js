// The reader panel beside the conversation, and the tie between a marker and its card.
const WIDE = window.matchMedia("(min-width: 68rem)");

export function startPanel(page) {
  const panel = page.querySelector("#kb-reader .panel");
  const frame = page.querySelector("#kb-reader iframe");
  const root = document.documentElement;
  let opener = null;

  function open(link) {
    opener = link;
    panel.hidden = false;
    root.classList.add("reading");
    panel.querySelector(".own-tab").href = link.href;
    frame.contentWindow.location.replace(link.href); // not an entry in the history: Back leaves the page, not the panel
    mark(link.closest(".card") || link);
  }

  // Show which marker or card the panel belongs to; nothing where it belongs to none.
  function mark(element) {
    page.querySelectorAll(".turn .open").forEach((other) => other.classList.remove("open"));
    element?.classList.add("open");
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    root.classList.remove("reading");
    mark(null);
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  page.addEventListener("click", (event) => {
    if (event.target.closest("#kb-reader .close")) return close();
    const link = event.target.closest("a.marker, .card h4 a, .nearest a");
    const card = event.target.closest(".card");
    if (!link && card && !event.target.closest("a, button") && window.getSelection().isCollapsed) {
      card.querySelector("h4 a").click();
      return undefined;
    }
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    // On a narrow screen the link opens a tab of its own, as any link does.
    if (link && plain && WIDE.matches) {
      event.preventDefault();
      open(link);
    }
    return undefined;
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.source !== frame.contentWindow) return;
    if (event.data === "kb-close") close();
    if (event.data?.kind === "kb-place" && !panel.hidden) follow(event.data);
  });

  // The reader went on to another citation of the answer.
  function follow({ href, receipt, number }) {
    panel.querySelector(".own-tab").href = href;
    const turn = [...page.querySelectorAll(".turn")].find((one) => receipt && one.dataset.receipt === receipt);
    const shown = turn?.querySelector(".open");
    if (!turn || shown?.dataset.source === String(number)) return;
    mark(turn.querySelector(`.card[data-source="${Number(number)}"]`));
  }
}

// Hovering or focusing a marker lights its card.
export function followMarkers(page) {
  const light = (event, on) => {
    const marker = event.target.closest?.("a.marker");
    const card = marker?.closest(".turn")?.querySelector(`.card[data-source="${marker.dataset.source}"]`);
    card?.classList.toggle("lit", on);
  };
  for (const [name, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
    page.addEventListener(name, (event) => light(event, on));
  }
}
