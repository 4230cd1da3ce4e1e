// [data-studio]: after each answer of the server, puts its JSON into the editor, tells what happened, moves the focus.
function apply(state) {
  const text = state.querySelector("[data-studio-text]");
  if (text) {
    document
      .querySelector("[data-studio] [data-json-editor]")
      .dispatchEvent(new CustomEvent("json-editor:set", { detail: text.value }));
  }
  if (state.dataset.told) document.dispatchEvent(new CustomEvent("console:announce", { detail: state.dataset.told }));
  if (state.dataset.focusId) document.getElementById(state.dataset.focusId)?.focus();
}

document.addEventListener("htmx:afterRequest", (event) => {
  const studio = event.target.closest?.("[data-studio]") ?? document.querySelector("[data-studio]");
  const state = studio?.querySelector("[data-studio-state]");
  if (!state || !event.detail.successful) return;
  document
    .querySelector("[data-studio] [data-json-editor]")
    .dispatchEvent(new CustomEvent("json-editor:problems"));
  apply(state);
});

// The buttons of the studio are those of a plain form; here they change the page in place. The form sends, as it stays
// in the page whatever is drawn anew, so that requests wait for one another and none is lost.
document.querySelector("[data-studio]").addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.name !== "do" || ["review", "save"].includes(button.value)) return;
  event.preventDefault();
  event.stopPropagation();
  window.htmx.ajax("POST", event.currentTarget.getAttribute("action"), {
    source: event.currentTarget,
    swap: "none",
    values: { do: button.value, from: "button" },
  });
});
