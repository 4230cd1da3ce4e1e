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
