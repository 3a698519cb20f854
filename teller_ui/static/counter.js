// What a counter needs beyond plain forms: keys, palette, money field, theme, one post per form. Pages work without it.
(() => {
  const root = document.documentElement, $ = (sel, from = document) => from.querySelector(sel);
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const kept = (name, value) => {
    try { return value === undefined ? localStorage.getItem(name) : localStorage.setItem(name, value); } catch { return null; }
  };
  root.classList.add("js");

  // --- the palette and the list of keys
  const palette = $("#palette"), keys = $("#keys");
  const screens = () => $$(".screens a", palette);
  const choose = (link) => screens().forEach((a) => a.classList.toggle("here", a === link));
  const filter = () => {
    const typed = $("#command").value.trim().toLowerCase();
    screens().forEach((a) => { a.hidden = !a.textContent.toLowerCase().includes(typed); });
    const shown = screens().filter((a) => !a.hidden);
    choose(shown.find((a) => a.dataset.code === typed) || shown[0]);
  };
  const offer = () => { // what can be done on this page, by the codes from 901 on
    $$("[data-act]", palette).forEach((a) => a.remove());
    [...$$("main .acts :is(a, button)"), ...$$(".facts button")].forEach((it, n) => {
      const part = (tag, words) => Object.assign(document.createElement(tag), { textContent: words }), a = part("a", "");
      Object.assign(a, { href: it.href || "#", onclick: (e) => { e.preventDefault(); palette.close(); it.click(); } });
      a.dataset.code = a.dataset.act = 901 + n;
      a.append(part("i", 901 + n), it.ariaLabel || it.textContent.trim(), part("small", it.closest("main") ? "This page" : "Always"));
      $(".screens", palette).append(a);
    });
  };
  const open = (dialog) => { if (dialog && !dialog.open) { dialog.showModal(); if (dialog === palette) { $("#command").value = ""; offer(); filter(); } } };
  if (palette) {
    $("#command").addEventListener("input", filter);
    palette.addEventListener("keydown", (e) => {
      const shown = screens().filter((a) => !a.hidden), at = shown.findIndex((a) => a.classList.contains("here"));
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        choose(shown[(at + (e.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length]);
        $(".screens a.here")?.scrollIntoView({ block: "nearest" });
      } else if (e.key === "Enter" && e.target.id === "command") { e.preventDefault(); shown[Math.max(at, 0)]?.click(); }
    });
  }
  const singleKeys = () => kept("single-keys") !== "off";
  const keySwitch = $("#single-keys");
  if (keySwitch) keySwitch.checked = singleKeys();
  keySwitch?.addEventListener("change", () => kept("single-keys", keySwitch.checked ? "on" : "off"));
  if ($("[data-print-now]")) addEventListener("load", () => window.print());
  document.addEventListener("click", (e) => {
    const on = e.target.closest("[data-open],[data-print],[data-copy],[data-close]");
    if (!on) return;
    if (on.dataset.open) { e.preventDefault(); open($("#" + on.dataset.open)); }
    if ("print" in on.dataset) window.print();
    if ("close" in on.dataset) on.closest("dialog").close();
    if (on.dataset.copy) navigator.clipboard?.writeText(on.dataset.copy).then(() => { on.textContent = "Copied"; });
  });
  document.addEventListener("keydown", (e) => {
    const typing = e.target.closest("input, select, textarea");
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); open(palette); }
    else if ((e.ctrlKey || e.metaKey) && e.key === "Enter") { e.target.closest("form")?.requestSubmit(); }
    else if (e.key === "Escape" && $("#found")?.children.length) { $("#found").replaceChildren(); }
    else if (!typing && !e.ctrlKey && !e.metaKey && !e.altKey && singleKeys() && !$("dialog[open]")) {
      if (e.key === "/") { const q = $("#q"); if (q) { e.preventDefault(); q.focus(); q.select(); } }
      if (e.key === "?") open(keys);
    }
  });

  // --- search: arrows walk the results, Enter opens
  $("#q")?.closest("form").addEventListener("keydown", (e) => {
    const links = $$("#found a"), at = links.indexOf(document.activeElement);
    if (!links.length || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    e.preventDefault();
    const next = at + (e.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? $("#q") : links[Math.min(next, links.length - 1)]).focus();
  });
  document.addEventListener("focusin", (e) => {
    if ($("#found") && !e.target.closest(".search")) $("#found").replaceChildren();
  });

  // --- money: written as people write it, shown as the bank prints it; the server decides
  document.addEventListener("focusout", (e) => {
    const field = e.target;
    if (!field.matches?.("input.money")) return;
    const blank = "[ \u00a0\u202f'’]", typed = field.value.trim();
    const raw = RegExp(`^[1-9]\\d{0,2}(${blank}\\d{3})+(?!\\d)`).test(typed) ? typed.replace(RegExp(blank, "g"), "") : typed;
    if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(raw)) return; // a thousand to one reader, a fraction to another: the bank asks
    const plain = /^[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(raw) ? raw.replace(/,/g, "")
      : /^[1-9]\d{0,2}(\.\d{3})+(,\d*)?$/.test(raw) ? raw.replace(/\./g, "").replace(",", ".") : raw.replace(",", ".");
    const decimals = Number($("[data-decimals]", field.form)?.dataset.decimals ?? 2);
    const [, whole, , part = ""] = /^(\d+)(\.(\d*))?$/.exec(plain) || [];
    if (!whole || whole.length > 13 || part.length > decimals) return;
    field.value = whole.replace(/^0+(?=\d)/, "").replace(/\B(?=(\d{3})+$)/g, ",") + (decimals ? "." + part.padEnd(decimals, "0") : "");
  });

  // --- one post per form: the button rests while the answer is on its way; the form's key does the rest
  const tell = (form) => { const late = $(".late", form); if (late) late.hidden = false; };
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.busy) { e.preventDefault(); e.stopImmediatePropagation(); return; }
    form.dataset.busy = "1";
    form.classList.add("posting");
    form.late = setTimeout(tell, 8000, form);
    setTimeout(() => $$("button", form).forEach((b) => { b.disabled = true; })); // after the submit has taken its button
  }, true);
  document.addEventListener("htmx:finally:request", (e) => {
    const form = e.target;
    if (!form.matches?.("form[data-once]") || e.detail?.ctx?.hx?.redirect) return;
    delete form.dataset.busy;
    form.classList.remove("posting");
    clearTimeout(form.late);
    $$("button", form).forEach((b) => { b.disabled = false; });
  });
  document.addEventListener("htmx:error", (e) => { if (e.target.matches?.("form")) tell(e.target); });
  addEventListener("pageshow", (e) => { if (e.persisted) location.reload(); }); // money pages are never shown from memory

  // --- after a swap: the first error, or the heading of the new step, gets the focus
  document.addEventListener("htmx:after:swap", (e) => {
    if (!e.detail?.ctx?.request || e.detail.ctx.request.method !== "POST") return;
    ($("[aria-invalid=true]") || $("[data-focus]"))?.focus();
  });
  ($("[aria-invalid=true]") || $("main [autofocus]"))?.focus();

  // --- the stream: a grey dot while it is away; signed out means signed out
  for (const name of ["htmx:before:request", "htmx:sse:before:connection"]) // a tab in the background holds no stream
    document.addEventListener(name, (e) => { if (e.target.id === "stream" && document.hidden) e.preventDefault(); });
  const gone = $("#signed-out"), stale = () => document.body.classList.add("stale");
  for (const name of ["htmx:sse:error", "htmx:response:error", "htmx:error"])
    document.addEventListener(name, (e) => { if (name.includes("sse") || e.target.id === "stream") stale(); });
  document.addEventListener("htmx:sse:after:connection", () => {
    document.body.classList.remove("stale");
    if (gone) gone.hidden = true; // signed in again in another tab
  });
  document.addEventListener("signed-out", () => { if (gone) gone.hidden = false; });

  // --- a live list: who has scrolled past its top gets a pill, who cannot see it hears of it, at most every 5 s
  const pill = $("#fresh"), list = pill && $("#" + pill.dataset.list), rows = () => $$("tbody tr[id]", list);
  if (list) {
    const seen = new Set(rows().map((row) => row.id)), isAbove = () => list.getBoundingClientRect().top < 0;
    let above = 0, unsaid = 0, pause = 0;
    const count = (n) => { above = n; pill.hidden = !n; pill.textContent = `${n} new`; };
    const say = () => {
      if (unsaid) $("#news").textContent = `${unsaid} new in this list`;
      pause = unsaid && setTimeout(say, 5000);
      unsaid = 0;
    };
    new MutationObserver(() => rows().filter((row) => !seen.has(row.id)).forEach((row) => {
      seen.add(row.id);
      row.classList.add("slid");
      if (isAbove()) { count(above + 1); scrollBy(0, row.getBoundingClientRect().height); } // what is looked at stays where it is
      if (!unsaid++ && !pause) pause = setTimeout(say);
    })).observe(list, { childList: true, subtree: true });
    pill.addEventListener("click", () => { scrollTo(0, 0); count(0); $("a", list)?.focus({ preventScroll: true }); });
    addEventListener("scroll", () => { if (above && !isAbove()) count(0); }, { passive: true });
  }

  // --- the session: a word before it ends, and one key to stay
  const ending = $("#session-end"), stays = () => { if (ending?.open) ending.close(); };
  document.addEventListener("session-ends", (e) => { if (ending) { $("p", ending).textContent = e.detail.data; open(ending); } });
  for (const name of ["session-goes-on", "signed-out", "htmx:sse:after:connection"]) document.addEventListener(name, stays);
  ending?.addEventListener("submit", (e) => { e.preventDefault(); fetch(e.target.action, { method: "POST" }).then(stays, stale); });

  // --- theme: remembered by the bank's cookie, changed at once
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-theme-form]")) return;
    e.preventDefault();
    const dark = (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const field = $("[name=theme]", e.target);
    field.value = root.dataset.theme = dark ? "light" : "dark";
    fetch(e.target.action, { method: "POST", body: new URLSearchParams(new FormData(e.target)), redirect: "manual" }).catch(() => {});
  });
})();
