// A turn of the conversation: its markup while it is under way, and what can be done with an answer.
const copies = new WeakMap(); // turn -> its answer in the forms in which it can be copied

const PENDING = '<p class="pending"><span class="dots" aria-hidden="true"></span><span class="words"></span></p>';

// The markup that the server sends is its own; a question that was only just typed is put in as text.
export function newTurn(chat, question, { alone = false } = {}) {
  const turn = document.createElement("article");
  turn.className = "turn";
  turn.dataset.question = question;
  if (alone) turn.dataset.alone = "";
  turn.innerHTML = `<h2 class="asked"><span class="visually-hidden"></span><bdi></bdi></h2>
    <div class="given" aria-live="polite">${PENDING}</div>
    <div class="rest"></div>`;
  turn.querySelector(".visually-hidden").textContent = `${chat.say("you")}: `;
  turn.querySelector("bdi").textContent = question;
  return turn;
}

export function pendingWords(turn, words) {
  const place = turn.querySelector(".pending .words");
  if (place) place.textContent = words;
}

// An answer that is still being written. It is read out when it is whole: until then the region says that it is busy.
export function showPartial(chat, turn, markup) {
  const given = turn.querySelector(".given");
  given.setAttribute("aria-busy", "true");
  given.innerHTML = markup + PENDING;
  pendingWords(turn, chat.say("writing"));
}

export function fillTurn(chat, turn, kept) {
  turn.dataset.question = kept.question; // masked, where the typed one was not
  turn.querySelector(".asked bdi").textContent = kept.question;
  turn.querySelector(".given").removeAttribute("aria-busy");
  turn.querySelector(".given").innerHTML = kept.given;
  turn.querySelector(".rest").innerHTML = kept.rest;
  if (kept.answered) turn.dataset.answered = "";
  if (kept.receipt) turn.dataset.receipt = kept.receipt;
  copies.set(turn, kept.copies);
}

export function showProblem(chat, turn, words) {
  const problem = chat.page.querySelector("#kb-problem").content.cloneNode(true);
  problem.querySelector("p").textContent = words;
  turn.querySelector(".given").removeAttribute("aria-busy");
  turn.querySelector(".given").replaceChildren(problem);
}

export function startTurnTools(chat) {
  chat.page.addEventListener("click", async (event) => {
    const on = (selector) => event.target.closest(selector);
    const turn = on(".turn");
    if (!turn) return;
    const copied = on("[data-copy], [data-copied]");
    if (copied) await copy(chat, turn, copied);
    else if (on(".again")) again(chat, turn);
    else if (on("button.edit")) edit(chat, turn, on("button.edit").dataset.text);
    else if (on(".tell-editors")) await tellEditors(chat, turn, on(".tell-editors"));
    else if (on("[data-opinion]")) await choose(chat, turn, on("[data-opinion]"));
  });
  chat.page.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches(".feedback, .understood-edit")) return;
    event.preventDefault();
    if (form.matches(".feedback")) await sendOpinion(chat, form);
    else askEdited(chat, form);
  });
  // A menu closes when it has done its work, with Escape, and when the focus leaves it.
  document.addEventListener("click", (event) => {
    chat.page.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest("li")) menu.open = false;
    });
  });
  chat.page.addEventListener("keydown", (event) => {
    const menu = event.target.closest("details.menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  });
}

async function copy(chat, turn, button) {
  const text = button.dataset.copied ?? copies.get(turn)[button.dataset.copy];
  const place = turn.querySelector(".copied");
  try {
    await navigator.clipboard.writeText(text);
    place.textContent = chat.say("copied");
  } catch {
    place.textContent = chat.say("not_copied"); // no secure connection, or not permitted
  }
  setTimeout(() => { place.textContent = ""; }, 4000);
}

function again(chat, turn) {
  const { question } = turn.dataset;
  const alone = "alone" in turn.dataset;
  turn.remove();
  chat.ask(question, { alone });
}

function edit(chat, turn, text) {
  const form = document.createElement("form");
  form.className = "understood-edit";
  form.innerHTML = `<label><span></span><textarea rows="2"></textarea></label>
    <button type="submit"></button><button type="button" class="quiet"></button>`;
  const [ask, cancel] = form.querySelectorAll("button");
  form.querySelector("label span").textContent = chat.say("edit_label");
  form.querySelector("textarea").value = text;
  ask.textContent = chat.say("edit_ask");
  cancel.textContent = chat.say("edit_cancel");
  const shown = turn.querySelector(".understood");
  cancel.addEventListener("click", () => {
    form.replaceWith(shown);
    shown.querySelector("button").focus();
  });
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") cancel.click(); });
  form.kept = shown;
  shown.replaceWith(form);
  form.querySelector("textarea").focus();
}

function askEdited(chat, form) {
  const question = form.querySelector("textarea").value;
  form.replaceWith(form.kept);
  chat.ask(question, { alone: true });
}

async function tell(chat, path, body) {
  const response = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...body, lang: chat.language }),
  }).catch(() => null);
  if (!response) return { done: false, said: chat.say("failed", { reason: chat.say("lost") }) };
  const { said, error } = await response.json();
  return { done: response.ok, said: said || chat.say("failed", { reason: error }) };
}

async function tellEditors(chat, turn, button) {
  button.disabled = true;
  const { done, said } = await tell(chat, "/chat/gaps", { receipt: turn.dataset.receipt });
  turn.querySelector(".told").textContent = said;
  button.disabled = done;
}

async function choose(chat, turn, button) {
  const form = button.form;
  form.querySelectorAll("[data-opinion]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  form.querySelector(".thanks").textContent = "";
  const note = form.querySelector(".note");
  note.hidden = button.dataset.opinion === "right"; // that needs no explanation
  if (note.hidden) await sendOpinion(chat, form);
  else note.querySelector("textarea").focus();
}

async function sendOpinion(chat, form) {
  const opinion = form.querySelector("[aria-pressed=true]").dataset.opinion;
  const note = form.querySelector(".note");
  const { done, said } = await tell(chat, "/chat/feedback", {
    receipt: form.closest(".turn").dataset.receipt, opinion, note: note.hidden ? "" : note.querySelector("textarea").value,
  });
  form.querySelector(".thanks").textContent = said;
  note.hidden = done;
}
