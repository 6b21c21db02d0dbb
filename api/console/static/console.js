// The console's own script: the sign-in dialog in place, and what waits for it. Texts enter the page as text only.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);

  // What was refused because the session had ended; it is sent again after signing in, from the page as it is then.
  let waiting = null;

  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status === 401 && !requestConfig.path.startsWith("/console/sign-in")) waiting = requestConfig;
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
    const asked = waiting;
    waiting = null;
    if (!asked || !asked.elt.isConnected) return;
    const pressed = asked.triggeringEvent?.submitter ?? null;
    if (asked.elt instanceof HTMLFormElement) asked.elt.requestSubmit(pressed);
    else htmx.trigger(asked.elt, asked.triggeringEvent?.type ?? "click");
  });
})();
