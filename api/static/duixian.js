// The pages' one script: reads the API with the subject's token and shows what it says.
// Data goes into the page as text, through `make`, and in no other way.
"use strict";

const TEXT = JSON.parse(document.getElementById("texts").textContent);
const LANGUAGE = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const SESSION = "duixian.session";
const REFRESH_MS = 2500; // the worker acts within a second or two
const WAITING = ["claimed", "approved", "paying", "returned"]; // states in which somebody else has the next word
const OFFERED = ["pushed", "seen"];
const CLOSED = ["refused", "expired", "withdrawn"];
const BAD = ["refuse", "return", "expire"];
const NO_SUM = { service: "amount_service", tax: "amount_reduction" }; // what stands where no sum can

// Words, amounts and times

function say(key, values = {}) {
  return (TEXT[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

const both = (label) => label[LANGUAGE];

function money(fen) {
  const digits = fen % 100 === 0 ? 0 : 2;
  const number = new Intl.NumberFormat(LANGUAGE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return "¥" + number.format(fen / 100);
}

const clock = new Intl.DateTimeFormat(LANGUAGE === "zh" ? "zh-CN" : "en-GB", {
  dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Shanghai",
});

// The page

const at = (id) => document.getElementById(id);

function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children.filter(Boolean));
  return element;
}

function tell(message) {
  const toast = at("toast");
  toast.textContent = message;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { toast.textContent = ""; }, 6000);
}

function button(text, act, style = "") {
  const made = make("button", { type: "button", class: `button ${style}`.trim(), text });
  made.addEventListener("click", async () => {
    made.disabled = true;
    try {
      await act();
    } catch (error) {
      complain(error);
    } finally {
      made.disabled = false;
    }
  });
  return made;
}

// The API

class Problem extends Error {
  constructor(body, status) {
    super(body.title ?? String(status));
    this.status = status;
    this.body = body;
  }
}

function session() {
  try {
    return JSON.parse(sessionStorage.getItem(SESSION));
  } catch {
    return null;
  }
}

async function ask(path, { method = "GET", body } = {}) {
  const held = session();
  const separator = path.includes("?") ? "&" : "?";
  const answer = await fetch(`${path}${separator}language=${LANGUAGE}`, {
    method,
    headers: {
      ...(held ? { Authorization: `Bearer ${held.token}` } : {}),
      ...(body ? { "Content-Type": "application/json" } : {}),
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(said, answer.status);
  return said;
}

const own = (rest) => `/v1/subjects/${encodeURIComponent(session().subject_id)}/${rest}`;

function complain(error) {
  if (error instanceof Problem && error.status === 401) {
    signIn();
    return;
  }
  if (!(error instanceof Problem)) {
    tell(say("offline"));
    return;
  }
  const reasons = error.body.data?.reasons ?? [];
  tell([say("failed", { title: error.message }), ...reasons.slice(0, 2)].join(" "));
}

// The start page

function start() {
  for (const one of document.querySelectorAll("[data-subject]")) {
    one.addEventListener("click", async () => {
      one.disabled = true;
      try {
        const given = await ask("/demo/session", { method: "POST", body: { subject_id: one.dataset.subject } });
        sessionStorage.setItem(SESSION, JSON.stringify(given));
        location.assign(`/${given.audience}?language=${LANGUAGE}`);
      } catch (error) {
        complain(error);
        one.disabled = false;
      }
    });
  }
}

// A home: what is yours, what may be, what you were told, what you claimed

const home = document.querySelector("[data-page=home]");
const offers = new Map(); // policy id -> its card's way to show the claim's state
const claimCards = new Map(); // claim id -> { card, stamp }

function signIn() {
  sessionStorage.removeItem(SESSION);
  const demo = home.dataset.demo === "yes";
  at("content").hidden = true;
  at("who").textContent = "";
  at("hello").textContent = say("sign_in");
  const link = demo && make("a", { href: `/?language=${LANGUAGE}`, text: say("to_start") });
  at("worth").replaceChildren(say(demo ? "sign_in_demo" : "sign_in_lead"), ...(link ? [" ", link] : []));
}

async function open() {
  const held = session();
  if (!held) {
    signIn();
    return;
  }
  if (held.audience !== home.dataset.audience) {
    location.replace(`/${held.audience}?language=${LANGUAGE}`);
    return;
  }
  at("who").textContent = say(`who_${held.audience}`, { id: held.subject_id });
  try {
    const found = await ask(own("recommendations"));
    showRecommendations(found);
    await Promise.all([refreshClaims(), refreshInbox()]);
    at("content").hidden = false;
    schedule();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) {
      signIn();
      return;
    }
    const title = error instanceof Problem ? say("failed", { title: error.message }) : say("offline");
    at("hello").textContent = title;
    at("worth").replaceChildren(button(say("retry"), open));
  }
}

function showRecommendations(found) {
  const number = found.entitled.length;
  const kind = home.dataset.audience === "enterprise" ? "hello_enterprise" : "hello";
  at("hello").textContent = number === 0 ? say("hello_none") : say(number === 1 ? `${kind}_one` : kind, { n: number });
  const worth = found.entitled.reduce((sum, one) => sum + (one.yearly_fen ?? 0), 0);
  at("worth").replaceChildren(...worthWords(number, worth));
  fill("entitled", found.entitled.map((one) => offer(one, true)), number);
  fill("possible", found.possible.map((one) => offer(one, false)), found.possible.length);
  const published = found.order === "published order";
  at("order").textContent = say("order", {
    order: published ? say("order_published") : say("order_model", { model: found.order.replace(/^model /, "") }),
  });
}

function worthWords(number, worth) {
  if (number === 0) return [say("hello_none_more")];
  if (worth === 0) return [say("worth_none")];
  const [before, after] = say("worth").split("{amount}");
  return [before, make("strong", { text: money(worth) }), after];
}

function fill(id, items, number) {
  const empty = { entitled: "none_entitled", possible: "none_possible", claims: "none_claims", inbox: "none_messages" };
  at(id).replaceChildren(...(items.length ? items : [make("li", { class: "empty", text: say(empty[id]) })]));
  if (number !== undefined) count(id, number ? String(number) : "", number);
}

function count(id, words, number) {
  at(`${id}-count`).textContent = words;
  at(`${id}-jump`).textContent = number || "";
}

function offer(one, entitled) {
  const tags = [both(one.domain_label), both(one.kind_label), both(one.delivery_label), both(one.agency)];
  const title = make("h3", { text: both(one.title), id: `offer-${one.policy_id}` });
  const actions = make("div", { class: "actions" });
  const card = make("li", { class: `card ${entitled ? "" : "possible"}`.trim(), "data-policy": one.policy_id },
    make("article", { "aria-labelledby": title.id },
      make("div", { class: "offer" },
        make("p", { class: "tags" }, ...tags.map((text) => make("span", { text }))),
        title,
        make("p", { class: "summary", text: both(one.summary) }),
        sum(one)),
      entitled ? null : needed(one),
      entitled ? actions : null,
      why(one, entitled)));
  if (entitled) {
    const show = (claim, focus) => actions.replaceChildren(...offerActions(one, claim, title.id, focus));
    show(one.claim);
    offers.set(one.policy_id, { show, claim: one.claim });
  }
  return card;
}

function sum(one) {
  if (one.amount_fen === 0) {
    return make("p", { class: "money" }, make("span", { class: "sum words", text: say(NO_SUM[one.kind] ?? "amount_assessed") }));
  }
  if (one.amount_fen === null) {
    return make("p", { class: "money" }, make("span", { class: "sum words", text: say("amount_unknown") }));
  }
  const per = one.period ? say(`amount_${one.period}`) : "";
  const first = make("span", { class: "sum", text: money(one.amount_fen) });
  const second = make("span", { class: "per", text: per });
  const parts = LANGUAGE === "zh" ? [second, " ", first] : [first, " ", second];
  const yearly = one.yearly_fen !== one.amount_fen && one.yearly_fen !== null
    && make("span", { class: "yearly", text: say("yearly", { amount: money(one.yearly_fen) }) });
  return make("p", { class: "money" }, ...parts, yearly);
}

function needed(one) {
  const facts = one.missing
    .map((fact) => say("missing_from", { fact: both(fact.label), register: both(fact.register_label) }))
    .join(say("list_separator"));
  return make("p", { class: "needed", text: say("missing", { facts }) });
}

function why(one, entitled) {
  const said = new Set();
  const decisive = one.reasons.filter((reason) => {
    const first = reason.decisive && one.why.includes(reason.sentence) && !said.has(reason.sentence);
    said.add(reason.sentence);
    return first;
  });
  // What is possible rests on what is known as well: both are told.
  const told = entitled ? decisive : openReasons(one);
  const more = make("div", { class: "basis" });
  const made = make("details", {},
    make("summary", { text: say(entitled ? "why" : "why_possible") }),
    make("ul", { class: "reasons" }, ...told.map((reason) => make("li", { class: reason.outcome, text: reason.sentence }))),
    one.conditions.length ? make("p", { class: "small-head", text: say("conditions") }) : null,
    one.conditions.length
      ? make("ul", { class: "reasons" }, ...one.conditions.map((text) => make("li", { class: "told", text: both(text) })))
      : null,
    more);
  made.addEventListener("toggle", () => { if (made.open && !more.hasChildNodes()) showBasis(one.policy_id, more); });
  return made;
}

const reads = (reason, fact) => reason.facts.some((one) => one.fact === fact);

// Of a rule with many branches only what is certain: each missing fact once, and what holds in every branch known.
function openReasons(one) {
  const missing = one.missing.map((fact) => {
    const asked = one.reasons.filter((reason) => reads(reason, fact.fact) && reason.outcome === "missing");
    return asked.length === 1 ? asked[0] : { outcome: "missing", sentence: say("missing_one", { fact: both(fact.label) }) };
  });
  const known = one.reasons.filter((reason) => reason.outcome === "met"
    && one.reasons.every((other) => other === reason || !other.facts.some((about) => reads(reason, about.fact))));
  return [...missing, ...known];
}

async function showBasis(policyId, place) {
  try {
    const { document: source, materials, policy } = await ask(`/v1/policies/${encodeURIComponent(policyId)}`);
    const papers = materials.map((one) => (one.replaced_by
      ? say("replaced", { paper: both(one.label), by: both(one.replaced_by) })
      : say("bring", { paper: both(one.label) })));
    const unsure = policy.verification !== "text_read";
    place.replaceChildren(
      make("p", { text: say("document", { title: source.title + (source.number ? ` ${source.number}` : "") }) }),
      ...papers.map((text) => make("p", { text })),
      unsure ? make("p", { text: say(`verification_${policy.verification}`) }) : "");
  } catch (error) {
    complain(error);
  }
}

function offerActions(one, claim, titleId, focus) {
  if (one.delivery_mode === "inform") {
    return [make("p", { class: "hint", text: say("inform", { agency: both(one.agency) }) })];
  }
  if (!claim || CLOSED.includes(claim.state) || !begun({ ...claim, delivery_mode: one.delivery_mode })) {
    const words = { assisted: "claim_assisted", auto: "claim_auto" };
    const made = button(say(words[one.delivery_mode] ?? "claim"), () => makeClaim(one));
    made.setAttribute("aria-describedby", titleId);
    const note = one.delivery_mode === "auto" && make("p", { class: "hint", text: say("auto_note") });
    return [made, note].filter(Boolean);
  }
  const link = make("a", { href: `#claim-${claim.claim_id}`, text: say("claims_link") });
  if (focus) setTimeout(() => link.focus({ preventScroll: true }));
  return [stateOf({ ...claim, delivery_mode: one.delivery_mode }), link];
}

function stateOf(claim) {
  const mood = CLOSED.includes(claim.state) ? "closed" : waits(claim) ? "open" : "";
  const words = OFFERED.includes(claim.state) && begun(claim) ? say("auto_pending") : both(claim.state_label);
  return make("span", { class: `state ${mood}`.trim(), text: words });
}

async function makeClaim(one) {
  const claim = await ask(own("claims"), { method: "POST", body: { policy_id: one.policy_id } });
  showClaimOnOffer(one.policy_id, claim, true);
  tell(say("claimed_done", { title: both(one.title) }));
  await Promise.all([refreshClaims(), refreshInbox()]);
  schedule();
}

function showClaimOnOffer(policyId, claim, focus) {
  const shown = offers.get(policyId);
  if (!shown || (shown.claim?.claim_id === claim.claim_id && shown.claim.state === claim.state)) return;
  shown.claim = claim;
  shown.show(claim, focus);
}

// Claims, from push to money

// What is granted without a claim is under way once it was pushed; of all else, only what the subject said yes to.
const begun = (claim) => !OFFERED.includes(claim.state) || claim.delivery_mode === "auto";
const waits = (claim) => WAITING.includes(claim.state) || (OFFERED.includes(claim.state) && begun(claim));

async function refreshClaims() {
  const { claims } = await ask(own("claims"));
  const latest = (a, b) => b.updated_at.localeCompare(a.updated_at);
  const shown = claims.filter(begun).sort(latest);
  const changed = shown.filter((claim) => claimCards.get(claim.claim_id)?.stamp !== stampOf(claim));
  const details = await Promise.all(changed.map((claim) => ask(`/v1/claims/${claim.claim_id}`)));
  details.forEach((detail, i) => {
    const id = detail.claim.claim_id;
    const before = claimCards.get(id);
    const wasOpen = before ? before.card.querySelector("details").open : i === 0;
    claimCards.set(id, { card: claimCard(detail, wasOpen), stamp: stampOf(detail.claim) });
  });
  if (changed.length || shown.length === 0) {
    const focused = document.activeElement;
    fill("claims", shown.map((claim) => claimCards.get(claim.claim_id).card), shown.length);
    // Cards that moved have lost it: somebody may just be writing a review.
    if (document.activeElement !== focused && focused?.isConnected) focused.focus({ preventScroll: true });
  }
  for (const claim of claims) {
    if (offers.get(claim.policy_id)?.claim?.claim_id === claim.claim_id) showClaimOnOffer(claim.policy_id, claim);
  }
  refreshClaims.waiting = claims.some(waits);
  return changed.length > 0;
}

const stampOf = (claim) => `${claim.state} ${claim.updated_at}`;

function claimCard({ claim, timeline, review }, opened) {
  const title = make("h3", { text: claim.policy_title ? both(claim.policy_title) : claim.policy_id });
  const about = [periodOf(claim), claim.amount_fen ? money(claim.amount_fen) : ""].filter(Boolean).join(" · ");
  const actions = make("div", { class: "actions" });
  const act = (name, path, done) => async () => {
    await ask(`/v1/claims/${claim.claim_id}/${path}`, { method: "POST" });
    tell(say(done));
    await refreshClaims();
    at(`claim-${claim.claim_id}`)?.focus();
  };
  if (claim.actions.includes("confirm")) actions.append(button(say("confirm"), act("confirm", "confirm", "confirmed_done"), "small"));
  if (claim.actions.includes("withdraw")) {
    actions.append(button(say("withdraw"), async () => {
      if (window.confirm(say("withdraw_ask", { title: title.textContent }))) await act("withdraw", "withdraw", "withdrawn_done")();
    }, "plain small"));
  }
  return make("li", { class: "card", id: `claim-${claim.claim_id}`, tabindex: "-1", "data-claim": claim.policy_id, "data-state": claim.state },
    make("div", { class: "claim-head" }, title, stateOf(claim)),
    about ? make("p", { class: "claim-sum", text: about }) : null,
    make("details", { open: opened },
      make("summary", { text: say("timeline") }),
      make("ol", { class: "steps" }, ...timeline.map(step))),
    actions.childElementCount ? actions : null,
    review ? make("p", { class: "small-head", text: say("your_review", { grade: say(`grade_${review.grade}`) }) }) : null,
    review?.words ? make("p", { text: review.words }) : null,
    claim.actions.includes("rate")
      ? make("details", { open: opened }, make("summary", { text: say("review") }), reviewForm(claim))
      : null);
}

function periodOf({ period, amount_fen: amount }) {
  if (period === "once") return amount ? say("period_once") : "";
  const [year, month] = period.split("-").map(Number);
  if (!month) return say("period_year", { year });
  const form = LANGUAGE === "zh" ? "numeric" : "long";
  const named = new Intl.DateTimeFormat("en", { month: form, timeZone: "UTC" }).format(Date.UTC(year, month - 1));
  return say("period_month", { year, month: named });
}

function step(entry) {
  const forYou = entry.event === "claim" && entry.actor !== "subject";
  return make("li", { class: BAD.includes(entry.event) ? "bad" : null },
    make("span", { text: forYou ? say("claimed_for_you") : both(entry.label) }),
    entry.amount_fen ? make("span", { class: "sum", text: ` ${money(entry.amount_fen)}` }) : null,
    make("time", { datetime: entry.at, text: clock.format(new Date(entry.at)) }));
}

function reviewForm(claim) {
  const group = `grade-${claim.claim_id}`;
  const grades = [1, 2, 3, 4, 5].map((grade) => make("label", {},
    make("input", { type: "radio", name: group, value: grade, required: true }),
    make("span", { text: say(`grade_${grade}`) })));
  const words = make("textarea", { maxlength: 500, rows: 2 });
  const form = make("form", { novalidate: true },
    make("fieldset", {}, make("legend", { text: say("review_legend") }), make("div", { class: "grades" }, ...grades)),
    make("label", { class: "words" }, say("words"), words),
    make("div", { class: "actions" }, make("button", { class: "button small", text: say("send_review") })));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input:checked");
    if (!chosen) {
      tell(say("choose_grade"));
      form.querySelector("input").focus();
      return;
    }
    try {
      await ask(`/v1/claims/${claim.claim_id}/review`, {
        method: "POST", body: { grade: Number(chosen.value), words: words.value.trim() },
      });
      tell(say("reviewed_done"));
      await refreshClaims();
      at(`claim-${claim.claim_id}`)?.focus();
    } catch (error) {
      complain(error);
    }
  });
  return form;
}

// The inbox

async function refreshInbox() {
  const { unread, messages } = await ask(own("inbox?limit=20"));
  fill("inbox", messages.map(messageCard));
  count("inbox", unread ? say("unread", { n: unread }) : "", unread);
}

function messageCard(message) {
  const isNew = message.read_at === null;
  const seen = isNew && make("button", { type: "button", class: "link", text: say("mark_seen") });
  const title = make("h3", { text: both(message.title) }, isNew && make("span", { class: "badge", text: say("new") }));
  if (seen) {
    seen.setAttribute("aria-label", `${say("mark_seen")}: ${both(message.title)}`);
    seen.addEventListener("click", async () => {
      try {
        await ask(`/v1/messages/${message.message_id}/seen`, { method: "POST" });
        await Promise.all([refreshInbox(), refreshClaims()]);
        at("inbox-head").scrollIntoView({ block: "nearest" });
      } catch (error) {
        complain(error);
      }
    });
  }
  return make("li", { class: `card ${isNew ? "unread" : ""}`.trim() },
    title,
    make("p", { class: "body", text: both(message.body) }),
    make("div", { class: "foot" }, make("time", { datetime: message.created_at, text: clock.format(new Date(message.created_at)) }), seen || null));
}

// While somebody else has the next word, look again

function schedule() {
  clearTimeout(schedule.timer);
  schedule.timer = setTimeout(async () => {
    if (!session()) return;
    try {
      if (!document.hidden && refreshClaims.waiting && (await refreshClaims())) await refreshInbox();
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        signIn();
        return;
      }
      // A look that fails is repeated; telling each time would only disturb.
    }
    schedule();
  }, REFRESH_MS);
}

if (home) open();
else start();
