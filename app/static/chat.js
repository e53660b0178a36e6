// The chat page: waits until the page stands, then takes questions and shows what comes back, state by state.
import { followMarkers, startPanel } from "./chat-panel.js";
import { fillTurn, newTurn, pendingWords, showPartial, showProblem, startTurnTools } from "./chat-turns.js";
import { startHistory } from "./chat-history.js";

const SLOW_MS = 5000; // after this long the page says that it still looks, and for how long
const MOST_EARLIER = 20;

document.documentElement.classList.add("chat");

function whenStanding(then) {
  const found = document.querySelector(".kb-page");
  if (found) return then(found);
  const observer = new MutationObserver(() => {
    const page = document.querySelector(".kb-page");
    if (!page) return;
    observer.disconnect();
    then(page);
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
  return undefined;
}

whenStanding((page) => {
  const find = (selector) => page.querySelector(selector);
  const chat = {
    page,
    language: page.dataset.language,
    words: JSON.parse(page.dataset.words),
    turns: find(".turns"),
    conversation: null, // its id, once it is kept
    before: 0, // how many earlier turns are kept and not shown
    say: (key, values = {}) => chat.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]),
    trouble: (text) => { find("#kb-trouble").textContent = text; },
    ask,
    open,
    startAnew,
  };
  const box = find("#kb-question");
  // The framework sets the browser's language, which need not be the page's.
  const speak = () => { if (document.documentElement.lang !== chat.language) document.documentElement.lang = chat.language; };
  new MutationObserver(speak).observe(document.documentElement, { attributeFilter: ["lang"] });
  speak();
  let controller = null;
  let moved = false; // whether the reader has scrolled since the last question
  for (const name of ["wheel", "touchmove"]) window.addEventListener(name, () => { moved = true; }, { passive: true });

  // What was asked before a turn, oldest first; a follow-up is understood from it.
  function earlier() {
    const asked = [...chat.turns.querySelectorAll(".turn[data-answered]")].map((turn) => turn.dataset.question);
    return asked.slice(-MOST_EARLIER);
  }

  function filters() {
    const fields = [...find("#kb-filters").querySelectorAll("[name]")];
    return Object.fromEntries(fields.map((field) => [field.name, field.value]));
  }

  function showFilters() {
    const set = Object.values(filters()).filter(Boolean).length;
    const shown = find("#kb-filters .set");
    shown.hidden = set === 0;
    shown.textContent = set ? ` (${chat.say("filters_set", { n: set })})` : "";
  }

  function busy(on) {
    find("#kb-ask").hidden = on;
    find("#kb-stop").hidden = !on;
    document.documentElement.classList.toggle("asking", on);
  }

  const example = box.placeholder;
  function started() {
    const begun = chat.turns.childElementCount > 0;
    document.documentElement.classList.toggle("started", begun);
    box.placeholder = begun ? chat.say("another") : example; // an example is cut on a phone, and needed once
    find("#kb-download").hidden = chat.conversation === null;
    const address = `/chat/conversations/${chat.conversation}`;
    page.querySelectorAll("[data-file]").forEach((link) => {
      link.href = `${address}/${link.dataset.file}?lang=${chat.language}`;
    });
    page.querySelectorAll(".languages a").forEach((link) => {
      link.href = `/?lang=${link.lang}` + (chat.conversation ? `&c=${chat.conversation}` : "");
    });
    find("#kb-earlier").hidden = chat.before === 0;
  }

  // Ask a question. `alone`: not as a follow-up; so it is with one whose understanding was corrected.
  async function ask(question, { alone = false } = {}) {
    if (controller) return;
    if (!question.trim()) {
      chat.trouble(chat.say("empty"));
      return;
    }
    chat.trouble("");
    page.querySelectorAll(".next").forEach((next) => next.remove());
    const sent = { question, earlier: alone ? [] : earlier(), conversation: chat.conversation, lang: chat.language, ...filters() };
    const turn = newTurn(chat, question, { alone });
    chat.turns.append(turn);
    started();
    turn.scrollIntoView({ behavior: "instant", block: "start" });
    moved = false;
    controller = new AbortController();
    busy(true);
    const began = performance.now();
    const slow = setInterval(() => {
      const seconds = Math.round((performance.now() - began) / 1000);
      pendingWords(turn, chat.say("slow", { seconds }));
    }, SLOW_MS);
    try {
      await receive(turn, sent, controller.signal);
    } catch (error) {
      const stopped = error.name === "AbortError";
      showProblem(chat, turn, stopped ? chat.say("stopped") : error.told || chat.say("lost"));
      if (!stopped && !error.told && !(error instanceof TypeError)) throw error; // a fault of this page is reported as one
    } finally {
      clearInterval(slow);
      controller = null;
      busy(false);
      started();
    }
  }

  async function receive(turn, sent, signal) {
    const response = await fetch("/chat/ask", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent), signal,
    });
    if (!response.ok) {
      const { error } = await response.json().catch(() => ({ error: response.status }));
      throw Object.assign(new Error(error), { told: chat.say("refused", { reason: error }) });
    }
    for await (const state of linesOf(response.body)) {
      if (state.progress) pendingWords(turn, state.progress);
      if (state.partial) showPartial(chat, turn, state.partial);
      if (!state.turn) continue;
      fillTurn(chat, turn, state.turn);
      if (!moved) turn.scrollIntoView({ behavior: "instant", block: "start" }); // what stands above may have changed its height
      if (state.conversation && state.conversation.id !== chat.conversation) {
        chat.conversation = state.conversation.id;
        window.history.replaceState(null, "", `/?c=${chat.conversation}`);
      }
      suggest(turn, state.turn.receipt);
      return;
    }
    throw new TypeError("the answer ended early");
  }

  async function* linesOf(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (line) yield JSON.parse(line);
    }
  }

  // After the answer: what could be asked next. Nothing is said where this fails; it is an extra.
  async function suggest(turn, receipt) {
    const place = turn.querySelector(".next");
    if (!receipt || !place) return;
    const response = await fetch("/chat/next", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ receipt, lang: chat.language }),
    }).catch(() => null);
    const questions = response && response.ok ? await response.json() : [];
    if (!questions.length || !place.isConnected) return;
    const title = Object.assign(document.createElement("h3"), { textContent: chat.say("next") });
    const list = document.createElement("ul");
    for (const question of questions) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "question", textContent: question });
      list.append(document.createElement("li"));
      list.lastChild.append(button);
    }
    place.replaceChildren(title, list);
    place.hidden = false;
  }

  function startAnew({ keepAddress = false } = {}) {
    if (controller) controller.abort();
    chat.turns.replaceChildren();
    chat.conversation = null;
    chat.before = 0;
    chat.trouble("");
    if (!keepAddress) window.history.pushState(null, "", "/");
    started();
    box.focus();
  }

  // Show a kept conversation, its latest turns first; the button above them fetches the ones before.
  async function open(id, { before = null } = {}) {
    const part = before === null ? "" : `&before=${before}`;
    const response = await fetch(`/chat/conversations/${encodeURIComponent(id)}?lang=${chat.language}${part}`).catch(() => null);
    if (!response || !response.ok) {
      chat.trouble(chat.say(response && response.status === 404 ? "gone" : "lost"));
      return;
    }
    const kept = await response.json();
    const shown = kept.turns.map((turn) => {
      const article = newTurn(chat, turn.question);
      fillTurn(chat, article, turn);
      return article;
    });
    if (before === null) chat.turns.replaceChildren(...shown);
    else chat.turns.prepend(...shown);
    chat.conversation = kept.id;
    chat.before = kept.before;
    chat.trouble("");
    started();
    if (before === null && shown.length) shown[shown.length - 1].scrollIntoView({ behavior: "instant", block: "start" });
  }

  function openAddressed() {
    const id = new URL(location.href).searchParams.get("c");
    if (id) open(id);
    else startAnew({ keepAddress: true });
  }

  find("#kb-composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (controller) return; // one at a time; what is being written stays in the box
    const question = box.value;
    if (question.trim()) box.value = "";
    ask(question);
    box.focus({ preventScroll: true });
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    find("#kb-composer").requestSubmit();
  });
  find("#kb-stop").addEventListener("click", () => { controller?.abort(); box.focus(); });
  find("#kb-new").addEventListener("click", () => startAnew());
  find("#kb-earlier").addEventListener("click", () => open(chat.conversation, { before: chat.before }));
  find("#kb-filters").addEventListener("input", showFilters);
  find("#kb-clear-filters").addEventListener("click", () => {
    find("#kb-filters").querySelectorAll("[name]").forEach((field) => { field.value = ""; });
    showFilters();
  });
  page.addEventListener("click", (event) => {
    const button = event.target.closest("button.question");
    if (button) ask(button.textContent);
    const language = event.target.closest(".languages a");
    if (!language) return;
    document.cookie = `kb-language=${language.lang}; path=/; max-age=31536000; samesite=lax`;
    sessionStorage.setItem("kb-draft", box.value);
  });
  window.addEventListener("popstate", openAddressed);
  window.addEventListener("error", () => chat.trouble(chat.say("broken")));
  window.addEventListener("unhandledrejection", () => chat.trouble(chat.say("broken")));

  startPanel(page);
  followMarkers(page);
  startTurnTools(chat);
  startHistory(chat);
  box.value = sessionStorage.getItem("kb-draft") || "";
  sessionStorage.removeItem("kb-draft");
  showFilters();
  openAddressed();
  page.classList.add("ready");
});
