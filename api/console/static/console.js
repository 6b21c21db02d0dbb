// The console's own script: the sign-in dialog in place, and what waits for it. Texts enter the page as text only.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);

  // What was refused because the session had ended, by what asked for it; it is sent again after signing in, from the
  // page as it is then.
  const waiting = new Map();

  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status === 401 && !requestConfig.path.startsWith("/console/sign-in")) waiting.set(requestConfig.elt, requestConfig);
  });

  // One dialog is enough, and somebody may be typing into it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 401 && byId("dialog").querySelector("[data-open]")) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "dialog") return;
    const dialog = event.detail.target.querySelector("[data-open]");
    if (dialog) {
      tabler.bootstrap.Modal.getOrCreateInstance(dialog).show();
      dialog.querySelector("input:not([type=hidden]), button")?.focus();
    }
  });

  document.addEventListener("signed-in", () => {
    const dialog = byId("dialog").querySelector("[data-open]");
    if (dialog) tabler.bootstrap.Modal.getInstance(dialog)?.hide();
    byId("dialog").replaceChildren();
    document.querySelectorAll(".modal-backdrop").forEach((one) => one.remove());
    const asked = [...waiting.values()].filter((one) => one.elt.isConnected);
    waiting.clear();
    for (const { elt, triggeringEvent } of asked) {
      if (elt instanceof HTMLFormElement) elt.requestSubmit(triggeringEvent?.submitter ?? null);
      else htmx.trigger(elt, triggeringEvent?.type ?? "click");
    }
  });
})();
