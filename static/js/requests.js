// What every page does around htmx: answers with an error are shown, not dropped; focus and the live region follow.
const live = document.getElementById("announcements");

document.addEventListener("console:announce", (event) => {
  live.textContent = "";
  setTimeout(() => {
    live.textContent = event.detail;
  }, 50);
});

function announce(text) {
  document.dispatchEvent(new CustomEvent("console:announce", { detail: text }));
}

// The console's own error pages say where they go (HX-Retarget); anything else, e.g. a proxy's page, is only told.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  if (xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else {
    announce(`The console answered with error ${xhr.status}. Nothing on this page was changed.`);
  }
});

document.addEventListener("htmx:sendError", () => {
  announce("The console did not answer. Nothing on this page was changed; try again.");
});

function focusFirst(root) {
  const target = root.querySelector?.("[data-focus]");
  if (!target) return;
  // Once: what stays on the page must not take the focus again when a part of it is drawn anew.
  target.removeAttribute("data-focus");
  target.focus({ preventScroll: false });
}

document.addEventListener("htmx:afterSettle", (event) => focusFirst(event.detail.elt));
focusFirst(document);

// Ctrl+K or Cmd+K goes to the search of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
  const search = document.querySelector("[data-search]");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// A form is sent once: a second press of the button while the first answer is under way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
