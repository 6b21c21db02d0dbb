// The draft's editor: looks at what is typed, keeps it on this computer, and offers facts and parameters by label.
"use strict";

(() => {
  const form = document.getElementById("draft");
  if (!form) return;
  const byId = (id) => document.getElementById(id);
  const texts = JSON.parse(byId("texts").textContent);
  const text = (name) => texts[name];
  const picks = JSON.parse(byId("picks").textContent);
  const editable = form.dataset.editable === "yes";
  const key = `duixian.draft.${form.dataset.draft}`;
  const LOOK_AFTER_MS = 350;

  // What was typed is looked at a little later; `dirty` until the answer is here.
  let dirty = false;
  let timer = 0;
  let goTo = null;

  const look = (kind) => {
    clearTimeout(timer);
    htmx.trigger(byId(kind), kind === "looker" ? "look" : "rebuild");
  };

  const soon = () => {
    dirty = true;
    keep();
    clearTimeout(timer);
    timer = setTimeout(() => look("looker"), LOOK_AFTER_MS);
  };

  form.addEventListener("input", (event) => {
    if (event.target.closest("[role=combobox], [data-rebuild], [data-quiet], select")) return;
    soon();
  });

  form.addEventListener("change", (event) => {
    if (event.target.closest("[role=combobox], [data-quiet]")) return;
    if (event.target.matches("[data-rebuild], .pick input[type=hidden], .form-selectgroup-input, .chip input")) {
      dirty = true;
      keep();
      look("rebuilder");
    } else if (event.target.matches("select, input[type=date]")) soon();
  });

  // What was typed since the request that is under way was sent: its answer redraws the form, and knows nothing of it.
  const since = new Map();
  form.addEventListener("input", (event) => {
    const { id, type, value, checked } = event.target;
    // What is searched for in a picker is not sent, and drawing anew would fold its list.
    if (event.target.matches("[role=combobox]")) return;
    if (id && event.target.closest("#rule, #details")) since.set(id, type === "checkbox" ? { checked } : { value });
  });

  const drawn = () => [byId("rule"), byId("details")];

  form.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.path.endsWith("/look")) return;
    since.clear();
    // Clauses that are moved change their names: nothing is typed into them meanwhile.
    const asked = event.detail.formData.get("act");
    if (asked && asked !== "rebuild") for (const part of drawn()) part.inert = true;
  });
  form.addEventListener("htmx:afterRequest", () => drawn().forEach((part) => (part.inert = false)));

  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const part = event.detail.target.id;
    if (part !== "rule" && part !== "details") return;
    for (const [id, typed] of since) {
      const field = byId(id);
      if (field?.closest(`#${part}`)) Object.assign(field, typed);
    }
  });

  // A form of one field would be sent on Enter: saving is a decision of its own.
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });

  document.body.addEventListener("looked", () => {
    dirty = since.size > 0;
    keep();
    gutter();
    point();
    if (dirty) look("rebuilder");
    else if (goTo) {
      show(goTo);
      goTo = null;
    }
  });

  // The form and the text

  const show = (view) => {
    byId("view").value = view;
    for (const tab of form.querySelectorAll("[role=tab]")) {
      const chosen = tab.dataset.view === view;
      tab.classList.toggle("active", chosen);
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
    gutter();
  };

  for (const tab of form.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => {
      if (tab.dataset.view === byId("view").value) return;
      // What was typed on this side must have reached the other.
      if (dirty) {
        goTo = tab.dataset.view;
        look("looker");
      } else show(tab.dataset.view);
    });
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const tabs = [...form.querySelectorAll("[role=tab]")];
      const step = event.key === "ArrowRight" ? 1 : tabs.length - 1;
      const other = tabs[(tabs.indexOf(tab) + step) % tabs.length];
      other.focus();
      other.click();
    });
  }

  // Remarks on the details name their field, and mark it

  const point = () => {
    for (const field of byId("details").querySelectorAll("[aria-invalid]")) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
    }
    for (const remark of byId("details").querySelectorAll(".remark[data-field]")) {
      const sent = form.elements[`d:${remark.dataset.field}`];
      const field = sent?.closest(".pick")?.querySelector("[role=combobox]") ?? sent;
      if (!field) continue;
      if (remark.classList.contains("remark-error")) {
        field.classList.add("is-invalid");
        field.setAttribute("aria-invalid", "true");
      }
      const label = form.querySelector(`label[for="${field.id}"]`);
      if (!label || remark.firstElementChild) continue;
      const name = document.createElement("strong");
      name.textContent = label.textContent;
      remark.prepend(name, " ");
    }
  };

  // Line numbers, and which of them have problems

  const gutter = () => {
    const area = byId("text");
    const bad = new Set((byId("problems").dataset.lines || "").split(" ").filter(Boolean).map(Number));
    const column = byId("gutter");
    const lines = area.value.split("\n").length;
    column.replaceChildren(
      ...Array.from({ length: lines }, (_, index) => {
        const line = document.createElement("div");
        line.textContent = String(index + 1);
        if (bad.has(index + 1)) line.className = "bad";
        return line;
      }),
    );
    column.scrollTop = area.scrollTop;
  };

  form.addEventListener(
    "scroll",
    (event) => {
      if (event.target.id === "text") byId("gutter").scrollTop = event.target.scrollTop;
    },
    true,
  );

  form.addEventListener("click", (event) => {
    const asked = event.target.closest("[data-line]");
    if (!asked) return;
    const line = Number(asked.dataset.line);
    if (byId("view").value !== "text") show("text");
    const area = byId("text");
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
    area.scrollTop = (line - 5) * Number.parseFloat(getComputedStyle(area).lineHeight);
  });

  // Kept on this computer until it is saved

  const fields = () => [...new FormData(form).entries()].map(([name, value]) => [name, String(value)]);
  let saved = JSON.stringify(fields());

  const keep = () => {
    if (!editable) return;
    const now = JSON.stringify(fields());
    try {
      if (now === saved) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify({ fields: fields(), at: new Date().toISOString(), dirty }));
    } catch {
      // No room, or not allowed: the page itself still holds everything.
    }
  };

  const forget = () => {
    sessionStorage.removeItem(key);
    byId("kept").hidden = true;
  };

  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  const differs = kept && (kept.dirty || kept.fields.find(([name]) => name === "text")?.[1] !== byId("text").value);
  if (differs && editable) {
    byId("kept").hidden = false;
    byId("kept-when").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
  }

  byId("restore").addEventListener("click", () => {
    const one = (name) => kept.fields.find(([field]) => field === name)?.[1] ?? "";
    byId("revision").value = one("revision");
    byId("text").value = one("text");
    show(one("view"));
    const values = new FormData();
    for (const [name, value] of kept.fields) values.append(name, value);
    values.append("act", "rebuild");
    htmx.ajax("POST", byId("looker").getAttribute("hx-post"), { source: "#notices", swap: "none", values });
    byId("kept").hidden = true;
  });
  byId("forget").addEventListener("click", forget);

  document.body.addEventListener("saved", () => {
    sessionStorage.removeItem(key);
    dirty = false;
    saved = JSON.stringify(fields());
  });

  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });

  // A conflict: take theirs, or put mine on top of it

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-forget]")) {
      dirty = false;
      forget();
    }
    const onTop = event.target.closest("[data-on-top]");
    if (onTop) {
      byId("revision").value = onTop.dataset.onTop;
      byId("notices").replaceChildren();
      form.requestSubmit(byId("save"));
    }
  });

  // Pickers: an input that is searched by label, and one that is sent (ARIA combobox with a list)

  const list = document.createElement("ul");
  list.id = "pick-list";
  list.className = "pick-list";
  list.setAttribute("role", "listbox");
  let open = null;
  let at = -1;
  const MOST = 60;

  const offered = (pick) => {
    const fits = pick.dataset.fits;
    if (pick.dataset.list === "words") return picks.lists[picks.words[fits]] ?? [];
    const all = picks[pick.dataset.list];
    if (!fits) return all;
    if (pick.dataset.list === "param") return all.filter((one) => one[4] === fits);
    const sort = fits === "number" ? ["integer", "number"] : [fits];
    return all.filter((one) => sort.some((type) => one[4].startsWith(`${type} `)));
  };

  const found = (pick, typed) => {
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    return offered(pick).filter((one) => words.every((word) => one[3].includes(word)));
  };

  const mark = (index) => {
    const options = [...list.querySelectorAll("[role=option]")];
    at = options.length ? (index + options.length) % options.length : -1;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    const input = open.querySelector("[role=combobox]");
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  };

  const unfold = (pick, typed) => {
    open = pick;
    const input = pick.querySelector("[role=combobox]");
    const some = found(pick, typed);
    list.replaceChildren(
      ...some.slice(0, MOST).map((one, index) => {
        const option = document.createElement("li");
        option.id = `pick-option-${index}`;
        option.setAttribute("role", "option");
        option.dataset.value = one[0];
        option.dataset.label = one[1];
        const name = document.createElement("span");
        name.textContent = one[1];
        const beside = document.createElement("small");
        beside.textContent = one[2];
        option.append(name, beside);
        return option;
      }),
    );
    if (!some.length) {
      const none = document.createElement("li");
      none.className = "pick-none";
      none.setAttribute("role", "presentation");
      none.textContent = text("none_found");
      list.append(none);
    }
    pick.append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", list.id);
    mark(some.length && typed ? 0 : -1);
  };

  const fold = () => {
    if (!open) return;
    const input = open.querySelector("[role=combobox]");
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    input.value = input.dataset.shown;
    list.remove();
    open = null;
  };

  const take = (option) => {
    const pick = open;
    const input = pick.querySelector("[role=combobox]");
    let sent = pick.querySelector("input[type=hidden]");
    if (pick.dataset.list === "words") {
      // One more word of a list: a field of its own, which the form's next look draws.
      const name = `${pick.closest(".rule-row").querySelector("input[name$=':is']").name.slice(0, -3)}:word`;
      sent = document.createElement("input");
      sent.type = "hidden";
      sent.name = name;
      pick.append(sent);
    } else input.dataset.shown = option.dataset.label;
    sent.value = option.dataset.value;
    fold();
    sent.dispatchEvent(new Event("change", { bubbles: true }));
  };

  form.addEventListener("input", (event) => {
    if (event.target.matches("[role=combobox]")) unfold(event.target.closest(".pick"), event.target.value);
  });
  form.addEventListener("click", (event) => {
    const input = event.target.closest("[role=combobox]");
    if (input && open !== input.closest(".pick")) {
      fold();
      input.select();
      unfold(input.closest(".pick"), "");
    }
    const remove = event.target.closest(".chip-remove");
    if (remove) {
      remove.closest(".chip").remove();
      dirty = true;
      look("rebuilder");
    }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  form.addEventListener("focusout", (event) => {
    if (event.target.matches("[role=combobox]")) fold();
  });
  form.addEventListener("keydown", (event) => {
    if (!event.target.matches("[role=combobox]")) return;
    const pick = event.target.closest(".pick");
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (open !== pick) unfold(pick, "");
        mark(event.key === "ArrowDown" ? at + 1 : at - 1);
        break;
      case "Enter": {
        const option = list.querySelectorAll("[role=option]")[at];
        if (open === pick && option) take(option);
        break;
      }
      case "Escape":
        fold();
        break;
    }
  });

  gutter();
  point();
})();
