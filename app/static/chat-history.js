// The history: a dialog with this browser's conversations, to search, open, rename and delete.
export function startHistory(chat) {
  const dialog = chat.page.querySelector("#kb-history");
  const list = dialog.querySelector(".conversations");
  const note = dialog.querySelector(".note");
  const search = dialog.querySelector("input[type=search]");
  const pattern = dialog.querySelector("template").content.firstElementChild;
  let asked = 0;

  async function call(path, options = {}) {
    const response = await fetch(`/chat/conversations${path}`, options).catch(() => null);
    if (response && response.ok) return response;
    const { error } = response ? await response.json() : { error: chat.say("lost") };
    note.textContent = chat.say("failed", { reason: error });
    return null;
  }

  async function show() {
    const turn = ++asked; // a slower answer to an earlier search must not replace a later one's
    const response = await call(`?lang=${chat.language}&words=${encodeURIComponent(search.value)}`);
    if (!response || turn !== asked) return;
    const rows = await response.json();
    list.replaceChildren(...rows.map(row));
    note.textContent = rows.length ? "" : chat.say(search.value.trim() ? "none_found" : "none_kept");
  }

  function row({ id, title, day, questions }) {
    const item = pattern.cloneNode(true);
    const link = item.querySelector(".open");
    const form = item.querySelector("form");
    const name = item.querySelector(".name");
    name.textContent = title;
    item.querySelector(".when").textContent = `${day} · ${questions}`;
    link.href = `/?c=${id}`;
    if (id === chat.conversation) link.setAttribute("aria-current", "true");
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.close();
      window.history.pushState(null, "", link.href);
      chat.open(id);
    });
    item.querySelector(".do-rename").addEventListener("click", () => {
      form.hidden = !form.hidden;
      link.hidden = !form.hidden;
      if (form.hidden) return;
      form.querySelector("input").value = name.textContent;
      form.querySelector("input").select();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = JSON.stringify({ title: form.querySelector("input").value });
      const response = await call(`/${id}`, { method: "PATCH", headers: { "Content-Type": "application/json" }, body });
      if (!response) return;
      name.textContent = (await response.json()).title;
      form.hidden = true;
      link.hidden = false;
      link.focus();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // leaves the form, not the dialog
      form.hidden = true;
      link.hidden = false;
      link.focus();
    });
    item.querySelector(".do-delete").addEventListener("click", async () => {
      if (!window.confirm(chat.say("sure", { title: name.textContent }))) return;
      if (!(await call(`/${id}`, { method: "DELETE" }))) return;
      if (id === chat.conversation) chat.startAnew();
      await show();
      search.focus();
    });
    return item;
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 150);
  });
  chat.page.querySelector("#kb-open-history").addEventListener("click", () => {
    search.value = "";
    dialog.showModal();
    show();
  });
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
}
